package incident

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

const minute = time.Minute

func types(c journal.Change) string {
	names := make([]string, len(c.Events))
	for i, e := range c.Events {
		names[i] = strings.TrimPrefix(e.Type, "incident.")
	}
	return strings.Join(names, " ")
}

func opened(t *testing.T, s pipeline.Severity, change func(*Open)) *life {
	t.Helper()
	l, o := newLife(t), opening(s)
	if change != nil {
		change(&o)
	}
	l.do(monitor, o)
	return l
}

// TestClocksOfSeverities is the column "clocks" of the design's table.
func TestClocksOfSeverities(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		severity pipeline.Severity
		personal bool
		want     map[ClockName]time.Duration
	}{
		{pipeline.S0, true, map[ClockName]time.Duration{ClockContain: 30 * minute, ClockPublish: 48 * time.Hour, ClockLegal: 72 * time.Hour}},
		{pipeline.S0, false, map[ClockName]time.Duration{ClockContain: 30 * minute, ClockPublish: 48 * time.Hour}},
		{pipeline.S1, false, map[ClockName]time.Duration{ClockContain: 30 * minute, ClockPublish: 48 * time.Hour}},
		{pipeline.S2, true, map[ClockName]time.Duration{ClockContain: 4 * time.Hour, ClockPublish: 120 * time.Hour}},
		{pipeline.S3, false, nil},
	} {
		s := opened(t, row.severity, func(o *Open) { o.PersonalData = row.personal }).state
		if len(s.Clocks) != len(row.want) {
			t.Errorf("%s starts the clocks %+v, want %v", row.severity, s.Clocks, row.want)
		}
		for name, d := range row.want {
			if c := s.Clock(name); c == nil || !c.StartedAt.Equal(night()) || c.DueAt.Sub(c.StartedAt) != d {
				t.Errorf("%s starts the clock %s as %+v, want %v from detection", row.severity, name, c, d)
			}
		}
	}
}

// TestClockRuns takes the clock of containment through risk and breach to its stop.
func TestClockRuns(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	l.do(onCall, Acknowledge{})
	if got := types(l.at(22*minute + 29*time.Second)); got != "" {
		t.Errorf("before three quarters a tick gives %q, want nothing", got)
	}
	if got := types(l.at(22*minute + 30*time.Second)); got != "clock-at-risk paged paged" {
		t.Errorf("at three quarters a tick gives %q, want the clock at risk and pages to the on-call and the lead", got)
	}
	if got := types(l.at(29 * minute)); got != "" {
		t.Errorf("between risk and breach a tick gives %q, want nothing", got)
	}
	if got := types(l.at(30 * minute)); got != "clock-breached paged paged" {
		t.Errorf("at the deadline a tick gives %q, want the breach and its pages", got)
	}
	l.now = night().Add(40 * minute)
	l.do(onCall, DisableRoute{Route: "catalogue"})
	if l.state.Clock(ClockContain).StoppedAt != nil || l.state.Phase() != PhaseAcknowledged {
		t.Error("the request for a mitigation stopped the clock; only a passing probe may")
	}
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	c := l.state.Clock(ClockContain)
	if c.StoppedAt == nil || !c.StoppedAt.Equal(l.now) || c.Met() || !c.Breached {
		t.Errorf("after the probe the clock is %+v, want stopped now, breached and not met", c)
	}
	if p := l.state.Clock(ClockPrevent); p == nil || !p.DueAt.Equal(l.now.Add(24*time.Hour)) {
		t.Errorf("the clock of prevention is %+v, want 24 h from containment", p)
	}
}

// TestClockMet stops in time and tells so.
func TestClockMet(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	l.now = night().Add(30 * minute)
	l.do(onCall, DisableRoute{Route: "catalogue"})
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	if c := l.state.Clock(ClockContain); !c.Met() {
		t.Errorf("a probe exactly at the deadline gives %+v, want it met", c)
	}
	if got := types(l.at(31 * minute)); strings.Contains(got, "clock") {
		t.Errorf("a tick after the stop gives %q, want no clock event", got)
	}
}

