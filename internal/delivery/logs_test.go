package delivery

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// countLog counts the deliveries of a gateway's log.
func countLog(t *testing.T, text string, affected func(string) bool, from, to time.Time) (n, damaged int) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "access.jsonl")
	write(t, name, text)
	r, err := ReadGatewayLog(t.Context(), name, from, to, func(p string) (string, bool) { return "r", affected(p) })
	if err != nil {
		t.Fatal(err)
	}
	if a := r.Answers["r"]; a != nil {
		n = a.Full + a.Partial
	}
	return n, r.Damaged
}

// asked is the line of a request at a minute, in the combined format.
func asked(at int, request string, status, bytes int) string {
	return fmt.Sprintf("192.0.2.7 - - [%s] %q %d %d \"-\" \"curl/8\"\n", minute(at).Format(combinedTime), request, status, bytes)
}

// catalogue finds the images of a catalogue.
func catalogue(path string) (string, bool) {
	return "catalogue", strings.HasPrefix(path, "/catalogue/") && strings.HasSuffix(path, ".png")
}

func combinedEdge(path string) Config {
	return Config{Edges: map[string]EdgeConfig{"front": {Kind: "nginx", AccessLog: AccessLogConfig{Path: path, Format: formatCombined}}}}
}

// TestReadLog reads a log with what was rotated away from it, from a time to another.
func TestReadLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "access.log")
	get := "GET /catalogue/a%20b.png?w=200 HTTP/1.1"
	pack := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for end, text := range map[string]string{
		"":      asked(30, get, 200, 9) + asked(31, get, 304, 0) + asked(31, "HEAD /catalogue/a.png HTTP/1.1", 200, 300) + asked(32, get, 200, 9)[:60], // torn
		".1":    asked(20, get, 206, 9) + asked(20, "GET /catalogue/ HTTP/1.1", 200, 9) + asked(21, get, 404, 9) + asked(22, get, 200, 0),
		".2.gz": pack(asked(10, get, 200, 9) + asked(11, "GET http://img.example.org/catalogue/c.png HTTP/1.1", 200, 9)),
		".1.gz": pack(asked(20, get, 206, 9)), // just being packed
		"-20250927": asked(12, "\x16\x03\x01 no request", 400, 9) + "garbage\n" + strings.Repeat("x", 3*maxLine) + "\n" + asked(13, get, 200, 9) +
			asked(40, get, 200, 9), // after the end
		".bak": asked(14, get, 200, 9), // no name of a rotation
	} {
		write(t, name+end, text)
	}
	r, err := combinedEdge(name).ReadLog(t.Context(), "front", minute(10), minute(40), catalogue)
	if err != nil {
		t.Fatal(err)
	}
	if got := *r.Answers["catalogue"]; got != (Answers{Full: 4, Partial: 1, Unchanged: 1}) || r.Damaged != 2 || r.Files != 4 || !r.Begins.Equal(minute(10).Truncate(time.Second)) {
		t.Errorf("%+v, %d damaged, %d files, begins %v; want 4 whole, 1 in part, 1 had, 2 damaged, 4 files from minute 10", got, r.Damaged, r.Files, r.Begins)
	}
	if r, err := combinedEdge(name).ReadLog(t.Context(), "front", time.Now().Add(time.Hour), time.Time{}, catalogue); err != nil || r.Files != 0 {
		t.Errorf("%d files were last written in the future, %v", r.Files, err)
	}
}

// TestLogThatCannotBeRead says why, and gives what it has read.
func TestLogThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, broken, many := filepath.Join(dir, "pipe"), filepath.Join(dir, "broken"), filepath.Join(dir, "many")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, broken, asked(1, "GET /catalogue/a.png HTTP/1.1", 200, 9))
	write(t, broken+".1.gz", "no gzip")
	for i := range maxLogFiles + 1 {
		write(t, fmt.Sprint(many, ".", i), "")
	}
	cancelled, stop := context.WithCancel(t.Context())
	stop()
	for name, c := range map[string]struct {
		ctx  context.Context
		path string
		want error
	}{
		"none":         {t.Context(), filepath.Join(dir, "none"), fs.ErrNotExist},
		"no folder":    {t.Context(), filepath.Join(dir, "no", "access.log"), fs.ErrNotExist},
		"a pipe":       {t.Context(), pipe, journal.ErrInvalid},
		"too many":     {t.Context(), many, journal.ErrTooLarge},
		"out of time":  {cancelled, broken, context.Canceled},
		"not named":    {t.Context(), "", journal.ErrNotFound},
		"no gzip":      {t.Context(), broken, gzip.ErrHeader},
		"not a folder": {t.Context(), filepath.Join(broken, "x"), syscall.ENOTDIR},
	} {
		if _, err := combinedEdge(c.path).ReadLog(c.ctx, "front", time.Time{}, time.Time{}, catalogue); name != "no gzip" && !errors.Is(err, c.want) || err == nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := os.Stat(pipe); err != nil {
		t.Error(err)
	}
}

