package app

import (
	"context"
	"errors"
	"slices"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
)

// reconcileHolds makes the gateway's state file hold what the journal says is
// held, and nothing else: the file may have been lost, a route may have come.
func (a *App) reconcileHolds(ctx context.Context) error {
	state, err := a.edge.State()
	if errors.Is(err, journal.ErrNotFound) {
		return nil // there are no routes
	}
	if err != nil {
		return err
	}
	active, err := a.store.Quarantine(ctx, store.QuarantineQuery{Active: true}, allItems)
	if err != nil {
		return err
	}
	held := a.holdPaths(ctx, active...)
	known := map[string]bool{}
	for _, i := range active {
		known[i.ID] = true
	}
	var stale []string
	for _, r := range state.Routes {
		for _, h := range r.Held {
			if !known[h.Item] && quarantine.IsStream(h.Item) {
				stale = append(stale, h.Item)
			}
		}
	}
	if len(stale) > 0 {
		held = errors.Join(held, a.edge.Lift(ctx, stale...))
	}
	return held
}

// allItems is more than can be held.
const allItems = 1 << 30

// routesOf gives the routes of an item as of its holding, and those that its pipeline has now.
func (a *App) routesOf(i quarantine.Item) []string {
	routes := append(slices.Clone(i.Routes), a.gatewayRoutes(a.config.Watch.Pipelines[i.Pipeline])...)
	slices.Sort(routes)
	return slices.Compact(routes)
}
