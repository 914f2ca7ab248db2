package delivery

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startLogging starts a real server before an origin, which writes its log.
func startLogging(t *testing.T, kind, format, origin string) (listen string, log AccessLogConfig) {
	t.Helper()
	s := &server{t: t, dir: t.TempDir(), listen: free(t), config: EdgeConfig{Kind: kind}}
	log = AccessLogConfig{Path: filepath.Join(s.dir, "access.log"), Format: format}
	_, port, _ := strings.Cut(s.listen, ":")
	host, originPort, _ := strings.Cut(origin, ":")
	config := filepath.Join(s.dir, "config")
	fill := strings.NewReplacer("LISTEN", s.listen, "ORIGINHOST", host, "ORIGINPORT", originPort, "ORIGIN", origin, "DIR", s.dir, "LOG", log.Path, "PORT", port)
	text := map[string]string{
		"nginx combined": `events {} http { access_log LOG combined; server { listen LISTEN; location / { proxy_pass http://ORIGIN; } } }`,
		"nginx json": `events {} http {
  log_format safelight escape=json '{"time_iso8601":"$time_iso8601","request_method":"$request_method","request_uri":"$request_uri","status":$status,"body_bytes_sent":$body_bytes_sent}';
  access_log LOG safelight; server { listen LISTEN; location / { proxy_pass http://ORIGIN; } } }`,
		"caddy json":       "{\n\tadmin off\n\tauto_https off\n}\nhttp://LISTEN {\n\tlog {\n\t\toutput file LOG\n\t\tformat json\n\t}\n\treverse_proxy ORIGIN\n}\n",
		"varnish combined": "vcl 4.1;\nbackend default { .host = \"ORIGINHOST\"; .port = \"ORIGINPORT\"; }\n",
		"haproxy combined": "global\n  log stdout format raw local0\ndefaults\n  mode http\n  log global\n  option httplog clf\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n" +
			"frontend in\n  bind LISTEN\n  default_backend out\nbackend out\n  server origin ORIGIN\n",
	}[kind+" "+format]
	write(t, config, fill.Replace(text))
	switch kind {
	case "nginx":
		s.run = func() *exec.Cmd {
			return exec.Command("nginx", "-c", config, "-g", "daemon off; user root; pid "+s.dir+"/pid; error_log "+s.dir+"/error.log;")
		}
	case "caddy":
		s.run = func() *exec.Cmd { return exec.Command("caddy", "run", "--adapter", "caddyfile", "--config", config) }
	case "haproxy":
		log.Path = filepath.Join(s.dir, "out") // what it says on its standard output
		s.run = func() *exec.Cmd { return exec.Command("haproxy", "-db", "-f", config) }
	case "varnish":
		s.run = func() *exec.Cmd {
			return exec.Command("varnishd", "-F", "-j", "none", "-a", s.listen, "-f", config, "-n", filepath.Join(s.dir, "work"), "-s", "malloc,16m")
		}
	}
	t.Cleanup(s.stop)
	s.start()
	if kind == "varnish" {
		ncsa := exec.Command("varnishncsa", "-n", filepath.Join(s.dir, "work"), "-w", log.Path, "-t", "30")
		if err := ncsa.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ncsa.Process.Kill(); ncsa.Wait() })
		waitFor(t, "varnishncsa writes", func() bool { // of what is asked once it reads
			if res, err := http.Get("http://" + s.listen + "/warm"); err == nil {
				res.Body.Close()
			}
			info, err := os.Stat(log.Path)
			return err == nil && info.Size() > 0
		})
	}
	return s.listen, log
}

// waitFor polls what another process brings about.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// TestLogsOfRealServers asks real servers as visitors do, hostile ones too, and reads what they have logged.
func TestLogsOfRealServers(t *testing.T) {
	t.Parallel()
	made := time.Now().Add(-time.Hour).Truncate(time.Second)
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/catalogue/") {
			w.Write([]byte("no image of ours"))
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		http.ServeContent(w, r, "x.png", made, strings.NewReader(fmt.Sprint(r.URL.Path, strings.Repeat("image", 1000))))
	}))
	t.Cleanup(origin.Close)
	for _, c := range []struct{ kind, format string }{
		{"nginx", formatCombined}, {"nginx", formatJSON}, {"caddy", formatJSON}, {"varnish", formatCombined}, {"haproxy", formatCombined},
	} {
		t.Run(c.kind+" "+c.format, func(t *testing.T) {
			t.Parallel()
			listen, log := startLogging(t, c.kind, c.format, strings.TrimPrefix(origin.URL, "http://"))
			config := Config{Edges: map[string]EdgeConfig{"front": {Kind: c.kind, AccessLog: log}}}
			from := time.Now().Add(-2 * time.Second)
			for _, r := range []struct {
				method, target, header, value string
				want                          int
			}{
				{"GET", "/catalogue/a.png", "", "", 200},
				{"GET", "/catalogue/a%20b%C3%A9.png?w=100&x=/y.gif", "", "", 200},
				{"GET", "/catalogue/%22%5D%20404.png", "User-Agent", `" 404 0 "x" [27/Sep/2025:04:12:00 +0000]`, 200},
				{"GET", "/catalogue/a.png", "Authorization", "Basic eCBbMDEvSmFuLzIwMjA6MDA6MDA6MDAgKzAwMDBdICJHRVQgLyI6eA==", 200}, // x [01/Jan/2020…] "GET /"
				{"GET", "/catalogue/a.png", "Range", "bytes=0-9", 206},
				{"GET", "/catalogue/a.png", "If-Modified-Since", made.UTC().Format(http.TimeFormat), 304},
				{"HEAD", "/catalogue/a.png", "", "", 200},
				{"GET", "/elsewhere.png", "", "", 200}, // outside the catalogue
			} {
				req, err := http.NewRequestWithContext(t.Context(), r.method, "http://"+listen+r.target, nil)
				if err != nil {
					t.Fatal(err)
				}
				if r.header != "" {
					req.Header.Set(r.header, r.value)
				}
				res, err := http.DefaultTransport.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				if res.StatusCode != r.want {
					t.Fatalf("%s %s: %d, want %d", r.method, r.target, res.StatusCode, r.want)
				}
			}
			t.Cleanup(func() {
				if t.Failed() {
					text, err := os.ReadFile(log.Path)
					t.Logf("the log, %v:\n%s", err, text)
				}
			})
			paths := map[string]int{}
			var report LogReport
			waitFor(t, "the log of "+c.kind, func() bool {
				clear(paths)
				var err error
				report, err = config.ReadLog(t.Context(), "front", from, time.Time{}, func(p string) (string, bool) {
					paths[p]++
					return catalogue(p)
				})
				got := report.Answers["catalogue"]
				return err == nil && paths["/elsewhere.png"] > 0 && got != nil && got.Full+got.Partial+got.Unchanged >= 6 // HAProxy's threads write each when they come to it
			})
			if got := *report.Answers["catalogue"]; got != (Answers{Full: 4, Partial: 1, Unchanged: 1}) {
				t.Errorf("%+v, %d damaged; want 4 whole, 1 in part, 1 had", got, report.Damaged)
			}
			if paths["/catalogue/a bé.png"] != 1 || paths[`/catalogue/"] 404.png`] != 1 {
				t.Errorf("paths %v", paths)
			}
			if later, err := config.ReadLog(t.Context(), "front", time.Now().Add(time.Hour), time.Time{}, catalogue); err != nil || len(later.Answers) > 0 {
				t.Errorf("of the next hour: %v, %v", later.Answers, err)
			}
		})
	}
}
