package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
)

// Streams lists the streams of a kind, such as "PM-", the one with the newest entry first; limit -1 is all of them.
func (s *Store) Streams(ctx context.Context, prefix string, limit int) ([]string, error) {
	rows, err := s.readers.QueryContext(ctx, `select stream from journal where stream >= ? and stream < ?
		group by stream order by max(seq) desc limit ?`, prefix, strings.TrimSuffix(prefix, "-")+".", limit)
	return collect(rows, err, "list the streams of "+prefix, readText)
}

// Entries gives the entries of a stream, verified.
func (s *Store) Entries(ctx context.Context, stream string) ([]journal.Entry, error) {
	entries, err := readEntries(ctx, s.readers, window{stream: stream, limit: -1})
	return entries, explain("read stream "+stream, err)
}

// KeptIncidents lists the incidents that anything is kept of: in the journal, in the lists, among the deadlines.
func (s *Store) KeptIncidents(ctx context.Context) ([]string, error) {
	rows, err := s.readers.QueryContext(ctx, `select distinct stream from journal where stream >= 'PM-' and stream < 'PM.'
		union select id from incidents union select stream from deadlines`)
	return collect(rows, err, "list what is kept of incidents", readText)
}

// IncidentKept reads the entries of an incident and what is kept beside them, all as of one moment.
func (s *Store) IncidentKept(ctx context.Context, id string) (entries []journal.Entry, k audit.Kept, err error) {
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, k, explain("look at "+id, err)
	}
	defer tx.Rollback() // it has only read
	if entries, err = readEntries(ctx, tx, window{stream: id, limit: -1}); err != nil {
		return nil, k, explain("look at "+id, err)
	}
	if n := len(entries); n > 0 {
		k.Changed = entries[n-1].OccurredAt
	}
	if k.Row, err = keptRow(ctx, tx, id); err != nil {
		return nil, k, explain("look at "+id, err)
	}
	rows, err := tx.QueryContext(ctx, `select name, due_at from deadlines where stream = ?`, id)
	k.Deadlines, err = collect(rows, err, "look at the deadlines of "+id, func(scan func(...any) error) (incident.Deadline, error) {
		var d incident.Deadline
		var due int64
		err := scan(&d.Name, &due)
		d.At = time.UnixMicro(due).UTC()
		return d, err
	})
	if err != nil {
		return nil, k, err
	}
	rows, err = tx.QueryContext(ctx, `select key from effects where stream = ? and state in ('queued', 'running')`, id)
	keys, err := collect(rows, err, "look at the effects of "+id, readText)
	k.Pending = map[string]bool{}
	for _, key := range keys {
		k.Pending[key] = true
	}
	return entries, k, err
}

func readText(scan func(...any) error) (string, error) {
	var text string
	err := scan(&text)
	return text, err
}

func keptRow(ctx context.Context, q querier, id string) (*audit.Row, error) {
	var r audit.Row
	var contained, published, closed, active sql.NullInt64
	err := q.QueryRowContext(ctx, `select severity, state, pipeline, title, detected_at, contained_at, published_at, closed_at,
		fingerprint, group_key, active_at, state_json from incidents where id = ?`, id).Scan(&r.Severity, &r.Phase, &r.Pipeline, &r.Title,
		&r.Detected, &contained, &published, &closed, &r.Fingerprint, &r.Group, &active, &r.State)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	r.Contained, r.Published, r.Closed, r.Active = contained.Int64, published.Int64, closed.Int64, active.Int64
	return &r, err
}

