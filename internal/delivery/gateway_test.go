package delivery

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
)

// site is a gateway on a real listener with its folders.
type site struct {
	t       *testing.T
	dir     string
	gateway *Gateway
	control *Control
	log     *lines
	client  *http.Client
	server  *httptest.Server
}

// lines collects a log.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), part)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// open makes a site with one route; origin "" is the folder of deliveries.
func open(t *testing.T, origin string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), log: &lines{}, client: &http.Client{}}
	for i := range 5 {
		write(t, s.path("out", fmt.Sprintf("a%d.png", i)), fmt.Sprintf("bad %d", i))
		write(t, s.path("ref", fmt.Sprintf("a%d.png", i)), fmt.Sprintf("reference %d", i))
	}
	write(t, s.path("out", "sub/é b.jpg"), "bad sub")
	write(t, s.path("ref", "sub/é b.jpg"), "reference sub")
	write(t, s.path("out", "new.webp"), "bad new")
	config := Config{Routes: map[string]RouteConfig{"catalogue": {Prefix: "/catalogue/", Origin: s.path("out"), Fallback: s.path("ref")}}}
	if origin != "" {
		config.Routes["catalogue"] = RouteConfig{Prefix: "/catalogue/", Origin: origin, Fallback: s.path("ref")}
	}
	var err error
	if s.control, err = NewControl(config, s.path("gateway.json")); err != nil {
		t.Fatal(err)
	}
	s.gateway, err = NewGateway(Options{StateFile: s.path("gateway.json"), AccessLog: s.path("access.jsonl"), Config: config, Log: slog.New(slog.NewTextHandler(s.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.gateway.Close() })
	s.server = httptest.NewServer(s.gateway)
	t.Cleanup(s.server.Close)
	s.control.URL = s.server.URL
	return s
}

func (s *site) path(parts ...string) string {
	return filepath.Join(append([]string{s.dir}, parts...)...)
}

type answer struct {
	status int
	route  string
	cache  string
	kind   string
	header http.Header
	body   string
}

// get asks for a path as it stands, without the client's own cleaning.
func (s *site) get(method, path string, headers ...string) answer {
	s.t.Helper()
	req, err := http.NewRequest(method, s.control.URL+"/", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.URL.Opaque = path
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	h := res.Header
	return answer{res.StatusCode, h.Get(RouteHeader), h.Get("Cache-Control"), h.Get("Content-Type"), h, string(body)}
}

func (s *site) disable() incident.Probe {
	s.t.Helper()
	if err := s.control.Disable(context.Background(), "catalogue", "PM-1", "M1"); err != nil {
		s.t.Fatal(err)
	}
	return s.prove(true)
}

func (s *site) prove(disabled bool) incident.Probe {
	s.t.Helper()
	p, err := s.control.Probe(context.Background(), "catalogue", disabled)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// TestSwitch takes a route through enabled, disabled and enabled again.
func TestSwitch(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	a := s.get("GET", "/catalogue/a1.png")
	if a.status != 200 || a.body != "bad 1" || a.route != "catalogue; enabled" || a.cache != cacheShort || a.kind != "image/png" || a.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("enabled: %+v", a)
	}
	if p := s.prove(false); p.State != "enabled" || p.Status != 200 {
		t.Errorf("the probe of an enabled route is %+v", p)
	}
	if p := s.disable(); p.State != "disabled" || p.CacheControl != "no-store" || p.Millis > 1000 || len(p.SHA256) != 64 {
		t.Errorf("the probe of a disabled route is %+v, want it proven within a second", p)
	}
	for path, want := range map[string]string{"/catalogue/a1.png": "reference 1", "/catalogue/sub/%C3%A9%20b.jpg": "reference sub", "/catalogue/new.webp": placeholder} {
		if a := s.get("GET", path); a.status != 200 || a.body != want || a.route != "catalogue; disabled" || a.cache != "no-store" {
			t.Errorf("disabled: GET %s: %+v, want %q, no-store", path, a, want)
		}
	}
	if a := s.get("GET", "/catalogue/new.webp"); a.kind != "image/svg+xml" {
		t.Errorf("the placeholder has the type %q", a.kind)
	}
	if err := enabled(s.control, "catalogue"); err != nil {
		t.Fatal(err)
	}
	if p := s.prove(false); p.State != "enabled" || p.Millis > 1000 {
		t.Errorf("the probe after enabling is %+v", p)
	}
	if a := s.get("GET", "/catalogue/a1.png"); a.body != "bad 1" {
		t.Errorf("enabled again: %+v", a)
	}
}

// TestConditionals proves that no client is told to keep the bad image.
func TestConditionals(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	a := s.get("GET", "/catalogue/a1.png")
	etag, modified := a.header.Get("ETag"), a.header.Get("Last-Modified")
	for _, h := range [][]string{{"If-None-Match", etag}, {"If-Modified-Since", modified}} {
		if a := s.get("GET", "/catalogue/a1.png", h...); a.status != 304 {
			t.Errorf("enabled, %s: status %d, want 304", h[0], a.status)
		}
	}
	if a := s.get("GET", "/catalogue/a1.png", "If-Modified-Since", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)); a.status != 200 {
		t.Errorf("a client with a later date gets %d, want 200: an older file may have been restored", a.status)
	}
	if a := s.get("GET", "/catalogue/a1.png", "Range", "bytes=0-2"); a.status != 206 || a.body != "bad" {
		t.Errorf("enabled, range: %+v", a)
	}
	if a := s.get("HEAD", "/catalogue/a1.png"); a.status != 200 || a.body != "" || a.header.Get("Content-Length") != "5" {
		t.Errorf("enabled, HEAD: %+v", a)
	}
	s.disable()
	for _, h := range [][]string{{"If-None-Match", etag}, {"If-None-Match", "*"}, {"If-Modified-Since", modified}, {"Range", "bytes=2-"}, {"If-Range", etag, "Range", "bytes=2-"}, {"If-Match", etag}} {
		if a := s.get("GET", "/catalogue/a1.png", h...); a.status != 200 || a.body != "reference 1" || a.header.Get("ETag") != "" || a.header.Get("Last-Modified") != "" {
			t.Errorf("disabled, %v: %+v, want the whole reference", h, a)
		}
	}
	if a := s.get("HEAD", "/catalogue/a1.png"); a.status != 200 || a.body != "" || a.route != "catalogue; disabled" {
		t.Errorf("disabled, HEAD: %+v", a)
	}
}

// TestRefusals: nothing outside the folders, nothing but reading.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	write(t, s.path("secret.png"), "secret")
	write(t, s.path("out", ".git/config"), "secret")
	for link, target := range map[string]string{"link.png": s.path("secret.png"), "up.png": "../secret.png", "dir": s.dir} {
		if err := os.Symlink(target, s.path("out", link)); err != nil {
			t.Fatal(err)
		}
	}
	paths := []string{
		"/catalogue/../secret.png", "/catalogue/%2e%2e/secret.png", "/catalogue/..%2fsecret.png", "/catalogue/sub/../../secret.png",
		"/catalogue/..%5csecret.png", "/catalogue//etc/passwd", "/catalogue/%00.png", "/catalogue/link.png", "/catalogue/up.png",
		"/catalogue/dir/secret.png", "/catalogue/.git/config", "/catalogue/", "/catalogue", "/catalogue/sub", "/catalogue/sub/", "/", "/secret.png", "/-/x",
		"/catalogue/" + strings.Repeat("a", 5000) + ".png",
	}
	for _, disabled := range []bool{false, true} {
		if disabled {
			s.disable()
		}
		for _, p := range paths {
			a := s.get("GET", p)
			if strings.Contains(a.body, "secret") || strings.Contains(a.body, "root:") {
				t.Fatalf("GET %s leaks %q", p, a.body)
			}
			if !disabled && a.status != 404 {
				t.Errorf("GET %s: status %d, want 404", p, a.status)
			}
		}
	}
	for _, m := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		if a := s.get(m, "/catalogue/a1.png"); a.status != 405 || a.header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %+v, want 405", m, a)
		}
	}
}

