package delivery

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestEdgesConfig says in one sentence what is wrong with an edge, or with what stands in front of a route.
func TestEdgesConfig(t *testing.T) {
	t.Parallel()
	route := RouteConfig{Prefix: "/c/", Origin: "out", Fallback: "ref", Edges: []string{"front"}, URL: "https://img.example.org/c/"}
	with := func(change func(*RouteConfig)) RouteConfig { r := route; change(&r); return r }
	for _, row := range []struct {
		edge  EdgeConfig
		route RouteConfig
		want  string
	}{
		{EdgeConfig{Kind: "nginx"}, route, ""},
		{EdgeConfig{Kind: "haproxy", Admin: "/run/h.sock", Map: "/etc/h.map"}, route, ""},
		{EdgeConfig{Kind: "haproxy", Admin: "127.0.0.1:9999", Map: "/etc/h.map"}, route, ""},
		{EdgeConfig{Kind: "varnish", Admin: "127.0.0.1:6082", SecretFile: "/etc/secret"}, route, ""},
		{EdgeConfig{Kind: "caddy", Admin: "http://127.0.0.1:2019"}, route, ""},
		{EdgeConfig{Kind: "caddy", Admin: "unix//run/caddy.sock"}, route, ""},
		{EdgeConfig{Kind: "apache"}, route, `edge front: kind "apache": use one of caddy, cloudflare, cloudfront, command, fastly, haproxy, nginx, nginx-map, varnish, webhook`},
		{EdgeConfig{Kind: "haproxy", Map: "/etc/h.map"}, route, "admin is the socket"},
		{EdgeConfig{Kind: "haproxy", Admin: "/run/h.sock", Map: "/etc/h map"}, route, "map is the path"},
		{EdgeConfig{Kind: "varnish", Admin: "6082", SecretFile: "/etc/secret"}, route, "management port"},
		{EdgeConfig{Kind: "varnish", Admin: "127.0.0.1:6082", SecretFile: "secret"}, route, "secretFile"},
		{EdgeConfig{Kind: "caddy", Admin: "127.0.0.1:2019"}, route, "admin API"},
		{EdgeConfig{Kind: "fastly", Service: "SU1Z0isxPaozGVKXdv0eY", TokenEnv: "FASTLY_TOKEN"}, route, ""},
		{EdgeConfig{Kind: "fastly", Service: "a/b", TokenEnv: "FASTLY_TOKEN"}, route, "service is the id"},
		{EdgeConfig{Kind: "fastly", Service: "SU1Z0isxPaozGVKXdv0eY", TokenEnv: "k2Jd8sLq0ZpXm4Vn7Bt1Rw5Yc9Ef3Gh6"}, route, "tokenEnv must be the name"},
		{EdgeConfig{Kind: "fastly", Service: "SU1Z0isxPaozGVKXdv0eY", TokenEnv: "T", API: "https://user:pw@host"}, route, "api is an http"},
		{EdgeConfig{Kind: "cloudflare", Zone: "023e105f4ecef8ad9ca31a8372d0c353", TokenEnv: "CLOUDFLARE_TOKEN", API: "http://127.0.0.1:1"}, route, ""},
		{EdgeConfig{Kind: "cloudflare", TokenEnv: "CLOUDFLARE_TOKEN"}, route, "zone is the id"},
		{EdgeConfig{Kind: "cloudflare", Zone: "023e105f4ecef8ad9ca31a8372d0c353"}, route, "tokenEnv must be the name"},
		{EdgeConfig{Kind: "cloudfront", Distribution: "EDFDVBD6EXAMPLE", Tags: true}, route, ""},
		{EdgeConfig{Kind: "cloudfront"}, route, "distribution is the id"},
		{EdgeConfig{Kind: "cloudfront", Distribution: "EDFDVBD6EXAMPLE", TokenEnv: "T"}, route, "tokenEnv is not for this kind"},
		{EdgeConfig{Kind: "webhook", URL: "https://example.org/hook", SecretEnv: "HOOK_SECRET"}, route, ""},
		{EdgeConfig{Kind: "webhook", SecretEnv: "HOOK_SECRET"}, route, "url is the http or https address"},
		{EdgeConfig{Kind: "webhook", URL: "https://example.org/hook", SecretEnv: "whsec_abc"}, route, "secretEnv must be the name"},
		{EdgeConfig{Kind: "command", Command: []string{"/usr/local/bin/purge", "--all"}, Env: []string{"TOKEN"}, Timeout: time.Second}, route, ""},
		{EdgeConfig{Kind: "command", Command: []string{"purge"}}, route, "absolute path"},
		{EdgeConfig{Kind: "command", Command: []string{"/bin/purge"}, Env: []string{"A=b"}}, route, "env must be names"},
		{EdgeConfig{Kind: "command", Command: []string{"/bin/purge"}, Timeout: time.Minute}, route, "timeout is at most 20s"},
		{EdgeConfig{Kind: "nginx-map", Map: "/etc/nginx/safelight.conf", Test: []string{"/usr/sbin/nginx", "-t"}, Reload: []string{"/usr/sbin/nginx", "-s", "reload"}}, route, ""},
		{EdgeConfig{Kind: "nginx-map", Map: "safelight.conf", Test: []string{"/usr/sbin/nginx", "-t"}, Reload: []string{"/usr/sbin/nginx"}}, route, "map is the path"},
		{EdgeConfig{Kind: "nginx-map", Map: "/m", Test: []string{"nginx", "-t"}, Reload: []string{"/usr/sbin/nginx"}}, route, "test is nginx's checker"},
		{EdgeConfig{Kind: "nginx-map", Map: "/m", Test: []string{"/usr/sbin/nginx", "-t"}}, route, "reload is what"},
		{EdgeConfig{Kind: "nginx-map", Map: "/m", Test: []string{"/n"}, Reload: []string{"/n"}, Settle: time.Minute}, route, "settle is as long"},
		{EdgeConfig{Kind: "nginx"}, with(func(r *RouteConfig) { r.Edges = []string{"back"} }), `edge "back" is not among the edges [front]`},
		{EdgeConfig{Kind: "nginx"}, with(func(r *RouteConfig) { r.URL = "" }), "write the url"},
		{EdgeConfig{Kind: "nginx"}, with(func(r *RouteConfig) { r.URL = "https://img.example.org/other/" }), "whose path is /c/"},
		{EdgeConfig{Kind: "nginx"}, with(func(r *RouteConfig) { r.URL = "ftp://img.example.org/c/" }), "write an http URL"},
	} {
		err := Config{Routes: map[string]RouteConfig{"c": row.route}, Edges: map[string]EdgeConfig{"front": row.edge}}.Validate()
		if got := ""; err != nil {
			got = err.Error()
			if row.want == "" || !strings.Contains(got, row.want) {
				t.Errorf("%+v: %s; want %q", row.edge, got, row.want)
			}
		} else if row.want != "" {
			t.Errorf("%+v, %+v: no error; want %q", row.edge, row.route, row.want)
		}
	}
}

