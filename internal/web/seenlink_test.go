package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestSeenLink: opening the link of a status update changes nothing; its form says once, without a session, that it was seen,
// and the page of the incident names whom it still waits for.
func TestSeenLink(t *testing.T) {
	t.Parallel()
	m := tell(t, analysed)
	site := open(t, m)
	b := site.as("")
	at := "/seen/" + theLink
	before, _ := m.Case(t.Context(), theIncident)
	for range 3 { // as scanners of mail do
		if r := b.get(at); r.status != http.StatusOK || !strings.Contains(r.body, "J’ai lu ce point") || r.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("the link gives %d, %s", r.status, r.body)
		}
	}
	if r := b.send(http.MethodPost, at, strings.NewReader(""), "application/x-www-form-urlencoded"); r.status != http.StatusForbidden {
		t.Errorf("a form of another site gives %d", r.status)
	}
	if after, _ := m.Case(t.Context(), theIncident); len(after.Entries) != len(before.Entries) {
		t.Error("opening the link changed something")
	}
	if r := b.form(at, at, url.Values{}); r.status != http.StatusSeeOther {
		t.Fatalf("the form gives %d", r.status)
	}
	if r := b.get(at); !strings.Contains(r.body, "c’est noté") || strings.Contains(r.body, `action="`+at) {
		t.Errorf("afterwards the link says %s", r.body)
	}
	if r := b.get("/seen/AAAA"); r.status != http.StatusNotFound {
		t.Errorf("another link gives %d", r.status)
	}
	if r := site.as("paul").get("/incidents/" + theIncident); !strings.Contains(r.body, "En attente de") {
		t.Error("the page does not say whom the update waits for")
	}
}
