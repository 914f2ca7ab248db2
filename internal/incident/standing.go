package incident

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// StepStatus is where a step of the runbook stands.
type StepStatus string

// The states of a step. One that is proposed waits for a second person.
const (
	StepIsOpen     StepStatus = "open"
	StepIsProposed StepStatus = "proposed"
	StepIsRunning  StepStatus = "running"
	StepIsDone     StepStatus = "done"
	StepIsBad      StepStatus = "bad"
	StepIsFailed   StepStatus = "failed"
	StepIsUnknown  StepStatus = "unknown"
	StepIsSkipped  StepStatus = "skipped"
)

// Over tells whether one goes on to the next step. A check that has seen something bad has done its part.
func (s StepStatus) Over() bool { return s == StepIsDone || s == StepIsBad || s == StepIsSkipped }

// Standing is a step of the runbook and how far it has come.
type Standing struct {
	runbook.Step
	Number   int         `json:"number"` // counted from 1
	Status   StepStatus  `json:"status"`
	At       *time.Time  `json:"at,omitempty"` // when it came to stand so
	By       people.ID   `json:"by,omitempty"`
	ByFact   bool        `json:"byFact,omitempty"` // the incident knows by itself that it is done
	Runs     int         `json:"runs,omitempty"`
	Result   *StepEnded  `json:"result,omitempty"`      // of the last run, or what a person said
	Reason   string      `json:"reason,omitempty"`      // for which it is skipped, or why it failed
	Said     phrase.Said `json:"said,omitempty"`        // why it failed, in each language
	Routes   []string    `json:"routes,omitempty"`      // that are still to be contained
	Progress []string    `json:"mitigations,omitempty"` // that are its own
}

// Standings gives all steps as they stand.
func (s State) Standings() []Standing {
	steps := s.Runbook().Steps
	list := make([]Standing, len(steps))
	for i, step := range steps {
		list[i] = s.standing(i, step)
	}
	return list
}

// Standing is one step as it stands.
func (s State) Standing(name string) (Standing, bool) {
	for i, step := range s.Runbook().Steps {
		if step.Name == name {
			return s.standing(i, step), true
		}
	}
	return Standing{}, false
}

// NextStep is the first step that is not over, or nil.
func NextStep(list []Standing) *Standing {
	for i := range list {
		if !list[i].Status.Over() {
			return &list[i]
		}
	}
	return nil
}

func (s State) standing(i int, step runbook.Step) Standing {
	t := s.step(step.Name)
	st := Standing{Step: step, Number: i + 1, Status: StepIsOpen, Runs: t.Runs, Result: t.Result}
	switch fact := s.fact(step.DoneBy); {
	case t.running():
		st.is(StepIsRunning, t.Begun)
		st.Result = nil
	case t.Skipped != nil:
		st.is(StepIsSkipped, t.Skipped)
		st.Reason = t.Left.Reason
	case t.Result != nil:
		st.is(StepStatus(t.Result.Outcome), t.Ended)
		if t.Result.Run > 0 {
			st.By = t.Begun.By // whoever had it done
		}
	case fact != nil:
		st.is(StepIsDone, fact)
		st.ByFact = true
	case step.Kind() == runbook.KindContainment:
		s.containing(&st)
	}
	return st
}

func (st *Standing) is(status StepStatus, m *Mark) {
	st.Status, st.At, st.By = status, &m.At, m.By
}

// fact says since when a fact holds, and by whose doing; nil where it does not.
func (s State) fact(f runbook.Fact) *Mark {
	switch f {
	case runbook.Acknowledged:
		return s.Ack
	case runbook.Rated:
		return s.Rated
	case runbook.Contained:
		return s.everContained()
	case runbook.Told:
		if len(s.Updates) > 0 {
			return &s.Updates[0].Mark
		}
	case runbook.ImpactFiled:
		if len(s.Filings) > 0 {
			return &s.Filings[0].Mark
		}
	case runbook.HandedOver:
		if s.Lead != nil {
			return s.Lead.Accepted
		}
	}
	return nil
}

// everContained is since when the harm has stopped. What was undone after the repair need not be contained again.
func (s State) everContained() *Mark {
	if s.Contained != nil || s.Resolved == nil {
		return s.Contained
	}
	return s.FirstContained
}

