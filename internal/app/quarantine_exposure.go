package app

import (
	"context"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// exposure tells whether the public has got a version of an image, by what the
// gateway has logged since the date of the file. What cannot be known counts
// as public: a leak that is not told of is worse than one that was none.
func (a *App) exposure(ctx context.Context, h quarantine.Held) quarantine.Exposure {
	if len(h.Routes) == 0 {
		return quarantine.Exposed(nil)
	}
	a.edge.Settle(ctx)
	readable := true
	if err := a.quarantine.deliveries.Refresh(ctx); err != nil {
		readable = false
		a.log.Warn("whether a held image was public is not known; it counts as public", "path", h.Path, "error", err)
	}
	state, err := delivery.ReadState(a.edge.StateFile)
	if err != nil {
		a.log.Warn("which routes were disabled is not known", "error", err) // the log tells what was delivered
	}
	routes := make([]quarantine.RouteExposure, len(h.Routes))
	for i, name := range h.Routes {
		routes[i] = quarantine.RouteExposure{Route: name, Sight: quarantine.NoLog}
		r, err := state.Route(name)
		if err == nil && closedSince(r, h.ModifiedAt) {
			routes[i].Sight = quarantine.Closed
		}
		if !readable {
			continue
		}
		prefix := a.config.Gateway.Routes[name].Prefix
		switch at, covered := a.quarantine.deliveries.Last(prefix+h.Name(), h.ModifiedAt); {
		case !at.IsZero():
			routes[i].Sight, routes[i].At = quarantine.Delivered, &at
		case covered || !delivery.Serves(h.Name()):
			routes[i].Sight = quarantine.NotDelivered
		}
	}
	return quarantine.Exposed(routes)
}

// closedSince tells whether a route has served references since a time.
func closedSince(r delivery.Route, t time.Time) bool {
	if len(r.Disabled) == 0 || r.ChangedAt == nil {
		return false
	}
	return r.ChangedAt.Before(t) // by the wall clock, as the dates of files are
}

// readDeliveries keeps up with the access log, so that a held image need not wait for it.
func (a *App) readDeliveries(ctx context.Context) error {
	if err := a.quarantine.deliveries.Refresh(ctx); err != nil {
		return fmt.Errorf("keep up with the deliveries: %w", err)
	}
	return nil
}