// EffectJobs lists the effects that are to be performed, each with where its job stands.
func (s *Store) EffectJobs(ctx context.Context) ([]audit.Effect, error) {
	const micros = `cast(round((julianday(coalesce(case when j.state = 'running' then j.attempted_at end, j.scheduled_at)) - 2440587.5) * 86400e6) as integer)`
	rows, err := s.readers.QueryContext(ctx, `select e.key, e.kind, e.stream, coalesce(j.state, ''), coalesce(`+micros+`, e.queued_at)
		from effects e left join (select state, scheduled_at, attempted_at, json_extract(args, '$.key') as key
			from river_job where finalized_at is null and kind = 'effect') j on j.key = e.key
		where e.state in ('queued', 'running') order by e.queued_at, e.seq, e.key`)
	return collect(rows, err, "look at the effects", func(scan func(...any) error) (audit.Effect, error) {
		var e audit.Effect
		var state string
		var at int64
		err := scan(&e.Key, &e.Kind, &e.Stream, &state, &at)
		e.At = time.UnixMicro(at).UTC()
		switch state {
		case "":
			e.Job = audit.NoJob
		case "running":
			e.Job = audit.Working
		case "available":
			e.Job = audit.Ready
		default: // scheduled, retryable, pending
			e.Job = audit.Waiting
		}
		return e, err
	})
}

// RebuildStream computes the rows of all views anew for one stream.
func (s *Store) RebuildStream(ctx context.Context, stream string) error {
	return s.Update(ctx, func(t *Tx) error { return t.fail(t.applyViews(stream)) })
}

// Requeue has an effect performed that is to be and that no job performs, or whose end left no trace where it should
// have. One that does not exist is [journal.ErrNotFound].
func (t *Tx) Requeue(key string) error {
	e, err := t.Effect(key)
	if err != nil {
		return err
	}
	var jobs int
	err = t.tx.QueryRowContext(t.ctx, `select count(*) from river_job where finalized_at is null and kind = 'effect'
		and json_extract(args, '$.key') = ?`, key).Scan(&jobs)
	if err != nil {
		return fmt.Errorf("queue effect %s again: %w", key, err)
	}
	if jobs > 0 && (e.State == Queued || e.State == Running) {
		return nil // it is on its way
	}
	if _, err := t.exec("queue effect "+key+" again", `update effects set state = 'queued', done_at = null where key = ?`, key); err != nil {
		return err
	}
	if jobs > 0 {
		return nil
	}
	return t.fail(t.queueJob(key, e.Kind))
}

// Hurry makes the job of an effect ready that waits although its time has come, or for too long.
func (s *Store) Hurry(ctx context.Context, key string) error {
	return s.Update(ctx, func(t *Tx) error {
		_, err := t.exec("hurry effect "+key, `update river_job set state = 'available', scheduled_at = ?
			where kind = 'effect' and state in ('retryable', 'scheduled') and json_extract(args, '$.key') = ?`,
			time.Now().UTC().Format("2006-01-02 15:04:05.000"), key)
		return err
	})
}

// pulseArgs are the arguments of a job that does nothing: that it was done proves that jobs of its queue are.
type pulseArgs struct{}

// Kind names the job for River.
func (pulseArgs) Kind() string { return "pulse" }

// pulse is the proof that jobs are taken and worked: the number of the last that was sent through each queue, and of the
// last that was felt by the workers of each.
type pulse struct {
	sent atomic.Int64
	felt [len(queues)]atomic.Int64
}

// Pulse sends a job that does nothing through each queue, and tells whether those before came through. The first time
// there are none.
func (s *Store) Pulse(ctx context.Context) (beats bool, err error) {
	before := s.pulse.sent.Load()
	beats = before > 0
	for i := range s.pulse.felt {
		beats = beats && s.pulse.felt[i].Load() >= before
	}
	s.pulse.sent.Add(1) // before the jobs exist, which may be worked at once
	return beats, s.Update(ctx, func(t *Tx) error {
		for _, queue := range queues {
			if _, err := t.s.jobs.InsertTx(t.ctx, t.tx, pulseArgs{}, &river.InsertOpts{MaxAttempts: maxAttempts, Queue: queue}); err != nil {
				return t.fail(err)
			}
		}
		return nil
	})
}

// pulseWorker feels the pulse.
type pulseWorker struct {
	river.WorkerDefaults[pulseArgs]
	s *Store
}

// Work notes that jobs of the queue are worked. One that an earlier process left proves it as well.
func (w *pulseWorker) Work(_ context.Context, job *river.Job[pulseArgs]) error {
	if i := slices.Index(queues[:], job.Queue); i >= 0 {
		w.s.pulse.felt[i].Store(w.s.pulse.sent.Load())
	}
	return nil
}
