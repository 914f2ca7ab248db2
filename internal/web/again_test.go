package web

import (
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
)

// TestContainAgain: after an undo the page offers containment again while the cause is there, and not once it is gone.
func TestContainAgain(t *testing.T) {
	t.Parallel()
	m := tell(t, contained)
	undo := func(at time.Duration) {
		m.do(at, "ana", incident.Undo{ID: "M1"})
		m.do(at+time.Minute, "", incident.RecordProbe{ID: "M1", Undo: true, Probe: incident.Probe{Status: 200}})
	}
	undo(2 * time.Hour)
	c, err := m.Case(t.Context(), theIncident)
	if err != nil {
		t.Fatal(err)
	}
	ana := people.Actor{ID: "u-oncall", Role: people.Responder}
	if d, ok := contain(c, ana); !ok || d.Verb != "disable-route" {
		t.Errorf("after an undo the page offers %+v, want containment", d)
	}
	if !early(c) {
		t.Error("the images are delivered again, and the page shows first what is for later")
	}
	m.do(3*time.Hour, "paul", incident.Resolve{Text: "the old table is back"})
	if c, err = m.Case(t.Context(), theIncident); err != nil {
		t.Fatal(err)
	}
	if d, ok := contain(c, ana); ok {
		t.Errorf("the cause is gone, and the page offers %+v", d)
	}
}
