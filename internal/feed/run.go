package feed

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Take takes signals over. Taking one with the same source and id again must
// change nothing; an error means that they are to be sent again.
type Take func(ctx context.Context, signals []intake.Signal) (intake.Taken, error)

// Cursors keeps for each source where it was left, and under NAME/heard when it was read.
type Cursors interface {
	// Cursor gives what was set last, or [journal.ErrNotFound].
	Cursor(ctx context.Context, source string) (string, error)
	SetCursor(ctx context.Context, source, cursor string) error
}

// Status is how one source is doing.
type Status struct {
	Name string
	Kind string // feed, mastodon
	// LastSuccess is when it was read last, also before the start; zero if it never was.
	LastSuccess time.Time
	// LastError is one sentence, empty when the last try succeeded; Failure is what it says.
	LastError string
	Failure   error
	NextTry   time.Time
	Taken     int // signals taken since the start
	Refused   int // signals that were not, since the start
	// LastRefusal is why, of the last one.
	LastRefusal intake.Refusal
}

const (
	pagesAtOnce = 10 // of one source in one turn, so that a long backlog does not hammer its server
	firstWithin = 3 * time.Second
	slowest     = time.Hour // the interval that back-off ends at, unless the source's own is longer
)

// source is what a runner asks.
type source interface {
	// poll reads what is new after the cursor, which is empty at first.
	poll(ctx context.Context, cursor string) (batch, error)
	// close gives idle connections back.
	close()
}

// batch is what one request gave.
type batch struct {
	signals []intake.Signal
	cursor  string    // after these signals
	more    bool      // there is more to read at once
	until   time.Time // before which the source does not want to be asked; may be zero
}

// Runner asks sources at intervals.
type Runner struct {
	cursors Cursors
	sources []*watched
}

// watched is a source and how it is doing.
type watched struct {
	source
	every time.Duration

	mu       sync.Mutex
	status   Status
	failures int // in a row
}

// NewRunner opens the feeds and Mastodon sources of a valid configuration. It
// reads the secrets that the configuration names.
func NewRunner(c Config, cursors Cursors) (*Runner, error) {
	return newRunner(c, cursors, nil)
}

func newRunner(c Config, cursors Cursors, dial dialer) (*Runner, error) {
	r := &Runner{cursors: cursors}
	add := func(name, kind string, p Poll, s source) {
		r.sources = append(r.sources, &watched{source: s, every: p.every(), status: Status{Name: name, Kind: kind}})
	}
	for name, f := range c.Feeds {
		add(name, "feed", f.Poll, &syndication{name, f, newClient(f.AllowPrivate, dial)})
	}
	for name, m := range c.Mastodon {
		token, err := secret(name, m.TokenEnv, m.TokenFile)
		if err != nil {
			return nil, err
		}
		add(name, "mastodon", m.Poll, &mastodon{name, m, token, newClient(m.AllowPrivate, dial)})
	}
	slices.SortFunc(r.sources, func(a, b *watched) int { return strings.Compare(a.status.Name, b.status.Name) })
	return r, nil
}

// Run asks the sources until ctx ends, each for itself, and hands what they
// say to take. A source's place is kept after its signals were taken, so a
// crash between the two reads them again.
func (r *Runner) Run(ctx context.Context, now func() time.Time, take Take) {
	var wait sync.WaitGroup
	for _, w := range r.sources {
		// Not all at the same moment: a restart should not be a thunderclap.
		w.plan(now().Add(rand.N(firstWithin)))
		wait.Go(func() { r.watch(ctx, w, now, take) })
	}
	wait.Wait()
}

func (r *Runner) watch(ctx context.Context, w *watched, now func() time.Time, take Take) {
	r.recall(ctx, w)
	for {
		t := time.NewTimer(w.Status().NextTry.Sub(now()))
		select {
		case <-ctx.Done():
			t.Stop()
			w.close()
			return
		case <-t.C:
		}
		until, err := r.turn(ctx, w, now(), take)
		if err == nil {
			err = r.note(ctx, w, now(), until)
		}
		if ctx.Err() != nil {
			w.close()
			return
		}
		w.done(now(), until, err)
	}
}

// turn reads what a source has to say, in bounded portions.
func (r *Runner) turn(ctx context.Context, w *watched, now time.Time, take Take) (until time.Time, err error) {
	cursor, err := r.cursors.Cursor(ctx, w.status.Name)
	if err != nil && !errors.Is(err, journal.ErrNotFound) {
		return until, err
	}
	for range pagesAtOnce {
		b, err := w.poll(ctx, cursor)
		if err != nil {
			var refused *statusError
			if errors.As(err, &refused) {
				until = refused.until
			}
			return until, err
		}
		until = b.until
		if len(b.signals) > 0 {
			n, err := take(ctx, dated(b.signals, now))
			if err != nil {
				return until, phrase.Errorf("source.fault.take", err)
			}
			w.took(n)
		}
		if b.cursor != cursor {
			if err := r.cursors.SetCursor(ctx, w.status.Name, b.cursor); err != nil {
				return until, err
			}
		}
		if cursor = b.cursor; !b.more || !b.until.IsZero() {
			break
		}
	}
	return until, nil
}

// Status lists the sources by name.
func (r *Runner) Status() []Status {
	list := make([]Status, len(r.sources))
	for i, w := range r.sources {
		list[i] = w.Status()
	}
	return list
}

// Status is how the source is doing.
func (w *watched) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

func (w *watched) plan(next time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status.NextTry = next
}

func (w *watched) took(n intake.Taken) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status.Taken += n.Accepted
	w.status.Refused += n.Refused
	if len(n.Refusals) > 0 {
		w.status.LastRefusal = n.Refusals[len(n.Refusals)-1]
	}
}

// done notes how a turn went and plans the next.
func (w *watched) done(now, until time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.failures++
		w.status.LastError, w.status.Failure = oneLine(journal.Sentence(err)), err
	} else {
		w.failures = 0
		w.status.LastError, w.status.Failure, w.status.LastSuccess = "", nil, now
	}
	w.status.NextTry = now.Add(spread(delay(w.every, w.failures)))
	if until.After(w.status.NextTry) {
		w.status.NextTry = until
	}
}

// delay is the interval after a number of failures in a row.
func delay(every time.Duration, failures int) time.Duration {
	for range min(failures-1, 20) {
		if every*2 > slowest {
			return max(every, slowest)
		}
		every *= 2
	}
	return every
}

// spread moves an interval by up to a tenth, so that sources of one server do
// not keep step.
func spread(d time.Duration) time.Duration { return d - d/10 + rand.N(d/5) }
