package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// PlanRoute says what disabling a route would change, as the folders and the access logs are now.
func (a *App) PlanRoute(ctx context.Context, id, route string) (web.RoutePlan, error) {
	c, err := a.Case(ctx, id)
	if err != nil {
		return web.RoutePlan{}, err
	}
	if !slices.Contains(c.Incident.Opened.Routes, route) {
		return web.RoutePlan{}, fmt.Errorf("%w: %w", phrase.Errorf("refusal.plan-route", fmt.Sprintf("%.80q", route), id), journal.ErrNotFound)
	}
	p, err := a.edge.Plan(route)
	if err != nil {
		return web.RoutePlan{}, err
	}
	plan := web.RoutePlan{
		Route: route, URLs: a.planned(route, p.URL), Disabled: p.Disabled, Assets: p.Assets, References: p.References, Missing: p.Missing, Sample: p.Sample,
		Edges: plannedEdges(p.Edges),
	}
	plan.Recent = a.deliveredLately(ctx, []string{route}).count()
	return plan, nil
}

// plannedEdges says how each edge of a route follows.
func plannedEdges(edges []delivery.Forgetting) []web.PlannedEdge {
	var list []web.PlannedEdge
	for _, e := range edges {
		can := e.Abilities
		planned := web.PlannedEdge{Name: e.Name, Kind: e.Kind, How: follows(can), Stores: can.Stores, Forgets: e.How != delivery.ForgetsCannot, Untagged: e.Untagged}
		list = append(list, planned)
	}
	return list
}

// follows says how an edge finds out what a route serves now.
func follows(can delivery.Abilities) string {
	switch {
	case can.Asks:
		return "asks"
	case can.Diverts:
		return "diverts"
	}
	return "fetches"
}
