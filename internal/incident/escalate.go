package incident

import (
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// Stepped says where the escalation stands after a step: the stored form of [TypeStepped]. The pages of the step are
// events of their own.
type Stepped struct {
	Generation int                  `json:"generation"`
	Begun      *pipeline.Escalation `json:"begun,omitempty"` // the policy that it goes by from now on
	Round      int                  `json:"round"`
	Taken      int                  `json:"taken"`
	TakenRound int                  `json:"takenRound,omitempty"`
	Next       int                  `json:"next"`
	NextAt     *time.Time           `json:"nextAt,omitempty"`
	Skipped    []Skipped            `json:"skipped,omitempty"`
	QuietUntil *time.Time           `json:"quietUntil,omitempty"`
	Nobody     bool                 `json:"nobody,omitempty"` // could be reached at all
	Asked      people.Duty          `json:"asked,omitempty"`  // of who asked for it; empty where its time had come
}

// Skipped is a target that was passed over, and why.
type Skipped struct {
	Target pipeline.Target   `json:"target"`
	To     people.ID         `json:"to,omitempty"`
	Why    oncall.EffectKind `json:"why"` // nobody, unreachable
}

// StepRef says by which step a page was planned.
type StepRef struct {
	Generation int `json:"generation"`
	Round      int `json:"round"` // of the step; the first is 0
	Step       int `json:"step"`
}

// stepOf names the step that was taken last.
func stepOf(e oncall.Escalation) StepRef { return StepRef{e.Generation, e.TakenRound, e.Taken} }

// crew is who the incident knows of by itself, where nobody has looked who is there: they are reached by any method.
func (o Opened) crew() oncall.Crew {
	c := oncall.Crew{Schedules: map[string][]people.ID{oncall.Primary: {o.OnCall}}, Admins: o.Admins, Methods: map[people.ID][]string{}}
	for _, id := range append([]people.ID{o.OnCall, o.Lead}, o.Admins...) {
		c.Methods[id] = anyMethod
	}
	return c
}

// anyMethod stands for all channels at once.
var anyMethod = []string{""}

// roster lists who stands behind the targets of a policy now.
func (s State) roster(p pipeline.Escalation, c oncall.Crew) oncall.Roster {
	if !c.Known() {
		c = s.Opened.crew()
	}
	lead := s.LeadID()
	if lead == "" {
		lead = s.Opened.Lead
	}
	return c.Roster(p, lead)
}

// begin starts paging by a policy.
func (s State) begin(p pipeline.Policy, c oncall.Crew) oncall.Begin {
	e := p.Escalate()
	return oncall.Begin{Policy: e, Roster: s.roster(e, c)}
}

// escalate moves the escalation: it plans the pages of a step, and says what was passed over.
func (d *decision) escalate(s State, event oncall.Event) *decision {
	e, effects := oncall.Step(s.Escalation, event, d.env.Now)
	stepped := Stepped{Generation: e.Generation, Round: e.Round, Taken: e.Taken, TakenRound: e.TakenRound, Next: e.Next, NextAt: e.NextAt, Asked: d.asked}
	if e.Generation != s.Escalation.Generation {
		stepped.Begun = &e.Policy
	}
	for _, f := range effects {
		switch f.Kind {
		case oncall.PageSomeone:
			ref := stepOf(e)
			d.page(s, Paged{To: f.To.ID, Duty: f.Target.Duty(), Purpose: ToAcknowledge, Step: &ref})
		case oncall.WaitQuiet:
			stepped.QuietUntil = &f.Until
		case oncall.Shout:
			stepped.Nobody = true
		default:
			stepped.Skipped = append(stepped.Skipped, Skipped{f.Target, f.To.ID, f.Kind})
		}
	}
	if len(effects) == 0 && stepped.Begun == nil {
		return d
	}
	return d.event(TypeStepped, stepped)
}

// stepDue tells when the escalation goes on, if it does.
func (s State) stepDue() (time.Time, bool) {
	if s.Escalation.NextAt == nil {
		return time.Time{}, false
	}
	return *s.Escalation.NextAt, true
}

// lost takes the next step where a page that has failed for good was the last that could reach somebody.
func (d *decision) lost(s State, failed Page) {
	if s.Ack != nil || failed.Purpose != ToAcknowledge || failed.Step == nil || *failed.Step != stepOf(s.Escalation) {
		return
	}
	alive := func(p Page) bool {
		return p.Key != failed.Key && p.Step != nil && *p.Step == *failed.Step && p.Status != PageFailed
	}
	if !slices.ContainsFunc(s.Pages, alive) {
		d.escalate(s, oncall.Lost{Roster: s.roster(s.Escalation.Policy, d.env.Crew)})
	}
}

// applyEscalation folds the paging. An incident of a version before has no steps of its own: they follow from its policy.
func (s *State) applyEscalation(e journal.Entry) error {
	switch e.Type {
	case TypeOpened, TypeSeverityChanged, TypeReopened:
		if s.Ack == nil && s.Resolved == nil {
			paged := s.Escalation.Paged // as the events of pages tell, not as it would have been
			s.Escalation, _ = oncall.Step(s.Escalation, s.begin(s.Policy, oncall.Crew{}), e.OccurredAt)
			s.Escalation.Paged = paged
		}
	case TypeAcknowledged, TypeResolved, TypeClosed:
		s.Escalation, _ = oncall.Step(s.Escalation, oncall.Stop{}, e.OccurredAt)
	case TypeStepped:
		return on(e, func(v Stepped) { s.stepped(v) })
	case TypePaged:
		return on(e, func(v Paged) { s.pagedToAcknowledge(v, e.OccurredAt) })
	}
	return nil
}

func (s *State) stepped(v Stepped) {
	e := &s.Escalation
	e.Generation, e.Round, e.Taken, e.TakenRound, e.Next, e.NextAt = v.Generation, v.Round, v.Taken, v.TakenRound, v.Next, v.NextAt
	if v.Begun != nil {
		e.Policy = *v.Begun
	}
}

func (s *State) pagedToAcknowledge(v Paged, at time.Time) {
	e := &s.Escalation
	if v.Purpose != ToAcknowledge {
		return
	}
	if !slices.Contains(e.Paged, v.To) {
		e.Paged = append(e.Paged, v.To)
	}
	if v.Step == nil && e.NextAt != nil && !e.NextAt.After(at) { // paged again by a version before
		next := at.Add(s.Policy.AckWithin)
		e.NextAt = &next
	}
}
