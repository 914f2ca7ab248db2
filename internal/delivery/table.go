package delivery

import (
	"log/slog"
	"net/http/httputil"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
)

// table is what the gateway serves by, between two changes of the state file.
// It is never changed once it is published, except for the flags in it.
type table struct {
	info    os.FileInfo // of the file that was read; nil to read it again at once
	routes  []*served
	problem error // why the state file does not count; all routes serve references then
}

// served is a route with what serving it needs.
type served struct {
	Route
	proxy   *httputil.ReverseProxy // nil where the origin is a folder
	revoked *atomic.Bool           // the origin must not be sent any more, not even the rest of an answer
	held    *atomic.Pointer[holds] // single paths of which the same is true; answers on their way see it change
	failing atomic.Bool            // the origin is known to fail, so that it is logged once
}

// state is what the route says of itself in each answer.
func (t *table) state(s *served) string {
	switch {
	case t.problem != nil:
		return stateFallback
	case len(s.Disabled) > 0:
		return stateDisabled
	}
	return stateEnabled
}

// find gives the route of a URL path and the rest of the path.
func (t *table) find(path string) (*served, string) {
	for _, s := range t.routes {
		if rel, ok := strings.CutPrefix(path, s.Prefix); ok {
			return s, rel
		}
	}
	return nil, ""
}

// current gives the table of the state file as it is now. One stat per
// request is enough, since the file is replaced and never written in place.
func (g *Gateway) current() *table {
	if t := g.table.Load(); t.fresh(g.file) {
		return t
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	old := g.table.Load()
	if old.fresh(g.file) {
		return old // another request has read it
	}
	s, info, err := readState(g.file)
	t := &table{info: info, problem: err, routes: old.routes}
	if err == nil {
		t.routes = g.build(old, s.Routes)
	}
	g.table.Store(t)
	revoke(old, t)
	g.report(old, t)
	return t
}

func (t *table) fresh(file string) bool {
	info, err := os.Stat(file)
	return err == nil && t.info != nil && sameFile(info, t.info)
}

// build keeps what a route has running where nothing about it has changed.
func (g *Gateway) build(old *table, routes []Route) []*served {
	list := make([]*served, len(routes))
	for i, r := range routes {
		was := old.named(r.Name)
		if was != nil && reflect.DeepEqual(was.Route, r) && !was.revoked.Load() {
			list[i] = was
			continue
		}
		s := &served{Route: r, revoked: new(atomic.Bool), held: new(atomic.Pointer[holds])}
		if was != nil && was.Origin == r.Origin && len(was.Disabled) == 0 && len(r.Disabled) == 0 && !was.revoked.Load() {
			s.revoked, s.held = was.revoked, was.held
		}
		held := r.holds()
		s.held.Store(&held)
		if r.proxied() {
			s.proxy = g.proxy(r.Origin)
		}
		list[i] = s
	}
	return list
}

func (t *table) named(name string) *served {
	for _, s := range t.routes {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// revoke cuts the answers that are still sending an origin which the new
// table does not serve any more: a large image may take minutes to a slow client.
func revoke(old, now *table) {
	for _, was := range old.routes {
		is := now.named(was.Name)
		if is == nil || now.state(is) != stateEnabled || is.revoked != was.revoked {
			was.revoked.Store(true)
		}
	}
}

// report logs that the state file has become bad or good, once each.
func (g *Gateway) report(old, now *table) {
	switch {
	case now.problem != nil && old.problem == nil:
		g.log.Error("the gateway serves references only", slog.String("problem", now.problem.Error()))
	case now.problem == nil && old.problem != nil:
		g.log.Info("the gateway serves by its state file again", slog.Int("routes", len(now.routes)))
	}
}
