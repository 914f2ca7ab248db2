package incident

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

func effects(c journal.Change, kind string) int {
	n := 0
	for _, e := range c.Effects {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// TestAutomaticContainment disables every route of an S0 before anyone acknowledges.
func TestAutomaticContainment(t *testing.T) {
	t.Parallel()
	l, o := newLife(t), opening(pipeline.S0)
	o.Routes = []string{"catalogue", "hero"}
	if got := effects(l.do(monitor, o), EffectDisableRoute); got != 2 {
		t.Errorf("opening an S0 disables %d routes, want both", got)
	}
	l.do(monitor, RecordApplied{"M2"})
	l.do(monitor, RecordProbe{ID: "M2", Probe: probe()})
	if l.state.Contained != nil {
		t.Error("one route of two is disabled, and the incident counts as contained")
	}
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	if l.state.Phase() != PhaseContained || l.state.Ack != nil {
		t.Errorf("phase %s, acknowledged %v; want contained before anyone acknowledges", l.state.Phase(), l.state.Ack)
	}
	for _, s := range []pipeline.Severity{pipeline.S1, pipeline.S2, pipeline.S3} {
		if got := effects(newLife(t).do(monitor, opening(s)), EffectDisableRoute); got != 0 {
			t.Errorf("opening an %s disables %d routes, want none without a person", s, got)
		}
	}
}

// TestRaisedToS0 does what an S0 does at once, but nothing twice.
func TestRaisedToS0(t *testing.T) {
	t.Parallel()
	l, o := newLife(t), opening(pipeline.S2)
	o.Routes, o.Policy.Escalation.Quiet = []string{"catalogue", "hero"}, nil
	l.do(monitor, o)
	l.do(onCall, DisableRoute{Route: "hero"})
	change := l.do(onCall, ChangeSeverity{To: pipeline.S0, Policy: pipeline.DefaultPolicies()[pipeline.S0], Reason: "faces are in it"})
	if got := pagedTo(change); got != "lead administrator" {
		t.Errorf("raising to S0 pages %q, want those who were not paged yet", got)
	}
	if got := effects(change, EffectDisableRoute); got != 1 {
		t.Errorf("raising to S0 disables %d routes, want the one that is not on its way", got)
	}
	if m, ok := l.state.Active("catalogue"); !ok || m.ID != "M2" || !m.Automatic {
		t.Errorf("the mitigation of catalogue is %+v, want M2, automatic", m)
	}
}

// TestContainmentFails pages people when no machine will mend it, and lets them try again.
func TestContainmentFails(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S3, nil)
	l.do(onCall, DisableRoute{Route: "catalogue"})
	if got := pagedTo(l.do(monitor, RecordFailure{ID: "M1", Reason: "no answer"})); got != "" {
		t.Errorf("a failure that is retried pages %q, want nobody", got)
	}
	if m, _ := l.state.Mitigation("M1"); m.Status != IsRequested || m.Problem != "no answer" || m.Why().In(phrase.French) != "no answer" || !m.Foreign(phrase.French) {
		t.Errorf("after a retried failure the mitigation is %+v, want requested with its problem", m)
	}
	if got := pagedTo(l.do(monitor, RecordFailure{ID: "M1", Reason: "gone", Final: true})); got != "lead on-call" {
		t.Errorf("the final failure pages %q, want the lead and the on-call", got)
	}
	key := l.state.Pages[len(l.state.Pages)-1].Key
	if !l.state.PageWanted(key, "") {
		t.Error("the page of the failure is not wanted: nobody would hear of it")
	}
	l.do(onCall, DisableRoute{Route: "catalogue"})
	l.do(monitor, Failed("M2", false, false, phrase.Errorf("edge.still", phrase.Of("edge.enabled"), "gateway.json")))
	m, _ := l.state.Mitigation("M2")
	if m.Problem != "the gateway answers, but the route is still enabled: does it read gateway.json?" ||
		m.Why().In(phrase.French) != "la passerelle répond, mais la route est encore active : lit-elle bien gateway.json ?" || m.Foreign(phrase.French) {
		t.Errorf("its problem is %q, %q", m.Problem, m.Said)
	}
	l.do(monitor, RecordProbe{ID: "M2", Probe: probe()})
	if m, _ := l.state.Mitigation("M2"); m.Said != nil {
		t.Errorf("after the proof there is still %q", m.Said)
	}
	if l.state.Phase() != PhaseContained {
		t.Errorf("after the second try it is %s, want contained", l.state.Phase())
	}
}

// TestContainmentIsStuck: what is tried in vain is journalled once at first, pages people once it has gone on for a minute, and does
// not fill the journal after that. What succeeds in the end has no problem any more.
func TestContainmentIsStuck(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S3, nil)
	l.do(onCall, DisableRoute{Route: "catalogue"})
	fails := func(reason string) journal.Change { return l.do(monitor, RecordFailure{ID: "M1", Reason: reason}) }
	if got := fails("refused"); len(got.Events) != 1 {
		t.Fatalf("the first problem gives %d events, want one", len(got.Events))
	}
	l.now = l.now.Add(30 * time.Second)
	if got := fails("reset"); len(got.Events) != 0 {
		t.Errorf("a second one gives %+v", got.Events)
	}
	l.now = l.now.Add(30 * time.Second)
	if got := pagedTo(fails("refused")); got != "lead on-call" {
		t.Errorf("a minute in vain pages %q, want the lead and the on-call", got)
	}
	m, _ := l.state.Mitigation("M1")
	key := l.state.Pages[len(l.state.Pages)-1].Key
	if !m.Stuck || m.Status != IsRequested || !l.state.PageWanted(key, "") {
		t.Errorf("it is %+v, and its page wanted: %v", m, l.state.PageWanted(key, ""))
	}
	l.now = l.now.Add(9 * time.Minute)
	if got := fails("reset"); len(got.Events) != 0 {
		t.Errorf("nine minutes later another reason gives %+v", got.Events)
	}
	l.now = l.now.Add(time.Minute)
	if got := fails("reset"); len(got.Events) != 1 || len(got.Effects) != 0 {
		t.Errorf("ten minutes later another reason gives %+v, want one event and no page", got)
	}
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	if m, _ := l.state.Mitigation("M1"); m.Stuck || m.Problem != "" || m.FailingSince != nil || l.state.PageWanted(key, "") {
		t.Errorf("after the proof it is %+v, and its page wanted: %v", m, l.state.PageWanted(key, ""))
	}
}

