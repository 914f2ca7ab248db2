// Package drill is the exercise that proves that pages arrive: started, taken by each channel, ended.
//
// An exercise goes the way of a page, and is no incident: it has a stream and an id of its own, no severity, no clocks,
// nobody acknowledges it, and no list, figure or document of incidents knows of it.
package drill

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// The event types of an exercise's stream.
const (
	TypeStarted = "drill.started"
	TypeTaken   = "drill.taken"
	TypeRefused = "drill.refused"
	TypeEnded   = "drill.ended"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	var types []journal.Type
	for _, n := range []string{TypeStarted, TypeTaken, TypeRefused, TypeEnded} {
		types = append(types, journal.Type{Name: n, Version: 1})
	}
	return types
}

const (
	// StreamPrefix begins the id of an exercise, which is its journal stream: DRILL-2026-11-27-01.
	StreamPrefix = "DRILL-"
	// Patience is how long a channel has to take its message.
	Patience = 5 * time.Minute
	// maxCopies bounds the messages of one exercise.
	maxCopies = 200
)

// EffectSend sends one message of an exercise. Data is a [SendEffect].
const EffectSend = "drill"

// SendEffect names a message.
type SendEffect struct {
	Drill string `json:"drill"`
	Way
}

// Way is to whom and by which channel.
type Way struct {
	To     people.ID `json:"to,omitempty"` // empty: a service that several people read
	Method string    `json:"method"`
}

// The stored forms of the events follow.

// Started begins an exercise.
type Started struct {
	Scheduled bool  `json:"scheduled,omitempty"`
	Ways      []Way `json:"ways"`
}

// Outcome says what became of a message: the stored form of [TypeTaken] and [TypeRefused].
type Outcome struct {
	Way
	Receipt string `json:"receipt,omitempty"` // the provider's name for the message
	Reason  string `json:"reason,omitempty"`  // why no attempt will do
}

// Ended ends an exercise.
type Ended struct {
	Missing []Way `json:"missing,omitempty"` // of which nothing had come in time
}

// Copy is one message of an exercise and what became of it.
type Copy struct {
	Way
	TakenAt time.Time
	Receipt string
	Refused string // why no attempt will do; empty where it was taken, or while nothing has come
}

// Open tells whether nothing has become of it yet.
func (c Copy) Open() bool { return c.TakenAt.IsZero() && c.Refused == "" }

// State is the fold of an exercise's entries.
type State struct {
	ID        string
	At        time.Time
	By        people.ID
	Scheduled bool
	Copies    []Copy
	EndedAt   time.Time // zero: it goes on
}

// Exists tells whether it was started.
func (s State) Exists() bool { return s.ID != "" }

// Over tells whether it has ended.
func (s State) Over() bool { return !s.EndedAt.IsZero() }

// DueAt is when what has not been taken counts as not arrived.
func (s State) DueAt() time.Time { return s.At.Add(Patience) }

// Failed lists what did not get through: refused or, once the exercise is over, not taken.
func (s State) Failed() (list []Copy) {
	for _, c := range s.Copies {
		if c.Refused != "" || s.Over() && c.Open() {
			list = append(list, c)
		}
	}
	return list
}

// Wanted tells whether a message is still to be sent.
func (s State) Wanted(w Way) bool {
	i := s.find(w)
	return i >= 0 && !s.Over() && s.Copies[i].Open()
}

func (s State) find(w Way) int {
	return slices.IndexFunc(s.Copies, func(c Copy) bool { return c.Way == w })
}

// Fold computes the state from the entries of one stream.
func Fold(entries []journal.Entry) (State, error) {
	var s State
	for _, e := range entries {
		if err := s.apply(e); err != nil {
			return s, fmt.Errorf("fold the exercise %s: %w", e.Stream, err)
		}
	}
	return s, nil
}

func (s *State) apply(e journal.Entry) error {
	switch e.Type {
	case TypeStarted:
		v, err := journal.Decode[Started](e)
		s.ID, s.At, s.By, s.Scheduled = e.Stream, e.OccurredAt, people.ID(e.Actor), v.Scheduled
		for _, w := range v.Ways {
			s.Copies = append(s.Copies, Copy{Way: w})
		}
		return err
	case TypeTaken, TypeRefused:
		v, err := journal.Decode[Outcome](e)
		if i := s.find(v.Way); i >= 0 && e.Type == TypeTaken {
			s.Copies[i].TakenAt, s.Copies[i].Receipt = e.OccurredAt, v.Receipt
		} else if i >= 0 {
			s.Copies[i].Refused = v.Reason
		}
		return err
	case TypeEnded:
		s.EndedAt = e.OccurredAt
	}
	return nil
}

// Env is what a decision may know besides the state.
type Env struct {
	Now time.Time
	By  people.Actor
}

// Command is something that is to happen to an exercise.
type Command interface {
	decide(State, Env) (journal.Change, error)
}

// Decide gives what follows from a command, or why it may not be.
func Decide(s State, c Command, env Env) (journal.Change, error) { return c.decide(s, env) }

// Start begins an exercise under an id that the store has allotted.
type Start struct {
	ID        string
	Scheduled bool
	Ways      []Way
}

func (c Start) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.ManageUser); err != nil {
		return journal.Change{}, err
	}
	switch {
	case s.Exists():
		return journal.Change{}, fmt.Errorf("start the exercise %s: it has been started before: %w", s.ID, journal.ErrConflict)
	case len(c.Ways) == 0:
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.drill.nobody")
	case len(c.Ways) > maxCopies:
		return journal.Change{}, phrase.Refusal(journal.ErrTooLarge, "refusal.drill.many", len(c.Ways), maxCopies)
	}
	change := journal.Change{Events: []journal.Draft{draft(c.ID, TypeStarted, env, Started{c.Scheduled, c.Ways})}}
	for _, w := range c.Ways {
		key := strings.Join([]string{c.ID, EffectSend, string(w.To), w.Method}, ":")
		change.Effects = append(change.Effects, journal.Effect{Kind: EffectSend, Key: key, Stream: c.ID, Data: SendEffect{c.ID, w}})
	}
	return change, nil
}

// Record says what became of a message. The last one ends the exercise.
type Record struct {
	Outcome
	Taken bool
}

func (c Record) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("record a message of %s: %w", s.ID, journal.ErrForbidden)
	}
	if !s.Wanted(c.Way) {
		return journal.Change{}, nil
	}
	kind := TypeRefused
	if c.Taken {
		kind = TypeTaken
	}
	change := journal.Change{Events: []journal.Draft{draft(s.ID, kind, env, c.Outcome)}}
	others := func(o Copy) bool { return o.Way != c.Way && o.Open() }
	if !slices.ContainsFunc(s.Copies, others) {
		change.Events = append(change.Events, draft(s.ID, TypeEnded, env, Ended{}))
	}
	return change, nil
}

// End ends an exercise whose time is over. It gives nothing before.
type End struct{}

func (End) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("end the exercise %s: %w", s.ID, journal.ErrForbidden)
	}
	if !s.Exists() || s.Over() || env.Now.Before(s.DueAt()) {
		return journal.Change{}, nil
	}
	var missing []Way
	for _, c := range s.Copies {
		if c.Open() {
			missing = append(missing, c.Way)
		}
	}
	return journal.Change{Events: []journal.Draft{draft(s.ID, TypeEnded, env, Ended{missing})}}, nil
}

func draft(stream, kind string, env Env, data any) journal.Draft {
	return journal.Draft{Stream: stream, Type: kind, Version: 1, OccurredAt: env.Now, Actor: string(env.By.ID), Data: data}
}
