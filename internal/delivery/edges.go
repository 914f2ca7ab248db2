package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// EdgeConfig is one server in front of the gateway. Which of the fields an edge needs depends on its kind; docs/edges.md has
// for each kind what the server itself is to be told.
type EdgeConfig struct {
	// Kind is nginx, nginx-map, haproxy, varnish, caddy, fastly, cloudflare, cloudfront, webhook or command.
	Kind string `yaml:"kind"`
	// Admin is where the server takes orders: host:port of Varnish's management port, the URL of Caddy's admin API, the
	// socket of HAProxy's Runtime API.
	Admin string `yaml:"admin"`
	// SecretFile is the file of Varnish's secret.
	SecretFile string `yaml:"secretFile"`
	// Map is the file of HAProxy's map, by the name that HAProxy's own configuration gives it, or that of the maps of an
	// nginx-map.
	Map string `yaml:"map"`
	// Test and Reload are the commands of an nginx-map that check and read its configuration.
	Test   []string `yaml:"test"`
	Reload []string `yaml:"reload"`
	// Settle is how long old workers of an nginx-map live after a reload (worker_shutdown_timeout): 1s by default, 3s at most.
	Settle time.Duration `yaml:"settle"`
	// ID is that of the route of Caddy's that leads to the gateway; safelight by default.
	ID string `yaml:"id"`
	// TokenEnv names the environment variable with the token of Fastly's or Cloudflare's API.
	TokenEnv string `yaml:"tokenEnv"`
	// API stands in for the address of a CDN's API, such as that of a proxy.
	API string `yaml:"api"`
	// Service is the id of Fastly's service, Zone that of Cloudflare's zone, Distribution that of CloudFront's distribution.
	Service      string `yaml:"service"`
	Zone         string `yaml:"zone"`
	Distribution string `yaml:"distribution"`
	// Tags says that CloudFront's distribution reads tags from Cache-Tag (CacheTagConfig).
	Tags bool `yaml:"tags"`
	// URL is where a webhook listens.
	URL string `yaml:"url"`
	// SecretEnv names the environment variable with the secret (whsec_…) that signs what a webhook is told.
	SecretEnv string `yaml:"secretEnv"`
	// Command is the program of a command hook, by its absolute path, with its arguments.
	Command []string `yaml:"command"`
	// Env names environment variables that the command is told.
	Env []string `yaml:"env"`
	// Timeout is how long the command may take: 10s by default, 20s at most.
	Timeout time.Duration `yaml:"timeout"`
	// AccessLog is where the server says what it has answered, for impact reports and plans.
	AccessLog AccessLogConfig `yaml:"accessLog"`
}

