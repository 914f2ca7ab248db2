// Package review is the quarterly review: what is read in it, when it is due, and who has held it.
package review

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// The event types of a review's stream.
const (
	TypeReminded = "review.reminded"
	TypeHeld     = "review.held"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	return []journal.Type{{Name: TypeReminded, Version: 1}, {Name: TypeHeld, Version: 1}}
}

// StreamPrefix begins the name of a review's journal stream: REVIEW-2025-Q3.
const StreamPrefix = "REVIEW-"

// EffectTell tells somebody that a review is due. Data is a [TellEffect].
const EffectTell = "tell-review"

const (
	dueAfter   = 7 // days after the quarter's end: its last incidents are published by then
	again      = 7 * 24 * time.Hour
	most       = 8 // reminders
	maxPeople  = 50
	maxMinutes = 16 << 10 // bytes
)

// TellEffect says of which review somebody is told.
type TellEffect struct {
	Quarter string    `json:"quarter"`
	To      people.ID `json:"to,omitempty"`
	Method  string    `json:"method,omitempty"`
}

// Reminded says that the leads were told that a review is due.
type Reminded struct {
	Quarter string `json:"quarter"`
}

// Held says that a review was held.
type Held struct {
	Quarter string      `json:"quarter"`
	On      string      `json:"on"` // a day, as 2025-10-09
	People  []people.ID `json:"people"`
	Minutes string      `json:"minutes"`
}

// HeldMark is a review that was held, and who recorded it.
type HeldMark struct {
	Held
	At time.Time `json:"at"`
	By people.ID `json:"by"`
}

// State is the fold of a review's entries.
type State struct {
	Quarter  string
	Reminded []time.Time
	Held     *HeldMark // as recorded last
}

// Fold computes the state from the entries of one stream.
func Fold(entries []journal.Entry) (State, error) {
	var s State
	for _, e := range entries {
		s.Quarter = strings.TrimPrefix(e.Stream, StreamPrefix)
		switch e.Type {
		case TypeReminded:
			s.Reminded = append(s.Reminded, e.OccurredAt)
		case TypeHeld:
			v, err := journal.Decode[Held](e)
			if err != nil {
				return s, fmt.Errorf("fold the review %s: %w", e.Stream, err)
			}
			s.Held = &HeldMark{v, e.OccurredAt, people.ID(e.Actor)}
		}
	}
	return s, nil
}

// QuarterNamed reads a quarter.
func QuarterNamed(name string) (kpi.Period, error) {
	p, err := kpi.ParsePeriod(name)
	if err != nil || !p.IsQuarter() {
		return p, phrase.Refusal(journal.ErrInvalid, "refusal.review.quarter", fmt.Sprintf("%.20q", name))
	}
	return p, nil
}

// Last is the last quarter that is over.
func Last(now time.Time) kpi.Period {
	p, _ := kpi.QuarterOf(now).Before() // every quarter has one before
	return p
}

// DueAt is when the review of a quarter is due.
func DueAt(quarter kpi.Period) time.Time { return quarter.Until.AddDate(0, 0, dueAfter) }

// Env is what a decision may know besides the state.
type Env struct {
	Now time.Time
	By  people.Actor
}

// Command is something that is to happen to a review.
type Command interface {
	decide(State, Env) (journal.Change, error)
}

// Decide gives what follows from a command, or why it may not be.
func Decide(s State, c Command, env Env) (journal.Change, error) { return c.decide(s, env) }

// Remind tells the leads that the review of a quarter is due, and again each week until it is held. It gives nothing when nothing is due.
type Remind struct{ Quarter kpi.Period }

func (c Remind) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("remind of the review of %s: %w", c.Quarter.Name, journal.ErrForbidden)
	}
	n := len(s.Reminded)
	if s.Held != nil || env.Now.Before(DueAt(c.Quarter)) || n >= most || n > 0 && env.Now.Sub(s.Reminded[n-1]) < again {
		return journal.Change{}, nil
	}
	stream := StreamPrefix + c.Quarter.Name
	change := draft(stream, TypeReminded, env, Reminded{c.Quarter.Name})
	key := fmt.Sprintf("%s:%s-%d", stream, EffectTell, n+1)
	change.Effects = []journal.Effect{{Kind: EffectTell, Key: key, Stream: stream, Data: TellEffect{Quarter: c.Quarter.Name}}}
	return change, nil
}

// Hold records that a review was held. Recording it again corrects it.
type Hold struct {
	Quarter kpi.Period
	On      string
	People  []people.ID
	Minutes string
}

func (c Hold) decide(_ State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Author); err != nil {
		return journal.Change{}, err
	}
	on, err := time.Parse(time.DateOnly, c.On)
	minutes := strings.TrimSpace(c.Minutes)
	refuse := func(why phrase.Key, args ...any) (journal.Change, error) {
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.else", phrase.Of("refusal.do.review", c.Quarter.Name), phrase.Of("refusal.review."+why, args...))
	}
	switch {
	case !c.Quarter.IsQuarter():
		return refuse("of")
	case err != nil:
		return refuse("day")
	case on.Before(c.Quarter.Until):
		return refuse("early", c.Quarter.Until.Format(time.DateOnly))
	case on.After(env.Now):
		return refuse("future")
	case len(c.People) == 0 || len(c.People) > maxPeople:
		return refuse("people", maxPeople)
	case minutes == "" || len(minutes) > maxMinutes:
		return refuse("minutes", maxMinutes)
	}
	who := slices.Clone(c.People)
	slices.Sort(who)
	return draft(StreamPrefix+c.Quarter.Name, TypeHeld, env, Held{c.Quarter.Name, c.On, slices.Compact(who), minutes}), nil
}

func draft(stream, kind string, env Env, data any) journal.Change {
	return journal.Change{Events: []journal.Draft{{Stream: stream, Type: kind, Version: 1, OccurredAt: env.Now, Actor: string(env.By.ID), Data: data}}}
}