// fake is an edge that writes down what it is told.
type fake struct {
	can      Abilities
	diverted []string
	purged   []Purge
	fails    bool
}

func (f *fake) abilities() Abilities { return f.can }

func (f *fake) divert(_ context.Context, prefixes []string) error {
	if f.fails {
		return errors.New("away")
	}
	f.diverted = prefixes
	return nil
}

func (f *fake) purge(_ context.Context, p Purge) error {
	if f.fails {
		return errors.New("away")
	}
	f.purged = append(f.purged, p)
	return nil
}

func (f *fake) check(context.Context) error { return nil }

// before puts a fake edge before the route of a site, which was known there already.
func (s *site) before(f *fake) {
	s.t.Helper()
	s.control = s.reopened(f)
	if err := s.control.edges.told.set("front", "catalogue", 0); err != nil {
		s.t.Fatal(err)
	}
}

// reopened is a control of another process, after this one has ended.
func (s *site) reopened(f *fake) *Control {
	c := s.control
	config := Config{Routes: map[string]RouteConfig{"catalogue": {Prefix: "/catalogue/", Origin: s.path("out"), Fallback: s.path("ref"), Edges: []string{"front"}}}}
	e := edges{config: config, named: map[string]*edge{"front": {driver: f, name: "front", kind: "fake"}}, told: &told{file: s.path("edges.json")}}
	return &Control{StateFile: c.StateFile, URL: c.URL, edges: e}
}

