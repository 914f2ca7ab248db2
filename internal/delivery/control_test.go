package delivery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TestAccessLog counts what was delivered from the origin, and nothing else.
func TestAccessLog(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	write(t, s.path("access.jsonl.keep"), "")
	s.get("GET", "/catalogue/a1.png")
	s.get("GET", "/catalogue/a1.png", "Range", "bytes=0-1")
	s.get("GET", "/catalogue/sub/%C3%A9%20b.jpg")
	s.get("HEAD", "/catalogue/a1.png")
	s.get("GET", "/catalogue/none.png")
	s.get("GET", "/elsewhere")
	s.prove(false) // probes are no deliveries
	s.disable()
	middle := time.Now()
	s.get("GET", "/catalogue/a1.png")
	s.get("GET", "/catalogue/new.webp")
	s.server.Close() // waits for what is on its way
	if err := s.gateway.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(s.path("access.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(text), "\n"); got != 7 {
		t.Errorf("the log has %d lines, want 7:\n%s", got, text)
	}
	all := func(string) bool { return true }
	one := func(p string) bool { return p == "/catalogue/sub/é b.jpg" }
	for _, row := range []struct {
		affected func(string) bool
		from, to time.Time
		want     int
	}{
		{all, time.Time{}, time.Time{}, 3}, {one, time.Time{}, time.Time{}, 1}, {all, middle, time.Time{}, 0},
		{all, time.Time{}, middle, 3}, {all, middle.Add(-time.Hour), middle, 3},
	} {
		if n, damaged := countLog(t, string(text), row.affected, row.from, row.to); damaged > 0 || n != row.want {
			t.Errorf("from %v to %v: %d deliveries (%d lines damaged), want %d", row.from, row.to, n, damaged, row.want)
		}
	}
	for _, part := range []string{`"source":"fallback"`, `"source":"placeholder"`, `"status":404`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("the log lacks %s:\n%s", part, text)
		}
	}
}

// TestCountDamaged counts past damage and says so.
func TestCountDamaged(t *testing.T) {
	t.Parallel()
	line := `{"at":"2025-09-27T04:10:00Z","route":"r","path":"/r/a.png","status":200,"source":"origin","bytes":9}` + "\n"
	all := func(string) bool { return true }
	for _, row := range []struct {
		name, text string
		want       int
		damaged    bool
	}{
		{"empty", "", 0, false}, {"whole", line + line, 2, false}, {"torn end", line + line[:20], 1, false},
		{"garbage", line + "garbage\n" + line, 2, true}, {"long line", line + strings.Repeat("x", 3*maxLine) + "\n" + line, 2, true},
		{"end without a newline", line + strings.TrimSpace(line), 2, false}, {"long end", line + strings.Repeat("x", 3*maxLine), 1, false},
	} {
		n, damaged := countLog(t, row.text, all, time.Time{}, time.Time{})
		if n != row.want || (damaged > 0) != row.damaged {
			t.Errorf("%s: %d deliveries, %d lines damaged; want %d, damage told: %v", row.name, n, damaged, row.want, row.damaged)
		}
	}
}

// TestLogAfterCrash goes on in a new line when the last one was torn.
func TestLogAfterCrash(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "access.jsonl")
	write(t, name, `{"at":"2025-`)
	l, err := openAccessLog(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.add(access{At: time.Now(), Route: "r", Path: "/r/a.png", Status: 200, Source: sourceOrigin, Bytes: 1})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if n, damaged := countLog(t, string(text), func(string) bool { return true }, time.Time{}, time.Time{}); n != 1 || damaged != 1 {
		t.Errorf("%d deliveries, %d lines damaged, want 1 and the damaged line told", n, damaged)
	}
}

