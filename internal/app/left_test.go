package app

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestImagesLeft: an incident is contained by an isolation while no image over budget is delivered: not once a person has put one
// back, nor once another has come; and again when that is out too.
func TestImagesLeft(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	for _, n := range []string{"1.png", "2.png", "3.png"} {
		w.deliver(n, "the image "+n)
	}
	w.checked(store.OverDeltaE, "1.png", "2.png")
	id := w.declare()
	over := web.Isolate{Selection: web.Selection{Over: true}}
	isolate := func(c web.Isolate, n int) {
		t.Helper()
		if err := w.Isolate(t.Context(), w.as("nora"), id, c); err != nil {
			t.Fatal(err)
		}
		w.until("it is proven", func() bool { return w.mitigation(id, n).Status == incident.IsProven })
	}
	contained := func(what string, want bool) {
		t.Helper()
		if _, err := w.App.standing(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.state(id).Contained != nil; got != want {
			t.Errorf("%s it is contained: %v", what, got)
		}
	}
	isolate(over, 0)
	contained("with all out of delivery", true)

	item, err := w.store.HeldAt(t.Context(), "catalogue", "1.png")
	if err != nil {
		t.Fatal(err)
	}
	w.change("nora", item.ID, quarantine.Release{Reason: "it is the brand's own"})
	contained("with one put back", false)
	if pages := w.state(id).Pages; pages[len(pages)-1].Purpose != incident.HarmAgain {
		t.Errorf("the last page is %+v", pages[len(pages)-1])
	}

	isolate(web.Isolate{Selection: web.Selection{Paths: []string{"1.png"}}}, 1) // 2.png is out by the first
	contained("with both out again", true)

	w.checked(store.OverDeltaE, "3.png")
	contained("with a third over budget", false)
	isolate(over, 2)
	contained("with the third out too", true)

	w.do("nora", id, incident.Undo{ID: "M2"})
	w.until("one is back", func() bool { return w.mitigation(id, 1).Status == incident.IsUndone })
	if w.state(id).Contained != nil {
		t.Error("one of three is put back, and it is contained")
	}
}

// TestStandingImages: images that are isolated are asked for again, and caches are kept from storing where the gateway's state was lost.
func TestStandingImages(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	for _, n := range []string{"1.png", "2.png"} {
		w.deliver(n, "the image "+n)
	}
	w.checked(store.OverDeltaE, "1.png")
	id := w.declare()
	if err := w.Isolate(t.Context(), w.as("nora"), id, web.Isolate{Selection: web.Selection{Over: true}}); err != nil {
		t.Fatal(err)
	}
	w.do("nora", id, incident.NoStoreRoute{Route: "catalogue", Lasting: time.Hour})
	w.until("both are proven", func() bool {
		return w.mitigation(id, 0).Status == incident.IsProven && w.mitigation(id, 1).Status == incident.IsProven
	})
	found := func(want int) {
		t.Helper()
		list, err := w.App.standing(t.Context())
		if err != nil || len(list) != want || want > 0 && (list[0] != audit.Finding{Kind: audit.ImageExposed, Stream: id, Subject: "M1"}) {
			t.Errorf("found %+v, %v; want %d", list, err, want)
		}
	}
	found(0)
	url := w.edge.URL
	w.edge.URL, w.edge.Timeout = "http://127.0.0.1:1", 50*time.Millisecond
	found(0)
	found(1)
	w.edge.URL, w.edge.Timeout = url, 0
	found(0)
	if err := errors.Join(w.Close(), os.Remove(GatewayState(w.dir))); err != nil {
		t.Fatal(err)
	}
	w.open()
	s, err := w.edge.State()
	if err != nil {
		t.Fatal(err)
	}
	if n := s.Routes[0].NoStore; len(n) != 1 || n[0].Mitigation != "M2" || time.Until(n[0].Until) > time.Hour {
		t.Errorf("after its state was lost caches are kept from storing by %+v", n)
	}
}
