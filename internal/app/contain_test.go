package app

import (
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestRouteOverACrash: a route whose server ends between the change and the probe is proven after it.
func TestRouteOverACrash(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.deliver("1.png", "the image")
	id := w.declare()
	w.edge.URL = "http://127.0.0.1:1" // no probe is answered
	w.do("nora", id, incident.DisableRoute{Route: "catalogue"})
	w.until("the change has been tried", func() bool {
		effects, err := w.effectsOf(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range effects {
			if e.Kind == incident.EffectDisableRoute && e.LastError != "" {
				return true
			}
		}
		return false
	})
	if m := w.mitigation(id, 0); m.Status == incident.IsProven || w.state(id).Contained != nil {
		t.Fatalf("it is %s by no probe", m.Status)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.until("it is proven", func() bool { return w.mitigation(id, 0).Status == incident.IsProven })
	if state, _ := w.ask("1.png"); state != "disabled" {
		t.Errorf("the route is %s", state)
	}
}

// TestTwoPeopleAtOnce: whatever several people press at the same time, what is served is what the journal says in the end.
func TestTwoPeopleAtOnce(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.deliver("1.png", "the image")
	ids := []string{w.declare(), w.declare()} // both hold the same route
	var people sync.WaitGroup
	for n := range 6 {
		people.Go(func() {
			for round := range 5 {
				id := ids[(n+round)%2]
				var c incident.Command = incident.DisableRoute{Route: "catalogue"}
				if (n+round)%3 == 0 {
					s := w.state(id)
					if len(s.Mitigations) == 0 {
						continue
					}
					c = incident.Undo{ID: s.Mitigations[len(s.Mitigations)-1].ID}
				}
				if err := w.Do(t.Context(), w.as("nora"), id, c); err != nil && !errors.Is(err, journal.ErrConflict) {
					t.Errorf("%T: %v", c, err)
				}
			}
		})
	}
	people.Wait()
	w.idle()
	want := "enabled"
	for _, id := range ids {
		for _, m := range w.state(id).Mitigations {
			switch m.Status {
			case incident.IsProven:
				want = "disabled"
			case incident.IsUndone:
			default:
				t.Errorf("%s of %s is %s in the end: %s", m.ID, id, m.Status, m.Problem)
			}
		}
	}
	if state, _ := w.ask("1.png"); state != want {
		t.Errorf("the route is %s, the journal says %s", state, want)
	}
	s, err := w.edge.State()
	if err != nil {
		t.Fatal(err)
	}
	var held []string
	for _, d := range s.Routes[0].Disabled {
		held = append(held, d.Incident+"/"+d.Mitigation)
	}
	for _, id := range ids {
		for _, m := range w.state(id).Mitigations {
			name := id + "/" + m.ID
			if in := strings.Contains(" "+strings.Join(held, " ")+" ", " "+name+" "); in != (m.Status == incident.IsProven) {
				t.Errorf("%s is %s, and among what holds the route: %v", name, m.Status, in)
			}
		}
	}
}

// TestRouteOfTwo: an incident lets go of a route that another one holds. It says that references go on being served, and the other that
// the route is restored.
func TestRouteOfTwo(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.deliver("1.png", "the image")
	first, second := w.declare(), w.declare()
	for _, id := range []string{first, second} {
		w.do("nora", id, incident.DisableRoute{Route: "catalogue"})
		w.until("it is proven", func() bool { return w.mitigation(id, 0).Status == incident.IsProven })
		w.do("nora", id, incident.NoStoreRoute{Route: "catalogue", Lasting: time.Hour})
		w.until("caches are kept from it", func() bool { return w.mitigation(id, 1).Status == incident.IsProven })
	}
	for _, row := range []struct{ id, state, stands, told, caches, cached string }{
		{
			first, "disabled", "taken back; another mitigation held the route at that time",
			"Mitigation of route catalogue taken back, probe passed; the route goes on serving references, since another mitigation holds it",
			"taken back; answers went on saying no-store at that time, since another mitigation held the route",
			"Mitigation of route catalogue taken back, probe passed; its answers go on saying no-store, since another mitigation holds it",
		},
		{second, "enabled", "route restored", "Route catalogue restored, probe passed", "caches store again", "Caches store route catalogue again, probe passed"},
	} {
		w.do("nora", row.id, incident.Undo{ID: "M1"})
		w.until("it is undone", func() bool { return w.mitigation(row.id, 0).Status == incident.IsUndone })
		w.do("nora", row.id, incident.Undo{ID: "M2"})
		w.until("caches are let go of", func() bool { return w.mitigation(row.id, 1).Status == incident.IsUndone })
		if state, _ := w.ask("1.png"); state != row.state {
			t.Errorf("after %s let go the route is %s, want %s", row.id, state, row.state)
		}
		if got := web.StandsText(w.state(row.id), w.mitigation(row.id, 0)).In(phrase.English); got != row.stands {
			t.Errorf("of the route it says %q, want %q", got, row.stands)
		}
		if got := web.StandsText(w.state(row.id), w.mitigation(row.id, 1)).In(phrase.English); got != row.caches {
			t.Errorf("of the caches it says %q, want %q", got, row.caches)
		}
		c, err := w.Case(t.Context(), row.id)
		if err != nil {
			t.Fatal(err)
		}
		told := web.ReportOf(c, nil, phrase.English, w.now()).Timeline
		for _, want := range []string{row.told, row.cached} {
			if !slices.ContainsFunc(told, func(l web.TimelineLine) bool { return l.Text == want }) {
				t.Errorf("the timeline does not say %q, and at last %q", want, told[len(told)-1].Text)
			}
		}
	}
}

// TestNoStore keeps caches from storing a route, proves it, and lets them again; the images are served all the while.
func TestNoStore(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.deliver("1.png", "the image")
	id := w.declare()
	w.do("nora", id, incident.NoStoreRoute{Route: "catalogue", Lasting: time.Hour})
	w.until("it is proven", func() bool { return w.mitigation(id, 0).Status == incident.IsProven })
	if state, body := w.ask("1.png"); state != "enabled" || body != "the image" {
		t.Errorf("the image is %s: %q", state, body)
	}
	if p := w.mitigation(id, 0).Probe; !strings.Contains(p.CacheControl, "no-store") || w.state(id).Contained != nil {
		t.Errorf("the probe has seen %q, contained %v", p.CacheControl, w.state(id).Contained)
	}
	w.do("nora", id, incident.Undo{ID: "M1"})
	w.until("it is undone", func() bool { return w.mitigation(id, 0).Status == incident.IsUndone })
	if p := w.mitigation(id, 0).Probe; strings.Contains(p.CacheControl, "no-store") {
		t.Errorf("after the undo answers say %q", p.CacheControl)
	}
	if err := w.Do(t.Context(), w.as("nora"), id, incident.NoStoreRoute{Route: "gone", Lasting: time.Hour}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a route that is not there: %v", err)
	}
}

// TestPurge has the caches of a route forget, asks from outside whether what the origin has is served, and refuses what is none of it.
func TestPurge(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.deliver("1.png", "the image")
	id := w.declare()
	before, err := w.edge.State()
	if err != nil {
		t.Fatal(err)
	}
	w.do("nora", id, incident.PurgeRoute{Route: "catalogue", Paths: []string{"1.png"}})
	w.until("it is proven", func() bool { return w.mitigation(id, 0).Status == incident.IsProven })
	after, err := w.edge.State()
	if err != nil || after.Routes[0].Generation <= before.Routes[0].Generation {
		t.Errorf("edges that ask are told of generation %d after %d, %v", after.Routes[0].Generation, before.Routes[0].Generation, err)
	}
	if p := w.mitigation(id, 0).Probe; p.Images != 1 || p.State != "enabled" || w.state(id).Contained != nil {
		t.Errorf("the probe has seen %+v, contained %v", p, w.state(id).Contained)
	}
	w.do("nora", id, incident.PurgeRoute{Route: "catalogue"})
	w.until("all of it is proven", func() bool { return w.mitigation(id, 1).Status == incident.IsProven })
	for _, c := range []incident.PurgeRoute{
		{Route: "none"}, {Route: "catalogue", Paths: []string{"../secret"}}, {Route: "catalogue", Tags: []string{"not a tag"}}, {Route: "catalogue", Paths: []string{""}},
	} {
		if err := w.Do(t.Context(), w.as("nora"), id, c); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestPlanCaches: a purge and a no-store are planned by what would carry them out, and nothing is changed by it.
func TestPlanCaches(t *testing.T) {
	t.Parallel()
	w := newWardWith(t, func(h *house) {
		h.config.Gateway.Edges = map[string]delivery.EdgeConfig{"front": {Kind: "nginx"}}
		r := h.config.Gateway.Routes["catalogue"]
		r.URL, r.Edges = "http://img.example.org/catalogue/", []string{"front"}
		h.config.Gateway.Routes["catalogue"] = r
	})
	w.deliver("1.png", "the image")
	w.deliver("2.png", "another")
	w.ask("1.png")
	id := w.declare()
	before, err := w.edge.State()
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.PlanPurge(t.Context(), id, incident.PurgeRoute{Route: "catalogue", Paths: []string{"1.png", "none.png"}})
	if err != nil || p.Images != 1 || p.Unfound != 1 || *p.Recent.Delivered != 1 || len(p.Edges) != 1 || p.Edges[0].How != delivery.ForgetsKey || !p.Edges[0].Wider || p.URLs[0] != "http://img.example.org/catalogue/" {
		t.Errorf("a purge of one path: %+v, %v", p, err)
	}
	if p, err := w.PlanPurge(t.Context(), id, incident.PurgeRoute{Route: "catalogue", Paths: []string{"2.png"}}); err != nil || *p.Recent.Delivered != 0 {
		t.Errorf("a purge of what nobody has asked for: %+v, %v", p, err)
	}
	n, err := w.PlanNoStore(t.Context(), id, incident.NoStoreRoute{Route: "catalogue", Lasting: 2 * time.Hour})
	if left := time.Until(n.Until); err != nil || n.Images < 2 || left > 2*time.Hour || left < 119*time.Minute || n.Edges[0].Meanwhile != "asks" || n.Edges[0].Wider || n.Kept != nil {
		t.Errorf("a no-store: %+v, %v", n, err)
	}
	for _, c := range []incident.PurgeRoute{{Route: "none"}, {Route: "catalogue", Paths: []string{"../secret"}}, {Route: "catalogue", Paths: make([]string, 101)}} {
		if _, err := w.PlanPurge(t.Context(), id, c); !errors.Is(err, journal.ErrInvalid) && !errors.Is(err, journal.ErrTooLarge) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := w.PlanNoStore(t.Context(), id, incident.NoStoreRoute{Route: "catalogue", Lasting: 25 * time.Hour}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("of 25 hours: %v", err)
	}
	// Not the length of the journal: paging goes on beside the plans.
	if m := w.state(id).Mitigations; len(m) != 0 {
		t.Errorf("the plans have become mitigations: %+v", m)
	}
	if after, err := w.edge.State(); err != nil || !reflect.DeepEqual(after, before) {
		t.Errorf("the plans have changed the edge: %+v, %v", after, err)
	}
}

// TestContainAllRoutes: both routes of an incident serve references by one decision, and only then it is contained.
func TestContainAllRoutes(t *testing.T) {
	t.Parallel()
	w := newWardWith(t, func(h *house) {
		h.config.Gateway.Routes["app"] = delivery.RouteConfig{Prefix: "/app/", Origin: h.config.Gateway.Routes["catalogue"].Origin, Fallback: h.config.Gateway.Routes["catalogue"].Fallback}
		p := h.config.Watch.Pipelines["catalogue"]
		p.Routes = []string{"catalogue", "app"}
		h.config.Watch.Pipelines["catalogue"] = p
	})
	w.deliver("1.png", "the image")
	id := w.declare()
	w.do("nora", id, incident.DisableRoute{Route: "app"})
	w.until("one is proven", func() bool { return w.mitigation(id, 0).Status == incident.IsProven })
	if w.state(id).Contained != nil {
		t.Error("the other route serves on, and the incident is contained")
	}
	w.do("nora", id, incident.DisableRoutes{Routes: []string{"catalogue", "app"}})
	w.until("the other is proven", func() bool { return w.mitigation(id, 1).Status == incident.IsProven })
	if w.state(id).Contained == nil {
		t.Error("both routes are proven, and the incident is not contained")
	}
	if err := w.Do(t.Context(), w.as("nora"), id, incident.DisableRoutes{Routes: []string{"catalogue", "none"}}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a route that is not there: %v", err)
	}
}

// TestStandingContainment: what the journal says is disabled is disabled again where the gateway's state was lost, and people are told
// where no probe passes any more, twice in a row.
func TestStandingContainment(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.deliver("1.png", "the image")
	id := w.declare()
	w.do("nora", id, incident.DisableRoute{Route: "catalogue"})
	w.until("it is proven", func() bool { return w.mitigation(id, 0).Status == incident.IsProven })
	if err := errors.Join(w.Close(), os.Remove(GatewayState(w.dir))); err != nil {
		t.Fatal(err)
	}
	w.open()
	if state, _ := w.ask("1.png"); state != "disabled" {
		t.Errorf("after its state was lost the route is %s", state)
	}
	exposed := func(want int) {
		t.Helper()
		found, err := w.App.standing(t.Context())
		if err != nil || len(found) != want || want > 0 && (found[0].Kind != audit.Exposed || found[0].Stream != id || found[0].Subject != "catalogue") {
			t.Errorf("found %+v, %v; want %d", found, err, want)
		}
	}
	exposed(0)
	url := w.edge.URL
	w.edge.URL, w.edge.Timeout = "http://127.0.0.1:1", 50*time.Millisecond
	exposed(0) // it may be starting anew
	exposed(1)
	exposed(1)
	w.edge.URL, w.edge.Timeout = url, 0
	exposed(0)
	w.do("nora", id, incident.Undo{ID: "M1"})
	w.until("it is undone", func() bool { return w.mitigation(id, 0).Status == incident.IsUndone })
	w.edge.URL, w.edge.Timeout = "http://127.0.0.1:1", 50*time.Millisecond
	exposed(0)
	exposed(0)
}