// TestConcurrentWriters: no change of one is lost to another.
func TestConcurrentWriters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := Config{Routes: map[string]RouteConfig{}}
	for i := range 20 {
		c.Routes[fmt.Sprintf("r%d", i)] = RouteConfig{Prefix: fmt.Sprintf("/r%d/", i), Origin: dir, Fallback: dir + "/ref"}
	}
	file := filepath.Join(dir, "gateway.json")
	if _, err := NewControl(c, file); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			e := &Control{StateFile: file}
			if err := e.Disable(context.Background(), fmt.Sprintf("r%d", i), "PM-1", "M1"); err != nil {
				t.Error(err)
			}
			if _, err := ReadState(file); err != nil { // readers see whole files only
				t.Error(err)
			}
		})
	}
	group.Wait()
	s, err := ReadState(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Routes {
		if len(r.Disabled) != 1 || r.Disabled[0].Incident != "PM-1" || r.ChangedAt == nil {
			t.Errorf("the disabling of %s is lost: %+v", r.Name, r)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".gateway.json.*")); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
	delete(c.Routes, "r19")
	c.Routes["new"] = RouteConfig{Prefix: "/new/", Origin: dir, Fallback: dir + "/ref"}
	if _, err := NewControl(c, file); err != nil {
		t.Fatal(err)
	}
	if s, err = ReadState(file); err != nil || len(s.Routes) != 20 {
		t.Fatalf("after another configuration: %+v, %v", s, err)
	}
	for _, r := range s.Routes {
		if (len(r.Disabled) > 0) != (r.Name != "new") {
			t.Errorf("after another configuration %s has disabled %v; the switch is not the configuration's", r.Name, r.Disabled)
		}
	}
}

// TestUnknownRoute is not found, by whatever verb.
func TestUnknownRoute(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	ctx := context.Background()
	_, plan := s.control.Plan("x")
	_, probe := s.control.Probe(ctx, "x", true)
	for verb, err := range map[string]error{"disable": s.control.Disable(ctx, "x", "i", "m"), "enable": enabled(s.control, "x"), "plan": plan, "probe": probe} {
		if !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("%s an unknown route: %v, want not found", verb, err)
		}
	}
}

// TestPlan says what would change and changes nothing.
func TestPlan(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	before, _ := os.ReadFile(s.path("gateway.json"))
	p, err := s.control.Plan("catalogue")
	if err != nil || p.Assets != 7 || p.References != 6 || p.Missing != 1 || len(p.Sample) != 1 || p.Sample[0] != "new.webp" || p.Disabled || !strings.HasSuffix(p.URL, "/catalogue/") {
		t.Errorf("plan %+v (%v), want 7 assets, 6 references, new.webp missing", p, err)
	}
	if after, _ := os.ReadFile(s.path("gateway.json")); string(before) != string(after) {
		t.Error("planning changed the state file")
	}
	s.disable()
	if p, err := s.control.Plan("catalogue"); err != nil || !p.Disabled {
		t.Errorf("plan of a disabled route %+v (%v)", p, err)
	}
}

// TestStateFile is strict, and a thousand routes fit.
func TestStateFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "gateway.json")
	if _, err := ReadState(file); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("a missing file: %v, want not found", err)
	}
	since := time.Date(2025, 9, 27, 4, 17, 0, 0, time.UTC)
	want := State{Routes: []Route{{Name: "r", Prefix: "/r/", Origin: "/o", Fallback: "/f", Disabled: []Disabled{{since, "PM-1", "M1"}}}}}
	if err := WriteState(file, want); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadState(file); err != nil || got.Version != 1 || len(got.Routes) != 1 || !slices.Equal(got.Routes[0].Disabled, want.Routes[0].Disabled) {
		t.Errorf("read back %+v, %v", got, err)
	}
	if err := WriteState(file, State{Routes: []Route{{Name: "R"}}}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a state that could not be read back is written: %v", err)
	}
	write(t, file, strings.Repeat(" ", maxState+1))
	if _, err := ReadState(file); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("a file over the limit: %v", err)
	}
	if err := WriteState(filepath.Join(dir, "none", "gateway.json"), want); err == nil {
		t.Error("a state in a missing folder is written")
	}
}

