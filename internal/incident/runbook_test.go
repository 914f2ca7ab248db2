package incident

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// housebook has a step of each kind.
func housebook() *runbook.Runbook {
	words := func(s string) runbook.Words { return runbook.Words{FR: s, EN: s} }
	return &runbook.Runbook{Name: "house", Steps: []runbook.Step{
		{Name: "take", Text: words("take"), DoneBy: runbook.Acknowledged},
		{Name: "look", Text: words("look"), Check: runbook.Images},
		{Name: "rebuild", Text: words("rebuild"), Command: []string{"/bin/rebuild"}},
		{Name: "stop", Text: words("stop"), Contain: runbook.DisableRoute},
		{Name: "take-out", Text: words("take out"), Contain: runbook.Isolate},
		{Name: "back", Text: words("back"), Contain: runbook.RollBack},
		{Name: "tell", Text: words("tell"), Message: &runbook.Message{Situation: words("{pipeline}: {mitigation}"), Mitigation: words("m"), Next: words("n")}},
		{Name: "call", Text: words("call")},
	}}
}

// withSteps gives an S1 in one phase with the runbook of the house.
func withSteps(t *testing.T, p Phase) *life {
	t.Helper()
	l := in(t, p)
	l.state.Opened.Steps = housebook()
	return l
}

// TestStepMachine is what may be done to a step of each kind, as a picture.
func TestStepMachine(t *testing.T) {
	t.Parallel()
	ran := func(l *life, step string, outcome StepOutcome) {
		l.do(onCall, RunStep{Step: step})
		l.do(monitor, RecordStep{StepEnded{Step: step, Run: 1, Outcome: outcome}})
	}
	states := []func(*life){
		func(*life) {},
		func(l *life) { l.do(onCall, RunStep{Step: "look"}); l.do(onCall, RunStep{Step: "rebuild"}) },
		func(l *life) {
			ran(l, "look", StepDone)
			ran(l, "rebuild", StepDone)
			l.do(onCall, FinishStep{Step: "call"})
			l.do(onCall, TellStep{"tell", SendUpdate{"a", "b", "c"}})
		},
		func(l *life) { ran(l, "look", StepBad); ran(l, "rebuild", StepFailed) },
		func(l *life) { ran(l, "look", StepFailed); ran(l, "rebuild", StepUnknown) },
		func(l *life) {
			for _, step := range []string{"look", "rebuild", "call", "tell"} {
				l.do(onCall, SkipStep{step, "not now"})
			}
		},
	}
	for _, row := range []struct {
		want string
		c    Command
	}{
		//open running done bad/failed failed/unknown skipped
		{"y o n n n y", RunStep{Step: "look"}},
		{"y o o o o y", RunStep{Step: "look", Run: 1}},
		{"n o y y y n", RunStep{Step: "look", Run: 2}},
		{"y o n n n y", RunStep{Step: "rebuild"}},
		{"n o y y y n", RunStep{Step: "rebuild", Run: 2}},
		{"n n n n n n", RunStep{Step: "stop"}},
		{"n n n n n n", RunStep{Step: "call"}},
		{"n n n n n n", RunStep{Step: "none"}},
		{"y y o y y y", FinishStep{Step: "call", Note: "done"}},
		{"n n n n n n", FinishStep{Step: "take", Note: "done"}},
		{"n n n n n n", FinishStep{Step: "stop", Note: "done"}},
		{"n n n y y n", FinishStep{Step: "rebuild", Note: "in the shell"}},
		{"n n n n n n", FinishStep{Step: "rebuild"}}, // how?
		{"n n n n y n", FinishStep{Step: "look", Note: "I looked"}},
		{"y n n y y o", SkipStep{"rebuild", "why"}},
		{"y n n n y o", SkipStep{"look", "why"}},
		{"y y n y y o", SkipStep{"call", "why"}},
		{"n n n n n o", SkipStep{"call", " "}},
		{"y y o y y y", TellStep{"tell", SendUpdate{"a", "b", "c"}}},
		{"n n o n n n", TellStep{"tell", SendUpdate{"a", "", "c"}}},
		{"n n n n n n", TellStep{"call", SendUpdate{"a", "b", "c"}}},
		{"n o o o o n", RecordStep{StepEnded{Step: "none", Run: 9, Outcome: StepDone}}},
	} {
		got := ""
		for _, prepare := range states {
			l := withSteps(t, PhaseAcknowledged)
			prepare(l)
			by := onCall
			if _, system := row.c.(RecordStep); system {
				by = monitor
				row.c = RecordStep{StepEnded{Step: "look", Run: 9, Outcome: StepDone}}
			}
			got += " " + outcome(l.try(by, row.c))
		}
		if got[1:] != row.want {
			t.Errorf("%T %+v:\n got %s\nwant %s\n(open running done bad/failed failed/unknown skipped)", row.c, row.c, got[1:], row.want)
		}
	}
}

