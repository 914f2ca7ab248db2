package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/journal/journaltest"
)

// sorted opens a store whose effects have classes.
func sorted(t *testing.T, dir string, classes map[string]Class) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir, Registry: journaltest.Registry(t), Classes: classes})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// blocking gives a performer that says that it has begun, and waits until it is let go.
func blocking() (perform Performer, begun <-chan string, letGo func()) {
	began, hold := make(chan string, 100), make(chan struct{})
	return func(ctx context.Context, e Effect) (journal.Change, error) {
		began <- e.Key
		select {
		case <-hold:
		case <-ctx.Done():
		}
		return journal.Change{}, ctx.Err()
	}, began, sync.OnceFunc(func() { close(hold) })
}

// until polls, with patience for a busy machine.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// within receives, with patience for a busy machine.
func within(t *testing.T, from <-chan string) string {
	t.Helper()
	select {
	case key := <-from:
		return key
	case <-time.After(time.Minute):
		t.Fatal("waited in vain for an effect to be performed")
		return ""
	}
}

func many(kind string, n int) journal.Change {
	var c journal.Change
	for i := range n {
		c.Effects = append(c.Effects, effect(kind, fmt.Sprintf("%s-%02d", kind, i)))
	}
	return c
}

var pageHasItsOwn = map[string]Class{"page": {Own: true, Rank: 1}}

// TestPageWaitsForNoOtherWork: where others keep every worker busy and hundreds wait, a page is performed all the same.
func TestPageWaitsForNoOtherWork(t *testing.T) {
	t.Parallel()
	s := sorted(t, t.TempDir(), pageHasItsOwn)
	slow, begun, letGo := blocking()
	defer letGo()
	paged := make(chan string, 1)
	start(t, s, Work{Parallel: 4, Performers: map[string]Performer{
		"move": slow,
		"page": func(_ context.Context, e Effect) (journal.Change, error) { paged <- e.Key; return result(1), nil },
	}})
	mustAppend(t, s, many("move", 400))
	for range 4 {
		within(t, begun)
	}
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "k")}})
	if key := within(t, paged); key != "k" {
		t.Errorf("performed %q, want the page", key)
	}
	if n := len(begun); n != 0 {
		t.Errorf("%d more than the workers were performed beside it", n)
	}
}

// TestOldJobsFindTheirWorkers: what a program that knew no classes has queued is performed by whom it belongs to.
func TestOldJobsFindTheirWorkers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := open(t, dir)
	mustAppend(t, old, many("move", 10))
	mustAppend(t, old, many("page", 2))
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	s := sorted(t, dir, pageHasItsOwn)
	slow, begun, letGo := blocking()
	defer letGo()
	paged := make(chan string, 2)
	work := Work{Parallel: 3, Performers: map[string]Performer{
		"move": slow,
		"page": func(_ context.Context, e Effect) (journal.Change, error) { paged <- e.Key; return result(1), nil },
	}}
	start(t, s, work)
	for range 3 {
		within(t, begun)
	}
	if got := []string{within(t, paged), within(t, paged)}; !slices.Contains(got, "page-00") || !slices.Contains(got, "page-01") {
		t.Errorf("performed %v, want both pages", got)
	}
	letGo()
	idle(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	// And back: a program for which a page is as anything else finds no job that it would not look for.
	s = open(t, dir)
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "last")}})
	start(t, s, work)
	idle(t, s)
	if key := within(t, paged); key != "last" {
		t.Errorf("performed %q, want the last page", key)
	}
}

// TestRanks: of what waits for the same workers, the first rank is performed first, whenever it was queued.
func TestRanks(t *testing.T) {
	t.Parallel()
	s := sorted(t, t.TempDir(), map[string]Class{"notice": {Rank: 4}, "move": {Rank: 2}, "disable": {Rank: 1}})
	slow, begun, letGo := blocking()
	var order []string
	note := func(_ context.Context, e Effect) (journal.Change, error) {
		order = append(order, e.Kind)
		return result(1), nil
	}
	start(t, s, Work{Parallel: 1, Performers: map[string]Performer{"wait": slow, "notice": note, "tell": note, "move": note, "disable": note}})
	mustAppend(t, s, many("wait", 1))
	within(t, begun)
	for _, kind := range []string{"notice", "tell", "move", "disable"} {
		mustAppend(t, s, many(kind, 2))
	}
	letGo()
	idle(t, s)
	if want := []string{"disable", "disable", "move", "move", "tell", "tell", "notice", "notice"}; !slices.Equal(order, want) {
		t.Errorf("performed %v, want %v", order, want)
	}
}

// TestPulseOfEachQueue: work that stands still beside pages is no sign of life, and neither are pages that stand still.
func TestPulseOfEachQueue(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"move", "page"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := sorted(t, t.TempDir(), pageHasItsOwn)
			slow, begun, letGo := blocking()
			defer letGo()
			start(t, s, Work{Parallel: 1, Performers: map[string]Performer{kind: slow}})
			mustAppend(t, s, many(kind, 1))
			within(t, begun)
			if _, err := s.Pulse(t.Context()); err != nil {
				t.Fatal(err)
			}
			felt := func() (n int) {
				for i := range s.pulse.felt {
					if s.pulse.felt[i].Load() > 0 {
						n++
					}
				}
				return n
			}
			until(t, "one pulse", func() bool { return felt() == 1 })
			if beats, err := s.Pulse(t.Context()); err != nil || beats {
				t.Errorf("Pulse = %v, %v while no %s can be performed", beats, err, kind)
			}
			letGo()
			until(t, "the pulse of both", func() bool { return felt() == len(queues) })
			until(t, "a sign of life", func() bool { beats, err := s.Pulse(t.Context()); return beats && err == nil })
		})
	}
}