func FuzzState(f *testing.F) {
	f.Add([]byte(`{"version":1,"routes":[{"name":"r","prefix":"/r/","origin":"/o","fallback":"/f"}]}`))
	f.Add([]byte(`{"version":1,"routes":[{"name":"r","prefix":"/r/","origin":"/o","fallback":"/f","held":[{"path":"a.png","item":"Q-1"},{"path":"../a","item":""}]}]}`))
	f.Add([]byte(`{"version":1,"routes":[{"name":"r","prefix":"/r/","origin":"http://[::1]:namedport","fallback":"/f","disabled":{}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseState(text)
		if err != nil {
			return
		}
		file := filepath.Join(t.TempDir(), "s")
		if err := WriteState(file, s); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, err := ReadState(file); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}

// TestConfigMistakes gives each mistake one sentence.
func TestConfigMistakes(t *testing.T) {
	t.Parallel()
	good := RouteConfig{Prefix: "/a/", Origin: "out", Fallback: "ref"}
	with := func(change func(*RouteConfig)) map[string]RouteConfig {
		r := good
		change(&r)
		return map[string]RouteConfig{"a": r}
	}
	for want, c := range map[string]Config{
		`listen "here"`:       {Listen: "here"},
		`listen ":99999"`:     {Listen: ":99999"},
		`route "A b"`:         {Routes: map[string]RouteConfig{"A b": good}},
		`prefix "a/"`:         {Routes: with(func(r *RouteConfig) { r.Prefix = "a/" })},
		`prefix "/a"`:         {Routes: with(func(r *RouteConfig) { r.Prefix = "/a" })},
		`prefix "/a/../b/"`:   {Routes: with(func(r *RouteConfig) { r.Prefix = "/a/../b/" })},
		`prefix "/a b/"`:      {Routes: with(func(r *RouteConfig) { r.Prefix = "/a b/" })},
		`gateway's own`:       {Routes: with(func(r *RouteConfig) { r.Prefix = "/-/x/" })},
		`name both`:           {Routes: with(func(r *RouteConfig) { r.Fallback = "" })},
		`one folder`:          {Routes: with(func(r *RouteConfig) { r.Fallback = "./out/" })},
		`write an http URL`:   {Routes: with(func(r *RouteConfig) { r.Origin = "http://user:pw@host/" })},
		`is not an image`:     {Routes: with(func(r *RouteConfig) { r.Placeholder = "p.html" })},
		`routes a and b over`: {Routes: map[string]RouteConfig{"a": good, "b": {Prefix: "/a/b/", Origin: "o", Fallback: "f"}}},
	} {
		if err := c.Validate(); err == nil || !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want one sentence with %q, got %v", want, err)
		}
	}
	text := "listen: 127.0.0.1:8322\nroutes:\n  catalogue: {prefix: /catalogue/, origin: out, fallback: ref, placeholder: p.svg}\n"
	var c Config
	if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil || c.Routes["catalogue"].Fallback != "ref" {
		t.Errorf("read %+v, %v", c, err)
	}
}

// TestClientURL is where a probe asks.
func TestClientURL(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		"127.0.0.1:8322": "http://127.0.0.1:8322", ":80": "http://127.0.0.1:80", "0.0.0.0:80": "http://127.0.0.1:80", "[::]:80": "http://127.0.0.1:80", "[::1]:80": "http://[::1]:80", "edge:80": "http://edge:80",
	} {
		if got := clientURL(listen); got != want {
			t.Errorf("listening on %s the client asks %s, want %s", listen, got, want)
		}
	}
}

// TestPlaceholder serves the configured one, and the built-in one when that is gone.
func TestPlaceholder(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "p.png")
	write(t, name, "PNG")
	if image, kind := (Route{Placeholder: name}).placeholder(); string(image) != "PNG" || kind != "image/png" {
		t.Errorf("configured: %q %s", image, kind)
	}
	if image, kind := (Route{Placeholder: name + "x"}).placeholder(); string(image) != placeholder || kind != "image/svg+xml" {
		t.Errorf("gone: %q %s", image, kind)
	}
}

// enabled lets go of a route for the mitigation that these tests use.
func enabled(e *Control, route string) error {
	_, err := e.Enable(context.Background(), route, "PM-1", "M1")
	return err
}

func TestRouteServesItsOriginWhenTheLastHolderLetsGo(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	ctx := context.Background()
	for _, incident := range []string{"PM-1", "PM-2", "PM-1"} {
		if err := s.control.Disable(ctx, "catalogue", incident, "M1"); err != nil {
			t.Fatal(err)
		}
	}
	if held, err := s.control.Enable(ctx, "catalogue", "PM-1", "M1"); err != nil || !held {
		t.Errorf("the first of two holders let go: held %v, %v; want it still held", held, err)
	}
	if p, err := s.control.Plan("catalogue"); err != nil || !p.Disabled {
		t.Errorf("while one holder is left the route is disabled %v, %v; want true", p.Disabled, err)
	}
	if held, err := s.control.Enable(ctx, "catalogue", "PM-1", "M1"); err != nil || !held {
		t.Errorf("letting go twice: held %v, %v; want the other's hold untouched", held, err)
	}
	if held, err := s.control.Enable(ctx, "catalogue", "PM-2", "M1"); err != nil || held {
		t.Errorf("the last holder let go: held %v, %v; want free", held, err)
	}
	if p, err := s.control.Plan("catalogue"); err != nil || p.Disabled {
		t.Errorf("after the last holder the route is disabled %v, %v; want false", p.Disabled, err)
	}
}
