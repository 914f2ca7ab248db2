package app

import (
	"context"
	"errors"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/store"
)

// noStore keeps caches from storing a route and proves it. Its time is over some day whatever was proven: then no probe will find
// what was asked for.
func (a *App) noStore(ctx context.Context, e incident.NoStoreEffect) (incident.Command, error) {
	if err := a.edge.NoStore(ctx, e.Route, e.Incident, e.Mitigation, e.Lasting); err != nil {
		return nothing, err
	}
	probe, err := a.edge.ProbeNoStore(ctx, e.Route, true, a.suspectsOf(ctx, e.Route, e.Incident)...)
	if err != nil {
		return nothing, err
	}
	return incident.RecordProbe{ID: e.Mitigation, Probe: probe}, nil
}

// storeAgain lets caches store a route again, unless another mitigation keeps them from it, and proves that too.
func (a *App) storeAgain(ctx context.Context, e incident.RouteEffect) (incident.Command, error) {
	kept, err := a.edge.Store(ctx, e.Route, e.Incident, e.Mitigation)
	if err != nil {
		return nothing, err
	}
	probe, err := a.edge.ProbeNoStore(ctx, e.Route, kept)
	if errors.Is(err, journal.ErrConflict) { // the time of what keeps it is over just now
		return nothing, &store.Waiting{After: mitigationTurn, For: phrase.Of("caches.waits")}
	}
	if err != nil {
		return nothing, err
	}
	return incident.RecordProbe{ID: e.Mitigation, Undo: true, Probe: probe}, nil
}
