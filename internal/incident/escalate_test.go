package incident

import (
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// crewed decides a command with a crew, as the server does.
func (l *life) crewed(by people.Actor, c Command, crew oncall.Crew) string {
	l.t.Helper()
	l.crew = crew
	defer func() { l.crew = oncall.Crew{} }()
	return pagedTo(l.do(by, c))
}

func crewOf(onCall people.ID, methods map[people.ID][]string) oncall.Crew {
	return oncall.Crew{Schedules: map[string][]people.ID{oncall.Primary: {onCall}}, Admins: []people.ID{"administrator"}, Methods: methods}
}

// TestCrew: who is on call when a step is taken is paged by each method that reaches, and who has none is passed over
// with a note.
func TestCrew(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	o := opening(pipeline.S1)
	all := map[people.ID][]string{"on-call": {"slack", "mail"}, "lead": {"mail"}, "zoe": {"mail"}, "administrator": {"mail"}}
	if got := l.crewed(monitor, o, crewOf("on-call", all)); got != "on-call on-call" {
		t.Fatalf("at the opening %q", got)
	}
	if p := l.state.Pages[0]; len(p.Methods) != 2 || !l.state.PageWanted(p.Key, "slack") || p.Step == nil || p.Step.Generation != 1 {
		t.Errorf("the page is %+v", p)
	}
	l.now = l.now.Add(5 * time.Minute)
	delete(all, "lead")
	if got := l.crewed(monitor, Tick{}, crewOf("zoe", all)); got != "zoe" { // the hand-off was meanwhile
		t.Errorf("at the second step %q", got)
	}
	last := l.entries[len(l.entries)-1]
	if last.Type != TypeStepped || !slices.Contains(l.skips(), "lead unreachable") {
		t.Errorf("the last event is %s, passed over are %v", last.Type, l.skips())
	}
}

// TestSharedServices are told once of a step that pages several, and never alone of somebody who cannot be reached.
func TestSharedServices(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	o := opening(pipeline.S1)
	o.Policy.Escalation = pipeline.Escalation{Steps: []pipeline.EscalationStep{{Page: []pipeline.Target{"on-call", "administrator"}}}}
	crew := crewOf("on-call", map[people.ID][]string{"on-call": {"mail"}, "administrator": {"mail", "pagerduty"}})
	crew.Shared = []string{"pagerduty", "webhook-a"}
	l.crewed(monitor, o, crew)
	var methods [][]string
	for _, p := range l.state.Pages {
		methods = append(methods, p.Methods)
	}
	want := [][]string{{"mail", "pagerduty", "webhook-a"}, {"mail", "pagerduty"}}
	if !slices.EqualFunc(methods, want, slices.Equal[[]string]) {
		t.Errorf("paged by %v, want %v", methods, want)
	}
}

// TestSettlement: shared services are told once that an incident is taken, and that it is over; one whose page was on its
// way meanwhile is told as soon as it took it.
func TestSettlement(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	l.crew = crewOf("on-call", map[people.ID][]string{"on-call": {"mail"}, "lead": {"mail"}})
	l.crew.Shared = []string{"pagerduty"}
	settled := func(by people.Actor, c Command) (all []SettleEffect) {
		for _, e := range l.do(by, c).Effects {
			if s, ok := e.Data.(SettleEffect); ok {
				all = append(all, s)
			}
		}
		return all
	}
	if got := settled(monitor, opening(pipeline.S1)); got != nil {
		t.Errorf("told at the opening: %+v", got)
	}
	key := l.state.Pages[0].Key
	if got := settled(responder, Acknowledge{}); len(got) != 1 || got[0].Method != "pagerduty" || got[0].Resolved {
		t.Errorf("told of the acknowledgement: %+v", got)
	}
	if got := settled(monitor, RecordPage{PageSent, PageResult{Key: key, Method: "pagerduty"}}); len(got) != 1 || got[0].Resolved {
		t.Errorf("told where the page was overtaken: %+v", got)
	}
	if got := settled(monitor, RecordPage{PageSent, PageResult{Key: key, Method: "mail"}}); got != nil {
		t.Errorf("told of an e-mail: %+v", got)
	}
	if got := settled(responder, Resolve{Text: "the LUT is back"}); len(got) != 1 || !got[0].Resolved {
		t.Errorf("told of the end: %+v", got)
	}
}

// skips lists who was passed over, and why.
func (l *life) skips() (all []string) {
	for _, e := range l.entries {
		if e.Type == TypeStepped {
			if err := on(e, func(v Stepped) {
				for _, s := range v.Skipped {
					all = append(all, string(s.To)+" "+string(s.Why))
				}
			}); err != nil {
				l.t.Error(err)
			}
		}
	}
	return all
}

// TestLostPage: once each method of each page of a step has failed for good, the next step does not wait.
func TestLostPage(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	all := map[people.ID][]string{"on-call": {"slack", "mail"}, "lead": {"mail"}, "administrator": {"mail"}}
	crew := crewOf("on-call", all)
	l.crewed(monitor, opening(pipeline.S1), crew)
	key := l.state.Pages[0].Key
	if got := l.crewed(monitor, RecordPage{PageFailed, PageResult{Key: key, Method: "slack", Reason: "no such channel"}}, crew); got != "" || l.state.Pages[0].Status != PagePlanned {
		t.Errorf("one method of two has failed: %q, the page is %s", got, l.state.Pages[0].Status)
	}
	if got := l.crewed(monitor, RecordPage{PageFailed, PageResult{Key: key, Method: "slack"}}, crew); got != "" || len(l.state.Pages[0].Deliveries) != 1 {
		t.Errorf("the same again: %q, %+v", got, l.state.Pages[0].Deliveries)
	}
	if got := l.crewed(monitor, RecordPage{PageFailed, PageResult{Key: key, Method: "mail", Reason: "no such mailbox"}}, crew); got != "on-call on-call lead" {
		t.Errorf("both have failed: %q, want the next step at once", got)
	}
	next := l.state.Pages[len(l.state.Pages)-1].Key
	l.crewed(monitor, RecordPage{PageSent, PageResult{Key: next, Method: "mail", Channels: []string{"mail"}, Receipt: "<1@x>"}}, crew)
	if p := l.state.Pages[len(l.state.Pages)-1]; p.Status != PageSent || p.Deliveries[0].Receipt != "<1@x>" || p.DoneAt == nil {
		t.Errorf("the page that was sent is %+v", p)
	}
	l.do(onCall, Acknowledge{})
	if got := l.crewed(monitor, RecordPage{PageFailed, PageResult{Key: l.state.Pages[1].Key, Method: "slack"}}, crew); got != "" {
		t.Errorf("a page that is lost after the acknowledgement pages %q", got)
	}
}

// TestResolvedStopsPaging: somebody who resolves it has seen it.
func TestResolvedStopsPaging(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, func(o *Open) { o.Policy.Contain, o.Policy.Publish = 0, 0 })
	l.do(onCall, Resolve{Text: "a false alarm"})
	if l.state.PageWanted(l.state.Pages[0].Key, "") || pagedTo(l.at(time.Hour)) != "" || l.state.Ack != nil {
		t.Errorf("it goes on paging: %+v", l.state.Escalation)
	}
	if got := pagedTo(l.do(onCall, Reopen{Text: "it is back"})); got != "on-call" || l.state.Escalation.NextAt == nil {
		t.Errorf("reopened it pages %q", got)
	}
}

