package app

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestAChannelWithoutItsSecret: the server starts, what goes to the channel fails with the reason, the others go on, and by
// day it is said who is reached by nothing else. It is not parallel: it changes the environment.
func TestAChannelWithoutItsSecret(t *testing.T) {
	t.Setenv("UNUSABLE_TEST_SECRET", "xyzzy")
	t.Setenv("UNUSABLE_TEST_EMPTY", "")
	s := &services{told: map[string][]map[string]any{}}
	server := httptest.NewServer(s)
	defer server.Close()
	h := newHouseWith(t, func(h *house) {
		h.config.Notify = notify.Config{
			Slack:     &notify.SlackConfig{TokenEnv: "UNUSABLE_TEST_EMPTY", URL: server.URL},
			PagerDuty: &notify.PagerDutyConfig{KeyEnv: "UNUSABLE_TEST_SECRET", URL: server.URL + "/enqueue"},
		}
		h.config.OnCall.Contacts = map[string]oncall.Contact{"nora": {Slack: "U024BE7LH"}, "lea": {Slack: "U0LEA"}}
	})
	id, err := h.Declare(t.Context(), h.as("lea"), web.Declaration{Pipeline: "catalogue", Severity: "S1", Title: "logo is orange"})
	if err != nil {
		t.Fatal(err)
	}
	h.idle()
	if s.count("/chat.postMessage") != 0 || s.count("/enqueue") == 0 {
		t.Errorf("the services were told %v, want PagerDuty alone", s.told)
	}
	const why = "notify.slack cannot be used: the environment variable that tokenEnv names is not set"
	var failed []string
	for _, p := range h.state(id).Pages {
		for _, d := range p.Deliveries {
			if d.Method == "slack" && d.Status == incident.PageFailed {
				failed = append(failed, d.Reason)
			}
		}
	}
	if len(failed) == 0 || slices.ContainsFunc(failed, func(r string) bool { return r != why }) {
		t.Errorf("the pages by Slack failed with %q, want %q", failed, why)
	}
	h.App.replayed = false
	warnings, err := h.Warnings(t.Context())
	all := errors.Join(warnings...).Error()
	if err != nil || !strings.Contains(all, why+"; nothing goes out by slack until") {
		t.Errorf("by day it is said: %s, %v", all, err)
	}
	if strings.Contains(all, "terminal only") {
		t.Errorf("it is said that nobody is reached: %s", all)
	}
}
