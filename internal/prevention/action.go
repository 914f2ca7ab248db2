package prevention

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// The event types of this package.
const (
	TypeActionAdded    = "prevention.action-added"
	TypeActionClosed   = "prevention.action-closed"
	TypeActionReopened = "prevention.action-reopened"
	TypeTestAccepted   = "prevention.test-accepted"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	return append([]journal.Type{
		{Name: TypeActionAdded, Version: 1}, {Name: TypeActionClosed, Version: 1},
		{Name: TypeActionReopened, Version: 1}, {Name: TypeActionPlanned, Version: 1}, {Name: TypeActionReminded, Version: 1}, {Name: TypeTestAccepted, Version: 1},
		{Name: TypeSpecimensKept, Version: 1}, {Name: TypeActionProven, Version: 1}, {Name: TypeActionDoubted, Version: 1},
	}, syncTypes()...)
}

// Size is an estimate of impact or effort.
type Size string

// The sizes.
const (
	Small  Size = "S"
	Medium Size = "M"
	Large  Size = "L"
)

// Sizes lists them in their order.
func Sizes() []Size { return []Size{Small, Medium, Large} }

// DateLayout is how a due date is written: a day in UTC.
const DateLayout = "2006-01-02"

// ActionAdded is a corrective action as it was agreed.
type ActionAdded struct {
	ID     string            `json:"id"` // "A1", "A2", … within the incident
	Title  string            `json:"title"`
	Domain postmortem.Domain `json:"domain"`
	Owner  people.ID         `json:"owner"`
	Due    string            `json:"due"` // DateLayout
	Impact Size              `json:"impact"`
	Effort Size              `json:"effort"`
	Source string            `json:"source,omitempty"` // what it came of, where that is no analysis: "retrospective"
}

// ActionEnded closes an action with its proof, or reopens it with the reason.
type ActionEnded struct {
	ID   string `json:"id"`
	Text string `json:"text"` // the proof: a link, a commit, an accepted test; or why it is open again
}

// Action is a corrective action as it stands.
type Action struct {
	ActionAdded
	AddedAt time.Time      `json:"addedAt"`
	Closed  *incident.Mark `json:"closed,omitempty"`
	Proof   string         `json:"proof,omitempty"`
	// Given is the proof that somebody has given, until the action is opened again or the proof is doubted; see [Action.Waits].
	Given   *Proof `json:"given,omitempty"`
	Planned string `json:"planned,omitempty"` // the slot that people gave it; see [Action.Slot]
	// Reminded is the last that somebody was told of it.
	Reminded ActionReminded `json:"reminded,omitzero"`
	// Link is its issue in a tracker, nil where it has none; Unlinked says that somebody took them apart.
	Link      *Link      `json:"link,omitempty"`
	Unlinked  bool       `json:"unlinked,omitempty"`
	Conflicts []Conflict `json:"conflicts,omitempty"`
}

// Overdue tells whether the action is open after its due day.
func (a Action) Overdue(now time.Time) bool {
	due, err := time.Parse(DateLayout, a.Due)
	return err == nil && a.Closed == nil && !now.Before(due.AddDate(0, 0, 1))
}

// State is the fold of the prevention events of one incident.
type State struct {
	Actions []Action       `json:"actions,omitempty"`
	Tests   []TestAccepted `json:"tests,omitempty"`
	// Specimens are bad images that are kept.
	Specimens []Specimen `json:"specimens,omitempty"`
}

// Fold computes the state; entries of other packages are passed over.
func Fold(entries []journal.Entry) (State, error) {
	var s State
	for _, e := range entries {
		if err := s.apply(e); err != nil {
			return s, fmt.Errorf("fold prevention of %s: %w", e.Stream, err)
		}
	}
	return s, nil
}

func (s *State) apply(e journal.Entry) error {
	switch e.Type {
	case TypeActionAdded:
		v, err := journal.Decode[ActionAdded](e)
		s.Actions = append(s.Actions, Action{ActionAdded: v, AddedAt: e.OccurredAt})
		return err
	case TypeActionClosed, TypeActionReopened:
		v, err := journal.Decode[ActionEnded](e)
		if i := s.index(v.ID); err == nil && i >= 0 {
			a := &s.Actions[i]
			a.Closed, a.Proof = nil, ""
			if e.Type == TypeActionReopened {
				a.Given, a.Reminded = nil, ActionReminded{} // it is late anew
			} else {
				a.dropProven()
				a.Closed, a.Proof = &incident.Mark{At: e.OccurredAt, By: people.ID(e.Actor)}, v.Text
			}
		}
		return err
	case TypeActionProven, TypeActionDoubted:
		return on(s, e, func(v ActionProof) string { return v.ID }, func(a *Action, v ActionProof) {
			a.Given = nil
			if e.Type == TypeActionProven {
				a.Given = &Proof{v.Text, people.ID(e.Actor), e.OccurredAt}
			}
		})
	case TypeActionPlanned:
		v, err := journal.Decode[ActionPlanned](e)
		if i := s.index(v.ID); err == nil && i >= 0 {
			s.Actions[i].Planned = v.Slot
		}
		return err
	case TypeActionReminded:
		v, err := journal.Decode[ActionReminded](e)
		if i := s.index(v.ID); err == nil && i >= 0 {
			s.Actions[i].Reminded = v
		}
		return err
	case TypeTestAccepted:
		v, err := journal.Decode[TestAccepted](e)
		s.Tests = append(s.Tests, v)
		return err
	case TypeSpecimensKept:
		v, err := journal.Decode[SpecimensKept](e)
		s.Specimens = append(s.Specimens, v.Images...)
		return err
	}
	return s.applySync(e)
}

