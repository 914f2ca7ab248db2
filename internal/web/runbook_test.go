package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

const theRunbook = "/incidents/" + theIncident + "/runbook"

// TestRunbookPage: the page says which step is next and what will happen, has one button, and folds what is done.
func TestRunbookPage(t *testing.T) {
	t.Parallel()
	m := tell(t, detected)
	site := open(t, m)
	ana := site.as("ana")
	page := ana.get(theRunbook).body
	for _, want := range []string{"Étape 1 sur 9", "à faire avant 04:17 UTC", "Prendre l’incident en charge", "/acknowledge", "Le runbook de l’alerte, ailleurs", "https://runbooks/ui/color-drift"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := strings.Count(page, "primary wide"); n != 1 {
		t.Errorf("the page has %d first buttons, want one", n)
	}
	if r := ana.act("acknowledge", "then", "runbook"); r.header.Get("Location") != theRunbook {
		t.Fatalf("acknowledging leads to %s", r.header.Get("Location"))
	}
	m.settle()
	page = ana.get(theRunbook).body
	if !strings.Contains(page, "Étape 2 sur 9") || !strings.Contains(page, "Regarder maintenant") || !strings.Contains(page, "04:13 UTC · Ana Lopez") {
		t.Error("what is acknowledged is not done by that")
	}
	live := ana.get(theRunbook + "/live").body
	if strings.Contains(live, "<html") || !strings.Contains(live, "Étape 2 sur 9") {
		t.Error("the live part is no part of the page")
	}
}

// TestRunbookOthers: the other kinds of steps, in both languages.
func TestRunbookOthers(t *testing.T) {
	t.Parallel()
	m := withHouse(t)
	site := open(t, m)
	ana := site.as("ana")
	ana.act("acknowledge")
	page := ana.get(theRunbook).body
	for _, want := range []string{"Étape 2 sur 4", "/usr/local/bin/rebuild --all &#34;a b&#34;", "60 s au plus", "Exécuter cette commande", "Appeler l’agence"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if page := site.as("vic").get(theRunbook).body; strings.Contains(page, "/run-step") || !strings.Contains(page, "Votre rôle ne permet pas cette étape.") {
		t.Error("a viewer is offered a step")
	}
	if r := site.as("vic").act("run-step", "step", "rebuild", "run", "1"); r.status != http.StatusForbidden {
		t.Errorf("a viewer runs a command: %d", r.status)
	}
	if r := ana.act("skip-step", "step", "call", "reason", "closed at night", "then", "runbook"); r.status != http.StatusSeeOther {
		t.Errorf("skipping gives %d %s", r.status, sentence(r.body))
	}
	for range 2 { // two people at once
		if r := ana.act("run-step", "step", "rebuild", "run", "1", "then", "runbook"); r.status != http.StatusSeeOther {
			t.Fatalf("running gives %d %s", r.status, sentence(r.body))
		}
	}
	if page := ana.get(theRunbook + "?lang=en").body; !strings.Contains(page, "Under way.") || strings.Contains(page, "Run this command") {
		t.Error("what runs can be run again")
	}
	evil := "<script>alert(1)</script>"
	m.end("rebuild", incident.StepEnded{
		Outcome: incident.StepFailed, Says: []phrase.Sentence{phrase.Of("runbook.says.exit.bad", 3, 1.5)},
		Output: &incident.StepOutput{Text: evil, Bytes: 5000, SHA256: m.keep([]byte(evil)), Kept: 25},
	})
	page = ana.get(theRunbook + "?lang=en").body
	for _, want := range []string{"the command ended with exit code 3 in 1.50 s", "&lt;script&gt;alert(1)", "What the command wrote: 5,000 bytes", "Run it another time", `name="run" value="2"`, "It is done otherwise"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, evil) {
		t.Error("what a command wrote is taken for HTML")
	}
	blob := ana.get("/incidents/" + theIncident + "/blobs/" + m.keep([]byte(evil)))
	if blob.status != http.StatusOK || strings.HasPrefix(blob.header.Get("Content-Type"), "text/html") {
		t.Errorf("the whole output is served as %d %s", blob.status, blob.header.Get("Content-Type"))
	}
	for lang, want := range map[string]string{
		"fr": "Runbook, échoué : Refaire les dérivés : la commande s’est terminée avec le code 3 en 1,50 s",
		"en": "Runbook, step skipped: Call the agency (closed at night)",
	} {
		if page := ana.get("/incidents/" + theIncident + "?lang=" + lang).body; !strings.Contains(page, want) {
			t.Errorf("the timeline does not say %q", want)
		}
	}
}

// TestRunbookLate: what is not done in its time says so.
func TestRunbookLate(t *testing.T) {
	t.Parallel()
	m := tell(t, acknowledged)
	m.now = night().Add(20 * time.Minute)
	page := open(t, m).as("ana").get(theRunbook).body
	if !strings.Contains(page, "en retard : c’était pour 04:17 UTC") || !strings.Contains(page, `class="step-open late"`) {
		t.Error("the page does not say that a step is late")
	}
}

// TestRunbooksPages: what is configured can be read while nothing burns.
func TestRunbooksPages(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, calm))
	vic := site.as("vic")
	if page := vic.get("/runbooks").body; !strings.Contains(page, "Les 30 premières minutes") || !strings.Contains(page, "Pipelines : catalogue") {
		t.Error("the list does not name the runbooks")
	}
	for _, l := range phrase.Langs() {
		page := vic.get("/runbooks/colour-drift?lang=" + string(l)).body
		for _, problem := range faults(t, page, l) {
			t.Error(problem)
		}
		if !strings.Contains(page, "/usr/local/bin/rebuild") {
			t.Error("the page does not show the command")
		}
	}
	if r := vic.get("/runbooks/none"); r.status != http.StatusNotFound {
		t.Errorf("a runbook that is none gives %d", r.status)
	}
}