// TestDamagedState keeps serving references whatever happens to the file, and says so.
func TestDamagedState(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	good, err := os.ReadFile(s.path("gateway.json"))
	if err != nil {
		t.Fatal(err)
	}
	if a := s.get("GET", "/-/ready"); a.status != 200 {
		t.Errorf("ready: %+v", a)
	}
	for i, text := range []string{"", "{", string(good[:len(good)/2]), string(good) + "x", strings.Replace(string(good), `"version": 1`, `"version": 2`, 1), strings.Replace(string(good), "prefix", "prefiks", 1), "gone"} {
		if text == "gone" {
			err = os.Remove(s.path("gateway.json"))
		} else {
			err = replace(s.path("gateway.json"), []byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if a := s.get("GET", "/catalogue/a1.png"); a.status != 200 || a.body != "reference 1" || a.route != "catalogue; fallback" || a.cache != "no-store" {
				t.Errorf("state %d: %+v, want the reference", i, a)
			}
		}
		if a, b := s.get("GET", "/-/ready"), s.get("GET", "/-/healthy"); a.status != 503 || b.status != 200 || !strings.Contains(b.body, "not ready") {
			t.Errorf("state %d: ready %+v, healthy %+v", i, a, b)
		}
		if err := replace(s.path("gateway.json"), good); err != nil {
			t.Fatal(err)
		}
		if a := s.get("GET", "/catalogue/a1.png"); a.body != "bad 1" {
			t.Errorf("state %d mended: %+v, want the origin", i, a)
		}
		if n := s.log.count("serves references only"); n != i+1 {
			t.Errorf("state %d: logged %d times, want once for each damage", i, n)
		}
	}
}

// TestColdStart serves references by the configuration when the state file was never readable.
func TestColdStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "ref", "a.png"), "reference")
	write(t, filepath.Join(dir, "out", "a.png"), "bad")
	write(t, filepath.Join(dir, "gateway.json"), "{")
	c := Config{Routes: map[string]RouteConfig{"r": {Prefix: "/r/", Origin: filepath.Join(dir, "out"), Fallback: filepath.Join(dir, "ref")}}}
	g, err := NewGateway(Options{StateFile: filepath.Join(dir, "gateway.json"), Config: c})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest("GET", "/r/a.png", nil))
	if w.Code != 200 || w.Body.String() != "reference" {
		t.Errorf("started with a damaged state: %d %q, want the reference", w.Code, w.Body)
	}
	if _, err := NewControl(c, filepath.Join(dir, "gateway.json")); err == nil {
		t.Error("a damaged state file is overwritten; it may hold the only word that a route is disabled")
	}
}

