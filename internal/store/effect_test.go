package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

func effect(kind, key string) journal.Effect {
	return journal.Effect{Kind: kind, Key: key, Stream: "a", Data: map[string]string{"to": "p-1"}}
}

// idle waits for the effects, with patience for a busy machine.
func idle(t *testing.T, s *Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Idle(ctx); err != nil {
		t.Fatalf("Idle: %v", err)
	}
}

// soon is a backoff for tests.
func soon(int) time.Duration { return time.Millisecond }

func start(t *testing.T, s *Store, w Work) {
	t.Helper()
	if w.Backoff == nil {
		w.Backoff = soon
	}
	if err := s.Start(t.Context(), w); err != nil {
		t.Fatalf("Start: %v", err)
	}
}

// result is what a performer journals: n is 100 and more.
func result(n int) journal.Change { return journal.Change{Events: []journal.Draft{draft("a", n)}} }

// one gives the only effect of stream a.
func one(t *testing.T, s *Store) Effect {
	t.Helper()
	list, err := s.Effects(t.Context(), "a")
	if err != nil || len(list) != 1 {
		t.Fatalf("Effects = %+v, %v; want one", list, err)
	}
	return list[0]
}

func count(t *testing.T, s *Store) int64 {
	t.Helper()
	head, err := s.Verify(t.Context())
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	return head.Size
}

func TestEffectDone(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 1), draft("b", 2)}, Effects: []journal.Effect{effect("page", "k")}})
	if e := one(t, s); e.State != Queued || e.Seq != 1 || e.Attempts != 0 || string(e.Data) != `{"to":"p-1"}` || e.QueuedAt.IsZero() || !e.DoneAt.IsZero() {
		t.Errorf("queued effect = %+v; want it queued by entry 1", e)
	}
	given := make(chan Effect, 1)
	start(t, s, Work{Performers: map[string]Performer{"page": func(_ context.Context, e Effect) (journal.Change, error) {
		given <- e
		return result(100), nil
	}}})
	idle(t, s)
	if e := <-given; e.Key != "k" || e.Kind != "page" || e.State != Running || e.Attempts != 1 {
		t.Errorf("the performer was given %+v", e)
	}
	if e := one(t, s); e.State != Done || e.Attempts != 1 || e.LastError != "" || e.DoneAt.IsZero() {
		t.Errorf("performed effect = %+v; want it done at the first attempt", e)
	}
	if n := count(t, s); n != 3 {
		t.Errorf("the journal has %d entries, want the result as the third", n)
	}
	if list, err := s.PendingEffects(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("PendingEffects = %+v, %v; want none", list, err)
	}
}

// TestEffectChain: a result may queue the next effect, and a known key is not performed again.
func TestEffectChain(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	var calls atomic.Int32
	start(t, s, Work{Performers: map[string]Performer{
		"disable": func(context.Context, Effect) (journal.Change, error) {
			calls.Add(1)
			c := result(100)
			c.Effects = []journal.Effect{effect("probe", "k2"), effect("disable", "k1")}
			return c, nil
		},
		"probe": func(context.Context, Effect) (journal.Change, error) { calls.Add(1); return result(101), nil },
	}})
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("disable", "k1")}})
	idle(t, s)
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("disable", "k1")}})
	idle(t, s)
	if calls.Load() != 2 || count(t, s) != 2 {
		t.Errorf("%d performances and %d results, want 2 and 2", calls.Load(), count(t, s))
	}
}

func TestEffectRetried(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "k")}})
	var calls atomic.Int32
	seen := make(chan Effect, 3)
	start(t, s, Work{Performers: map[string]Performer{"page": func(_ context.Context, e Effect) (journal.Change, error) {
		seen <- one(t, s) // as a page would show it
		switch calls.Add(1) {
		case 1:
			return result(99), errors.New("mail server is down")
		case 2:
			panic("a bug")
		}
		return result(100), nil
	}}})
	idle(t, s)
	if e := one(t, s); e.State != Done || e.Attempts != 3 {
		t.Errorf("effect = %+v; want it done at the third attempt", e)
	}
	if n := count(t, s); n != 1 {
		t.Errorf("the journal has %d entries, want the result of the attempt that succeeded alone", n)
	}
	for i, want := range []string{"", "mail server is down", "panic: a bug"} {
		e := <-seen
		if e.State != Running || e.Attempts != i+1 || !strings.HasSuffix(e.LastError, want) || (want == "") != (e.LastError == "") {
			t.Errorf("during attempt %d the effect is %+v, want the last error %q", i+1, e, want)
		}
	}
}

