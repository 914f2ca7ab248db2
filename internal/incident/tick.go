package incident

import (
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Tick lets an incident do what is due at env.Now: mark clocks, page again.
// It gives nothing when nothing is due, so it may come at any time.
type Tick struct{}

func (Tick) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("tick %s: %w", s.ID, journal.ErrForbidden)
	}
	if s.Closed != nil {
		return journal.Change{}, nil
	}
	d := decideOn(s.ID, env)
	for _, c := range s.Clocks {
		tickClock(d, s, c)
	}
	if at, ok := s.ackDeadline(); ok && !env.Now.Before(at) {
		pageAgain(d, s)
	}
	return d.change, nil
}

func tickClock(d *decision, s State, c Clock) {
	if c.StoppedAt != nil || c.Breached || d.env.Now.Before(c.RiskAt()) {
		return
	}
	kind, purpose := TypeClockAtRisk, AtRisk
	if !d.env.Now.Before(c.DueAt) {
		kind, purpose = TypeClockBreached, Breached
	} else if c.AtRisk {
		return
	}
	d.event(kind, ClockEvent{c.Name})
	for _, to := range s.answerable() {
		d.page(s, Paged{To: to, Duty: s.DutyOf(people.Actor{ID: to}), Purpose: purpose, Clock: c.Name})
	}
}

// answerable lists whom a clock escalates to: the lead, or whoever was asked
// to lead, and the on-call.
func (s State) answerable() []people.ID {
	ids := []people.ID{s.Opened.OnCall}
	switch {
	case s.Lead != nil && s.Lead.Refused == nil:
		ids = append(ids, s.Lead.To)
	case s.Opened.Lead != "":
		ids = append(ids, s.Opened.Lead)
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id people.ID) bool { return id == "" })
}

// pageAgain pages the on-call once more, and the lead, since nobody answers.
// Where there is neither, the administrators are all that is left.
func pageAgain(d *decision, s State) {
	o := s.Opened
	if o.OnCall == "" && o.Lead == "" {
		for _, to := range o.Admins {
			d.page(s, Paged{To: to, Duty: people.Admin, Purpose: ToAcknowledge})
		}
		return
	}
	d.page(s, Paged{To: o.OnCall, Duty: people.OnCall, Purpose: ToAcknowledge})
	if o.Lead != o.OnCall {
		d.page(s, Paged{To: o.Lead, Duty: people.LeadDuty, Purpose: ToAcknowledge})
	}
}

// RecordPage is the outcome of a page.
type RecordPage struct {
	Status PageStatus
	PageResult
}

func (c RecordPage) decide(s State, env Env) (journal.Change, error) {
	i := slices.IndexFunc(s.Pages, func(p Page) bool { return p.Key == c.Key })
	if i < 0 || !env.By.System {
		return journal.Change{}, fmt.Errorf("record page %q of %s: %w", c.Key, s.ID, journal.ErrInvalid)
	}
	kinds := map[PageStatus]string{PageSent: TypePageSent, PageFailed: TypePageFailed, PageDropped: TypePageDropped}
	kind, ok := kinds[c.Status]
	if !ok || s.Pages[i].Status != PagePlanned {
		return journal.Change{}, nil
	}
	return decideOn(s.ID, env).event(kind, c.PageResult).change, nil
}
