package oncall

import (
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// The event types of an override's stream. A swap is an override that two people have agreed to.
const (
	TypeSet       = "override.set"
	TypeProposed  = "swap.proposed"
	TypeAccepted  = "swap.accepted"
	TypeRefused   = "swap.refused"
	TypeWithdrawn = "swap.withdrawn"
	TypeEnded     = "override.ended"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	var types []journal.Type
	for _, n := range []string{TypeSet, TypeProposed, TypeAccepted, TypeRefused, TypeWithdrawn, TypeEnded} {
		types = append(types, journal.Type{Name: n, Version: 1})
	}
	return types
}

// StreamPrefix begins the id of an override, which is its journal stream: O-2026-11-27-01.
const StreamPrefix = "O-"

// IsStream tells whether a journal stream is that of an override.
func IsStream(stream string) bool { return strings.HasPrefix(stream, StreamPrefix) }

// Term is a stretch of time with who is on call in it.
type Term struct {
	Person people.ID `json:"person"`
	From   time.Time `json:"from"`  // included
	Until  time.Time `json:"until"` // excluded
}

// Terms are what an override says, or a proposed swap: the stored form of
// [TypeSet] and [TypeProposed].
type Terms struct {
	Schedule string `json:"schedule"`
	// Terms are one, or of a swap by which both give a shift, two.
	Terms  []Term `json:"terms"`
	Reason string `json:"reason"`
	// To is whom a swap is proposed to, and AnswerBy when the proposal lapses.
	To       people.ID `json:"to,omitempty"`
	AnswerBy time.Time `json:"answerBy,omitzero"`
}

// Remark is the stored form of the events that end or answer something.
type Remark struct {
	Reason string `json:"reason,omitempty"`
}

// Status is where an override stands.
type Status string

// The statuses. Those of a time (lapsed, over) are computed.
const (
	StatusProposed  Status = "proposed"  // a swap that waits for the other's consent; nothing has changed
	StatusInForce   Status = "in-force"  // set, or agreed to
	StatusRefused   Status = "refused"   // by the other
	StatusWithdrawn Status = "withdrawn" // by who proposed it
	StatusEnded     Status = "ended"     // undone
	StatusLapsed    Status = "lapsed"    // a proposal that nobody answered
	StatusOver      Status = "over"      // its time is past
)

// Override is the fold of its stream.
type Override struct {
	Terms
	ID     string    `json:"id"`
	Swap   bool      `json:"swap"` // needs, or needed, the other's consent
	By     people.ID `json:"by"`   // who set or proposed it
	At     time.Time `json:"at"`
	Status Status    `json:"status"` // as it was left; see [Override.State]
	// Decided is when it came into force, was refused or withdrawn; Ended when it was undone.
	Decided time.Time `json:"decided,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	// Remark is what was said with the last answer or change.
	Remark string `json:"remark,omitempty"`
}

// Exists tells whether it was ever set or proposed.
func (o Override) Exists() bool { return o.ID != "" }

// State tells where an override stands at a time.
func (o Override) State(now time.Time) Status {
	switch {
	case o.Status == StatusProposed && !now.Before(o.AnswerBy):
		return StatusLapsed
	case o.Status == StatusInForce && !now.Before(o.until()):
		return StatusOver
	}
	return o.Status
}

// until is when the last term ends.
func (o Override) until() time.Time {
	var last time.Time
	for _, t := range o.Terms.Terms {
		if t.Until.After(last) {
			last = t.Until
		}
	}
	return last
}

// From is when the first term begins.
func (o Override) From() time.Time {
	first := o.Terms.Terms[0].From
	for _, t := range o.Terms.Terms {
		if t.From.Before(first) {
			first = t.From
		}
	}
	return first
}

// Until is when the last term ends, or ended by being undone.
func (o Override) Until() time.Time {
	if last := o.until(); o.Ended.IsZero() || last.Before(o.Ended) {
		return last
	}
	return o.Ended
}

// Covers gives what overrides that have come into force put over a schedule's
// layers, in the order in which they did, for [Schedule.WithOverrides]. What was
// undone stays what it was before that. login turns an id into a login; of an
// unknown one it gives nothing, and the override does not hold.
func Covers(list []Override, schedule string, login func(people.ID) string) []Shift {
	list = slices.DeleteFunc(slices.Clone(list), func(o Override) bool {
		return o.Schedule != schedule || o.Status != StatusInForce && o.Status != StatusEnded
	})
	slices.SortStableFunc(list, func(a, b Override) int { return a.Decided.Compare(b.Decided) })
	var shifts []Shift
	for _, o := range list {
		for _, t := range o.Terms.Terms {
			s := Shift{Login: login(t.Person), From: t.From, Until: t.Until, Override: o.ID}
			if o.Swap && s.From.Before(o.Decided) {
				s.From = o.Decided // of a shift that had begun when they agreed
			}
			if !o.Ended.IsZero() && o.Ended.Before(s.Until) {
				s.Until = o.Ended
			}
			shifts = append(shifts, s)
		}
	}
	return shifts
}

// Revisions tells how often overrides have changed a shift, or what touches it, and
// when the last time was; zero for never.
func Revisions(list []Override, schedule string, s Shift) (n int, last time.Time) {
	for _, o := range list {
		if o.Schedule != schedule {
			continue
		}
		touches := slices.ContainsFunc(o.Terms.Terms, func(t Term) bool { return !t.From.After(s.Until) && !t.Until.Before(s.From) })
		if !touches || o.Status != StatusInForce && o.Status != StatusEnded {
			continue
		}
		for _, at := range []time.Time{o.Decided, o.Ended} {
			if at.IsZero() {
				continue
			}
			n++
			if at.After(last) {
				last = at
			}
		}
	}
	return n, last
}

// Fold gives the override that the entries of its stream amount to.
func Fold(entries []journal.Entry) (Override, error) {
	var o Override
	for _, e := range entries {
		if err := o.apply(e); err != nil {
			return o, err
		}
	}
	return o, nil
}

func (o *Override) apply(e journal.Entry) error {
	switch e.Type {
	case TypeSet, TypeProposed:
		terms, err := journal.Decode[Terms](e)
		if err != nil {
			return err
		}
		*o = Override{Terms: terms, ID: e.Stream, By: people.ID(e.Actor), At: e.OccurredAt, Status: StatusInForce, Decided: e.OccurredAt}
		if e.Type == TypeProposed {
			o.Swap, o.Status, o.Decided = true, StatusProposed, time.Time{}
		}
		return nil
	case TypeAccepted:
		o.Status, o.Decided = StatusInForce, e.OccurredAt
	case TypeRefused:
		o.Status, o.Decided = StatusRefused, e.OccurredAt
	case TypeWithdrawn:
		o.Status, o.Decided = StatusWithdrawn, e.OccurredAt
	case TypeEnded:
		o.Status, o.Ended = StatusEnded, e.OccurredAt
	default:
		return nil
	}
	r, err := journal.Decode[Remark](e)
	o.Remark = r.Reason
	return err
}
