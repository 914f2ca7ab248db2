package app

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
)

// noticing is a house whose notices go to Slack and to a webhook.
func noticing(t *testing.T) (*services, func(*house)) {
	t.Helper()
	t.Setenv("SERVICES_TEST_SECRET", "xyzzy")
	s := &services{told: map[string][]map[string]any{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, func(h *house) {
		h.config.Notify = notify.Config{
			Slack:    &notify.SlackConfig{TokenEnv: "SERVICES_TEST_SECRET", URL: server.URL, Channel: "C024BE91L"},
			Webhooks: []notify.WebhookConfig{{Name: "wall", URL: server.URL + "/hook"}},
		}
		h.config.OnCall.Contacts = map[string]oncall.Contact{"nora": {Slack: "U024BE7LH"}}
	}
}

func (s *services) last(path string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.told[path]); n > 0 {
		return fmt.Sprint(s.told[path][n-1])
	}
	return ""
}

// again closes the house as a crash would, and opens it later: what waits is due then.
func (h *house) again(later time.Duration) {
	h.t.Helper()
	if err := h.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.move(later)
	h.open()
}

// TestQualityNotice: images over their budget are told to the house in one message for a quarter of an hour, with the figures,
// over a restart, and without an incident. It is not parallel: it changes the environment.
func TestQualityNotice(t *testing.T) {
	s, change := noticing(t)
	h := newHouseWith(t, change)
	for i := range 3 {
		h.image(fmt.Sprintf("delivered/%d.png", i), uint8(150+i))
		if _, err := h.Sweep(t.Context(), "catalogue"); err != nil {
			t.Fatal(err)
		}
	}
	h.again(14 * time.Minute)
	if n := s.count("/chat.postMessage") + s.count("/hook"); n != 0 {
		t.Fatalf("%d messages before the quarter of an hour is over", n)
	}
	h.again(2 * time.Minute)
	h.idle()
	if slack, hook := s.count("/chat.postMessage"), s.count("/hook"); slack != 1 || hook != 1 {
		t.Fatalf("Slack was told %d times and the webhook %d times, want once each", slack, hook)
	}
	for _, path := range []string{"/chat.postMessage", "/hook"} {
		for _, part := range []string{"catalogue: 3 of 5 images measured are over their budget", "Colour (ΔE00) over the limit: 3", "The worst: 2.png, ΔE00 p95"} {
			if text := s.last(path); !strings.Contains(text, part) {
				t.Errorf("%s was told %s, want %q in it", path, text, part)
			}
		}
	}
	if to := s.told["/chat.postMessage"][0]["channel"]; to != "C024BE91L" {
		t.Errorf("Slack wrote to %v", to)
	}
	if list, err := h.Incidents(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("incidents %v, %v; a notice opens none", list, err)
	}
	h.again(16 * time.Minute)
	if _, err := h.Sweep(t.Context(), "catalogue"); err != nil {
		t.Fatal(err)
	}
	h.idle()
	if n := s.count("/chat.postMessage"); n != 1 {
		t.Errorf("with nothing new Slack was told %d times", n)
	}
}

// TestQuarantineNotice: that images were taken out of delivery is told in one message, which says why and that it is contained.
func TestQuarantineNotice(t *testing.T) {
	s, change := noticing(t)
	w := newWardWith(t, func(h *house) {
		change(h)
		h.config.OnCall.Contacts = nil // so that Slack hears of nothing else
	})
	for _, name := range []string{"1.png", "2.png"} {
		w.deliver(name, secret+name)
		w.hold(name)
	}
	w.until("the images to be out", func() bool { return w.read("delivered/1.png") == "" && w.read("delivered/2.png") == "" })
	w.again(16 * time.Minute)
	w.idle()
	if n := s.count("/chat.postMessage"); n != 1 {
		t.Fatalf("Slack was told %d times, want once", n)
	}
	for _, part := range []string{"catalogue: 2 images taken out of delivery", "It is contained", "personal data: 2", "PM-2025-09-27-01", "/quarantine"} {
		if text := s.last("/chat.postMessage"); !strings.Contains(text, part) {
			t.Errorf("Slack was told %s, want %q in it", text, part)
		}
	}
	list, err := w.Incidents(t.Context())
	if err != nil || len(list) != 1 || !strings.Contains(list[0].Opened.Title, "personal data") {
		t.Fatalf("incidents %v, %v", list, err)
	}
	if said := w.containment(list[0]); !strings.Contains(said, "out of delivery") {
		t.Errorf("whoever is paged reads %q", said)
	}
}

// TestTrendIsToldByEachChannel: that a trend asks for a verification is told by each channel of whoever hears of it.
func TestTrendIsToldByEachChannel(t *testing.T) {
	s, change := noticing(t)
	h, v := alarmed(t, func(h *house) {
		change(h)
		h.config.Signals.Tell = intake.TellOnCall
	})
	h.idle()
	for _, path := range []string{"/chat.postMessage", "/hook"} {
		if text := s.last(path); !strings.Contains(text, "/signals/verifications/V-") {
			t.Errorf("of %s %s was told %q", v.ID, path, text)
		}
	}
	if h.channel.count(v.ID+"/opened") != 1 {
		t.Error("the third channel was not told once")
	}
}

func TestNoticesAreConfigured(t *testing.T) {
	t.Parallel()
	slack := &notify.SlackConfig{TokenEnv: "X", Channel: "C024BE91L"}
	none, one := []string{}, []string{"quality"}
	for name, c := range map[string]struct {
		config notify.Config
		want   int // methods for quality and quarantine together
	}{
		"no channel":    {notify.Config{Console: true, Slack: &notify.SlackConfig{TokenEnv: "X"}}, 0},
		"by default":    {notify.Config{Slack: slack}, 2},
		"only one kind": {notify.Config{Slack: slack, Notices: &one}, 1},
		"none":          {notify.Config{Slack: slack, Notices: &none}, 0},
	} {
		if got := len(c.config.NoticeMethods(notify.QualityNotice)) + len(c.config.NoticeMethods(notify.QuarantineNotice)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	for _, text := range []string{"notify: {notices: [weather]}", "notify: {slack: {tokenEnv: X, channel: general}}"} {
		if _, err := Parse([]byte(text), t.TempDir()); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
	if c, err := Parse([]byte("notify: {notices: []}"), t.TempDir()); err != nil || c.Notify.Notices == nil {
		t.Errorf("no notices: %v, %v", c.Notify.Notices, err)
	}
}