// TestEdgesAreToldOnce tells an edge of each change once, over a restart too, and of what it has missed when it is back.
func TestEdgesAreToldOnce(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	f := &fake{can: Abilities{Diverts: true, Stores: true, PurgesTags: true}}
	s.before(f)
	tags := func(want ...string) {
		t.Helper()
		var got []string
		for _, p := range f.purged {
			got = append(got, p.Tags...)
		}
		if f.purged = nil; !slices.Equal(got, want) {
			t.Errorf("purged %v, want %v", got, want)
		}
	}
	hold := func(path, item string) error {
		return s.control.Hold(t.Context(), "catalogue", Held{Path: path, Item: item, Since: time.Now()})
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(hold("a1.png", "Q-1"))
	tags(tagOf("catalogue", "a1.png"))
	must(hold("a1.png", "Q-1"))
	s.control = s.reopened(f)
	must(hold("a1.png", "Q-1"))
	tags()
	if !slices.Equal(f.diverted, []string{"/catalogue/"}) {
		t.Errorf("diverted %v", f.diverted)
	}
	f.fails = true
	if err := hold("a2.png", "Q-2"); err == nil {
		t.Error("an edge that is away was told")
	}
	if err := hold("a3.png", "Q-3"); err == nil {
		t.Error("an edge that is away was told")
	}
	f.fails = false
	s.control = s.reopened(f)
	must(hold("a3.png", "Q-3"))
	tags(Tag("catalogue")) // it missed two changes: what they were about is not known any more
	must(s.control.Lift(t.Context(), "Q-1", "Q-2", "Q-3"))
	tags(tagOf("catalogue", "a1.png"), tagOf("catalogue", "a2.png"), tagOf("catalogue", "a3.png"))
	if len(f.diverted) != 0 {
		t.Errorf("diverted %v", f.diverted)
	}
}

// TestPurgeOf names what is to be forgotten in the best way that an edge knows.
func TestPurgeOf(t *testing.T) {
	t.Parallel()
	r := Route{Name: "c", Prefix: "/c/"}
	for name, row := range map[string]struct {
		can   Abilities
		paths []string
		want  Purge
	}{
		"a route":                      {Abilities{PurgesTags: true, PurgesPrefixes: true}, nil, Purge{Tags: []string{"safelight-c"}, Prefixes: []string{"/c/"}}},
		"a path":                       {Abilities{PurgesTags: true, PurgesPaths: true}, []string{"é.png"}, Purge{Tags: []string{tagOf("c", "é.png")}, Paths: []string{"/c/é.png"}}},
		"a path without tags":          {Abilities{PurgesPaths: true}, []string{"a.png"}, Purge{Paths: []string{"/c/a.png"}}},
		"a path by tags alone":         {Abilities{PurgesTags: true}, []string{"a.png"}, Purge{Tags: []string{tagOf("c", "a.png")}}},
		"a path where it knows none":   {Abilities{PurgesPrefixes: true}, []string{"a.png"}, Purge{Prefixes: []string{"/c/"}}},
		"a route without tags":         {Abilities{PurgesPaths: true, PurgesPrefixes: true}, nil, Purge{Prefixes: []string{"/c/"}}},
		"a route where there is a tag": {Abilities{PurgesPaths: true, PurgesTags: true}, nil, Purge{Tags: []string{"safelight-c"}}},
	} {
		if got := purgeOf(row.can, r, row.paths); !slices.Equal(got.Tags, row.want.Tags) || !slices.Equal(got.Paths, row.want.Paths) || !slices.Equal(got.Prefixes, row.want.Prefixes) {
			t.Errorf("%s: %+v, want %+v", name, got, row.want)
		}
	}
}

// TestEdgeThatLies takes every order and goes on as before: the probe tells.
func TestEdgeThatLies(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	s.before(&fake{can: Abilities{Stores: true, PurgesTags: true}})
	cached := s.get("GET", "/catalogue/a1.png")
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), cached.header)
		w.Write([]byte(cached.body))
	}))
	t.Cleanup(liar.Close)
	route := s.control.edges.config.Routes["catalogue"]
	route.URL = liar.URL + "/catalogue/"
	s.control.edges.config.Routes["catalogue"] = route
	s.control.Timeout = 300 * time.Millisecond
	if err := s.control.Disable(t.Context(), "catalogue", "PM-1", "M1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.control.Probe(t.Context(), "catalogue", true); err == nil || !strings.Contains(err.Error(), "with an answer of the route while it was enabled") {
		t.Errorf("an edge that serves what it had: %v", err)
	}
	if _, known := s.control.edges.told.generation("front", "catalogue"); known {
		t.Error("an edge that does not follow is not told again")
	}
}