// TestRunbookAPI is the same for machines.
func TestRunbookAPI(t *testing.T) {
	t.Parallel()
	site := open(t, withHouse(t))
	ana := site.as("")
	ana.header.Set("Authorization", "Bearer token-of-ana")
	post := func(verb, body string) reply {
		return ana.send(http.MethodPost, "/api/v1/incidents/"+theIncident+"/"+verb, strings.NewReader(body), "application/json")
	}
	if r := post("run-step", `{"step":"rebuild","command":["/bin/sh"]}`); r.status < 400 {
		t.Error("a request names the command")
	}
	for _, c := range []struct {
		verb, body string
		want       int
	}{
		{"run-step", `{"step":"none"}`, http.StatusNotFound},
		{"run-step", `{"step":"call"}`, http.StatusUnprocessableEntity},
		{"finish-step", `{"step":"call","note":"they answered"}`, http.StatusOK},
		{"skip-step", `{"step":"rebuild"}`, http.StatusUnprocessableEntity},
		{"run-step", `{"step":"rebuild"}`, http.StatusOK},
	} {
		if r := post(c.verb, c.body); r.status != c.want && !(c.want == http.StatusOK && r.status == http.StatusNoContent) {
			t.Errorf("%s %s gives %d %s, want %d", c.verb, c.body, r.status, r.body, c.want)
		}
	}
	got := ana.get("/api/v1/incidents/" + theIncident + "/runbook").body
	for _, want := range []string{`"next":"take"`, `"status":"running"`, `"note":"they answered"`, `"within":"5-15"`} {
		if !strings.Contains(got, want) {
			t.Errorf("the answer does not hold %s: %s", want, got)
		}
	}
	if got := ana.get("/api/v1/runbooks").body; !strings.Contains(got, `"builtIn":true`) {
		t.Errorf("the list is %s", got)
	}
}

// withHouse is an incident with the runbook of the house.
func withHouse(t *testing.T) *memory {
	t.Helper()
	m := newMemory(t)
	book := house()
	_, err := m.open(people.Monitor(), incident.Opened{
		Severity: pipeline.S1, Pipeline: "catalogue", Routes: []string{"shop"}, Rule: "deltaE-spike", Title: "Dérive couleur marque (catalogue)",
		Policy: pipeline.DefaultPolicies()[pipeline.S1], OnCall: "u-oncall", Lead: "u-lead", Steps: &book,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// end records how a run of a step ended.
func (m *memory) end(step string, ended incident.StepEnded) {
	m.t.Helper()
	ended.Step, ended.Run = step, 1
	if err := m.Do(context.Background(), people.Monitor(), theIncident, incident.RecordStep{StepEnded: ended}); err != nil {
		m.t.Fatal(err)
	}
}
