package watch

import (
	"io/fs"
	"slices"
	"testing"
)

// TestScanOfPaths looks at the named images alone, each once, and finds their references as a walk does.
func TestScanOfPaths(t *testing.T) {
	t.Parallel()
	o := options(t)
	for _, name := range []string{"a.png", "b.png", "deep/c.png", "deep/d.png", ".hidden/e.png"} {
		write(t, o.Reference, name, 100, 20)
		write(t, o.Candidate, name, 100, 20)
	}
	o.Paths = []string{"deep/d.png", "a.png", "./a.png", "none.png", "gone/x.png", "../a.png", "/a.png", ".hidden/e.png", "deep", "."}
	_, order, err := scanAll(t, o)
	if err != nil || !slices.Equal(order, []string{"a.png", "deep/d.png"}) {
		t.Errorf("scanned %v (%v), want the two that are there", order, err)
	}
	var asked []string
	o.Changed = func(path string, _ fs.FileInfo) bool { asked = append(asked, path); return path == "a.png" }
	if _, order, err = scanAll(t, o); err != nil || !slices.Equal(order, []string{"a.png"}) || len(asked) != 2 {
		t.Errorf("scanned %v (%v) having asked about %v, want what has changed", order, err, asked)
	}
	o.Paths = []string{}
	if _, order, err = scanAll(t, o); err != nil || len(order) != 0 {
		t.Errorf("of no paths scanned %v (%v), want none and no error", order, err)
	}
}
