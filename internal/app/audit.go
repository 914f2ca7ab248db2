package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
)

// auditEvery is how often everything is looked at anew.
const auditEvery = time.Minute

// auditDesk keeps what audits found.
type auditDesk struct {
	round sync.Mutex // one audit at a time; it guards closed and requeued
	// closed are the incidents that are over and in order: nothing of them changes any more.
	closed map[string]bool
	// requeued says when a page was queued again. One that is lost again at once would be sent over and over.
	requeued map[string]time.Time

	mu   sync.Mutex
	last AuditReport
}

// AuditReport is what one audit found.
type AuditReport struct {
	At        time.Time       // zero: there was none yet
	Incidents int             // open
	Effects   int             // to be performed
	Mended    []audit.Finding // what was wrong and is in order again
	Open      []audit.Finding // what is wrong
	Worker    bool            // jobs are taken and worked
}

// Passed tells whether nothing is wrong.
func (r AuditReport) Passed() bool { return !r.At.IsZero() && len(r.Open) == 0 }

// LastAudit gives what the last audit found.
func (a *App) LastAudit() AuditReport {
	a.audits.mu.Lock()
	defer a.audits.mu.Unlock()
	return a.audits.last
}

// Audit looks at everything that is open, mends what it can, and says the rest aloud. An error means that it could not look.
func (a *App) Audit(ctx context.Context) (AuditReport, error) {
	d := &a.audits
	d.round.Lock()
	defer d.round.Unlock()
	if d.closed == nil {
		d.closed, d.requeued = map[string]bool{}, map[string]time.Time{}
	}
	r := AuditReport{At: a.now()}
	env, err := a.auditEnv(ctx)
	if err != nil {
		return r, err
	}
	if err := a.auditIncidents(ctx, &r, env); err != nil {
		return r, err
	}
	if err := a.auditEffects(ctx, &r, env); err != nil {
		return r, err
	}
	r.Open = append(r.Open, a.journalFindings()...)
	if r.Worker, err = a.store.Pulse(ctx); err != nil {
		return r, err
	}
	for _, f := range r.Mended {
		a.log.Warn("the audit has mended", "what", f.Kind, "of", f.Stream, "subject", f.Subject)
	}
	a.meter.Audited(len(r.Open), len(r.Mended), r.At)
	d.mu.Lock()
	d.last = r
	d.mu.Unlock()
	return r, nil
}

// runAudit is a round of the loop: an audit, what is due of exercises, and what is to be said of both.
func (a *App) runAudit(ctx context.Context) error {
	exposed, unknown := a.standing(ctx)
	r, err := a.Audit(ctx)
	if err != nil {
		if len(exposed) > 0 {
			err = errors.Join(err, a.shout(ctx, exposed))
		}
		return errors.Join(err, unknown, a.runDrills(ctx), a.runRehearsals(ctx))
	}
	if err := errors.Join(a.runDrills(ctx), a.runRehearsals(ctx)); err != nil {
		return err
	}
	last, err := a.lastDrill(ctx)
	if err != nil {
		return err
	}
	unrehearsed, err := a.unrehearsed(ctx)
	if err != nil {
		return err
	}
	return errors.Join(unknown, a.shout(ctx, slices.Concat(exposed, r.Open, undrilled(last, a.now()), unrehearsed)))
}

func (a *App) auditEnv(ctx context.Context) (audit.Env, error) {
	records, err := a.store.Persons(ctx)
	responds := map[people.ID]bool{}
	for _, p := range records {
		responds[p.ID] = !p.Disabled && p.Actor().May(people.Respond)
	}
	return audit.Env{
		Now: a.now(), Wall: time.Now(), Since: a.watchdog.started(),
		Responds: func(id people.ID) bool { return responds[id] },
	}, err
}

// auditIncidents looks at each incident, mends, and looks again at those that were mended.
func (a *App) auditIncidents(ctx context.Context, r *AuditReport, env audit.Env) error {
	ids, err := a.store.KeptIncidents(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if a.audits.closed[id] {
			continue
		}
		found, s, err := a.auditIncident(ctx, id, env)
		if err != nil {
			return err
		}
		if s.Exists() && s.Closed == nil {
			r.Incidents++
		}
		if len(found) == 0 && s.Closed != nil {
			a.audits.closed[id] = true
		}
		if len(found) > 0 {
			if err := a.mendIncident(ctx, r, id, found); err != nil {
				return err
			}
		}
	}
	return nil
}