// TestUndoUnderWay: what is not proven yet can be taken back, and what its change says after that counts no more.
func TestUndoUnderWay(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	l.do(onCall, DisableRoute{Route: "catalogue"})
	if got := effects(l.do(onCall, Undo{ID: "M1"}), EffectEnableRoute); got != 1 {
		t.Fatalf("undoing gives %d effects, want one", got)
	}
	for _, late := range []Command{RecordProbe{ID: "M1", Probe: probe()}, RecordApplied{ID: "M1"}, RecordFailure{ID: "M1", Final: true, Reason: "refused"}} {
		if got := l.do(monitor, late); len(got.Events) != 0 {
			t.Errorf("%T of the disabling gives %+v", late, got.Events)
		}
	}
	l.do(monitor, RecordProbe{ID: "M1", Undo: true, Probe: probe()})
	if m, _ := l.state.Mitigation("M1"); m.Status != IsUndone || l.state.FirstContained != nil {
		t.Errorf("it is %+v, contained first at %v", m, l.state.FirstContained)
	}
	l.do(onCall, PurgeRoute{Route: "catalogue"})
	l.do(onCall, Undo{ID: "M2", Reason: "the edge is away"})
	if m, _ := l.state.Mitigation("M2"); m.Status != IsRefused {
		t.Errorf("a purge that is given up is %s", m.Status)
	}
	l.do(onCall, RollBack{Images: images("a"), Back: Back{Way: BackGit, Undoable: true, Within: time.Minute}})
	if _, err := l.try(onCall, Undo{ID: "M3"}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("undoing what is just being reverted: %v", err)
	}
}