// TestStepPermissions is who may do which step.
func TestStepPermissions(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		want string
		c    Command
	}{
		//viewer responder lead board administrator monitor nobody
		{"n y y n y y n", RunStep{Step: "look"}},
		{"n y y n y y n", RunStep{Step: "rebuild"}},
		{"n y y n y y n", FinishStep{Step: "call"}},
		{"n y y n y y n", SkipStep{"stop", "why"}},
		{"n y y n y y n", TellStep{"tell", SendUpdate{"a", "b", "c"}}},
		{"n n n n n n n", RecordStep{StepEnded{Step: "look", Run: 1, Outcome: StepDone}}}, // nothing runs
	} {
		got := ""
		for _, by := range actors() {
			got += " " + outcome(withSteps(t, PhaseAcknowledged).try(by, row.c))
		}
		if got[1:] != row.want {
			t.Errorf("%T: got %s, want %s", row.c, got[1:], row.want)
		}
	}
}

// TestStepsOfPhases: steps can be done until the incident is closed, which waits for what runs.
func TestStepsOfPhases(t *testing.T) {
	t.Parallel()
	for p, want := range map[Phase]string{PhaseDetected: "y", PhaseContained: "y", PhaseResolved: "y", PhasePublished: "y", PhaseClosed: "n"} {
		if got := outcome(withSteps(t, p).try(onCall, RunStep{Step: "look"})); got != want {
			t.Errorf("running a step while %s gives %s, want %s", p, got, want)
		}
	}
	l := withSteps(t, PhasePublished)
	l.do(onCall, RunStep{Step: "rebuild"})
	if _, err := l.try(lead, Close{}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("it is closed while a command runs: %v", err)
	}
	l.do(monitor, RecordStep{StepEnded{Step: "rebuild", Run: 1, Outcome: StepDone}})
	l.do(lead, Close{})
}

// TestTwoPress: who presses a button that somebody else has just pressed runs nothing twice.
func TestTwoPress(t *testing.T) {
	t.Parallel()
	l := withSteps(t, PhaseAcknowledged)
	first := l.do(onCall, RunStep{Step: "rebuild", Run: 1})
	if len(first.Effects) != 1 {
		t.Fatalf("the first press gives %v", first.Effects)
	}
	l.do(monitor, RecordStep{StepEnded{Step: "rebuild", Run: 1, Outcome: StepDone}})
	if late := l.do(lead, RunStep{Step: "rebuild", Run: 1}); len(late.Effects)+len(late.Events) > 0 {
		t.Errorf("the second press of the same button gives %v", late)
	}
	again := l.do(lead, RunStep{Step: "rebuild", Run: 2})
	if len(again.Effects) != 1 || again.Effects[0].Key == first.Effects[0].Key {
		t.Errorf("another run gives %v", again.Effects)
	}
	if late := l.do(monitor, RecordStep{StepEnded{Step: "rebuild", Run: 1, Outcome: StepFailed}}); len(late.Events) > 0 {
		t.Error("the late report of the first run ends the second")
	}
}

// stands gives how all steps stand, in one line.
func stands(s State) string {
	var list []string
	for _, st := range s.Standings() {
		list = append(list, st.Name+" "+string(st.Status))
	}
	return strings.Join(list, ", ")
}

// TestDefaultRunbook: what the incident knows by itself is done by that; the rest is asked for.
func TestDefaultRunbook(t *testing.T) {
	t.Parallel()
	l := in(t, PhaseDetected)
	if next := NextStep(l.state.Standings()); next == nil || next.Name != "acknowledge" || next.Within.To != 5 {
		t.Errorf("the first step is %+v", next)
	}
	want := "acknowledge done, scope open, severity open, contain done, tell done, edges open, impact done, evidence open, alerts open"
	if got := stands(in(t, PhaseContained).state); got != want {
		t.Errorf("contained, the steps stand as\n%s, want\n%s", got, want)
	}
	if got := stands(in(t, PhaseResolved).state); got != want { // undone after the repair
		t.Errorf("resolved, the steps stand as\n%s, want\n%s", got, want)
	}
	l = in(t, PhaseAcknowledged)
	l.do(onCall, ChangeSeverity{To: pipeline.S2, Policy: pipeline.DefaultPolicies()[pipeline.S2], Reason: "small"})
	if st, _ := l.state.Standing("severity"); st.Status != StepIsDone || !st.ByFact || st.By != onCall.ID {
		t.Errorf("a changed severity stands as %+v", st)
	}
	l.do(onCall, SkipStep{"evidence", "none"})
	if _, err := l.try(onCall, FinishStep{Step: "contain"}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("a containment is done by a person's word: %v", err)
	}
}

