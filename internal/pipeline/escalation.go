package pipeline

import (
	"fmt"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Escalation says who is paged, one step after the other, until somebody acknowledges. It never gives up: after the
// last round the fallback is paged, and again every hour.
type Escalation struct {
	Steps []EscalationStep `yaml:"steps" json:"steps,omitempty"`
	// Repeat is how often all steps are taken again, Every how long after the last one.
	Repeat int           `yaml:"repeat" json:"repeat,omitempty"`
	Every  time.Duration `yaml:"every" json:"every,omitempty"` // 15 minutes where it is 0
	// Fallback is paged after the last round, and where a round reaches nobody: administrators where it is empty.
	Fallback []Target `yaml:"fallback" json:"fallback,omitempty"`
	// Quiet are hours in which nobody is woken: what is due then waits for their end. nil knows none.
	Quiet *QuietHours `yaml:"quiet" json:"quiet,omitempty"`
}

// defaultEvery is the time between rounds where a policy names none.
const defaultEvery = 15 * time.Minute

// Pause is how long after the last step of a round the next one begins.
func (e Escalation) Pause() time.Duration {
	if e.Every > 0 {
		return e.Every
	}
	return defaultEvery
}

// EscalationStep pages some at once.
type EscalationStep struct {
	Page  []Target      `yaml:"page" json:"page"`
	After time.Duration `yaml:"after" json:"after,omitempty"` // since the step before
}

// Target is whom a step pages: on-call, on-call:NAME for another schedule, lead, administrator, or @login.
type Target string

// The targets that stand for duties.
const (
	OnCallTarget Target = "on-call"
	LeadTarget   Target = "lead"
	AdminTarget  Target = "administrator"
)

// Schedule gives the name of the schedule that a target asks, "primary" where it names none.
func (t Target) Schedule() (name string, ok bool) {
	if t == OnCallTarget {
		return "primary", true
	}
	return strings.CutPrefix(string(t), "on-call:")
}

// Login gives the person that a target names.
func (t Target) Login() (login string, ok bool) { return strings.CutPrefix(string(t), "@") }

// Duty is the part that whoever is paged by the target plays.
func (t Target) Duty() people.Duty {
	switch t {
	case LeadTarget:
		return people.LeadDuty
	case AdminTarget:
		return people.Admin
	}
	return people.OnCall
}

func (t Target) validate() error {
	name, schedule := t.Schedule()
	login, person := t.Login()
	switch {
	case t == LeadTarget, t == AdminTarget, schedule && name != "" && len(name) <= 64 && !strings.ContainsAny(name, " \t\r\n:@"):
		return nil
	case person && (people.Person{Login: login, Role: people.Viewer}).Validate() == nil:
		return nil
	}
	return fmt.Errorf("page %q: write on-call, on-call:SCHEDULE, lead, administrator or @login: %w", t, journal.ErrInvalid)
}

// QuietHours are a stretch of each day, on the wall clock of a time zone; it may span midnight.
type QuietHours struct {
	From     string `yaml:"from" json:"from"`   // 22:00
	Until    string `yaml:"until" json:"until"` // 07:00
	TimeZone string `yaml:"timeZone" json:"timeZone,omitempty"`
}

const (
	maxSteps  = 20
	maxRepeat = 100
	maxDelay  = 7 * 24 * time.Hour
	minEvery  = time.Minute
)

func (e Escalation) validate() error {
	if len(e.Steps) > maxSteps || e.Repeat < 0 || e.Repeat > maxRepeat {
		return fmt.Errorf("escalation: %d steps, %d times more: take 1 to %d steps, repeated up to %d times: %w", len(e.Steps), e.Repeat, maxSteps, maxRepeat, journal.ErrInvalid)
	}
	if e.Every != 0 && (e.Every < minEvery || e.Every > maxDelay) {
		return fmt.Errorf("escalation: every %v: take %v to %v: %w", e.Every, minEvery, maxDelay, journal.ErrInvalid)
	}
	targets := e.Fallback
	for i, s := range e.Steps {
		if s.After < 0 || s.After > maxDelay || len(s.Page) == 0 {
			return fmt.Errorf("escalation: step %d: page somebody, after 0 to %v: %w", i+1, maxDelay, journal.ErrInvalid)
		}
		targets = append(targets[:len(targets):len(targets)], s.Page...)
	}
	for _, t := range targets {
		if err := t.validate(); err != nil {
			return fmt.Errorf("escalation: %w", err)
		}
	}
	if e.Quiet != nil {
		return e.Quiet.validate()
	}
	return nil
}

func (q QuietHours) validate() error {
	for _, text := range [...]string{q.From, q.Until} {
		if _, err := time.Parse("15:04", text); err != nil {
			return fmt.Errorf("escalation: quiet hours %q to %q: write times of the day such as 22:00: %w", q.From, q.Until, journal.ErrInvalid)
		}
	}
	if q.From == q.Until {
		return fmt.Errorf("escalation: quiet hours from %s to %s are no stretch of the day: %w", q.From, q.Until, journal.ErrInvalid)
	}
	if _, err := time.LoadLocation(q.TimeZone); err != nil || q.TimeZone == "Local" {
		return fmt.Errorf("escalation: quiet hours: time zone %q is not known: write a name such as Europe/Paris: %w", q.TimeZone, journal.ErrInvalid)
	}
	return nil
}

// Escalate gives the steps of a policy. Where it names none they follow from Page and AckWithin: those at once, the
// on-call and the lead after each stretch of silence.
func (p Policy) Escalate() Escalation {
	if len(p.Escalation.Steps) > 0 || len(p.Page) == 0 {
		return p.Escalation
	}
	e := p.Escalation
	first := EscalationStep{}
	for _, d := range p.Page {
		first.Page = append(first.Page, Target(d))
	}
	e.Steps = []EscalationStep{first}
	if p.AckWithin > 0 {
		e.Steps = append(e.Steps, EscalationStep{Page: []Target{OnCallTarget, LeadTarget}, After: p.AckWithin})
		e.Repeat, e.Every = shortRepeat, max(p.AckWithin, minEvery)
	}
	return e
}

// shortRepeat is how often the short form of a policy is repeated: 12 pages to each.
const shortRepeat = 5
