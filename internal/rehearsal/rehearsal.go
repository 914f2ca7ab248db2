// Package rehearsal is the drill of a containment: on a private copy of what a pipeline delivers, each step timed.
//
// A rehearsal goes the way of a containment, and touches nothing that the public sees: it has a stream and an id of its own, opens
// no incident, and no list, figure or document of incidents knows of it. Each step is an effect of its own, queued with the
// outcome of the one before; the copy lives in the process that began it, so that one that was ended in between is over.
package rehearsal

import (
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// The event types of a rehearsal's stream.
const (
	TypeStarted = "rehearsal.started"
	TypeStep    = "rehearsal.step"
	TypeEnded   = "rehearsal.ended"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	var types []journal.Type
	for _, n := range []string{TypeStarted, TypeStep, TypeEnded} {
		types = append(types, journal.Type{Name: n, Version: 1})
	}
	return types
}

// StreamPrefix begins the id of a rehearsal, which is its journal stream: REHEARSAL-2026-11-28-01.
const StreamPrefix = "REHEARSAL-"

// EffectStep does one step of a rehearsal. Data is a [StepEffect].
const EffectStep = "rehearsal"

// StepEffect names a step.
type StepEffect struct {
	Rehearsal string `json:"rehearsal"`
	Step      Step   `json:"step"`
}

// Step is what is done at one time.
type Step string

// The steps, in their order.
const (
	Prepare Step = "prepare" // approved images are copied into private folders
	Harm    Step = "harm"    // copies get a colour cast that is over the budget
	Deliver Step = "deliver" // a private gateway serves them
	Measure Step = "measure" // the pipeline's own measuring finds them
	Rule    Step = "rule"    // the rules fire
	OnCall  Step = "on-call" // somebody is there who may contain
	Edges   Step = "edges"   // the real routes and edges answer; nothing is changed there
	Contain Step = "contain" // the private route is disabled, and proven
	Restore Step = "restore" // and taken back
	Isolate Step = "isolate" // one image is taken out of delivery
	Release Step = "release" // and put back
	Clean   Step = "clean"   // nothing is left
)

var needs = map[Step][]Step{
	Harm: {Prepare}, Deliver: {Harm}, Measure: {Harm}, Rule: {Measure}, Contain: {Deliver}, Restore: {Contain}, Isolate: {Restore}, Release: {Isolate},
}

// Steps lists them in the order in which they are done.
func Steps() []Step {
	return []Step{Prepare, Harm, Deliver, Measure, Rule, OnCall, Edges, Contain, Restore, Isolate, Release, Clean}
}

// Outcome is what became of a step.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped" // it does not apply, or needs one that failed
)

// The stored forms of the events follow.

// Started begins a rehearsal.
type Started struct {
	Pipeline  string `json:"pipeline"`
	Scheduled bool   `json:"scheduled,omitempty"`
	// Clock is the time that the policy gives a real containment, in seconds.
	Clock int64 `json:"clock"`
}

// Done is what became of a step: the stored form of [TypeStep].
type Done struct {
	Step    Step    `json:"step"`
	Outcome Outcome `json:"outcome"`
	Millis  int64   `json:"millis"` // by the wall clock
	Facts   Facts   `json:"facts"`
	// Problem says why it failed or was skipped.
	Problem phrase.Said `json:"problem,omitempty"`
}

// Facts are what a step has seen.
type Facts struct {
	Paths    []string  `json:"paths,omitempty"`     // of the images
	DeltaE00 float64   `json:"deltaE00,omitempty"`  // the least of the harmful images' 95th percentiles
	Rule     string    `json:"rule,omitempty"`      // that fires
	Severity string    `json:"severity,omitempty"`  // that it gives
	Fires    int64     `json:"firesSecs,omitempty"` // after so many seconds of harm, by the clock of its evaluation
	Person   people.ID `json:"person,omitempty"`    // on call
	Routes   []string  `json:"routes,omitempty"`
	Edges    []string  `json:"edges,omitempty"`
	Probe    int64     `json:"probeMillis,omitempty"` // from the change of the route to its proof
}

// Ended ends a rehearsal.
type Ended struct {
	// Interrupted says that the process ended in between.
	Interrupted bool `json:"interrupted,omitempty"`
}

// State is the fold of a rehearsal's entries.
type State struct {
	ID string
	Started
	At          time.Time
	By          people.ID
	Done        []Done
	EndedAt     time.Time // zero: it goes on
	Interrupted bool
}

// Exists tells whether it was started.
func (s State) Exists() bool { return s.ID != "" }

// Over tells whether it has ended.
func (s State) Over() bool { return !s.EndedAt.IsZero() }

// Next is the step that is to be done; empty once it is over.
func (s State) Next() Step {
	if all := Steps(); s.Exists() && !s.Over() && len(s.Done) < len(all) {
		return all[len(s.Done)]
	}
	return ""
}

