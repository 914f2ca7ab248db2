package watch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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

// TestScanOfPairs holds each image against the reference that is named; one without is decoded alone.
func TestScanOfPairs(t *testing.T) {
	t.Parallel()
	o := options(t)
	write(t, o.Reference, "a.png", 100, 20)
	for _, name := range []string{"b.png", "c.png", "d.png"} {
		write(t, o.Candidate, name, 100, 20)
	}
	if err := os.WriteFile(filepath.Join(o.Candidate, "e.png"), []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Paths = []string{"b.png", "c.png", "d.png", "e.png"}
	o.References = map[string]string{"b.png": "a.png", "c.png": "a.png"}
	results, _, err := scanAll(t, o)
	if err != nil || results["b.png"].Err != nil || results["c.png"].Err != nil || !errors.Is(results["d.png"].Err, ErrAlone) {
		t.Errorf("%v: %+v", err, results)
	}
	if err := results["e.png"].Err; err == nil || errors.Is(err, ErrAlone) {
		t.Errorf("no picture: %v", err)
	}
}
