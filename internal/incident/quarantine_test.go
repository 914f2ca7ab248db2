package incident

import (
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/pipeline"
)

func quarantining(severity pipeline.Severity) Open {
	o := opening(severity)
	o.Quarantine, o.Routes = true, []string{"catalogue"}
	o.PersonalData = severity == pipeline.S0
	return o
}

// TestLeak: what was caught becomes a leak when the public is found to have got it.
func TestLeak(t *testing.T) {
	t.Parallel()
	s0 := pipeline.DefaultPolicies()[pipeline.S0]
	l := newLife(t)
	if change := l.do(monitor, quarantining(pipeline.S1)); effects(change, EffectDisableRoute) != 0 || l.state.Clock(ClockLegal) != nil {
		t.Errorf("caught before, it disables %d routes with the legal clock %+v; want neither", effects(change, EffectDisableRoute), l.state.Clock(ClockLegal))
	}
	l.now = night().Add(time.Hour)
	change := l.do(monitor, RecordLeak{"Q-2", s0})
	if effects(change, EffectDisableRoute) != 0 {
		t.Error("whole routes are disabled though images are taken out one by one")
	}
	if got := pagedTo(change); got != "lead administrator" {
		t.Errorf("the leak pages %q, want those who were not paged yet", got)
	}
	legal := l.state.Clock(ClockLegal)
	if l.state.Severity != pipeline.S0 || legal == nil || !legal.StartedAt.Equal(l.now) || !legal.DueAt.Equal(l.now.Add(72*time.Hour)) {
		t.Errorf("it is %s with the legal clock %+v, want S0 and 72 hours from now on", l.state.Severity, legal)
	}
	if change := l.do(monitor, RecordLeak{"Q-3", s0}); len(change.Events) != 0 {
		t.Errorf("a second image gives %v, want nothing new", change.Events)
	}
	l = newLife(t)
	l.do(monitor, quarantining(pipeline.S0))
	if legal := l.state.Clock(ClockLegal); legal == nil || !legal.StartedAt.Equal(night()) {
		t.Errorf("public from the start, the legal clock is %+v; want it from detection", legal)
	}
	if change := l.do(monitor, RecordLeak{"Q-1", s0}); len(change.Events) != 0 {
		t.Errorf("what is known already gives %v", change.Events)
	}
	// A person raised it before anybody knew of a leak.
	l = newLife(t)
	l.do(monitor, quarantining(pipeline.S1))
	l.do(onCall, ChangeSeverity{To: pipeline.S0, Policy: s0, Reason: "to be sure"})
	l.do(monitor, RecordLeak{"Q-1", s0})
	if l.state.Clock(ClockLegal) == nil {
		t.Error("raised by hand before, the leak starts no legal clock")
	}
}

// TestQuarantineContains: the first image that is out contains the incident, and it can be closed.
func TestQuarantineContains(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	l.do(monitor, quarantining(pipeline.S1))
	l.now = night().Add(3 * time.Second)
	p := probe()
	l.do(monitor, RecordQuarantined{"Q-1", &p})
	contain, prevent := l.state.Clock(ClockContain), l.state.Clock(ClockPrevent)
	if l.state.Phase() != PhaseContained || contain == nil || contain.StoppedAt == nil || !contain.StoppedAt.Equal(l.now) || prevent == nil || !prevent.StartedAt.Equal(l.now) {
		t.Errorf("it is %s with the clocks %+v and %+v", l.state.Phase(), contain, prevent)
	}
	// A route that is disabled beside it and restored again changes nothing about that.
	l.do(onCall, DisableRoute{Route: "catalogue"})
	l.do(monitor, RecordProbe{ID: "M1", Probe: p})
	l.do(onCall, Undo{ID: "M1"})
	l.do(monitor, RecordProbe{ID: "M1", Undo: true, Probe: p})
	if l.state.Phase() != PhaseContained {
		t.Errorf("after the undo of another mitigation it is %s", l.state.Phase())
	}
	l.do(onCall, Acknowledge{})
	l.do(onCall, Resolve{"the export is fixed"})
	l.do(monitor, publication(1))
	l.do(lead, Close{})
	if l.state.Phase() != PhaseClosed {
		t.Errorf("it is %s, want it closed while images are held", l.state.Phase())
	}
}
