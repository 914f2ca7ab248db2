package app

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
)

// A source that has as many alerts as it may have shuts out none but its own
// new ones: what is known is refreshed and ended, and other sources are heard.
func TestASourceIsFullForItself(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.alerts.limit = 3
	n := func(i int) alert.Alert { return foreign("storm", "warning", "instance", fmt.Sprint(i)) }
	h.take(n(1), n(2), n(3))
	h.take(n(1), n(2), n(3)) // known ones take no room
	err := h.TakeAlerts(t.Context(), []alert.Alert{n(4), ending(n(1), h.clock()), n(2), n(5)})
	var full *alert.FullError
	if !errors.As(err, &full) || !errors.Is(err, journal.ErrTooLarge) || full.Refused != 2 || full.Limit != 3 {
		t.Fatalf("over the limit: %v, want two refused for want of room", err)
	}
	if rows := h.firingRows(); len(rows) != 2 {
		t.Errorf("%d alerts fire, want two: what ended in the batch has ended", len(rows))
	}
	h.take(n(4)) // there is room again
	hook := foreign("hook", "critical")
	hook.Source = alert.FromWebhook
	h.take(hook)
	if last := h.newest(); last.Opened.Rule != "hook" {
		t.Errorf("the newest incident is of %s, want that of another source", last.Opened.Rule)
	}
	h.alerts.limit = 0
	ours := foreign("ours", "S0")
	ours.Source = alert.FromRules
	if err := h.takeAlerts(t.Context(), []alert.Alert{ours}, h.clock()); err != nil || h.newest().Opened.Rule != "ours" {
		t.Errorf("our own rule: %v and the incident %s, want it open", err, h.newest().Opened.Rule)
	}
}

// Clients drop what is refused, and send again what there was no room for.
func TestFullSourcesAnswerLater(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.alerts.limit = 0
	site := h.site()
	token, err := h.AddToken(t.Context(), "nora", "events", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/api/v2/alerts", `[{"labels":{"alertname":"a"}}]`, http.StatusServiceUnavailable},
		{"/api/v1/alertmanager/webhook", `{"version":"4","alerts":[{"status":"firing","labels":{"alertname":"a"}}]}`, http.StatusServiceUnavailable},
		{"/v2/enqueue", fmt.Sprintf(`{"routing_key":%q,"event_action":"trigger","payload":{"summary":"s","source":"x","severity":"error"}}`, token), http.StatusTooManyRequests},
	} {
		answer, err := http.Post(site+c.path, "application/json", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.status || answer.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q; want %d and when to come again", c.path, answer.StatusCode, answer.Header.Get("Retry-After"), c.status)
		}
	}
}

// A storm that takes long to settle holds up neither clocks nor pages.
func TestClocksGoOnWhileAlertsAreSettled(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(h *house) { h.live = true })
	h.take(foreign("drift", "critical"))
	id := h.newest().ID
	h.alerts.mu.Lock()
	defer h.alerts.mu.Unlock()
	for range 2 { // the first may have been on its way
		n := h.events(id, incident.TypePaged)
		h.move(20 * time.Minute)
		h.until("a page that was not answered to go on", func() bool { return h.events(id, incident.TypePaged) > n })
	}
}

// What one settling leaves is for the next, and nothing is left for good:
// neither behind what stays suppressed nor behind new alerts.
func TestSettlingInSpells(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.silence("name=~muted.*", h.clock(), 4*time.Hour)
	h.silence("name=later", h.clock(), time.Minute)
	tomorrow := func(name, label string) alert.Alert {
		return ending(foreign(name, "warning", "name", label), h.clock().Add(24*time.Hour))
	}
	h.take(tomorrow("m1", "muted1"), tomorrow("m2", "muted2"), tomorrow("later", "later"))
	h.move(time.Minute)
	h.alerts.spell = 1
	h.take(tomorrow("a", "a"), tomorrow("b", "b"), tomorrow("c", "c"))
	for n := 1; n <= 4; n++ {
		if got := len(h.incidents()); got != n {
			t.Fatalf("%d incidents after %d settlings, want one more with each", got, n)
		}
		h.tick(0)
	}
	if got := len(h.incidents()); got != 4 || h.newest().Opened.Rule != "later" {
		t.Errorf("%d incidents in the end, the last of %s; want four, the last of what was silenced", got, h.newest().Opened.Rule)
	}
}

// There are as many silences as are asked when an alert is judged, and no more:
// one that is not asked would hold nothing back.
func TestSilencesHaveALimit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.alerts.silences = 2
	set := func(id, text string, lasts time.Duration) (string, error) {
		ms, err := alert.ParseMatchers(text)
		if err != nil {
			t.Fatal(err)
		}
		return h.SetSilence(t.Context(), h.as("nora"), id, alert.Terms{Matchers: ms, StartsAt: h.clock(), EndsAt: h.clock().Add(lasts)}, "")
	}
	h.silence("a=1", h.clock(), time.Hour)
	id := h.silence("a=2", h.clock(), 2*time.Hour)
	if _, err := set("", "a=3", time.Hour); !errors.Is(err, journal.ErrTooLarge) || !strings.Contains(err.Error(), "2 hold") {
		t.Errorf("one too many gave %v, want too large", err)
	}
	if rows, err := h.Store().Silences(t.Context(), h.clock(), 10); err != nil || len(rows) != 2 {
		t.Errorf("%d silences, %v; want two", len(rows), err)
	}
	if _, err := set(id, "a=2", 3*time.Hour); err != nil {
		t.Errorf("a change of one gave %v, want it to take no room", err)
	}
	id, err := set(id, "a=4", 3*time.Hour)
	if err != nil {
		t.Errorf("another in place of one gave %v, want it to take no room", err)
	}
	h.move(time.Hour) // the first is over
	if _, err := set("", "a=5", time.Hour); err != nil || id == "" {
		t.Errorf("after one was over: %v, want room", err)
	}
}
