package prevention

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// TypeActionPlanned is the event of an action that got its place in the roadmap.
const TypeActionPlanned = "prevention.action-planned"

// maxSlot bounds the name of a milestone, in bytes.
const maxSlot = 80

// ActionPlanned gives an action a slot of the roadmap; none gives it back to the quarter of its due day.
type ActionPlanned struct {
	ID   string `json:"id"`
	Slot string `json:"slot,omitempty"`
}

// PlanAction gives an action a slot of the roadmap: a quarter as 2025-Q4, or the name of a milestone.
type PlanAction struct {
	ID   string `json:"id"`
	Slot string `json:"slot"`
}

func (c PlanAction) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	i := s.index(c.ID)
	slot := strings.TrimSpace(c.Slot)
	switch {
	case i < 0:
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.action.plan.none", c.ID, inc.ID)
	case len(slot) > maxSlot || strings.ContainsFunc(slot, func(r rune) bool { return r < ' ' }):
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.action.plan.slot", c.ID, inc.ID)
	case slot == s.Actions[i].Planned:
		return journal.Change{}, nil
	}
	return event(inc, env, TypeActionPlanned, ActionPlanned{c.ID, slot}), nil
}

// Slot is the place of the action in the roadmap: the one that people gave it, or the quarter of its due day.
func (a Action) Slot() string {
	if a.Planned != "" {
		return a.Planned
	}
	due, err := time.Parse(DateLayout, a.Due)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d-Q%d", due.Year(), (int(due.Month())+2)/3)
}

// matrix is the order of value, by impact and effort: what does most for least comes first. Of equal ones the greater impact does.
var matrix = map[Size]map[Size]int{
	Large:  {Small: 1, Medium: 2, Large: 4},
	Medium: {Small: 3, Medium: 5, Large: 7},
	Small:  {Small: 6, Medium: 8, Large: 9},
}

// Rank is the place of the action in the order of value, 1 to 9.
func (a Action) Rank() int { return cmp.Or(matrix[a.Impact][a.Effort], 9) }

// ByValue puts actions into the order of value, those due earlier first among equals.
func ByValue(a, b Action) int {
	return cmp.Or(cmp.Compare(a.Rank(), b.Rank()), strings.Compare(a.Due, b.Due))
}

// Ordered gives the actions in the order of value, the open ones first.
func (s State) Ordered() []Action {
	list := slices.Clone(s.Actions)
	slices.SortStableFunc(list, func(a, b Action) int {
		if open := cmp.Compare(closed(a), closed(b)); open != 0 {
			return open
		}
		return ByValue(a, b)
	})
	return list
}

func closed(a Action) int {
	if a.Closed != nil {
		return 1
	}
	return 0
}
