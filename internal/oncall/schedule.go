// Package oncall says who is on call and which page goes out next.
//
// A [Schedule] is a function of time: it holds no state, and a change of the
// configuration changes it as a whole. The rotation has no beginning and no
// end: the start date only says at which hand-off the first member takes over,
// and before it the turns run backwards, so that somebody is on call always.
//
// # Local time
//
// Hand-offs are meant on the wall clock: monday 09:00 stays 09:00 when summer
// time begins or ends, so a week then has 167 or 169 hours. A hand-off at a
// time that the clock skips happens when the clock skips it; one at a time
// that the clock shows twice happens the first time.
package oncall

import "time"

// Shift is one turn of one person, from a hand-off to the next.
type Shift struct {
	Login string
	From  time.Time // included
	Until time.Time // excluded
}

// Schedule says who is on call at any time. Make it with [NewSchedule].
type Schedule struct {
	members []string
	plan    plan
}

// NewSchedule makes the schedule of a valid configuration.
func NewSchedule(c Config) (*Schedule, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	p, err := c.Rotation.parse()
	if err != nil {
		return nil, err
	}
	return &Schedule{members: append([]string(nil), c.Rotation.Members...), plan: p}, nil
}

// Who is on call at a time, and until when.
func (s *Schedule) Who(at time.Time) (login string, until time.Time) {
	shift := s.At(at)
	return shift.Login, shift.Until
}

// At gives the shift that contains a time.
func (s *Schedule) At(at time.Time) Shift {
	// The wall clock is right to within a skipped or repeated stretch, so the
	// guess is a few turns off at most.
	n := floorDiv(wall(at, s.plan.zone).Unix()-s.plan.anchor.Unix(), s.seconds())
	for s.handOff(n).After(at) {
		n--
	}
	for !s.handOff(n + 1).After(at) {
		n++
	}
	size := int64(len(s.members))
	return Shift{Login: s.members[((n%size)+size)%size], From: s.handOff(n), Until: s.handOff(n + 1)}
}

// Next gives the shift after the one that contains a time.
func (s *Schedule) Next(at time.Time) Shift { return s.At(s.At(at).Until) }

// maxShifts bounds what is listed at once: daily turns of ten years.
const maxShifts = 3660

// Shifts lists n shifts (at most 3,660), beginning with the one that contains from.
func (s *Schedule) Shifts(from time.Time, n int) []Shift {
	list := make([]Shift, 0, min(max(n, 0), maxShifts))
	for range cap(list) {
		shift := s.At(from)
		list = append(list, shift)
		from = shift.Until
	}
	return list
}

// handOff is the instant of the n-th hand-off. It never decreases with n.
func (s *Schedule) handOff(n int64) time.Time {
	return instant(time.Unix(s.plan.anchor.Unix()+n*s.seconds(), 0).UTC(), s.plan.zone)
}

// seconds is the length of a turn. Turns are counted in whole seconds, since
// a [time.Duration] ends after 292 years and a clock may be wrong by more.
func (s *Schedule) seconds() int64 { return int64(s.plan.every / time.Second) }

// wall writes the local wall clock of an instant as if it were UTC, so that
// it can be calculated with.
func wall(at time.Time, zone *time.Location) time.Time {
	_, offset := at.In(zone).Zone()
	return at.UTC().Add(time.Duration(offset) * time.Second)
}

// maxOffset exceeds how far any local clock has been from UTC.
const maxOffset = 27 * time.Hour

// instant is the first moment at which the local wall clock shows w or later:
// the end of the gap where the clock skips w, the first time where it shows w twice.
func instant(w time.Time, zone *time.Location) time.Time {
	at := w.Add(-maxOffset).In(zone) // surely before
	for {
		_, offset := at.Zone()
		_, end := at.ZoneBounds()
		t := w.Add(-time.Duration(offset) * time.Second).In(zone)
		switch {
		case t.Before(at):
			return at // skipped
		case end.IsZero() || t.Before(end):
			return t
		}
		at = end.In(zone)
	}
}

func floorDiv(a, b int64) int64 {
	n := a / b
	if a%b < 0 {
		n--
	}
	return n
}
