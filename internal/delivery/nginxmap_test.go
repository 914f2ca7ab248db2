package delivery

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNginxMapRejected breaks the configuration of a running nginx, as somebody does who is just editing it: its checker
// refuses, the file is as it was, and nginx serves on.
func TestNginxMapRejected(t *testing.T) {
	f := openFront(t, "nginx-map")
	f.want("before", "bad", 1)
	conf := filepath.Join(f.edge.dir, "nginx-map.conf")
	good, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(f.edge.config.Map)
	if err != nil {
		t.Fatal(err)
	}
	write(t, conf, string(good)+"half a direct")
	err = f.control.Disable(t.Context(), "catalogue", "PM-1", "M1")
	if err == nil || !strings.Contains(err.Error(), "have nginx check its configuration at edge front") || !strings.Contains(err.Error(), "test failed") {
		t.Errorf("a configuration that is rejected: %v", err)
	}
	if now, _ := os.ReadFile(f.edge.config.Map); string(now) != string(before) {
		t.Errorf("the maps are %q", now)
	}
	if err := f.control.CheckEdges(t.Context())["front"]; err == nil || !strings.Contains(err.Error(), "check its configuration") {
		t.Errorf("the doctor: %v", err)
	}
	f.want("as before", "bad", 1)
	write(t, conf, string(good))
	f.disable()
	f.want("mended", "ref", 1)

	driver := f.control.edges.named["front"].driver.(*nginxMap)
	driver.reload = newCommand("front", EdgeConfig{Command: []string{"/bin/false"}})
	disabled, _ := os.ReadFile(f.edge.config.Map)
	if _, err := f.control.Enable(t.Context(), "catalogue", "PM-1", "M1"); err == nil || !strings.Contains(err.Error(), "have nginx read its configuration") {
		t.Errorf("a reload that fails: %v", err)
	}
	if now, _ := os.ReadFile(f.edge.config.Map); string(now) != string(disabled) {
		t.Errorf("the maps are %q", now)
	}
}

// TestNginxMaps escapes what means something in a regular expression, or in nginx's configuration.
func TestNginxMaps(t *testing.T) {
	t.Parallel()
	got := string(nginxMaps([]laid{{"/a.b/", "a", 3, true}, {`/é"$;{}/`, "b", 0, false}}))
	for _, want := range []string{"\"~^/a\\x2eb/\" safelight;", "\"~^/a\\x2eb/\" a-3;", "\"~^/\\xc3\\xa9\\x22\\x24\\x3b\\x7b\\x7d/\" b-0;"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
	if strings.Count(got, "safelight;") != 1 {
		t.Errorf("%s diverts more than one", got)
	}
}

// TestNginxMapTakesAllPrefixes has the real checker look at prefixes of every byte that a route may have.
func TestNginxMapTakesAllPrefixes(t *testing.T) {
	f := openFront(t, "nginx-map")
	var list []laid
	for c := byte(0x21); c < 0x7f; c++ {
		if prefix := "/" + string(rune(c)) + "x/"; goodPrefix(prefix) {
			list = append(list, laid{prefix, "r", int64(c), true})
		}
	}
	driver := f.control.edges.named["front"].driver.(*nginxMap)
	if err := driver.lay(t.Context(), list, true); err != nil {
		t.Errorf("%d prefixes: %v", len(list), err)
	}
}

// TestSeen counts from the first time that a generation was seen.
func TestSeen(t *testing.T) {
	t.Parallel()
	var s told
	at := time.Date(2026, 11, 27, 21, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		route      string
		generation int64
		now, want  time.Duration
	}{{"a", 1, 0, 0}, {"a", 1, 5, 0}, {"b", 1, 6, 6}, {"a", 2, 7, 7}, {"a", 2, 9, 7}} {
		if got := s.seen(row.route, row.generation, at.Add(row.now)); !got.Equal(at.Add(row.want)) {
			t.Errorf("%+v: %v", row, got.Sub(at))
		}
	}
}