// TestFailedIsUndoneBeforeClosing: a route whose disabling has failed may serve references all the same.
func TestFailedIsUndoneBeforeClosing(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S3, nil)
	l.do(onCall, Acknowledge{})
	l.do(onCall, DisableRoute{Route: "catalogue"})
	l.do(monitor, RecordFailure{ID: "M1", Reason: "401", Final: true})
	if err := l.state.routesRestored(); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("closing with a failed mitigation: %v", err)
	}
	l.do(onCall, Undo{ID: "M1"})
	l.do(monitor, RecordFailure{ID: "M1", Reason: "401", Undo: true, Final: true})
	if err := l.state.routesRestored(); err != nil {
		t.Errorf("closing where the undo has failed too: %v", err)
	}
	l.do(onCall, DisableRoute{Route: "catalogue"})
	l.do(monitor, RecordProbe{ID: "M2", Probe: probe()})
	l.do(onCall, Undo{ID: "M2"})
	l.do(monitor, RecordProbe{ID: "M2", Undo: true, Probe: probe()})
	if err := l.state.routesRestored(); err != nil {
		t.Errorf("closing after another mitigation of the route was undone: %v", err)
	}
}

// TestUndoFails leaves the incident uncontained, since nobody knows the route, and can be repeated.
func TestUndoFails(t *testing.T) {
	t.Parallel()
	l := in(t, PhaseContained)
	first := l.do(onCall, Undo{ID: "M1"})
	if l.state.Contained != nil {
		t.Error("it is contained while the route is being restored")
	}
	if got := outcome(l.try(onCall, Undo{ID: "M1"})); got != "o" {
		t.Errorf("pressing undo twice gives %q, want nothing more", got)
	}
	l.do(monitor, RecordFailure{ID: "M1", Undo: true, Final: true, Reason: "no answer"})
	if l.state.Phase() != PhaseAcknowledged {
		t.Errorf("after a failed undo it is %s, want acknowledged: nobody knows what the route serves", l.state.Phase())
	}
	if key := l.state.Pages[len(l.state.Pages)-1].Key; !strings.HasPrefix(key, string(EdgeFailed)) || !l.state.PageWanted(key, "") {
		t.Errorf("the last page is %s, wanted %v; want people paged about the edge", key, l.state.PageWanted(key, ""))
	}
	second := l.do(onCall, Undo{ID: "M1"})
	if first.Effects[0].Key == second.Effects[0].Key {
		t.Errorf("both undos have the key %s, so the second would not run", second.Effects[0].Key)
	}
	l.do(monitor, RecordProbe{ID: "M1", Undo: true, Probe: probe()})
	if m, _ := l.state.Mitigation("M1"); m.Status != IsUndone || m.Problem != "" {
		t.Errorf("after the second undo the mitigation is %+v, want undone without a problem", m)
	}
}

// TestUndoOfOneRoute: a route that is none of the incident's makes no difference, whether it is disabled or restored.
func TestUndoOfOneRoute(t *testing.T) {
	t.Parallel()
	l := in(t, PhaseContained)
	l.do(onCall, DisableRoute{Route: "hero"})
	l.do(monitor, RecordProbe{ID: "M2", Probe: probe()})
	l.do(onCall, Undo{ID: "M2"})
	l.do(monitor, RecordProbe{ID: "M2", Undo: true, Probe: probe()})
	if l.state.Phase() != PhaseContained {
		t.Errorf("with a foreign route restored it is %s, want contained", l.state.Phase())
	}
	l.do(onCall, DisableRoute{Route: "hero"})
	l.do(monitor, RecordProbe{ID: "M3", Probe: probe()})
	l.do(onCall, Undo{ID: "M1"})
	if l.state.Phase() != PhaseAcknowledged {
		t.Errorf("with its own route being restored it is %s, want acknowledged", l.state.Phase())
	}
}

