package incident

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// TestWalk takes 1,000 incidents through 50 random commands each.
func TestWalk(t *testing.T) {
	t.Parallel()
	reached := map[Phase]int{}
	for seed := range uint64(1000) {
		w := &walk{life: newLife(t), rand: rand.New(rand.NewPCG(seed, 2)), keys: map[string]bool{}}
		for w.steps = range 50 {
			w.step()
			if t.Failed() {
				t.Fatalf("seed %d, step %d", seed, w.steps)
			}
		}
		again, err := Fold(w.entries)
		if err != nil || !reflect.DeepEqual(again, w.state) {
			t.Fatalf("seed %d: replaying %d events gives\n%+v (%v)\nlive state is\n%+v", seed, len(w.entries), again, err, w.state)
		}
		reached[w.state.Phase()]++
	}
	for _, p := range []Phase{PhaseContained, PhaseResolved, PhasePublished, PhaseClosed} {
		if reached[p] < 5 {
			t.Errorf("only %d of 1000 walks end in %s: the walk does not reach the machine", reached[p], p)
		}
	}
}

type walk struct {
	*life
	rand  *rand.Rand
	steps int
	keys  map[string]bool
}

// one picks one of a few values.
func one[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func (w *walk) step() {
	w.now = w.now.Add(time.Duration(w.rand.Int64N(int64(one(w.rand, time.Second, time.Hour, 12*time.Hour)/time.Millisecond))) * time.Millisecond)
	by := one(w.rand, onCall, onCall, lead, lead, board, admin, viewer, responder, monitor, monitor, monitor)
	before := w.state
	before.Clocks = append([]Clock(nil), before.Clocks...)
	c := w.command()
	change, err := w.try(by, c)
	sayable(w.t, c, err)
	if before.Closed != nil && len(change.Events)+len(change.Effects) > 0 && err == nil {
		w.t.Errorf("%T gives %v after closing", c, change)
	}
	for _, e := range change.Effects {
		if w.keys[e.Key] && err == nil {
			w.t.Errorf("%T queues the effect %s again, so it would not run", c, e.Key)
		}
		w.keys[e.Key] = err == nil || w.keys[e.Key]
	}
	if _, ticked := c.(Tick); ticked && err == nil {
		w.settled()
	}
	w.invariants(before)
}

// settled says that after a tick nothing more is due.
func (w *walk) settled() {
	if again, err := Decide(w.state, Tick{}, Env{Now: w.now, By: monitor}); err != nil || len(again.Events) > 0 {
		w.t.Errorf("a second tick at the same time gives %v, %v", again.Events, err)
	}
	for _, d := range w.state.Deadlines() {
		if !d.At.After(w.now) {
			w.t.Errorf("after a tick at %v the deadline %s of %v is still open", w.now, d.Name, d.At)
		}
	}
}

// invariants must hold after every step of every walk.
func (w *walk) invariants(before State) {
	s := w.state
	if before.Closed != nil && s.Phase() != PhaseClosed {
		w.t.Errorf("a closed incident is %s again", s.Phase())
	}
	inForce, standing := s.QuarantinedAt != nil || s.Stopped(), false
	for _, m := range s.Mitigations {
		standing = standing || m.Status == IsProven && m.Kind != KindRollBack && m.Kind != KindPurge
	}
	if inForce != (s.Contained != nil) {
		w.t.Errorf("contained is %v, mitigations are %+v", s.Contained, s.Mitigations)
	}
	if first := before.FirstContained; first != nil && *s.FirstContained != *first || first == nil && s.FirstContained != s.Contained {
		w.t.Errorf("contained first at %v, now at %v, before first at %v", s.FirstContained, s.Contained, first)
	}
	if c := s.Clock(ClockContain); c != nil && (c.StoppedAt != nil) != (s.FirstContained != nil) {
		w.t.Errorf("the clock of containment is %+v, contained first at %v", c, s.FirstContained)
	}
	if s.Closed != nil && (s.Resolved == nil || standing || s.Policy.Postmortem && s.PublishedAt == nil) {
		w.t.Errorf("it is closed although resolved %v, in force %v, published %v", s.Resolved, standing, s.PublishedAt)
	}
	for _, was := range before.Clocks {
		if now := s.Clock(was.Name); was.StoppedAt != nil && !reflect.DeepEqual(now, &was) {
			w.t.Errorf("clock %s had stopped as %+v and is now %+v", was.Name, was, now)
		}
	}
	if waiting := s.Ack == nil && s.Resolved == nil && s.Closed == nil && len(s.Policy.Escalate().Steps) > 0; waiting && s.Escalation.NextAt == nil {
		w.t.Errorf("nobody has acknowledged and nobody is paged next: %+v", s.Escalation)
	}
	w.pages()
	w.runbook(before)
	active := map[string]string{}
	for _, m := range s.Mitigations {
		if m.Status.Over() || m.Status == IsUndoing || m.Kind != KindDisableRoute {
			continue
		}
		if other := active[m.Route]; other != "" {
			w.t.Errorf("mitigations %s and %s pull at the route %s at once", other, m.ID, m.Route)
		}
		active[m.Route] = m.ID
	}
}

// runbook says that every step stands somewhere, that none goes on after closing, and that no run is counted twice.
func (w *walk) runbook(before State) {
	if step := w.state.runningStep(); step != "" && w.state.Closed != nil {
		w.t.Errorf("step %s runs after closing", step)
	}
	for _, st := range w.state.Standings() {
		if was := before.step(st.Name); st.Runs < was.Runs || st.Runs > was.Runs+1 {
			w.t.Errorf("step %s has been run %d times after %d", st.Name, st.Runs, was.Runs)
		}
		if st.Status != StepIsOpen && st.At == nil {
			w.t.Errorf("step %s is %s since nobody knows when", st.Name, st.Status)
		}
	}
}

func (w *walk) pages() {
	seen := map[string]bool{}
	for _, p := range w.state.Pages {
		switch wanted := w.state.PageWanted(p.Key, ""); {
		case seen[p.Key]:
			w.t.Errorf("two pages have the key %s", p.Key)
		case wanted && w.state.Closed != nil:
			w.t.Errorf("page %s is wanted after closing", p.Key)
		case wanted && p.Status != PagePlanned:
			w.t.Errorf("page %s is wanted though it is %s", p.Key, p.Status)
		case wanted && p.Purpose == ToAcknowledge && w.state.Ack != nil:
			w.t.Errorf("page %s is wanted after the acknowledgement", p.Key)
		case w.state.Closed != nil && p.Status == PagePlanned:
			w.t.Errorf("page %s is open after closing", p.Key)
		}
		seen[p.Key] = true
	}
}

// command makes a random command, mostly one that fits.
func (w *walk) command() Command {
	r, s := w.rand, w.state
	if !s.Exists() {
		o := opening(one(r, pipeline.S0, pipeline.S1, pipeline.S2, pipeline.S3))
		o.PersonalData = r.IntN(2) == 0
		o.Routes = one(r, nil, []string{"catalogue"}, []string{"catalogue", "hero"})
		o.OnCall = one(r, onCall.ID, onCall.ID, onCall.ID, "")
		return o
	}
	mitigation := fmt.Sprintf("M%d", 1+r.IntN(len(s.Mitigations)+1))
	step := one(r, runbook.Default().Names()...)
	severity := one(r, pipeline.S0, pipeline.S1, pipeline.S2, pipeline.S3)
	all := []Command{
		Acknowledge{}, AddNote{"n"}, CompleteAnalysis{"a"}, RecordPrevented{"p"}, Tick{}, Tick{}, Tick{},
		Escalate{To: one(r, lead.ID, onCall.ID, responder.ID)}, AnswerLead{Accept: r.IntN(2) == 0, Text: "t"},
		ChangeSeverity{To: severity, Policy: pipeline.DefaultPolicies()[severity], Reason: "r"},
		PauseClock{one(r, ClockPublish, ClockPrevent), w.now.Add(time.Duration(r.IntN(72)) * time.Hour), "r"}, ResumeClock{ClockPublish},
		SendUpdate{"s", "m", "n"}, SeeUpdate{1 + r.IntN(3)}, FileImpact{Impact{Checked: 3, Affected: 2}},
		DisableRoute{Route: one(r, "catalogue", "hero")}, Undo{ID: mitigation}, Undo{ID: mitigation}, Isolate{Images: images(one(r, "a", "b"))}, ApproveMitigation{ID: mitigation}, NoStoreRoute{Route: one(r, "catalogue", "hero"), Lasting: time.Hour}, back(one(r, "a", "b")), PurgeRoute{Route: one(r, "catalogue", "hero")}, DisableRoutes{Routes: []string{"hero", "catalogue"}},
		RecordApplied{mitigation}, RecordProbe{ID: mitigation, Undo: r.IntN(2) == 0, Probe: probe()},
		RecordProbe{ID: mitigation, Undo: r.IntN(2) == 0, Probe: probe()},
		RecordFailure{ID: mitigation, Undo: r.IntN(2) == 0, Final: r.IntN(3) == 0, Reason: "no answer"},
		Resolve{"gone"}, Resolve{"gone"}, Reopen{"back"}, publication(r.IntN(3)), Close{}, Close{},
		Close{Open: []string{"rca"}, Waive: map[string]string{"rca": "why"}}, EndAlerts{Count: 3},
		RunStep{Step: step, Run: r.IntN(4)}, RunStep{Step: step, Run: s.step(step).Runs + 1}, FinishStep{Step: step, Note: "by hand"}, SkipStep{step, "why"},
		TellStep{"tell", SendUpdate{"s", "m", "n"}}, RecordStep{StepEnded{Step: step, Run: s.step(step).Runs, Outcome: one(r, StepDone, StepBad, StepFailed, StepUnknown)}},
		RecordLeak{Item: "Q-1", Policy: pipeline.DefaultPolicies()[pipeline.S0]},
		JoinAlert{AlertJoined{Name: "a", Severity: severity}, pipeline.DefaultPolicies()[severity]},
	}
	if r.IntN(30) == 0 {
		all = append(all, RecordQuarantined{Item: "Q-1"})
	}
	if n := len(s.Pages); n > 0 {
		key := s.Pages[r.IntN(n)].Key
		all = append(all, RecordPage{one(r, PageSent, PageFailed, PageDropped), PageResult{Key: key}})
	}
	return all[r.IntN(len(all))]
}

// TestFoldPassesOverUnknown proves that entries of later versions do not stop the fold.
func TestFoldPassesOverUnknown(t *testing.T) {
	t.Parallel()
	l := in(t, PhaseAcknowledged)
	e := l.entries[len(l.entries)-1]
	e.Type, e.Seq = "incident.from-the-future", e.Seq+1
	s, err := Fold(append(l.entries, e))
	if err != nil || s.Phase() != PhaseAcknowledged || s.Seq != e.Seq {
		t.Errorf("fold with an unknown event: phase %s, seq %d, %v; want acknowledged, %d, nil", s.Phase(), s.Seq, err, e.Seq)
	}
}

// TestFoldRefusesDamage proves that an event that cannot be read is an error and not a guess.
func TestFoldRefusesDamage(t *testing.T) {
	t.Parallel()
	l := in(t, PhaseDetected)
	l.entries[0].Data = []byte(`{"severity":7}`)
	if _, err := Fold(l.entries); err == nil {
		t.Error("an opening event with a number as severity folds without an error")
	}
}

// TestTypes proves that all event types are declared once.
func TestTypes(t *testing.T) {
	t.Parallel()
	declared := map[string]bool{}
	for _, typ := range Types() {
		if declared[typ.Name] {
			t.Errorf("%s is declared twice", typ.Name)
		}
		declared[typ.Name] = true
	}
	for _, l := range phases(t) {
		for _, e := range l.entries {
			if !declared[e.Type] {
				t.Errorf("%s is emitted but not declared", e.Type)
			}
		}
	}
}

// TestDuties is how documents name the people of an incident.
func TestDuties(t *testing.T) {
	t.Parallel()
	l := in(t, PhaseDetected)
	for _, row := range []struct {
		by   people.Actor
		want people.Duty
	}{
		{monitor, people.MonitorBot}, {onCall, people.OnCall}, {lead, people.LeadDuty}, {people.Actor{ID: lead.ID}, people.LeadDuty},
		{board, people.Member}, {admin, people.Admin}, {responder, people.OnCall}, {people.Actor{ID: "zoe", Role: people.Lead}, people.LeadDuty},
	} {
		if got := l.state.DutyOf(row.by); got != row.want {
			t.Errorf("%s acts as %q, want %q", row.by.ID, got, row.want)
		}
	}
	l.do(onCall, Escalate{To: responder.ID})
	l.do(responder, AnswerLead{Accept: true})
	if got := l.state.DutyOf(responder); got != people.LeadDuty || l.state.LeadID() != responder.ID {
		t.Errorf("the responder who accepted to lead acts as %q, leads %q", got, l.state.LeadID())
	}
}