// TestOriginGone serves references when the folder of deliveries cannot be opened.
func TestOriginGone(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	if err := os.Rename(s.path("out"), s.path("away")); err != nil {
		t.Fatal(err)
	}
	if a := s.get("GET", "/catalogue/a1.png"); a.status != 200 || a.body != "reference 1" || a.route != "catalogue; fallback" || a.cache != "no-store" {
		t.Errorf("without the folder: %+v", a)
	}
	if _, err := s.control.Probe(short(t), "catalogue", false); err == nil {
		t.Error("the probe says that a route without its folder is enabled")
	}
	if err := os.Rename(s.path("away"), s.path("out")); err != nil {
		t.Fatal(err)
	}
	if a := s.get("GET", "/catalogue/a1.png"); a.body != "bad 1" || s.log.count("origin of a route fails") != 1 {
		t.Errorf("with the folder again: %+v, logged %d times", a, s.log.count("origin of a route fails"))
	}
	if a := s.get("GET", "/catalogue/none.png"); a.status != 404 || a.cache != "no-store" {
		t.Errorf("a file that is not delivered: %+v, want 404", a)
	}
}

// short is a context for probes that must not succeed.
func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// TestProxy serves from an upstream, and references while it is down.
func TestProxy(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case broken.Load():
			w.WriteHeader(502)
		case r.URL.Path == "/img/none.png":
			http.NotFound(w, r)
		case r.Header.Get("Cookie") != "" || !strings.HasPrefix(r.URL.Path, "/img/"):
			w.WriteHeader(400)
		default:
			w.Header().Set("Set-Cookie", "id=1")
			w.Header().Set("Cache-Control", "public, max-age=31536000")
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "bad "+strings.TrimPrefix(r.URL.Path, "/img/"))
		}
	}))
	defer up.Close()
	s := open(t, up.URL+"/img")
	a := s.get("GET", "/catalogue/a1.png", "Cookie", "session=1")
	if a.status != 200 || a.body != "bad a1.png" || a.route != "catalogue; enabled" || a.cache != cacheShort || a.kind != "image/png" || a.header.Get("Set-Cookie") != "" || len(a.header.Values("X-Content-Type-Options")) != 1 {
		t.Errorf("from the upstream: %+v", a)
	}
	if a := s.get("GET", "/catalogue/none.png"); a.status != 404 || a.cache != "no-store" {
		t.Errorf("not at the upstream: %+v", a)
	}
	if p := s.prove(false); p.State != "enabled" {
		t.Errorf("the probe is %+v", p)
	}
	broken.Store(true)
	if a := s.get("GET", "/catalogue/a1.png"); a.status != 200 || a.body != "reference 1" || a.route != "catalogue; fallback" || a.cache != "no-store" {
		t.Errorf("upstream broken: %+v, want the reference", a)
	}
	broken.Store(false)
	up.Close()
	if a := s.get("GET", "/catalogue/a1.png", "If-None-Match", "*"); a.status != 200 || a.body != "reference 1" || a.cache != "no-store" {
		t.Errorf("upstream down: %+v, want the reference", a)
	}
	if p := s.disable(); p.State != "disabled" {
		t.Errorf("disabled with the upstream down: %+v", p)
	}
}

