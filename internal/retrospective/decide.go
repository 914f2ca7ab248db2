package retrospective

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
	"github.com/safelight-dev/safelight/internal/prevention"
)

// Limits of what people write.
const (
	maxPeople = 100
	maxLines  = 100
	maxLine   = 2000 // bytes
	maxNotes  = 20_000
	maxPlace  = 500
	maxAhead  = 366 * 24 * time.Hour
	maxBehind = 7 * 24 * time.Hour // what was held and is scheduled afterwards
)

// Command is something that a person or the system wants to happen to a retrospective.
type Command interface {
	decide(situation) (journal.Change, error)
}

// situation is all that a decision looks at.
type situation struct {
	State
	inc     incident.State
	pm      postmortem.State
	actions prevention.State
	env     incident.Env
}

// Decide gives what follows from a command, or why it may not be. Analysis and actions of the incident are needed for what comes of it.
func Decide(s State, inc incident.State, pm postmortem.State, p prevention.State, c Command, env incident.Env) (journal.Change, error) {
	if !inc.Exists() {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.none")
	}
	return c.decide(situation{s, inc, pm, p, env})
}

func (s situation) event(kind string, data any) journal.Draft {
	return journal.Draft{Stream: s.inc.ID, Type: kind, Version: 1, OccurredAt: s.env.Now, Actor: string(s.env.By.ID), Data: data}
}

func (s situation) inform(change *journal.Change, what, key string, to people.ID) {
	e := incident.InformEffect{Incident: s.inc.ID, What: what, Number: 1, To: to}
	change.Effects = append(change.Effects, journal.Effect{
		Kind: incident.EffectInform, Key: fmt.Sprintf("%s:%s:%s-%s/%s", s.inc.ID, incident.EffectInform, what, key, to), Stream: s.inc.ID, Data: e,
	})
}

// refuse says that a command does not fit the stage: what was to be done as in "refusal.do.retro-skip", and why as in "refusal.retro.held".
func (s situation) refuse(doing, why phrase.Key) error {
	return phrase.Refusal(journal.ErrConflict, "refusal.else", phrase.Of("refusal.do.retro-"+doing, s.inc.ID), phrase.Of("refusal.retro."+why))
}

// lets demands the facilitator of a scheduled one, or who writes postmortems.
func (s situation) lets() error {
	if err := s.env.By.Require(people.Read); err != nil {
		return err
	}
	if s.Schedule != nil && s.env.By.ID == s.Schedule.Facilitator {
		return nil
	}
	return s.env.By.Require(people.Author)
}

// Schedule sets when it is held, and who is invited; again, it is put off. Changed are those who are known to have made the change that the
// incident is about, as the application finds them.
type Schedule struct {
	ScheduleFields
	Changed []people.ID `json:"-"`
}

func (c Schedule) decide(s situation) (journal.Change, error) {
	if err := s.lets(); err != nil {
		return journal.Change{}, err
	}
	switch s.Stage(s.inc) {
	case Held:
		return journal.Change{}, s.refuse("schedule", "held")
	case Skipped:
		return journal.Change{}, s.refuse("schedule", "skipped")
	}
	if err := c.validate(s); err != nil {
		return journal.Change{}, phrase.Errorf("refusal.retro.schedule", s.inc.ID, err)
	}
	c.At = c.At.UTC()
	c.Invited = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(c.Invited))), func(id people.ID) bool { return id == c.Facilitator })
	if len(c.Invited) == 0 {
		c.Invited = nil
	}
	if old := s.Schedule; old != nil && old.At.Equal(c.At) && old.Facilitator == c.Facilitator && slices.Equal(old.Invited, c.Invited) && old.Place == c.Place {
		return journal.Change{}, nil // pressed twice
	}
	change := journal.Change{Events: []journal.Draft{s.event(TypeScheduled, c.ScheduleFields)}}
	for _, id := range append([]people.ID{c.Facilitator}, c.Invited...) {
		s.inform(&change, "retrospective-invited", fmt.Sprint(c.At.Unix(), "-", s.env.Now.Unix()), id)
	}
	return change, nil
}

