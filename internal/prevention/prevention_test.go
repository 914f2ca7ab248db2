package prevention

import (
	"errors"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

var night = time.Date(2025, 9, 27, 5, 0, 0, 0, time.UTC)

func lead() incident.Env {
	return incident.Env{Now: night, By: people.Actor{ID: "u-lead", Role: people.Lead}}
}

func second() incident.Env {
	return incident.Env{Now: night, By: people.Actor{ID: "u-second", Role: people.Lead}}
}

// stream replays changes through real entries, as the store would.
type stream struct {
	t       *testing.T
	head    journal.Head
	entries []journal.Entry
}

func (s *stream) do(c Command, env incident.Env) error {
	s.t.Helper()
	state, err := Fold(s.entries)
	if err != nil {
		s.t.Fatal(err)
	}
	change, err := Decide(state, incident.State{ID: "PM-2025-09-27-01"}, c, env)
	for _, d := range change.Events {
		e, err := journal.Seal(d, s.head, night)
		if err != nil {
			s.t.Fatal(err)
		}
		s.head = journal.Head{Size: e.Seq, Hash: e.Hash}
		s.entries = append(s.entries, e)
	}
	return err
}

func (s *stream) state() State {
	s.t.Helper()
	state, err := Fold(s.entries)
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}

var good = AddAction{Title: "Ajouter une validation ΔE", Domain: postmortem.Operations, Owner: "u-dev", Due: "2025-10-01", Impact: Large, Effort: Small}

func TestActionEndsOnlyWithProof(t *testing.T) {
	t.Parallel()
	s := &stream{t: t}
	if err := s.do(good, lead()); err != nil {
		t.Fatal(err)
	}
	if err := s.do(CloseAction{ID: "A1", Proof: "  "}, lead()); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("closing without proof gave %v, want ErrInvalid", err)
	}
	if err := s.do(CloseAction{ID: "A2", Proof: "x"}, lead()); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("closing an unknown action gave %v, want ErrNotFound", err)
	}
	if err := s.do(CloseAction{ID: "A1", Proof: "done, honestly"}, lead()); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("closing by a word gave %v, want ErrInvalid", err)
	}
	if err := s.do(CloseAction{ID: "A1", Proof: "commit 3f2a910"}, lead()); err != nil {
		t.Fatal(err)
	}
	if a := s.state().Actions[0]; a.Closed != nil || !a.Waits() {
		t.Errorf("a commit closed it alone: %+v", a)
	}
	if err := s.do(ConfirmAction{ID: "A1"}, lead()); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("confirming one's own proof gave %v, want ErrForbidden", err)
	}
	if err := s.do(ConfirmAction{ID: "A1"}, second()); err != nil {
		t.Fatal(err)
	}
	if err := s.do(CloseAction{ID: "A1", Proof: "again"}, lead()); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("closing twice gave %v, want ErrConflict", err)
	}
	if a := s.state().Actions[0]; a.Closed == nil || a.Proof != "commit 3f2a910" {
		t.Errorf("closed action = %+v, want its proof kept", a)
	}
	if err := s.do(ReopenAction{"A1", "cause came back"}, lead()); err != nil {
		t.Fatal(err)
	}
	if a := s.state().Actions[0]; a.Closed != nil || a.Proof != "" {
		t.Errorf("reopened action = %+v, want it open", a)
	}
}

func TestActionIsOverdueAfterItsDay(t *testing.T) {
	t.Parallel()
	a := Action{ActionAdded: ActionAdded{Due: "2025-10-01"}}
	for _, c := range []struct {
		now  string
		want bool
	}{{"2025-10-01T23:59:59Z", false}, {"2025-10-02T00:00:00Z", true}} {
		now, _ := time.Parse(time.RFC3339, c.now)
		if got := a.Overdue(now); got != c.want {
			t.Errorf("overdue at %s = %v, want %v", c.now, got, c.want)
		}
	}
}

func TestBadActionsAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*AddAction){
		"no title": func(a *AddAction) { a.Title = " " }, "two lines": func(a *AddAction) { a.Title = "a\nb" },
		"no owner": func(a *AddAction) { a.Owner = "" }, "domain": func(a *AddAction) { a.Domain = "people" },
		"size": func(a *AddAction) { a.Effort = "XL" }, "date": func(a *AddAction) { a.Due = "01/10/2025" },
	} {
		bad := good
		change(&bad)
		s := &stream{t: t}
		if err := s.do(bad, lead()); !errors.Is(err, journal.ErrInvalid) || len(s.entries) != 0 {
			t.Errorf("%s: got %v and %d events, want ErrInvalid and none", name, err, len(s.entries))
		}
	}
	s := &stream{t: t}
	viewer := incident.Env{Now: night, By: people.Actor{ID: "u-v", Role: people.Viewer}}
	if err := s.do(good, viewer); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a viewer filing an action gave %v, want ErrForbidden", err)
	}
}

func TestAcceptanceRule(t *testing.T) {
	t.Parallel()
	bad := Run{Subject: "bad.cube", SHA256: "b", Images: 5, Violations: []Violation{{File: "a.jpg", Metric: "deltaE00.p95", Value: 4.31, Limit: 2}}}
	ok := func(digest string) Run { return Run{Subject: digest, SHA256: digest, Images: 5} }
	three := []Run{ok("1"), ok("2"), ok("3")}
	if err := Accept(bad, ok("fix"), three); err != nil {
		t.Errorf("a test that fails on bad and passes on fix and three controls: %v, want it accepted", err)
	}
	for name, c := range map[string]struct {
		bad, fix Run
		controls []Run
	}{
		"passes on the bad":       {ok("b"), ok("fix"), three},
		"never ran on the bad":    {Run{}, ok("fix"), three},
		"fails on the fix":        {bad, bad, three},
		"fix over no image":       {bad, Run{Subject: "fix"}, three},
		"two controls":            {bad, ok("fix"), three[:2]},
		"one control three times": {bad, ok("fix"), []Run{ok("1"), ok("1"), ok("1")}},
		"the fix is a control":    {bad, ok("fix"), []Run{ok("1"), ok("2"), ok("fix")}},
		"one under three titles":  {bad, ok("fix"), []Run{{SHA256: "1", Content: "c", Images: 1}, {SHA256: "2", Content: "c", Images: 1}, {SHA256: "3", Content: "c", Images: 1}}},
		"fails on a control":      {bad, ok("fix"), append([]Run{bad}, three...)},
	} {
		if err := Accept(c.bad, c.fix, c.controls); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
	if got, want := bad.Violations[0].String(), "a.jpg: DeltaE00 4.31 exceeds 2.00"; got != want {
		t.Errorf("violation = %q, want %q", got, want)
	}
}

func TestAcceptedTestStopsThePreventionClock(t *testing.T) {
	t.Parallel()
	s := &stream{t: t}
	ok := func(d string) Run { return Run{Subject: d, SHA256: d, Images: 1} }
	err := s.do(AcceptTest{TestAccepted{
		Name: "pm", Bad: Run{Subject: "b", SHA256: "b", Images: 1, Violations: []Violation{{}}}, Fix: ok("f"), Controls: []Run{ok("1"), ok("2"), ok("3")},
	}}, lead())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.entries) != 2 || s.entries[1].Type != incident.TypePrevented {
		t.Errorf("accepting a test appended %d events, want the acceptance and %s", len(s.entries), incident.TypePrevented)
	}
}