// TestIdleWaitsForRetry: an effect that waits for its retry keeps Idle waiting.
func TestIdleWaitsForRetry(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "k")}})
	start(t, s, Work{
		Backoff: func(int) time.Duration { return time.Hour },
		Performers: map[string]Performer{"page": func(context.Context, Effect) (journal.Change, error) {
			return journal.Change{}, errors.New("down")
		}},
	})
	waitFor(t, s, func(e Effect) bool { return e.LastError == "down" })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Idle(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Idle = %v, want it to wait until its context ends", err)
	}
	if e := one(t, s); e.State != Queued || e.Attempts != 1 {
		t.Errorf("effect = %+v, want it queued after one attempt", e)
	}
}

// TestEffectLater: the next attempt comes no sooner than a provider asks, and no sooner than after any other error.
func TestEffectLater(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]time.Duration{time.Second: time.Hour, 3 * time.Hour: 3 * time.Hour} {
		s := open(t, t.TempDir())
		mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "k")}})
		start(t, s, Work{
			Backoff: func(int) time.Duration { return time.Hour },
			Performers: map[string]Performer{"page": func(context.Context, Effect) (journal.Change, error) {
				return journal.Change{}, fmt.Errorf("page: %w", &Later{after, errors.New("slow down")})
			}},
		})
		waitFor(t, s, func(e Effect) bool { return e.LastError == "page: slow down" })
		if err := s.Stop(t.Context()); err != nil { // which lets the job end
			t.Fatal(err)
		}
		var at string
		if err := s.writer.QueryRow(`select strftime('%Y-%m-%dT%H:%M:%SZ', scheduled_at) from river_job where json_extract(args, '$.key') = 'k'`).Scan(&at); err != nil {
			t.Fatal(err)
		}
		due, err := time.Parse(time.RFC3339, at)
		if wait := time.Until(due); err != nil || wait < want-time.Minute || wait > want+time.Minute {
			t.Errorf("asked for %v it is tried again in %v, want %v (%v)", after, wait, want, err)
		}
		if e := one(t, s); e.State != Queued || e.Attempts != 1 {
			t.Errorf("the effect is %+v", e)
		}
	}
}

// TestWaitingIsNoAttempt: an effect that waits for something is taken up again when it asks, however often it has waited.
func TestWaitingIsNoAttempt(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "k")}})
	looks := 0
	start(t, s, Work{
		Backoff: func(int) time.Duration { return time.Hour },
		Performers: map[string]Performer{"page": func(context.Context, Effect) (journal.Change, error) {
			if looks++; looks <= 5 {
				return journal.Change{}, &Waiting{time.Millisecond, phrase.Of("page.effect.waits.pause")}
			}
			return journal.Change{}, nil
		}},
	})
	waitFor(t, s, func(e Effect) bool { return e.State == Done })
	if e := one(t, s); e.Attempts != 1 || looks != 6 {
		t.Errorf("after %d looks the effect is %+v", looks, e)
	}
}

// waitFor waits until the only effect of stream a is as wanted.
func waitFor(t *testing.T, s *Store, ok func(Effect) bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		next := s.next()
		if ok(one(t, s)) {
			return
		}
		select {
		case <-next:
		case <-deadline:
			t.Fatalf("the effect stays %+v", one(t, s))
		}
	}
}

// TestFinalErrors: permanent and dropped effects are not tried again.
func TestFinalErrors(t *testing.T) {
	t.Parallel()
	undeclared := draft("a", 100)
	undeclared.Type = "test.unheard-of"
	for _, test := range []struct {
		name     string
		change   journal.Change
		err      error
		onFailed func(context.Context, Effect, error) (journal.Change, error)
		state    EffectState
		reason   string
		entries  int64
	}{
		{"permanent", result(100), fmt.Errorf("send: %w", &Permanent{errors.New("no such address")}), nil, Failed, "send: no such address", 0},
		{"permanent, reported", journal.Change{}, &Permanent{errors.New("no such address")},
			func(_ context.Context, e Effect, cause error) (journal.Change, error) {
				return result(len(cause.Error())), nil
			}, Failed, "no such address", 1},
		{"permanent, report refused", journal.Change{}, &Permanent{errors.New("no such address")},
			func(context.Context, Effect, error) (journal.Change, error) {
				return journal.Change{Events: []journal.Draft{undeclared}}, nil
			}, Failed, "no such address; its report", 0},
		{"dropped", result(100), &DroppedError{"acknowledged meanwhile"}, nil, Dropped, "acknowledged meanwhile", 1},
		{"result refused", journal.Change{Events: []journal.Draft{undeclared}}, nil, nil, Failed, "journal the result", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, t.TempDir())
			mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "k")}})
			var calls atomic.Int32
			start(t, s, Work{OnFailed: test.onFailed, Performers: map[string]Performer{
				"page": func(context.Context, Effect) (journal.Change, error) { calls.Add(1); return test.change, test.err },
			}})
			idle(t, s)
			if e := one(t, s); e.State != test.state || !strings.Contains(e.LastError, test.reason) || e.Attempts != 1 || e.DoneAt.IsZero() {
				t.Errorf("effect = %+v; want %s because of %q", e, test.state, test.reason)
			}
			if n := count(t, s); n != test.entries || calls.Load() != 1 {
				t.Errorf("%d entries after %d calls, want %d after 1", n, calls.Load(), test.entries)
			}
		})
	}
}

