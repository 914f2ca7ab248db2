package app

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// TestLessonIsFollowedUp: whom a lesson is for is told, and so is the owner of what it changes until it is done.
func TestLessonIsFollowedUp(t *testing.T) {
	t.Parallel()
	h, id := boarded(t)
	nora := h.persons["nora"].ID
	h.do("lea", id, postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: "Watch the exit status"}})
	h.do("lea", id, lesson.Address{Addressed: lesson.Addressed{Lesson: 1, Audience: lesson.Audience{People: []people.ID{nora}}}})
	due := h.now().AddDate(0, 0, 5).UTC().Format(time.DateOnly)
	h.do("lea", id, lesson.SetChange{ChangeFields: lesson.ChangeFields{Lesson: 1, Kind: lesson.Governance, Title: "runbook", Owner: nora, Due: due}})
	h.idle()
	count := func() []int {
		return []int{h.informed("lesson-for-you", "nora"), h.informed("lesson-soon", "nora"), h.informed("lesson-late", "nora"), h.informed("lesson-escalated", "nora")}
	}
	if got := count(); !slices.Equal(got, []int{1, 0, 0, 0}) {
		t.Errorf("at first nora was told %v", got)
	}
	for _, step := range []struct {
		days int
		want []int
	}{{3, []int{1, 1, 0, 0}}, {3, []int{1, 1, 1, 0}}, {8, []int{1, 1, 1, 1}}} {
		h.move(time.Duration(step.days) * 24 * time.Hour)
		for range 2 {
			if err := h.RemindLate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if h.idle(); !slices.Equal(count(), step.want) {
			t.Errorf("after %d days more nora was told %v, want %v", step.days, count(), step.want)
		}
	}
	for _, bad := range []any{
		lesson.SetChange{ChangeFields: lesson.ChangeFields{Lesson: 1, Kind: lesson.Governance, Title: "x", Owner: "p-none", Due: due}},
		lesson.Address{Addressed: lesson.Addressed{Lesson: 1, Audience: lesson.Audience{People: []people.ID{"p-none"}}}},
	} {
		if err := h.Do(t.Context(), h.as("lea"), id, bad); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%T of somebody without an account = %v", bad, err)
		}
	}
	h.do("nora", id, lesson.FinishChange{ID: "K1", Link: "docs/runbook.md"})
	c, err := h.Case(t.Context(), id)
	if err != nil || len(c.Analysis.Lessons) != 1 || !slices.Equal(c.Analysis.Lessons[0].Links, []string{"docs/runbook.md"}) {
		t.Errorf("the postmortem knows %+v, %v", c.Analysis.Lessons, err)
	}
	d, err := h.Document(t.Context(), c)
	if err != nil || len(d.Document.Links) != 1 || d.Document.Links[0].Link != "docs/runbook.md" {
		t.Errorf("the document has %+v, %v", d.Document.Links, err)
	}
}

// TestLessonOfRestricted: a lesson of a restricted postmortem is neither listed for, nor sent to, nor acknowledged by those who do
// not read it.
func TestLessonOfRestricted(t *testing.T) {
	t.Parallel()
	h, id := boarded(t)
	v := h.visitor("vera", people.Viewer)
	h.do("lea", id, postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: "Ask Blumberg first"}})
	h.do("lea", id, postmortem.Restrict{Restriction: postmortem.Restriction{Reason: "customer data", Sections: []string{"lessons"}}})
	h.do("lea", id, lesson.Address{Addressed: lesson.Addressed{Lesson: 1, Audience: lesson.Audience{Roles: []people.Role{people.Viewer, people.Responder}}}})
	h.idle()
	if h.informed("lesson-for-you", "vera") != 0 || h.informed("lesson-for-you", "nora") != 1 {
		t.Errorf("vera was told %d times, nora %d, want 0 and 1", h.informed("lesson-for-you", "vera"), h.informed("lesson-for-you", "nora"))
	}
	for _, path := range []string{"/lessons", "/api/v1/lessons", "/api/v1/incidents/" + id, "/incidents/" + id} {
		if status, page := v.get(path); status != http.StatusOK || strings.Contains(page, "Blumberg") {
			t.Errorf("%s gives a viewer %d and a restricted lesson", path, status)
		}
	}
	if err := h.Do(t.Context(), h.persons["vera"].Actor(), id, lesson.Acknowledge{Acknowledged: lesson.Acknowledged{Lesson: 1}}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("a viewer acknowledges a restricted lesson: %v", err)
	}
	h.do("nora", id, lesson.Acknowledge{Acknowledged: lesson.Acknowledged{Lesson: 1}})
}
