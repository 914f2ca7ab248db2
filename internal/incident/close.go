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
		return journal.Change{}, s.conflict(s.doing("resolve"), "resolved")
	}
	if err := text("cause", c.Text, true); err != nil {
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
		return journal.Change{}, s.conflict(s.doing("reopen"), "unresolved")
	}
	if err := text("reason", c.Text, true); err != nil {
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
		return journal.Change{}, s.conflict(s.doing("close"), "resolve-first")
	}
	if s.Policy.Postmortem && s.PublishedAt == nil {
		return journal.Change{}, s.conflict(s.doing("close"), "unpublished")
	}
	if err := s.routesRestored(); err != nil {
		return journal.Change{}, err
	}
	if step := s.runningStep(); step != "" { // its outcome could not be journalled any more
		return journal.Change{}, s.conflict(s.doing("close"), "step-running", step)
	}
	if err := c.checkWaivers(s, env.By); err != nil {
		return journal.Change{}, err
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
	return d.change, text("remark", c.Text, false)
}

// routesRestored refuses to close while a route is changed: after closing
// nobody could change it back.
func (s State) routesRestored() error {
	for _, m := range s.Mitigations {
		switch m.Status {
		case IsProposed, IsRequested, IsApplied, IsUndoing:
			return s.conflict(s.doing("close"), "unfinished", m.ID)
		case IsProven:
			if m.Kind == KindRollBack || m.Kind == KindPurge {
				continue // what is good again stays so, and what was forgotten too
			}
			return s.conflict(s.doing("close"), "undo-first", m.MitigationRequested.inForce(), m.ID)
		case IsFailed:
			if m.Kind == KindDisableRoute && s.Fails(m) && !m.UndoFailed {
				return s.conflict(s.doing("close"), "undo-failed", m.ID, m.Route)
			}
		}
	}
	return nil
}

func (c Close) checkWaivers(s State, by people.Actor) error {
	for _, line := range c.Open {
		if text("reason", c.Waive[line], true) != nil {
			return refuse(journal.ErrConflict, s.doing("close"), "line-open", line)
		}
	}
	for line := range c.Waive {
		if !slices.Contains(c.Open, line) {
			return refuse(journal.ErrInvalid, s.doing("close"), "line-done", line)
		}
	}
	if len(c.Open) > 0 && by.Role != people.Board {
		return refuse(journal.ErrForbidden, s.doing("close"), "line-board")
	}
	return nil
}
