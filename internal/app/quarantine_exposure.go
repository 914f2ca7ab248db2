package app

import (
	"context"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// sighting is what can be known of who got which image until a moment. Nil, it
// knows of no route.
type sighting struct {
	app      *App
	readable bool // the access log
	state    delivery.State
}

// look has the gateway write out what it has delivered until now, and reads it.
func (a *App) look(ctx context.Context) *sighting {
	a.edge.Settle(ctx)
	s := &sighting{app: a, readable: true}
	if err := a.quarantine.deliveries.Refresh(ctx); err != nil {
		s.readable = false
		a.log.Warn("whether held images were public is not known; they count as public", "error", err)
	}
	var err error
	if s.state, err = a.edge.State(); err != nil {
		a.log.Warn("which routes were disabled is not known", "error", err) // the log tells what was delivered
	}
	return s
}

// exposure tells whether the public has got a version of an image, by what the
// gateway has logged since the date of the file. What cannot be known counts
// as public: a leak that is not told of is worse than one that was none.
func (s *sighting) exposure(h quarantine.Held) quarantine.Exposure {
	if s == nil || len(h.Routes) == 0 {
		return quarantine.Exposed(nil)
	}
	since := h.ModifiedAt
	if since.After(time.Now()) { // by the wall clock, as the dates of files are
		since = time.Unix(0, 0) // a date that is still to come does not say when the file did
	}
	routes := make([]quarantine.RouteExposure, len(h.Routes))
	for i, name := range h.Routes {
		routes[i] = quarantine.RouteExposure{Route: name, Sight: quarantine.NoLog}
		r, err := s.state.Route(name)
		if err == nil && closedSince(r, since) {
			routes[i].Sight = quarantine.Closed
		}
		if !s.readable {
			continue
		}
		route := s.app.config.Gateway.Routes[name]
		switch at, covered := s.app.quarantine.deliveries.Last(route.Prefix+h.Name(), since); {
		case !at.IsZero():
			routes[i].Sight, routes[i].At = quarantine.Delivered, &at
		case len(route.Edges) > 0: // an edge answers most requests without the gateway
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
