package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/people"
)

// TestPageOfWatch shows how Safelight sees itself, and lets an administrator hold an exercise.
func TestPageOfWatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	h.idle()
	r := h.visitor("rita", people.Responder)
	_, page := r.get("/watch")
	r.wants(page, "Safelight watches itself", "never yet", "None is configured: nobody would notice", "There was none yet", "What would hurt at night")
	if strings.Contains(page, "Hold an exercise now") {
		t.Error("a responder is offered to hold an exercise")
	}
	if status, _ := r.post("/watch/drills", url.Values{}); status != http.StatusForbidden {
		t.Errorf("a responder who holds one gets %d", status)
	}
	h.audit()
	_, page = r.get("/watch")
	r.wants(page, "all agrees", "2025-09-27 04:00 UTC", `<a href="/watch" aria-current="page">`)

	a := h.visitor("anna", people.Administrator)
	_, page = a.get("/watch")
	a.wants(page, "Hold an exercise now")
	if status, page := a.post("/watch/drills", url.Values{}); status != http.StatusOK || !strings.Contains(page, "The exercise is under way") {
		t.Errorf("holding one gives %d\n%s", status, page)
	}
	h.idle()
	_, page = a.get("/watch")
	a.wants(page, "DRILL-2025-09-27-01", "all got through", "taken in 0.00 s", "nora")
	_, page = a.get("/incidents")
	if !strings.Contains(page, id) || strings.Contains(page, "DRILL-") {
		t.Error("the list of incidents shows the exercise, or no incident")
	}
	_, page = a.get("/watch?lang=fr")
	a.wants(page, "Safelight se surveille", "tout concorde", "Faire un exercice maintenant")
	_, page = a.get("/oncall?lang=en")
	a.wants(page, "On call")
}
