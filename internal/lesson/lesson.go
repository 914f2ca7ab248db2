// Package lesson is what becomes of a lesson: whom it is for, who has understood it, what it is to change and has changed.
//
// Lessons are added by package postmortem, in the stream of their incident, and count from 1. Whom one is addressed to is asked to
// acknowledge it, each once and for himself. A change is a training or a document of the house that the lesson is to be worked
// into: it has an owner and a day, its owner is reminded, and it ends with a link to where the lesson stands now, or with the
// reason why it does not come. All of it goes on after the incident is closed.
//
//	change:  planned ──set──▶ planned ──done──▶ done
//	                            └──dropped──▶ dropped
//
// [State.Feed] tells the postmortem and its checklist: a lesson is integrated once it has a link and no change of it is open.
package lesson

import (
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// The event types of this package; they stand in the incident's stream.
const (
	TypeAddressed      = "lesson.addressed"
	TypeAcknowledged   = "lesson.acknowledged"
	TypeChangeSet      = "lesson.change-set"
	TypeChangeDone     = "lesson.change-done"
	TypeChangeDropped  = "lesson.change-dropped"
	TypeChangeReminded = "lesson.change-reminded"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	names := []string{TypeAddressed, TypeAcknowledged, TypeChangeSet, TypeChangeDone, TypeChangeDropped, TypeChangeReminded}
	types := make([]journal.Type, len(names))
	for i, n := range names {
		types[i] = journal.Type{Name: n, Version: 1}
	}
	return types
}

// Addressed says whom a lesson is for from now on.
type Addressed struct {
	Lesson int `json:"lesson"` // counted from 1
	Audience
}

// Audience is whom a lesson is for: all of these together.
type Audience struct {
	Roles   []people.Role   `json:"roles,omitempty"`
	Domains []people.Domain `json:"domains,omitempty"` // of the control board
	People  []people.ID     `json:"people,omitempty"`
}

// Empty tells whether a lesson is for nobody in particular.
func (a Audience) Empty() bool { return len(a.Roles)+len(a.Domains)+len(a.People) == 0 }

// Has tells whether a person is meant.
func (a Audience) Has(p people.Person) bool {
	return slices.Contains(a.Roles, p.Role) || p.Domain != "" && slices.Contains(a.Domains, p.Domain) || slices.Contains(a.People, p.ID)
}

// Acknowledged says that its actor has read and understood a lesson.
type Acknowledged struct {
	Lesson int `json:"lesson"`
}

// Kind says what a lesson is worked into.
type Kind string

// The kinds.
const (
	Training   Kind = "training"
	Governance Kind = "governance" // a document: a policy, a runbook, a checklist
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Training, Governance} }

// ChangeFields are what a lesson is to change, with who does it by when.
type ChangeFields struct {
	ID     string    `json:"id"` // "K1", "K2", … within the incident
	Lesson int       `json:"lesson"`
	Kind   Kind      `json:"kind"`
	Title  string    `json:"title"` // of the training or the document
	Owner  people.ID `json:"owner"`
	Due    string    `json:"due"` // 2025-10-01
}

