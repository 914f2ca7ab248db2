package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// EffectState is where an effect stands; see the package comment.
type EffectState string

// The states of an effect. Done, failed and dropped are final.
const (
	Queued  EffectState = "queued"
	Running EffectState = "running"
	Done    EffectState = "done"
	Failed  EffectState = "failed"
	Dropped EffectState = "dropped"
)

// Effect is a queued [journal.Effect] and what became of it.
type Effect struct {
	Key       string
	Kind      string
	Stream    string
	Seq       int64 // the event that caused it; 0 if there was none
	Data      json.RawMessage
	State     EffectState
	Attempts  int         // begun so far, this one included
	LastError string      // of the last attempt that failed, or why it was dropped
	Said      phrase.Said // the last error in each language; nil of what ended
	QueuedAt  time.Time
	DoneAt    time.Time // when it reached a final state
}

// maxAttempts is more than a job ever reaches: an effect is given up by its
// performer ([Permanent]) or by nobody.
const maxAttempts = 1<<15 - 1

// effectArgs are the arguments of the one kind of job: which effect to perform.
type effectArgs struct {
	Key string `json:"key"`
	// Timeout is of one attempt, where it is not the usual one.
	Timeout time.Duration `json:"timeout,omitempty"`
	// Retry bounds the wait between two attempts, where it is not the usual one.
	Retry time.Duration `json:"retry,omitempty"`
}

// Kind names the job for River.
func (effectArgs) Kind() string { return "effect" }

// queue stores the effects whose keys are new and a job for each.
func (t *Tx) queue(effects []journal.Effect, entries []journal.Entry, head journal.Head) error {
	for _, e := range effects {
		if e.Kind == "" || e.Key == "" || e.Stream == "" {
			return fmt.Errorf("queue %s effect %q of %q: kind, key or stream is missing: %w",
				e.Kind, e.Key, e.Stream, journal.ErrInvalid)
		}
		data, err := journal.Canonical(e.Data)
		if err != nil {
			return fmt.Errorf("queue %s effect %s: %w", e.Kind, e.Key, err)
		}
		n, err := t.exec("queue effect "+e.Key,
			`insert into effects (key, kind, stream, seq, data, state, queued_at) values (?, ?, ?, ?, ?, 'queued', ?)
			on conflict (key) do nothing`,
			e.Key, e.Kind, e.Stream, causeOf(e, entries, head), string(data), t.s.wall().UnixMicro())
		if err != nil {
			return err
		}
		if n == 0 {
			continue // known: it is never queued twice
		}
		if err := t.queueJob(e.Key, e.Kind); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) queueJob(key, kind string) error {
	c := t.s.class(kind)
	_, err := t.s.jobs.InsertTx(t.ctx, t.tx, effectArgs{Key: key, Timeout: c.Timeout, Retry: c.Retry}, &river.InsertOpts{MaxAttempts: maxAttempts, Queue: c.queue(), Priority: c.Rank})
	if err != nil {
		return fmt.Errorf("queue a job for effect %s: %w", key, err)
	}
	return nil
}

// causeOf is the last new event of the effect's stream, or else the last event at all.
func causeOf(e journal.Effect, entries []journal.Entry, head journal.Head) int64 {
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].Stream == e.Stream {
			return entries[i].Seq
		}
	}
	return head.Size
}

const effectFields = `key, kind, stream, seq, data, state, attempts, last_error, last_said, queued_at, done_at`

func readEffect(scan func(...any) error) (Effect, error) {
	var e Effect
	var data, said []byte
	var queued, done sql.NullInt64
	err := scan(&e.Key, &e.Kind, &e.Stream, &e.Seq, &data, &e.State, &e.Attempts, &e.LastError, &said, &queued, &done)
	if err == nil && len(said) > 0 {
		err = json.Unmarshal(said, &e.Said)
	}
	e.Data, e.QueuedAt, e.DoneAt = data, fromMicros(queued), fromMicros(done)
	return e, err
}

// Effects gives all effects of a stream, the oldest first.
func (s *Store) Effects(ctx context.Context, stream string) ([]Effect, error) {
	rows, err := s.readers.QueryContext(ctx,
		`select `+effectFields+` from effects where stream = ? order by queued_at, seq, key`, stream)
	return collect(rows, err, "read effects of "+stream, readEffect)
}

// PendingEffects gives the effects that are queued or running, the oldest first.
func (s *Store) PendingEffects(ctx context.Context) ([]Effect, error) {
	return pendingEffects(ctx, s.readers)
}

// Hindrance gives why the last attempt of an effect of some streams did not succeed, of those that are pending; empty where each is
// being performed for the first time.
func (s *Store) Hindrance(ctx context.Context, streams []string) (reason phrase.Said, err error) {
	list, err := json.Marshal(streams)
	if err != nil {
		return nil, err
	}
	var text, said string
	err = s.readers.QueryRowContext(ctx, `select e.last_error, e.last_said from json_each(?) j join effects e on e.stream = j.value
		where e.state in ('queued', 'running') and e.attempts > 0 and e.last_error <> '' limit 1`, string(list)).Scan(&text, &said)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil && said != "" {
		err = json.Unmarshal([]byte(said), &reason)
	}
	if err != nil {
		return nil, fmt.Errorf("look what is in the way of pending effects: %w", err)
	}
	return reason.Else(journal.WithoutKind(text)), nil
}

// PendingEffects is [Store.PendingEffects] as the transaction sees it.
func (t *Tx) PendingEffects() ([]Effect, error) { return pendingEffects(t.ctx, t.tx) }

func pendingEffects(ctx context.Context, q querier) ([]Effect, error) {
	rows, err := q.QueryContext(ctx,
		`select `+effectFields+` from effects where state in ('queued', 'running') order by queued_at, seq, key`)
	return collect(rows, err, "read pending effects", readEffect)
}

// Effect gives one effect as the transaction sees it, or [journal.ErrNotFound].
func (t *Tx) Effect(key string) (Effect, error) {
	e, err := readEffect(t.tx.QueryRowContext(t.ctx, `select `+effectFields+` from effects where key = ?`, key).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = journal.ErrNotFound
	}
	if err != nil {
		return e, fmt.Errorf("read effect %s: %w", key, err)
	}
	return e, nil
}

// Idle returns nil once no effect is queued or running, those that wait for
// a retry included, or the error of ctx when that ends first. Only the store
// that writes can tell.
func (s *Store) Idle(ctx context.Context) error {
	if s.writer == nil {
		return fmt.Errorf("wait for the effects of %s: it was opened read-only: %w", s.path(), journal.ErrForbidden)
	}
	for {
		next := s.next() // before the look, so that no commit is missed
		var pending int
		err := s.readers.QueryRowContext(ctx,
			`select count(*) from effects where state in ('queued', 'running')`).Scan(&pending)
		if err != nil {
			return fmt.Errorf("wait for the effects: %w", err)
		}
		if pending == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %d effects: %w", pending, ctx.Err())
		case <-next:
		}
	}
}