// kinds of edges: what a configuration needs, and the driver that it makes.
var kinds = map[string]struct {
	check func(EdgeConfig) string // what is wrong, in a few words
	open  func(name string, c EdgeConfig) driver
}{
	"nginx": {
		func(EdgeConfig) string { return "" },
		func(string, EdgeConfig) driver { return nginx{} },
	},
	"nginx-map": {
		func(c EdgeConfig) string {
			switch {
			case !filepath.IsAbs(c.Map) || strings.ContainsAny(c.Map, " \t\r\n;\\"):
				return "map is the path of the file that nginx includes, such as /etc/nginx/safelight.conf, without spaces"
			case wrongCommand(c.Test):
				return "test is nginx's checker by its absolute path, such as [/usr/sbin/nginx, -t]"
			case wrongCommand(c.Reload):
				return "reload is what has nginx read its configuration, by its absolute path, such as [/usr/sbin/nginx, -s, reload]"
			case c.Settle < 0 || c.Settle > longestSettle:
				return fmt.Sprintf("settle is as long as worker_shutdown_timeout, and at most %v", longestSettle)
			}
			return ""
		},
		func(name string, c EdgeConfig) driver {
			run := func(args []string) *command { return newCommand(name, EdgeConfig{Command: args}) }
			return &nginxMap{name, c.Map, run(c.Test), run(c.Reload), cmp.Or(c.Settle, usualSettle)}
		},
	},
	"haproxy": {
		func(c EdgeConfig) string {
			switch {
			case !filepath.IsAbs(c.Admin) && !goodAddress(c.Admin):
				return "admin is the socket of the Runtime API, as a path such as /run/haproxy/admin.sock or as host:port"
			case !filepath.IsAbs(c.Map) || strings.ContainsAny(c.Map, " \t\r\n;\\"):
				return "map is the path of the map's file, such as /etc/haproxy/safelight.map, without spaces"
			}
			return ""
		},
		func(name string, c EdgeConfig) driver { return &haproxy{name, c.Admin, c.Map} },
	},
	"varnish": {
		func(c EdgeConfig) string {
			switch {
			case !goodAddress(c.Admin):
				return "admin is host:port of the management port (varnishd -T)"
			case !filepath.IsAbs(c.SecretFile):
				return "secretFile is the path of the secret (varnishd -S), such as /etc/varnish/secret"
			}
			return ""
		},
		func(name string, c EdgeConfig) driver { return &varnish{name, c.Admin, c.SecretFile} },
	},
	"caddy": {
		func(c EdgeConfig) string {
			if u, err := url.Parse(c.Admin); !strings.HasPrefix(c.Admin, "unix//") && (err != nil || u.Scheme != "http" || u.Host == "") {
				return "admin is the admin API, such as http://127.0.0.1:2019 or unix//run/caddy/admin.sock"
			}
			return ""
		},
		func(name string, c EdgeConfig) driver { return newCaddy(name, c.Admin, c.ID) },
	},
	"fastly": {
		func(c EdgeConfig) string {
			if !serviceID.MatchString(c.Service) {
				return "service is the id of the service, such as SU1Z0isxPaozGVKXdv0eY"
			}
			return wrongToken(c)
		},
		func(name string, c EdgeConfig) driver { return newFastly(name, c) },
	},
	"cloudflare": {
		func(c EdgeConfig) string {
			if !serviceID.MatchString(c.Zone) {
				return "zone is the id of the zone, 32 hexadecimal digits"
			}
			return wrongToken(c)
		},
		func(name string, c EdgeConfig) driver { return newCloudflare(name, c) },
	},
	"cloudfront": {
		func(c EdgeConfig) string {
			switch {
			case !serviceID.MatchString(c.Distribution):
				return "distribution is the id of the distribution, such as EDFDVBD6EXAMPLE"
			case c.TokenEnv != "":
				return "tokenEnv is not for this kind: credentials are found where the programs of AWS find them"
			}
			return wrongAPI(c)
		},
		func(name string, c EdgeConfig) driver { return newCloudfront(name, c) },
	},
	"webhook": {
		func(c EdgeConfig) string {
			switch {
			case c.URL == "" || !goodAPI(c.URL):
				return "url is the http or https address that changes are posted to, without user and password"
			case !goodVariable(c.SecretEnv):
				return "secretEnv must be the name of an environment variable"
			}
			return ""
		},
		func(name string, c EdgeConfig) driver { return newWebhook(name, c) },
	},
	"command": {
		func(c EdgeConfig) string {
			switch {
			case wrongCommand(c.Command):
				return "command is the program by its absolute path and its arguments, such as [/usr/local/bin/purge, --all]"
			case slices.ContainsFunc(c.Env, func(name string) bool { return !goodVariable(name) }):
				return "env must be names of environment variables"
			case c.Timeout < 0 || c.Timeout > longestTime:
				return fmt.Sprintf("timeout is at most %v", longestTime)
			}
			return ""
		},
		func(name string, c EdgeConfig) driver { return newCommand(name, c) },
	},
}

// wrongCommand tells whether a program is not named by its absolute path.
func wrongCommand(args []string) bool {
	return len(args) == 0 || len(args) > maxArgs || !filepath.IsAbs(args[0])
}

// serviceID is that of a service, a zone or a distribution, which go into paths.
var serviceID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func wrongToken(c EdgeConfig) string {
	if !goodVariable(c.TokenEnv) {
		return "tokenEnv must be the name of an environment variable"
	}
	return wrongAPI(c)
}

func wrongAPI(c EdgeConfig) string {
	if !goodAPI(c.API) {
		return "api is an http or https address without user and password, or left out"
	}
	return ""
}

func goodAddress(s string) bool {
	host, port, err := net.SplitHostPort(s)
	return err == nil && host != "" && port != ""
}

const maxEdges = 50