// TestClockAfterOutage breaches at once when the tick comes too late for the risk.
func TestClockAfterOutage(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	got := types(l.at(45 * minute))
	if !strings.HasPrefix(got, "clock-breached") || strings.Contains(got, "at-risk") {
		t.Errorf("a late tick gives %q, want the breach alone", got)
	}
	if n := strings.Count(types(l.at(45*minute+time.Second)), "paged"); n != 0 {
		t.Errorf("the next tick pages %d more, want none: missed rounds must not go out all at once", n)
	}
}

// TestSeverityMovesClocks changes the severity while the clocks run, and after they stopped.
func TestSeverityMovesClocks(t *testing.T) {
	t.Parallel()
	change := func(l *life, to pipeline.Severity) {
		l.do(onCall, ChangeSeverity{To: to, Policy: pipeline.DefaultPolicies()[to], Reason: "more is known"})
	}
	l := opened(t, pipeline.S2, nil)
	l.at(35 * minute)
	change(l, pipeline.S1)
	if c := l.state.Clock(ClockContain); !c.DueAt.Equal(night().Add(30 * minute)) {
		t.Errorf("raised to S1 the clock is due at %v, want 30 min from detection", c.DueAt)
	}
	if got := types(l.at(35*minute + time.Second)); !strings.Contains(got, "clock-breached") {
		t.Errorf("the tick after raising gives %q, want the breach", got)
	}
	change(l, pipeline.S2)
	if c := l.state.Clock(ClockContain); c.Breached || !c.DueAt.Equal(night().Add(4*time.Hour)) {
		t.Errorf("lowered again the clock is %+v, want it running for 4 h", c)
	}
	if change := l.at(4 * time.Hour); !strings.Contains(types(change), "clock-breached paged paged") || len(change.Effects) < 2 {
		t.Errorf("the second breach gives %q and %d effects, want new pages", types(change), len(change.Effects))
	}
	change(l, pipeline.S3)
	if c := l.state.Clocks; len(c) != 1 || c[0].Name != ClockContain || !c[0].Breached {
		t.Errorf("lowered to S3 the clocks are %+v, want only the breach that happened", c)
	}
}

// TestSeverityRaisedAfterProof starts no clock that is won already.
func TestSeverityRaisedAfterProof(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S3, nil)
	l.now = night().Add(10 * minute)
	proof := l.now
	l.do(onCall, DisableRoute{Route: "catalogue"})
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	l.now = night().Add(20 * minute)
	l.do(monitor, publication(1))
	l.do(onCall, ChangeSeverity{To: pipeline.S1, Policy: pipeline.DefaultPolicies()[pipeline.S1], Reason: "worse"})
	if c := l.state.Clock(ClockContain); c == nil || !c.Met() || !c.StoppedAt.Equal(proof) {
		t.Errorf("the clock of containment is %+v, want stopped by the probe before", c)
	}
	if c := l.state.Clock(ClockPublish); c == nil || !c.Met() {
		t.Errorf("the clock of publication is %+v, want stopped by the publication before", c)
	}
	if c := l.state.Clock(ClockPrevent); c == nil || c.StoppedAt != nil || !c.StartedAt.Equal(proof) {
		t.Errorf("the clock of prevention is %+v, want running since the probe", c)
	}
}

