package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
)

// settlement is the judging of one group's alerts within a transaction.
type settlement struct {
	app   *App
	tx    *store.Tx
	scene alert.Scene
	last  incident.State // of the group; does not exist if it had none
	rows  []store.AlertRow
}

// settleGroup judges the waiting alerts of one group. Incidents, what is
// written of them, and the alerts' own state are one transaction: a crash
// leaves all or nothing of it.
func (a *App) settleGroup(ctx context.Context, waiting []store.AlertRow, scene alert.Scene) error {
	return a.store.Update(ctx, func(tx *store.Tx) error { return a.settleIn(ctx, tx, waiting, scene) })
}

func (a *App) settleIn(ctx context.Context, tx *store.Tx, waiting []store.AlertRow, scene alert.Scene) error {
	s := &settlement{app: a, tx: tx, scene: scene}
	id, err := tx.GroupIncident(waiting[0].Group, waiting[0].Fingerprint)
	if err == nil && id != "" {
		s.last, err = foldIncident(tx, id)
	}
	if err != nil {
		return err
	}
	opens, joins, err := s.judge(waiting)
	if err != nil {
		return err
	}
	for _, row := range joins {
		if err := s.join(row); err != nil {
			return err
		}
	}
	if err := s.open(ctx, opens); err != nil {
		return err
	}
	return tx.PutAlerts(s.rows)
}

func foldIncident(tx *store.Tx, id string) (incident.State, error) {
	entries, err := tx.Stream(id)
	if err != nil {
		return incident.State{}, err
	}
	return incident.Fold(entries)
}

// judge sorts out what opens and what joins; the rest is settled with it.
func (s *settlement) judge(waiting []store.AlertRow) (opens, joins []store.AlertRow, err error) {
	for _, row := range waiting {
		st := alert.Standing{FiredAt: row.FiredAt, Suppressed: row.Phase == store.AlertSuppressed, Group: groupIncident(s.last)}
		if st.Incident, err = s.tx.AlertIncident(row.Fingerprint, row.StartsAt); err != nil {
			return nil, nil, err
		}
		verdict := s.app.alerts.policy.Judge(row.Alert, st, s.scene)
		before := row.Phase
		switch verdict.Outcome {
		case alert.Opens:
			opens = append(opens, row)
			continue
		case alert.Joins:
			joins = append(joins, row)
			continue
		case alert.Known:
			row.Incident, row.Phase = verdict.Incident, store.AlertOpen
		case alert.Suppressed:
			row.Phase = store.AlertSuppressed
		case alert.Lapsed:
			row.Phase = store.AlertEnded
		}
		if row.Phase != before {
			s.rows = append(s.rows, row)
		}
	}
	return opens, joins, nil
}

func groupIncident(s incident.State) *alert.GroupIncident {
	if !s.Exists() {
		return nil
	}
	g := &alert.GroupIncident{ID: s.ID, Closed: s.Closed != nil}
	if s.Resolved != nil {
		g.ResolvedAt = &s.Resolved.At
	}
	return g
}

// open opens one incident for the alerts that open: for the gravest of them,
// and the others join it.
func (s *settlement) open(ctx context.Context, opens []store.AlertRow) error {
	if len(opens) == 0 {
		return nil
	}
	first := 0
	for i, row := range opens {
		if s.severity(row) < s.severity(opens[first]) { // S0 is the highest
			first = i
		}
	}
	row := opens[first]
	at := s.detected(row)
	o, err := s.app.openedBy(ctx, row, at)
	if err != nil {
		return err
	}
	id, err := s.app.openIn(s.tx, monitor, at, o)
	if err != nil {
		return err
	}
	if s.last, err = foldIncident(s.tx, id); err != nil {
		return err
	}
	s.keep(row)
	for _, other := range slices.Delete(slices.Clone(opens), first, first+1) {
		if err := s.join(other); err != nil {
			return err
		}
	}
	return nil
}

func (s *settlement) severity(row store.AlertRow) pipeline.Severity {
	severity, _ := s.app.alerts.policy.Severity(row.Labels)
	return severity
}

