package app

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/web"
)

const secretWhy = "the account of customer Blumberg was copied"

// restrictedHouse takes a postmortem with a secret to the board.
func restrictedHouse(t *testing.T, change func(*house)) (h *house, id, hash string) {
	t.Helper()
	h = newHouseWith(t, change)
	h.board()
	id = h.declare()
	for path, text := range map[string]string{"ci-logs/hook.log": "exit 1", "customer/blumberg.csv": secretWhy} {
		if err := h.AddEvidence(t.Context(), h.as("lea"), id, web.EvidenceUpload{Path: path, Kind: "other", Data: strings.NewReader(text)}); err != nil {
			t.Fatal(err)
		}
	}
	h.do("lea", id, postmortem.SetWhy{WhyFields: postmortem.WhyFields{Level: 1, Question: "Why?", Answer: secretWhy, Evidence: []string{"customer/blumberg.csv"}}})
	if err := h.DraftPostmortem(t.Context(), h.as("lea"), id); err != nil {
		t.Fatal(err)
	}
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	h.do("lea", id, postmortem.Submit{SHA256: c.Analysis.SHA256})
	return h, id, c.Analysis.SHA256
}

// wantNothingOf looks through all that Git has for a word.
func (h *house) wantNothingOf(word string) {
	h.t.Helper()
	if found := h.everCommitted(word); found != "" {
		h.t.Errorf("a commit has %q in it: %s", word, found)
	}
	if found := gitAt(h.t, h.dir, "log", "--all", "-i", "--grep", word, "--format=%B"); found != "" {
		h.t.Errorf("a message has %q in it:\n%s", word, found)
	}
}

// everCommitted gives the commits of all branches that bring or take a word, in whatever case its first letter is.
func (h *house) everCommitted(word string) string {
	h.t.Helper()
	first, rest := word[:1], word[1:]
	return gitAt(h.t, h.dir, "log", "--all", "--pickaxe-regex", "-S", "["+strings.ToUpper(first)+first+"]"+rest, "--format=%H %s")
}

// TestRestrictedByPolicy: what is withheld is in no commit from the first draft on; responders and the board read all of it,
// a viewer what is published.
func TestRestrictedByPolicy(t *testing.T) {
	t.Parallel()
	withheld := postmortem.Restriction{Reason: "customer data", Sections: []string{"whys"}, Evidence: []string{"customer/blumberg.csv"}, Persons: true}
	h, id, hash := restrictedHouse(t, func(h *house) {
		h.config.Restricted = postmortem.RestrictPolicy{Severities: []pipeline.Severity{pipeline.S0, pipeline.S1, pipeline.S2, pipeline.S3}, Withhold: withheld}
	})
	h.approve(id, hash)
	h.idle()
	if h.state(id).Publication == nil {
		t.Fatal("it was not published")
	}
	h.wantNothingOf("blumberg")
	for _, name := range []string{id + ".md", id + ".en.md", id + ".json"} {
		text := string(h.read(h.config.Root + "/" + strings.Replace(name, ".en.", "."+string(h.config.Language.Other())+".", 1)))
		if !strings.Contains(text, "customer data") || !strings.Contains(text, "withheld-1") && !strings.HasSuffix(name, ".md") {
			t.Errorf("%s does not say what is withheld and why", name)
		}
		doc := []byte(text)
		if strings.HasSuffix(name, ".json") {
			d, err := postmortem.ParseJSON(doc)
			if err != nil {
				t.Fatal(err)
			}
			if own, err := d.Hash(); err != nil || d.Sealed.SHA256 != hash || d.Sealed.Redacted != own {
				t.Errorf("the seal names %s and %s, want %s and %s (%v)", d.Sealed.SHA256, d.Sealed.Redacted, hash, own, err)
			}
		}
	}
	v := h.visitor("vera", people.Viewer)
	r := h.visitor("rita", people.Responder)
	secret := digestOf([]byte(secretWhy))
	for _, path := range []string{
		"/incidents/" + id, "/postmortems/" + id, "/api/v1/incidents/" + id, "/api/v1/incidents/" + id + "/lint", "/api/v1/incidents/" + id + "/publication",
		"/incidents/" + id + "/document/md", "/incidents/" + id + "/document/json", "/incidents/" + id + "/document/html", "/postmortems/" + id + ".html",
	} {
		if status, page := v.get(path); status != http.StatusOK || strings.Contains(strings.ToLower(page), "blumberg") {
			t.Errorf("%s gives a viewer %d and the secret", path, status)
		}
	}
	if status, _ := v.get("/incidents/" + id + "/blobs/" + secret); status != http.StatusNotFound {
		t.Errorf("a viewer who asks for withheld evidence gets %d", status)
	}
	_, page := v.get("/incidents/" + id)
	v.wants(page, "This postmortem is restricted: customer data", "You read the published version")
	for _, path := range []string{"/incidents/" + id, "/api/v1/incidents/" + id, "/incidents/" + id + "/blobs/" + secret} {
		if status, page := r.get(path); status != http.StatusOK || !strings.Contains(page, "Blumberg") {
			t.Errorf("%s gives a responder %d without what is withheld from others", path, status)
		}
	}
	_, page = r.get("/postmortems/" + id)
	r.wants(page, "This version is redacted")
}

