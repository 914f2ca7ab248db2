package app

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/retrospective"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestRetrospective: it is due after the resolution, its lead is recalled until there are minutes, who made the change does not lead the
// talk, and what comes of it is filed in the same transaction.
func TestRetrospective(t *testing.T) {
	t.Parallel()
	h, id := boarded(t)
	h.do("nora", id, incident.Resolve{Text: "the old table is back"})
	told := func() []int {
		return []int{h.informed("retrospective-soon", "lea"), h.informed("retrospective-late", "lea"), h.informed("retrospective-invited", "nora")}
	}
	later := func(days int) {
		t.Helper()
		h.move(time.Duration(days) * 24 * time.Hour)
		for range 2 {
			if err := h.RemindLate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		h.idle()
	}
	for _, step := range []struct {
		days int
		want []int
	}{{1, []int{0, 0, 0}}, {3, []int{1, 0, 0}}, {3, []int{1, 1, 0}}, {7, []int{1, 2, 0}}} {
		if later(step.days); !slices.Equal(told(), step.want) {
			t.Errorf("after %d days more were told %v, want %v", step.days, told(), step.want)
		}
	}
	nora, lea := h.persons["nora"], h.persons["lea"]
	ines, err := h.AddPerson(t.Context(), people.Person{Login: "ines", Role: people.Lead, Name: "Ines Roy"}, readerPassword)
	if err != nil {
		t.Fatal(err)
	}
	const log = "commit 1\nparents \nauthor Ines Roy\ndate 2025-09-27T04:00:00Z\nsubject warm\n"
	if err := h.AddEvidence(t.Context(), h.as("lea"), id, web.EvidenceUpload{Path: "git/log.txt", Kind: string(postmortem.GitLog), Data: strings.NewReader(log)}); err != nil {
		t.Fatal(err)
	}
	schedule := retrospective.Schedule{ScheduleFields: retrospective.ScheduleFields{At: h.now().Add(-time.Hour), Facilitator: ines.ID, Invited: []people.ID{nora.ID}}}
	if err := h.Do(t.Context(), h.as("lea"), id, schedule); !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), "made the change") {
		t.Errorf("who made the change leads the talk: %v", err)
	}
	schedule.Facilitator, schedule.Invited = nora.ID, []people.ID{lea.ID}
	h.do("lea", id, schedule)
	h.idle()
	if h.informed("retrospective-invited", "lea") != 1 || h.informed("retrospective-invited", "nora") != 1 {
		t.Error("who is invited was not told once")
	}
	minute := retrospective.Minute{
		Minutes: retrospective.Minutes{Badly: []string{"Ines Roy broke the table"}, Attended: []people.ID{nora.ID}}, Lessons: []string{"Watch exit codes"},
		Actions: []prevention.AddAction{{Title: "Probe the hook", Domain: postmortem.Operations, Owner: nora.ID, Due: "2025-12-01", Impact: "M", Effort: "S"}},
	}
	var blame *retrospective.BlameError
	if err := h.Do(t.Context(), nora.Actor(), id, minute); !errors.As(err, &blame) {
		t.Errorf("minutes that name a person as the cause = %v", err)
	}
	minute.Badly = []string{"the hook gave 0"}
	h.do("nora", id, minute)
	c, err := h.Case(t.Context(), id)
	if err != nil || len(c.Lessons.Lessons) != 1 || c.Lessons.Lessons[0].Source != retrospective.Source || len(c.Prevention.Actions) != 1 {
		t.Errorf("lessons %+v, actions %+v, %v", c.Lessons.Lessons, c.Prevention.Actions, err)
	}
	before := told()
	if later(30); !slices.Equal(told(), before) {
		t.Errorf("it was held, and were told %v", told())
	}
	list, err := h.Retrospectives(t.Context(), h.as("lea"))
	if err != nil || len(list) != 1 || list[0].Stage != retrospective.Held || list[0].Facilitator != "nora" {
		t.Errorf("Retrospectives = %+v, %v", list, err)
	}
}