// TestQuietDoesNotSwallow: who was not woken by an S2 is paged at once when it turns out to be an S1.
func TestQuietDoesNotSwallow(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	o := opening(pipeline.S2)
	o.Policy.Escalation.Quiet = &pipeline.QuietHours{From: "00:00", Until: "08:00", TimeZone: "UTC"}
	if got := pagedTo(l.do(monitor, o)); got != "" || l.state.Escalation.NextAt == nil {
		t.Fatalf("at 04:12 an S2 pages %q, next at %v", got, l.state.Escalation.NextAt)
	}
	change := ChangeSeverity{To: pipeline.S1, Policy: pipeline.DefaultPolicies()[pipeline.S1], Reason: "4 200 images"}
	if got := pagedTo(l.do(onCall, change)); got != "on-call" {
		t.Errorf("as an S1 it pages %q", got)
	}
}

// TestResolvedWakesNobody: a new severity of an incident that is resolved pages nobody and begins no escalation, also
// where nobody has acknowledged it; reopened, it begins by the new policy.
func TestResolvedWakesNobody(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	crew := crewOf("on-call", map[people.ID][]string{"on-call": {"mail"}, "lead": {"mail"}, "administrator": {"mail"}})
	l.crewed(monitor, opening(pipeline.S1), crew)
	l.crewed(onCall, Resolve{Text: "gone"}, crew)
	if got := l.crewed(onCall, ChangeSeverity{To: pipeline.S0, Policy: pipeline.DefaultPolicies()[pipeline.S0], Reason: "worse"}, crew); got != "" || l.state.Escalation.NextAt != nil {
		t.Errorf("a new severity of what is resolved pages %q and goes on at %v", got, l.state.Escalation.NextAt)
	}
	if got := l.crewed(onCall, Reopen{Text: "it is back"}, crew); got != "on-call lead administrator" {
		t.Errorf("reopened under S0 it pages %q", got)
	}
}
