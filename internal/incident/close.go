package incident

import (
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Resolve says that the cause is gone.
type Resolve struct {
	Text string `json:"text"`
}

func (c Resolve) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("resolve"); err != nil {
		return journal.Change{}, err
	}
	if s.Resolved != nil {
		return journal.Change{}, &TransitionError{s.ID, s.Phase(), "resolve", "reopen it first if the cause is back"}
	}
	if err := text("how the cause was removed", c.Text, true); err != nil {
		return journal.Change{}, err
	}
	cause := fmt.Sprintf("resolved-%d", env.Now.Unix()) // it may be reopened and resolved again
	return decideOn(s.ID, env).event(TypeResolved, Reasoned{s.DutyOf(env.By), c.Text}).settle(s, cause, true).change, nil
}

// Reopen says that the cause is back or was not gone.
type Reopen struct {
	Text string `json:"text"`
}

func (c Reopen) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("reopen"); err != nil {
		return journal.Change{}, err
	}
	if s.Resolved == nil {
		return journal.Change{}, &TransitionError{s.ID, s.Phase(), "reopen", "it is not resolved"}
	}
	if err := text("the reason", c.Text, true); err != nil {
		return journal.Change{}, err
	}
	d := decideOn(s.ID, env).event(TypeReopened, Reasoned{s.DutyOf(env.By), c.Text})
	if s.Ack == nil {
		s.Escalation.Paged = nil // that it is back is news to all
		d.escalate(s, s.begin(s.Policy, env.Crew))
	}
	return d.change, nil
}

// RecordPrevented stops the clock of prevention: a guard or an incident test was accepted.
type RecordPrevented struct{ Text string }

func (c RecordPrevented) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Respond); err != nil {
		return journal.Change{}, err
	}
	if s.Prevented != nil || s.Closed != nil {
		return journal.Change{}, nil
	}
	return decideOn(s.ID, env).event(TypePrevented, Reasoned{s.DutyOf(env.By), c.Text}).change, nil
}

// RecordPublished records the publishing commit; a repeated or overtaken effect changes nothing.
type RecordPublished struct{ Published }

func (c RecordPublished) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("record the publication of %s: %w", s.ID, journal.ErrForbidden)
	}
	if p := s.Publication; p != nil && (p.SHA256 == c.SHA256 || p.Revision > c.Revision) {
		return journal.Change{}, nil
	}
	if err := s.stillOpen("publish"); err != nil {
		return journal.Change{}, err
	}
	return decideOn(s.ID, env).event(TypePublished, c.Published).
		effect(EffectInform, fmt.Sprintf("published-%d", c.Revision), InformEffect{Incident: s.ID, What: "published", Number: c.Revision}).change, nil
}

// Close ends the incident. Open holds the lines of the checklist that are not
// true, by their names; each needs a reason in Waive, and a waiver needs a
// member of the board.
type Close struct {
	Open  []string          `json:"-"` // computed by the caller from the journal
	Waive map[string]string `json:"waive,omitempty"`
	Text  string            `json:"text,omitempty"`
}

func (c Close) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.CloseCase); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("close"); err != nil {
		return journal.Change{}, err
	}
	if s.Resolved == nil {
		return journal.Change{}, &TransitionError{s.ID, s.Phase(), "close", "resolve it first"}
	}
	if s.Policy.Postmortem && s.PublishedAt == nil {
		return journal.Change{}, &TransitionError{s.ID, s.Phase(), "close", "its severity demands a published postmortem"}
	}
	if err := s.routesRestored(); err != nil {
		return journal.Change{}, err
	}
	if step := s.runningStep(); step != "" { // its outcome could not be journalled any more
		return journal.Change{}, &TransitionError{s.ID, s.Phase(), "close", "step " + step + " of its runbook is just running"}
	}
	if err := c.checkWaivers(env.By); err != nil {
		return journal.Change{}, fmt.Errorf("close %s: %w", s.ID, err)
	}
	waived := map[string]string{}
	for _, line := range c.Open {
		waived[line] = c.Waive[line]
	}
	d := decideOn(s.ID, env)
	for _, p := range s.Pages {
		if p.Status == PagePlanned { // so that the ledger has no open line
			d.event(TypePageDropped, PageResult{Key: p.Key, Reason: "the incident was closed"})
		}
	}
	d.event(TypeClosed, Closed{s.DutyOf(env.By), waived, c.Text})
	return d.change, text("the remark", c.Text, false)
}

// routesRestored refuses to close while a route is changed: after closing
// nobody could change it back.
func (s State) routesRestored() error {
	for _, m := range s.Mitigations {
		switch m.Status {
		case IsProposed, IsRequested, IsApplied, IsUndoing:
			return &TransitionError{s.ID, s.Phase(), "close", "mitigation " + m.ID + " is not finished"}
		case IsProven:
			if m.Kind == KindRollBack || m.Kind == KindPurge {
				continue // what is good again stays so, and what was forgotten too
			}
			return &TransitionError{s.ID, s.Phase(), "close", m.MitigationRequested.inForce() + "; undo mitigation " + m.ID + " first"}
		case IsFailed:
			if last := s.lastOf(m.Kind, m.Route); m.Kind == KindDisableRoute && last.ID == m.ID && !m.UndoFailed {
				return &TransitionError{s.ID, s.Phase(), "close", "mitigation " + m.ID + " has failed, and route " + m.Route + " may serve references all the same; undo it first"}
			}
		}
	}
	return nil
}

func (c Close) checkWaivers(by people.Actor) error {
	for _, line := range c.Open {
		if text("", c.Waive[line], true) != nil {
			return fmt.Errorf("line %q of the checklist is open: do it, or have a board member give a reason: %w", line, journal.ErrConflict)
		}
	}
	for line := range c.Waive {
		if !slices.Contains(c.Open, line) {
			return fmt.Errorf("line %q of the checklist needs no waiver: %w", line, journal.ErrInvalid)
		}
	}
	if len(c.Open) > 0 && by.Role != people.Board {
		return fmt.Errorf("only a board member may waive lines of the checklist: %w", journal.ErrForbidden)
	}
	return nil
}