// TestDecider: a result is decided on the state at the time it is journalled,
// and a result that is refused then is not tried again.
func TestDecider(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	deciders := map[string]Decider{"probe": func(ctx context.Context, e Effect) (Result, error) {
		// What others do meanwhile is seen by the decision.
		if _, err := s.Append(ctx, result(1)); err != nil {
			return nil, err
		}
		return func(tx *Tx) (journal.Change, error) {
			entries, err := tx.Stream("a")
			if len(entries) > 2 {
				return journal.Change{}, fmt.Errorf("record the probe: %w", journal.ErrConflict)
			}
			return result(100 + len(entries)), err
		}, nil
	}}
	start(t, s, Work{Deciders: deciders})
	for _, want := range []struct {
		key     string
		state   EffectState
		entries int64
	}{{"k1", Done, 2}, {"k2", Failed, 3}} {
		mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("probe", want.key)}})
		idle(t, s)
		list, err := s.Effects(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if e := list[len(list)-1]; e.Key != want.key || e.State != want.state || e.Attempts != 1 {
			t.Errorf("effect = %+v, want %s at the first attempt", e, want.state)
		}
		if n := count(t, s); n != want.entries {
			t.Errorf("the journal has %d entries, want %d", n, want.entries)
		}
	}
}

// TestUnknownKind: an effect that nothing performs waits visibly, and is
// performed by the program that knows it.
func TestUnknownKind(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	mustAppend(t, s, journal.Change{Effects: []journal.Effect{effect("page", "k")}})
	start(t, s, Work{Backoff: func(int) time.Duration { return time.Hour }})
	waitFor(t, s, func(e Effect) bool { return strings.Contains(e.LastError, `nothing performs the kind "page"`) })
	if err := s.Stop(t.Context()); err != nil {
		t.Fatalf("Stop: %v", err)
	}
	start(t, s, Work{Performers: map[string]Performer{"page": func(context.Context, Effect) (journal.Change, error) { return result(1), nil }}})
	idle(t, s)
	if e := one(t, s); e.State != Done || e.Attempts != 2 {
		t.Errorf("effect = %+v, want it done at the second attempt", e)
	}
}

// TestManyEffects: many effects, performed side by side, each once, while the
// store is written to from elsewhere.
func TestManyEffects(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	const n = 120
	var mu sync.Mutex
	performed := map[string]int{}
	start(t, s, Work{Performers: map[string]Performer{"page": func(ctx context.Context, e Effect) (journal.Change, error) {
		mu.Lock()
		performed[e.Key]++
		mu.Unlock()
		_, err := s.Append(ctx, journal.Change{Events: []journal.Draft{draft("b", 1)}})
		return result(1), err
	}}})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range n / 4 {
				c := journal.Change{Events: []journal.Draft{draft("c", i)}, Effects: []journal.Effect{effect("page", fmt.Sprint(w, "-", i))}}
				if _, err := s.Append(t.Context(), c); err != nil {
					t.Errorf("Append: %v", err)
				}
			}
		})
	}
	wg.Wait()
	idle(t, s)
	if len(performed) != n || slices.Max(values(performed)) != 1 {
		t.Errorf("%d effects were performed, one of them %d times; want %d, once each", len(performed), slices.Max(values(performed)), n)
	}
	if got := count(t, s); got != 3*n {
		t.Errorf("the journal has %d entries, want %d: cause, note and result of each", got, 3*n)
	}
}

func values(m map[string]int) []int {
	list := []int{0}
	for _, v := range m {
		list = append(list, v)
	}
	return list
}
