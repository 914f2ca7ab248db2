package delivery

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// perSecond is how many requests the load makes; the workers share them.
const (
	perSecond = 500
	workers   = 10
)

// seen is one answer of an edge under load.
type seen struct {
	began, ended time.Time
	status       int
	what         string // the first word of the body
	whole        bool
	err          error
}

// load asks an edge for pictures, as so many clients that keep their connections.
type load struct {
	f      *front
	cancel context.CancelFunc
	done   sync.WaitGroup
	mu     sync.Mutex
	all    []seen
	grown  *sync.Cond
}

func (f *front) load() *load {
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{f: f, cancel: cancel}
	l.grown = sync.NewCond(&l.mu)
	for w := range workers {
		l.done.Go(func() { l.work(ctx, w) })
	}
	f.t.Cleanup(l.end)
	return l
}

func (l *load) work(ctx context.Context, w int) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	tick := time.NewTicker(time.Second * workers / perSecond)
	defer tick.Stop()
	for n := w; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s := seen{began: time.Now()}
		var body string
		s.status, body, s.err = l.f.fetch(context.Background(), client, n%pictures)
		s.ended = time.Now()
		s.what, _, _ = strings.Cut(body, " ")
		s.whole = body == picture(s.what, n%pictures)
		l.mu.Lock()
		l.all = append(l.all, s)
		l.grown.Broadcast()
		l.mu.Unlock()
	}
}

// more waits until so many further answers have come.
func (l *load) more(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for want := len(l.all) + n; len(l.all) < want; {
		l.grown.Wait()
	}
}

func (l *load) end() {
	l.cancel()
	l.done.Wait()
}

var fronts = []string{"nginx", "nginx-map", "haproxy", "varnish", "caddy"}

// TestEdges disables and enables a route at each real edge under load: nothing fails, no delivered image goes out once the probe
// has proven that none does, and no reference once it has been proven to be taken back.
func TestEdges(t *testing.T) {
	for _, kind := range fronts {
		t.Run(kind, func(t *testing.T) {
			f := openFront(t, kind)
			l := f.load()
			l.more(perSecond)
			disabling := time.Now()
			f.disable()
			disabled := time.Now()
			l.more(perSecond)
			enabling := time.Now()
			if _, err := f.control.Enable(t.Context(), "catalogue", "PM-1", "M1"); err != nil {
				t.Fatal(err)
			}
			f.prove(false)
			enabled := time.Now()
			l.more(perSecond)
			l.end()
			t.Logf("disabled and proven after %v, enabled and proven after %v, %d requests", disabled.Sub(disabling), enabled.Sub(enabling), len(l.all))
			wrong := 0
			for _, s := range l.all {
				want := ""
				switch {
				case s.ended.Before(disabling) || s.began.After(enabled):
					want = "bad"
				case s.began.After(disabled) && s.ended.Before(enabling):
					want = "ref"
				}
				if s.err != nil || s.status != http.StatusOK || !s.whole || want != "" && s.what != want {
					if wrong++; wrong < 10 {
						t.Errorf("asked %v after disabling began: status %d, %q, whole %v, error %v; want %q", s.began.Sub(disabling), s.status, s.what, s.whole, s.err, want)
					}
				}
			}
			if wrong > 0 {
				t.Errorf("%d of %d answers are wrong", wrong, len(l.all))
			}
		})
	}
}

// TestEdgesForget replaces the images of a disabled route: what an edge had stored of them is never served again.
func TestEdgesForget(t *testing.T) {
	for _, kind := range fronts {
		t.Run(kind, func(t *testing.T) {
			f := openFront(t, kind)
			f.want("before", "bad", 1, 2)
			f.disable()
			f.want("while it is disabled", "ref", 1, 2)
			write(t, f.path("out", "p01.png"), picture("mended", 1))
			if _, err := f.control.Enable(t.Context(), "catalogue", "PM-1", "M1"); err != nil {
				t.Fatal(err)
			}
			f.prove(false)
			f.want("after it was mended", "mended", 1)
			f.want("and the other", "bad", 2)
		})
	}
}

// TestEdgesHold holds a single path: it alone changes, and comes back.
func TestEdgesHold(t *testing.T) {
	for _, kind := range fronts {
		t.Run(kind, func(t *testing.T) {
			f := openFront(t, kind)
			f.want("before", "bad", 1, 2)
			if err := f.control.Hold(t.Context(), "catalogue", Held{Path: "p01.png", Item: "Q-1", Since: time.Now()}); err != nil {
				t.Fatal(err)
			}
			if _, err := f.control.ProbePath(t.Context(), "catalogue", "p01.png", true); err != nil {
				t.Fatal(err)
			}
			f.want("held", "ref", 1)
			f.want("beside it", "bad", 2)
			write(t, f.path("out", "p01.png"), picture("mended", 1))
			if err := f.control.Lift(t.Context(), "Q-1"); err != nil {
				t.Fatal(err)
			}
			if _, err := f.control.ProbePath(t.Context(), "catalogue", "p01.png", false); err != nil {
				t.Fatal(err)
			}
			f.want("let go", "mended", 1)
		})
	}
}

