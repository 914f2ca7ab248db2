package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// checked records that delivered images were measured.
func (w ward) checked(over store.Over, names ...string) {
	w.t.Helper()
	var rows []store.CheckRow
	for _, n := range names {
		h := w.found(n)
		rows = append(rows, store.CheckRow{
			Pipeline: "catalogue", Class: "product", Path: n, Candidate: h.SHA256, Bytes: h.Bytes, Modified: h.ModifiedAt.UnixNano(), Over: over, At: w.clock(),
			Model: "sdxl-1.0", JSON: []byte("{}"),
		})
	}
	if err := w.store.AddChecks(w.t.Context(), rows); err != nil {
		w.t.Fatal(err)
	}
}

func (w ward) mitigation(id string, n int) incident.Mitigation {
	w.t.Helper()
	s := w.state(id)
	if len(s.Mitigations) <= n {
		w.t.Fatalf("there are %d mitigations", len(s.Mitigations))
	}
	return s.Mitigations[n]
}

// TestIsolate takes the images over budget out of delivery, proves it, and puts the same bytes back.
func TestIsolate(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	for _, n := range []string{"1.png", "2.png", "3.png"} {
		w.deliver(n, "the image "+n)
	}
	w.checked(store.OverDeltaE, "1.png", "2.png")
	w.checked(0, "3.png")
	id := w.declare()
	over := web.Selection{Over: true}
	plan, err := w.PlanIsolation(t.Context(), id, over)
	if err != nil || plan.Images != 2 || !plan.Whole || plan.Over != 2 || strings.Join(plan.Sample, " ") != "1.png 2.png" || plan.Held != 0 {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	if err := w.Isolate(t.Context(), w.as("nora"), id, web.Isolate{Selection: over, Plan: strings.Repeat("0", 64)}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("isolating by another plan gives %v", err)
	}
	if err := w.Isolate(t.Context(), w.as("nora"), id, web.Isolate{Selection: over, Plan: plan.SHA256}); err != nil {
		t.Fatal(err)
	}
	w.until("it is proven", func() bool { return w.mitigation(id, 0).Status == incident.IsProven })
	if m := w.mitigation(id, 0); m.Probe.Images != 2 || m.Images.Chosen != "over budget" || w.state(id).Contained == nil {
		t.Errorf("the mitigation is %+v, contained %v", m, w.state(id).Contained)
	}
	for n, want := range map[string]string{"1.png": "disabled", "2.png": "disabled", "3.png": "enabled"} {
		if state, _ := w.ask(n); state != want {
			t.Errorf("%s is %s, want %s", n, state, want)
		}
	}
	if again, err := w.PlanIsolation(t.Context(), id, over); err != nil || again.Held != 2 {
		t.Errorf("planned again: %+v, %v", again, err)
	}
	if s := w.state(id); s.Severity != w.state(id).Opened.Severity || s.LeakAt != nil {
		t.Errorf("isolating counts as a leak: %s, %v", s.Severity, s.LeakAt)
	}

	w.do("nora", id, incident.Undo{ID: "M1"})
	w.until("it is undone", func() bool { return w.mitigation(id, 0).Status == incident.IsUndone })
	for _, n := range []string{"1.png", "2.png"} {
		if state, body := w.ask(n); state != "enabled" || body != "the image "+n {
			t.Errorf("after the undo %s is %s: %q", n, state, body)
		}
	}
	if w.state(id).Contained != nil {
		t.Error("it counts as contained after the undo")
	}
	// What a person has put back may be isolated again.
	if err := w.Isolate(t.Context(), w.as("nora"), id, web.Isolate{Selection: over}); err != nil {
		t.Fatal(err)
	}
	w.until("it is proven again", func() bool { return w.mitigation(id, 1).Status == incident.IsProven })
}

// TestIsolateSome: what is left in delivery keeps the clock running; what a person releases meanwhile stays so.
func TestIsolateSome(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	for _, n := range []string{"1.png", "2.png", "3.png"} {
		w.deliver(n, "the image "+n)
	}
	w.checked(store.OverDeltaE, "1.png", "2.png", "3.png")
	id := w.declare()
	if err := w.Isolate(t.Context(), w.as("nora"), id, web.Isolate{Selection: web.Selection{Paths: []string{"1.png"}, Model: "sdxl-1.0"}}); err != nil {
		t.Fatal(err)
	}
	w.until("it is proven", func() bool { return w.mitigation(id, 0).Status == incident.IsProven })
	if w.state(id).Contained != nil {
		t.Error("the incident is contained, though two images over budget are delivered")
	}
	for name, c := range map[string]struct {
		sel  web.Selection
		want error
	}{
		"nothing":      {web.Selection{}, journal.ErrInvalid},
		"no such path": {web.Selection{Paths: []string{"9.png"}}, journal.ErrNotFound},
	} {
		if err := w.Isolate(t.Context(), w.as("nora"), id, web.Isolate{Selection: c.sel}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.Isolate(t.Context(), w.as("vic"), id, web.Isolate{Selection: web.Selection{Over: true}}); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a viewer may isolate: %v", err)
	}
	items, err := w.store.Quarantine(t.Context(), store.QuarantineQuery{Incident: id, Mitigation: "M1"}, 10)
	if err != nil || len(items) != 1 || items[0].Kinds()[0] != quarantine.Isolated {
		t.Fatalf("the items are %+v, %v", items, err)
	}
	w.change("nora", items[0].ID, quarantine.Release{Reason: "this one is good"})
	if state, _ := w.ask("1.png"); state != "enabled" {
		t.Errorf("released, it is %s", state)
	}
	w.do("nora", id, incident.Undo{ID: "M1"})
	w.until("it is undone", func() bool { return w.mitigation(id, 0).Status == incident.IsUndone })
}

// TestIsolateOverACrash: what was asked for before the end of the server is completed after it.
func TestIsolateOverACrash(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.deliver("1.png", "the image")
	w.checked(store.OverDeltaE, "1.png")
	id := w.declare()
	w.edge.URL = "http://127.0.0.1:1" // no probe is answered
	if err := w.Isolate(t.Context(), w.as("nora"), id, web.Isolate{Selection: web.Selection{Over: true}}); err != nil {
		t.Fatal(err)
	}
	w.until("the file is moved", func() bool {
		items, err := w.store.Quarantine(t.Context(), store.QuarantineQuery{Incident: id}, 1)
		return err == nil && len(items) == 1 && items[0].Status == quarantine.StatusHeld
	})
	if m := w.mitigation(id, 0); m.Status == incident.IsProven {
		t.Fatal("it is proven by no probe")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.until("it is proven", func() bool { return w.mitigation(id, 0).Status == incident.IsProven })
}

// TestIsolateWhatHasChanged: where another version has come since, its path is held all the same, until somebody has looked at it.
func TestIsolateWhatHasChanged(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.deliver("1.png", "the image")
	w.checked(store.OverDeltaE, "1.png")
	id := w.declare()
	w.deliver("1.png", "another version, which nobody has measured")
	if err := w.Isolate(t.Context(), w.as("nora"), id, web.Isolate{Selection: web.Selection{Over: true}}); err != nil {
		t.Fatal(err)
	}
	w.until("it is proven", func() bool { return w.mitigation(id, 0).Status == incident.IsProven })
	if state, body := w.ask("1.png"); state != "disabled" || body == "another version, which nobody has measured" {
		t.Errorf("the new version is %s: %q", state, body)
	}
}

// TestIsolateByRun: what a run of the pipeline, or a version of its LUT, has made is told apart by when it came.
func TestIsolateByRun(t *testing.T) {
	t.Parallel()
	w := newWardWith(t, func(h *house) { h.wall = true })
	begin := func(r pipeline.Run) {
		t.Helper()
		r.Pipeline = "catalogue"
		if _, err := w.BeginRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	image := func(n string, level uint8) {
		t.Helper()
		w.image("new/"+n, level)
		w.deliver(n, w.read("new/"+n))
		if _, err := w.Sweep(t.Context(), "catalogue"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Sweep(t.Context(), "catalogue"); err != nil { // three images of before any run
		t.Fatal(err)
	}
	begin(pipeline.Run{ID: "8811", LUT: "warm-2"})
	image("0.png", 101)
	begin(pipeline.Run{ID: "8812", LUT: "warm-3"})
	image("1.png", 180)
	image("2.png", 181)
	id := w.declare()
	for name, row := range map[string]struct {
		sel    web.Selection
		images int
		whole  bool
	}{
		"a run":          {web.Selection{Run: "8812"}, 2, true},
		"a LUT":          {web.Selection{LUT: "warm-2"}, 1, false},
		"both":           {web.Selection{Run: "8812", LUT: "warm-2"}, 0, false},
		"another run":    {web.Selection{Run: "8813"}, 0, false},
		"'; drop table;": {web.Selection{Run: "'; drop table checks; --"}, 0, false},
	} {
		if plan, err := w.PlanIsolation(t.Context(), id, row.sel); err != nil || plan.Images != row.images || plan.Whole != row.whole {
			t.Errorf("%s: %+v, %v; want %d images", name, plan, err, row.images)
		}
	}
	for name, r := range map[string]pipeline.Run{
		"no name": {Pipeline: "catalogue"}, "no pipeline": {Pipeline: "none", ID: "1"}, "two lines": {Pipeline: "catalogue", ID: "1\n2"},
		"too long": {Pipeline: "catalogue", LUT: strings.Repeat("x", 101)}, "tomorrow": {Pipeline: "catalogue", ID: "1", At: time.Now().Add(24 * time.Hour)},
	} {
		if _, err := w.BeginRun(t.Context(), r); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.Isolate(t.Context(), w.as("nora"), id, web.Isolate{Selection: web.Selection{Run: "8812"}}); err != nil {
		t.Fatal(err)
	}
	w.until("it is proven", func() bool { return w.mitigation(id, 0).Status == incident.IsProven })
	if m := w.mitigation(id, 0); m.Images.Chosen != "run 8812" || w.state(id).Contained == nil {
		t.Errorf("the mitigation is %+v", m)
	}
}