// TestProofOfLess settles no clock: neither one of two routes nor a purge has stopped the harm, also not when a severity is set
// meanwhile, and the time that counts is that of the last part.
func TestProofOfLess(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, func(o *Open) { o.Routes = []string{"catalogue", "hero"} })
	l.now = night().Add(5 * minute)
	l.do(onCall, PurgeRoute{Route: "catalogue", Paths: []string{"a.jpg"}})
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	l.do(onCall, DisableRoute{Route: "catalogue"})
	l.do(monitor, RecordProbe{ID: "M2", Probe: probe()})
	l.now = night().Add(10 * minute)
	l.do(onCall, ChangeSeverity{To: pipeline.S0, Policy: pipeline.DefaultPolicies()[pipeline.S0], Reason: "worse"})
	if c := l.state.Clock(ClockContain); c == nil || c.StoppedAt != nil {
		t.Errorf("with a route that serves on the clock is %+v, want it running", c)
	}
	l.now = night().Add(40 * minute)
	l.do(onCall, DisableRoute{Route: "hero"})
	l.do(monitor, RecordProbe{ID: "M3", Probe: probe()})
	if c := l.state.Clock(ClockContain); c.StoppedAt == nil || !c.StoppedAt.Equal(l.now) || c.Met() {
		t.Errorf("the clock is %+v, want stopped by the last of the routes, too late", c)
	}
}

// TestSecondContainment moves no clock.
func TestSecondContainment(t *testing.T) {
	t.Parallel()
	l := in(t, PhaseContained)
	before := slices.Clone(l.state.Clocks)
	l.now = l.now.Add(time.Hour)
	l.do(onCall, Undo{ID: "M1"})
	l.do(monitor, RecordProbe{ID: "M1", Undo: true, Probe: probe()})
	if got := l.state.Phase(); got != PhaseAcknowledged {
		t.Errorf("after the undo it is %s, want it back at acknowledged", got)
	}
	l.do(onCall, DisableRoute{Route: "catalogue"})
	l.do(monitor, RecordProbe{ID: "M2", Probe: probe()})
	if got := l.state.Phase(); got != PhaseContained {
		t.Errorf("after the second probe it is %s, want contained", got)
	}
	if !slices.EqualFunc(before, l.state.Clocks, func(a, b Clock) bool { return a.DueAt.Equal(b.DueAt) && (a.StoppedAt == nil) == (b.StoppedAt == nil) }) {
		t.Errorf("the clocks were %+v and are %+v", before, l.state.Clocks)
	}
}

// TestPreventedBeforeContainment starts no clock of prevention.
func TestPreventedBeforeContainment(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	l.do(lead, RecordPrevented{"the guard stands"})
	l.do(onCall, DisableRoute{Route: "catalogue"})
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	if c := l.state.Clock(ClockPrevent); c != nil {
		t.Errorf("prevention is done, yet its clock runs: %+v", c)
	}
}

// TestDeadlines lists what is next, so that a tick can be planned.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	want := map[string]time.Duration{"ack": 5 * minute, "contain": 22*minute + 30*time.Second, "publish": 36 * time.Hour}
	got := l.state.Deadlines()
	if len(got) != len(want) {
		t.Errorf("deadlines are %+v, want %v", got, want)
	}
	for _, d := range got {
		if d.At.Sub(night()) != want[d.Name] {
			t.Errorf("deadline %s is %v after detection, want %v", d.Name, d.At.Sub(night()), want[d.Name])
		}
	}
	if closed := in(t, PhaseClosed).state.Deadlines(); closed != nil {
		t.Errorf("a closed incident has the deadlines %+v", closed)
	}
	if none := (State{}).Deadlines(); none != nil {
		t.Errorf("no incident has the deadlines %+v", none)
	}
}

// pagedTo lists whom a change pages.
func pagedTo(c journal.Change) string {
	var ids []string
	for _, e := range c.Effects {
		if p, ok := e.Data.(PageEffect); ok {
			ids = append(ids, string(p.To))
		}
	}
	return strings.Join(ids, " ")
}

