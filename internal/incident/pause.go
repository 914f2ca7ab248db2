package incident

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// PauseClock lets a clock stand still until a time, where the policy lets it: a witness is away, an authority has not answered. It
// goes on by itself.
type PauseClock struct {
	Clock  ClockName `json:"clock"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

// maxPaused bounds the pauses of one clock, all together.
const maxPaused = 7 * 24 * time.Hour

// ClockPaused is the stored form of a pause.
type ClockPaused struct {
	Duty   people.Duty `json:"duty"`
	Clock  ClockName   `json:"clock"`
	Until  time.Time   `json:"until"`
	Reason string      `json:"reason"`
}

func (c PauseClock) decide(s State, env Env) (journal.Change, error) {
	clock, err := s.pausable(c.Clock, env, "pause")
	if err != nil {
		return journal.Change{}, err
	}
	left := maxPaused - clock.Paused
	switch {
	case !slices.Contains(s.Policy.Pausable(), string(c.Clock)):
		return journal.Change{}, refuse(journal.ErrForbidden, s.doing("pause", string(c.Clock)), "pausable", string(s.Severity), strings.Join(s.Policy.Pausable(), ", "))
	case clock.Stands(env.Now):
		return journal.Change{}, s.conflict(s.doing("pause", string(c.Clock)), "paused")
	case clock.Breached || !env.Now.Before(clock.DueAt):
		return journal.Change{}, s.conflict(s.doing("pause", string(c.Clock)), "over")
	case !c.Until.After(env.Now) || c.Until.Sub(env.Now) > left:
		return journal.Change{}, refuse(journal.ErrInvalid, s.doing("pause", string(c.Clock)), "pause-long", c.Until.UTC().Format(time.RFC3339), left.Truncate(time.Minute))
	}
	if err := text("reason", c.Reason, true); err != nil {
		return journal.Change{}, err
	}
	return decideOn(s.ID, env).event(TypeClockPaused, ClockPaused{s.DutyOf(env.By), c.Clock, c.Until.UTC(), c.Reason}).change, nil
}

// ResumeClock lets a paused clock go on before its time.
type ResumeClock struct {
	Clock ClockName `json:"clock"`
}

// ClockResumed is the stored form of it.
type ClockResumed struct {
	Duty  people.Duty `json:"duty"`
	Clock ClockName   `json:"clock"`
}

func (c ResumeClock) decide(s State, env Env) (journal.Change, error) {
	clock, err := s.pausable(c.Clock, env, "resume")
	if err != nil {
		return journal.Change{}, err
	}
	if !clock.Stands(env.Now) {
		return journal.Change{}, s.conflict(s.doing("resume", string(c.Clock)), "not-paused")
	}
	return decideOn(s.ID, env).event(TypeClockResumed, ClockResumed{s.DutyOf(env.By), c.Clock}).change, nil
}

// pausable finds a running clock for somebody who may pause it.
func (s State) pausable(name ClockName, env Env, command string) (Clock, error) {
	if err := env.By.Require(people.Author); err != nil {
		return Clock{}, err
	}
	if err := s.stillOpen(command + "-any"); err != nil {
		return Clock{}, err
	}
	c := s.Clock(name)
	switch {
	case c == nil:
		return Clock{}, refuse(journal.ErrInvalid, s.doing(command+"-any"), "clock", strconv.Quote(string(name)))
	case c.StoppedAt != nil:
		return Clock{}, s.conflict(s.doing(command+"-any"), "clock-stopped", string(name))
	}
	return *c, nil
}

// pause moves the deadline by the time that the clock will stand still.
func (c *Clock) pause(at, until time.Time) {
	c.Paused += until.Sub(at)
	c.DueAt = c.DueAt.Add(until.Sub(at))
	c.PausedUntil = &until
}

// resume takes back what is left of a pause.
func (c *Clock) resume(at time.Time) {
	if !c.Stands(at) {
		return
	}
	left := c.PausedUntil.Sub(at)
	c.Paused -= left
	c.DueAt = c.DueAt.Add(-left)
	c.PausedUntil = &at
}
