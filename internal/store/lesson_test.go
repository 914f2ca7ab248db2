package store

import (
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// TestLessons: the newest first, those of restricted postmortems only for who reads them, and what is followed up until it is done.
func TestLessons(t *testing.T) {
	t.Parallel()
	registry, err := journal.NewRegistry(incident.Types(), postmortem.Types(), lesson.Types())
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{Dir: t.TempDir(), Registry: registry, Views: []View{IncidentView{}, KnowledgeView{}, LessonView{}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	first, second := declare(t, s, night), declare(t, s, night.AddDate(0, 0, 1))
	analyse(t, s, first, night.Add(time.Hour), learned("Watch the exit status"))
	analyse(t, s, second, night.AddDate(0, 0, 1), learned("Ask the customer first"), postmortem.Restrict{Restriction: postmortem.Restriction{Reason: "r", Sections: []string{"lessons"}}})
	follow := func(c lesson.Command) {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			entries, err := tx.Stream(first)
			if err != nil {
				return err
			}
			inc, err := incident.Fold(entries)
			if err != nil {
				return err
			}
			state, err := lesson.Fold(entries)
			if err != nil {
				return err
			}
			change, err := lesson.Decide(state, inc, c, incident.Env{Now: night.AddDate(0, 0, 2), By: leader})
			if err != nil {
				return err
			}
			_, err = tx.Append(change)
			return err
		})
	}
	texts := func(public bool, policy postmortem.RestrictPolicy) (list []string) {
		t.Helper()
		rows, err := s.Lessons(t.Context(), public, policy, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			list = append(list, r.Text)
		}
		return list
	}
	if got := texts(false, postmortem.RestrictPolicy{}); !slices.Equal(got, []string{"Ask the customer first", "Watch the exit status"}) {
		t.Errorf("all lessons are %q", got)
	}
	if got := texts(true, postmortem.RestrictPolicy{}); !slices.Equal(got, []string{"Watch the exit status"}) {
		t.Errorf("lessons that everybody reads are %q", got)
	}
	if got := texts(true, postmortem.RestrictPolicy{Severities: []pipeline.Severity{"S1"}}); len(got) != 0 {
		t.Errorf("lessons that everybody reads by the policy are %q", got)
	}
	follow(lesson.SetChange{ChangeFields: lesson.ChangeFields{Lesson: 1, Kind: lesson.Training, Title: "onboarding", Owner: "p-1", Due: "2025-10-01"}})
	if ids, err := s.LessonsToFollow(t.Context()); err != nil || !slices.Equal(ids, []string{first}) {
		t.Errorf("LessonsToFollow = %v, %v", ids, err)
	}
	follow(lesson.FinishChange{ID: "K1", Link: "docs/a.md"})
	if ids, err := s.LessonsToFollow(t.Context()); err != nil || len(ids) != 0 {
		t.Errorf("nothing is followed up, and LessonsToFollow = %v, %v", ids, err)
	}
}
