package incident

import (
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/oncall"
)

// ClockName names a deadline of an incident.
type ClockName string

// The clocks of an incident.
const (
	ClockContain ClockName = "contain"
	ClockPublish ClockName = "publish"
	ClockPrevent ClockName = "prevent"
	ClockLegal   ClockName = "legal"
)

// ClockNames lists the clocks in the order in which they matter.
func ClockNames() []ClockName {
	return []ClockName{ClockContain, ClockLegal, ClockPublish, ClockPrevent}
}

// Clock is a deadline with its start and what became of it.
type Clock struct {
	Name      ClockName  `json:"name"`
	StartedAt time.Time  `json:"startedAt"`
	DueAt     time.Time  `json:"dueAt"` // pauses included
	StoppedAt *time.Time `json:"stoppedAt,omitempty"`
	AtRisk    bool       `json:"atRisk,omitempty"`
	Breached  bool       `json:"breached,omitempty"`
	// Share is after which percentage of its time the clock is at risk; 0 is [defaultShare].
	Share int `json:"share,omitempty"`
	// Paused is how long it stands still in all, until PausedUntil at the latest; both count from when the pause was decided.
	Paused      time.Duration `json:"paused,omitempty"`
	PausedUntil *time.Time    `json:"pausedUntil,omitempty"`
	// Overdue counts how often people were told again after the breach; the next time is AgainAt.
	Overdue int        `json:"overdue,omitempty"`
	AgainAt *time.Time `json:"againAt,omitempty"`
}

const (
	defaultShare = 75
	maxOverdue   = 3 // times that people are told again of a breach
	leastAgain   = 15 * time.Minute
	mostAgain    = 24 * time.Hour
)

// RiskAt is when the share of the clock's time has passed after which it is at risk.
func (c Clock) RiskAt() time.Time {
	share := c.Share
	if share == 0 {
		share = defaultShare
	}
	return c.StartedAt.Add(c.Paused + c.Span()/100*time.Duration(share))
}

// Span is how much time the clock gives, pauses aside.
func (c Clock) Span() time.Duration { return c.DueAt.Sub(c.StartedAt) - c.Paused }

// Spent is how much of its time has passed: what it stood still does not count.
func (c Clock) Spent(now time.Time) time.Duration {
	stood := c.Paused
	if c.Stands(now) {
		stood -= c.PausedUntil.Sub(now)
	}
	return now.Sub(c.StartedAt) - stood
}

// Stands tells whether the clock is paused.
func (c Clock) Stands(now time.Time) bool {
	return c.StoppedAt == nil && c.PausedUntil != nil && now.Before(*c.PausedUntil)
}

// again is how long after a breach, and after each reminder, people are told again.
func (c Clock) again() time.Duration { return min(max(c.Span()/2, leastAgain), mostAgain) }

// remind says when people are told again of a breach, counted from when they were told.
func (c *Clock) remind(at time.Time) {
	if c.AgainAt = nil; c.Overdue < maxOverdue {
		next := at.Add(c.again())
		c.AgainAt = &next
	}
}

// Met tells whether the clock was stopped in time.
func (c Clock) Met() bool { return c.StoppedAt != nil && !c.StoppedAt.After(c.DueAt) }

// Clock finds a clock, or nil.
func (s State) Clock(n ClockName) *Clock {
	for i := range s.Clocks {
		if s.Clocks[i].Name == n {
			return &s.Clocks[i]
		}
	}
	return nil
}

// startClocks sets the clocks that count from detection by the present
// policy. Clocks that have stopped keep their result.
func (s *State) startClocks() {
	s.startClock(ClockContain, s.DetectedAt, s.Policy.Contain)
	s.startClock(ClockPublish, s.DetectedAt, s.Policy.Publish)
	if from, ok := s.legalFrom(); ok {
		s.startClock(ClockLegal, from, s.Policy.Legal)
	}
	// A clock that a higher severity brings may be won already.
	if s.PublishedAt != nil {
		s.stopClock(ClockPublish, s.PublishedAt.At)
	}
	s.settleContainment()
}

// settleContainment lets the probe by which the harm had stopped for the first
// time stop the one clock and start the other. It stays the first after an undo
// and a second containment, so that nobody gains time by going back and forth.
// A probe of less (a purge, one of two routes) settles nothing.
func (s *State) settleContainment() {
	if s.FirstContained == nil {
		return
	}
	s.stopClock(ClockContain, s.FirstContained.At)
	if s.Prevented == nil {
		s.startClock(ClockPrevent, s.FirstContained.At, s.Policy.Prevent)
	}
}

// startClock sets, moves or (for a zero duration) removes a running clock.
func (s *State) startClock(n ClockName, from time.Time, d time.Duration) {
	old := s.Clock(n)
	switch {
	case old != nil && (old.StoppedAt != nil || old.Breached && d == 0):
		return // it is decided
	case old != nil && d == 0:
		s.Removed = append(slices.Clone(s.Removed), *old)
		s.Clocks = slices.DeleteFunc(slices.Clone(s.Clocks), func(c Clock) bool { return c.Name == n })
	case old != nil && !old.DueAt.Equal(from.Add(d+old.Paused)):
		*old = Clock{Name: n, StartedAt: from, DueAt: from.Add(d + old.Paused), Share: s.Policy.AtRisk, Paused: old.Paused, PausedUntil: old.PausedUntil}
	case old == nil && d > 0:
		c := Clock{Name: n, StartedAt: from, DueAt: from.Add(d), Share: s.Policy.AtRisk}
		for _, was := range s.Removed { // the last one counts
			if was.Name == n {
				c.Paused, c.PausedUntil, c.DueAt = was.Paused, was.PausedUntil, from.Add(d+was.Paused)
			}
		}
		s.Clocks = append(s.Clocks, c)
	}
}

func (s *State) stopClock(n ClockName, at time.Time) {
	s.markClock(n, func(c *Clock) {
		if c.StoppedAt == nil {
			c.resume(at) // what is left of a pause is not needed
			c.StoppedAt = &at
		}
	})
}

func (s *State) markClock(n ClockName, change func(*Clock)) {
	if c := s.Clock(n); c != nil {
		change(c)
	}
}

// clockDue tells when people are told of a clock next, if they are: that it is at risk, that it is breached, that again. In
// the quiet hours of the policy nobody is woken by it; the law knows none.
func (s State) clockDue(c Clock) (at time.Time, due bool) {
	switch {
	case c.StoppedAt != nil || c.Breached && c.AgainAt == nil:
		return time.Time{}, false
	case c.Breached:
		at = *c.AgainAt
	case c.AtRisk:
		at = c.DueAt
	default:
		at = c.RiskAt()
	}
	if q := s.Policy.Escalate().Quiet; q != nil && c.Name != ClockLegal {
		if until, quiet := oncall.QuietUntil(*q, at); quiet {
			at = until
		}
	}
	return at, true
}

// Deadline is a moment at which an incident must be looked at again.
type Deadline struct {
	Name string // what for: "contain", "ack", …
	At   time.Time
}

// Deadlines lists what is to happen when, if nothing else does before.
func (s State) Deadlines() []Deadline {
	if !s.Exists() || s.Closed != nil {
		return nil
	}
	var list []Deadline
	for _, c := range s.Clocks {
		if at, due := s.clockDue(c); due {
			list = append(list, Deadline{string(c.Name), at})
		}
	}
	if at, ok := s.stepDue(); ok {
		list = append(list, Deadline{"ack", at})
	}
	return list
}
