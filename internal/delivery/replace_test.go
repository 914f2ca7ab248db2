package delivery

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

const goodOne = "the version that was good"

func newReplacing(t *testing.T) *world {
	w := newWorld(t)
	w.shelf[sumOf(goodOne)] = []byte(goodOne)
	return w
}

// TestReplace puts the good version in and keeps the bad one, and goes back to it.
func TestReplace(t *testing.T) {
	t.Parallel()
	w := newReplacing(t)
	before := time.Now().Add(-time.Second)
	for _, when := range []string{"at first", "again"} {
		if found, err := w.mover().Replace(t.Context(), w.asset, sumOf(goodOne)); err != nil || found != quarantine.TheImage || w.text() != goodOne {
			t.Fatalf("%s: found %q, %v; %q lies there", when, found, err, w.text())
		}
	}
	info, err := os.Stat(w.path())
	if err != nil || info.Mode().Perm() != 0o640 || info.ModTime().Before(before) {
		t.Errorf("the file has mode %v and the date %v, %v; want the mode of before and the date of now", info.Mode(), info.ModTime(), err)
	}
	w.safe("after it", false)
	if left := w.left(); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
	back := w.asset
	back.SHA256 = sumOf(goodOne)
	if found, err := w.mover().Replace(t.Context(), back, sumOf(theImage)); err != nil || found != quarantine.TheImage || w.text() != theImage {
		t.Errorf("the way back: found %q, %v; %q lies there", found, err, w.text())
	}
}

// TestReplaceTouchesNothingElse leaves alone what has come since, and does not bring back what is gone.
func TestReplaceTouchesNothingElse(t *testing.T) {
	t.Parallel()
	w := newReplacing(t)
	w.put(another)
	if found, err := w.mover().Replace(t.Context(), w.asset, sumOf(goodOne)); err != nil || found != quarantine.Newer || w.text() != another {
		t.Errorf("a newer version: found %q, %v; %q lies there", found, err, w.text())
	}
	if err := os.Remove(w.path()); err != nil {
		t.Fatal(err)
	}
	if found, err := w.mover().Replace(t.Context(), w.asset, sumOf(goodOne)); err != nil || found != quarantine.Missing || w.text() != "" {
		t.Errorf("a removed image: found %q, %v; %q lies there", found, err, w.text())
	}
	w.put(theImage)
	if _, err := w.mover().Replace(t.Context(), w.asset, sumOf("never kept")); !errors.Is(err, journal.ErrNotFound) || w.text() != theImage {
		t.Errorf("a version that is not kept: %v; %q lies there", err, w.text())
	}
	if left := w.left(); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestReplaceSurvives is killed at each of its steps, with and without a newer version coming at that moment, and ends its work when
// it is called again: nothing is lost, and nothing is left behind.
func TestReplaceSurvives(t *testing.T) {
	t.Parallel()
	for _, newer := range []bool{false, true} {
		for n := 1; ; n++ {
			w := newReplacing(t)
			m, steps := w.crashing(n, func() {
				if newer {
					w.put(another)
				}
			})
			_, err := m.Replace(t.Context(), w.asset, sumOf(goodOne))
			if err == nil {
				if n < 5 {
					t.Fatalf("there are only the steps %q", *steps)
				}
				break
			}
			if !errors.Is(err, errCrash) {
				t.Fatalf("killed at %q: %v", *steps, err)
			}
			when := "killed at " + (*steps)[n-1]
			if newer && (*steps)[n-1] == "keep" {
				w.shelf[sumOf(theImage)] = []byte(theImage) // it gave way to the newer one before we had seen it: nobody has lost it
			}
			w.safe(when, newer)
			found, err := w.mover().Replace(t.Context(), w.asset, sumOf(goodOne))
			want, lies := quarantine.TheImage, goodOne
			if newer {
				want, lies = quarantine.Newer, another
			}
			if err != nil || found != want || w.text() != lies {
				t.Errorf("%s, newer %v, called again: found %q, %v; %q lies there", when, newer, found, err, w.text())
			}
			w.safe(when+" and called again", newer)
			if left := w.left(); len(left) != 0 {
				t.Errorf("%s: left behind: %q", when, left)
			}
		}
	}
}

// TestReplaceRace has a newer version come at each step of one that is not killed.
func TestReplaceRace(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 6; n++ {
		w := newReplacing(t)
		step := 0
		m := Mover{Keep: w.shelf, Step: func(string) error {
			if step++; step == n {
				w.put(another)
			}
			return nil
		}}
		found, err := m.Replace(t.Context(), w.asset, sumOf(goodOne))
		if err != nil || n <= step && (found != quarantine.Newer || w.text() != another) {
			t.Errorf("a newer version at step %d of %d: found %q, %v; %q lies there", n, step, found, err, w.text())
		}
	}
}
