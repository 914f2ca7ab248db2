package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

const (
	effectTimeout = 30 * time.Second      // of one attempt
	defaultPoll   = 50 * time.Millisecond // of each queue: a look costs half a millisecond of a core
	writeTimeout  = 10 * time.Second      // for journalling a result, also while stopping
	stopTimeout   = 5 * time.Second       // for Close to let running effects end
)

// Performer does an effect in the world and gives what is to be journalled
// about it. It is called at least once per effect, and again after an error,
// unless that is [*Permanent] or [*DroppedError]; ctx ends after 30 seconds, or the time of its [Class].
//
// A performer that must not begin once some event has committed, as the page
// of an acknowledged incident, looks at the stream in a [Store.Update] and
// begins before that returns: while it runs, nothing else can commit.
type Performer func(ctx context.Context, e Effect) (journal.Change, error)

// Result decides what is to be journalled about an effect on the state that
// the journalling transaction sees. It writes through the Tx, if at all: an
// error undoes what it has written.
type Result func(*Tx) (journal.Change, error)

// Decider is a [Performer] whose result depends on what happened meanwhile:
// it is decided in the transaction that journals it.
type Decider func(ctx context.Context, e Effect) (Result, error)

// Permanent is a performer's error that no retry can mend.
type Permanent struct{ Err error }

// Error says the reason.
func (e *Permanent) Error() string { return e.Err.Error() }

// Unwrap gives the reason.
func (e *Permanent) Unwrap() error { return e.Err }

// Later is a performer's error after which the next attempt is due no sooner than After, as a provider asks.
type Later struct {
	After time.Duration
	Err   error
}

// Error says the reason.
func (e *Later) Error() string { return e.Err.Error() }

// Unwrap gives the reason.
func (e *Later) Unwrap() error { return e.Err }

// Waiting is a performer's error that is none: nothing was tried, and the effect is taken up again after a while.
type Waiting struct {
	After time.Duration
	For   phrase.Sentence // what it waits for, as people read it
}

// Error says the reason.
func (e *Waiting) Error() string { return e.For.In(phrase.English) }

// Phrase says it in the language of the reader.
func (e *Waiting) Phrase() (key string, args []any) { return string(e.For.Key), e.For.Args }

// DroppedError is what a performer returns when the effect is no longer
// wanted, as the page of an incident that was acknowledged meanwhile.
type DroppedError struct{ Reason string }

// Error says the reason.
func (e *DroppedError) Error() string { return e.Reason }

// Work says how effects are performed.
type Work struct {
	Performers map[string]Performer // by kind; an effect of a kind that nobody performs waits, with an error to see
	Deciders   map[string]Decider   // by kind; the same kind is not in Performers
	// OnFailed gives what is to be journalled about an effect that failed for good. It may be nil.
	OnFailed func(ctx context.Context, e Effect, cause error) (journal.Change, error)
	Parallel int                             // effects at once, and as many by the workers of their own; 8 if 0
	Backoff  func(attempt int) time.Duration // wait after the n-th attempt; 1 s doubling up to 5 min if nil
	Poll     time.Duration                   // how often each queue is looked at; 50 ms if 0
}

// defaultBackoff waits 1, 2, 4 … seconds, at most 5 minutes.
func defaultBackoff(attempt int) time.Duration {
	return min(time.Second<<min(max(attempt-1, 0), 10), 5*time.Minute)
}

