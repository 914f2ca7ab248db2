package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/people"
)

// TestConsentPages: a viewer reads states, a lead reads who it is, revokes with a reason and erases.
func TestConsentPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	late, err := h.AddConsent(t.Context(), h.as("lea"), janes(h))
	if err != nil {
		t.Fatal(err)
	}
	soon := janes(h)
	soon.External, soon.Name, soon.Contact, soon.ValidUntil = "crm-2", "John Roe", "=1+1", h.clock().Add(9*24*time.Hour)
	soon.EvidenceLink = "javascript:alert(1)"
	first, err := h.AddConsent(t.Context(), h.as("lea"), soon)
	if err != nil {
		t.Fatal(err)
	}
	past := janes(h)
	past.External, past.GivenAt, past.ValidUntil = "crm-3", h.clock().Add(-48*time.Hour), h.clock().Add(-24*time.Hour)
	ended, err := h.AddConsent(t.Context(), h.as("lea"), past)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := h.Consents(t.Context()); err != nil || list[0].ID != first || list[2].ID != ended || list[2].Standing != consent.Expired {
		t.Errorf("the list is %+v, %v; want what ends soon on top and what has ended at the end", list, err)
	}
	viewer, lead := h.visitor("vera", people.Viewer), h.visitor("lou", people.Lead)
	status, page := viewer.get("/consents")
	if status != http.StatusOK || strings.Index(page, first) > strings.Index(page, late) || !strings.Contains(page, "Ending soon") {
		t.Errorf("the list (%d) does not begin with what ends first", status)
	}
	for _, path := range []string{"/consents", "/consents/" + late, "/api/v1/consents", "/api/v1/consents/" + late, "/api/v1/consents/" + late + "/audit"} {
		status, page := viewer.get(path)
		if status != http.StatusOK || strings.Contains(strings.ToLower(page), "zabriskie") || strings.Contains(page, "!consent") {
			t.Errorf("a viewer gets %d of %s, with the name: %v", status, path, strings.Contains(strings.ToLower(page), "zabriskie"))
		}
		if strings.Contains(page, "/revoke") {
			t.Errorf("%s offers a viewer to revoke", path)
		}
	}
	if status, _ := viewer.get("/api/v1/consents/export?format=csv"); status != http.StatusForbidden {
		t.Errorf("a viewer's export is answered with %d", status)
	}
	if status, page := lead.get("/api/v1/consents/export?format=csv"); status != http.StatusOK || !strings.Contains(page, "'=1+1") || !strings.HasPrefix(page, "record_id,") {
		t.Errorf("a lead's export is answered with %d, %.60q", status, page)
	}
	if _, page := lead.get("/consents/" + first); strings.Contains(page, `href="javascript`) || !strings.Contains(page, "John Roe") {
		t.Error("the page links to what is no address, or does not name who it is")
	}
	if status, _ := viewer.post("/consents/"+late+"/revoke", url.Values{"reason": {"x"}}); status != http.StatusForbidden {
		t.Errorf("a viewer revokes: %d", status)
	}
	if status, page := lead.post("/consents/"+late+"/revoke", url.Values{"reason": {"asked by letter"}}); status != http.StatusOK || !strings.Contains(page, "asked by letter") {
		t.Errorf("revoking gives %d without the reason", status)
	}
	if status, page := lead.post("/consents/"+late+"/erase", url.Values{"ground": {string(consent.OnRequest)}}); status != http.StatusOK || strings.Contains(page, "asked by letter") {
		t.Errorf("erasing gives %d, and the reason is still there", status)
	}
	if status, _ := viewer.get("/consents/C-none"); status != http.StatusNotFound {
		t.Errorf("an unknown record: %d", status)
	}
	if _, page := viewer.get("/consents?lang=fr"); !strings.Contains(page, "Prennent fin bientôt") || !strings.Contains(page, "Sans effet") {
		t.Error("the list is not in French")
	}
}
