package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestAckLink: opening the link of a page changes nothing, whoever opens it and however often; its form acknowledges once,
// without a session, and says then who has.
func TestAckLink(t *testing.T) {
	t.Parallel()
	for at, lead := range map[string]string{"/ack/" + theLink: "Nora, cet appel est pour vous", "/ack/all/" + theLink: "Nora, ces appels sont pour vous : 2 en tout, 1 sans réponse"} {
		checkAckLink(t, at, lead)
	}
}

func checkAckLink(t *testing.T, at, lead string) {
	t.Helper()
	m := tell(t, detected)
	b := open(t, m).as("")
	for range 3 { // as scanners of mail do
		r := b.get(at)
		if r.status != http.StatusOK || !strings.Contains(r.body, lead) || r.header.Get("Referrer-Policy") == "" || r.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("the link gives %d, %v", r.status, r.header)
		}
	}
	if c, err := m.Case(t.Context(), theIncident); err != nil || c.Incident.Ack != nil {
		t.Fatalf("opening the link acknowledges: %v, %v", c.Incident.Ack, err)
	}
	if r := b.send(http.MethodPost, at, strings.NewReader(""), "application/x-www-form-urlencoded"); r.status != http.StatusForbidden {
		t.Errorf("a form of another site gives %d", r.status)
	}
	if r := b.form(at, at, url.Values{}); r.status != http.StatusSeeOther || r.header.Get("Location") != at {
		t.Fatalf("the form gives %d to %q", r.status, r.header.Get("Location"))
	}
	if c, err := m.Case(t.Context(), theIncident); err != nil || c.Incident.Ack == nil || c.Incident.Ack.By != "u-oncall" {
		t.Errorf("acknowledged is %v, %v", c.Incident.Ack, err)
	}
	if r := b.get(at + "?lang=en"); !strings.Contains(r.body, "You acknowledged it at") || strings.Contains(r.body, `action="`+at) {
		t.Errorf("afterwards the link says %s", r.body)
	}
	if r := b.get(strings.TrimSuffix(at, theLink) + "AAAA"); r.status != http.StatusNotFound {
		t.Errorf("another link gives %d", r.status)
	}
}