// TestDisableUnderLoad: once the probe has proven it, no request gets a bad byte, and none ever gets a 5xx.
func TestDisableUnderLoad(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	var proven, stop atomic.Bool
	var before, after atomic.Int64
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			client := &http.Client{Transport: &http.Transport{}} // kept-alive connections of its own
			for i := w; !stop.Load(); i++ {
				sure := proven.Load()
				res, err := client.Get(fmt.Sprintf("%s/catalogue/a%d.png", s.control.URL, i%5))
				if err != nil {
					if sure {
						t.Errorf("after the proof: %v", err)
					}
					continue // cut while the route was being disabled
				}
				body, _ := io.ReadAll(res.Body)
				res.Body.Close()
				switch {
				case res.StatusCode != 200:
					t.Errorf("status %d under load", res.StatusCode)
				case sure && !strings.HasPrefix(string(body), "reference"):
					t.Errorf("after the proof a client got %q", body)
				case sure:
					after.Add(1)
				default:
					before.Add(1)
				}
			}
		})
	}
	for before.Load() < 200 {
		s.get("GET", "/catalogue/a0.png")
	}
	s.disable()
	proven.Store(true)
	for after.Load() < 500 && !t.Failed() {
		s.get("GET", "/catalogue/a0.png")
	}
	stop.Store(true)
	group.Wait()
}

// TestCutsRunningAnswer: a bad image that is still being sent is not sent to its end.
func TestCutsRunningAnswer(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	const size = 64 << 20
	write(t, s.path("out", "big.png"), "bad")
	if err := os.Truncate(s.path("out", "big.png"), size); err != nil {
		t.Fatal(err)
	}
	res, err := s.client.Get(s.control.URL + "/catalogue/big.png")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadFull(res.Body, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	s.disable()
	if n, err := io.Copy(io.Discard, res.Body); err == nil || n >= size-3 {
		t.Errorf("after disabling the client still got %d bytes to the end (%v)", n, err)
	}
}

// TestProbeFindsTrouble: each way of not disabling is found and said in one sentence.
func TestProbeFindsTrouble(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	if err := s.control.Disable(context.Background(), "catalogue", "PM-1", "M1"); err != nil {
		t.Fatal(err)
	}
	block := make(chan struct{})
	t.Cleanup(func() { close(block) })
	gateway := func(h http.HandlerFunc) string {
		server := httptest.NewServer(h)
		t.Cleanup(func() { server.CloseClientConnections() })
		return server.URL
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	l.Close()
	say := func(state, cache, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(RouteHeader, "catalogue; "+state)
			w.Header().Set("Cache-Control", cache)
			io.WriteString(w, body)
		}
	}
	for _, row := range []struct{ url, want string }{
		{closed, "is safelight gateway running?"},
		{gateway(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-block:
			case <-r.Context().Done():
			}
		}), "does not answer in time"},
		{gateway(say("enabled", cacheShort, "bad 0")), "still enabled: does it read"},
		{gateway(say("disabled", cacheNever, "bad 0")), "bytes of a0.png are not those"},
		{gateway(say("disabled", "public", "reference 0")), `Cache-Control "public"`},
		{gateway(say("fallback", cacheNever, "reference 0")), "because the origin or its state file fails"},
		{gateway(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "reference 0") }), "not the gateway of this route"},
	} {
		e := &Control{StateFile: s.control.StateFile, URL: row.url, Timeout: time.Second}
		p, err := e.Probe(context.Background(), "catalogue", true)
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(p.URL, row.url) {
			t.Errorf("probe gives %+v, %v; want one sentence with %q", p, err, row.want)
		}
	}
}

// TestKilledBetween repeats the effect after a crash between the change and its probe.
func TestKilledBetween(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	if err := s.control.Disable(context.Background(), "catalogue", "PM-1", "M1"); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(s.path("gateway.json"))
	if err != nil {
		t.Fatal(err)
	}
	// What follows is another process: it knows the configuration alone.
	c := Config{Routes: map[string]RouteConfig{"catalogue": {Prefix: "/catalogue/", Origin: s.path("out"), Fallback: s.path("ref")}}}
	e, err := NewControl(c, s.path("gateway.json"))
	if err != nil {
		t.Fatal(err)
	}
	e.URL = s.control.URL
	if err := e.Disable(context.Background(), "catalogue", "PM-1", "M1"); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(s.path("gateway.json")); err != nil || !bytes.Equal(first, again) {
		t.Errorf("the repeated effect changed the file (%v):\n%s\n%s", err, first, again)
	}
	if p, err := e.Probe(context.Background(), "catalogue", true); err != nil || p.State != "disabled" {
		t.Errorf("the repeated probe: %+v, %v", p, err)
	}
}

// TestServe listens, answers, and ends with its context.
func TestServe(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- ServeOn(ctx, l, s.gateway) }()
	s.control.URL = "http://" + l.Addr().String()
	s.prove(false)
	if err := Serve(ctx, l.Addr().String(), s.gateway); err == nil {
		t.Error("two gateways serve on one address")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}
