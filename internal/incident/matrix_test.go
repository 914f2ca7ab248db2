package incident

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// outcome is what a command does: y events, o nothing to do, n refused.
func outcome(change journal.Change, err error) string {
	switch {
	case err != nil:
		return "n"
	case len(change.Events) == 0 && len(change.Effects) == 0:
		return "o"
	}
	return "y"
}

// TestMachine is the whole state machine as a picture.
func TestMachine(t *testing.T) {
	t.Parallel()
	rows := []struct {
		want string
		by   people.Actor
		c    Command
	}{
		//none detected acknowledged contained resolved published closed
		{"y n n n n n n", monitor, opening(pipeline.S1)},
		{"n y o o o o n", onCall, Acknowledge{}},
		{"n y n n n n n", responder, Acknowledge{}}, // somebody else has it
		{"n y y y y y n", onCall, Escalate{To: "zoe"}},
		{"n y o o o o n", onCall, Escalate{To: lead.ID}}, // policy asked on acknowledgement
		{"n y n n n n n", onCall, EscalateNow{}},         // afterwards it is handed over
		{"n n y y y y n", lead, AnswerLead{Accept: true}},
		{"n n y y y y n", lead, AnswerLead{Text: "on a plane"}},
		{"n y y y y y n", onCall, ChangeSeverity{To: pipeline.S2, Policy: pipeline.DefaultPolicies()[pipeline.S2], Reason: "small"}},
		{"n n n n n n n", onCall, ChangeSeverity{To: pipeline.S1, Reason: "the same"}},
		{"n y y y y n n", lead, PauseClock{ClockPublish, night().Add(25 * time.Hour), "a witness is away"}},
		{"n n n n n n n", lead, PauseClock{ClockContain, night().Add(25 * time.Hour), "a witness is away"}},
		{"n n n n n n n", onCall, PauseClock{ClockPublish, night().Add(25 * time.Hour), "a witness is away"}},
		{"n n n n n n n", lead, ResumeClock{ClockPublish}},
		{"n y y y y y n", onCall, SendUpdate{"a", "b", "c"}},
		{"n n y y y y n", board, SeeUpdate{1}},
		{"n n n n n n n", board, SeeUpdate{2}},
		{"n y y y y y n", onCall, AddNote{"a remark"}},
		{"n y y y y y n", onCall, FileImpact{Impact{Checked: 2, Affected: 2}}},
		{"n n n n n n n", onCall, FileImpact{Impact{Checked: 2, Affected: 3}}},
		{"n n n y y y n", onCall, CompleteAnalysis{"one path"}}, // after the impact report
		{"n y y o y y n", onCall, DisableRoute{Route: "catalogue"}},
		{"n y y y y y n", onCall, DisableRoute{Route: "other"}},
		{"n y y y y y n", onCall, DisableRoutes{Routes: []string{"catalogue", "other"}}},
		{"n n n n n n n", onCall, DisableRoutes{}},
		{"n y y y y y n", onCall, Isolate{Images: images("a")}},
		{"n n n n n n n", onCall, Isolate{Images: ImageList{Pipeline: "catalogue"}}},
		{"n y y y y y n", onCall, back("a")},
		{"n y y y y y n", onCall, PurgeRoute{Route: "catalogue", Paths: []string{"a.png"}}},
		{"n n n n n n n", onCall, PurgeRoute{Route: " ", Paths: []string{"a.png"}, Tags: []string{"a"}}},
		{"n n n n n n n", onCall, RollBack{Images: images("a")}},
		{"n y y y y y n", onCall, NoStoreRoute{Route: "catalogue", Lasting: time.Hour}},
		{"n n n n n n n", onCall, NoStoreRoute{Route: "catalogue"}},
		{"n n n o o o n", lead, ApproveMitigation{ID: "M1"}},
		{"n n n n n n n", lead, ApproveMitigation{ID: "M9"}},
		{"n n n y o o n", onCall, Undo{ID: "M1"}},
		{"n n n n n n n", onCall, Undo{ID: "M9"}},
		{"n n n o o o o", monitor, RecordApplied{"M1"}},
		{"n n n o o o o", monitor, RecordProbe{ID: "M1", Probe: probe()}},
		{"n n n o o o o", monitor, RecordFailure{ID: "M1", Final: true, Reason: "late report"}},
		{"n y y y n n n", onCall, Resolve{"gone"}},
		{"n n n n y y n", onCall, Reopen{"back"}},
		{"n y y y y y o", onCall, RecordPrevented{"a test stands guard"}},
		{"n y y y y o o", monitor, publication(1)},
		{"n y y y y y n", monitor, publication(2)},
		{"n n n n n y n", lead, Close{}},
		{"n y y y y y o", monitor, RecordPage{PageSent, PageResult{Key: "acknowledge-on-call-1"}}},
		{"n n n n n n n", monitor, RecordPage{PageSent, PageResult{Key: "unknown"}}},
		{"n o o o o o o", monitor, Tick{}},
		{"n y y y y y n", monitor, JoinAlert{AlertJoined: AlertJoined{Name: "a", Severity: pipeline.S3}}},
		{"n y y y y y o", monitor, EndAlerts{Count: 2}},
		{"n y y y y y o", monitor, RecordLeak{Item: "Q-1"}},
		{"n y y y y y o", monitor, RecordQuarantined{Item: "Q-1"}},
		{"n y y y y y n", onCall, RunStep{Step: "scope"}},
		{"n n n n n n n", onCall, RunStep{Step: "evidence"}},
		{"n y y y y y n", onCall, FinishStep{Step: "evidence"}},
		{"n n n n n n n", onCall, FinishStep{Step: "impact"}},
		{"n y y y y y n", onCall, SkipStep{"evidence", "there is none"}},
		{"n y n n n n n", onCall, SkipStep{"acknowledge", "why"}}, // it is done
		{"n y y y y y n", onCall, TellStep{"tell", SendUpdate{"a", "b", "c"}}},
		{"n n n n n n n", monitor, RecordStep{StepEnded{Step: "scope", Run: 1}}}, // it was never begun
	}
	for _, row := range rows {
		got := ""
		for _, l := range phases(t) {
			change, err := l.try(row.by, row.c)
			got += " " + outcome(change, err)
			sayable(t, row.c, err)
		}
		if got[1:] != row.want {
			t.Errorf("%T %+v by %s:\n got %s\nwant %s\n(none detected acknowledged contained resolved published closed)",
				row.c, row.c, row.by.ID, got[1:], row.want)
		}
	}
}