// detected is when the harm came to our knowledge: an alert that was
// suppressed is news when its silence ends.
func (s *settlement) detected(row store.AlertRow) time.Time {
	if row.Phase == store.AlertSuppressed {
		return s.scene.Now
	}
	return row.FiredAt
}

// join adds an alert to the group's incident.
func (s *settlement) join(row store.AlertRow) error {
	severity, known := s.app.alerts.policy.Severity(row.Labels)
	c := incident.JoinAlert{AlertJoined: incident.AlertJoined{
		Fingerprint: row.Fingerprint, Source: string(row.Source), Name: row.Name(), Severity: severity,
		ActiveAt: row.StartsAt, Labels: row.Labels,
	}, Policy: s.app.policy(severity)}
	if !known {
		c.UnknownLabel = row.Labels[alert.SeverityLabel]
	}
	env, err := s.app.env(s.tx, monitor, s.detected(row))
	if err != nil {
		return err
	}
	change, err := incident.Decide(s.last, c, env)
	if err != nil {
		return err
	}
	if len(change.Events) > 0 {
		if _, err := s.tx.Append(change); err != nil {
			return err
		}
		if s.last, err = foldIncident(s.tx, s.last.ID); err != nil {
			return err
		}
	}
	s.keep(row)
	return nil
}

func (s *settlement) keep(row store.AlertRow) {
	row.Incident, row.Phase = s.last.ID, store.AlertOpen
	s.rows = append(s.rows, row)
}

// openedBy describes the incident that an alert opens. A severity label that
// no policy knows is S2, and the incident says so.
func (a *App) openedBy(ctx context.Context, row store.AlertRow, at time.Time) (incident.Opened, error) {
	name := row.Labels[alert.PipelineLabel]
	p := a.config.Watch.Pipelines[name] // the zero Pipeline if the rule is about something else
	severity, known := a.alerts.policy.Severity(row.Labels)
	o := incident.Opened{
		Severity: severity, Pipeline: name, Class: p.Class, Routes: p.Routes, Rule: row.Name(), Fingerprint: row.Fingerprint,
		Group: row.Group, Title: title(row.Alert, a.config.Language), Runbook: runbookNamed(row.Annotations), ActiveAt: &row.StartsAt,
		Labels: row.Labels, Policy: a.policy(severity), Stakeholders: p.Stakeholders,
	}
	if row.Source == alert.FromRules {
		o.ColourDrift, o.MetadataDrift = a.watches(o.Rule, "image_delta_e"), a.watches(o.Rule, "image_metadata")
	}
	if !known {
		o.UnknownLabel = row.Labels[alert.SeverityLabel]
	}
	return o, a.assign(ctx, &o, p, at)
}

// runbookNamed gives the name or the address of a runbook under either of its usual names.
func runbookNamed(annotations alert.Labels) string {
	if link := annotations["runbook"]; link != "" {
		return link
	}
	return annotations["runbook_url"]
}

// endAlerts settles the alerts that have ended. Where none of an incident is
// left, its timeline says so; it resolves nothing by itself. One incident is
// done even where there has been enough.
func (a *App) endAlerts(ctx context.Context, at time.Time, enough func() bool) error {
	over, err := a.store.AlertsOver(ctx, at)
	if err != nil {
		return err
	}
	var errs []error
	for len(over) > 0 {
		n := slices.IndexFunc(over, func(r store.AlertRow) bool { return r.Incident != over[0].Incident })
		if n < 0 {
			n = len(over)
		}
		errs = append(errs, a.endOf(ctx, over[:n], at))
		if over = over[n:]; enough() {
			break
		}
	}
	return errors.Join(errs...)
}

func (a *App) endOf(ctx context.Context, over []store.AlertRow, at time.Time) error {
	id := over[0].Incident
	for i := range over {
		over[i].Phase = store.AlertEnded
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.PutAlerts(over); err != nil {
			return err
		}
		all, open, err := tx.IncidentAlerts(id)
		if err != nil || open > 0 {
			return err
		}
		state, err := foldIncident(tx, id)
		if err != nil {
			return err
		}
		change, err := incident.Decide(state, incident.EndAlerts{Count: all}, incident.Env{Now: at, By: monitor})
		if err != nil || len(change.Events) == 0 {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
}
