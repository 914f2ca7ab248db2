package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/store"
)

const (
	suspected    = 3                      // of each sort: over budget, and delivered last
	suspectsFrom = 1000                   // images over budget that they are picked from
	suspectsTime = 500 * time.Millisecond // for each thing that is looked up: a proof does not wait for what only makes it better
)

// suspects names images of a route that a cache in front of it may go on serving whatever the gateway says: some of those that are over
// budget since the incident began, those first that were delivered lately, and those that the gateway has delivered last at all.
func (a *App) suspects(ctx context.Context, route string, s incident.State) (names []string) {
	within := func(do func(context.Context)) {
		ctx, cancel := context.WithTimeout(ctx, suspectsTime)
		defer cancel()
		do(ctx)
	}
	within(func(ctx context.Context) {
		a.edge.Settle(ctx)
		if err := a.quarantine.deliveries.Refresh(ctx); err != nil {
			a.log.Warn("the probe knows no more than before of what was delivered last", "route", route, "error", err)
		}
	})
	prefix := a.config.Gateway.Routes[route].Prefix
	if p := a.config.Watch.Pipelines[s.Opened.Pipeline]; slices.Contains(p.Routes, route) {
		var over []store.Chosen
		within(func(ctx context.Context) {
			var err error
			if over, err = a.store.Choose(ctx, store.Choice{Pipeline: s.Opened.Pipeline, Over: true, Since: begin(s)}, suspectsFrom); err != nil {
				a.log.Warn("the probe does not ask for images over budget", "incident", s.ID, "route", route, "error", err)
			}
		})
		var seen lately
		within(func(ctx context.Context) { seen = a.deliveredLately(ctx, []string{route}) }) // caches answer for what the gateway does not see
		slices.SortStableFunc(over, func(x, y store.Chosen) int { return cmp.Compare(unseen(seen, x), unseen(seen, y)) })
		for _, x := range over[:min(len(over), suspected)] {
			names = append(names, x.Path)
		}
	}
	for _, path := range a.quarantine.deliveries.Latest(prefix, suspected) {
		names = append(names, strings.TrimPrefix(path, prefix))
	}
	return names
}

// unseen is 0 of an image that was delivered lately, and 1 of others.
func unseen(seen lately, x store.Chosen) int {
	if seen.has(x.Path) {
		return 0
	}
	return 1
}

// suspectsOf is [App.suspects] of an incident by its id.
func (a *App) suspectsOf(ctx context.Context, route, id string) []string {
	c, err := a.Case(ctx, id)
	if err != nil {
		return nil // the effect fails by itself where its incident cannot be read
	}
	return a.suspects(ctx, route, c.Incident)
}
