package app

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// TestLateIsRecalled: an action is recalled to its owner before its day, after it, and to the lead a week later; a data gap when its day is
// over. Each once for a due day, also after it was put off, and never once it is closed.
func TestLateIsRecalled(t *testing.T) {
	t.Parallel()
	h, id := boarded(t)
	day := func(n int) string { return h.now().AddDate(0, 0, n).UTC().Format(time.DateOnly) }
	for _, title := range []string{"Watch the exit status", "Ask the brand"} {
		h.do("lea", id, prevention.AddAction{Title: title, Domain: postmortem.Operations, Owner: h.persons["nora"].ID, Due: day(10), Impact: prevention.Large, Effort: prevention.Small})
	}
	h.do("lea", id, prevention.CloseAction{ID: "A2", Proof: "https://example.org/c/2"})
	h.do("ada", id, prevention.ConfirmAction{ID: "A2"})
	h.do("lea", id, postmortem.SetCause{CauseFields: postmortem.CauseFields{ID: "C1", Kind: postmortem.Direct, Text: "the table", Domain: postmortem.Data}})
	h.do("lea", id, postmortem.StateHypothesis{HypothesisFields: postmortem.HypothesisFields{ID: "H1", Text: "the table", RefutedIf: "no", Cause: "C1"}})
	h.do("lea", id, postmortem.NoteTest{Hypothesis: "H1", Method: "looked", Result: postmortem.Inconclusive, Missing: "the log of the night"})
	h.do("lea", id, postmortem.SetGap{ID: "G1", Owner: h.persons["nora"].ID, Due: day(1)})
	later := func(d time.Duration) {
		t.Helper()
		h.move(d)
		for range 2 { // a round that comes twice is harmless
			if err := h.RemindLate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		h.idle()
	}
	const aDay = 24 * time.Hour
	count := func() []int {
		return []int{h.informed("gap-late", "nora"), h.informed("action-soon", "nora"), h.informed("action-late", "nora"), h.informed("action-escalated", "nora")}
	}
	for _, step := range []struct {
		after time.Duration
		want  []int
	}{
		{0, []int{0, 0, 0, 0}}, {2 * aDay, []int{1, 0, 0, 0}}, {6 * aDay, []int{1, 1, 0, 0}}, {aDay, []int{1, 1, 0, 0}},
		{2 * aDay, []int{1, 1, 1, 0}}, {7 * aDay, []int{1, 1, 1, 1}},
	} {
		if later(step.after); !slices.Equal(count(), step.want) {
			t.Errorf("at %s nora was told of gap, soon, late and escalated %v times, want %v", h.now(), count(), step.want)
		}
	}
	h.do("lea", id, postmortem.SetGap{ID: "G1", Due: day(1)})
	if later(3 * aDay); h.informed("gap-late", "nora") != 2 {
		t.Errorf("after it was put off the gap was recalled %d times in all, want 2", h.informed("gap-late", "nora"))
	}
	for _, c := range []any{postmortem.RemindGaps{}, prevention.RemindActions{}} {
		if err := h.Do(t.Context(), people.Actor{ID: h.persons["lea"].ID, Role: people.Lead}, id, c); !errors.Is(err, journal.ErrForbidden) {
			t.Errorf("%T by a person: %v", c, err)
		}
	}
}
