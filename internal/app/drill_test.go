package app

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/drill"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
)

func (h *house) lastExercise() drill.State {
	h.t.Helper()
	s, err := h.lastDrill(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// TestDrill: an exercise goes by every channel, says that it is one, is resolved at once where it would ring, and is no incident.
// It is not parallel: it changes the environment.
func TestDrill(t *testing.T) {
	t.Setenv("SERVICES_TEST_SECRET", "xyzzy")
	s := &services{told: map[string][]map[string]any{}}
	server := httptest.NewServer(s)
	defer server.Close()
	h := newHouseWith(t, func(h *house) {
		h.config.Notify = notify.Config{
			Slack:     &notify.SlackConfig{TokenEnv: "SERVICES_TEST_SECRET", URL: server.URL},
			PagerDuty: &notify.PagerDutyConfig{KeyEnv: "SERVICES_TEST_SECRET", URL: server.URL + "/enqueue"},
			Webhooks:  []notify.WebhookConfig{{Name: "wall", URL: server.URL + "/hook"}},
		}
		h.config.OnCall.Contacts = map[string]oncall.Contact{"nora": {Slack: "U024BE7LH"}}
	})
	for _, login := range []string{"nora", "lea"} {
		if _, err := h.StartDrill(t.Context(), h.as(login)); !errors.Is(err, journal.ErrForbidden) {
			t.Errorf("%s starts an exercise: %v", login, err)
		}
	}
	id, err := h.StartDrill(t.Context(), h.as("ada"))
	if err != nil || !strings.HasPrefix(id, "DRILL-2025-09-27-") {
		t.Fatalf("the exercise is %q, %v", id, err)
	}
	h.idle()
	last := h.lastExercise()
	var ways []drill.Way
	for _, c := range last.Copies {
		ways = append(ways, c.Way)
	}
	// lea is neither on call nor an administrator; nora has a contact at Slack, ada none.
	for _, w := range []drill.Way{{To: h.persons["nora"].ID, Method: "slack"}, {To: h.persons["ada"].ID, Method: "test"}, {Method: "pagerduty"}, {Method: "webhook-wall"}} {
		if !slices.Contains(ways, w) {
			t.Errorf("the exercise goes by %v, want %v among them", ways, w)
		}
	}
	if !last.Over() || len(last.Failed()) != 0 || len(ways) != 5 {
		t.Errorf("the exercise is %+v", last)
	}
	if text := fmt.Sprint(s.told["/chat.postMessage"]); !strings.Contains(text, "EXERCISE, nothing to do") || strings.Contains(text, "safelight.ack") {
		t.Errorf("Slack was told %s", text)
	}
	rung := s.told["/enqueue"]
	if len(rung) != 2 || rung[0]["event_action"] != "trigger" || rung[1]["event_action"] != "resolve" || rung[0]["dedup_key"] != id || rung[1]["dedup_key"] != id {
		t.Errorf("PagerDuty was told %v", rung)
	}
	if text := fmt.Sprint(s.told["/hook"]); !strings.Contains(text, "EXERCISE, nothing to do") {
		t.Errorf("the webhook was told %s", text)
	}
	if list, err := h.Incidents(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("incidents %v, %v; an exercise is none", list, err)
	}
	report, err := h.Watch(t.Context())
	if err != nil || report.Drill == nil || !report.Drill.Passed || report.Drill.ID != id || report.Drill.Copies[0].Latency == nil {
		t.Errorf("the page says %+v, %v", report.Drill, err)
	}
	if r := h.audit(); !r.Passed() {
		t.Errorf("an audit after an exercise finds %v", r.Open)
	}
}

// TestDrillThatFails: a channel that does not take its message within five minutes is told, by those that work, once.
func TestDrillThatFails(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.channel.mu.Lock()
	h.channel.broken = errors.New("away")
	h.channel.mu.Unlock()
	id, err := h.StartDrill(t.Context(), h.as("ada"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.StartDrill(t.Context(), h.as("ada")); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("a second exercise beside it gives %v", err)
	}
	h.move(drill.Patience - time.Second)
	if err := h.runDrills(t.Context()); err != nil || h.lastExercise().Over() {
		t.Fatalf("before its time: %v, over %v", err, h.lastExercise().Over())
	}
	h.move(time.Second)
	if err := h.runAudit(t.Context()); err == nil { // nobody can be told: it is tried again
		t.Error("with no channel at all the failure is taken as told")
	}
	if s := h.lastExercise(); !s.Over() || len(s.Failed()) == 0 {
		t.Fatalf("after its time: %+v", s)
	}
	h.channel.repair()
	for range 90 {
		if err := h.runAudit(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.move(time.Minute)
	}
	if n := h.channel.count("watch/"); n != 1 {
		t.Errorf("the failure was told %d times, want once", n)
	}
	h.idle()
	if n := h.channel.count(id); n != 0 {
		t.Errorf("%d messages of the exercise came after it was over", n)
	}
}

// TestDrillSchedule: exercises are held at their time, each once, over a restart too.
func TestDrillSchedule(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(h *house) {
		h.config.Watchdog.Synthetic = &drill.Config{Every: 24 * time.Hour, At: "06:30", TimeZone: "Europe/Paris", To: []string{"lea"}}
	})
	round := func() {
		t.Helper()
		if err := h.runDrills(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.idle()
	}
	round()
	if s := h.lastExercise(); s.Exists() {
		t.Fatalf("before its time: %+v", s)
	}
	h.move(30 * time.Minute)
	round()
	first := h.lastExercise()
	if !first.Scheduled || !first.Over() || len(first.Copies) != 1 || first.Copies[0].To != h.persons["lea"].ID || first.By != people.Monitor().ID {
		t.Fatalf("at its time: %+v", first)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.open()
	h.move(time.Minute)
	round()
	if s := h.lastExercise(); s.ID != first.ID {
		t.Errorf("on the same day again: %s", s.ID)
	}
	h.move(26 * time.Hour)
	round()
	if s := h.lastExercise(); s.ID != first.ID {
		t.Errorf("hours late: %s", s.ID)
	}
	h.move(22 * time.Hour)
	round()
	if s := h.lastExercise(); s.ID == first.ID {
		t.Error("two days later there is none")
	}
}
