package lesson

import (
	"fmt"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// Limits of what people write.
const (
	maxTitle    = 500  // bytes
	maxText     = 2000 // of a link or a reason
	maxAudience = 200  // roles, domains and people
	maxChanges  = 1000 // of an incident
)

// Command is something that a person or the system wants to happen to a lesson.
type Command interface {
	decide(situation) (journal.Change, error)
}

// situation is all that a decision looks at.
type situation struct {
	State
	inc incident.State
	env incident.Env
}

// Decide gives what follows from a command, or why it may not be.
func Decide(s State, inc incident.State, c Command, env incident.Env) (journal.Change, error) {
	if !inc.Exists() {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.none")
	}
	return c.decide(situation{s, inc, env})
}

func (s situation) event(kind string, data any) journal.Change {
	return journal.Change{Events: []journal.Draft{{
		Stream: s.inc.ID, Type: kind, Version: 1, OccurredAt: s.env.Now, Actor: string(s.env.By.ID), Data: data,
	}}}
}

func (s situation) inform(change *journal.Change, what string, number int, key string, to people.ID) {
	e := incident.InformEffect{Incident: s.inc.ID, What: what, Number: number, To: to}
	change.Effects = append(change.Effects, journal.Effect{
		Kind: incident.EffectInform, Key: fmt.Sprintf("%s:%s:%s-%s/%s", s.inc.ID, incident.EffectInform, what, key, to), Stream: s.inc.ID, Data: e,
	})
}

// lesson finds a lesson. What is to be done with it is named as in "refusal.lesson.none.address".
func (s situation) lesson(number int, doing string) (Lesson, error) {
	if number < 1 || number > len(s.Lessons) {
		return Lesson{}, phrase.Refusal(journal.ErrNotFound, phrase.Key("refusal.lesson.none."+doing), number, s.inc.ID)
	}
	return s.Lessons[number-1], nil
}

// Address says whom a lesson is for. Told are those whom that means now, as the application knows them; who is meant already and
// who has acknowledged it is not told again.
type Address struct {
	Addressed
	Told []people.Person `json:"-"`
}

func (c Address) decide(s situation) (journal.Change, error) {
	if err := s.env.By.Require(people.Analyse); err != nil {
		return journal.Change{}, err
	}
	l, err := s.lesson(c.Lesson, "address")
	if err != nil {
		return journal.Change{}, err
	}
	if err := c.validate(); err != nil {
		return journal.Change{}, phrase.Errorf("refusal.lesson.address", c.Lesson, s.inc.ID, err)
	}
	if slices.Equal(c.Roles, l.Audience.Roles) && slices.Equal(c.Domains, l.Audience.Domains) && slices.Equal(c.People, l.Audience.People) {
		return journal.Change{}, nil // pressed twice
	}
	change := s.event(TypeAddressed, c.Addressed)
	for _, p := range c.Told {
		if c.Has(p) && !l.Audience.Has(p) && !l.AckedBy(p.ID) {
			s.inform(&change, "lesson-for-you", c.Lesson, fmt.Sprint(c.Lesson), p.ID)
		}
	}
	return change, nil
}

func (a Audience) validate() error {
	if len(a.Roles)+len(a.Domains)+len(a.People) > maxAudience {
		return phrase.Refusal(journal.ErrTooLarge, "refusal.lesson.audience", maxAudience)
	}
	for _, r := range a.Roles {
		if !slices.Contains(people.Roles(), r) || r == people.Watcher {
			return phrase.Refusal(journal.ErrInvalid, "refusal.lesson.role", r)
		}
	}
	for _, d := range a.Domains {
		if !slices.Contains(people.Domains(), d) {
			return phrase.Refusal(journal.ErrInvalid, "refusal.domain", d, people.Domains())
		}
	}
	return nil
}

// Acknowledge says that whoever issues it has read and understood a lesson. Saying so again changes nothing.
type Acknowledge struct{ Acknowledged }

func (c Acknowledge) decide(s situation) (journal.Change, error) {
	if err := s.env.By.Require(people.Read); err != nil {
		return journal.Change{}, err
	}
	if s.env.By.System {
		return journal.Change{}, phrase.Refusal(journal.ErrForbidden, "refusal.lesson.person", c.Lesson, s.inc.ID)
	}
	l, err := s.lesson(c.Lesson, "acknowledge")
	if err != nil || l.AckedBy(s.env.By.ID) {
		return journal.Change{}, err
	}
	return s.event(TypeAcknowledged, c.Acknowledged), nil
}

// SetChange plans what a lesson is to change; with the id of an open change, it replaces that one's title, kind, owner and day.
type SetChange struct{ ChangeFields }

func (c SetChange) decide(s situation) (journal.Change, error) {
	if err := s.env.By.Require(people.Analyse); err != nil {
		return journal.Change{}, err
	}
	if err := c.validate(); err != nil {
		return journal.Change{}, phrase.Errorf("refusal.lesson.plan", s.inc.ID, err)
	}
	if c.ID == "" {
		if _, err := s.lesson(c.Lesson, "plan"); err != nil {
			return journal.Change{}, err
		}
		if s.count() >= maxChanges {
			return journal.Change{}, phrase.Refusal(journal.ErrTooLarge, "refusal.lesson.many", c.Lesson, s.inc.ID, s.count(), maxChanges)
		}
		c.ID = fmt.Sprintf("K%d", s.count()+1)
		return s.event(TypeChangeSet, c.ChangeFields), nil
	}
	old, err := s.open(c.ID, "change")
	if err != nil {
		return journal.Change{}, err
	}
	if c.Lesson = old.Lesson; c.ChangeFields == old.ChangeFields {
		return journal.Change{}, nil // pressed twice
	}
	return s.event(TypeChangeSet, c.ChangeFields), nil
}

func (c ChangeFields) validate() error {
	switch {
	case !slices.Contains(Kinds(), c.Kind):
		return phrase.Refusal(journal.ErrInvalid, "refusal.kind", c.Kind, Kinds())
	case strings.TrimSpace(c.Title) == "" || len(c.Title) > maxTitle || strings.ContainsAny(c.Title, "\r\n"):
		return phrase.Refusal(journal.ErrInvalid, "refusal.lesson.title")
	case c.Owner == "":
		return phrase.Refusal(journal.ErrInvalid, "refusal.action.owner")
	}
	if _, err := dueDay(c.Due); err != nil {
		return phrase.Refusal(journal.ErrInvalid, "refusal.lesson.due", c.Due)
	}
	return nil
}

// open finds a change that is still to come. What is to be done with it is named as in "refusal.do.lesson-drop".
func (s situation) open(id, doing string) (Change, error) {
	c := s.change(id)
	refuse := func(kind error, why phrase.Key) error {
		return phrase.Refusal(kind, "refusal.else", phrase.Of(phrase.Key("refusal.do.lesson-"+doing), id, s.inc.ID), phrase.Of("refusal.lesson.change."+why))
	}
	switch {
	case c == nil:
		return Change{}, refuse(journal.ErrNotFound, "none")
	case c.Done != nil:
		return *c, refuse(journal.ErrConflict, "done")
	case c.Dropped != nil:
		return *c, refuse(journal.ErrConflict, "dropped")
	}
	return *c, nil
}

// FinishChange says where the lesson stands now. Its owner may say so, whatever the role, and who analyses.
type FinishChange struct {
	ID   string `json:"id"`
	Link string `json:"link"`
}

func (c FinishChange) decide(s situation) (journal.Change, error) {
	if err := s.env.By.Require(people.Read); err != nil {
		return journal.Change{}, err
	}
	if owned := s.change(c.ID); owned == nil || s.env.By.ID != owned.Owner {
		if err := s.env.By.Require(people.Analyse); err != nil {
			return journal.Change{}, err
		}
	}
	if _, err := s.open(c.ID, "finish"); err != nil {
		return journal.Change{}, err
	}
	if err := postmortem.CheckLink(c.Link, true); err != nil {
		return journal.Change{}, phrase.Errorf("refusal.lesson.finish", c.ID, s.inc.ID, err)
	}
	return s.event(TypeChangeDone, ChangeEnded{ID: c.ID, Link: c.Link}), nil
}

// DropChange says why a change does not come.
type DropChange struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

func (c DropChange) decide(s situation) (journal.Change, error) {
	if err := s.env.By.Require(people.Author); err != nil {
		return journal.Change{}, err
	}
	if _, err := s.open(c.ID, "drop"); err != nil {
		return journal.Change{}, err
	}
	if strings.TrimSpace(c.Reason) == "" || len(c.Reason) > maxText {
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.lesson.drop", c.ID, s.inc.ID)
	}
	return s.event(TypeChangeDropped, ChangeEnded{ID: c.ID, Reason: c.Reason}), nil
}
