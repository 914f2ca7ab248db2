package oncall

import "time"

// Asked takes the next step at once: somebody who was paged asks for help before anybody has acknowledged. A person
// decides that it cannot wait, so quiet hours hold nothing back.
type Asked struct{ Roster Roster }

func (a Asked) step(e Escalation, now time.Time) (Escalation, []Effect) {
	if e.NextAt == nil {
		return e, nil
	}
	quiet := e.Policy.Quiet
	e.Policy.Quiet, e.NextAt = nil, &now
	e, effects := e.advance(a.Roster, now, true)
	e.Policy.Quiet = quiet
	return e, effects
}
