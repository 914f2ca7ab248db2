package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// LessonService is what the page and the API of lessons ask of the application.
type LessonService interface {
	// Lessons lists the lessons of all incidents that somebody may read, the newest first.
	Lessons(ctx context.Context, by people.Actor) ([]ListedLesson, error)
}

// LessonOf is the incident that has taught a lesson.
type LessonOf struct {
	Incident string `json:"incident"`
	Title    string `json:"title"`
	Severity string `json:"severity"`
	Pipeline string `json:"pipeline"`
}

// ListedLesson is a lesson as one person sees it.
type ListedLesson struct {
	LessonOf
	lesson.Lesson
	Mine    bool         `json:"mine,omitempty"`    // it waits for the asker's acknowledgement
	Acked   []string     `json:"acked,omitempty"`   // logins, or the ids of accounts that are gone
	Waiting []string     `json:"waiting,omitempty"` // logins of those whom it is for and who have not acknowledged it
	Follow  []FollowedUp `json:"follow,omitempty"`
}

// FollowedUp is a change of a lesson in words.
type FollowedUp struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Owner   string `json:"owner"` // login, or the id of an account that is gone
	Overdue bool   `json:"overdue,omitempty"`
	Mine    bool   `json:"mine,omitempty"` // the asker owns it
}

// ListLesson gives a lesson as one person sees it.
func ListLesson(l lesson.Lesson, of LessonOf, persons []people.Person, by people.Actor, now time.Time) ListedLesson {
	listed := ListedLesson{LessonOf: of, Lesson: l}
	logins := func(id people.ID) string {
		if i := slices.IndexFunc(persons, func(p people.Person) bool { return p.ID == id }); i >= 0 {
			return persons[i].Login
		}
		return string(id)
	}
	for _, m := range l.Acks {
		listed.Acked = append(listed.Acked, logins(m.By))
	}
	for _, p := range persons {
		if l.Audience.Has(p) && !l.AckedBy(p.ID) {
			listed.Waiting = append(listed.Waiting, p.Login)
			listed.Mine = listed.Mine || p.ID == by.ID
		}
	}
	for _, c := range l.Changes {
		listed.Follow = append(listed.Follow, FollowedUp{c.ID, c.Title, logins(c.Owner), c.Overdue(now), c.Owner == by.ID})
	}
	return listed
}

// lessonsModel is the page of lessons: what waits for the visitor comes first.
type lessonsModel struct {
	frame
	Mine   []ListedLesson // to acknowledge
	Follow []followed     // open changes, the visitor's own first, then by day
	All    []ListedLesson
}

// followed is an open change with its lesson.
type followed struct {
	LessonOf
	lesson.Change
	Text, OwnerName string
	Late, Own       bool
}

func (s *Server) lessonRoutes() []route {
	return []route{{"GET /lessons", person, 0, s.lessonsPage}}
}

