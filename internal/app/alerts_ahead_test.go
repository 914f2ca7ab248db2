package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A time that lies ten years ahead comes from a clock that is wrong. It is
// refused by its name, and the rest of the batch is kept.
func TestAlertsFarAheadAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	site := h.site()
	const good, absurd = "2025-10-27T04:00:00Z", "2035-09-27T04:00:00Z"
	one := func(name, field, at string) string {
		return fmt.Sprintf(`{"status":"firing","labels":{"alertname":%q,"pipeline":"catalogue"},%q:%q}`, name, field, at)
	}
	nora, err := h.AddToken(t.Context(), "nora", "events", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	event := func(at string) string {
		return fmt.Sprintf(`{"routing_key":%q,"event_action":"trigger","dedup_key":"ev","payload":{"summary":"s","source":"x","severity":"error","timestamp":%q}}`, nora, at)
	}
	for _, c := range []struct {
		what, path, body string
		status           int
		says, kept       string // the name of the alert that is kept
	}{
		{"an end", "/api/v2/alerts", "[" + one("a1", "endsAt", absurd) + "," + one("a2", "endsAt", good) + "]", http.StatusBadRequest, `alert "a1": endsAt ` + absurd, "a2"},
		{"a start", "/api/v2/alerts", "[" + one("b1", "startsAt", absurd) + "," + one("b2", "startsAt", good) + "]", http.StatusBadRequest, `alert "b1": startsAt ` + absurd, "b2"},
		{"a start by webhook", "/api/v1/alertmanager/webhook", `{"version":"4","alerts":[` + one("c1", "startsAt", absurd) + "," + one("c2", "startsAt", good) + "]}", http.StatusBadRequest, `alert "c1": startsAt ` + absurd, "c2"},
		{"a webhook's end, which is not heeded", "/api/v1/alertmanager/webhook", `{"version":"4","alerts":[` + one("d2", "endsAt", absurd) + "]}", http.StatusOK, "", "d2"},
		{"an event", "/v2/enqueue", event(absurd), http.StatusBadRequest, "'payload.timestamp' is more than a year ahead", ""},
		{"an event somewhat ahead", "/v2/enqueue", event(good), http.StatusAccepted, "", "ev"},
	} {
		before := len(h.firingRows())
		status, answer := ask(t, http.MethodPost, site+c.path, c.body)
		if text := fmt.Sprint(answer); status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s gave %d %v, want %d and %q", c.what, status, answer, c.status, c.says)
		}
		rows := h.firingRows()
		found := c.kept == ""
		for _, r := range rows {
			found = found || r.Name() == c.kept
			if r.StartsAt.After(h.clock()) {
				t.Errorf("%s is kept with the start %v, which is to come", r.Name(), r.StartsAt)
			}
		}
		if want := len(strings.Fields(c.kept)); !found || len(rows)-before != want {
			t.Errorf("%s left %d new alerts, want %d: %s", c.what, len(rows)-before, want, c.kept)
		}
	}
}
