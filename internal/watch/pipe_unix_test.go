//go:build unix

package watch

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestNamedPipeDoesNotHoldUpAScan puts a pipe that nobody writes to among the images.
func TestNamedPipeDoesNotHoldUpAScan(t *testing.T) {
	t.Parallel()
	o := options(t)
	write(t, o.Reference, "a.png", 1, 16)
	write(t, o.Candidate, "a.png", 1, 16)
	write(t, o.Reference, "pipe.png", 1, 16)
	if err := syscall.Mkfifo(filepath.Join(o.Candidate, "pipe.png"), 0o644); err != nil {
		t.Fatal(err)
	}
	results, _, err := scanAll(t, o)
	if err != nil || results["a.png"].Err != nil || results["pipe.png"].Err == nil {
		t.Errorf("results %v, %v", results, err)
	}
}