func (s *Server) lessonsPage(w http.ResponseWriter, v *visit) error {
	list, err := s.service.Lessons(v.Context(), v.actor())
	if err != nil {
		return err
	}
	m := lessonsModel{frame: s.frame(v, v.say("nav.lessons")), All: list}
	for _, l := range list {
		if l.Mine {
			m.Mine = append(m.Mine, l)
		}
		for i, c := range l.Changes {
			if c.Open() {
				m.Follow = append(m.Follow, followed{l.LessonOf, c, l.Text, l.Follow[i].Owner, l.Follow[i].Overdue, l.Follow[i].Mine})
			}
		}
	}
	slices.SortStableFunc(m.Follow, func(a, b followed) int {
		if a.Own != b.Own {
			if a.Own {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Due, b.Due)
	})
	return s.render(w, "lessons", http.StatusOK, m)
}

// For says whom a lesson is for.
func (m lessonsModel) For(l ListedLesson) string { return audienceText(m.Lang, l.Audience, nil) }

// Finishes tells whether the visitor may say that a change is done.
func (m lessonsModel) Finishes(f followed) bool { return f.Own || m.Who.Actor().May(people.Analyse) }

// Names joins logins.
func (m lessonsModel) Names(list []string) string { return strings.Join(list, ", ") }

// Address is where a link leads, or nothing for a path of the repository, which no page serves.
func (m lessonsModel) Address(link string) string { return webAddress(link) }

// audienceText joins whom a lesson is for; name gives a person's name, nil counts people.
func audienceText(l phrase.Lang, a lesson.Audience, name func(people.ID) string) string {
	var parts []string
	for _, r := range a.Roles {
		parts = append(parts, phrase.Say(l, phrase.Key("page.role."+string(r))))
	}
	for _, d := range a.Domains {
		parts = append(parts, phrase.Say(l, phrase.Key("page.domain."+string(d))))
	}
	for _, id := range a.People {
		if name != nil {
			parts = append(parts, name(id))
		}
	}
	if name == nil && len(a.People) > 0 {
		parts = append(parts, phrase.Say(l, "lesson.people", len(a.People)))
	}
	return strings.Join(parts, ", ")
}

func lessonForms() map[string]form {
	return map[string]form{
		"address-lesson": {func(f fields) any {
			return lesson.Address{Addressed: lesson.Addressed{Lesson: f.number("lesson"), Audience: lesson.Audience{
				Roles: each[people.Role](f, "roles"), Domains: each[people.Domain](f, "domains"), People: each[people.ID](f, "people"),
			}}}
		}, "lesson.done.addressed", "lessons"},
		"acknowledge-lesson": {func(f fields) any {
			return lesson.Acknowledge{Acknowledged: lesson.Acknowledged{Lesson: f.number("lesson")}}
		}, "lesson.done.acknowledged", "lessons"},
		"set-lesson-change": {func(f fields) any {
			return lesson.SetChange{ChangeFields: lesson.ChangeFields{
				ID: f.text("id"), Lesson: f.number("lesson"), Kind: lesson.Kind(f.text("kind")), Title: f.text("title"),
				Owner: people.ID(f.text("owner")), Due: f.text("due"),
			}}
		}, "lesson.done.planned", "lessons"},
		"finish-lesson-change": {func(f fields) any {
			return lesson.FinishChange{ID: f.text("id"), Link: f.text("link")}
		}, "lesson.done.finished", "lessons"},
		"drop-lesson-change": {func(f fields) any {
			return lesson.DropChange{ID: f.text("id"), Reason: f.text("reason")}
		}, "lesson.done.dropped", "lessons"},
	}
}

// each gives the chosen values of a control.
func each[T ~string](f fields, name string) (list []T) {
	for _, v := range f.Values[name] {
		if v = strings.TrimSpace(v); v != "" {
			list = append(list, T(v))
		}
	}
	return list
}

// tellLesson says what becomes of lessons.
func (t *teller) tellLesson(e journal.Entry) line {
	by := func(key phrase.Key, args ...any) line { return line{phrase.Of(key, args...), ""} }
	switch e.Type {
	case lesson.TypeAddressed:
		return read(e, func(v lesson.Addressed) line {
			if v.Empty() {
				return by("lesson.event.addressed-none", strconv.Itoa(v.Lesson))
			}
			return by("lesson.event.addressed", strconv.Itoa(v.Lesson), audience{v.Audience, t.who.Of})
		})
	case lesson.TypeAcknowledged:
		return read(e, func(v lesson.Acknowledged) line { return by("lesson.event.acknowledged", strconv.Itoa(v.Lesson)) })
	case lesson.TypeChangeSet:
		return read(e, func(v lesson.ChangeFields) line {
			return by("lesson.event.change-set", v.ID, v.Title, t.who.Of(v.Owner), v.Due)
		})
	case lesson.TypeChangeDone:
		return read(e, func(v lesson.ChangeEnded) line { return by("lesson.event.change-done", v.ID, v.Link) })
	case lesson.TypeChangeDropped:
		return read(e, func(v lesson.ChangeEnded) line { return by("lesson.event.change-dropped", v.ID, v.Reason) })
	case lesson.TypeChangeReminded:
		return read(e, func(v lesson.ChangeReminded) line {
			if v.Level == lesson.Escalated {
				return line{phrase.Of("lesson.event.escalated", v.ID, v.Due), people.MonitorBot}
			}
			return line{phrase.Of("lesson.event.reminded", v.ID, v.Due), people.MonitorBot}
		})
	}
	return line{}
}

// audience says itself in a language.
type audience struct {
	lesson.Audience
	name func(people.ID) string
}

// In joins whom it means.
func (a audience) In(l phrase.Lang) string { return audienceText(l, a.Audience, a.name) }

// AudienceOf says whom a lesson of the page is for.
func (p incidentModel) AudienceOf(l lesson.Lesson) string {
	return audienceText(p.Lang, l.Audience, p.who.Of)
}

// lessonFollow is a lesson with the page that shows it.
type lessonFollow struct {
	Page   incidentModel
	Lesson lesson.Lesson
}

// Follow gives what becomes of a lesson of the page.
func (p incidentModel) Follow(i int) lessonFollow { return lessonFollow{p, p.Lessons.Lessons[i]} }

// Learns tells whether the visitor may say whom lessons are for and what they change: also after closing.
func (p incidentModel) Learns() bool { return p.Who.Actor().May(people.Analyse) }

// Kinds are what a lesson may be worked into.
func (p incidentModel) Kinds() []option { return said(p.Lang, "lesson.kind.", lesson.Kinds()) }

// AudienceRoles are the roles that a lesson may be for, those of a lesson chosen.
func (p incidentModel) AudienceRoles(l lesson.Lesson) (list []option) {
	for _, r := range people.Roles() {
		if r != people.Watcher {
			list = append(list, option{string(r), p.Say("page.role." + string(r)), slices.Contains(l.Audience.Roles, r)})
		}
	}
	return list
}

// AudienceDomains are the domains of the board, those of a lesson chosen.
func (p incidentModel) AudienceDomains(l lesson.Lesson) (list []option) {
	for _, d := range people.Domains() {
		list = append(list, option{string(d), p.Say("page.domain." + string(d)), slices.Contains(l.Audience.Domains, d)})
	}
	return list
}

// AudiencePeople are the accounts, those of a lesson chosen.
func (p incidentModel) AudiencePeople(l lesson.Lesson) []option {
	list := slices.Clone(p.Options.Owners)
	for i, o := range list {
		list[i].Selected = slices.Contains(l.Audience.People, people.ID(o.Value))
	}
	return list
}

// lessons offers the lessons of all incidents to programs.
func (a *api) lessons() {
	get(a, "lessons", "/api/v1/lessons", func(ctx context.Context, in *struct {
		Mine bool `query:"mine" doc:"only those that wait for the asker's acknowledgement"`
		Open bool `query:"open" doc:"only those of which a change is still to come"`
	}) ([]ListedLesson, error) {
		list, err := a.server.service.Lessons(ctx, visitIn(ctx).actor())
		list = slices.DeleteFunc(list, func(l ListedLesson) bool { return in.Mine && !l.Mine || in.Open && !l.Open() })
		return append([]ListedLesson{}, list...), err
	})
}
