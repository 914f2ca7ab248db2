package app

import (
	"testing"

	"github.com/safelight-dev/safelight/internal/incident"
)

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
