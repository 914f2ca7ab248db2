package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/retrospective"
)

// RetrospectiveService is what the page and the API of retrospectives ask of the application.
type RetrospectiveService interface {
	// Retrospectives lists the retrospectives of all incidents that somebody may read, those that are expected first.
	Retrospectives(ctx context.Context, by people.Actor) ([]ListedRetrospective, error)
}

// ListedRetrospective is a retrospective as one person sees it.
type ListedRetrospective struct {
	LessonOf
	Stage       retrospective.Stage    `json:"stage"`
	Deadline    *time.Time             `json:"deadline,omitempty"` // until when it is expected, or when it is scheduled for
	Late        bool                   `json:"late,omitempty"`
	Facilitator string                 `json:"facilitator,omitempty"` // login
	Invited     []string               `json:"invited,omitempty"`
	Place       string                 `json:"place,omitempty"`
	HeldAt      *time.Time             `json:"heldAt,omitempty"`
	Minutes     *retrospective.Minutes `json:"minutes,omitempty"`
	Lessons     []int                  `json:"lessons,omitempty"` // that came of it
	Actions     []string               `json:"actions,omitempty"`
	Reason      string                 `json:"reason,omitempty"` // why none is held
	Mine        bool                   `json:"mine,omitempty"`   // the asker leads it or is invited
}

// ListRetrospective gives a retrospective as one person sees it; logins gives what is printed for a person.
func ListRetrospective(s retrospective.State, of LessonOf, stage retrospective.Stage, deadline time.Time, logins func(people.ID) string, by people.Actor, now time.Time) ListedRetrospective {
	l := ListedRetrospective{
		LessonOf: of, Stage: stage, Late: retrospective.IsLate(deadline, now), Minutes: s.Minutes, Lessons: s.Lessons, Actions: s.Actions, Reason: s.Reason,
	}
	if !deadline.IsZero() {
		l.Deadline = &deadline
	}
	if s.HeldAt != nil {
		l.HeldAt = &s.HeldAt.At
	}
	if s.Schedule != nil {
		l.Facilitator, l.Place, l.Mine = logins(s.Schedule.Facilitator), s.Schedule.Place, s.Schedule.Facilitator == by.ID
		for _, id := range s.Schedule.Invited {
			l.Invited = append(l.Invited, logins(id))
			l.Mine = l.Mine || id == by.ID
		}
	}
	return l
}

// retrospectivesModel is the page of all retrospectives.
type retrospectivesModel struct {
	frame
	Expected, Over []ListedRetrospective
}

func (s *Server) retrospectiveRoutes() []route {
	return []route{{"GET /retrospectives", person, 0, s.retrospectivesPage}}
}

func (s *Server) retrospectivesPage(w http.ResponseWriter, v *visit) error {
	list, err := s.service.Retrospectives(v.Context(), v.actor())
	if err != nil {
		return err
	}
	m := retrospectivesModel{frame: s.frame(v, v.say("retrospective.title"))}
	m.Here = "lessons" // from where one comes here
	for _, r := range list {
		if r.Deadline != nil {
			m.Expected = append(m.Expected, r)
		} else {
			m.Over = append(m.Over, r)
		}
	}
	return s.render(w, "retrospectives", http.StatusOK, m)
}

// Names joins logins.
func (m retrospectivesModel) Names(list []string) string { return strings.Join(list, ", ") }

// retrospectiveView is the retrospective on the page of its incident.
type retrospectiveView struct {
	retrospective.State
	Stage                            retrospective.Stage
	Deadline                         time.Time
	Late, MaySchedule, Minutes, Skip bool // what the visitor may do
}

// Written are the minutes as they stand; empty before they are.
func (v retrospectiveView) Written() retrospective.Minutes {
	if v.State.Minutes == nil {
		return retrospective.Minutes{}
	}
	return *v.State.Minutes
}

