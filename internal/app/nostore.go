package app

import (
	"context"
	"errors"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
)

// noStore keeps caches from storing a route and proves it. Its time is over some day whatever was proven: then no probe will find
// what was asked for.
func (a *App) noStore(ctx context.Context, e incident.NoStoreEffect) (incident.Command, error) {
	err := a.edge.NoStore(ctx, e.Route, e.Incident, e.Mitigation, e.Lasting)
	if errors.Is(err, journal.ErrNotFound) {
		return incident.RecordFailure{ID: e.Mitigation, Final: true, Reason: journal.Sentence(err)}, nil
	}
	if err != nil {
		return nothing, attempt(err)
	}
	probe, err := a.edge.ProbeNoStore(ctx, e.Route, true)
	if errors.Is(err, journal.ErrConflict) {
		return incident.RecordFailure{ID: e.Mitigation, Final: true, Reason: journal.Sentence(err)}, nil
	}
	if err != nil {
		return nothing, err
	}
	return incident.RecordProbe{ID: e.Mitigation, Probe: probe}, nil
}

// storeAgain lets caches store a route again, unless another mitigation keeps them from it, and proves that too.
func (a *App) storeAgain(ctx context.Context, e incident.RouteEffect) (incident.Command, error) {
	kept, err := a.edge.Store(ctx, e.Route, e.Incident, e.Mitigation)
	if errors.Is(err, journal.ErrNotFound) {
		return incident.RecordFailure{ID: e.Mitigation, Undo: true, Final: true, Reason: journal.Sentence(err)}, nil
	}
	if err != nil {
		return nothing, attempt(err)
	}
	probe, err := a.edge.ProbeNoStore(ctx, e.Route, kept)
	if err != nil {
		return nothing, err
	}
	return incident.RecordProbe{ID: e.Mitigation, Undo: true, Probe: probe}, nil
}
