package store

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TestStop: Stop cancels an effect that does not end, and it is performed at the next Start.
func TestStop(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "k")}})
	begun := make(chan struct{})
	start(t, s, Work{Performers: map[string]Performer{"page": func(ctx context.Context, e Effect) (journal.Change, error) {
		close(begun)
		<-ctx.Done()
		return journal.Change{}, ctx.Err()
	}}})
	if err := s.Start(t.Context(), Work{}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("Start twice = %v, want ErrConflict", err)
	}
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Fatalf("Stop: %v", err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Errorf("Stop again: %v", err)
	}
	start(t, s, Work{Performers: map[string]Performer{"page": func(context.Context, Effect) (journal.Change, error) { return result(1), nil }}})
	idle(t, s)
	if e := one(t, s); e.State != Done || e.Attempts != 2 {
		t.Errorf("effect = %+v, want it done at the second attempt", e)
	}
}

// TestStartContextEnds: the end of Start's context stops the effects, too,
// and what is left is performed at the next Start.
func TestStartContextEnds(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	performers := map[string]Performer{"page": func(context.Context, Effect) (journal.Change, error) { return result(1), nil }}
	if err := s.Start(ctx, Work{Performers: performers}); err != nil {
		t.Fatalf("Start: %v", err)
	}
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "k1")}})
	idle(t, s)
	cancel()
	if err := s.Stop(t.Context()); err != nil {
		t.Fatalf("Stop: %v", err)
	}
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "k2")}})
	start(t, s, Work{Performers: performers})
	idle(t, s)
	if n := count(t, s); n != 2 {
		t.Errorf("the journal has %d entries, want the results of both effects", n)
	}
}

// TestLateAttempt: the result of an attempt that another one overtook is thrown away.
func TestLateAttempt(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "k")}})
	start(t, s, Work{Performers: map[string]Performer{"page": func(ctx context.Context, e Effect) (journal.Change, error) {
		// What the rescue of a stuck job and its second attempt amount to:
		return result(1), s.Update(ctx, func(tx *Tx) error {
			_, err := tx.exec("overtake", `update effects set attempts = attempts + 1, state = 'done', done_at = 1 where key = 'k'`)
			return err
		})
	}}})
	idle(t, s)
	if err := s.Stop(t.Context()); err != nil {
		t.Fatalf("Stop: %v", err)
	}
	if n := count(t, s); n != 0 {
		t.Errorf("the late attempt journalled %d entries", n)
	}
}

// TestOrphan: an effect whose job was lost is performed all the same.
func TestOrphan(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "k1"), effect("page", "k2")}})
	if _, err := s.writer.Exec(`delete from river_job where json_extract(args, '$.key') = 'k1'`); err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int32
	start(t, s, Work{Performers: map[string]Performer{"page": func(context.Context, Effect) (journal.Change, error) { calls.Add(1); return result(1), nil }}})
	idle(t, s)
	if calls.Load() != 2 {
		t.Errorf("%d effects were performed, want both, once each", calls.Load())
	}
}

func TestDefaultBackoff(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{
		0: time.Second, 1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 9: 256 * time.Second,
		10: 5 * time.Minute, 100: 5 * time.Minute, maxAttempts: 5 * time.Minute,
	} {
		if got := defaultBackoff(attempt); got != want {
			t.Errorf("wait after attempt %d = %v, want %v", attempt, got, want)
		}
	}
}