// sayable proves that the refusal of what a person asks for can be said in both languages. What only Safelight does need not.
func sayable(t testing.TB, c Command, err error) {
	t.Helper()
	switch c.(type) {
	case RecordApplied, RecordProbe, RecordFailure, RecordPage, RecordLeak, RecordQuarantined, RecordPublished, RecordStep, Tick, JoinAlert, EndAlerts:
		return
	}
	if err == nil {
		return
	}
	en, _ := phrase.Error(phrase.English, err)
	fr, known := phrase.Error(phrase.French, err)
	if !known || fr == en || strings.Contains(en+fr, "!") || strings.Contains(en+fr, "%") {
		t.Errorf("%T is refused by %q, in French %q", c, en, fr)
	}
}

// TestPhases proves that the lives of the picture are in the phases they stand for.
func TestPhases(t *testing.T) {
	t.Parallel()
	want := []Phase{PhaseNone, PhaseDetected, PhaseAcknowledged, PhaseContained, PhaseResolved, PhasePublished, PhaseClosed}
	for i, l := range phases(t) {
		if got := l.state.Phase(); got != want[i] {
			t.Errorf("step %d leads to %s, want %s", i, got, want[i])
		}
	}
}

// actors is somebody of each role, in the order of the pictures.
func actors() []people.Actor {
	return []people.Actor{viewer, responder, lead, board, admin, monitor, nobody}
}

