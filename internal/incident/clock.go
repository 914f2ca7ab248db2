package incident

import "time"

// ClockName names a deadline of an incident.
type ClockName string

// The clocks of an incident.
const (
	ClockContain ClockName = "contain"
	ClockPublish ClockName = "publish"
	ClockPrevent ClockName = "prevent"
	ClockLegal   ClockName = "legal"
)

// Clock is a deadline with its start and what became of it.
type Clock struct {
	Name      ClockName  `json:"name"`
	StartedAt time.Time  `json:"startedAt"`
	DueAt     time.Time  `json:"dueAt"`
	StoppedAt *time.Time `json:"stoppedAt,omitempty"`
	AtRisk    bool       `json:"atRisk,omitempty"`
	Breached  bool       `json:"breached,omitempty"`
}

// RiskAt is when three quarters of the clock's time have passed.
func (c Clock) RiskAt() time.Time { return c.StartedAt.Add(c.DueAt.Sub(c.StartedAt) / 4 * 3) }

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

// settleContainment lets the first passing probe stop the one clock and start
// the other. It stays the first after an undo and a second containment, so
// that nobody gains time by going back and forth.
func (s *State) settleContainment() {
	first := s.QuarantinedAt
	for _, m := range s.Mitigations {
		if m.ProvenAt != nil && (first == nil || m.ProvenAt.Before(*first)) {
			first = m.ProvenAt
		}
	}
	if first == nil {
		return
	}
	s.stopClock(ClockContain, *first)
	if s.Prevented == nil {
		s.startClock(ClockPrevent, *first, s.Policy.Prevent)
	}
}

// startClock sets, moves or (for a zero duration) removes a running clock.
func (s *State) startClock(n ClockName, from time.Time, d time.Duration) {
	old := s.Clock(n)
	switch {
	case old != nil && (old.StoppedAt != nil || old.Breached && d == 0):
		return // it is decided
	case old != nil && d == 0:
		for i := range s.Clocks {
			if s.Clocks[i].Name == n {
				s.Clocks = append(s.Clocks[:i:i], s.Clocks[i+1:]...)
				return
			}
		}
	case old != nil && !old.DueAt.Equal(from.Add(d)):
		*old = Clock{Name: n, StartedAt: from, DueAt: from.Add(d)}
	case old == nil && d > 0:
		s.Clocks = append(s.Clocks, Clock{Name: n, StartedAt: from, DueAt: from.Add(d)})
	}
}

func (s *State) stopClock(n ClockName, at time.Time) {
	s.markClock(n, func(c *Clock) {
		if c.StoppedAt == nil {
			c.StoppedAt = &at
		}
	})
}

func (s *State) markClock(n ClockName, change func(*Clock)) {
	if c := s.Clock(n); c != nil {
		change(c)
	}
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
		switch {
		case c.StoppedAt != nil || c.Breached:
		case c.AtRisk:
			list = append(list, Deadline{string(c.Name), c.DueAt})
		default:
			list = append(list, Deadline{string(c.Name), c.RiskAt()})
		}
	}
	if at, ok := s.stepDue(); ok {
		list = append(list, Deadline{"ack", at})
	}
	return list
}
