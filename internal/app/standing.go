package app

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
)

// standingDesk remembers of what the last rounds had no proof.
type standingDesk struct {
	mu       sync.Mutex
	unproven map[audit.Finding]int // rounds in a row in which it was asked for in vain
	turn     int                   // rounds that there have been
	next     int                   // where the next one begins
}

const (
	// exposedAfter is how many rounds in a row have to fail before people are told: an edge that is started anew is no alarm.
	exposedAfter = 2
	// maxStanding bounds what is asked for in a round. The next one goes on with the rest.
	maxStanding = 20
)

// inForce is a mitigation of an open incident that is proven and not being taken back.
type inForce struct {
	incident string
	incident.Mitigation
}

// inForceNow lists those of a kind.
func inForceNow(incidents []incident.State, kind incident.MitigationKind) (list []inForce) {
	for _, s := range incidents {
		for _, m := range s.Mitigations {
			if s.Closed == nil && m.Kind == kind && m.InForce() {
				list = append(list, inForce{s.ID, m})
			}
		}
	}
	return list
}

// reconcileRoutes makes the gateway's state file hold what the journal says of routes: the file may have been lost, or a route left the
// configuration and come back. What the file holds is read first: what is taken back meanwhile is not in the journal's list any more.
func (a *App) reconcileRoutes(ctx context.Context) error {
	state, err := a.edge.State()
	if err != nil && !errors.Is(err, journal.ErrNotFound) {
		return err
	}
	incidents, err := a.Incidents(ctx)
	if err != nil {
		return err
	}
	for _, h := range inForceNow(incidents, incident.KindDisableRoute) {
		if disabledFor(state, h) {
			continue
		}
		if failed := a.edge.Disable(ctx, h.Route, h.incident, h.ID); failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		a.log.Warn("a route that an incident holds was enabled, and is disabled again", "route", h.Route, "incident", h.incident, "mitigation", h.ID)
	}
	for _, h := range inForceNow(incidents, incident.KindNoStore) {
		rest := h.Lasting
		if h.AppliedAt != nil {
			rest -= a.now().Sub(*h.AppliedAt)
		}
		if rest <= 0 || unstoredFor(state, h) {
			continue
		}
		if failed := a.edge.NoStore(ctx, h.Route, h.incident, h.ID, rest); failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		a.log.Warn("a route that caches are kept from storing might be stored, and is not any more", "route", h.Route, "incident", h.incident, "mitigation", h.ID)
	}
	return err
}

// disabledFor tells whether the gateway's state has a route disabled for a mitigation.
func disabledFor(s delivery.State, h inForce) bool {
	r, err := s.Route(h.Route)
	return err == nil && slices.ContainsFunc(r.Disabled, func(d delivery.Disabled) bool {
		return d.Incident == h.incident && d.Mitigation == h.ID
	})
}

// unstoredFor tells whether the gateway's state keeps caches from storing a route for a mitigation.
func unstoredFor(s delivery.State, h inForce) bool {
	r, err := s.Route(h.Route)
	return err == nil && slices.ContainsFunc(r.NoStore, func(n delivery.NoStore) bool {
		return n.Incident == h.incident && n.Mitigation == h.ID
	})
}

// stand is one thing that is asked for from outside, and what is found where there is no proof.
type stand struct {
	matter audit.Finding
	probe  func(ctx context.Context, turn int) error
}

// standing looks whether what contains an incident still does. What the journal says of routes is made so again; images that are over
// budget and delivered beside those of a mitigation end a containment; and what is in force is asked for from outside. It finds
// what there is no proof of any more.
func (a *App) standing(ctx context.Context) ([]audit.Finding, error) {
	err := a.reconcileRoutes(ctx)
	incidents, failed := a.Incidents(ctx)
	if failed != nil {
		return nil, errors.Join(err, failed)
	}
	err = errors.Join(err, a.recordLeft(ctx, incidents))
	return a.standAll(ctx, a.stands(incidents)), err
}

// stands lists what is in force: each route once, and each isolation.
func (a *App) stands(incidents []incident.State) (list []stand) {
	var routes []string
	for _, h := range inForceNow(incidents, incident.KindDisableRoute) {
		if slices.Contains(routes, h.Route) {
			continue
		}
		routes = append(routes, h.Route)
		list = append(list, stand{audit.Finding{Kind: audit.Exposed, Stream: h.incident, Subject: h.Route}, func(ctx context.Context, _ int) error {
			_, err := a.edge.Probe(ctx, h.Route, true, a.suspectsOf(ctx, h.Route, h.incident)...)
			return err
		}})
	}
	for _, h := range inForceNow(incidents, incident.KindIsolate) {
		list = append(list, stand{audit.Finding{Kind: audit.ImageExposed, Stream: h.incident, Subject: h.ID}, func(ctx context.Context, turn int) error {
			return a.probeIsolated(ctx, h, turn)
		}})
	}
	return list
}

// probeIsolated asks for some images of an isolation, others in each turn.
func (a *App) probeIsolated(ctx context.Context, h inForce, turn int) error {
	items, err := a.store.Quarantine(ctx, store.QuarantineQuery{Incident: h.incident, Mitigation: h.ID}, allItems)
	if err != nil {
		return err
	}
	items = slices.DeleteFunc(items, func(i quarantine.Item) bool { return i.Status != quarantine.StatusHeld || !delivery.Serves(i.Name()) })
	for n := range min(len(items), suspected) {
		i := items[(turn*suspected+n)%len(items)]
		for _, route := range i.Routes {
			if _, err := a.edge.ProbePath(ctx, route, i.Name(), true); err != nil {
				return err
			}
		}
	}
	return nil
}

// standAll asks for what is in force, some of it where it is much, and finds what was asked for in vain several rounds in a row.
func (a *App) standAll(ctx context.Context, list []stand) (found []audit.Finding) {
	d := &a.standsDesk
	d.mu.Lock()
	defer d.mu.Unlock()
	rounds := map[audit.Finding]int{}
	for n, s := range list {
		rounds[s.matter] = d.unproven[s.matter]
		if (n+len(list)-d.next%len(list))%len(list) >= maxStanding {
			continue // its turn is to come
		}
		unproven := s.probe(ctx, d.turn)
		if ctx.Err() != nil {
			continue // it was not asked to the end
		}
		rounds[s.matter]++
		if unproven == nil {
			delete(rounds, s.matter)
			continue
		}
		a.log.Error("what contains an incident is not proven any more", "incident", s.matter.Stream, "what", s.matter.Subject, "error", journal.Sentence(unproven))
	}
	for _, s := range list {
		if rounds[s.matter] >= exposedAfter {
			found = append(found, s.matter)
		}
	}
	d.unproven, d.turn, d.next = rounds, d.turn+1, d.next+maxStanding
	return found
}
