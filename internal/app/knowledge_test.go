package app

import (
	"net/http"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestKnowledgeOfRestricted: who may not read all of a restricted postmortem finds nothing of it, neither by page nor by API, nor
// in what is like another incident; who responds finds it.
func TestKnowledgeOfRestricted(t *testing.T) {
	t.Parallel()
	withheld := postmortem.Restriction{Reason: "customer data", Sections: []string{"whys"}}
	h, id, _ := restrictedHouse(t, func(h *house) {
		h.config.Restricted = postmortem.RestrictPolicy{Severities: []pipeline.Severity{pipeline.S1}, Withhold: withheld}
	})
	h.do("lea", id, postmortem.SetCause{CauseFields: postmortem.CauseFields{Kind: postmortem.Direct, Domain: postmortem.Data, Text: "Copied for Blumberg by hand"}})
	h.do("lea", id, postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: "Ask Blumberg first"}})
	other, err := h.Declare(t.Context(), h.as("nora"), web.Declaration{Pipeline: "catalogue", Severity: "S1", Title: "logo is orange again"})
	if err != nil {
		t.Fatal(err)
	}
	v := h.visitor("vera", people.Viewer)
	r := h.visitor("rita", people.Responder)
	for _, path := range []string{"/api/v1/knowledge?words=blumberg", "/api/v1/knowledge?cause=direct"} {
		if status, page := v.get(path); status != http.StatusOK || !strings.Contains(page, `"total":0`) || strings.Contains(page, id) {
			t.Errorf("%s gives a viewer %d %s", path, status, page)
		}
		if status, page := r.get(path); status != http.StatusOK || !strings.Contains(page, `"total":1`) || !strings.Contains(page, id) {
			t.Errorf("%s gives a responder %d %s", path, status, page)
		}
	}
	if status, page := v.get("/knowledge?words=orange+copied"); status != http.StatusOK || strings.Contains(page, id) {
		t.Errorf("a viewer finds a restricted postmortem by words of title and cause: %d", status)
	}
	if _, page := v.get("/knowledge?words=orange"); !strings.Contains(page, id) || !strings.Contains(page, "Restricted postmortems are not searched for you") {
		t.Error("a viewer does not find the incident by its title, or is not told what is left out")
	}
	if _, page := r.get("/knowledge?words=blumberg"); !strings.Contains(page, "<mark>Blumberg</mark>") {
		t.Error("a responder sees no snippet")
	}
	for _, path := range []string{"/incidents/" + other, "/api/v1/incidents/" + other + "/similar"} {
		if status, page := v.get(path); status != http.StatusOK || !strings.Contains(page, id) || strings.Contains(page, "Blumberg") {
			t.Errorf("%s gives a viewer %d; want the incident that is like it, and nothing of its postmortem", path, status)
		}
		if status, page := r.get(path); status != http.StatusOK || !strings.Contains(page, "Copied for Blumberg by hand") || !strings.Contains(page, "Ask Blumberg first") {
			t.Errorf("%s gives a responder %d without cause or lesson of what is like it", path, status)
		}
	}
}