// TestCloseRules needs restored routes, and a board member for open lines.
func TestCloseRules(t *testing.T) {
	t.Parallel()
	l := in(t, PhaseContained)
	l.do(lead, Resolve{"the old LUT is back"})
	l.do(monitor, publication(1))
	if _, err := l.try(lead, Close{}); err == nil || !strings.Contains(err.Error(), "undo mitigation M1 first") {
		t.Errorf("closing with a disabled route: %v, want a sentence that names the mitigation", err)
	}
	l.do(onCall, Undo{ID: "M1"})
	if _, err := l.try(lead, Close{}); err == nil || !strings.Contains(err.Error(), "not finished") {
		t.Errorf("closing during an undo: %v, want a sentence that says so", err)
	}
	l.do(monitor, RecordProbe{ID: "M1", Undo: true, Probe: probe()})
	l.do(board, Close{Open: []string{"rca"}, Waive: map[string]string{"rca": "the vendor is gone"}})
	if got := l.state.Waived["rca"]; l.state.Phase() != PhaseClosed || got != "the vendor is gone" {
		t.Errorf("phase %s, waived %q; want closed with the reason", l.state.Phase(), got)
	}
	for _, p := range l.state.Pages {
		if p.Status == PagePlanned {
			t.Errorf("page %s is still open after closing", p.Key)
		}
	}
	minor := opened(t, pipeline.S3, nil)
	minor.do(onCall, Resolve{"gone"})
	minor.do(lead, Close{}) // an S3 needs no postmortem
	if minor.state.Phase() != PhaseClosed {
		t.Errorf("a resolved S3 is %s after closing", minor.state.Phase())
	}
}

// TestReopen goes back to where the other facets stand.
func TestReopen(t *testing.T) {
	t.Parallel()
	l := in(t, PhaseResolved)
	l.do(onCall, Reopen{"it came back"})
	if l.state.Phase() != PhaseAcknowledged {
		t.Errorf("reopened it is %s, want acknowledged", l.state.Phase())
	}
}

// TestUpdatesSeen collects who of the board has seen an update, each once.
func TestUpdatesSeen(t *testing.T) {
	t.Parallel()
	l := in(t, PhaseAcknowledged)
	l.do(board, SeeUpdate{1})
	if got := outcome(l.try(board, SeeUpdate{1})); got != "o" {
		t.Errorf("seeing an update twice gives %q, want nothing", got)
	}
	if got := l.state.Updates[0].SeenBy; len(got) != 1 || got[0] != board.ID {
		t.Errorf("the update was seen by %v, want the board member once", got)
	}
}

func images(list string) ImageList {
	return ImageList{Pipeline: "catalogue", Count: 2, SHA256: list, Chosen: "over budget", Whole: list == "a"}
}

// TestIsolate takes single images out: that contains only where none over budget is left, and it is done once a list.
func TestIsolate(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	if got := effects(l.do(onCall, Isolate{Images: images("b")}), EffectIsolate); got != 1 {
		t.Errorf("isolating queues %d effects, want one", got)
	}
	if got := l.do(onCall, Isolate{Images: images("b")}); len(got.Events) > 0 {
		t.Errorf("isolating the same list again gives %+v", got.Events)
	}
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	if l.state.Contained != nil {
		t.Error("the incident counts as contained by a part of the images")
	}
	l.do(onCall, Isolate{Images: images("a")})
	l.do(monitor, RecordProbe{ID: "M2", Probe: probe()})
	if l.state.Contained == nil {
		t.Error("all images are out of delivery, and the incident is not contained")
	}
	if got := effects(l.do(onCall, Undo{ID: "M2"}), EffectPutBack); got != 1 || l.state.Contained != nil {
		t.Errorf("undoing queues %d effects, contained %v; want one, and no more contained", got, l.state.Contained)
	}
	if got := effects(l.do(onCall, Isolate{Images: images("a")}), EffectIsolate); got != 1 {
		t.Errorf("isolating what is being put back queues %d effects, want one: the harm goes on", got)
	}
	l.do(monitor, RecordProbe{ID: "M2", Undo: true, Probe: probe()})
	l.do(monitor, RecordProbe{ID: "M3", Probe: probe()})
	if l.state.Contained == nil {
		t.Error("the images are out again, and the incident is not contained")
	}
}