// auditIncident folds an incident anew and compares. Entries that cannot be read are a finding.
func (a *App) auditIncident(ctx context.Context, id string, env audit.Env) ([]audit.Finding, incident.State, error) {
	entries, kept, err := a.store.IncidentKept(ctx, id)
	var damage *journal.DamageError
	if errors.As(err, &damage) {
		return []audit.Finding{{Kind: audit.Unreadable, Stream: id}}, incident.State{}, nil
	}
	if err != nil {
		return nil, incident.State{}, err
	}
	s, err := incident.Fold(entries)
	if err != nil {
		return []audit.Finding{{Kind: audit.Unreadable, Stream: id}}, incident.State{}, nil
	}
	return audit.Incident(id, s, kept, env), s, nil
}

func (a *App) mendIncident(ctx context.Context, r *AuditReport, id string, found []audit.Finding) error {
	for _, f := range found {
		if err := a.mend(ctx, f); err != nil && ctx.Err() == nil {
			a.log.Error("the audit cannot mend", "what", f.Kind, "of", f.Stream, "subject", f.Subject, "error", journal.Sentence(err))
		}
	}
	env, err := a.auditEnv(ctx) // time has passed, and a tick has looked at it
	if err != nil {
		return err
	}
	left, _, err := a.auditIncident(ctx, id, env)
	if err != nil {
		return err
	}
	for _, f := range found {
		if !slices.Contains(left, f) {
			r.Mended = append(r.Mended, f)
		}
	}
	r.Open = append(r.Open, left...)
	return nil
}

// mend does what there is to be done about a finding.
func (a *App) mend(ctx context.Context, f audit.Finding) error {
	switch f.Kind {
	case audit.View, audit.Deadlines:
		return a.store.RebuildStream(ctx, f.Stream)
	case audit.Missed, audit.Unpaged, audit.Unowned:
		return a.Do(ctx, monitor, f.Stream, incident.Tick{})
	case audit.LostPage:
		return a.requeuePage(ctx, f)
	case audit.Orphan:
		return a.store.Update(ctx, func(tx *store.Tx) error { return tx.Requeue(f.Subject) })
	case audit.Late:
		return a.store.Hurry(ctx, f.Subject)
	}
	return nil
}

// requeueAgain is how long a page that was lost and queued again must not be lost again.
const requeueAgain = time.Hour

// requeuePage queues the effects of a page that nothing would send any more.
func (a *App) requeuePage(ctx context.Context, f audit.Finding) error {
	if last, before := a.audits.requeued[f.Matter()]; before && a.now().Sub(last) < requeueAgain {
		return fmt.Errorf("queue page %s of %s again: it was lost, queued and lost again within the hour: %w", f.Subject, f.Stream, journal.ErrConflict)
	}
	a.audits.requeued[f.Matter()] = a.now()
	return a.store.Update(ctx, func(tx *store.Tx) error {
		entries, err := tx.Stream(f.Stream)
		if err != nil {
			return err
		}
		s, err := incident.Fold(entries)
		if err != nil {
			return err
		}
		for _, p := range s.UnsentPages() {
			for _, e := range p.Effects {
				if p.Page != f.Subject {
					continue
				}
				err := tx.Requeue(e.Key)
				if errors.Is(err, journal.ErrNotFound) {
					_, err = tx.Append(journal.Change{Effects: []journal.Effect{e}})
				}
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// auditEffects looks at all effects that are to be performed, of whatever they are.
func (a *App) auditEffects(ctx context.Context, r *AuditReport, env audit.Env) error {
	jobs, err := a.store.EffectJobs(ctx)
	if err != nil {
		return err
	}
	waiting := map[string]bool{}
	for _, e := range jobs {
		waiting[e.Key] = e.Job == audit.Waiting || e.Job == audit.NoJob
	}
	r.Effects = len(jobs)
	var mended []audit.Finding
	for _, f := range audit.Effects(jobs, env) {
		if !waiting[f.Subject] {
			r.Open = append(r.Open, f) // it is ready, or being performed, and nothing moves it
			continue
		}
		if err := a.mend(ctx, f); err != nil {
			return err
		}
		mended = append(mended, f)
	}
	if len(mended) == 0 {
		return nil
	}
	if jobs, err = a.store.EffectJobs(ctx); err != nil {
		return err
	}
	for _, f := range mended {
		still := func(e audit.Effect) bool {
			return e.Key == f.Subject && (e.Job == audit.NoJob || e.Job == audit.Waiting && f.Kind == audit.Late)
		}
		if slices.ContainsFunc(jobs, still) {
			r.Open = append(r.Open, f)
		} else {
			r.Mended = append(r.Mended, f)
		}
	}
	return nil
}
