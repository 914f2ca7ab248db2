package prevention

import (
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
)

func TestReminderEscalatesToTheLead(t *testing.T) {
	due := time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)
	s := State{Actions: []Action{{ActionAdded: ActionAdded{ID: "A1", Owner: "u-nora", Due: "2025-10-01"}}}}
	inc := incident.State{ID: "PM-2025-09-27-01", Lead: &incident.Handover{To: "u-lea", Accepted: &incident.Mark{}}}
	for _, c := range []struct {
		at    time.Time
		level Level
		told  []people.ID
	}{
		{due.AddDate(0, 0, -2).Add(-time.Second), "", nil},
		{due.AddDate(0, 0, -2), Soon, []people.ID{"u-nora"}},
		{due.Add(24*time.Hour - time.Second), "", nil},
		{due.Add(24 * time.Hour), Late, []people.ID{"u-nora"}},
		{due.AddDate(0, 0, 8), Escalated, []people.ID{"u-nora", "u-lea"}},
		{due.AddDate(0, 0, 14), "", nil},
		{due.AddDate(0, 0, 15), Escalated, []people.ID{"u-nora", "u-lea"}}, // each week
		{due.AddDate(0, 0, 400), Escalated, []people.ID{"u-nora", "u-lea"}},
	} {
		change, err := Decide(s, inc, RemindActions{}, incident.Env{Now: c.at, By: people.Monitor()})
		if err != nil || len(change.Effects) != len(c.told) || len(change.Events) != min(1, len(c.told)) {
			t.Fatalf("at %s: %+v, %v; want %v told", c.at, change, err, c.told)
		}
		for i, e := range change.Effects {
			if got := e.Data.(incident.InformEffect); got.To != c.told[i] || got.What != string(c.level) {
				t.Errorf("at %s: %+v, want %s told %s", c.at, got, c.told[i], c.level)
			}
		}
		if len(change.Events) > 0 {
			s.Actions[0].Reminded = change.Events[0].Data.(ActionReminded)
		}
	}
	inc.Lead.Accepted = nil
	env := incident.Env{Now: due.AddDate(0, 0, 500), By: people.Monitor(), Crew: oncall.Crew{Admins: []people.ID{"u-root", "u-nora"}}}
	change, err := Decide(s, inc, RemindActions{}, env)
	if err != nil || len(change.Effects) != 2 || change.Effects[1].Data.(incident.InformEffect).To != "u-root" {
		t.Errorf("where nobody leads: %+v, %v; want the owner and an administrator told", change.Effects, err)
	}
}