// TestRestrictedByDecision: a lead restricts what has been published, and it is published again so; lifting it again publishes the whole.
func TestRestrictedByDecision(t *testing.T) {
	t.Parallel()
	h, id, hash := restrictedHouse(t, func(*house) {})
	h.approve(id, hash)
	h.idle()
	published := func() string { return string(h.read(h.config.Root + "/" + id + ".md")) }
	if !strings.Contains(published(), "Blumberg") {
		t.Fatal("the whole was not published")
	}
	if h.everCommitted("blumberg") == "" {
		t.Fatal("git finds nothing in what was published whole")
	}
	l := h.visitor("lucy", people.Lead)
	if _, page := l.get("/incidents/" + id); !strings.Contains(page, `action="/incidents/`+id+`/restrict"`) {
		t.Fatal("a lead is not offered to restrict it")
	}
	if status, page := l.post("/incidents/"+id+"/restrict", map[string][]string{"sections": {"whys"}, "evidence": {postmortem.AllEvidence}, "reason": {"customer data"}}); status != http.StatusOK || !strings.Contains(page, "The restriction is recorded.") {
		t.Fatalf("restricting gives %d", status)
	}
	h.idle()
	if text := published(); strings.Contains(text, "Blumberg") || !strings.Contains(text, "customer data") {
		t.Errorf("restricted, the published document says\n%s", text)
	}
	manifest := string(h.read(evidenceDir(id) + "/manifest.json"))
	if strings.Contains(manifest, "blumberg") {
		t.Errorf("the manifest names withheld evidence: %s", manifest)
	}
	v, r := h.visitor("vera", people.Viewer), h.visitor("rita", people.Responder)
	for _, name := range []string{"", ".md", ".en.md", ".fr.md", ".json", ".html", ".pdf"} {
		if name == "."+string(h.config.Language)+".md" {
			continue // its name has no language
		}
		path := "/postmortems/" + id + name + "?revision=1"
		status, page := v.get(path)
		if text := readable(t, name, page); status != http.StatusOK || strings.Contains(text, "lumberg") || name != ".pdf" && !strings.Contains(text, "customer data") {
			t.Errorf("%s, published before the restriction, gives a viewer %d and the secret", path, status)
		}
		if status, page = r.get(path); status != http.StatusOK || !strings.Contains(readable(t, name, page), "Blumberg") {
			t.Errorf("%s gives a responder %d without what is withheld from others", path, status)
		}
	}
	h.do("lea", id, postmortem.Restrict{Restriction: postmortem.Restriction{Reason: "the customer agrees"}})
	h.idle()
	if text := published(); !strings.Contains(text, "Blumberg") || strings.Contains(text, "customer data") {
		t.Errorf("lifted, the published document says\n%s", text)
	}
}

// readable gives the text of a file of a postmortem; that of a PDF by poppler's pdftotext.
func readable(t *testing.T, name, content string) string {
	t.Helper()
	if name != ".pdf" {
		return content
	}
	c := exec.CommandContext(t.Context(), "pdftotext", "-", "-")
	c.Stdin = strings.NewReader(content)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return string(out)
}

// TestRestrictedEverywhere: no page, file, list or answer shows a viewer what is withheld, whatever the stage.
func TestRestrictedEverywhere(t *testing.T) {
	t.Parallel()
	h, id, hash := restrictedHouse(t, func(h *house) {
		h.config.Restricted = postmortem.RestrictPolicy{Severities: []pipeline.Severity{pipeline.S0, pipeline.S1, pipeline.S2, pipeline.S3}, Withhold: postmortem.Restriction{
			Reason: "customer data", Sections: []string{"whys", "actions", "causes", "rca"}, Evidence: []string{postmortem.AllEvidence}}}
	})
	h.do("lea", id, prevention.AddAction{Title: "Ask customer Blumberg for other pictures", Domain: postmortem.Data, Owner: h.as("lea").ID,
		Due: "2030-01-01", Impact: prevention.Large, Effort: prevention.Small})
	v, r := h.visitor("vera", people.Viewer), h.visitor("rita", people.Responder)
	own := "/incidents/" + id
	before := []string{
		"/incidents", own, own + "/live", own + "/analysis", own + "/pages", own + "/runbook", own + "/map/causes.svg", own + "/map/causes.mmd", own + "/map/causes.excalidraw",
		own + "/document/md", own + "/document/json", own + "/document/html", own + "/document/pdf", own + "/compare", own + "/test",
		"/actions", "/actions?all=1", "/actions.csv?all=1", "/postmortems", "/postmortems/feed.atom", "/clocks", "/clocks.csv", "/kpis", "/kpis.csv", "/findings", "/watch",
		"/api/v1/incidents", "/api/v1" + own, "/api/v1" + own + "/lint", "/api/v1" + own + "/publication", "/api/v1" + own + "/pages", "/api/v1" + own + "/runbook",
		"/api/v1" + own + "/comparison", "/api/v1/actions", "/api/v1/actions?all=true", "/api/v1/kpis", "/api/v1/watch",
	}
	look := func(paths []string) {
		for _, path := range paths {
			status, page := v.get(path)
			kind := ""
			if strings.HasSuffix(path, "pdf") && status == http.StatusOK {
				kind = ".pdf"
			}
			if status >= http.StatusInternalServerError || strings.Contains(strings.ToLower(readable(t, kind, page)), "blumberg") {
				t.Errorf("%s gives a viewer %d and the secret", path, status)
			}
		}
	}
	look(before)
	for _, path := range []string{"/actions", "/actions.csv", "/api/v1/actions", own, own + "/document/md"} {
		if _, page := r.get(path); !strings.Contains(page, "Blumberg") {
			t.Errorf("%s says nothing of it to a responder: the test looks at nothing", path)
		}
	}
	h.approve(id, hash)
	h.idle()
	if h.state(id).Publication == nil {
		t.Fatal("it was not published")
	}
	p := "/postmortems/" + id
	look(append(before, p, p+".md", p+".en.md", p+".fr.md", p+".json", p+".html", p+".pdf", p+"?revision=1", "/postmortems/reports.csv"))
}