// TestPermissions is who may do what, each command in a phase that allows it.
func TestPermissions(t *testing.T) {
	t.Parallel()
	rows := []struct {
		want string
		in   Phase
		c    Command
	}{
		//viewer responder lead board administrator monitor nobody
		{"n y y n y y n", PhaseNone, opening(pipeline.S1)},
		{"n y y n y y n", PhaseDetected, Acknowledge{}},
		{"n y y n y y n", PhaseAcknowledged, Escalate{To: "zoe"}},
		{"n y y n y y n", PhaseDetected, EscalateNow{}},
		{"n n y n n n n", PhaseAcknowledged, AnswerLead{Accept: true}}, // only who was asked
		{"n y y n y y n", PhaseAcknowledged, ChangeSeverity{To: pipeline.S3, Reason: "small"}},
		{"n y y n y y n", PhaseAcknowledged, SendUpdate{"a", "b", "c"}},
		{"n n n y n n n", PhaseAcknowledged, SeeUpdate{1}}, // no machine answers for the board
		{"n y y n y y n", PhaseAcknowledged, AddNote{"a remark"}},
		{"n y y n y y n", PhaseAcknowledged, FileImpact{Impact{Checked: 1}}},
		{"n y y n y y n", PhaseContained, CompleteAnalysis{"one path"}},
		{"n y y n y y n", PhaseAcknowledged, DisableRoute{Route: "catalogue"}},
		{"n y y n y y n", PhaseAcknowledged, DisableRoutes{Routes: []string{"catalogue"}}},
		{"n y y n y y n", PhaseAcknowledged, Isolate{Images: images("a")}},
		{"n y y n y y n", PhaseAcknowledged, back("a")},
		{"n y y n y y n", PhaseAcknowledged, PurgeRoute{Route: "catalogue"}},
		{"n y y n y y n", PhaseAcknowledged, NoStoreRoute{Route: "catalogue", Lasting: time.Hour}},
		{"n y y n y y n", PhaseContained, Undo{ID: "M1"}},
		{"n n n n n y n", PhaseContained, RecordApplied{"M1"}},
		{"n n n n n y n", PhaseContained, RecordProbe{ID: "M1"}},
		{"n n n n n y n", PhaseContained, RecordFailure{ID: "M1"}},
		{"n n n n n y n", PhaseDetected, RecordPage{PageSent, PageResult{Key: "acknowledge-on-call-1"}}},
		{"n n n n n y n", PhaseDetected, Tick{}},
		{"n n n n n y n", PhaseDetected, JoinAlert{AlertJoined: AlertJoined{Name: "a", Severity: pipeline.S3}}},
		{"n n n n n y n", PhaseDetected, EndAlerts{Count: 2}},
		{"n n n n n y n", PhaseDetected, RecordLeak{Item: "Q-1"}},
		{"n n n n n y n", PhaseDetected, RecordQuarantined{Item: "Q-1"}},
		{"n y y n y y n", PhaseContained, Resolve{"gone"}},
		{"n y y n y y n", PhaseResolved, Reopen{"back"}},
		{"n y y n y y n", PhaseContained, RecordPrevented{"guarded"}},
		{"n n n n n y n", PhaseResolved, publication(1)},
		{"n n y y y y n", PhasePublished, Close{}},
		{"n n n y n n n", PhasePublished, Close{Open: []string{"rca"}, Waive: map[string]string{"rca": "known vendor defect"}}},
	}
	for _, row := range rows {
		got := ""
		for _, by := range actors() {
			change, err := in(t, row.in).try(by, row.c)
			mark := outcome(change, err)
			sayable(t, row.c, err)
			if mark == "o" {
				mark = "y"
			}
			got += " " + mark
		}
		if got[1:] != row.want {
			t.Errorf("%T in %s:\n got %s\nwant %s\n(viewer responder lead board administrator monitor nobody)", row.c, row.in, got[1:], row.want)
		}
	}
}

// TestRefusalKinds proves that a refusal says which kind it is.
func TestRefusalKinds(t *testing.T) {
	t.Parallel()
	long := string(make([]byte, maxText+1))
	for _, row := range []struct {
		in   Phase
		by   people.Actor
		c    Command
		want error
	}{
		{PhaseNone, onCall, Acknowledge{}, journal.ErrNotFound},
		{PhaseDetected, viewer, Acknowledge{}, journal.ErrForbidden},
		{PhaseAcknowledged, responder, Acknowledge{}, journal.ErrConflict},
		{PhaseAcknowledged, onCall, AnswerLead{Accept: true}, journal.ErrForbidden},
		{PhaseAcknowledged, lead, AnswerLead{}, journal.ErrInvalid}, // refusing without a reason
		{PhaseDetected, onCall, AddNote{"  "}, journal.ErrInvalid},
		{PhaseDetected, onCall, AddNote{long}, journal.ErrTooLarge},
		{PhaseDetected, onCall, DisableRoute{Route: "r", Reason: long}, journal.ErrTooLarge},
		{PhaseDetected, onCall, DisableRoute{}, journal.ErrInvalid},
		{PhaseDetected, onCall, Escalate{}, journal.ErrInvalid},
		{PhaseDetected, onCall, Undo{ID: "M1"}, journal.ErrNotFound},
		{PhaseAcknowledged, board, SeeUpdate{0}, journal.ErrNotFound},
		{PhaseContained, lead, Close{}, journal.ErrConflict},
		{PhaseResolved, lead, Close{}, journal.ErrConflict}, // an S1 is published first
		{PhasePublished, board, Close{Open: []string{"rca"}}, journal.ErrConflict},
		{PhasePublished, lead, Close{Open: []string{"rca"}, Waive: map[string]string{"rca": "why"}}, journal.ErrForbidden},
		{PhasePublished, board, Close{Waive: map[string]string{"rca": "why"}}, journal.ErrInvalid},
		{PhaseClosed, lead, Reopen{"again"}, journal.ErrConflict},
		{PhaseClosed, monitor, publication(7), journal.ErrConflict},
	} {
		_, err := in(t, row.in).try(row.by, row.c)
		if !errors.Is(err, row.want) {
			t.Errorf("%T by %s in %s: got %v, want an error of kind %q", row.c, row.by.ID, row.in, err, row.want)
		}
		sayable(t, row.c, err)
	}
}
