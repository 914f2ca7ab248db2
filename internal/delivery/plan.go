package delivery

import (
	"fmt"
	"slices"
	"time"
)

// What an edge does of a purge.
const (
	ForgetsNothing = "nothing" // it stores nothing
	ForgetsCannot  = "cannot"  // it stores, and cannot be told to forget
	ForgetsKey     = "key"     // the whole route at once: another generation is another key of its cache
	ForgetsHook    = "hook"    // it is told, and does as it does
	ForgetsRoute   = "route"   // the whole route
	ForgetsNamed   = "named"   // what is named, and no more
)

// Forgetting is what one edge in front of a route will do of a purge, or of a change of what the route serves.
type Forgetting struct {
	Name, Kind string
	Abilities  Abilities
	How        string // [ForgetsNothing] and others
	// By which names of what it is to forget it is told.
	Tags, Paths, Prefixes bool
	// Behind: it was never told of the route, or has missed a change, and so forgets all of it.
	Behind bool
	// Untagged: what it has stored past the gateway has no tags, and it cannot be told to forget that.
	Untagged bool
}

// PurgePlan says what a purge would change. Nothing is changed by it.
type PurgePlan struct {
	Route    string
	URL      string // as the gateway's clients reach the route
	Disabled bool   // it serves references
	Images   int    // files of the origin that are meant; -1 where the origin is a server and they cannot be counted
	Unfound  int    // paths that are named and that the origin does not have
	Edges    []Forgetting
	// Until is until when the route may be stored nowhere already; zero where it may be.
	Until time.Time
}

// PlanPurge says what [Control.Purge] would have each edge do; of no paths and tags also what [Control.NoStore] would.
func (e *Control) PlanPurge(route string, paths, tags []string) (PurgePlan, error) {
	if err := CheckPurge(route, paths, tags); err != nil {
		return PurgePlan{}, err
	}
	s, err := e.read()
	if err != nil {
		return PurgePlan{}, fmt.Errorf("plan a purge of route %s: %w", route, err)
	}
	r, err := s.Route(route)
	if err != nil {
		return PurgePlan{}, err
	}
	p := PurgePlan{Route: r.Name, URL: e.URL + r.Prefix, Disabled: len(r.Disabled) > 0, Images: -1}
	for _, n := range r.NoStore {
		if now := time.Now(); n.Until.After(now) && n.Until.After(p.Until) {
			p.Until = n.Until
		}
	}
	for _, edge := range e.edges.of(route) {
		p.Edges = append(p.Edges, e.edges.forgetting(edge, r, aboutOf(paths, tags)))
	}
	if r.proxied() {
		return p, nil
	}
	p.Images, p.Unfound = 0, len(paths)
	meant := Meant(route, paths, tags)
	err = eachAsset(r.Origin, func(name string) bool {
		if meant(name) {
			p.Images++
		}
		if slices.Contains(paths, name) {
			p.Unfound--
		}
		return true
	})
	if err != nil {
		return PurgePlan{}, fmt.Errorf("plan a purge of route %s: look at its deliveries: %w", route, err)
	}
	return p, nil
}

// Meant tells which paths below a route a purge is about.
func Meant(route string, paths, tags []string) func(path string) bool {
	if len(paths)+len(tags) == 0 || slices.Contains(tags, Tag(route)) {
		return func(string) bool { return true }
	}
	return func(path string) bool {
		return slices.Contains(paths, path) || len(tags) > 0 && slices.Contains(tags, tagOf(route, path))
	}
}

// forgetting goes through the changes that a purge makes of a route, as [Control.tell] does, and says what the edge is told.
func (l edges) forgetting(to *edge, r Route, changes []about) Forgetting {
	can := to.abilities()
	f := Forgetting{Name: to.name, Kind: to.kind, Abilities: can, How: ForgetsNamed}
	if !can.Stores {
		f.How = ForgetsNothing
		return f
	}
	r.Generation++
	for n, what := range changes {
		p := what.purge(can, r) // it has followed the change before
		if first := l.forgets(to, r, what); n == 0 {
			f.Behind = first.scope == purgedRoute && p.scope != purgedRoute
			p = first
		}
		f.Tags, f.Paths, f.Prefixes = f.Tags || len(p.Tags) > 0, f.Paths || len(p.Paths) > 0, f.Prefixes || len(p.Prefixes) > 0
		if p.scope == purgedRoute {
			f.How = ForgetsRoute
		}
	}
	_, hooked := to.driver.(listener)
	_, layered := to.driver.(layered)
	switch {
	case hooked:
		f.How = ForgetsHook
	case can.Asks || layered:
		f.How = ForgetsKey
	case !f.Tags && !f.Paths && !f.Prefixes:
		f.How = ForgetsCannot
	case !f.Paths && !f.Prefixes:
		f.Untagged = true
	}
	return f
}
