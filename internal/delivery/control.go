package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Control switches routes: in the state file, which the gateway serves by, and at the edges in front of it. Make it with
// [NewControl]; the exported fields may be changed before use.
type Control struct {
	StateFile string
	URL       string           // of the gateway as its clients reach it, without a path
	Now       func() time.Time // for [Disabled.Since]; nil means the wall clock
	Timeout   time.Duration    // of a whole probe; 0 means 5 s

	edges edges
	known known
}

// NewControl writes the routes of the configuration into the state file, keeping
// which of them are disabled and which paths are held, and gives the driver. Without routes it touches nothing.
func NewControl(c Config, stateFile string) (*Control, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	routes, err := c.absoluteRoutes()
	if err != nil {
		return nil, err
	}
	e := &Control{StateFile: stateFile, URL: clientURL(cmp.Or(c.Listen, DefaultListen)), edges: openEdges(c, stateFile)}
	if len(routes) == 0 {
		return e, nil
	}
	return e, e.install(routes)
}

// clientURL is where a client on this machine finds a listener.
func clientURL(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "http://" + listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// install replaces the routes. Which are disabled, and which paths are held, is
// not the configuration's to say. A state file that is damaged is never overwritten: it may hold the
// only word that a route is disabled.
func (e *Control) install(routes []Route) error {
	return e.change(func(s *State) error {
		for i := range routes {
			if old, err := s.Route(routes[i].Name); err == nil {
				routes[i].Disabled, routes[i].ChangedAt, routes[i].Held, routes[i].Generation = old.Disabled, old.ChangedAt, old.Held, old.Generation
				routes[i].NoStore = old.NoStore
			}
		}
		s.Routes = routes
		return nil
	})
}

// change rewrites the state file under the lock, unless nothing changes. A
// file that is not there yet is empty.
func (e *Control) change(edit func(*State) error) error {
	unlock, err := lockState(e.StateFile)
	if err != nil {
		return err
	}
	defer unlock()
	s, err := ReadState(e.StateFile)
	if err != nil && !errors.Is(err, journal.ErrNotFound) {
		return err
	}
	before := State{Version: s.Version, Routes: append([]Route(nil), s.Routes...)}
	if err := edit(&s); err != nil {
		return err
	}
	if reflect.DeepEqual(before, s) {
		return nil
	}
	s.countChanges(before)
	return WriteState(e.StateFile, s)
}

// countChanges gives each route that serves something else now its next generation.
func (s *State) countChanges(before State) {
	for i := range s.Routes {
		r := &s.Routes[i]
		was, err := before.Route(r.Name)
		if err == nil && !reflect.DeepEqual(was, *r) {
			r.Generation = was.Generation + 1
		}
	}
}

// Disable makes a route serve references, for the sake of one mitigation. It
// is idempotent: a mitigation that holds the route already keeps its date.
func (e *Control) Disable(ctx context.Context, route, incident, mitigation string) error {
	return e.switchRoute(ctx, "edge.disable", route, nil, func(r *Route, wall time.Time) bool {
		if r.holder(incident, mitigation) >= 0 {
			return false
		}
		since := wall
		if e.Now != nil {
			since = e.Now().UTC()
		}
		r.Disabled = append(r.Disabled, Disabled{Since: since, Incident: incident, Mitigation: mitigation})
		return len(r.Disabled) == 1
	})
}

// Enable lets go of a route for one mitigation and tells whether another still
// holds it disabled; otherwise it serves its origin again. It is idempotent.
func (e *Control) Enable(ctx context.Context, route, incident, mitigation string) (held bool, err error) {
	err = e.switchRoute(ctx, "edge.enable", route, nil, func(r *Route, _ time.Time) bool {
		if i := r.holder(incident, mitigation); i >= 0 {
			r.Disabled = slices.Delete(r.Disabled, i, i+1)
		}
		held = len(r.Disabled) > 0
		return !held
	})
	return held, err
}

// holder finds the place of a mitigation among those that hold the route, or -1.
func (r *Route) holder(incident, mitigation string) int {
	return slices.IndexFunc(r.Disabled, func(d Disabled) bool { return d.Incident == incident && d.Mitigation == mitigation })
}

// switchRoute changes a route in the state file, and then at its edges; paths are those that the change is about, none for all.
func (e *Control) switchRoute(ctx context.Context, doing phrase.Key, route string, paths []string, set func(r *Route, wall time.Time) bool) error {
	err := ctx.Err()
	if err == nil {
		err = e.change(func(s *State) error {
			for i := range s.Routes {
				if s.Routes[i].Name != route {
					continue
				}
				if wall := time.Now().UTC(); set(&s.Routes[i], wall) {
					s.Routes[i].ChangedAt = &wall
				}
				return nil
			}
			_, err := s.Route(route)
			return err
		})
	}
	if err == nil {
		err = e.follow(ctx, route, paths...)
	}
	if err != nil {
		return phrase.Errorf(doing, route, err)
	}
	return nil
}

// Plan says what disabling a route would change. Nothing is changed by it.
type Plan struct {
	Route      string
	URL        string   // all addresses below it are affected
	StateFile  string   // the file that would be rewritten
	Disabled   bool     // it is disabled already
	Assets     int      // files that the origin delivers; -1 where the origin is a server and they cannot be counted
	References int      // files that would be served instead
	Missing    int      // assets without a reference: the placeholder would be served
	Sample     []string // the first of those, ten at most
	// Edges stand in front of the route, from the gateway outwards, and forget all of it.
	Edges []Forgetting
	// NoStore tells whether its answers may be stored nowhere for now.
	NoStore bool
}

// maxAssets bounds how many files are looked at.
const maxAssets = 1_000_000

// Plan looks at both folders of a route.
func (e *Control) Plan(route string) (Plan, error) {
	s, err := ReadState(e.StateFile)
	if err != nil {
		return Plan{}, fmt.Errorf("plan for route %s: %w", route, err)
	}
	r, err := s.Route(route)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Route: r.Name, URL: e.URL + r.Prefix, StateFile: e.StateFile, Disabled: len(r.Disabled) > 0, Assets: -1}
	p.NoStore = r.storedNowhere(time.Now())
	for _, edge := range e.edges.of(route) {
		p.Edges = append(p.Edges, e.edges.forgetting(edge, r, aboutOf(nil, nil)))
	}
	references := map[string]bool{}
	if err := eachAsset(r.Fallback, func(name string) bool { references[name] = true; return true }); err != nil {
		return Plan{}, fmt.Errorf("plan for route %s: look at its references: %w", route, err)
	}
	p.References = len(references)
	if r.proxied() {
		return p, nil
	}
	p.Assets = 0
	err = eachAsset(r.Origin, func(name string) bool {
		p.Assets++
		if !references[name] {
			p.Missing++
			if len(p.Sample) < 10 {
				p.Sample = append(p.Sample, name)
			}
		}
		return true
	})
	if err != nil {
		return Plan{}, fmt.Errorf("plan for route %s: look at its deliveries: %w", route, err)
	}
	return p, nil
}

// eachAsset yields the files of a folder that the gateway would serve, sorted,
// until yield returns false.
func eachAsset(dir string, yield func(name string) bool) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	n := 0
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && name != ".":
			return fs.SkipDir
		case !d.Type().IsRegular() || !goodName(name):
			return nil
		}
		if n++; n > maxAssets {
			return fmt.Errorf("more than %d files: %w", maxAssets, journal.ErrTooLarge)
		}
		if !yield(name) {
			return fs.SkipAll
		}
		return nil
	})
}
