package incident

import (
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// quiet is S2 as people in Paris have it.
func quiet() pipeline.Policy {
	p := pipeline.DefaultPolicies()[pipeline.S2]
	p.Escalation.Quiet = &pipeline.QuietHours{From: "22:00", Until: "07:00", TimeZone: "Europe/Paris"}
	return p
}

// TestQuietHoursHoldClocks: nobody is woken because a deadline of S2 comes near, or is over; everybody hears of it in the morning.
func TestQuietHoursHoldClocks(t *testing.T) {
	t.Parallel()
	l, o := newLife(t), opening(pipeline.S2)
	o.Opened.Policy = quiet()
	evening := time.Date(2025, 9, 27, 20, 30, 0, 0, time.UTC) // 22:30 in Paris
	l.now, o.Opened.ActiveAt = evening, nil
	l.do(monitor, o)
	morning := time.Date(2025, 9, 28, 5, 0, 0, 0, time.UTC)
	for l.now = evening; l.now.Before(morning); l.now = l.now.Add(minute) {
		if got := types(l.do(monitor, Tick{})); strings.Contains(got, "paged") || strings.Contains(got, "clock") {
			t.Fatalf("at %v a tick gives %q", l.now, got)
		}
		for _, d := range l.state.Deadlines() {
			if d.At.Before(morning) {
				t.Fatalf("at %v the deadline %s is %v, in quiet hours", l.now, d.Name, d.At)
			}
		}
	}
	l.now = morning
	if got := types(l.do(monitor, Tick{})); !strings.Contains(got, "clock-breached paged") {
		t.Errorf("in the morning a tick gives %q", got)
	}
}

// TestSeverityAndBackKeepsPauses: a clock that another severity brings back has the pauses that it had.
func TestSeverityAndBackKeepsPauses(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	l.do(onCall, Acknowledge{})
	l.do(lead, PauseClock{ClockPublish, l.now.Add(maxPaused), "the supplier is away"})
	before := *l.state.Clock(ClockPublish)
	for _, s := range []pipeline.Severity{pipeline.S3, pipeline.S1} {
		l.do(onCall, ChangeSeverity{To: s, Policy: pipeline.DefaultPolicies()[s], Reason: "a second look"})
	}
	c := l.state.Clock(ClockPublish)
	if c == nil || c.Paused != before.Paused || !c.DueAt.Equal(before.DueAt) {
		t.Fatalf("back again the clock is %+v, want %+v", c, before)
	}
	l.do(lead, ResumeClock{ClockPublish})
	if _, err := l.try(lead, PauseClock{ClockPublish, l.now.Add(maxPaused + time.Second), "once more"}); err == nil {
		t.Error("seven days were given twice")
	}
}

// TestPauseIsForbidden: a policy that lets no clock be paused is kept as such, in the journal too.
func TestPauseIsForbidden(t *testing.T) {
	t.Parallel()
	l, o := newLife(t), opening(pipeline.S1)
	o.Opened.Policy.Pause = []string{}
	l.do(monitor, o)
	l.do(onCall, Acknowledge{})
	if _, err := l.try(lead, PauseClock{ClockPublish, l.now.Add(time.Hour), "a reason"}); err == nil {
		t.Error("a clock that the policy forbids to pause was paused")
	}
}

// TestClockReachesTheAdministrators where whoever answers for it cannot be reached, or was not.
func TestClockReachesTheAdministrators(t *testing.T) {
	t.Parallel()
	crew := oncall.Crew{
		Schedules: map[string][]people.ID{oncall.Primary: {onCall.ID}}, Admins: []people.ID{"ada", "bob"},
		Methods: map[people.ID][]string{onCall.ID: {"e-mail"}, "ada": {"e-mail"}, "bob": {"e-mail"}},
	}
	at := func(l *life, c oncall.Crew) (to []people.ID) {
		t.Helper()
		l.now = l.state.Clock(ClockContain).RiskAt()
		l.crewed(monitor, Tick{}, c)
		for _, p := range l.state.Pages {
			if p.Purpose == AtRisk {
				to = append(to, p.To)
			}
		}
		return to
	}
	alone := func() *life {
		l := opened(t, pipeline.S1, func(o *Open) { o.Opened.Lead = "" })
		l.crewed(onCall, Acknowledge{}, crew)
		return l
	}
	if to := at(alone(), crew); len(to) != 1 || to[0] != onCall.ID {
		t.Errorf("at risk %v are told, want the one who acknowledged", to)
	}
	away := crew
	away.Methods = map[people.ID][]string{"ada": {"e-mail"}, "bob": {"e-mail"}}
	if to := at(alone(), away); len(to) != 3 {
		t.Errorf("without a way to reach whoever acknowledged %v are told, want the administrators of now too", to)
	}
	l := alone()
	at(l, crew)
	var page Page
	for _, p := range l.state.Pages {
		if p.Purpose == AtRisk {
			page = p
		}
	}
	l.crewed(monitor, RecordPage{Status: PageFailed, PageResult: PageResult{Key: page.Key, Method: "e-mail", Reason: "550"}}, crew)
	told := map[people.ID]bool{}
	for _, p := range l.state.Pages {
		if p.Purpose == AtRisk {
			told[p.To] = true
		}
	}
	if !told["ada"] || !told["bob"] {
		t.Errorf("after its page has failed for good %v are told, want the administrators", told)
	}
}

// TestStepRefNamesTheRoundOfItsStep: rounds count from the first, and no two rounds share a name.
func TestStepRefNamesTheRoundOfItsStep(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	for range 4 {
		l.now = *l.state.Escalation.NextAt
		l.do(monitor, Tick{})
	}
	seen := map[StepRef]time.Time{}
	for _, p := range l.state.Pages {
		if p.Step == nil {
			continue
		}
		if at, known := seen[*p.Step]; known && !at.Equal(p.PlannedAt) {
			t.Errorf("two steps share the name %+v: at %v and %v", *p.Step, at, p.PlannedAt)
		}
		seen[*p.Step] = p.PlannedAt
	}
	for _, want := range []StepRef{{1, 0, 0}, {1, 0, 1}, {1, 1, 0}, {1, 1, 1}} {
		if _, ok := seen[want]; !ok {
			t.Errorf("no page of step %+v: %v", want, seen)
		}
	}
}