// TestParseLines reads lines as visitors may make them.
func TestParseLines(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)
	nginx := LogFields{}.orDefaults("nginx").parse
	caddy := LogFields{}.orDefaults("caddy").parse
	named := LogFields{Time: "t", Path: "req.path", Status: "code"}.orDefaults("varnish").parse
	image := func(path string) logged { return logged{at: at, path: path, status: 200, body: true} }
	for _, c := range []struct {
		parse parser
		line  string
		want  logged
		ok    bool
	}{
		{parseCombined, `192.0.2.7 - - [27/Sep/2025:06:12:00 +0200] "GET /a/b.png HTTP/1.1" 200 18123 "-" "curl/8"`, image("/a/b.png"), true},
		{parseCombined, `::1 - - [27/Sep/2025:04:12:00 +0000] "GET /a/b.png HTTP/1.1" 200 5`, image("/a/b.png"), true},
		{parseCombined, `Sep 27 04:12:00 h haproxy[7]: 192.0.2.7 - - [27/Sep/2025:04:12:00 +0000] "GET /a/b.png HTTP/1.1" 200 5 "" "" 3 655 "in"`, image("/a/b.png"), true},
		{parseCombined, `192.0.2.7 - x [01/Jan/2020:00:00:00 +0000] y [27/Sep/2025:04:12:00 +0000] "GET /a/b.png HTTP/1.1" 200 5 "-" "-"`, image("/a/b.png"), true},
		{parseCombined, `192.0.2.7 - - [27/Sep/2025:04:12:00 +0000] "GET /a/\x22 404 5 \xC3\xA9.png HTTP/1.1" 200 5 "-" "\" 500 0"`, image("/a/\" 404 5 é.png"), true},
		{parseCombined, `192.0.2.7 - - [27/Sep/2025:04:12:00 +0000] "GET /a/\"b%2F.png#c HTTP/1.1" 200 5`, image(`/a/"b/.png`), true},
		{parseCombined, `192.0.2.7 - - [27/Sep/2025:04:12:00 +0000] "GET /a/100%.png HTTP/1.1" 200 5`, image("/a/100%.png"), true},
		{parseCombined, `192.0.2.7 - - [27/Sep/2025:04:12:00 +0000] "GET /a/b.png" 200 5`, image("/a/b.png"), true},
		{parseCombined, `192.0.2.7 - - [27/Sep/2025:04:12:00 +0000] "GET https://h:8/a/b.png?/c.png HTTP/1.1" 200 5`, image("/a/b.png"), true},
		{parseCombined, `192.0.2.7 - - [27/Sep/2025:04:12:00 +0000] "POST /a/b.png HTTP/1.1" 200 5`, logged{at: at}, true},
		{parseCombined, `192.0.2.7 - - [27/Sep/2025:04:12:00 +0000] "GET /a/b.png HTTP/1.1" 304 -`, logged{at: at, path: "/a/b.png", status: 304}, true},
		{parseCombined, `192.0.2.7 - - [27/Sep/2025:04:12:00 +0000] "" 400 0`, logged{at: at, status: 400}, true},
		{parseCombined, `192.0.2.7 - - [27/Sep/2025:04:12:00 +0000] "GET /a/b.png HTTP/1.1`, logged{}, false},
		{parseCombined, `192.0.2.7 - - [27/Sep/2025:04:12:00 +0000] "GET /a/b.png HTTP/1.1" 200`, logged{}, false},
		{parseCombined, `192.0.2.7 - - [today] "GET /a/b.png HTTP/1.1" 200 5`, logged{}, false},
		{parseCombined, `"GET /a/b.png HTTP/1.1" 200 5`, logged{}, false},
		{parseCombined, ``, logged{}, false},
		{nginx, `{"time_iso8601":"2025-09-27T06:12:00+02:00","request_method":"GET","request_uri":"/a/b.png?c","status":"200","body_bytes_sent":5,"remote_addr":"192.0.2.7"}`, image("/a/b.png"), true},
		{nginx, `{"time_iso8601":"2025-09-27T06:12:00+02:00","request_uri":"/a/b.png","status":200,"body_bytes_sent":"5"}`, image("/a/b.png"), true},
		{nginx, `{"time_iso8601":"2025-09-27T06:12:00+02:00","request_uri":"/a/b.png","status":200,"body_bytes_sent":5,"sent_http_x_safelight_route":"a; enabled"}`, image("/a/b.png"), true},
		{nginx, `{"time_iso8601":"2025-09-27T06:12:00+02:00","request_uri":"/a/b.png","status":200,"body_bytes_sent":5,"sent_http_x_safelight_route":"a; disabled"}`, logged{at: at}, true},
		{nginx, `{"time_iso8601":"2025-09-27T06:12:00+02:00","request_uri":"/a/b.png","status":200,"body_bytes_sent":5,"sent_http_x_safelight_route":"a; fallback"}`, logged{at: at}, true},
		{caddy, `{"level":"info","ts":1758946320,"request":{"method":"GET","uri":"/a/b.png","headers":{"User-Agent":["\"x\""]}},"size":5,"status":200}`, image("/a/b.png"), true},
		{caddy, `{"ts":1758946320000,"request":{"method":"HEAD","uri":"/a/b.png"},"size":5,"status":200}`, logged{at: at}, true},
		{named, `{"t":"27/Sep/2025:04:12:00 +0000","req":{"path":"/a/b.png"},"code":200,"body_bytes_sent":5}`, image("/a/b.png"), true},
		{named, `{"t":"27/Sep/2025:04:12:00 +0000","req.path":"/a/b.png","code":200,"body_bytes_sent":5}`, image("/a/b.png"), true},
		{caddy, `{"ts":1758946320,"request":"GET","status":200}`, logged{}, false},
		{caddy, `{"ts":-1,"request":{"uri":"/a"},"status":200}`, logged{}, false},
		{caddy, `{"ts":1758946320,"request":{"uri":"/a"},"status":null}`, logged{}, false},
		{caddy, `[]`, logged{}, false},
	} {
		got, ok := c.parse([]byte(c.line))
		if got.at.Equal(c.want.at) {
			got.at = c.want.at
		}
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s:\n%+v %v, want %+v %v", c.line, got, ok, c.want, c.ok)
		}
	}
}

func TestAccessLogConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		log  AccessLogConfig
		good bool
	}{
		{AccessLogConfig{}, true},
		{AccessLogConfig{Path: "/var/log/nginx/access.log", Format: "combined"}, true},
		{AccessLogConfig{Path: "/var/log/caddy/access.log", Format: "json", Fields: LogFields{Time: "when"}}, true},
		{AccessLogConfig{Path: "access.log", Format: "combined"}, false},
		{AccessLogConfig{Path: "/a", Format: "common"}, false},
		{AccessLogConfig{Format: "json"}, false},
		{AccessLogConfig{Path: "/a", Format: "combined", Fields: LogFields{Time: "when"}}, false},
	} {
		if wrong := c.log.check(); (wrong == "") != c.good {
			t.Errorf("%+v: %q", c.log, wrong)
		}
	}
}

// FuzzParseLog: whatever a visitor writes, a line is read or not, and an answer that counts has a path.
func FuzzParseLog(f *testing.F) {
	f.Add([]byte(asked(1, "GET /catalogue/a.png HTTP/1.1", 200, 9)))
	f.Add([]byte(`x - "[27/Sep/2025:04:12:00 +0000] "GET \x2" 200 5`))
	f.Add([]byte(`{"ts":1758946320.5,"request":{"method":"GET","uri":"/a/b.png"},"size":5,"status":200}`))
	f.Add([]byte(`{"time_iso8601":"2025-09-27T06:12:00+02:00","request_uri":"//[","status":"200"}`))
	f.Add([]byte(`{"at":"2025-09-27T04:10:00Z","route":"r","path":"/r/a.png","status":200,"source":"origin","bytes":9}`))
	parsers := map[string]parser{"combined": parseCombined, "nginx": LogFields{}.orDefaults("nginx").parse, "caddy": LogFields{}.orDefaults("caddy").parse, "gateway": parseAccess}
	f.Fuzz(func(t *testing.T, line []byte) {
		for name, parse := range parsers {
			a, ok := parse(line)
			if !ok {
				continue
			}
			if name != "gateway" && a.path != "" && !strings.HasPrefix(a.path, "/") {
				t.Errorf("%s: %q has the path %q", name, line, a.path)
			}
			if name == "combined" && a.at.Year() < 0 {
				t.Errorf("%q is of %v", line, a.at)
			}
		}
	})
}
