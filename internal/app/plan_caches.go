package app

import (
	"context"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/web"
)

// PlanPurge says what a purge would have the edges forget. What would be refused is refused.
func (a *App) PlanPurge(ctx context.Context, id string, c incident.PurgeRoute) (plan web.PurgePlan, err error) {
	if err := a.wouldDecide(ctx, id, c); err != nil {
		return plan, err
	}
	p, err := a.edge.PlanPurge(c.Route, c.Paths, c.Tags)
	if err != nil {
		return plan, err
	}
	plan = web.PurgePlan{
		Route: c.Route, URLs: a.planned(c.Route, p.URL), Paths: c.Paths, Tags: c.Tags,
		Images: p.Images, Unfound: p.Unfound, Disabled: p.Disabled, Edges: forgettingEdges(p.Edges, !c.Whole()),
	}
	plan.Recent = a.deliveredLately(ctx, []string{c.Route}).which(delivery.Meant(c.Route, c.Paths, c.Tags))
	return plan, nil
}

// PlanNoStore says what keeping caches from storing a route would change: they forget it as by a purge of all of it, and store nothing after.
func (a *App) PlanNoStore(ctx context.Context, id string, c incident.NoStoreRoute) (plan web.NoStorePlan, err error) {
	if err := a.wouldDecide(ctx, id, c); err != nil {
		return plan, err
	}
	p, err := a.edge.PlanPurge(c.Route, nil, nil)
	if err != nil {
		return plan, err
	}
	plan = web.NoStorePlan{
		Route: c.Route, URLs: a.planned(c.Route, p.URL), Lasting: c.Lasting, Until: time.Now().UTC().Add(c.Lasting), // by the wall clock, as the gateway counts
		Images: p.Images, Disabled: p.Disabled, Edges: forgettingEdges(p.Edges, false),
	}
	if !p.Until.IsZero() {
		plan.Kept = &p.Until
	}
	for n, e := range p.Edges {
		plan.Edges[n].Meanwhile = follows(e.Abilities)
	}
	plan.Recent = a.deliveredLately(ctx, []string{c.Route}).count()
	return plan, nil
}

// wouldDecide refuses what [App.Do] would refuse of whoever may contain. Nothing is appended.
func (a *App) wouldDecide(ctx context.Context, id string, c incident.Command) error {
	if _, err := a.Case(ctx, id); err != nil {
		return err
	}
	entries, err := a.stream(ctx, id)
	if err != nil {
		return err
	}
	_, err = a.decide(entries, c, incident.Env{Now: a.now(), By: monitor})
	return err
}

// planned are the addresses that a plan is about: where the public finds the route, else where the gateway has it.
func (a *App) planned(route, gateway string) []string {
	if public := a.config.Gateway.Routes[route].URL; public != "" {
		return []string{public}
	}
	return []string{gateway}
}

// forgettingEdges says what each edge forgets; of a purge that names less than the route also where it forgets more.
func forgettingEdges(edges []delivery.Forgetting, named bool) (list []web.ForgettingEdge) {
	for _, f := range edges {
		e := web.ForgettingEdge{Name: f.Name, Kind: f.Kind, How: f.How, Behind: f.Behind, Untagged: f.Untagged}
		e.Wider = named && (f.How == delivery.ForgetsKey || f.How == delivery.ForgetsRoute)
		for _, way := range []struct {
			name string
			is   bool
		}{{"tags", f.Tags}, {"paths", f.Paths}, {"prefixes", f.Prefixes}} {
			if way.is && f.How != delivery.ForgetsKey {
				e.By = append(e.By, way.name)
			}
		}
		list = append(list, e)
	}
	return list
}