// RetrospectiveView is the retrospective of the page.
func (p incidentModel) RetrospectiveView() retrospectiveView {
	s, a := p.Retrospective, p.Who.Actor()
	v := retrospectiveView{State: s, Stage: s.Stage(p.Incident), Deadline: s.Deadline(p.Incident)}
	v.Late = retrospective.IsLate(v.Deadline, p.Now)
	lets := p.Whole() && (a.May(people.Author) || s.Schedule != nil && s.Schedule.Facilitator == a.ID)
	open := v.Stage == retrospective.Due || v.Stage == retrospective.Scheduled
	v.MaySchedule = lets && (open || v.Stage == retrospective.None && p.Incident.Resolved != nil)
	v.Minutes = lets && (v.Stage == retrospective.Held || v.Stage == retrospective.Scheduled && !p.Now.Before(s.Schedule.At))
	v.Skip = open && a.May(people.CloseCase)
	return v
}

// AsLines writes a list for a field, a line each.
func (p incidentModel) AsLines(list []string) string { return strings.Join(list, "\n") }

func retrospectiveForms() map[string]form {
	return map[string]form{
		"schedule-retrospective": {func(f fields) any {
			return retrospective.Schedule{ScheduleFields: retrospective.ScheduleFields{
				At: f.moment("at"), Facilitator: people.ID(f.text("facilitator")), Invited: each[people.ID](f, "invited"), Place: f.text("place"),
			}}
		}, "retrospective.done.scheduled", "retrospective"},
		"minute-retrospective": {func(f fields) any {
			c := retrospective.Minute{Minutes: retrospective.Minutes{
				Attended: each[people.ID](f, "attended"), Well: f.lines("well"), Badly: f.lines("badly"), Lucky: f.lines("lucky"),
				Notes: f.text("notes"), Words: f.text("words"),
			}, Lessons: f.lines("lessons")}
			if title := f.text("action"); title != "" {
				c.Actions = []prevention.AddAction{{
					Title: title, Domain: postmortem.Domain(f.text("domain")), Owner: people.ID(f.text("owner")), Due: f.text("due"),
					Impact: prevention.Medium, Effort: prevention.Medium,
				}}
			}
			return c
		}, "retrospective.done.minuted", "retrospective"},
		"skip-retrospective": {func(f fields) any {
			return retrospective.Skip{SkippedFields: retrospective.SkippedFields{Reason: f.text("reason")}}
		}, "retrospective.done.skipped", "retrospective"},
	}
}

// tellRetrospective says what becomes of the retrospective.
func (t *teller) tellRetrospective(e journal.Entry) line {
	switch e.Type {
	case retrospective.TypeScheduled:
		return read(e, func(v retrospective.ScheduleFields) line {
			return line{phrase.Of("retrospective.event.scheduled", clockTime(v.At), t.who.Of(v.Facilitator)), ""}
		})
	case retrospective.TypeHeld:
		return read(e, func(v retrospective.HeldFields) line {
			return line{phrase.Of("retrospective.event.held", len(v.Lessons), len(v.Actions)), ""}
		})
	case retrospective.TypeSkipped:
		return read(e, func(v retrospective.SkippedFields) line {
			return line{phrase.Of("retrospective.event.skipped", v.Reason), ""}
		})
	case retrospective.TypeReminded:
		return read(e, func(v retrospective.Reminded) line {
			if v.Level == retrospective.Late {
				return line{phrase.Of("retrospective.event.late", v.Day), people.MonitorBot}
			}
			return line{phrase.Of("retrospective.event.soon", v.Day), people.MonitorBot}
		})
	}
	return line{}
}

// retrospectives offers the retrospectives of all incidents to programs.
func (a *api) retrospectives() {
	get(a, "retrospectives", "/api/v1/retrospectives", func(ctx context.Context, _ *struct{}) ([]ListedRetrospective, error) {
		list, err := a.server.service.Retrospectives(ctx, visitIn(ctx).actor())
		return append([]ListedRetrospective{}, list...), err
	})
}