// ChangeEnded ends a change: with the link to where the lesson stands now, or with the reason why it does not come.
type ChangeEnded struct {
	ID     string `json:"id"`
	Link   string `json:"link,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// ChangeReminded says that its owner was told of a change, how late it was, and of which day.
type ChangeReminded struct {
	ID    string `json:"id"`
	Level Level  `json:"level"`
	Due   string `json:"due"`
}

// Change is a change as it stands.
type Change struct {
	ChangeFields
	incident.Mark                // of when it was planned
	Done          *incident.Mark `json:"done,omitempty"`
	Link          string         `json:"link,omitempty"`
	Dropped       *incident.Mark `json:"dropped,omitempty"`
	Reason        string         `json:"reason,omitempty"`
	Reminded      ChangeReminded `json:"reminded,omitzero"` // the last time
}

// Open tells whether a change is still to come.
func (c Change) Open() bool { return c.Done == nil && c.Dropped == nil }

// Lesson is a lesson with what has become of it.
type Lesson struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
	Link   string `json:"link,omitempty"`   // that it was integrated with by hand
	Source string `json:"source,omitempty"` // what it came of, where that is no analysis
	incident.Mark
	Audience Audience        `json:"audience,omitzero"`
	Acks     []incident.Mark `json:"acks,omitempty"`
	Changes  []Change        `json:"changes,omitempty"`
}

// AckedBy tells whether a person has understood the lesson.
func (l Lesson) AckedBy(id people.ID) bool {
	return slices.ContainsFunc(l.Acks, func(m incident.Mark) bool { return m.By == id })
}

// Links lists where the lesson stands now.
func (l Lesson) Links() []string {
	var list []string
	if l.Link != "" {
		list = append(list, l.Link)
	}
	for _, c := range l.Changes {
		if c.Done != nil && !slices.Contains(list, c.Link) {
			list = append(list, c.Link)
		}
	}
	return list
}

// Open tells whether a change of the lesson is still to come.
func (l Lesson) Open() bool { return slices.ContainsFunc(l.Changes, Change.Open) }

// State is the fold of the lessons of one incident.
type State struct {
	Lessons []Lesson `json:"lessons,omitempty"`
}

// Fold computes the state; entries of other types are passed over.
func Fold(entries []journal.Entry) (State, error) {
	var s State
	for _, e := range entries {
		if err := s.apply(e); err != nil {
			return s, fmt.Errorf("fold the lessons of %s: %w", e.Stream, err)
		}
	}
	return s, nil
}

func (s *State) apply(e journal.Entry) error {
	mark := incident.Mark{At: e.OccurredAt, By: people.ID(e.Actor)}
	switch e.Type {
	case postmortem.TypeLessonAdded:
		return on(e, func(v postmortem.LessonFields) {
			s.Lessons = append(s.Lessons, Lesson{Number: len(s.Lessons) + 1, Text: v.Text, Link: v.Link, Source: v.Source, Mark: mark})
		})
	case postmortem.TypeLessonIntegrated:
		return on(e, func(v postmortem.LessonIntegrated) { s.at(v.Index).Link = v.Link })
	case TypeAddressed:
		return on(e, func(v Addressed) { s.at(v.Lesson).Audience = v.Audience })
	case TypeAcknowledged:
		return on(e, func(v Acknowledged) { l := s.at(v.Lesson); l.Acks = append(l.Acks, mark) })
	case TypeChangeSet:
		return on(e, func(v ChangeFields) {
			if c := s.change(v.ID); c != nil {
				c.ChangeFields = v
				return
			}
			l := s.at(v.Lesson)
			l.Changes = append(l.Changes, Change{ChangeFields: v, Mark: mark})
		})
	case TypeChangeDone:
		return s.onChange(e, func(c *Change, v ChangeEnded) { c.Done, c.Link = &mark, v.Link })
	case TypeChangeDropped:
		return s.onChange(e, func(c *Change, v ChangeEnded) { c.Dropped, c.Reason = &mark, v.Reason })
	case TypeChangeReminded:
		return on(e, func(v ChangeReminded) {
			if c := s.change(v.ID); c != nil {
				c.Reminded = v
			}
		})
	}
	return nil
}

func (s *State) onChange(e journal.Entry, end func(*Change, ChangeEnded)) error {
	return on(e, func(v ChangeEnded) {
		if c := s.change(v.ID); c != nil {
			end(c, v)
		}
	})
}

func on[T any](e journal.Entry, do func(T)) error {
	v, err := journal.Decode[T](e)
	if err == nil {
		do(v)
	}
	return err
}

// at gives a lesson by its number; one that is none is written to nowhere.
func (s *State) at(number int) *Lesson {
	if number < 1 || number > len(s.Lessons) {
		return &Lesson{}
	}
	return &s.Lessons[number-1]
}

func (s *State) change(id string) *Change {
	for i := range s.Lessons {
		for j := range s.Lessons[i].Changes {
			if s.Lessons[i].Changes[j].ID == id {
				return &s.Lessons[i].Changes[j]
			}
		}
	}
	return nil
}

func (s State) count() (n int) {
	for _, l := range s.Lessons {
		n += len(l.Changes)
	}
	return n
}

// Feed gives the analysis with where its lessons stand now.
func (s State) Feed(pm postmortem.State) postmortem.State {
	pm.Lessons = slices.Clone(pm.Lessons)
	for i, l := range s.Lessons[:min(len(s.Lessons), len(pm.Lessons))] {
		pm.Lessons[i].Links, pm.Lessons[i].Open = l.Links(), l.Open()
	}
	return pm
}

// dueDay reads a day.
func dueDay(s string) (time.Time, error) { return time.Parse(time.DateOnly, s) }
