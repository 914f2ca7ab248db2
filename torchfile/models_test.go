package torchfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
)

// TestPublishedHeads reads the authors' own files, which are of the container before PyTorch 1.6.
func TestPublishedHeads(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"alex.pth": 5, "squeeze.pth": 7, "vgg.pth": 5} {
		file, err := os.Open(corpora.Models(t, name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		f, err := Open(file, info.Size(), Limits{})
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
			continue
		}
		if got := len(f.Names()); got != want {
			t.Errorf("%s has tensors %q, want %d", name, f.Names(), want)
		}
		for _, tensor := range f.Names() {
			v, err := f.Load(tensor)
			shape, _ := f.Shape(tensor)
			if err != nil || len(shape) != 4 || len(v) != shape[1] {
				t.Errorf("%s %s: shape %v, %d values, error %v", name, tensor, shape, len(v), err)
			}
			for _, w := range v {
				if w < 0 {
					t.Errorf("%s %s: weight %v, and all published ones are at least 0", name, tensor, w)
				}
			}
		}
	}
}
