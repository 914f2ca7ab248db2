package prevention

import (
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
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
		{due.Add(24*time.Hour - time.Second), Soon, []people.ID{"u-nora"}},
		{due.Add(24 * time.Hour), Late, []people.ID{"u-nora"}},
		{due.AddDate(0, 0, 8), Escalated, []people.ID{"u-nora", "u-lea"}},
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
	}
}