// Start performs the queued effects until ctx ends or [Store.Stop]. Effects
// that an earlier process left running are performed again at once, and so
// are those that waited for a retry.
func (s *Store) Start(ctx context.Context, w Work) error {
	if w.Parallel <= 0 {
		w.Parallel = 8
	}
	if w.Backoff == nil {
		w.Backoff = defaultBackoff
	}
	if w.Poll <= 0 {
		w.Poll = defaultPoll
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.worker != nil {
		return fmt.Errorf("start effects: they have been started: %w", journal.ErrConflict)
	}
	if err := s.recoverJobs(ctx); err != nil {
		return err
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &effectWorker{s: s, w: w})
	river.AddWorker(workers, &pulseWorker{s: s})
	client, err := river.NewClient(riversqlite.New(s.writer), &river.Config{
		Logger:            s.log,
		Workers:           workers,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: w.Parallel}, ownQueue: {MaxWorkers: w.Parallel}},
		JobTimeout:        effectTimeout,
		FetchCooldown:     5 * time.Millisecond,
		FetchPollInterval: w.Poll,
		PollOnly:          true, // one process: what the listener would say, the poll sees as soon
		// Twice the timeout, so that a performer that ignores its context is given up on.
		RescueStuckJobsAfter: 2 * effectTimeout,
	})
	if err != nil {
		return fmt.Errorf("start effects: %w", err)
	}
	if err := client.Start(ctx); err != nil {
		return fmt.Errorf("start effects: %w", err)
	}
	s.worker = client
	return nil
}

