package delivery

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Config is the part of safelight.yaml that says where the built-in gateway
// listens and what it serves.
type Config struct {
	// Listen is host:port; empty means 127.0.0.1:8322.
	Listen string `yaml:"listen"`
	// Routes by name.
	Routes map[string]RouteConfig `yaml:"routes"`
	// Edges are the servers in front of the gateway, by name.
	Edges map[string]EdgeConfig `yaml:"edges"`
}

// RouteConfig is one delivery route.
type RouteConfig struct {
	// Prefix of the URL path, such as /catalogue/.
	Prefix string `yaml:"prefix"`
	// Origin is the folder of delivered images, or the http URL of the server that has them.
	Origin string `yaml:"origin"`
	// Fallback is the folder of references, under the same relative names.
	Fallback string `yaml:"fallback"`
	// Placeholder is an image that stands in where there is no reference; a grey square by default.
	Placeholder string `yaml:"placeholder"`
	// Edges are those in front of the route, from the gateway outwards. They pass the path of the URL on as it is.
	Edges []string `yaml:"edges"`
	// URL is where the public finds the route behind its edges, such as https://img.example.org/catalogue/.
	URL string `yaml:"url"`
}

// DefaultListen is where the gateway listens unless told otherwise.
const DefaultListen = "127.0.0.1:8322"

const maxRoutes = 1000

var routeName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// Validate says what is wrong with c in one sentence, or nil.
func (c Config) Validate() error {
	if l := c.Listen; l != "" {
		_, port, err := net.SplitHostPort(l)
		if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
			return fmt.Errorf("gateway: listen %q: write host:port such as %s: %w", l, DefaultListen, journal.ErrInvalid)
		}
	}
	err := checkRoutes(c.routes())
	if err == nil {
		err = c.checkEdges()
	}
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	return nil
}

// absoluteRoutes gives the routes with folders made absolute, since the
// gateway may run in another folder than who writes its state.
func (c Config) absoluteRoutes() ([]Route, error) {
	routes := c.routes()
	for i := range routes {
		r := &routes[i]
		for _, name := range []*string{&r.Origin, &r.Fallback, &r.Placeholder} {
			if *name == "" || name == &r.Origin && r.proxied() {
				continue
			}
			full, err := filepath.Abs(*name)
			if err != nil {
				return nil, fmt.Errorf("route %s: find %s: %w", r.Name, *name, err)
			}
			*name = full
		}
	}
	return routes, nil
}

func (c Config) routes() []Route {
	var routes []Route
	for _, n := range slices.Sorted(maps.Keys(c.Routes)) {
		r := c.Routes[n]
		routes = append(routes, Route{Name: n, Prefix: r.Prefix, Origin: r.Origin, Fallback: r.Fallback, Placeholder: r.Placeholder})
	}
	return routes
}

// checkRoutes holds for the configuration and for the state file alike.
func checkRoutes(routes []Route) error {
	if len(routes) > maxRoutes {
		return fmt.Errorf("%d routes, the limit is %d: %w", len(routes), maxRoutes, journal.ErrTooLarge)
	}
	names := map[string]bool{}
	for i, r := range routes {
		if err := r.check(); err != nil {
			return err
		}
		if names[r.Name] {
			return fmt.Errorf("route %s is named twice: %w", r.Name, journal.ErrInvalid)
		}
		names[r.Name] = true
		for _, o := range routes[:i] {
			if strings.HasPrefix(r.Prefix, o.Prefix) || strings.HasPrefix(o.Prefix, r.Prefix) {
				return fmt.Errorf("routes %s and %s overlap: %s and %s: %w", o.Name, r.Name, o.Prefix, r.Prefix, journal.ErrInvalid)
			}
		}
	}
	return nil
}

func (r Route) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("route %s: %s: %w", r.Name, fmt.Sprintf(format, args...), journal.ErrInvalid)
	}
	switch {
	case !routeName.MatchString(r.Name):
		return fmt.Errorf("route %q: use a-z, 0-9 and dashes, a letter first: %w", r.Name, journal.ErrInvalid)
	case !goodPrefix(r.Prefix):
		return bad("prefix %q: write a URL path that begins and ends with a slash, such as /catalogue/", r.Prefix)
	case strings.HasPrefix(r.Prefix, "/-/") || r.Prefix == "/":
		return bad("prefix %q: / and /-/ are the gateway's own", r.Prefix)
	case r.Origin == "" || r.Fallback == "":
		return bad("name both an origin and a fallback")
	case r.proxied() && !goodURL(r.Origin):
		return bad("origin %q: write an http URL with a host and without user, query and fragment", r.Origin)
	case !r.proxied() && filepath.Clean(r.Origin) == filepath.Clean(r.Fallback):
		return bad("origin and fallback are one folder, so disabling would change nothing")
	case r.Placeholder != "" && contentType(r.Placeholder) == octets:
		return bad("placeholder %q is not an image by its name", r.Placeholder)
	}
	return r.checkHeld()
}

func goodPrefix(p string) bool {
	return len(p) <= 500 && strings.HasPrefix(p, "/") && strings.HasSuffix(p, "/") && !strings.ContainsAny(p, "?#%\\ \r\n\t\x00") &&
		(p == "/" || path.Clean(p)+"/" == p)
}

func goodURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// proxied tells whether the origin is a server and not a folder.
func (r Route) proxied() bool {
	return strings.HasPrefix(r.Origin, "http://") || strings.HasPrefix(r.Origin, "https://")
}