func (s State) index(id string) int {
	return slices.IndexFunc(s.Actions, func(a Action) bool { return a.ID == id })
}

// Command is something that a person wants to happen to the prevention of an incident.
type Command interface {
	decide(State, incident.State, incident.Env) (journal.Change, error)
}

// Decide gives what follows from a command, or why it may not be.
func Decide(s State, inc incident.State, c Command, env incident.Env) (journal.Change, error) {
	if !inc.Exists() {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.none")
	}
	if err := s.allowed(c, env.By); err != nil {
		return journal.Change{}, err
	}
	return c.decide(s, inc, env)
}

// ProvenBy tells whether somebody may give a proof that the action is done.
func (a Action) ProvenBy(by people.Actor) bool {
	return by.May(people.Author) || a.Owner == by.ID && by.May(people.Respond)
}

// allowed demands an author. The board may look at a proof too, and the owner of an action gives one: they know best that it is done.
func (s State) allowed(c Command, by people.Actor) error {
	switch c := c.(type) {
	case ConfirmAction, DoubtAction:
		if by.May(people.Approve) {
			return nil
		}
	case CloseAction:
		if i := s.index(c.ID); i >= 0 && s.Actions[i].ProvenBy(by) {
			return nil
		}
	}
	return by.Require(people.Author)
}

func event(inc incident.State, env incident.Env, kind string, data any) journal.Change {
	return journal.Change{Events: []journal.Draft{{
		Stream: inc.ID, Type: kind, Version: 1, OccurredAt: env.Now, Actor: string(env.By.ID), Data: data,
	}}}
}

// AddAction files a corrective action. Actions may be filed after closing too:
// what is learned late is still worth doing.
type AddAction struct {
	Title  string            `json:"title"`
	Domain postmortem.Domain `json:"domain"`
	Owner  people.ID         `json:"owner"`
	Due    string            `json:"due"`
	Impact Size              `json:"impact"`
	Effort Size              `json:"effort"`
	Source string            `json:"-"` // what it came of: said by the package that files it
}

func (c AddAction) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	if err := c.validate(); err != nil {
		return journal.Change{}, phrase.Errorf("refusal.action.file", inc.ID, err)
	}
	return event(inc, env, TypeActionAdded, ActionAdded{
		ID: fmt.Sprintf("A%d", len(s.Actions)+1), Title: c.Title, Domain: c.Domain,
		Owner: c.Owner, Due: c.Due, Impact: c.Impact, Effort: c.Effort, Source: c.Source,
	}), nil
}

func (c AddAction) validate() error {
	switch {
	case strings.TrimSpace(c.Title) == "" || len(c.Title) > 500 || strings.ContainsAny(c.Title, "\r\n"):
		return phrase.Refusal(journal.ErrInvalid, "refusal.action.title")
	case c.Owner == "":
		return phrase.Refusal(journal.ErrInvalid, "refusal.action.owner")
	case !slices.Contains(postmortem.Domains(), c.Domain):
		return phrase.Refusal(journal.ErrInvalid, "refusal.domain", c.Domain, postmortem.Domains())
	case !slices.Contains(Sizes(), c.Impact) || !slices.Contains(Sizes(), c.Effort):
		return phrase.Refusal(journal.ErrInvalid, "refusal.action.size", c.Impact, c.Effort)
	}
	if _, err := time.Parse(DateLayout, c.Due); err != nil {
		return phrase.Refusal(journal.ErrInvalid, "refusal.action.due", c.Due)
	}
	return nil
}

// CloseAction ends an action with a proof: the name of an accepted test, or of a guard that catches the incident. An address or a commit is a
// proof once a second person has looked at it; see [ConfirmAction].
type CloseAction struct {
	ID    string `json:"id"`
	Proof string `json:"proof"`
	// Guards are those that were seen to catch the incident, and to let good changes pass. The application says so.
	Guards []string `json:"-"`
}

func (c CloseAction) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	a, err := s.found(c.ID, "close", inc)
	if err != nil {
		return journal.Change{}, err
	}
	if a.Closed != nil {
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.action.close.again", c.ID, inc.ID)
	}
	change, err := s.closing(a, c.Proof, c.Guards, inc, env)
	if err != nil {
		return journal.Change{}, phrase.Errorf("refusal.action.close", c.ID, inc.ID, err)
	}
	return change, nil
}

// ReopenAction says why a closed action is open again.
type ReopenAction struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

func (c ReopenAction) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	i := s.index(c.ID)
	switch {
	case i < 0:
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.action.reopen.none", c.ID, inc.ID)
	case s.Actions[i].Closed == nil:
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.action.reopen.open", c.ID, inc.ID)
	case strings.TrimSpace(c.Reason) == "" || len(c.Reason) > 2000:
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.action.reopen.reason", c.ID, inc.ID)
	}
	return event(inc, env, TypeActionReopened, ActionEnded{c.ID, c.Reason}), nil
}
