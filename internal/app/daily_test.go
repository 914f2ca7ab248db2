package app

import (
	"errors"
	"testing"
	"time"
)

// TestDaily: at the start, with the next round after an error, when called for, and a day later; after a clock that was set
// back at once.
func TestDaily(t *testing.T) {
	t.Parallel()
	var d daily
	now, fault, done := time.Date(2026, 11, 27, 4, 12, 0, 0, time.UTC), errors.New("away"), 0
	round := func(want int, err error) {
		t.Helper()
		if got := d.run(now, func() error { done++; return err }); !errors.Is(got, err) && done == want || done != want {
			t.Errorf("at %v it was done %d times with %v, want %d", now, done, got, want)
		}
		now = now.Add(10 * time.Second)
	}
	round(1, fault)
	round(2, fault)
	round(3, nil)
	round(3, nil)
	d.again()
	round(4, nil)
	now = now.Add(aDay - 30*time.Second)
	round(4, nil)
	now = now.Add(time.Minute)
	round(5, nil)
	now = now.Add(-time.Hour)
	round(6, nil)
	if err := d.run(now.Add(2*aDay), func() error { d.again(); return nil }); err != nil {
		t.Fatal(err)
	}
	round(7, nil) // what was called for while it ran is not forgotten
}
