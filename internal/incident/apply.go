package incident

import (
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// on decodes the event of an entry and applies it.
func on[T any](e journal.Entry, apply func(T)) error {
	v, err := journal.Decode[T](e)
	if err == nil {
		apply(v)
	}
	return err
}

// apply folds one entry. Each case only records what happened; whether it may
// happen was settled by Decide.
func (s *State) apply(e journal.Entry) error {
	if err := s.applyFacet(e); err != nil {
		return err
	}
	return s.applyEscalation(e)
}

func (s *State) applyFacet(e journal.Entry) error {
	s.Seq = e.Seq
	at, mark := e.OccurredAt, &Mark{At: e.OccurredAt, By: people.ID(e.Actor)}
	switch e.Type {
	case TypeOpened:
		return on(e, func(v Opened) { s.open(e, v) })
	case TypeAcknowledged:
		s.Ack = mark
	case TypeResolved:
		s.Resolved = mark
		if s.HarmEnded = s.Contained; s.Contained == nil && s.FirstContained != nil {
			s.HarmEnded = mark // it was taken back before the cause was gone
		}
	case TypeReopened:
		s.Resolved, s.HarmEnded = nil, nil
	case TypeAnalysisCompleted:
		s.Analysed = mark
	case TypePrevented:
		s.Prevented = mark
		s.stopClock(ClockPrevent, at)
	case TypeImpactFiled, TypeImpactCommitted:
		return s.applyImpact(e, mark)
	case TypeSeverityChanged:
		return on(e, func(v SeverityChanged) {
			if s.changeSeverity(v); mark.By != people.Monitor().ID {
				s.Rated = mark
			}
		})
	case TypePublished:
		return on(e, func(v Published) {
			s.PublishedAt, s.Publication = mark, &v
			s.stopClock(ClockPublish, at)
		})
	case TypeClosed:
		return on(e, func(v Closed) { s.Closed, s.Waived = mark, v.Waived })
	case TypeClockAtRisk:
		return on(e, func(v ClockEvent) { s.markClock(v.Clock, func(c *Clock) { c.AtRisk = true }) })
	case TypeClockBreached:
		return on(e, func(v ClockEvent) {
			s.markClock(v.Clock, func(c *Clock) {
				c.AtRisk, c.Breached = true, true
				c.remind(at)
			})
		})
	case TypeClockOverdue:
		return on(e, func(v ClockEvent) {
			s.markClock(v.Clock, func(c *Clock) {
				c.Overdue++
				c.remind(at)
			})
		})
	case TypeClockPaused:
		return on(e, func(v ClockPaused) { s.markClock(v.Clock, func(c *Clock) { c.pause(at, v.Until) }) })
	case TypeClockResumed:
		return on(e, func(v ClockResumed) { s.markClock(v.Clock, func(c *Clock) { c.resume(at) }) })
	}
	s.applyAlert(e)
	s.applyQuarantine(e, mark)
	if err := s.applyRunbook(e, mark); err != nil {
		return err
	}
	if err := s.applyPeople(e, mark); err != nil {
		return err
	}
	return s.applyMitigation(e, mark)
}

// applyPeople folds pages, hand-over and status updates.
func (s *State) applyPeople(e journal.Entry, mark *Mark) error {
	switch e.Type {
	case TypePaged:
		return on(e, func(v Paged) {
			s.Pages = append(s.Pages, Page{Paged: v, PlannedAt: e.OccurredAt, Status: PagePlanned})
		})
	case TypePageSent:
		return on(e, func(v PageResult) { s.pageDone(v, PageSent, e.OccurredAt) })
	case TypePageFailed:
		return on(e, func(v PageResult) { s.pageDone(v, PageFailed, e.OccurredAt) })
	case TypePageDropped:
		return on(e, func(v PageResult) { s.pageDone(v, PageDropped, e.OccurredAt) })
	case TypeEscalated:
		return on(e, func(v Escalated) { s.Lead = &Handover{To: v.To, AskedAt: e.OccurredAt} })
	case TypeLeadAccepted:
		if s.Lead != nil {
			s.Lead.Accepted = mark
		}
	case TypeLeadRefused:
		if s.Lead != nil {
			s.Lead.Refused = mark
		}
	case TypeUpdated:
		return on(e, func(v Updated) { s.Updates = append(s.Updates, Update{Updated: v, Mark: *mark}) })
	case TypeUpdateSeen:
		return on(e, func(v UpdateSeen) {
			if v.Number >= 1 && v.Number <= len(s.Updates) {
				u := &s.Updates[v.Number-1]
				u.SeenBy = append(u.SeenBy, mark.By)
			}
		})
	}
	return nil
}

// applyMitigation folds containment and its undoing.
func (s *State) applyMitigation(e journal.Entry, mark *Mark) error {
	at := e.OccurredAt
	switch e.Type {
	case TypeMitigationRequested:
		return on(e, func(v MitigationRequested) {
			s.Mitigations = append(s.Mitigations, Mitigation{MitigationRequested: v, Mark: *mark, Status: IsRequested})
			if v.Proposed {
				s.mitigate(v.ID, func(m *Mitigation) { m.Status = IsProposed })
			}
		})
	case TypeMitigationApproved:
		return on(e, func(v MitigationDecided) {
			s.mitigate(v.ID, func(m *Mitigation) { m.Status, m.Approved = IsRequested, mark })
		})
	case TypeMitigationRefused:
		return on(e, func(v MitigationDecided) {
			s.mitigate(v.ID, func(m *Mitigation) { m.Status, m.Problem = IsRefused, v.Reason })
		})
	case TypeMitigationApplied:
		return on(e, func(v MitigationApplied) {
			s.mitigate(v.ID, func(m *Mitigation) { m.Status, m.AppliedAt = IsApplied, &at })
		})
	case TypeMitigationProven:
		return on(e, func(v MitigationProven) {
			s.mitigate(v.ID, func(m *Mitigation) { m.Status, m.ProvenAt, m.Probe = IsProven, &at, &v.Probe; m.settled() })
			if s.Stopped() {
				s.contained(mark)
			}
		})
	case TypeMitigationFailed:
		return on(e, func(v MitigationFailed) {
			s.mitigate(v.ID, func(m *Mitigation) {
				m.Problem, m.Said, m.ProblemAt, m.Stuck = v.Reason, v.Said, &at, (m.Stuck || v.Stuck) && !v.Final
				if m.FailingSince == nil {
					m.FailingSince = &at
				}
				if v.Final {
					m.Status, m.FailingSince, m.UndoFailed = IsFailed, nil, v.Undo
				}
			})
		})
	case TypeMitigationOutgrown:
		return on(e, func(v MitigationOutgrown) { s.outgrown(v.ID) })
	case TypeUndoRequested:
		return on(e, func(v UndoRequested) {
			s.mitigate(v.ID, func(m *Mitigation) { m.Status = IsUndoing; m.settled() })
			s.uncontained()
		})
	case TypeUndone:
		return on(e, func(v MitigationProven) {
			s.mitigate(v.ID, func(m *Mitigation) { m.Status, m.UndoneAt, m.Probe = IsUndone, &at, &v.Probe; m.settled() })
		})
	}
	return nil
}

func (s *State) open(e journal.Entry, v Opened) {
	s.ID, s.Opened = e.Stream, v
	s.DetectedAt, s.RecordedAt = e.OccurredAt, e.RecordedAt
	s.Severity, s.Policy = v.Severity, v.Policy
	s.startClocks()
}

func (s *State) pageDone(v PageResult, status PageStatus, at time.Time) {
	for i := range s.Pages {
		if p := &s.Pages[i]; p.Key == v.Key {
			*p = p.with(v, status, at)
		}
	}
}

func (s *State) mitigate(id string, change func(*Mitigation)) {
	for i := range s.Mitigations {
		if s.Mitigations[i].ID == id {
			change(&s.Mitigations[i])
		}
	}
}

// contained records that harm has stopped, after an undo also for a second time.
func (s *State) contained(mark *Mark) {
	if s.Contained == nil {
		s.Contained = mark
	}
	if s.FirstContained == nil {
		s.FirstContained = mark
	}
	s.settleContainment()
}

// uncontained goes back when what is left in force does not stop the harm and nothing is quarantined. It does
// so when the undo is asked for: from then on nobody knows what the route
// serves until the probe says so.
func (s *State) uncontained() {
	if !s.Stopped() && s.QuarantinedAt == nil {
		s.Contained = nil
	}
}

// outgrown says that a mitigation does not take care of all images.
func (s *State) outgrown(id string) {
	s.mitigate(id, func(m *Mitigation) {
		if m.Images != nil {
			part := *m.Images // what was asked for stays as it was
			part.Whole = false
			m.Images = &part
		}
	})
	s.uncontained()
}

func (s *State) changeSeverity(v SeverityChanged) {
	s.Severity, s.Policy = v.To, v.Policy
	s.startClocks()
}
