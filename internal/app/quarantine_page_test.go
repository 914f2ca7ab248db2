package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// TestPageOfQuarantine shows what is held and why, and lets a person release it with a reason.
func TestPageOfQuarantine(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	r := w.visitor("rita", people.Responder)
	_, page := r.get("/quarantine")
	r.wants(page, "Nothing in quarantine", `<a href="/quarantine" aria-current="page">Quarantine</a>`)
	w.deliver("1.png", secret)
	w.ask("1.png")
	id := w.hold("1.png")
	w.idle()
	i := w.item(id)

	_, page = r.get("/quarantine")
	r.wants(page, "Held: 1; of these the public may have got: 1", id, "1.png", "personal data", "public", i.Incident)
	at := "/quarantine/" + id
	_, page = r.get(at)
	r.wants(page, "GPS:GPSLatitude", "LOCATION", "Route catalogue: delivered, the last time at", "a copy is kept, byte for byte",
		"serves the reference or the placeholder: 200", "Release the image", "Do not put it back", `/incidents/`+i.Incident)
	if strings.Contains(page, "<img") {
		t.Error("the page shows a picture of what must not be seen")
	}
	_, page = r.get("/incidents/" + i.Incident)
	r.wants(page, "Personal data was public: images of catalogue in quarantine", "Images are taken out one by one", "/quarantine?incident="+i.Incident,
		"Image "+id+" out of delivery, checked from outside")

	v := w.visitor("vera", people.Viewer)
	_, page = v.get(at)
	if strings.Contains(page, "Release the image") {
		t.Error("a viewer is offered to release")
	}
	if status, _ := v.post(at+"/release", url.Values{"reason": {"why"}}); status != http.StatusForbidden {
		t.Errorf("a viewer who releases gets %d", status)
	}
	r.get(at)
	if status, page := r.post(at+"/release", url.Values{"reason": {" "}}); status < 400 || !strings.Contains(page, "say why in a few words") {
		t.Errorf("releasing without a reason gives %d", status)
	}
	r.get(at)
	if status, page := r.post(at+"/release", url.Values{"reason": {"a statue <b>"}}); status != http.StatusOK || !strings.Contains(page, "The image is released") {
		t.Errorf("releasing gives %d\n%s", status, page)
	}
	w.idle()
	_, page = r.get(at)
	r.wants(page, "put back", "Released by RITA", "a statue <b>", "Route catalogue answers 200")
	if i := w.item(id); i.Status != quarantine.StatusRestored {
		t.Errorf("it is %s", i.Status)
	}
	if status, text := r.get("/api/v1/quarantine?active=true"); status != http.StatusOK || !strings.Contains(text, `"items":[]`) || !strings.Contains(text, `"items":1`) {
		t.Errorf("the API gives %d %s", status, text)
	}
	if status, text := r.get("/api/v1/quarantine/" + id); status != http.StatusOK || !strings.Contains(text, `"status":"restored"`) {
		t.Errorf("the API gives %d %s", status, text)
	}
	if status, _ := r.get("/quarantine/Q-2020-01-01-01"); status != http.StatusNotFound {
		t.Errorf("an unknown image gives %d", status)
	}
}
