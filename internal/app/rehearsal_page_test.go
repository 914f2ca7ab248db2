package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/rehearsal"
)

// TestRehearsalPage begins a rehearsal by its button and reads the report; who may not contain has no button.
func TestRehearsalPage(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(h *house) {
		h.config.Watchdog.Rehearsal = &rehearsal.Config{On: "monday", At: "10:30", TimeZone: "UTC"}
	})
	r := h.visitor("rita", people.Responder)
	_, page := r.get("/watch")
	r.wants(page, `href="/rehearsals"`)
	_, page = r.get("/rehearsals")
	r.wants(page, "There was none yet.", `<option>catalogue</option>`, "The next one is planned: 2025-09-29 10:30 UTC, pipeline catalogue")
	if status, page := r.post("/rehearsals", url.Values{"pipeline": {"nowhere"}}); status != http.StatusNotFound {
		t.Errorf("of no pipeline: %d\n%s", status, page)
	}
	status, page := r.post("/rehearsals", url.Values{"pipeline": {"catalogue"}})
	if status != http.StatusOK {
		t.Fatalf("beginning gave %d\n%s", status, page)
	}
	r.wants(page, "The rehearsal is under way.", "REHEARSAL-2025-09-27-01")
	h.idle()
	_, page = r.get("/rehearsals/REHEARSAL-2025-09-27-01")
	r.wants(page, "all worked", "Disable the route and prove it", "references served, proven in", "of 30 min", "RITA", "Not rehearsed:")
	if strings.Contains(page, `id="live"`) {
		t.Error("a report that is complete refreshes itself")
	}
	_, page = r.get("/rehearsals/REHEARSAL-2025-09-27-01?lang=fr")
	r.wants(page, "tout a marché", "Couper la route et le prouver", "références servies")
	_, report := r.get("/rehearsals/REHEARSAL-2025-09-27-01/report.md")
	r.wants(report, "| La remettre | réussie |")
	if status, _ := r.get("/rehearsals/REHEARSAL-2025-09-27-07"); status != http.StatusNotFound {
		t.Errorf("of no id: %d", status)
	}
	v := h.visitor("vera", people.Viewer)
	_, page = v.get("/rehearsals")
	v.wants(page, "all worked")
	if strings.Contains(page, "<select") {
		t.Error("a viewer has the button")
	}
	if status, _ := v.post("/rehearsals", url.Values{"pipeline": {"catalogue"}}); status != http.StatusForbidden {
		t.Errorf("a viewer begins one: %d", status)
	}
}
