package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/backlog"
	"github.com/safelight-dev/safelight/internal/backlog/backlogtest"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/store"
)

// TestTrackerWalk: people edit actions here and issues there in any order, while the tracker is down, loses answers after it has written, and
// refuses for its limits. Nothing is doubled, and both sides end with the same values, or with a conflict that shows both.
func TestTrackerWalk(t *testing.T) {
	t.Parallel()
	for _, kind := range kindsOfTrackers {
		for _, seed := range seeds(t) {
			t.Run(fmt.Sprint(kind, " ", seed), func(t *testing.T) {
				t.Parallel()
				w := newTrackerWalk(t, kind, seed)
				for range 60 {
					w.step()
				}
				w.settle()
				w.judge()
				w.choose()
			})
		}
	}
}

// trackerWalk is a house whose effects the walk performs itself, so that it waits for no clock.
type trackerWalk struct {
	*house
	server  *backlogtest.Server
	r       *rand.Rand
	id      string
	actions int
	edits   int

	mu     sync.Mutex
	faulty bool
}

// seeds are those of the walks; 5 and 12 have found something. SAFELIGHT_WALK_SEED runs another.
func seeds(t *testing.T) []uint64 {
	text := os.Getenv("SAFELIGHT_WALK_SEED")
	if text == "" {
		return []uint64{5, 7, 12}
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return []uint64{seed}
}

func newTrackerWalk(t *testing.T, kind string, seed uint64) *trackerWalk {
	h, s := houseWithTracker(t, kind, func(*backlog.Config) {})
	w := &trackerWalk{house: h, server: s, r: rand.New(rand.NewPCG(seed, uint64(len(kind))))}
	if err := h.App.store.Stop(t.Context()); err != nil { // the walk is the worker
		t.Fatal(err)
	}
	w.id = h.declare()
	s.Fault(func(*http.Request) backlogtest.Fault {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.faulty {
			return backlogtest.None
		}
		return []backlogtest.Fault{backlogtest.None, backlogtest.None, backlogtest.Down, backlogtest.Lost}[w.r.IntN(4)]
	})
	return w
}

func (w *trackerWalk) set(faulty bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faulty = faulty
}

// roll is a number below n; the tracker's faults take from the same source.
func (w *trackerWalk) roll(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.r.IntN(n)
}

func (w *trackerWalk) any() string { return fmt.Sprintf("A%d", 1+w.roll(w.actions)) }

// try issues a command that the domain may refuse.
func (w *trackerWalk) try(c any) {
	w.t.Helper()
	w.tryAs("lea", c)
}

func (w *trackerWalk) tryAs(login string, c any) {
	w.t.Helper()
	err := w.Do(w.t.Context(), w.as(login), w.id, c)
	if err != nil && !errors.Is(err, journal.ErrConflict) && !errors.Is(err, journal.ErrInvalid) {
		w.t.Fatalf("%T: %v", c, err)
	}
}

func (w *trackerWalk) step() {
	w.edits++
	if w.actions == 0 || w.actions < 4 && w.roll(8) == 0 {
		w.actions++
		w.file(w.id, fmt.Sprint("action ", w.actions))
		return
	}
	switch w.roll(7) {
	case 0:
		w.try(prevention.ChangeAction{ID: w.any(), Title: fmt.Sprint("ours ", w.edits)})
	case 1:
		w.try(prevention.ChangeAction{ID: w.any(), Owner: w.persons[[]string{"lea", "nora", "ada"}[w.roll(3)]].ID})
	case 2:
		action := w.any()
		w.try(prevention.CloseAction{ID: action, Proof: "commit 3f2a910"})
		if w.roll(4) > 0 { // or nobody looks at it yet
			w.tryAs("ada", prevention.ConfirmAction{ID: action})
		}
	case 3:
		w.try(prevention.ReopenAction{ID: w.any(), Reason: "again"})
	case 4:
		w.there()
	default:
		w.set(true)
		w.sync(w.any())
		w.set(false)
	}
}

// there is an edit of somebody in the tracker.
func (w *trackerWalk) there() {
	issues := w.server.Issues()
	if len(issues) == 0 {
		return
	}
	what, title := w.roll(4), fmt.Sprint("theirs ", w.edits)
	w.server.Edit(issues[w.roll(len(issues))].Number, func(i *backlogtest.Issue) {
		switch what {
		case 0:
			i.Title = title
		case 1:
			i.Closed = !i.Closed
		case 2:
			i.Assignee = "nora-there"
		case 3:
			i.Assignee = ""
		}
	})
}

// sync performs one effect, which may fail: its successors do what it has left.
func (w *trackerWalk) sync(action string) error {
	err := w.syncAction(w.t.Context(), prevention.SyncEffect{Incident: w.id, Action: action})
	var refused *backlog.RefusedError
	if errors.As(err, &refused) || errors.Is(err, context.Canceled) {
		w.t.Fatalf("%s: %v", action, err)
	}
	var wait *backlog.WaitError
	var later *store.Waiting
	if errors.As(err, &wait) || errors.As(err, &later) {
		w.reopenTracker() // as after the pause
	}
	return err
}

// reopenTracker is a start after a crash: pauses are forgotten, and what was being made is older than the search's lag.
func (w *trackerWalk) reopenTracker() {
	client, err := backlog.Open(w.App.config.Backlog, time.Now)
	if err != nil {
		w.t.Fatal(err)
	}
	w.App.backlog.tracker = lagless{client}
}

// lagless is a tracker whose search shows all at once, as the server's does in this walk.
type lagless struct{ *backlog.Client }

// Lag is none.
func (lagless) Lag() time.Duration { return 0 }

// settle brings all actions together with their issues, the tracker being well.
func (w *trackerWalk) settle() {
	w.t.Helper()
	w.reopenTracker()
	for n := range w.actions {
		for range 3 {
			if err := w.sync(fmt.Sprintf("A%d", n+1)); err != nil {
				w.t.Fatalf("A%d: %v", n+1, err)
			}
		}
	}
}

// issueOf is what the issue of an action holds.
func (w *trackerWalk) issueOf(a prevention.Action) prevention.Values {
	w.t.Helper()
	persons, err := w.People(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	issue, err := w.App.backlog.tracker.Get(w.t.Context(), a.Link.Key)
	if err != nil {
		w.t.Fatal(err)
	}
	return valuesOf(w.App.backlog.tracker, issue, string(a.Owner), persons)
}

func (w *trackerWalk) judge() {
	w.t.Helper()
	if n := len(w.server.Issues()); n != w.actions {
		w.t.Errorf("%d issues of %d actions", n, w.actions)
	}
	for n := range w.actions {
		a := w.action(w.id, fmt.Sprintf("A%d", n+1))
		for f, there := range w.issueOf(a) {
			shown := false
			for _, c := range a.Conflicts {
				shown = shown || c.Field == f && c.Theirs == there && c.Ours == a.Values()[f]
			}
			// ada has no account there: her issues have nobody.
			alone := f == prevention.OwnerField && a.Owner == w.persons["ada"].ID && there == ""
			if a.Values()[f] != there && !shown && !alone {
				w.t.Errorf("%s: %s is %q here and %q there, and no conflict shows it: %+v", a.ID, f, a.Values()[f], there, a.Conflicts)
			}
		}
	}
}

// choose resolves every conflict; then both sides agree.
func (w *trackerWalk) choose() {
	w.t.Helper()
	for n := range w.actions {
		id := fmt.Sprintf("A%d", n+1)
		for _, c := range w.action(w.id, id).Conflicts {
			w.try(prevention.ResolveConflict{ID: id, Field: c.Field, Keep: []string{prevention.KeepOurs, prevention.KeepTheirs}[w.roll(2)], Proof: "commit 3f2a910"})
		}
		for _, c := range w.action(w.id, id).Conflicts {
			w.try(prevention.ResolveConflict{ID: id, Field: c.Field, Keep: prevention.KeepOurs})
		}
	}
	w.settle()
	w.judge()
	for n := range w.actions {
		if a := w.action(w.id, fmt.Sprintf("A%d", n+1)); len(a.Conflicts) > 0 {
			w.t.Errorf("%s: after choosing there are %+v", a.ID, a.Conflicts)
		}
	}
}
