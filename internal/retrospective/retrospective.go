// Package retrospective is the blameless retrospective of an incident: due by policy, scheduled, held, minuted, its results filed.
//
//	none ──(policy)──▶ due ──schedule──▶ scheduled ──minute──▶ held
//	                    │                 │  ▲  │                │
//	                    │                 └──┘  │                └──minute──▶ held (the minutes are written anew)
//	                    └──────────skip─────────┴──▶ skipped
//
// It is due a few days (pipeline.Policy.Retrospective) after the publication, or after the resolution while nothing is published.
// One may be scheduled for any incident. The facilitator should not be who made the change that the incident is about, where that
// is known: who has to defend something does not lead the talk about it. The minutes say what went well, what went badly and where
// the house was lucky; words that blame are refused until they are mended or somebody says why they stand. What comes of it,
// lessons and actions, is filed in the same transaction with its source.
package retrospective

import (
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// The event types of this package; they stand in the incident's stream.
const (
	TypeScheduled = "retrospective.scheduled"
	TypeHeld      = "retrospective.held"
	TypeSkipped   = "retrospective.skipped"
	TypeReminded  = "retrospective.reminded"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	names := []string{TypeScheduled, TypeHeld, TypeSkipped, TypeReminded}
	types := make([]journal.Type, len(names))
	for i, n := range names {
		types[i] = journal.Type{Name: n, Version: 1}
	}
	return types
}

// Source is what lessons and actions of a retrospective say that they came of.
const Source = "retrospective"

// Stage is where a retrospective stands.
type Stage string

// The stages.
const (
	None      Stage = "none" // none is due yet
	Due       Stage = "due"  // to be scheduled
	Scheduled Stage = "scheduled"
	Held      Stage = "held"
	Skipped   Stage = "skipped"
)

// ScheduleFields say when it is held, and who is there.
type ScheduleFields struct {
	At          time.Time   `json:"at"`
	Facilitator people.ID   `json:"facilitator"`
	Invited     []people.ID `json:"invited,omitempty"`
	Place       string      `json:"place,omitempty"`
}

// Minutes are what was said.
type Minutes struct {
	Attended []people.ID `json:"attended,omitempty"`
	Well     []string    `json:"well,omitempty"`  // what went well
	Badly    []string    `json:"badly,omitempty"` // what went badly
	Lucky    []string    `json:"lucky,omitempty"` // where we were lucky
	Notes    string      `json:"notes,omitempty"`
	// Words says why words stand that the lint takes for blame.
	Words string `json:"words,omitempty"`
}

// HeldFields are the minutes with the numbers of the lessons and the ids of the actions that came of it, this time.
type HeldFields struct {
	Minutes
	Lessons []int    `json:"lessons,omitempty"`
	Actions []string `json:"actions,omitempty"`
}

// SkippedFields say why none is held.
type SkippedFields struct {
	Reason string `json:"reason"`
}

// Reminded says that people were told of it: how late it was, and the how manieth time for that day.
type Reminded struct {
	Level Level  `json:"level"`
	Day   string `json:"day"` // that was missed, or is near
	Times int    `json:"times"`
}

// State is the fold of the retrospective of one incident.
type State struct {
	Schedule  *ScheduleFields `json:"schedule,omitempty"`
	Minutes   *Minutes        `json:"minutes,omitempty"`
	HeldAt    *incident.Mark  `json:"held,omitempty"` // when the minutes were first written, and by whom
	Lessons   []int           `json:"lessons,omitempty"`
	Actions   []string        `json:"actions,omitempty"`
	SkippedAt *incident.Mark  `json:"skipped,omitempty"`
	Reason    string          `json:"reason,omitempty"`
	Reminded  Reminded        `json:"reminded,omitzero"`
}

// Stage tells where it stands in an incident.
func (s State) Stage(inc incident.State) Stage {
	switch {
	case s.HeldAt != nil:
		return Held
	case s.SkippedAt != nil:
		return Skipped
	case s.Schedule != nil:
		return Scheduled
	case !DueAt(inc).IsZero():
		return Due
	}
	return None
}

// DueAt is until when a retrospective is to be held by the policy; zero where none is, or the incident is not over.
func DueAt(inc incident.State) time.Time {
	after := inc.Policy.Retrospective
	switch {
	case after == 0:
		return time.Time{}
	case inc.PublishedAt != nil:
		return inc.PublishedAt.At.Add(after)
	case inc.Resolved != nil:
		return inc.Resolved.At.Add(after)
	}
	return time.Time{}
}

// Deadline is until when it is expected now: the time that it is scheduled for, or when it is due; zero where nothing is expected.
func (s State) Deadline(inc incident.State) time.Time {
	switch s.Stage(inc) {
	case Scheduled:
		return s.Schedule.At
	case Due:
		return DueAt(inc)
	}
	return time.Time{}
}

// Fold computes the state; entries of other types are passed over.
func Fold(entries []journal.Entry) (State, error) {
	var s State
	for _, e := range entries {
		if err := s.apply(e); err != nil {
			return s, fmt.Errorf("fold the retrospective of %s: %w", e.Stream, err)
		}
	}
	return s, nil
}

func (s *State) apply(e journal.Entry) error {
	mark := incident.Mark{At: e.OccurredAt, By: people.ID(e.Actor)}
	switch e.Type {
	case TypeScheduled:
		return on(e, func(v ScheduleFields) { s.Schedule = &v })
	case TypeHeld:
		return on(e, func(v HeldFields) {
			if s.HeldAt == nil {
				s.HeldAt = &mark
			}
			s.Minutes = &v.Minutes
			s.Lessons = slices.Concat(s.Lessons, v.Lessons)
			s.Actions = slices.Concat(s.Actions, v.Actions)
		})
	case TypeSkipped:
		return on(e, func(v SkippedFields) { s.SkippedAt, s.Reason = &mark, v.Reason })
	case TypeReminded:
		return on(e, func(v Reminded) { s.Reminded = v })
	}
	return nil
}

func on[T any](e journal.Entry, do func(T)) error {
	v, err := journal.Decode[T](e)
	if err == nil {
		do(v)
	}
	return err
}
