package main

import (
	"testing"
	"time"
)

// TestEstimateCountsBytesOfWhatWasMeasured resumes a scan of which half is
// known: that half must not make the rest look quick.
func TestEstimateCountsBytesOfWhatWasMeasured(t *testing.T) {
	t.Parallel()
	e := estimate{left: 4_000}
	for range 200 {
		e.add(10, time.Microsecond, true)
	}
	if left, ok := e.time(); ok {
		t.Errorf("before anything was measured it estimates %v", left)
	}
	e.add(100, time.Second, false) // a small image
	e.add(900, 9*time.Second, false)
	if left, ok := e.time(); !ok || left != 10*time.Second {
		t.Errorf("1 000 bytes to go after 1 000 in 10 s: %v, %v; want 10 s", left, ok)
	}
	e.add(5_000, time.Second, false) // files grew since they were counted
	if left, _ := e.time(); left != 0 {
		t.Errorf("nothing to go, and it estimates %v", left)
	}
}