// TestPagesBySeverity is the column "paged" of the design's table.
func TestPagesBySeverity(t *testing.T) {
	t.Parallel()
	none := func(o *Open) { o.OnCall = "" }
	for _, row := range []struct {
		severity pipeline.Severity
		change   func(*Open)
		want     string
	}{
		{pipeline.S0, nil, "on-call lead administrator"},
		{pipeline.S1, nil, "on-call"},
		{pipeline.S2, nil, ""}, // not in the night
		{pipeline.S2, func(o *Open) { o.Policy.Escalation.Quiet = nil }, "on-call"},
		{pipeline.S3, nil, ""},
		{pipeline.S0, func(o *Open) { o.OnCall, o.Admins = lead.ID, []people.ID{lead.ID} }, "lead"}, // one person, one page
		{pipeline.S1, none, "lead"}, // nobody on call must not swallow the page
		{pipeline.S1, func(o *Open) { o.OnCall, o.Lead = "", "" }, "administrator"},
	} {
		o := opening(row.severity)
		if row.change != nil {
			row.change(&o)
		}
		if got := pagedTo(newLife(t).do(monitor, o)); got != row.want {
			t.Errorf("%s with on-call %q pages %q, want %q", row.severity, o.OnCall, got, row.want)
		}
	}
}

// TestPagesAgain pages the on-call and the lead until somebody acknowledges, within bounds.
func TestPagesAgain(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	first := l.state.Pages[0].Key
	if !l.state.PageWanted(first, "") {
		t.Error("the first page is not wanted before anyone acknowledges")
	}
	if got := pagedTo(l.at(5 * minute)); got != "on-call lead" {
		t.Errorf("after five minutes of silence %q are paged, want the on-call and the lead", got)
	}
	if got := pagedTo(l.at(5*minute + time.Second)); got != "" {
		t.Errorf("a second later %q are paged, want nobody", got)
	}
	l.do(onCall, Acknowledge{})
	for _, p := range l.state.Pages {
		if p.Purpose == ToAcknowledge && l.state.PageWanted(p.Key, "") {
			t.Errorf("page %s is wanted after the acknowledgement", p.Key)
		}
	}
	if got := pagedTo(l.at(10 * minute)); got != "" {
		t.Errorf("after the acknowledgement %q are paged, want nobody", got)
	}
	silent := opened(t, pipeline.S1, func(o *Open) { o.Policy.Contain, o.Policy.Publish = 0, 0 })
	paged := map[string]int{}
	for i := range 12 * 24 {
		for _, id := range strings.Fields(pagedTo(silent.at(time.Duration(i) * 5 * minute))) {
			paged[id]++
		}
	}
	if paged["on-call"] != 11 || paged["lead"] != 6 || paged["administrator"] < 22 || paged["administrator"] > 24 {
		t.Errorf("nobody answers for a day: pages are %v, want two rounds an hour for an hour and then the administrators each hour", paged)
	}
}

// TestLeadRefused tells the on-call, and asks again whoever is named next.
func TestLeadRefused(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	if got := pagedTo(l.do(onCall, Acknowledge{})); got != "lead" {
		t.Fatalf("acknowledging an S1 pages %q, want the lead by policy", got)
	}
	asked := l.state.Pages[len(l.state.Pages)-1].Key
	if got := pagedTo(l.do(lead, AnswerLead{Text: "on a plane"})); got != "on-call" {
		t.Errorf("the refusal pages %q, want the on-call", got)
	}
	told := l.state.Pages[len(l.state.Pages)-1].Key
	if l.state.PageWanted(asked, "") || !l.state.PageWanted(told, "") {
		t.Errorf("page to the lead wanted: %v, word to the on-call wanted: %v; want false, true", l.state.PageWanted(asked, ""), l.state.PageWanted(told, ""))
	}
	if l.state.LeadID() != "" {
		t.Errorf("%q leads after refusing", l.state.LeadID())
	}
	if got := pagedTo(l.do(onCall, Escalate{To: responder.ID})); got != "responder" {
		t.Errorf("the second escalation pages %q, want the responder", got)
	}
	if l.state.PageWanted(told, "") {
		t.Error("the on-call is still told of the refusal after asking somebody else")
	}
	l.do(responder, AnswerLead{Accept: true})
	if l.state.LeadID() != responder.ID {
		t.Errorf("%q leads, want the responder who accepted", l.state.LeadID())
	}
	if _, err := l.try(responder, AnswerLead{Text: "no"}); err == nil {
		t.Error("an accepted lead can be refused afterwards")
	}
}