// Stop lets the running effects end, until ctx does, and then cancels them.
// Effects can be started again.
func (s *Store) Stop(ctx context.Context) error {
	s.mu.Lock()
	client := s.worker
	s.worker = nil
	s.mu.Unlock()
	if client == nil {
		return nil
	}
	if err := client.Stop(ctx); err == nil {
		return nil
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := client.StopAndCancel(hard); err != nil {
		return fmt.Errorf("stop effects: %w", err)
	}
	return nil
}

// recoverJobs makes everything that is pending due now. The folder lock proves
// that no other process runs jobs, so a running job is one that was cut off,
// and the leader of the queue is dead: its lease would hold up retries for 15 s.
func (s *Store) recoverJobs(ctx context.Context) error {
	if s.writer == nil {
		return fmt.Errorf("start effects of %s: it was opened read-only: %w", s.path(), journal.ErrForbidden)
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return explain("start effects", err)
	}
	defer tx.Rollback() // a no-op after the commit
	t := &Tx{s: s, ctx: ctx, tx: tx}
	for _, query := range []string{
		`delete from river_leader`,
		`update river_job set state = 'available', scheduled_at = created_at
			where kind = 'effect' and state in ('running', 'retryable', 'scheduled', 'available')`,
		`update effects set state = 'queued' where state = 'running'`,
	} {
		if _, err := t.exec("start effects", query); err != nil {
			return explain("start effects", err)
		}
	}
	if err := t.reclassify(); err != nil {
		return explain("start effects", err)
	}
	if err := t.adoptOrphans(); err != nil {
		return explain("start effects", err)
	}
	if err := t.abandonMessages(); err != nil {
		return explain("start effects", err)
	}
	return explain("start effects", tx.Commit())
}

// adoptOrphans queues a job for each pending effect that has none. There is
// none by design; this makes a loss in the queue's tables harmless.
func (t *Tx) adoptOrphans() error {
	rows, err := t.tx.QueryContext(t.ctx, `select `+effectFields+` from effects where state = 'queued' and key not in
		(select json_extract(args, '$.key') from river_job where kind = 'effect' and finalized_at is null)`)
	orphans, err := collect(rows, err, "look for effects without a job", readEffect)
	if err != nil {
		return err
	}
	for _, e := range orphans {
		if err := t.queueJob(e.Key, e.Kind); err != nil {
			return err
		}
	}
	return nil
}

// effectWorker moves one effect on; River calls it.
type effectWorker struct {
	river.WorkerDefaults[effectArgs]
	s *Store
	w Work
}

// Timeout is how long an attempt may take; 0 is the usual time. River gives none up before it is over.
func (w *effectWorker) Timeout(job *river.Job[effectArgs]) time.Duration { return job.Args.Timeout }

// NextRetry is when River works a job again after an error.
func (w *effectWorker) NextRetry(job *river.Job[effectArgs]) time.Time {
	return time.Now().Add(w.backoff(job, job.Attempt))
}

// backoff is the wait after the n-th attempt.
func (w *effectWorker) backoff(job *river.Job[effectArgs], attempt int) time.Duration {
	wait := w.w.Backoff(attempt)
	if most := job.Args.Retry; most > 0 {
		wait = min(wait, most)
	}
	return wait
}

// Work performs the job's effect unless that is over already.
func (w *effectWorker) Work(ctx context.Context, job *river.Job[effectArgs]) error {
	e, err := w.begin(ctx, job)
	if err != nil || e.State != Running {
		return err
	}
	result, err := w.perform(ctx, e)
	// The result is written even if the attempt's time is over meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	var permanent *Permanent
	var dropped *DroppedError
	switch {
	case err == nil:
		return w.finishDone(ctx, job, e, result)
	case errors.As(err, &dropped):
		return w.finish(ctx, job, outcome{effect: e, state: Dropped, reason: dropped.Reason, result: result})
	case errors.As(err, &permanent):
		return w.finishFailed(ctx, job, e, err)
	}
	var waiting *Waiting
	if errors.As(err, &waiting) {
		return w.wait(ctx, e, waiting)
	}
	err = w.retry(ctx, e, err)
	var later *Later
	if errors.As(err, &later) && later.After > w.backoff(job, e.Attempts) {
		return river.JobSnooze(later.After)
	}
	return err
}

// begin marks the effect as running and counts the attempt. If the effect is
// over, its job is completed and the effect returned as it is.
func (w *effectWorker) begin(ctx context.Context, job *river.Job[effectArgs]) (Effect, error) {
	var e Effect
	err := w.s.Update(ctx, func(t *Tx) (err error) {
		if e, err = t.Effect(job.Args.Key); err != nil {
			return err
		}
		if e.State != Queued && e.State != Running {
			_, err := river.JobCompleteTx[*riversqlite.Driver](ctx, t.tx, job)
			return err
		}
		e.State = Running
		e.Attempts++
		_, err = t.exec("begin effect "+e.Key,
			`update effects set state = 'running', attempts = ? where key = ?`, e.Attempts, e.Key)
		return err
	})
	return e, err
}

func (w *effectWorker) perform(ctx context.Context, e Effect) (r Result, err error) {
	defer func() {
		if p := recover(); p != nil { // one performer's fault must not take the server down
			r, err = nil, fmt.Errorf("perform effect %s: panic: %v", e.Key, p)
		}
	}()
	if decider, ok := w.w.Deciders[e.Kind]; ok {
		return decider(ctx, e)
	}
	if performer, ok := w.w.Performers[e.Kind]; ok {
		change, err := performer(ctx, e)
		return decided(change), err
	}
	return nil, fmt.Errorf("perform effect %s: nothing performs the kind %q", e.Key, e.Kind)
}

// decided is the result that a performer decided by itself.
func decided(c journal.Change) Result {
	return func(*Tx) (journal.Change, error) { return c, nil }
}

// outcome is the final state of an effect and what is journalled about it.
type outcome struct {
	effect Effect
	state  EffectState
	reason string
	result Result // may be nil
}

// refused tells whether the journal or the decision will refuse the result
// again, however often it is tried.
func refused(err error) bool {
	for _, kind := range []error{
		journal.ErrInvalid, journal.ErrTooLarge, journal.ErrConflict, journal.ErrForbidden, journal.ErrNotFound,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// finishDone journals the result. A result that is refused would be refused
// again after each retry, and the effect done each time: so it fails. One that could not be written for the moment is
// written again before the effect is: what is known to be done need not be done twice.
func (w *effectWorker) finishDone(ctx context.Context, job *river.Job[effectArgs], e Effect, r Result) error {
	err := w.finish(ctx, job, outcome{effect: e, state: Done, result: r})
	for range finishAgain {
		if err == nil || refused(err) || ctx.Err() != nil {
			break
		}
		err = w.finish(ctx, job, outcome{effect: e, state: Done, result: r})
	}
	if refused(err) {
		return w.finishFailed(ctx, job, e, fmt.Errorf("journal the result: %w", err))
	}
	return w.orRetry(ctx, e, err)
}

func (w *effectWorker) finishFailed(ctx context.Context, job *river.Job[effectArgs], e Effect, cause error) error {
	o := outcome{effect: e, state: Failed, reason: cause.Error()}
	if w.w.OnFailed != nil {
		change, err := w.w.OnFailed(ctx, e, cause)
		if err != nil {
			return w.retry(ctx, e, fmt.Errorf("report that effect %s failed (%w): %w", e.Key, cause, err))
		}
		o.result = decided(change)
	}
	err := w.finish(ctx, job, o)
	if refused(err) {
		o.reason, o.result = fmt.Sprintf("%s; its report: %s", o.reason, err), nil
		err = w.finish(ctx, job, o)
	}
	return w.orRetry(ctx, e, err)
}

// finishAgain is how often a result is written again; each attempt waits for other writers by itself.
const finishAgain = 2

// errLate says that another attempt took the effect over.
var errLate = errors.New("the effect was taken over by a later attempt")

// finish appends the result, marks the effect and completes its job, all in
// one transaction.
func (w *effectWorker) finish(ctx context.Context, job *river.Job[effectArgs], o outcome) error {
	err := w.s.Update(ctx, func(t *Tx) error {
		n, err := t.exec("finish effect "+o.effect.Key,
			`update effects set state = ?, last_error = case when ? = '' then last_error else ? end, last_said = '', done_at = ?
			where key = ? and state = 'running' and attempts = ?`,
			string(o.state), o.reason, o.reason, w.s.wall().UnixMicro(), o.effect.Key, o.effect.Attempts)
		if err != nil {
			return err
		}
		if n == 0 {
			return errLate
		}
		if err := t.appendResult(o.result); err != nil {
			return err
		}
		_, err = river.JobCompleteTx[*riversqlite.Driver](ctx, t.tx, job)
		return err
	})
	if errors.Is(err, errLate) || errors.Is(err, rivertype.ErrNotFound) {
		w.s.log.Warn("result of a late attempt thrown away", "effect", o.effect.Key, "attempt", o.effect.Attempts)
		return nil
	}
	return err
}

func (t *Tx) appendResult(r Result) error {
	if r == nil {
		return nil
	}
	change, err := r(t)
	if err != nil {
		return err
	}
	_, err = t.Append(change)
	return err
}

// wait puts an effect back that nothing was tried for: it counts as no attempt.
func (w *effectWorker) wait(ctx context.Context, e Effect, waiting *Waiting) error {
	err := w.s.Update(ctx, func(t *Tx) error {
		_, err := t.exec("put effect "+e.Key+" back", `update effects set state = 'queued', attempts = attempts - 1, last_error = ?, last_said = ?
			where key = ? and state = 'running' and attempts = ?`, waiting.Error(), said(waiting), e.Key, e.Attempts)
		return err
	})
	if err != nil {
		return err // tried again by its number of attempts
	}
	return river.JobSnooze(waiting.After)
}

func (w *effectWorker) orRetry(ctx context.Context, e Effect, err error) error {
	if err == nil {
		return nil
	}
	return w.retry(ctx, e, err)
}

// said is an error in each language, as its column keeps it.
func said(err error) string {
	text, _ := json.Marshal(phrase.SaidOf(err)) // strings are always written
	return string(text)
}

// retry notes the error where people see it and hands it to River, which calls again.
func (w *effectWorker) retry(ctx context.Context, e Effect, cause error) error {
	err := w.s.Update(ctx, func(t *Tx) error {
		_, err := t.exec("note the error of effect "+e.Key,
			`update effects set state = 'queued', last_error = ?, last_said = ? where key = ? and state = 'running' and attempts = ?`,
			cause.Error(), said(cause), e.Key, e.Attempts)
		return err
	})
	return errors.Join(cause, err)
}
