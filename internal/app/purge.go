package app

import (
	"context"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
)

// purge has the edges of a route forget, and then asks from outside whether what the origin has is served: for the paths that were
// named, else for a sample of the route.
func (a *App) purge(ctx context.Context, e incident.PurgeEffect) (incident.Command, error) {
	if _, err := a.edge.Purge(ctx, e.Route, e.Paths, e.Tags); err != nil {
		return nothing, err
	}
	probe, err := a.servedAsItIs(ctx, e)
	if err != nil {
		return nothing, err
	}
	return incident.RecordProbe{ID: e.Mitigation, Probe: probe}, nil
}

// servedAsItIs asks for the paths of a purge, or for a sample of the route, in the state that the route is in.
func (a *App) servedAsItIs(ctx context.Context, e incident.PurgeEffect) (probe incident.Probe, err error) {
	if len(e.Paths) == 0 {
		s, err := a.edge.State()
		if err != nil {
			return probe, err
		}
		r, err := s.Route(e.Route)
		if err != nil {
			return probe, err
		}
		return a.edge.Probe(ctx, e.Route, len(r.Disabled) > 0, a.suspectsOf(ctx, e.Route, e.Incident)...)
	}
	for _, path := range e.Paths {
		if !delivery.Serves(path) {
			continue
		}
		if probe, err = a.edge.ProbePath(ctx, e.Route, path, false); err != nil {
			return probe, err
		}
		probe.Images = len(e.Paths)
	}
	return probe, nil
}
