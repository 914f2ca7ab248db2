package delivery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// MaxHeld is how many paths of one route may be held. Who must hold more
// disables the route as a whole.
const MaxHeld = 5000

// Held takes one path of a route out: the route serves its reference there, or
// the placeholder, whatever the origin has. Several items may hold one path.
type Held struct {
	Path        string    `json:"path"` // relative to the route, as origin and fallback name it
	Item        string    `json:"item"`
	Since       time.Time `json:"since"`
	Placeholder bool      `json:"placeholder,omitempty"` // the reference must not be served either
}

func (r Route) checkHeld() error {
	if len(r.Held) > MaxHeld {
		return fmt.Errorf("%w: %w", phrase.Errorf("edge.state.held", r.Name, len(r.Held), MaxHeld), journal.ErrTooLarge)
	}
	for _, h := range r.Held {
		if !goodName(h.Path) || h.Item == "" {
			return fmt.Errorf("route %s: path %.200q is held by %.80q: name a path below the route and an item: %w", r.Name, h.Path, h.Item, journal.ErrInvalid)
		}
	}
	return nil
}

// Hold takes paths of a route out. It is idempotent: what is held by its item
// already keeps its date. A path that the gateway never serves is passed over.
// More than [MaxHeld], or more than the state file may hold, is
// [journal.ErrTooLarge], and then nothing is changed.
func (e *Control) Hold(ctx context.Context, route string, held ...Held) error {
	paths := make([]string, len(held))
	for i, h := range held {
		paths[i] = h.Path
	}
	if ctx.Err() == nil && e.holdsAll(route, held) {
		return e.follow(ctx, route, paths...)
	}
	return e.switchRoute(ctx, "edge.hold", route, paths, func(r *Route, _ time.Time) bool {
		known := map[Held]bool{}
		for _, h := range r.Held {
			known[h.key()] = true
		}
		for _, h := range held {
			if !goodName(h.Path) || known[h.key()] {
				continue
			}
			known[h.key()] = true
			h.Since = h.Since.UTC()
			r.Held = append(r.Held, h)
		}
		return false // the switch of the route has not changed
	})
}

// Serves tells whether a path below a route is one that the gateway may serve
// at all. Hidden files and names that are not UTF-8 are not.
func Serves(path string) bool { return goodName(path) }

// key is what tells one hold from another.
func (h Held) key() Held { return Held{Path: h.Path, Item: h.Item, Placeholder: h.Placeholder} }

// Lift lets go of all that items hold, on whatever route. It is idempotent.
func (e *Control) Lift(ctx context.Context, items ...string) error {
	err := ctx.Err()
	freed := map[string][]string{}
	if err == nil {
		lifted := map[string]bool{}
		for _, i := range items {
			lifted[i] = true
		}
		err = e.change(func(s *State) error {
			for i := range s.Routes {
				freed[s.Routes[i].Name] = s.Routes[i].lift(lifted)
			}
			return nil
		})
	}
	for route, paths := range freed {
		if err == nil {
			err = e.follow(ctx, route, paths...)
		}
	}
	if err != nil {
		return phrase.Errorf("edge.lift", err)
	}
	return nil
}

// lift lets go of what items hold of a route, and gives the paths.
func (r *Route) lift(items map[string]bool) (paths []string) {
	var left []Held
	for _, h := range r.Held {
		if items[h.Item] {
			paths = append(paths, h.Path)
		} else {
			left = append(left, h)
		}
	}
	r.Held = left
	return paths
}

// HeldPaths gives what is held on a route. A state file that is not there yet holds nothing.
func (e *Control) HeldPaths(route string) ([]Held, error) {
	s, err := e.read()
	if err != nil {
		return nil, err
	}
	r, err := s.Route(route)
	return slices.Clone(r.Held), err
}

// State gives the state file as it is now. It is read-only.
func (e *Control) State() (State, error) { return e.read() }

// holds is what the gateway looks up: the held paths of a route, and for each
// whether its reference is withheld too.
type holds map[string]bool

func (r Route) holds() holds {
	if len(r.Held) == 0 {
		return nil
	}
	h := make(holds, len(r.Held))
	for _, held := range r.Held {
		h[held.Path] = h[held.Path] || held.Placeholder
	}
	return h
}

// revoked tells whether the origin of this answer must not be sent any more,
// not even its rest.
func (d *exchange) revoked() bool {
	if d.route.revoked.Load() {
		return true
	}
	_, held := (*d.route.held.Load())[d.rel]
	return held
}

// withheld tells whether the reference must not be sent either.
func (d *exchange) withheld() bool { return (*d.route.held.Load())[d.rel] }
