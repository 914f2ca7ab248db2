package app

import (
	"context"
	"time"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/drill"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// Watch says how Safelight sees itself.
func (a *App) Watch(ctx context.Context) (web.WatchReport, error) {
	last, beat := a.LastAudit(), a.Heartbeat()
	r := web.WatchReport{
		Audit: web.WatchAudit{
			At: known(last.At), Passed: last.Passed(), Incidents: last.Incidents, Effects: last.Effects,
			Mended: append([]audit.Finding{}, last.Mended...), Open: append([]audit.Finding{}, last.Open...),
		},
		Heartbeat: web.WatchHeartbeat{On: beat.On, At: known(beat.At), Failed: known(beat.Failed), Problem: phrase.SaidOf(beat.Problem)},
	}
	if beat.On {
		r.Heartbeat.Every = beat.Every.String()
	}
	if c := a.config.Watchdog.Synthetic; c != nil {
		r.NextDrill = known(c.Next(a.now()).UTC())
	}
	var err error
	if r.Journal, err = a.watchJournal(ctx); err != nil {
		return r, err
	}
	warnings, err := a.Warnings(ctx)
	if err != nil {
		return r, err
	}
	r.Warnings = []phrase.Said{}
	for _, w := range warnings {
		r.Warnings = append(r.Warnings, phrase.SaidOf(w))
	}
	s, err := a.lastDrill(ctx)
	if err != nil || !s.Exists() {
		return r, err
	}
	r.Drill, err = a.watchDrill(ctx, s)
	return r, err
}

func (a *App) watchDrill(ctx context.Context, s drill.State) (*web.WatchDrill, error) {
	records, err := a.store.Persons(ctx)
	if err != nil {
		return nil, err
	}
	logins := map[people.ID]string{}
	for _, p := range records {
		logins[p.ID] = p.Login
	}
	d := web.WatchDrill{ID: s.ID, At: s.At, Scheduled: s.Scheduled, EndedAt: known(s.EndedAt), Passed: s.Over() && len(s.Failed()) == 0, Copies: []web.WatchCopy{}}
	for _, c := range s.Copies {
		w := web.WatchCopy{Channel: c.Method, TakenAt: known(c.TakenAt), Refused: c.Refused, Missing: s.Over() && c.Open()}
		if login, there := logins[c.To]; there {
			w.To = login
		} else {
			w.To = string(c.To)
		}
		if !c.TakenAt.IsZero() {
			latency := c.TakenAt.Sub(s.At).Seconds()
			w.Latency = &latency
		}
		d.Copies = append(d.Copies, w)
	}
	return &d, nil
}

// known gives a moment, or nil for none.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
