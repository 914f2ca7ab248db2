package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/gate"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// TestActionsOpenWhenTheirCauseComesBack, and only where a test has confirmed it or two people have accepted it; once.
func TestActionsOpenWhenTheirCauseComesBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cause := func(id, text string) {
		h.do("lea", id, postmortem.SetCause{CauseFields: postmortem.CauseFields{Kind: postmortem.Direct, Text: text, Domain: postmortem.Data}})
	}
	accept := func(id string) {
		for _, login := range []string{"lea", "ada"} {
			h.do(login, id, postmortem.JudgeCause{Cause: "C1", Reason: "so it is"})
		}
	}
	first := h.declare()
	cause(first, "The hook loses its exit status.")
	accept(first)
	h.do("lea", first, prevention.AddAction{Title: "Watch the exit status", Domain: postmortem.Operations, Owner: h.persons["nora"].ID, Due: "2025-10-20", Impact: prevention.Large, Effort: prevention.Small})
	h.do("lea", first, prevention.CloseAction{ID: "A1", Proof: "https://example.org/c/1"})
	h.do("ada", first, prevention.ConfirmAction{ID: "A1"})
	h.do("nora", first, incident.Resolve{Text: "the old table"})
	h.move(24 * time.Hour)

	open := func() bool {
		t.Helper()
		if err := h.RemindLate(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.idle()
		return h.action(first, "A1").Closed == nil
	}
	second := h.declare()
	cause(second, "the hook loses  its exit status")
	if open() {
		t.Fatal("a cause that nobody has accepted opened the action again")
	}
	accept(second)
	if !open() {
		t.Fatal("its cause came back, and the action is closed")
	}
	if n := h.informed("action-recurred", "nora"); n != 1 {
		t.Errorf("its owner was told %d times", n)
	}
	h.move(time.Hour)
	h.do("lea", first, prevention.CloseAction{ID: "A1", Proof: "https://example.org/c/2"})
	h.do("ada", first, prevention.ConfirmAction{ID: "A1"})
	if open() {
		t.Error("what was closed after the cause had come back was opened again")
	}
}

// TestGuardClosesAnAction where it is seen to catch the incident and lets pass what is good, and not where its budget is too wide.
func TestGuardClosesAnAction(t *testing.T) {
	t.Parallel()
	widen := func(c *Config, class pipeline.Class) {
		c.Watch.Classes[class] = pipeline.Budget{DeltaE00: 90, Palette: 90}
	}
	for name, c := range map[string]struct {
		change func(*Config)
		closes bool
	}{
		"as it is":            {func(*Config) {}, true},
		"wide budget":         {func(c *Config) { widen(c, "product") }, false},
		"not looked at in CI": {func(c *Config) { c.Gate.Ignore = []string{"delivered/**"} }, false},
		"by a wider class in CI": {func(c *Config) {
			widen(c, "ui")
			c.Gate.Classes = []gate.Rule{{Path: "delivered/shoes/**", Class: "ui"}, {Path: "delivered/**", Pipeline: "catalogue"}}
		}, false},
		"by its pipeline in CI": {func(c *Config) { c.Gate.Classes = []gate.Rule{{Path: "delivered/**", Pipeline: "catalogue"}} }, true},
	} {
		h, id := harmed(t, func(*house) {})
		h.do("lea", id, prevention.AddAction{Title: "Gate the images", Domain: postmortem.Operations, Owner: h.persons["nora"].ID, Due: "2025-10-20", Impact: prevention.Large, Effort: prevention.Small})
		if err := h.KeepSpecimens(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		c.change(&h.App.config)
		err := h.Do(t.Context(), h.as("lea"), id, prevention.CloseAction{ID: "A1", Proof: "gate"})
		closed := h.action(id, "A1").Closed != nil
		if closed != c.closes || (err == nil) != c.closes || err != nil && (!errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), "no guard that catches the incident")) {
			t.Errorf("%s: closed %v, %v; want it closed %v", name, closed, err, c.closes)
		}
	}
}

// TestCaughtIsMeasuredDaily, once nothing burns any more, and kept for the KPIs.
func TestCaughtIsMeasuredDaily(t *testing.T) {
	t.Parallel()
	h, id := harmed(t, func(*house) {})
	if err := h.KeepSpecimens(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	measured := func() time.Time {
		t.Helper()
		if err := h.measureCaught(t.Context()); err != nil {
			t.Fatal(err)
		}
		last, err := h.LastCaught(t.Context())
		if err != nil || last == nil {
			return time.Time{}
		}
		if k, n, _ := last.Count(); k != 1 || n != 1 || last.Controls < 4 || last.Alarms != 0 {
			t.Errorf("measured %+v", last)
		}
		return last.At
	}
	if at := measured(); !at.IsZero() {
		t.Errorf("measured at %v while it burns", at)
	}
	h.do("nora", id, incident.Resolve{Text: "the old table"})
	first := measured()
	if first.IsZero() {
		t.Fatal("not measured")
	}
	h.move(time.Hour)
	if at := measured(); at != first {
		t.Errorf("measured again after an hour, at %v", at)
	}
	h.move(24 * time.Hour)
	if at := measured(); at == first {
		t.Error("not measured again after a day")
	}
}
