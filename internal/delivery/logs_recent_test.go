package delivery

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRecent reads of a log the end that tells of the last while, and says whether that is all of it.
func TestRecent(t *testing.T) {
	t.Parallel()
	line := func(at int, path string) string { return asked(at, "GET /catalogue/"+path+" HTTP/1.1", 200, 9) }
	many := func(from, to int) string { // some 300 KiB, so that there is something to pass over
		var b strings.Builder
		for at := from; at < to; at++ {
			for range 60 {
				b.WriteString(line(at, fmt.Sprint("m", at, ".png")))
			}
		}
		return b.String()
	}
	const kib = 1 << 10
	for name, c := range map[string]struct {
		files   map[string]string
		limit   int64
		want    []string
		covered bool
	}{
		"from before":     {map[string]string{"": line(9, "old.png") + line(30, "a.png") + line(31, "a.png") + line(32, "b.png")}, kib, []string{"a.png", "b.png"}, true},
		"begun later":     {map[string]string{"": line(30, "a.png")}, kib, []string{"a.png"}, false},
		"rotated before":  {map[string]string{"": line(30, "a.png"), ".1": line(9, "old.png")}, kib, []string{"a.png"}, true},
		"rotated since":   {map[string]string{"": line(30, "a.png"), ".1": line(9, "old.png") + line(25, "b.png")}, kib, []string{"a.png", "b.png"}, true},
		"nobody writes":   {map[string]string{"": line(9, "old.png")}, kib, nil, false},
		"no delivery":     {map[string]string{"": line(9, "old.png") + asked(30, "GET /catalogue/a.png HTTP/1.1", 404, 9) + asked(31, "HEAD /catalogue/a.png HTTP/1.1", 200, 9)}, kib, nil, true},
		"had it already":  {map[string]string{"": line(9, "old.png") + asked(30, "GET /catalogue/a.png HTTP/1.1", 304, 0)}, kib, []string{"a.png"}, true},
		"long":            {map[string]string{"": many(0, 59) + line(59, "a.png")}, 1 << 20, recentNames(21, 59), true},
		"too long":        {map[string]string{"": many(0, 59) + line(59, "a.png")}, kib, []string{"a.png", "m58.png"}, false},
		"damaged between": {map[string]string{"": many(0, 20) + strings.Repeat("x\n", 100*kib) + many(20, 59) + line(59, "a.png")}, 1 << 20, recentNames(21, 59), true},
	} {
		log := filepath.Join(t.TempDir(), "access.log")
		for end, text := range c.files {
			write(t, log+end, text)
			at := minute(5)
			if lines := strings.Split(strings.TrimSpace(text), "\n"); len(lines) > 0 {
				if a, ok := parseCombined([]byte(lines[len(lines)-1])); ok {
					at = a.at
				}
			}
			if err := os.Chtimes(log+end, at, at); err != nil {
				t.Fatal(err)
			}
		}
		got, err := readRecent(t.Context(), "edge front", log, parseCombined, minute(20), c.limit)
		var want []string
		for _, n := range c.want {
			want = append(want, "/catalogue/"+n)
		}
		if paths := slices.Sorted(maps.Keys(got.Paths)); err != nil || !slices.Equal(paths, want) || got.Covered != c.covered {
			t.Errorf("%s: %v, all of it: %v, %v; want %v, %v", name, paths, got.Covered, err, want, c.covered)
		}
	}
	if got, err := combinedEdge(filepath.Join(t.TempDir(), "none")).Recent(t.Context(), "front", time.Now()); err == nil || got.Covered {
		t.Errorf("a log that is not there: %+v, %v", got, err)
	}
}

func recentNames(from, to int) (list []string) {
	list = append(list, "a.png")
	for at := from; at < to; at++ {
		list = append(list, fmt.Sprint("m", at, ".png"))
	}
	return list
}
