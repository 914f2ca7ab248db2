package feed

import (
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestGapsOfReadings: a late reading leaves a gap, a lively source none; old and many gaps are dropped.
func TestGapsOfReadings(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name         string
		every, pause time.Duration
		until        time.Duration // what the source asked for, after the reading
		open, closed int           // gaps while it lasts and after
	}{
		{"by plan", 15 * time.Minute, 17 * time.Minute, 0, 0, 0},
		{"one failure", 15 * time.Minute, 31 * time.Minute, 0, 1, 0},
		{"an evening", 15 * time.Minute, 3 * time.Hour, 0, 1, 1},
		{"two days", 15 * time.Minute, 48 * time.Hour, 0, 1, 1},
		{"a daily source, by plan", 24 * time.Hour, 26 * time.Hour, 0, 0, 0},
		{"a daily source, a day late", 24 * time.Hour, 49 * time.Hour, 0, 1, 1},
		{"as the source asked", 15 * time.Minute, 2 * time.Hour, 2 * time.Hour, 0, 0},
		{"a clock that was set back", 15 * time.Minute, -time.Hour, 0, 0, 0},
	}
	for _, test := range tests {
		var h heard
		if got := h.unheard(at); len(got) != 0 {
			t.Errorf("before the first reading: %v", got)
		}
		h.read(at, test.every, at.Add(test.until))
		now := at.Add(test.pause)
		if got := h.unheard(now); len(got) != test.open || test.open == 1 && got[0] != (Gap{at, now}) {
			t.Errorf("%s: while it lasts %v, want %d", test.name, got, test.open)
		}
		h.read(now, test.every, time.Time{})
		if got := h.unheard(now); len(got) != test.closed || test.closed == 1 && got[0] != (Gap{at, now}) {
			t.Errorf("%s: after it %v, want %d", test.name, got, test.closed)
		}
	}
	var h heard
	for i := range 1000 {
		h.read(at.Add(time.Duration(i)*3*time.Hour), time.Minute, time.Time{})
	}
	if len(h.Gaps) != maxGaps {
		t.Errorf("%d gaps are kept, want %d", len(h.Gaps), maxGaps)
	}
	h.read(h.At.Add(keepGaps+time.Hour), time.Minute, time.Time{})
	if len(h.Gaps) != 1 {
		t.Errorf("after 120 days %d gaps are kept, want the last", len(h.Gaps))
	}
}

// TestRunnerNotesOutages: what a runner keeps says when its source was down,
// and a runner that is started later knows when it was read last.
func TestRunnerNotesOutages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		w := start(t, oneFeed, map[string]http.HandlerFunc{"forum.example": func(rw http.ResponseWriter, _ *http.Request) {
			if down.Load() {
				rw.WriteHeader(500)
				return
			}
			rw.Write([]byte(atomFeed("a")))
		}})
		unheard := func() []Gap {
			t.Helper()
			gaps, err := Unheard(t.Context(), w.cursors, "forum", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			return gaps
		}
		time.Sleep(6 * time.Hour)
		if got := unheard(); len(got) != 0 {
			t.Fatalf("a source that answers has the gaps %v", got)
		}
		down.Store(true)
		fell := time.Now()
		time.Sleep(48 * time.Hour)
		if got := unheard(); len(got) != 1 || got[0].From.After(fell) || got[0].From.Before(fell.Add(-12*time.Minute)) || !got[0].Until.Equal(time.Now()) {
			t.Errorf("while it is down: %v, want one gap since %s", got, fell)
		}
		down.Store(false)
		rose := time.Now()
		time.Sleep(6 * time.Hour)
		synctest.Wait()
		if got := unheard(); len(got) != 1 || got[0].Until.Before(rose) || got[0].Until.After(rose.Add(70*time.Minute)) {
			t.Errorf("after it: %v, want one gap until soon after %s", got, rose)
		}
		later := &Runner{cursors: w.cursors}
		other := &watched{status: Status{Name: "forum"}}
		later.recall(t.Context(), other)
		if got := other.Status().LastSuccess; got.IsZero() || !got.Equal(w.Status()[0].LastSuccess) {
			t.Errorf("a runner that starts later knows of a reading at %s, want %s", got, w.Status()[0].LastSuccess)
		}
	})
}
