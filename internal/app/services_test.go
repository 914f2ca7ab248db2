package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/web"
)

// services stands for Slack, PagerDuty and a webhook at once, and keeps what they are told.
type services struct {
	mu   sync.Mutex
	told map[string][]map[string]any // by path
}

func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told[r.URL.Path] = append(s.told[r.URL.Path], body)
	_, _ = io.WriteString(w, `{"ok": true, "channel": "D1", "ts": "1.2"}`) // the test sees what is missing
}

func (s *services) count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.told[path])
}

// TestPagedByServices: an incident reaches the person on call in Slack, PagerDuty under its id, and a webhook, by what
// the configuration says. It is not parallel: it changes the environment.
func TestPagedByServices(t *testing.T) {
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
		h.config.OnCall.Contacts = map[string]oncall.Contact{"nora": {Slack: "U024BE7LH"}, "lea": {Slack: "U0LEA"}}
	})
	id, err := h.Declare(t.Context(), h.as("lea"), web.Declaration{Pipeline: "catalogue", Severity: "S1", Title: "logo is orange"})
	if err != nil {
		t.Fatal(err)
	}
	h.idle()
	for _, path := range []string{"/chat.postMessage", "/enqueue", "/hook"} {
		if n := s.count(path); n != 1 {
			t.Fatalf("%s was told %d times: %v", path, n, s.told)
		}
	}
	h.do("nora", id, incident.Acknowledge{})
	h.idle()
	if n, e := s.count("/enqueue"), s.told["/enqueue"]; n != 2 || e[1]["event_action"] != "acknowledge" || e[1]["dedup_key"] != id || s.count("/hook") != 2 {
		t.Errorf("after the acknowledgement PagerDuty was told %v", e)
	}
	if to := s.told["/chat.postMessage"][0]["channel"]; to != "U024BE7LH" {
		t.Errorf("Slack wrote to %v", to)
	}
	if key := s.told["/enqueue"][0]["dedup_key"]; key != id {
		t.Errorf("the alert of PagerDuty is %v, want %s", key, id)
	}
}
