package delivery

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The states that the header [RouteHeader] says after the name of the route.
const (
	stateEnabled  = "enabled"
	stateDisabled = "disabled"
	stateFallback = "fallback"
)

// RouteHeader of each answer is "NAME; enabled", "NAME; disabled" or "NAME; fallback".
const RouteHeader = "X-Safelight-Route"

// probeHeader marks requests of [Control.Probe], which are no deliveries.
const probeHeader = "X-Safelight-Probe"

// How long caches may keep an answer. A short life bounds how long a bad image
// survives in caches that the gateway cannot reach.
const (
	cacheShort = "public, max-age=60"
	cacheNever = "no-store"
)

// Options say what a gateway works with.
type Options struct {
	StateFile string
	AccessLog string       // file that deliveries are appended to; empty keeps none
	Config    Config       // known routes, served by reference while the state file has never been readable
	Log       *slog.Logger // nil discards
}

// Gateway serves images by route. It is an [http.Handler]; close it to write
// out the access log.
type Gateway struct {
	file   string
	log    *slog.Logger
	access *accessLog
	client http.RoundTripper
	mu     sync.Mutex // one reader of the state file at a time
	table  atomic.Pointer[table]
}

// NewGateway opens the access log and reads the state file. A state file that
// cannot be read is no error: the gateway then serves references.
func NewGateway(o Options) (*Gateway, error) {
	known, err := o.Config.absoluteRoutes()
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		file: o.StateFile, log: cmp.Or(o.Log, slog.New(slog.DiscardHandler)), client: upstream(),
	}
	if g.access, err = openAccessLog(o.AccessLog, g.log); err != nil {
		return nil, err
	}
	start := &table{}
	start.routes = g.build(start, known)
	g.table.Store(start)
	g.current()
	return g, nil
}

// Close writes out the access log.
func (g *Gateway) Close() error { return g.access.Close() }

// ServeHTTP answers GET and HEAD for images of the routes, and the two pages of the gateway's own health.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := g.current()
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed)
		return
	}
	if r.URL.Path == askPath {
		g.advise(w, r, t)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/-/") {
		g.access.settle() // who asks how the gateway is may go on to read the log
		health(w, r, t)
		return
	}
	s, rel := t.find(r.URL.Path)
	if s == nil || !goodName(rel) {
		refuse(w, http.StatusNotFound)
		return
	}
	d := &exchange{ResponseWriter: w, g: g, route: s, rel: rel, source: sourceOrigin}
	defer d.record(r)
	d.serve(r, t.state(s))
}

// goodName refuses everything that could lead out of the folder or to hidden
// files. Symbolic links that lead out are refused by [os.Root].
func goodName(rel string) bool {
	return fs.ValidPath(rel) && rel != "." && !strings.HasPrefix(rel, ".") && !strings.Contains(rel, "/.") &&
		!strings.ContainsAny(rel, "\\\x00") && len(rel) <= 4096
}

func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Cache-Control", cacheNever)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, strings.ToLower(http.StatusText(status)))
}

// health tells people and load balancers how the gateway is: /-/healthy is
// good as long as it answers, /-/ready only while it serves by its state file.
func health(w http.ResponseWriter, r *http.Request, t *table) {
	if r.URL.Path != "/-/healthy" && r.URL.Path != "/-/ready" {
		refuse(w, http.StatusNotFound)
		return
	}
	w.Header().Set("Cache-Control", cacheNever)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if t.problem == nil {
		fmt.Fprintf(w, "ready: %d routes\n", len(t.routes))
		return
	}
	if r.URL.Path == "/-/ready" {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// The error names files of this machine, which is for the log alone.
	io.WriteString(w, "not ready: the state file cannot be read; references are served\n")
}

// exchange is one answer on its way. It counts what it sends and stops
// sending an origin that has been revoked.
type exchange struct {
	http.ResponseWriter
	g      *Gateway
	route  *served
	rel    string
	source string
	status int
	bytes  int64
}

// Unwrap lets [http.ResponseController] reach the connection.
func (d *exchange) Unwrap() http.ResponseWriter { return d.ResponseWriter }

// WriteHeader remembers the status.
func (d *exchange) WriteHeader(status int) {
	if d.status == 0 && status >= 200 {
		d.status = status
	}
	d.ResponseWriter.WriteHeader(status)
}

// Write sends unless the origin has been revoked meanwhile; then it cuts the
// connection, so that the client knows that the image is not whole.
func (d *exchange) Write(b []byte) (int, error) {
	if d.source == sourceOrigin && d.revoked() {
		panic(http.ErrAbortHandler)
	}
	if d.status == 0 {
		d.status = http.StatusOK
	}
	n, err := d.ResponseWriter.Write(b)
	d.bytes += int64(n)
	return n, err
}

// record writes the access log; it also runs when the answer was cut.
func (d *exchange) record(r *http.Request) {
	if r.Header.Get(probeHeader) == "" {
		d.g.access.add(access{
			At: time.Now().UTC(), Route: d.route.Name, Path: r.URL.Path, Status: d.status, Source: d.source, Bytes: d.bytes,
		})
	}
}

// mark sets the headers that every answer of a route carries.
func (d *exchange) mark(state, cache string) {
	h := d.Header()
	if d.route.storedNowhere(time.Now()) {
		cache = cacheNever
	}
	h.Set(RouteHeader, d.route.Name+"; "+state)
	h.Set("Cache-Control", cache)
	if cache != cacheNever {
		route, path := Tag(d.route.Name), tagOf(d.route.Name, d.rel)
		h.Set("Surrogate-Key", route+" "+path) // Fastly, Varnish
		h.Set("Cache-Tag", route+","+path)     // Cloudflare
	}
	h.Set("X-Content-Type-Options", "nosniff")
	// An SVG opened by itself must not run scripts on the shop's own origin.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox")
}