func (c Config) checkEdges() error {
	if len(c.Edges) > maxEdges {
		return fmt.Errorf("%d edges, the limit is %d: %w", len(c.Edges), maxEdges, journal.ErrTooLarge)
	}
	for name, e := range c.Edges {
		kind, known := kinds[e.Kind]
		if !routeName.MatchString(name) {
			return fmt.Errorf("edge %q: use a-z, 0-9 and dashes, a letter first: %w", name, journal.ErrInvalid)
		}
		if !known {
			return misconfigured(name, "kind %q: use one of %s", e.Kind, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
		}
		if wrong := cmp.Or(kind.check(e), e.AccessLog.check()); wrong != "" {
			return misconfigured(name, "%s", wrong)
		}
	}
	for name, r := range c.Routes {
		if err := c.checkFront(name, r); err != nil {
			return err
		}
	}
	return nil
}

// checkFront looks at what stands in front of a route.
func (c Config) checkFront(name string, r RouteConfig) error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("route %s: %s: %w", name, fmt.Sprintf(format, args...), journal.ErrInvalid)
	}
	for _, e := range r.Edges {
		if _, ok := c.Edges[e]; !ok {
			return bad("edge %q is not among the edges %v", e, slices.Sorted(maps.Keys(c.Edges)))
		}
	}
	if r.URL == "" {
		if len(r.Edges) > 0 {
			return bad("write the url where the public finds it behind its edges, so that they can be probed")
		}
		return nil
	}
	u, err := url.Parse(r.URL)
	if err != nil || !goodURL(r.URL) || u.Path != r.Prefix || u.Scheme != "http" && u.Scheme != "https" {
		return bad("url %q: write an http URL with a host whose path is %s, since the edges pass the path on as it is", r.URL, r.Prefix)
	}
	return nil
}

// edges are the drivers of what stands in front of the gateway.
type edges struct {
	config Config
	named  map[string]*edge
	told   *told
}

type edge struct {
	driver
	name, kind string
	// One at a time reads the state file and tells the edge: what is told last is what was read last.
	mu sync.Mutex
}

func openEdges(c Config, stateFile string) edges {
	list := edges{config: c, named: map[string]*edge{}, told: &told{file: filepath.Join(filepath.Dir(stateFile), "edges.json")}}
	for name, e := range c.Edges {
		if e.Kind == "caddy" && e.ID == "" {
			e.ID = "safelight"
		}
		list.named[name] = &edge{driver: kinds[e.Kind].open(name, e), name: name, kind: e.Kind}
	}
	return list
}

// of gives the edges of a route, from the gateway outwards.
func (l edges) of(route string) []*edge {
	var list []*edge
	for _, name := range l.config.Routes[route].Edges {
		list = append(list, l.named[name])
	}
	return list
}