// TestSecondPerson: where the policy wants it, nothing is touched before somebody else agrees; an S0 waits for nobody.
func TestSecondPerson(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, func(o *Open) { o.Policy.ApproveContainment = true })
	change := l.do(onCall, DisableRoute{Route: "catalogue"})
	if got := effects(change, EffectDisableRoute); got != 0 || pagedTo(change) == "" {
		t.Errorf("asking touches %d routes and pages %q; want none, and somebody", got, pagedTo(change))
	}
	if got := l.do(onCall, DisableRoute{Route: "catalogue"}); len(got.Events) > 0 {
		t.Errorf("asking twice gives %+v", got.Events)
	}
	if _, err := l.try(onCall, ApproveMitigation{ID: "M1"}); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("who has asked may agree: %v", err)
	}
	promoted := onCall
	promoted.Role = lead.Role
	if _, err := l.try(promoted, ApproveMitigation{ID: "M1"}); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("who has asked may agree in another role: %v", err)
	}
	if _, err := l.try(viewer, ApproveMitigation{ID: "M1"}); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a viewer may agree: %v", err)
	}
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	if m, _ := l.state.Mitigation("M1"); m.Status != IsProposed || l.state.Contained != nil {
		t.Errorf("before anyone agrees it is %s", m.Status)
	}
	l.do(lead, Undo{ID: "M1", Reason: "not that one"})
	if _, err := l.try(lead, ApproveMitigation{ID: "M1"}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("what was refused is approved: %v", err)
	}
	l.do(onCall, DisableRoute{Route: "catalogue"})
	if got := effects(l.do(lead, ApproveMitigation{ID: "M2"}), EffectDisableRoute); got != 1 {
		t.Errorf("agreeing touches %d routes, want one", got)
	}
	if m, _ := l.state.Mitigation("M2"); m.Approved == nil || m.Approved.By != lead.ID || m.Status != IsRequested {
		t.Errorf("the mitigation is %+v", m)
	}
	l.do(monitor, RecordProbe{ID: "M2", Probe: probe()})
	if l.state.Contained == nil {
		t.Error("it is not contained")
	}

	raised := opened(t, pipeline.S1, func(o *Open) { o.Policy.ApproveContainment = true })
	raised.do(onCall, DisableRoute{Route: "catalogue"})
	if got := effects(raised.do(onCall, ChangeSeverity{To: pipeline.S0, Policy: pipeline.DefaultPolicies()[pipeline.S0], Reason: "faces are in it"}), EffectDisableRoute); got != 1 {
		t.Errorf("raised to S0, %d routes are disabled, want the proposed one", got)
	}
}

// TestNoStore: caches are kept from storing beside whatever else is done, which contains nothing, and is undone by itself.
func TestNoStore(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	l.do(onCall, DisableRoute{Route: "catalogue"})
	if got := effects(l.do(onCall, NoStoreRoute{Route: "catalogue", Lasting: time.Hour}), EffectNoStore); got != 1 {
		t.Errorf("%d effects, want one", got)
	}
	l.do(monitor, RecordProbe{ID: "M2", Probe: probe()})
	if l.state.Contained != nil {
		t.Error("it is contained by keeping caches from storing")
	}
	if _, err := l.try(onCall, NoStoreRoute{Route: "catalogue", Lasting: time.Hour}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("twice at once gives %v", err)
	}
	if got := effects(l.do(onCall, Undo{ID: "M2"}), EffectStoreAgain); got != 1 {
		t.Errorf("undoing gives %d effects, want one", got)
	}
	if m, ok := l.state.Active("catalogue"); !ok || m.ID != "M1" {
		t.Errorf("the route is held by %+v", m)
	}
}

func back(list string) RollBack {
	return RollBack{Images: images(list), Back: Back{Way: BackKept, Within: 15 * time.Minute, Undoable: list == "a"}}
}