func (c Schedule) validate(s situation) error {
	switch {
	case c.Facilitator == "":
		return phrase.Refusal(journal.ErrInvalid, "refusal.retro.leader")
	case slices.Contains(c.Changed, c.Facilitator):
		return phrase.Refusal(journal.ErrInvalid, "refusal.retro.leader.not")
	case c.At.Before(s.env.Now.Add(-maxBehind)) || c.At.After(s.env.Now.Add(maxAhead)):
		return phrase.Refusal(journal.ErrInvalid, "refusal.retro.time", c.At.UTC().Format("2006-01-02 15:04 UTC"))
	case len(c.Invited) > maxPeople:
		return phrase.Refusal(journal.ErrTooLarge, "refusal.retro.many", len(c.Invited), maxPeople)
	case len(c.Place) > maxPlace || strings.ContainsAny(c.Place, "\r\n"):
		return phrase.Refusal(journal.ErrInvalid, "refusal.retro.place")
	}
	return nil
}

// Minute writes the minutes, by which it is held, or writes them anew. Lessons and Actions came of it now. Names are those of the
// accounts, by which the lint knows people.
type Minute struct {
	Minutes
	Lessons []string               `json:"lessons,omitempty"`
	Actions []prevention.AddAction `json:"actions,omitempty"`
	Names   []postmortem.Name      `json:"-"`
}

func (c Minute) decide(s situation) (journal.Change, error) {
	if err := s.lets(); err != nil {
		return journal.Change{}, err
	}
	switch stage := s.Stage(s.inc); {
	case stage == Skipped:
		return journal.Change{}, s.refuse("minute", "skipped")
	case stage != Scheduled && stage != Held:
		return journal.Change{}, s.refuse("minute", "first")
	case stage == Scheduled && s.env.Now.Before(s.Schedule.At):
		return journal.Change{}, s.refuse("minute", "later")
	}
	if err := c.validate(); err != nil {
		return journal.Change{}, phrase.Errorf("refusal.retro.minute", s.inc.ID, err)
	}
	return c.file(s)
}

func (c Minute) validate() error {
	if len(c.Attended) > maxPeople || len(c.Lessons)+len(c.Actions) > maxLines {
		return phrase.Refusal(journal.ErrTooLarge, "refusal.retro.most", maxPeople, maxLines)
	}
	said := len(c.Notes)
	for _, list := range [][]string{c.Well, c.Badly, c.Lucky, c.Lessons} {
		if len(list) > maxLines {
			return phrase.Refusal(journal.ErrTooLarge, "refusal.retro.lines", maxLines)
		}
		for _, line := range list {
			if strings.TrimSpace(line) == "" || len(line) > maxLine || strings.ContainsAny(line, "\r\n") {
				return phrase.Refusal(journal.ErrInvalid, "refusal.retro.line", maxLine)
			}
			said += len(line)
		}
	}
	switch {
	case said == 0:
		return phrase.Refusal(journal.ErrInvalid, "refusal.retro.empty")
	case len(c.Notes) > maxNotes || len(c.Words) > maxLine:
		return phrase.Refusal(journal.ErrTooLarge, "refusal.retro.long", maxNotes, maxLine)
	}
	if problems := c.Problems(); len(problems) > 0 && strings.TrimSpace(c.Words) == "" {
		return &BlameError{problems}
	}
	return nil
}

// Problems are the words of the minutes that make people a cause.
func (c Minute) Problems() []postmortem.Problem {
	lines := slices.Concat(c.Well, c.Badly, c.Lucky, c.Lessons, []string{c.Notes})
	for _, a := range c.Actions {
		lines = append(lines, a.Title)
	}
	return postmortem.Blame(strings.Join(lines, "\n"), c.Names)
}

