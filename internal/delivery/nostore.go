package delivery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

const maxNoStore = incident.MaxNoStore

// NoStore keeps caches from storing the answers of a route for a while, for the sake of one mitigation. The route serves what it
// would serve anyway.
type NoStore struct {
	Since      time.Time `json:"since"`
	Until      time.Time `json:"until"` // by the wall clock, which the gateway has too
	Incident   string    `json:"incident"`
	Mitigation string    `json:"mitigation"`
}

// storedNowhere tells whether answers of the route must not be stored at some time.
func (r Route) storedNowhere(at time.Time) bool {
	return slices.ContainsFunc(r.NoStore, func(n NoStore) bool { return at.Before(n.Until) })
}

func (r *Route) keeper(incident, mitigation string) int {
	return slices.IndexFunc(r.NoStore, func(n NoStore) bool { return n.Incident == incident && n.Mitigation == mitigation })
}

// NoStore has all answers of a route say no-store for some time from now on, and makes the edges forget what they have stored
// of it. It is idempotent: a mitigation that asks for it again does not prolong it.
func (e *Control) NoStore(ctx context.Context, route, incident, mitigation string, lasting time.Duration) error {
	if lasting <= 0 || lasting > maxNoStore {
		return fmt.Errorf("%w: %w", phrase.Errorf("edge.no-store.for", route, lasting, maxNoStore), journal.ErrInvalid)
	}
	return e.switchRoute(ctx, "edge.no-store", route, nil, func(r *Route, wall time.Time) bool {
		if r.keeper(incident, mitigation) < 0 {
			r.NoStore = append(r.NoStore, NoStore{Since: wall, Until: wall.Add(lasting), Incident: incident, Mitigation: mitigation})
		}
		return false // the switch of the route has not changed
	})
}

// Store lets caches store the answers of a route again, as far as one mitigation is concerned, and tells whether another still
// keeps them from it. It is idempotent.
func (e *Control) Store(ctx context.Context, route, incident, mitigation string) (kept bool, err error) {
	err = e.switchRoute(ctx, "edge.store", route, nil, func(r *Route, wall time.Time) bool {
		if i := r.keeper(incident, mitigation); i >= 0 {
			r.NoStore = slices.Delete(r.NoStore, i, i+1)
		}
		kept = r.storedNowhere(wall)
		return false
	})
	return kept, err
}

// ProbeNoStore asks where the public does until the answers prove that they may be stored nowhere (or may be again), with the
// bytes that the state file says. It counts its time from its own beginning.
func (e *Control) ProbeNoStore(ctx context.Context, route string, want bool, named ...string) (incident.Probe, error) {
	r, holds, err := e.holds(route)
	if err != nil {
		return incident.Probe{}, phrase.Errorf("edge.probe", route, err)
	}
	now := time.Now()
	p := prober{control: e, route: r, held: holds, disabled: len(r.Disabled) > 0, nowhere: r.storedNowhere(now), began: now}
	if p.nowhere != want {
		return incident.Probe{}, fmt.Errorf("%w: %w", phrase.Errorf("edge.otherwise", route), journal.ErrConflict)
	}
	p.names = p.sample(named...)
	return p.prove(ctx)
}
