package prevention

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

func TestActionsAreOrderedByValue(t *testing.T) {
	t.Parallel()
	var s State
	seen := map[int]bool{}
	for _, impact := range Sizes() {
		for _, effort := range Sizes() {
			a := Action{ActionAdded: ActionAdded{ID: string(impact + effort), Impact: impact, Effort: effort, Due: "2025-10-01"}}
			seen[a.Rank()] = true
			s.Actions = append(s.Actions, a)
		}
	}
	if len(seen) != 9 {
		t.Errorf("%d ranks, want one for each cell of the matrix", len(seen))
	}
	var order []string
	for _, a := range s.Ordered() {
		order = append(order, a.ID)
	}
	if want := []string{"LS", "LM", "MS", "LL", "MM", "SS", "ML", "SM", "SL"}; !slices.Equal(order, want) {
		t.Errorf("impact and effort in the order of value: %v, want %v", order, want)
	}
}

func TestSlotIsTheQuarterOfTheDueDayOrWhatPeopleSay(t *testing.T) {
	t.Parallel()
	for due, want := range map[string]string{"2025-01-01": "2025-Q1", "2025-03-31": "2025-Q1", "2025-10-01": "2025-Q4", "2026-12-31": "2026-Q4"} {
		if got := (Action{ActionAdded: ActionAdded{Due: due}}).Slot(); got != want {
			t.Errorf("due %s is in %s, want %s", due, got, want)
		}
	}
	s := &stream{t: t}
	for _, c := range []Command{good, PlanAction{ID: "A1", Slot: " Refonte du studio "}, PlanAction{ID: "A1", Slot: "Refonte du studio"}} {
		if err := s.do(c, lead()); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.state().Actions[0].Slot(); got != "Refonte du studio" || len(s.entries) != 2 {
		t.Errorf("slot %q after %d events, want the milestone after 2: planning it where it is makes none", got, len(s.entries))
	}
	if err := s.do(PlanAction{ID: "A1"}, lead()); err != nil {
		t.Fatal(err)
	}
	if got := s.state().Actions[0].Slot(); got != "2025-Q4" {
		t.Errorf("slot = %q, want the quarter of its due day again", got)
	}
	for c, kind := range map[PlanAction]error{{ID: "A9", Slot: "x"}: journal.ErrNotFound, {ID: "A1", Slot: "a\nb"}: journal.ErrInvalid, {ID: "A1", Slot: strings.Repeat("x", 81)}: journal.ErrInvalid} {
		if err := s.do(c, lead()); !errors.Is(err, kind) {
			t.Errorf("%+v: %v, want %v", c, err, kind)
		}
	}
}