// file gives the minutes with what came of them, in one change.
func (c Minute) file(s situation) (journal.Change, error) {
	held := HeldFields{Minutes: c.Minutes}
	var results journal.Change
	known := len(s.pm.Lessons)
	for _, text := range c.Lessons {
		if slices.ContainsFunc(s.pm.Lessons, func(l postmortem.Lesson) bool { return l.Text == text }) {
			continue // it was learned before
		}
		s.pm.Lessons = append(slices.Clip(s.pm.Lessons), postmortem.Lesson{LessonFields: postmortem.LessonFields{Text: text}})
		known++
		held.Lessons = append(held.Lessons, known)
		results.Events = append(results.Events, s.event(postmortem.TypeLessonAdded, postmortem.LessonFields{Text: text, Source: Source}))
	}
	for _, a := range c.Actions {
		if slices.ContainsFunc(s.actions.Actions, func(o prevention.Action) bool {
			return o.Source == Source && o.Title == a.Title && o.Owner == a.Owner && o.Due == a.Due
		}) {
			continue // the form was sent twice
		}
		a.Source = Source
		env := s.env
		env.By = actionsAs(env.By)
		change, err := prevention.Decide(s.actions, s.inc, a, env)
		if err != nil {
			return journal.Change{}, err
		}
		added := change.Events[0].Data.(prevention.ActionAdded)
		s.actions.Actions = append(slices.Clip(s.actions.Actions), prevention.Action{ActionAdded: added})
		held.Actions = append(held.Actions, added.ID)
		results.Events = append(results.Events, change.Events...)
		results.Effects = append(results.Effects, change.Effects...)
	}
	if c.same(s.State, held) {
		return journal.Change{}, nil // pressed twice
	}
	results.Events = append([]journal.Draft{s.event(TypeHeld, held)}, results.Events...)
	return results, nil
}

// actionsAs lets a facilitator of any role file the actions that the round has agreed on.
func actionsAs(by people.Actor) people.Actor {
	by.Role = people.Lead
	return by
}

func (c Minute) same(s State, held HeldFields) bool {
	m := s.Minutes
	return m != nil && len(held.Lessons)+len(held.Actions) == 0 && slices.Equal(m.Attended, c.Attended) && slices.Equal(m.Well, c.Well) &&
		slices.Equal(m.Badly, c.Badly) && slices.Equal(m.Lucky, c.Lucky) && m.Notes == c.Notes && m.Words == c.Words
}

// BlameError says that minutes blame people.
type BlameError struct{ Problems []postmortem.Problem }

func (e *BlameError) Error() string {
	p := e.Problems[0]
	return fmt.Sprintf("the minutes blame people in %d places, first in “%s”: %s; mend them, or say why the words stand",
		len(e.Problems), p.Quote, p.Instead.In("en"))
}

// Phrase says it in both languages.
func (e *BlameError) Phrase() (key string, args []any) {
	return "retrospective.blame", []any{len(e.Problems), e.Problems[0].Quote, e.Problems[0].Instead}
}

// Unwrap gives the kind of error.
func (e *BlameError) Unwrap() error { return journal.ErrInvalid }

// Skip decides that none is held.
type Skip struct{ SkippedFields }

func (c Skip) decide(s situation) (journal.Change, error) {
	if err := s.env.By.Require(people.CloseCase); err != nil {
		return journal.Change{}, err
	}
	switch s.Stage(s.inc) {
	case Held:
		return journal.Change{}, s.refuse("skip", "held")
	case Skipped:
		return journal.Change{}, nil
	}
	if strings.TrimSpace(c.Reason) == "" || len(c.Reason) > maxLine {
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.retro.skip", s.inc.ID)
	}
	return journal.Change{Events: []journal.Draft{s.event(TypeSkipped, c.SkippedFields)}}, nil
}
