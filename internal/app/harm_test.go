package app

import (
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
)

// TestHarmEnds when it has stopped; it goes on while a containment was taken back before the cause was gone.
func TestHarmEnds(t *testing.T) {
	t.Parallel()
	begun := time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)
	at := func(minutes int) *incident.Mark {
		return &incident.Mark{At: begun.Add(time.Duration(minutes) * time.Minute)}
	}
	undone := func(minutes int) []incident.Mitigation {
		return []incident.Mitigation{{UndoneAt: &at(minutes).At}}
	}
	now := at(100).At
	for name, c := range map[string]struct {
		s    incident.State
		want int
	}{
		"nothing is contained":          {incident.State{}, 100},
		"contained":                     {incident.State{FirstContained: at(5), Contained: at(5)}, 5},
		"taken back":                    {incident.State{FirstContained: at(5), Mitigations: undone(20)}, 100},
		"contained again":               {incident.State{FirstContained: at(5), Contained: at(40), Mitigations: undone(20)}, 40},
		"taken back after the repair":   {incident.State{FirstContained: at(5), Resolved: at(30), Mitigations: undone(31)}, 5},
		"repaired after it was undone":  {incident.State{FirstContained: at(5), Resolved: at(30), Mitigations: undone(20)}, 30},
		"repaired, and never contained": {incident.State{Resolved: at(30)}, 100},
	} {
		if got := harmEnded(c.s, now); !got.Equal(at(c.want).At) {
			t.Errorf("%s: harm ended at %v, want %v", name, got, at(c.want).At)
		}
	}
}

// TestNothingIsolated: a list of which every image was put back meanwhile contains nothing.
func TestNothingIsolated(t *testing.T) {
	t.Parallel()
	c, err := progress{}.outcome(incident.ImagesEffect{Mitigation: "M1"}, false)
	if f, ok := c.(incident.RecordFailure); err != nil || !ok || !f.Final {
		t.Errorf("of no image the outcome is %+v, %v; want a failure", c, err)
	}
	if c, err := (progress{}).outcome(incident.ImagesEffect{Mitigation: "M1"}, true); err != nil || c.(incident.RecordProbe).ID != "M1" {
		t.Errorf("putting back what has gone back: %+v, %v", c, err)
	}
}
