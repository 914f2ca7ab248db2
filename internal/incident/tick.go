package incident

import (
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
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
	if at, ok := s.stepDue(); ok && !env.Now.Before(at) {
		d.escalate(s, oncall.Due{Roster: s.roster(s.Escalation.Policy, env.Crew)})
	}
	return d.change, nil
}

func tickClock(d *decision, s State, c Clock) {
	at, due := s.clockDue(c)
	if !due || d.env.Now.Before(at) {
		return
	}
	if c.Breached {
		tickOverdue(d, s, c)
		return
	}
	kind, purpose := TypeClockAtRisk, AtRisk
	if !d.env.Now.Before(c.DueAt) {
		kind, purpose = TypeClockBreached, Breached
	}
	d.event(kind, ClockEvent{c.Name}).pageAll(s, s.answerable(d.env.Crew), purpose, c.Name)
}

// tickOverdue tells people again of a deadline that was missed, and the administrators with them: whoever answers for it has not.
func tickOverdue(d *decision, s State, c Clock) {
	to := slices.Concat(s.answerable(d.env.Crew), s.admins(d.env.Crew))
	slices.Sort(to)
	d.event(TypeClockOverdue, ClockEvent{c.Name}).pageAll(s, slices.Compact(to), Breached, c.Name)
}

func (d *decision) pageAll(s State, to []people.ID, purpose Purpose, clock ClockName) {
	for _, id := range to {
		d.page(s, Paged{To: id, Duty: s.DutyOf(people.Actor{ID: id}), Purpose: purpose, Clock: clock})
	}
}

// answerable lists whom a clock escalates to: whoever has acknowledged, or else who is on call now, and the lead, or
// whoever was asked to lead. Where there is nobody who can be reached, the administrators are all that is left.
func (s State) answerable(c oncall.Crew) []people.ID {
	ids := []people.ID{s.Opened.OnCall}
	if c.Known() {
		ids = slices.Clone(c.Schedules[oncall.Primary])
	}
	if s.Ack != nil {
		ids = []people.ID{s.Ack.By}
	}
	switch {
	case s.Lead != nil && s.Lead.Refused == nil:
		ids = append(ids, s.Lead.To)
	case s.Opened.Lead != "":
		ids = append(ids, s.Opened.Lead)
	}
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id people.ID) bool { return id == "" })
	reachable := func(id people.ID) bool { return !c.Known() || len(c.Methods[id]) > 0 }
	if !slices.ContainsFunc(ids, reachable) {
		ids = append(ids, s.admins(c)...)
		slices.Sort(ids)
	}
	return slices.Compact(ids)
}

// admins are the administrators of now, or those of the opening where nobody has looked.
func (s State) admins(c oncall.Crew) []people.ID {
	if c.Known() {
		return c.Admins
	}
	return s.Opened.Admins
}

// RecordPage is the outcome of a page by one method.
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
	if !ok || s.Pages[i].Delivered(c.Method) != nil {
		return journal.Change{}, nil
	}
	d := decideOn(s.ID, env).event(kind, c.PageResult)
	if after := s.Pages[i].with(c.PageResult, c.Status, env.Now); after.Status == PageFailed {
		d.lost(s, after)
		d.clockUnheard(s, after)
	}
	if c.Status == PageSent {
		d.overtaken(s, s.Pages[i], c.PageResult)
	}
	return d.change, nil
}

// clockUnheard pages the administrators where a page of a clock that has failed for good was the last of its kind.
func (d *decision) clockUnheard(s State, failed Page) {
	if failed.Clock == "" {
		return
	}
	told := map[people.ID]bool{}
	for _, p := range s.Pages {
		if p.Clock != failed.Clock || p.Purpose != failed.Purpose {
			continue
		}
		if told[p.To] = true; p.Key != failed.Key && p.Status != PageFailed {
			return
		}
	}
	for _, id := range s.admins(d.env.Crew) {
		if !told[id] {
			d.page(s, Paged{To: id, Duty: s.DutyOf(people.Actor{ID: id}), Purpose: failed.Purpose, Clock: failed.Clock})
		}
	}
}

// with adds what became of a page by a method. It is sent once one of them took it, and failed only if all have.
func (p Page) with(v PageResult, status PageStatus, at time.Time) Page {
	p.Deliveries = append(slices.Clone(p.Deliveries), PageDelivery{
		Method: v.Method, Status: status, At: at, Receipt: v.Receipt, Reason: v.Reason,
		BegunAt: v.BegunAt, Attempts: v.Attempts, Delivered: v.Delivered, Together: v.Together,
	})
	if p.Status == PageSent && status != PageSent || p.Status == PageDropped && status == PageFailed {
		return p
	}
	done := status != PageFailed || len(p.Deliveries) >= len(p.Methods)
	if p.Channels = append(slices.Clone(p.Channels), v.Channels...); done {
		p.Status, p.Reason = status, v.Reason
		if p.DoneAt == nil {
			p.DoneAt = &at
		}
	}
	return p
}
