package app

import (
	"context"
	"errors"
	"sync"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
)

// standingDesk remembers of which routes the last rounds had no proof.
type standingDesk struct {
	mu       sync.Mutex
	unproven map[string]int // rounds in a row, by route
}

const (
	// exposedAfter is how many rounds in a row have to fail before people are told: an edge that is started anew is no alarm.
	exposedAfter = 2
	// maxStanding bounds the routes that are probed in a round.
	maxStanding = 20
)

// hold is a route that an incident has disabled.
type hold struct{ incident, mitigation, route string }

// disabledNow lists the routes that the journal says serve references: proven, and not being taken back.
func (a *App) disabledNow(ctx context.Context) (list []hold, err error) {
	incidents, err := a.Incidents(ctx)
	for _, s := range incidents {
		for _, m := range s.Mitigations {
			if s.Closed == nil && m.Kind == incident.KindDisableRoute && m.InForce() {
				list = append(list, hold{s.ID, m.ID, m.Route})
			}
		}
	}
	return list, err
}

// reconcileRoutes makes the gateway's state file hold the routes that the journal says are disabled: the file may have been lost, or a
// route left the configuration and come back. Which routes the file holds is read first: one that is enabled meanwhile is not in the
// journal's list any more.
func (a *App) reconcileRoutes(ctx context.Context) error {
	state, err := a.edge.State()
	if err != nil && !errors.Is(err, journal.ErrNotFound) {
		return err
	}
	list, err := a.disabledNow(ctx)
	for _, h := range list {
		if holds(state, h) {
			continue
		}
		if failed := a.edge.Disable(ctx, h.route, h.incident, h.mitigation); failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		a.log.Warn("a route that an incident holds was enabled, and is disabled again", "route", h.route, "incident", h.incident, "mitigation", h.mitigation)
	}
	return err
}

// holds tells whether the gateway's state has a route disabled for a mitigation.
func holds(s delivery.State, h hold) bool {
	r, err := s.Route(h.route)
	if err != nil {
		return false
	}
	for _, d := range r.Disabled {
		if d.Incident == h.incident && d.Mitigation == h.mitigation {
			return true
		}
	}
	return false
}

// standing asks from outside whether what contains an incident still does, and finds the routes of which there is no proof any more.
func (a *App) standing(ctx context.Context) ([]audit.Finding, error) {
	err := a.reconcileRoutes(ctx)
	list, failed := a.disabledNow(ctx)
	err = errors.Join(err, failed)
	d := &a.stands
	d.mu.Lock()
	defer d.mu.Unlock()
	rounds := map[string]int{} // of the routes that are disabled now
	var found []audit.Finding
	for _, h := range list {
		if _, asked := rounds[h.route]; !asked && len(rounds) < maxStanding {
			rounds[h.route] = 0
			if _, unproven := a.edge.Probe(ctx, h.route, true); unproven != nil && ctx.Err() == nil {
				rounds[h.route] = d.unproven[h.route] + 1
				a.log.Error("a disabled route is not proven to serve references any more", "route", h.route, "incident", h.incident, "error", journal.Sentence(unproven))
			}
		}
		if rounds[h.route] >= exposedAfter {
			found = append(found, audit.Finding{Kind: audit.Exposed, Stream: h.incident, Subject: h.route})
		}
	}
	d.unproven = rounds
	return found, err
}