// TestContainmentSteps: a containment is done when it is proven.
func TestContainmentSteps(t *testing.T) {
	t.Parallel()
	l := withSteps(t, PhaseAcknowledged)
	l.state.Opened.Routes = []string{"catalogue", "hero"}
	check := func(what, want string, routes ...string) {
		t.Helper()
		st, _ := l.state.Standing("stop")
		if string(st.Status) != want || strings.Join(st.Routes, " ") != strings.Join(routes, " ") {
			t.Errorf("%s: it is %s, to do %v; want %s, %v", what, st.Status, st.Routes, want, routes)
		}
	}
	check("at first", "open", "catalogue", "hero")
	l.do(onCall, DisableRoute{Route: "catalogue"})
	check("one is asked for", "open", "hero")
	l.do(onCall, DisableRoute{Route: "hero"})
	check("both are asked for", "running")
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	check("one is proven", "running")
	l.do(monitor, RecordFailure{ID: "M2", Final: true, Reason: "no answer"})
	check("one has failed", "failed", "hero")
	l.do(onCall, DisableRoute{Route: "hero"})
	l.do(monitor, RecordProbe{ID: "M3", Probe: probe()})
	check("both are proven", "done")
	l.do(onCall, Undo{ID: "M1"})
	l.do(monitor, RecordProbe{ID: "M1", Undo: true, Probe: probe()})
	check("one is undone while it burns", "open", "catalogue")
	l.do(onCall, Resolve{"the cause is gone"})
	check("one is undone, and the cause is gone", "done")

	l = withSteps(t, PhaseAcknowledged)
	l.state.Policy.ApproveContainment = true
	l.do(onCall, DisableRoute{Route: "catalogue"})
	check("a second person is wanted", "proposed")
	l.do(onCall, Isolate{Images: images("a")})
	if st, _ := l.state.Standing("take-out"); st.Status != StepIsProposed || len(st.Progress) != 1 {
		t.Errorf("isolating stands as %+v", st)
	}
	l.state.Policy.ApproveContainment = false
	l.do(onCall, back("a"))
	if st, _ := l.state.Standing("back"); st.Status != StepIsRunning || len(st.Routes) > 0 {
		t.Errorf("rolling back stands as %+v", st)
	}
}

// TestFilled: the facts of the incident are in the message, and nothing else of it changes.
func TestFilled(t *testing.T) {
	t.Parallel()
	l := withSteps(t, PhaseContained)
	m := *housebook().Steps[6].Message
	if got := l.state.Filled(m, phrase.French); got != (SendUpdate{"catalogue: catalogue sert les références", "m", "n"}) {
		t.Errorf("the message is %+v", got)
	}
	l.do(onCall, Undo{ID: "M1"})
	if got := l.state.Filled(m, phrase.English).Situation; got != "catalogue: being taken back, not proven yet: catalogue serves the references" {
		t.Errorf("while it is undone the situation is %q", got)
	}
	l.do(monitor, RecordFailure{ID: "M1", Undo: true, Final: true, Reason: "it answers with status 401"})
	if got := l.state.Filled(m, phrase.English).Situation; got != "catalogue: taking back has failed, perhaps still in force: catalogue serves the references" {
		t.Errorf("after its undo has failed the situation is %q", got)
	}
	l = withSteps(t, PhaseAcknowledged)
	l.do(onCall, Isolate{Images: images("a")})
	if got := l.state.Filled(m, phrase.English).Situation; !strings.HasPrefix(got, "catalogue: asked for, not proven yet: images out of delivery: ") {
		t.Errorf("while images are to be taken out the situation is %q", got)
	}
	l = withSteps(t, PhaseAcknowledged)
	if got := l.state.Filled(m, phrase.English).Situation; got != "catalogue: None yet" {
		t.Errorf("uncontained, the situation is %q", got)
	}
	d := runbook.Default()
	tell, _ := d.Step("tell")
	if got := l.state.Filled(*tell.Message, phrase.English).Situation; got != "S1 on catalogue since 04:13 UTC: Dérive couleur marque. Images affected: not measured yet." {
		t.Errorf("the default message is %q", got)
	}
}

// TestKeptRunbook: the runbook is that of the opening.
func TestKeptRunbook(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	o := opening(pipeline.S1)
	o.Steps = housebook()
	l.do(monitor, o)
	s, err := Fold(l.entries)
	if err != nil || s.Runbook().Name != "house" || len(s.Runbook().Steps) != len(housebook().Steps) {
		t.Errorf("folded, the runbook is %+v, %v", s.Runbook(), err)
	}
	l.now = l.now.Add(time.Minute)
	l.do(onCall, RunStep{Step: "look"})
	l.do(monitor, RecordStep{StepEnded{Step: "look", Run: 1, Outcome: StepBad, Says: []phrase.Sentence{phrase.Of("runbook.says.images.bad", 3, 4200)}}})
	st, _ := l.state.Standing("look")
	if got := st.Result.Says[0].In(phrase.French); st.Status != StepIsBad || got != "3 images livrées sur 4 200 sont hors budget" || st.Result.Duty != "on-call" {
		t.Errorf("the step stands as %+v and says %q", st, got)
	}
}