// routesOf gives the routes that an edge stands in front of.
func (l edges) routesOf(e *edge) []string {
	var list []string
	for name, r := range l.config.Routes {
		if slices.Contains(r.Edges, e.name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// follow makes the edges of a route do what the state file says by now. Each is told once of a change, and forgets what it
// has stored of the paths that have changed; of all the route where none is named, or where it has missed a change. The inner ones go first: an
// outer one that fetches anew must not find the old again.
func (e *Control) follow(ctx context.Context, route string, paths ...string) error {
	for _, edge := range e.edges.of(route) {
		if _, err := e.tell(ctx, edge, route, about{paths: paths}); err != nil {
			return err
		}
	}
	return nil
}

// tell brings one edge to what the state file says, and gives what it was told to forget.
func (e *Control) tell(ctx context.Context, to *edge, route string, what about) (Purge, error) {
	to.mu.Lock()
	defer to.mu.Unlock()
	s, err := e.read()
	if err != nil {
		return Purge{}, err
	}
	r, err := s.Route(route)
	told, known := e.edges.told.generation(to.name, route)
	if err != nil || known && told == r.Generation {
		return Purge{scope: purgedRoute}, err
	}
	purge := e.edges.forgets(to, r, what)
	if err := e.orders(ctx, to, s, r, purge); err != nil {
		return Purge{}, err
	}
	return purge, e.edges.told.set(to.name, route, r.Generation)
}

// forgets names what an edge is to forget for the change that has brought a route to its generation. One that was never told of the route,
// or has missed a change, forgets all of it.
func (l edges) forgets(to *edge, r Route, what about) Purge {
	if told, known := l.told.generation(to.name, r.Name); !known || told != r.Generation-1 {
		what = about{}
	}
	p := what.purge(to.abilities(), r)
	p.Site = l.site(r.Name)
	return p
}

// orders has an edge follow a change of a route.
func (e *Control) orders(ctx context.Context, to *edge, s State, r Route, purge Purge) error {
	can := to.abilities()
	if h, ok := to.driver.(listener); ok {
		return h.change(ctx, Change{
			Edge: to.name, Route: r.Name, URL: e.edges.config.Routes[r.Name].URL, Generation: r.Generation, Diverted: e.edges.diverted(to, s), Purge: purge,
		})
	}
	if l, ok := to.driver.(layered); ok {
		return l.lay(ctx, e.edges.laid(to, s), true)
	}
	if can.Diverts {
		if err := to.divert(ctx, e.edges.diverted(to, s)); err != nil {
			return err
		}
	}
	if can.Stores {
		return to.purge(ctx, purge)
	}
	return nil
}

// site is where the public finds a route, without its path.
func (l edges) site(route string) string {
	u, err := url.Parse(l.config.Routes[route].URL)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// diverted are the prefixes that an edge is to send to the gateway: of the routes that are disabled, of those of which single
// paths are held, and of those that nobody may store. Which path serves what is the gateway's to say.
func (l edges) diverted(to *edge, s State) (prefixes []string) {
	for _, r := range l.laid(to, s) {
		if r.diverted {
			prefixes = append(prefixes, r.prefix)
		}
	}
	return prefixes
}

// laid are the routes that an edge stands in front of.
func (l edges) laid(to *edge, s State) (list []laid) {
	for _, name := range l.routesOf(to) {
		if r, err := s.Route(name); err == nil {
			list = append(list, laid{r.Prefix, r.Name, r.Generation, len(r.Disabled) > 0 || len(r.Held) > 0 || r.storedNowhere(time.Now())})
		}
	}
	return list
}

// distrust has the edges of a route told again, since an answer has shown that one of them does not follow.
func (l edges) distrust(route string) {
	for _, edge := range l.of(route) {
		l.told.forget(edge.name, route)
	}
}

// manyPaths is how many paths are purged one by one. Above it the whole route is, which costs fetches and is done at once.
const manyPaths = 500

// purgeOf names what an edge is to forget in the ways that it understands: by tags, since an address may be written in many
// ways and have parameters behind it, and by address, since what was fetched past the gateway has no tags.
func purgeOf(can Abilities, r Route, paths []string) Purge {
	p := Purge{scope: purgedRoute}
	tooMany := can.MostPaths > 0 && len(paths) > can.MostPaths
	if len(paths) == 0 || len(paths) > manyPaths || tooMany && can.PurgesPrefixes || !can.PurgesTags && !can.PurgesPaths {
		if can.PurgesTags {
			p.Tags = []string{Tag(r.Name)}
		}
		if can.PurgesPrefixes {
			p.Prefixes = []string{r.Prefix}
		}
		return p
	}
	p.scope = purgedPaths
	for _, path := range paths {
		if can.PurgesTags {
			p.Tags = append(p.Tags, tagOf(r.Name, path))
		}
		if can.PurgesPaths && !tooMany {
			p.Paths = append(p.Paths, r.Prefix+path)
		}
	}
	return p
}

// Reconcile tells all edges again what to send to the gateway: one that was restarted may have forgotten it. Nothing is purged.
func (e *Control) Reconcile(ctx context.Context) error {
	if len(e.edges.named) == 0 {
		return nil
	}
	s, err := e.State()
	if err != nil {
		return err
	}
	var failed []error
	for _, edge := range e.edges.named {
		failed = append(failed, e.remind(ctx, edge, s))
	}
	return errors.Join(failed...)
}

// remind tells one edge again what to send to the gateway.
func (e *Control) remind(ctx context.Context, to *edge, s State) error {
	to.mu.Lock()
	defer to.mu.Unlock()
	l, ok := to.driver.(layered)
	switch {
	case ok:
		return l.lay(ctx, e.edges.laid(to, s), false)
	case to.abilities().Diverts:
		return to.divert(ctx, e.edges.diverted(to, s))
	}
	return nil
}

// CheckEdges asks each edge whether it can be reached and is set up for this, and gives what is wrong by its name.
func (e *Control) CheckEdges(ctx context.Context) map[string]error { return e.edges.check(ctx) }

// CheckEdges is [Control.CheckEdges] of a valid configuration. It writes no file.
func (c Config) CheckEdges(ctx context.Context) map[string]error { return openEdges(c, "").check(ctx) }

// check asks all edges at once.
func (l edges) check(ctx context.Context) map[string]error {
	ctx, cancel := context.WithTimeout(ctx, 2*edgeTime)
	defer cancel()
	var all sync.WaitGroup
	var mu sync.Mutex
	found := map[string]error{}
	for name, edge := range l.named {
		all.Go(func() {
			err := edge.check(ctx)
			mu.Lock()
			defer mu.Unlock()
			found[name] = err
		})
	}
	all.Wait()
	return found
}