// TestEdgesRestarted crashes an edge whose route is disabled: it comes back disabled, or is told again.
func TestEdgesRestarted(t *testing.T) {
	for _, kind := range fronts {
		t.Run(kind, func(t *testing.T) {
			f := openFront(t, kind)
			f.disable()
			f.edge.stop()
			f.control.Timeout = 200 * time.Millisecond
			if _, err := f.control.Probe(t.Context(), "catalogue", true); err == nil || !strings.Contains(err.Error(), "the edge does not answer") {
				t.Errorf("the edge is down: %v", err)
			}
			f.edge.start()
			f.control.Timeout = 0
			if err := f.control.Reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			f.prove(true)
			f.want("after a restart", "ref", 1)
		})
	}
}

// TestEdgesWithoutGateway serves on while the gateway is away: the edges that fetch from the origin by themselves.
func TestEdgesWithoutGateway(t *testing.T) {
	for _, kind := range fronts {
		t.Run(kind, func(t *testing.T) {
			f := openFront(t, kind)
			f.want("before", "bad", 1)
			f.server.CloseClientConnections()
			f.server.Close()
			client := &http.Client{Timeout: 10 * time.Second}
			defer client.CloseIdleConnections()
			for deadline := time.Now().Add(20 * time.Second); ; {
				status, body, err := f.fetch(t.Context(), client, 2)
				if err == nil && status == http.StatusOK && body == picture("bad", 2) {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("status %d, %d bytes, error %v", status, len(body), err)
				}
			}
		})
	}
}

// otherwise are writings of a picture's path that an origin may take for the path itself.
var otherwise = []string{
	"//catalogue/p01.png", "///catalogue/p01.png", "/catalogue//p01.png", "/./catalogue/p01.png", "/catalogue/./p01.png",
	"/x/../catalogue/p01.png", "/../catalogue/p01.png", "/catalogue/x/../p01.png", "/x/../x/.././/catalogue/p01.png",
	"/%2e/catalogue/p01.png", "/x/%2E%2e/catalogue/p01.png", "/x/.%2e/catalogue/p01.png", "/x%2f..%2Fcatalogue/p01.png",
	"/%2fcatalogue/p01.png", "/%2Fcatalogue%2fp01.png", "/c%61talogue/p01.png", "/catalogue/p01.png/.", "/catalogue/p01.png/x/..",
	"/catalogue/p01.png/%2e", "/catalogue/p01.png//", `/\catalogue/p01.png`, `/catalogue\p01.png`, `/x\..\catalogue/p01.png`, `/catalogue/\p01.png`,
	`/catalogue/x\..\p01.png`, "/catalogue/%5Cp01.png", "/catalogue/p01.png/", "/catalogue/p01.png%2f", "/%zz/../catalogue/p01.png", "/%5ccatalogue%5Cp01.png",
	"/x/%2e%2e%5ccatalogue/p01.png", "//catalogue/p01.png?x=/../", "/x/..//catalogue/p01.png?%zz",
}

// TestEdgesOtherwise asks each real edge for an image that is out by other writings of its path, before an origin that takes them all
// for the same: none gives the delivered image, be it the whole route that is disabled or a single image that is held.
func TestEdgesOtherwise(t *testing.T) {
	for _, kind := range fronts {
		t.Run(kind, func(t *testing.T) {
			f := openFront(t, kind)
			refuses := func(when string) {
				t.Helper()
				for _, path := range otherwise {
					if status, body := f.raw(path); strings.Contains(body, "bad ") {
						t.Errorf("%s: GET %s gives the delivered image, status %d", when, path, status)
					}
				}
			}
			if err := f.control.Hold(t.Context(), "catalogue", Held{Path: "p01.png", Item: "Q-1", Since: time.Now()}); err != nil {
				t.Fatal(err)
			}
			if _, err := f.control.ProbePath(t.Context(), "catalogue", "p01.png", true); err != nil {
				t.Fatal(err)
			}
			refuses("held")
			if err := f.control.Lift(t.Context(), "Q-1"); err != nil {
				t.Fatal(err)
			}
			f.disable()
			refuses("disabled")
		})
	}
}

