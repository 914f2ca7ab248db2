package incident

import (
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
)

// EscalateNow takes the next step of the escalation at once: whoever is paged and cannot cope wakes those behind them
// without waiting, and without having acknowledged. [Escalate], which hands over to a lead, is for afterwards.
type EscalateNow struct {
	// From is the step that the asker knows of. A later one has been taken already, so that a button pressed twice, or
	// by two people, wakes the next ones once. Nil: wherever it stands.
	From *StepRef `json:"from,omitempty"`
}

func (c EscalateNow) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("escalate"); err != nil {
		return journal.Change{}, err
	}
	switch e := s.Escalation; {
	case s.Ack != nil:
		return journal.Change{}, s.conflict(s.doing("escalate"), "hand-over")
	case s.Resolved != nil:
		return journal.Change{}, s.conflict(s.doing("escalate"), "quiet")
	case e.NextAt == nil:
		return journal.Change{}, s.conflict(s.doing("escalate"), "pages-nobody")
	case c.From != nil && *c.From != stepOf(e):
		return journal.Change{}, nil // somebody was faster
	}
	d := decideOn(s.ID, env)
	d.asked = s.DutyOf(env.By)
	return d.escalate(s, oncall.Asked{Roster: s.roster(s.Escalation.Policy, env.Crew)}).change, nil
}