// Passed tells whether it has ended by itself and no step has failed.
func (s State) Passed() bool {
	return s.Over() && !s.Interrupted && !slices.ContainsFunc(s.Done, func(d Done) bool { return d.Outcome == Failed })
}

// Lacks tells which step has to have passed before the next one, and has not; empty if none.
func (s State) Lacks() Step {
	for _, need := range needs[s.Next()] {
		if i := slices.Index(Steps(), need); s.Done[i].Outcome != Passed {
			return need
		}
	}
	return ""
}

// Took is how long the steps took in all, without waiting between them.
func (s State) Took() time.Duration {
	var sum time.Duration
	for _, d := range s.Done {
		sum += d.Took()
	}
	return sum
}

// Took is how long the step took.
func (d Done) Took() time.Duration { return time.Duration(d.Millis) * time.Millisecond }

// Machine is how much of the time of a containment the machine took: from the measurement of the harm to the proof. What people
// take is no part of it, nor for how long a rule waits.
func (s State) Machine() time.Duration {
	var sum time.Duration
	for _, d := range s.Done {
		if d.Step == Measure || d.Step == Contain {
			sum += d.Took()
		}
	}
	return sum
}

// Fold computes the state from the entries of one stream.
func Fold(entries []journal.Entry) (State, error) {
	var s State
	for _, e := range entries {
		if err := s.apply(e); err != nil {
			return s, fmt.Errorf("fold the rehearsal %s: %w", e.Stream, err)
		}
	}
	return s, nil
}

func (s *State) apply(e journal.Entry) (err error) {
	switch e.Type {
	case TypeStarted:
		s.ID, s.At, s.By = e.Stream, e.OccurredAt, people.ID(e.Actor)
		s.Started, err = journal.Decode[Started](e)
	case TypeStep:
		var d Done
		d, err = journal.Decode[Done](e)
		s.Done = append(s.Done, d)
	case TypeEnded:
		var v Ended
		v, err = journal.Decode[Ended](e)
		s.EndedAt, s.Interrupted = e.OccurredAt, v.Interrupted
	}
	return err
}

// Env is what a decision may know besides the state.
type Env struct {
	Now time.Time
	By  people.Actor
}

// Command is something that is to happen to a rehearsal.
type Command interface {
	decide(State, Env) (journal.Change, error)
}

// Decide gives what follows from a command, or why it may not be.
func Decide(s State, c Command, env Env) (journal.Change, error) { return c.decide(s, env) }

// Start begins a rehearsal under an id that the store has allotted.
type Start struct {
	ID string
	Started
}

func (c Start) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Contain); err != nil {
		return journal.Change{}, err
	}
	switch {
	case s.Exists():
		return journal.Change{}, fmt.Errorf("start the rehearsal %s: it has been started before: %w", s.ID, journal.ErrConflict)
	case c.Pipeline == "":
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.rehearsal.pipeline")
	}
	return journal.Change{
		Events:  []journal.Draft{draft(c.ID, TypeStarted, env, c.Started)},
		Effects: []journal.Effect{effect(c.ID, Steps()[0])},
	}, nil
}

// Record says what became of the next step, and has the one after it done. The last one ends the rehearsal.
type Record struct{ Done }

func (c Record) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("record a step of %s: %w", s.ID, journal.ErrForbidden)
	}
	if c.Step == "" || c.Step != s.Next() {
		return journal.Change{}, nil // it has been recorded, or all is over
	}
	change := journal.Change{Events: []journal.Draft{draft(s.ID, TypeStep, env, c.Done)}}
	if all := Steps(); len(s.Done)+1 < len(all) {
		change.Effects = []journal.Effect{effect(s.ID, all[len(s.Done)+1])}
		return change, nil
	}
	change.Events = append(change.Events, draft(s.ID, TypeEnded, env, Ended{}))
	return change, nil
}

// Interrupt ends a rehearsal whose copy is gone with the process that had it.
type Interrupt struct{}

func (Interrupt) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("end the rehearsal %s: %w", s.ID, journal.ErrForbidden)
	}
	if !s.Exists() || s.Over() {
		return journal.Change{}, nil
	}
	return journal.Change{Events: []journal.Draft{draft(s.ID, TypeEnded, env, Ended{Interrupted: true})}}, nil
}

func effect(id string, step Step) journal.Effect {
	return journal.Effect{Kind: EffectStep, Key: id + ":" + string(step), Stream: id, Data: StepEffect{id, step}}
}

func draft(stream, kind string, env Env, data any) journal.Draft {
	return journal.Draft{Stream: stream, Type: kind, Version: 1, OccurredAt: env.Now, Actor: string(env.By.ID), Data: data}
}
