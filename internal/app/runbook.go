package app

import (
	"context"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/runbook"
	"github.com/safelight-dev/safelight/internal/web"
)

// Runbooks lists the runbooks, the default one first.
func (a *App) Runbooks() []web.ListedRunbook {
	list := []web.ListedRunbook{}
	for _, r := range a.config.Runbooks.List() {
		listed := web.ListedRunbook{Runbook: r}
		_, configured := a.config.Runbooks[r.Name]
		listed.BuiltIn = !configured
		for _, name := range a.Pipelines() {
			if a.config.Watch.Pipelines[name].Runbook == r.Name {
				listed.Pipelines = append(listed.Pipelines, name)
			}
		}
		list = append(list, listed)
	}
	return list
}

// runbookOf is what is done in a new incident: what its alert names, else what its pipeline names, else what is configured as the
// default; nil is ours, of which no incident needs a copy. An alert that names none of ours costs no incident its runbook.
func (a *App) runbookOf(o incident.Opened) *runbook.Runbook {
	for _, name := range []string{runbook.Named(o.Runbook, a.pageLink("")), a.config.Watch.Pipelines[o.Pipeline].Runbook, runbook.DefaultName} {
		r, configured := a.config.Runbooks[name]
		if configured {
			return &r
		}
		if name == runbook.DefaultName {
			break
		}
	}
	return nil
}

// RunStep does a step of the runbook: what Safelight does itself begins, what another command of the incident does is that command.
func (a *App) RunStep(ctx context.Context, by people.Actor, id string, c incident.RunStep) error {
	cased, err := a.Case(ctx, id)
	if err != nil {
		return err
	}
	st, _ := cased.Incident.Standing(c.Step)
	switch kind := st.Kind(); {
	case kind == runbook.KindContainment && !st.Status.Over():
		return a.containStep(ctx, by, id, st)
	case kind == runbook.KindManual && st.DoneBy == runbook.Acknowledged:
		return a.Do(ctx, by, id, incident.Acknowledge{})
	case kind == runbook.KindManual && st.DoneBy == runbook.ImpactFiled:
		return a.FileImpact(ctx, by, id, "")
	}
	return a.Do(ctx, by, id, c)
}

// containStep asks for the containments of a step that are not on their way.
func (a *App) containStep(ctx context.Context, by people.Actor, id string, st incident.Standing) error {
	reason := "runbook: " + st.Text.In(a.config.Language)
	switch st.Contain {
	case runbook.Isolate:
		return a.Isolate(ctx, by, id, web.Isolate{Selection: web.Selection{Over: true}, Reason: reason})
	case runbook.RollBack:
		return a.RollBack(ctx, by, id, web.RollBack{Reason: reason})
	case runbook.DisableRoute:
		if len(st.Routes) == 0 {
			return nil // all are on their way
		}
		return a.Do(ctx, by, id, incident.DisableRoutes{Routes: st.Routes, Reason: reason})
	}
	for _, route := range st.Routes {
		var command any = incident.PurgeRoute{Route: route, Reason: reason}
		if st.Contain == runbook.NoStore {
			command = incident.NoStoreRoute{Route: route, Lasting: st.Lasting(), Reason: reason}
		}
		if err := a.Do(ctx, by, id, command); err != nil {
			return err
		}
	}
	return nil
}