// TestRollBack goes back, is proven by measuring, stands when the incident is closed, and is undone where the way back is known.
func TestRollBack(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	if got := effects(l.do(onCall, back("a")), EffectRollBack); got != 1 {
		t.Fatalf("rolling back queues %d effects, want one", got)
	}
	if got := l.do(onCall, back("a")); len(got.Events) > 0 {
		t.Errorf("rolling the same images back again gives %+v", got.Events)
	}
	if _, err := l.try(onCall, back("b")); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("a second roll back of the pipeline meanwhile: %v", err)
	}
	change := l.do(monitor, RecordApplied{"M1"})
	if got := effects(change, EffectMeasure); got != 1 || l.state.Contained != nil {
		t.Fatalf("once it is done, %d effects measure, contained %v; want one, and not yet", got, l.state.Contained)
	}
	if e, ok := change.Effects[0].Data.(BackEffect); !ok || !e.Until.Equal(l.now.Add(15*time.Minute)) {
		t.Errorf("the images have until %+v", change.Effects[0].Data)
	}
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	if l.state.Contained == nil {
		t.Error("all images are good again, and the incident is not contained")
	}
	if got := effects(l.do(onCall, Undo{ID: "M1"}), EffectRollForward); got != 1 || l.state.Contained != nil {
		t.Errorf("undoing queues %d effects, contained %v; want one, and no more contained", got, l.state.Contained)
	}
	l.do(monitor, RecordProbe{ID: "M1", Undo: true, Probe: probe()})
	l.do(onCall, back("b"))
	l.do(monitor, RecordApplied{"M2"})
	l.do(monitor, RecordProbe{ID: "M2", Probe: probe()})
	if _, err := l.try(onCall, Undo{ID: "M2"}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("undone without a way back: %v", err)
	}
	if l.state.Contained != nil {
		t.Error("the incident counts as contained by a part of the images")
	}
}

// TestPurge has caches forget: it contains nothing, cannot be undone, and stands in nobody's way.
func TestPurge(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	if got := effects(l.do(onCall, PurgeRoute{Route: "catalogue", Tags: []string{"shoes"}}), EffectPurge); got != 1 {
		t.Fatalf("purging queues %d effects, want one", got)
	}
	if _, err := l.try(onCall, PurgeRoute{Route: "catalogue"}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("purging the route meanwhile: %v", err)
	}
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	if m, _ := l.state.Mitigation("M1"); m.Status != IsProven || l.state.Contained != nil {
		t.Errorf("the purge is %s, contained %v", m.Status, l.state.Contained)
	}
	if _, err := l.try(onCall, Undo{ID: "M1"}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("undone: %v", err)
	}
	if _, err := l.try(onCall, PurgeRoute{Route: "catalogue", Paths: make([]string, maxPurged+1)}); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("too many paths: %v", err)
	}
}

// TestAllRoutes: the harm has stopped when the last of the incident's routes is proven, and goes on when one is taken back.
func TestAllRoutes(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, func(o *Open) { o.Routes = []string{"catalogue", "hero"} })
	if got := effects(l.do(onCall, DisableRoutes{Routes: []string{"catalogue", "hero", "catalogue"}}), EffectDisableRoute); got != 2 {
		t.Fatalf("%d routes are disabled, want both once", got)
	}
	if got := l.do(onCall, DisableRoutes{Routes: []string{"catalogue", "hero"}}); len(got.Events) > 0 {
		t.Errorf("asking again gives %+v", got.Events)
	}
	l.do(monitor, RecordProbe{ID: "M2", Probe: probe()})
	if l.state.Contained != nil {
		t.Error("the other route serves on, and the incident counts as contained")
	}
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe()})
	if l.state.Contained == nil {
		t.Error("both routes are disabled, and the incident is not contained")
	}
	l.do(onCall, Undo{ID: "M2"})
	if l.state.Contained != nil {
		t.Error("a route is being taken back, and the incident counts as contained")
	}
	if l.state.FirstContained == nil {
		t.Error("after an undo nobody knows that it was contained")
	}
	if got := effects(l.do(onCall, DisableRoutes{Routes: []string{"catalogue", "hero"}}), EffectDisableRoute); got != 1 {
		t.Errorf("disabling what is just being restored gives %d effects, want one: the harm goes on", got)
	}
	l.do(monitor, RecordProbe{ID: "M2", Undo: true, Probe: probe()})
	l.do(monitor, RecordProbe{ID: "M3", Probe: probe()})
	if l.state.Contained == nil {
		t.Error("the route is disabled again, and the incident is not contained")
	}
	if _, err := l.try(onCall, DisableRoutes{}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("no route: %v", err)
	}
	if _, err := l.try(viewer, DisableRoutes{Routes: []string{"hero"}}); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a viewer: %v", err)
	}
	two := opened(t, pipeline.S1, func(o *Open) { o.Policy.ApproveContainment = true })
	change := two.do(onCall, DisableRoutes{Routes: []string{"catalogue", "hero"}})
	if got := strings.Fields(pagedTo(change)); len(got) == 0 || len(got) != len(slices.Compact(slices.Sorted(slices.Values(got)))) {
		t.Errorf("two proposals of one decision page %q, want each who may agree once", got)
	}
}