// want asks the edge for pictures.
func (f *front) want(when, what string, pictures ...int) {
	f.t.Helper()
	client := &http.Client{Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	for _, i := range pictures {
		status, body, err := f.fetch(context.Background(), client, i)
		if err != nil || status != http.StatusOK || body != picture(what, i) {
			f.t.Errorf("%s: picture %d: status %d, %.20q, error %v; want %s", when, i, status, body, err, what)
		}
	}
}

// TestEdgeAway keeps what an edge could not be told, and tells it when it is back.
func TestEdgeAway(t *testing.T) {
	f := openFront(t, "haproxy")
	f.edge.stop()
	if err := f.control.Disable(t.Context(), "catalogue", "PM-1", "M1"); err == nil || !strings.Contains(err.Error(), "edge front") {
		t.Fatalf("disable at an edge that is down: %v", err)
	}
	if err := os.WriteFile(f.edge.config.Map, nil, 0o644); err != nil { // it has lost that too
		t.Fatal(err)
	}
	f.edge.start()
	f.want("not told yet", "bad", 1)
	f.disable()
	f.want("told", "ref", 1)
}

// TestEdgesNoStore keeps each real edge from storing a route for a while, and lets it store again.
func TestEdgesNoStore(t *testing.T) {
	for _, kind := range fronts {
		t.Run(kind, func(t *testing.T) {
			f := openFront(t, kind)
			f.want("before", "bad", 1, 2)
			for range 2 { // it is idempotent
				if err := f.control.NoStore(t.Context(), "catalogue", "PM-1", "M1", time.Hour); err != nil {
					t.Fatal(err)
				}
			}
			p, err := f.control.ProbeNoStore(t.Context(), "catalogue", true)
			if err != nil || p.CacheControl != cacheNever || p.State != stateEnabled {
				t.Fatalf("stored nowhere: %+v, %v", p, err)
			}
			f.want("stored nowhere", "bad", 1, 2)
			write(t, f.path("out", "p01.png"), picture("mended", 1))
			f.want("at once", "mended", 1)
			if a := f.ask("/catalogue/p02.png"); a.cache != cacheNever {
				t.Errorf("Cache-Control %q", a.cache)
			}
			if _, err := f.control.ProbeNoStore(t.Context(), "catalogue", false); err == nil {
				t.Error("it was proven that answers may be stored while they may not")
			}
			if _, err := f.control.Probe(t.Context(), "catalogue", false); err != nil {
				t.Errorf("the route is enabled: %v", err)
			}
			if kept, err := f.control.Store(t.Context(), "catalogue", "PM-1", "M1"); err != nil || kept {
				t.Fatalf("kept %v, %v", kept, err)
			}
			if _, err := f.control.ProbeNoStore(t.Context(), "catalogue", false); err != nil {
				t.Fatal(err)
			}
			f.want("stored again", "bad", 2)
			if a := f.ask("/catalogue/p02.png"); a.cache == cacheNever {
				t.Errorf("Cache-Control %q", a.cache)
			}
		})
	}
}

// settled waits for an nginx that reads its configuration after the command has ended, which may take it a while.
func (f *front) settled(kind, what string) {
	f.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); kind == "nginx-map" && time.Now().Before(deadline); {
		if f.ask("/catalogue/p01.png").body == picture(what, 1) {
			return
		}
	}
}

// TestEdgesPurge makes each real edge forget a path, a tag, a route, and say what it could not do.
func TestEdgesPurge(t *testing.T) {
	for _, kind := range fronts {
		t.Run(kind, func(t *testing.T) {
			f := openFront(t, kind)
			stores, single := strings.HasPrefix(kind, "nginx") || kind == "varnish", kind == "varnish"
			purge := func(what, scope string, paths, tags []string) {
				t.Helper()
				want, how := Purged{Edge: "front", Kind: kind, Done: true, Scope: scope}, ForgetsNamed
				switch {
				case !stores:
					want, how = Purged{Edge: "front", Kind: kind, Scope: ForgetsNothing}, ForgetsNothing
				case !single:
					want.Scope, how = purgedRoute, ForgetsKey
				case scope == purgedRoute:
					how = ForgetsRoute
				}
				if p, err := f.control.PlanPurge("catalogue", paths, tags); err != nil || len(p.Edges) != 1 || p.Edges[0].How != how {
					t.Errorf("%s: planned %+v, %v; want %s", what, p.Edges, err, how)
				}
				list, err := f.control.Purge(t.Context(), "catalogue", paths, tags)
				if err != nil || len(list) != 1 || list[0] != want {
					t.Errorf("%s: %+v, %v; want %+v", what, list, err, want)
				}
			}
			changed := func(what string) {
				for _, i := range []int{1, 2} {
					write(t, f.path("out", fmt.Sprintf("p%02d.png", i)), picture(what, i))
				}
			}
			// An edge that was never told of the route is told of all of it.
			purge("the first time", purgedRoute, []string{"p01.png"}, nil)
			f.want("before", "bad", 1, 2)
			changed("second")
			if kind == "nginx" || single { // an nginx with maps may only be reading them now, and look for another key next
				f.want("as it was stored", "bad", 1, 2)
			}
			purge("a path", purgedPaths, []string{"p01.png"}, nil)
			f.settled(kind, "second")
			f.want("purged", "second", 1)
			if single {
				f.want("not purged", "bad", 2)
			}
			purge("a tag", purgedTags, nil, []string{tagOf("catalogue", "p02.png")})
			f.want("purged", "second", 1, 2)
			changed("third")
			purge("a route", purgedRoute, nil, nil)
			f.settled(kind, "third")
			f.want("purged", "third", 1, 2)
		})
	}
}
