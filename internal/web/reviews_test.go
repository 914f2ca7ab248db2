package web

import (
	"archive/zip"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestReviewIsReadAndRecorded(t *testing.T) {
	t.Parallel()
	m := tell(t, closed)
	m.now = time.Date(2025, 10, 9, 10, 0, 0, 0, time.UTC)
	site := open(t, m)
	paul, vic := site.as("paul"), site.as("vic")
	if page := vic.get("/reviews").body; !strings.Contains(page, `href="/reviews/2025-Q3"`) || !strings.Contains(page, "due depuis le 2025-10-08") || !strings.Contains(page, "2025-Q4") {
		t.Error("the list does not say that the review of 2025-Q3 is due")
	}
	const at = "/reviews/2025-Q3"
	page := paul.get(at).body
	for _, text := range []string{"<h1>Revue trimestrielle 2025-Q3</h1>", "À décider</h2>", theIncident, "A1 de " + theIncident, "Échec du hook Git", "La revue n’est pas encore tenue", at + ".zip"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	if strings.Contains(vic.get(at).body, "/held") {
		t.Error("a viewer sees the form that records the review")
	}
	fields := url.Values{"on": {"2025-10-09"}, "people": {"paul", "ana"}, "minutes": {"A1 : nouvelle échéance."}}
	if r := paul.form(at, at+"/held", fields); r.status != http.StatusSeeOther {
		t.Fatalf("record: %d %s", r.status, sentence(r.body))
	}
	if page = vic.get(at).body; !strings.Contains(page, "Tenue le 2025-10-09") || !strings.Contains(page, "A1 : nouvelle échéance.") {
		t.Error("the page does not say that the review was held")
	}
	fields.Set("on", "2025-09-30")
	if r := paul.form(at, at+"/held", fields); r.status != http.StatusBadRequest && r.status != http.StatusUnprocessableEntity {
		t.Errorf("a review before the quarter's end: %d", r.status)
	}
	r := vic.get(at + ".zip?lang=en")
	z, err := zip.NewReader(strings.NewReader(r.body), int64(len(r.body)))
	if err != nil || len(z.File) != 5 || z.File[0].Name != "review-2025-Q3/review.md" {
		t.Errorf("the pack: %v, %v", z, err)
	}
	if r := vic.get(at + ".md?lang=en"); !strings.HasPrefix(r.body, "# Quarterly review 2025-Q3") || r.header.Get("Content-Type") != "text/markdown; charset=utf-8" {
		t.Errorf("as Markdown: %.60q", r.body)
	}
	for _, path := range []string{"/reviews/2025", "/reviews/Q3", at + ".exe"} {
		if r := vic.get(path); r.status == http.StatusOK || r.status >= http.StatusInternalServerError {
			t.Errorf("%s gives %d", path, r.status)
		}
	}
	if list := read1[[]ListedReview](t, vic.get("/api/v1/reviews")); len(list) != 1 || list[0].Held == nil {
		t.Errorf("the API lists %+v", list)
	}
}