// TestHarmEnds when it has stopped for good; it goes on while a containment was taken back before the cause was gone.
func TestHarmEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   string // one minute after the other: c contain, u undo, r resolve
		want int
	}{
		"contained":                                {"cr", 1},
		"taken back after the repair":              {"cru", 1},
		"taken back, and contained after it again": {"cruc", 1},
		"repaired after it was undone":             {"cur", 3},
		"contained again before the repair":        {"cucr", 3},
		"never contained":                          {"r", 0},
	} {
		l := opened(t, pipeline.S1, nil)
		begun, n := l.now, 0
		l.do(onCall, Acknowledge{})
		for i, step := range c.do {
			l.now = begun.Add(time.Duration(i+1) * time.Minute)
			switch step {
			case 'c':
				n++
				l.do(onCall, DisableRoute{Route: "catalogue"})
				l.do(monitor, RecordProbe{ID: fmt.Sprintf("M%d", n), Probe: probe()})
			case 'u':
				l.do(onCall, Undo{ID: fmt.Sprintf("M%d", n)})
				l.do(monitor, RecordProbe{ID: fmt.Sprintf("M%d", n), Undo: true, Probe: probe()})
			case 'r':
				l.do(lead, Resolve{Text: "the table is the right one again"})
			}
		}
		got := 0
		if l.state.HarmEnded != nil {
			got = int(l.state.HarmEnded.At.Sub(begun).Minutes())
		}
		if got != c.want {
			t.Errorf("%s: harm ended after %d minutes, want %d", name, got, c.want)
		}
	}
}

// TestImagesAreLeft: an incident that counts as contained by what was done to its images does so no more once others are over budget
// and delivered, of which people are paged; and does again when those are taken out too.
func TestImagesAreLeft(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	whole := func(list string) Isolate {
		c := Isolate{Images: images(list)}
		c.Images.Whole = true
		return c
	}
	l.do(onCall, whole("a"))
	l.do(monitor, RecordProbe{ID: "M1", Probe: probe(), Left: Left{2, "x.png"}})
	if m, _ := l.state.Mitigation("M1"); m.Status != IsProven || l.state.FirstContained != nil {
		t.Errorf("with two images left it is %s, contained first at %v", m.Status, l.state.FirstContained)
	}
	l.do(onCall, whole("b"))
	l.do(monitor, RecordProbe{ID: "M2", Probe: probe()})
	if l.state.Contained == nil {
		t.Fatal("none is left, and it is not contained")
	}
	change := l.do(monitor, RecordLeft{Left{3, "y.png"}})
	if got := pagedTo(change); got != "lead on-call" || l.state.Contained != nil || l.state.FirstContained == nil {
		t.Errorf("three are left: paged %q, contained %v, first %v", got, l.state.Contained, l.state.FirstContained)
	}
	if key := l.state.Pages[len(l.state.Pages)-1].Key; !l.state.PageWanted(key, "") {
		t.Error("the page of it is not wanted")
	}
	if again := l.do(monitor, RecordLeft{Left{4, "y.png"}}); len(again.Events) != 0 {
		t.Errorf("said once more it gives %+v", again.Events)
	}
	l.do(onCall, whole("c"))
	l.do(monitor, RecordProbe{ID: "M3", Probe: probe()})
	if l.state.Contained == nil {
		t.Error("those are out too, and it is not contained")
	}
	l.do(onCall, DisableRoute{Route: "catalogue"})
	l.do(monitor, RecordProbe{ID: "M4", Probe: probe()})
	if change := l.do(monitor, RecordLeft{Left{5, "z.png"}}); pagedTo(change) != "" || l.state.Contained == nil {
		t.Errorf("images are left on a route that is disabled: paged %q, contained %v", pagedTo(change), l.state.Contained)
	}
	if _, err := l.try(onCall, RecordLeft{Left{1, "x"}}); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a person says so: %v", err)
	}
}