// TestEdgeByAnotherPath proves nothing where the edge follows and its origin gives what is out by a doubled slash.
func TestEdgeByAnotherPath(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	s.before(&fake{can: Abilities{Diverts: true}})
	origin := s.get("GET", "/catalogue/a1.png").body
	var otherwise atomic.Pointer[http.HandlerFunc]
	answers := func(h http.HandlerFunc) { otherwise.Store(&h) }
	answers(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(origin)) })
	gateway := s.server.Config.Handler
	careless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "//catalogue/") {
			(*otherwise.Load())(w, r)
			return
		}
		gateway.ServeHTTP(w, r)
	}))
	t.Cleanup(careless.Close)
	route := s.control.edges.config.Routes["catalogue"]
	route.URL = careless.URL + "/catalogue/"
	s.control.edges.config.Routes["catalogue"] = route
	if err := s.control.Hold(t.Context(), "catalogue", Held{Path: "a1.png", Item: "Q-1", Since: time.Now()}); err != nil {
		t.Fatal(err)
	}
	prove := func() error {
		_, err := s.control.ProbePath(t.Context(), "catalogue", "a1.png", true)
		return err
	}
	s.control.Timeout = 300 * time.Millisecond
	if err := prove(); err == nil || !strings.Contains(err.Error(), careless.URL+"//catalogue/a1.png: ") || !strings.Contains(err.Error(), "doubled slash") {
		t.Errorf("the delivered image by a doubled slash: %v", err)
	}
	s.control.Timeout = 0
	for what, answer := range map[string]http.HandlerFunc{
		"nothing": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"a redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/catalogue/a1.png")
			w.WriteHeader(http.StatusMovedPermanently)
		},
		"another page": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("welcome")) },
		"no answer":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		answers(answer)
		if err := prove(); err != nil {
			t.Errorf("%s by a doubled slash: %v", what, err)
		}
	}
}

// TestAsked answers an edge that asks, whatever way the address is written.
func TestAsked(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	ask := func(uri string) answer { return s.get("GET", askPath, askedHeader, uri) }
	if a := ask("/catalogue/a1.png"); a.status != http.StatusNoContent || a.header.Get(generationHeader) == "" {
		t.Errorf("enabled: %d %v", a.status, a.header)
	}
	if a := ask("/elsewhere/a1.png"); a.status != http.StatusNoContent || a.header.Get(generationHeader) != "" {
		t.Errorf("no route: %d %v", a.status, a.header)
	}
	before := ask("/catalogue/a1.png").header.Get(generationHeader)
	if err := s.control.Hold(t.Context(), "catalogue", Held{Path: "sub/é b.jpg", Item: "Q-1", Since: time.Now()}); err != nil {
		t.Fatal(err)
	}
	for uri, want := range map[string]int{
		"/catalogue/sub/%C3%A9%20b.jpg": 403, "/catalogue//sub/../sub/%c3%a9%20b.jpg?w=200": 403, "/%63atalogue/sub/é b.jpg": 403,
		"/catalogue/sub/é b.jpg//": 403, `/x\..\catalogue/%5csub\é b.jpg`: 403,
		"/catalogue/a1.png": 204, "/catalogue/sub/": 204, "": 204, "%zz": 204,
	} {
		if a := ask(uri); a.status != want {
			t.Errorf("%s: status %d, want %d", uri, a.status, want)
		}
	}
	if after := ask("/catalogue/a1.png").header.Get(generationHeader); after == before {
		t.Error("the generation is the same after a change")
	}
	s.disable()
	if a := ask("/catalogue/a1.png"); a.status != http.StatusForbidden || a.route != "catalogue; disabled" {
		t.Errorf("disabled: %d %q", a.status, a.route)
	}
	write(t, filepath.Join(s.dir, "gateway.json"), "{")
	if a := ask("/catalogue/a1.png"); a.status != http.StatusForbidden {
		t.Errorf("without a state: %d", a.status)
	}
}
