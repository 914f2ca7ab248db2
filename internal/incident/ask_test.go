package incident

import (
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// TestEscalateNow wakes the next step without waiting for it, once, whoever asks from the same message, and quiet hours hold
// nothing back that somebody asks for.
func TestEscalateNow(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	all := map[people.ID][]string{"on-call": {"slack"}, "zoe": {"mail"}, "administrator": {"mail"}}
	l.crew = crewOf("on-call", all)
	l.crew.Logins = map[string]people.ID{"zoe": "zoe"}
	o := opening(pipeline.S1)
	o.Policy.Escalation = pipeline.Escalation{Steps: []pipeline.EscalationStep{
		{Page: []pipeline.Target{"on-call"}}, {Page: []pipeline.Target{"@zoe"}, After: time.Hour}},
		Quiet: &pipeline.QuietHours{From: "04:13", Until: "23:00", TimeZone: "UTC"},
	}
	l.do(monitor, o)
	first := l.state.Pages[0].Step
	l.now = l.now.Add(2 * time.Minute)
	if got := pagedTo(l.do(responder, EscalateNow{From: first})); got != "zoe" {
		t.Fatalf("asked, it pages %q", got)
	}
	if e := l.state.Escalation; e.Policy.Quiet == nil || e.NextAt == nil || !e.NextAt.After(l.now) {
		t.Errorf("afterwards the escalation is %+v", e)
	}
	if got := pagedTo(l.do(onCall, EscalateNow{From: first})); got != "" {
		t.Errorf("asked again from the first message, it pages %q", got)
	}
	if got := pagedTo(l.do(onCall, EscalateNow{})); got != "administrator" {
		t.Errorf("asked again from where it stands, it pages %q", got)
	}
	last := l.entries[len(l.entries)-1]
	if err := on(last, func(v Stepped) {
		if v.Asked != people.OnCall {
			t.Errorf("the step says it was asked for by %q", v.Asked)
		}
	}); err != nil {
		t.Error(err)
	}
}

// TestRewriting: the messages that ask somebody to acknowledge are rewritten once it is acknowledged, each once, and those
// that were on their way meanwhile as soon as they lie there.
func TestRewriting(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	l.crew = crewOf("on-call", map[people.ID][]string{"on-call": {"mail", "slack"}, "lead": {"slack"}, "administrator": {"slack"}})
	l.crew.Rewritable = []string{"slack"}
	rewritten := func(by people.Actor, c Command) (pages []string) {
		for _, e := range l.do(by, c).Effects {
			if s, ok := e.Data.(SettleEffect); ok {
				pages = append(pages, s.Method+" "+s.Page)
			}
		}
		return pages
	}
	rewritten(monitor, opening(pipeline.S1))
	key := l.state.Pages[0].Key
	for _, m := range []string{"mail", "slack"} {
		if got := rewritten(monitor, RecordPage{PageSent, PageResult{Key: key, Method: m, Receipt: "D1/" + m}}); got != nil {
			t.Errorf("rewritten as it was sent: %q", got)
		}
	}
	l.now = l.now.Add(5 * time.Minute)
	rewritten(monitor, Tick{})
	late := l.state.Pages[len(l.state.Pages)-1].Key
	if got := rewritten(responder, Acknowledge{}); len(got) != 1 || got[0] != "slack "+key {
		t.Errorf("acknowledged, rewritten are %q", got)
	}
	if got := rewritten(monitor, RecordPage{PageSent, PageResult{Key: late, Method: "slack", Receipt: "D2/1"}}); len(got) != 1 || got[0] != "slack "+late {
		t.Errorf("overtaken, rewritten are %q", got)
	}
	if got := rewritten(responder, Resolve{Text: "the LUT is back"}); len(got) != 2 {
		t.Errorf("resolved, rewritten are %q", got)
	}
}
