package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
)

func (m *memory) Lessons(ctx context.Context, by people.Actor) ([]ListedLesson, error) {
	var list []ListedLesson
	for _, id := range m.order {
		c, err := m.Case(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, l := range c.Lessons.Lessons {
			list = append(list, ListLesson(l, LessonOf{id, c.Incident.Opened.Title, string(c.Incident.Severity), c.Incident.Opened.Pipeline}, testPeople(), by, m.now))
		}
	}
	return list, nil
}

// TestLessonsPage: what waits for somebody is first, one click says that it is understood, and an owner who may do nothing else
// says where the lesson stands.
func TestLessonsPage(t *testing.T) {
	t.Parallel()
	m := tell(t, analysed)
	site := open(t, m)
	ana := site.as("ana")
	page := ana.get("/lessons").body
	if !strings.Contains(page, "À lire par vous") || strings.Index(page, "J’ai lu et compris") > strings.Index(page, "Suivi jusqu’au bout") {
		t.Error("what waits for the visitor is not first")
	}
	r := ana.form("/lessons", "/incidents/"+theIncident+"/acknowledge-lesson", url.Values{"lesson": {"1"}, "then": {"lessons"}})
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/lessons" {
		t.Errorf("acknowledging answers %d to %q", r.status, r.header.Get("Location"))
	}
	if page := ana.get("/lessons").body; strings.Contains(page, "À lire par vous") || !strings.Contains(page, "comprise par 1") || !strings.Contains(page, "attendus : bea") {
		t.Error("after the acknowledgement the page does not say who has understood and who is awaited")
	}
	vic := site.as("vic")
	if r := vic.form("/lessons", "/incidents/"+theIncident+"/finish-lesson-change", url.Values{"id": {"K1"}, "link": {"https://wiki/guide"}, "then": {"lessons"}}); r.status != http.StatusSeeOther {
		t.Errorf("the owner of a change cannot end it: %d %s", r.status, sentence(r.body))
	}
	if page := vic.get("/lessons").body; strings.Contains(page, "Suivi jusqu’au bout") || !strings.Contains(page, `href="https://wiki/guide"`) {
		t.Error("a change that is done is still followed, or its link is missing")
	}
	m.do(40*time.Minute, "paul", lesson.SetChange{ChangeFields: lesson.ChangeFields{Lesson: 1, Kind: lesson.Training, Title: "<b>Accueil</b>", Owner: "u-oncall", Due: "2025-09-20"}})
	if page := ana.get("/lessons").body; !strings.Contains(page, "&lt;b&gt;Accueil") || !strings.Contains(page, `class="late"`) {
		t.Error("a late change is not marked, or its name became markup")
	}
	if got := ana.get("/api/v1/lessons?open=true").body; !strings.Contains(got, `"overdue":true`) || !strings.Contains(got, `"acked":["ana"]`) {
		t.Errorf("the API gives %s", got)
	}
	if got := ana.get("/api/v1/lessons?mine=true").body; strings.TrimSpace(got) != "[]" {
		t.Errorf("nothing waits for ana, and the API gives %s", got)
	}
}
