package app

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
)

// TestWatchAlertEnds: what the watchdog raises at PagerDuty is one alert, which ends when nothing is wrong any more, over a
// restart too. It is not parallel: it changes the environment.
func TestWatchAlertEnds(t *testing.T) {
	t.Setenv("SERVICES_TEST_SECRET", "xyzzy")
	s := &services{told: map[string][]map[string]any{}}
	server := httptest.NewServer(s)
	defer server.Close()
	h := newHouseWith(t, func(h *house) {
		h.config.Notify = notify.Config{PagerDuty: &notify.PagerDutyConfig{KeyEnv: "SERVICES_TEST_SECRET", URL: server.URL + "/enqueue"}}
	})
	told := func() (list []string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, e := range s.told["/enqueue"] {
			if e["dedup_key"] == watchAlert {
				list = append(list, fmt.Sprint(e["event_action"]))
			}
		}
		return list
	}
	id := h.declare()
	h.do("nora", id, incident.Acknowledge{})
	h.idle()
	h.tamper(`update persons set disabled = 1 where login = 'nora'`)
	h.move(80 * time.Hour)
	for range 4 {
		if err := h.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.idle()
		h.move(24 * time.Hour)
	}
	h.audit()
	h.move(2 * time.Hour)
	h.audit()
	if got := told(); !slices.Equal(got, []string{"trigger", "trigger"}) {
		t.Fatalf("PagerDuty was told %v, want one alert twice", got)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.open()
	h.tamper(`update persons set disabled = 0 where login = 'nora'`)
	h.audit()
	h.audit()
	if got := told(); !slices.Equal(got, []string{"trigger", "trigger", "resolve"}) {
		t.Errorf("PagerDuty was told %v, want the end of the alert once", got)
	}
}