// containing finds out how far a containment has come: as far as the one that is least far.
func (s State) containing(st *Standing) {
	kind := MitigationKind(st.Contain)
	places := []string{""} // images are of no route
	if !st.Contain.OfImages() {
		if places = s.Opened.Routes; st.Route != "" {
			places = []string{st.Route}
		}
	}
	order := []StepStatus{StepIsFailed, StepIsOpen, StepIsProposed, StepIsRunning, StepIsDone}
	least := len(order)
	for _, place := range places {
		m := s.lastOf(kind, place)
		status := StepIsOpen
		if m != nil {
			status = s.stepOf(*m)
			st.Progress = append(st.Progress, m.ID)
		}
		if status == StepIsOpen || status == StepIsFailed {
			st.Routes = append(st.Routes, place)
		}
		if rank := slices.Index(order, status); rank < least {
			least = rank
			st.Status, st.Reason, st.Said = status, "", nil
			if m != nil && status != StepIsOpen {
				at := m.At
				if m.ProvenAt != nil {
					at = *m.ProvenAt
				}
				st.is(status, &Mark{at, m.By})
				st.Reason, st.Said = m.Problem, m.Said
			}
		}
	}
	if st.Contain.OfImages() {
		st.Routes = nil
	}
}

// lastOf is the last mitigation of a kind at a place.
func (s State) lastOf(kind MitigationKind, place string) *Mitigation {
	for i := len(s.Mitigations) - 1; i >= 0; i-- {
		if m := &s.Mitigations[i]; m.Kind == kind && m.Route == place {
			return m
		}
	}
	return nil
}

// Fails tells whether a mitigation has failed, and none of its kind has taken its place.
func (s State) Fails(m Mitigation) bool {
	last := s.lastOf(m.Kind, m.Route)
	return m.Status == IsFailed && last != nil && last.ID == m.ID
}

// stepOf is what one mitigation says of its step. One that was undone or refused is to be done again, unless the cause is gone.
func (s State) stepOf(m Mitigation) StepStatus {
	switch m.Status {
	case IsProven:
		return StepIsDone
	case IsProposed:
		return StepIsProposed
	case IsRequested, IsApplied, IsUndoing:
		return StepIsRunning
	case IsFailed:
		return StepIsFailed
	}
	if m.ProvenAt != nil && s.Resolved != nil {
		return StepIsDone
	}
	return StepIsOpen
}

// Filled is the status update of a step with the facts of the incident in it, for a person to look over.
func (s State) Filled(m runbook.Message, l phrase.Lang) SendUpdate {
	affected := phrase.Say(l, "runbook.fact.unmeasured")
	if s.Impact != nil {
		affected = phrase.Integer(l, int64(s.Impact.Affected))
	}
	facts := map[string]string{
		"incident": s.ID, "severity": string(s.Severity), "title": s.Opened.Title, "pipeline": s.Opened.Pipeline,
		"routes": strings.Join(s.Opened.Routes, ", "), "detected": s.DetectedAt.UTC().Format("15:04 UTC"),
		"affected": affected, "mitigation": s.inForceIn(l),
	}
	fill := func(w runbook.Words) string { return runbook.Fill(w.In(l), facts) }
	return SendUpdate{Situation: fill(m.Situation), Mitigation: fill(m.Mitigation), Next: fill(m.Next)}
}

// inForceIn says what is done about the images.
func (s State) inForceIn(l phrase.Lang) string {
	var list []string
	for _, m := range s.Mitigations {
		failing := m.Status == IsFailed && m.UndoFailed
		if m.Status.Over() && !failing || m.Kind == KindPurge { // what is purged is over at once
			continue
		}
		what := phrase.Of("runbook.fact.route", m.Route)
		switch m.Kind {
		case KindIsolate:
			what = phrase.Of("runbook.fact.images", strconv.Itoa(m.Images.Count))
		case KindNoStore:
			what = phrase.Of("runbook.fact.no-store", m.Route)
		case KindRollBack:
			what = phrase.Of("runbook.fact.back", m.Images.Pipeline)
		}
		switch m.Status {
		case IsProven:
		case IsUndoing:
			what = phrase.Of("runbook.fact.undoing", what)
		case IsFailed:
			what = phrase.Of("runbook.fact.undo-failed", what)
		default:
			what = phrase.Of("runbook.fact.unproven", what)
		}
		list = append(list, what.In(l))
	}
	if len(list) == 0 {
		return phrase.Say(l, "runbook.fact.none")
	}
	return strings.Join(list, "; ")
}
