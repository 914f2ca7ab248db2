package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/postmortem"
)

// TestTheJournalWritesTheDraft reads the draft while the incident burns, edits it later, and takes in what the journal says since.
func TestTheJournalWritesTheDraft(t *testing.T) {
	t.Parallel()
	m := tell(t, contained)
	paul := open(t, m).as("paul")
	page := "/incidents/" + theIncident
	body := paul.get(page).body
	if !strings.Contains(body, "Le journal écrit ce brouillon") || !strings.Contains(body, "L’astreinte stoppe la diffusion via règle CDN") {
		t.Fatal("the draft is not there before anybody asked for it")
	}
	gauge(m)
	analyse(m)
	body = paul.get(page).body
	if !strings.Contains(body, "Documenter les étapes de revue") {
		t.Fatal("the draft does not follow the journal")
	}
	if n := m.revisions(); n != 0 {
		t.Fatalf("%d revisions are in the journal before anybody kept one, want none", n)
	}
	edit := formsOf(t, body)[page+"/edit-postmortem"]
	edit.Set("markdown", strings.Replace(edit.Get("markdown"), "Documenter les étapes de revue", "Documenter chaque étape de revue", 1))
	// While she writes the journal goes on: what comes meanwhile is not lost.
	m.do(36*time.Minute, "paul", postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: "Prévenir la marque plus tôt"}})
	if r := paul.form(page, page+"/edit-postmortem", edit); r.status != http.StatusSeeOther {
		t.Fatalf("edit: %d %s", r.status, sentence(r.body))
	}
	body = paul.get(page).body
	if strings.Contains(body, "Le journal écrit ce brouillon") || !strings.Contains(body, "Ce que le journal dit de plus depuis (sections : 1)") {
		t.Fatal("after the edit the page does not say what the journal has for it")
	}
	for _, problem := range faults(t, body, "fr") {
		t.Error(problem)
	}
	if vic := open(t, m).as("vic").get(page).body; !strings.Contains(vic, "Ce que le journal dit de plus") || len(formsOf(t, vic)) > 1 {
		t.Error("a viewer does not read the news, or has a form for them")
	}
	news := formsOf(t, body)[page+"/take-in"]
	if r := paul.form(page, page+"/take-in", news); r.status != http.StatusSeeOther {
		t.Fatalf("take in: %d %s", r.status, sentence(r.body))
	}
	body = paul.get(page).body
	for _, want := range []string{"Documenter chaque étape de revue", "Prévenir la marque plus tôt"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not in the document", want)
		}
	}
	if strings.Contains(body, "Ce que le journal dit de plus") {
		t.Error("what was taken in is offered again")
	}
	if n := m.revisions(); n != 2 {
		t.Errorf("%d revisions are in the journal, want 2: the edit and what was taken in", n)
	}
}

// TestADraftThatNobodyEditedIsSubmittedAsItIsRead submits what the page shows, without keeping it by hand first.
func TestADraftThatNobodyEditedIsSubmittedAsItIsRead(t *testing.T) {
	t.Parallel()
	m := tell(t, drafted)
	m.do(5*time.Hour+time.Minute, "paul", postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: "Prévenir la marque plus tôt"}})
	paul := open(t, m).as("paul")
	page := "/incidents/" + theIncident
	read := formsOf(t, paul.get(page).body)[page+"/submit"]
	m.do(5*time.Hour+2*time.Minute, "paul", postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: "Et le studio"}})
	if r := paul.form(page, page+"/submit", read); r.status != http.StatusConflict {
		t.Errorf("submitting what is no longer what was read: %d, want 409", r.status)
	}
	read = formsOf(t, paul.get(page).body)[page+"/submit"]
	if r := paul.form(page, page+"/submit", read); r.status != http.StatusSeeOther {
		t.Fatalf("submit: %d %s", r.status, sentence(r.body))
	}
	c, err := m.Case(t.Context(), theIncident)
	if err != nil || c.Analysis.Stage() != postmortem.StageSubmitted || c.Analysis.Revision != 2 || len(c.Analysis.Document.Lessons) != 3 {
		t.Errorf("%s, revision %d, %d lessons, %v; want submitted, 2, 3", c.Analysis.Stage(), c.Analysis.Revision, len(c.Analysis.Document.Lessons), err)
	}
}

// revisions counts the revisions in the journal.
func (m *memory) revisions() (n int) {
	for _, e := range m.streams[theIncident] {
		if e.Type == postmortem.TypeDrafted || e.Type == postmortem.TypeEdited {
			n++
		}
	}
	return n
}

// TestTheDocumentIsHandedOut gives the document in each of its forms, while the journal writes it and when it is published.
func TestTheDocumentIsHandedOut(t *testing.T) {
	t.Parallel()
	vic := open(t, tell(t, analysed)).as("vic")
	for format, want := range map[string][2]string{
		"pdf": {"application/pdf", "%PDF-"}, "html": {"text/html; charset=utf-8", "<!DOCTYPE html>"},
		"md": {"text/markdown; charset=utf-8", "# Incident " + theIncident}, "json": {"application/json", "{\n  \"schema\""},
	} {
		r := vic.get("/incidents/" + theIncident + "/document/" + format)
		if r.status != http.StatusOK || r.header.Get("Content-Type") != want[0] || !strings.HasPrefix(r.body, want[1]) {
			t.Errorf("%s: %d %s %.20q, want 200 %s %q", format, r.status, r.header.Get("Content-Type"), r.body, want[0], want[1])
		}
		if d := r.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") || !strings.Contains(d, theIncident+".fr."+format) {
			t.Errorf("%s is handed out as %q", format, d)
		}
	}
	if html := vic.get("/incidents/" + theIncident + "/document/html").body; strings.Count(html, "data:image/jpeg;base64,") != 3 {
		t.Error("the worst image is not in the page, with its reference and its heat map")
	}
	if r := vic.get("/incidents/" + theIncident + "/document/docx"); r.status != http.StatusUnprocessableEntity {
		t.Errorf("another format: %d, want 422", r.status)
	}
}

// TestThePageSaysWhatIsLeft reads the status of the publication as the incident goes on.
func TestThePageSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	for at, want := range map[chapter][]string{
		contained: {"Relire et compléter le brouillon que le journal tient", "Approuver : marque", "Béa Roy", "Approuver : SRE", "Publication :"},
		submitted: {"Document écrit, révision 1", "à faire · Béa Roy", "à faire · Sam Keller"},
		published: {"fait · Béa Roy", "Publier dans le référentiel"},
	} {
		body := open(t, tell(t, at)).as("paul").get("/incidents/" + theIncident).body
		for _, text := range want {
			if !strings.Contains(body, text) {
				t.Errorf("chapter %d does not say %q", at, text)
			}
		}
	}
}

// TestLintOnThePage shows what is wrong with the words, and takes a reason.
func TestLintOnThePage(t *testing.T) {
	t.Parallel()
	m := tell(t, drafted)
	paul := open(t, m).as("paul")
	page := "/incidents/" + theIncident
	edit := formsOf(t, paul.get(page).body)[page+"/edit-postmortem"]
	edit.Set("markdown", strings.Replace(edit.Get("markdown"), "Documenter les étapes de revue", "Erreur humaine de Paul Martin", 1))
	if r := paul.form(page, page+"/edit-postmortem", edit); r.status != http.StatusSeeOther {
		t.Fatalf("edit: %d %s", r.status, sentence(r.body))
	}
	c, err := m.Case(t.Context(), theIncident)
	if err != nil {
		t.Fatal(err)
	}
	d, err := m.Document(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	pin := ""
	for _, p := range d.Problems {
		if p.Rule == postmortem.RuleJudgement {
			pin = p.Pin
		}
	}
	body := paul.get(page).body
	if pin == "" || !strings.Contains(body, "« Erreur humaine » juge des personnes") || !strings.Contains(body, "Un jugement arrête l’analyse") {
		t.Fatalf("the page does not say what is wrong with the words (%q)", pin)
	}
	if r := paul.form(page, page+"/overrule-problem", map[string][]string{"pin": {pin}, "reason": {"le mot du client"}}); r.status != http.StatusSeeOther {
		t.Fatalf("overrule: %d %s", r.status, sentence(r.body))
	}
	if bea := open(t, m).as("bea").get(page).body; !strings.Contains(bea, "le mot du client") {
		t.Error("the board does not read why the problem was overruled")
	}
	for _, problem := range faults(t, paul.get(page).body, "fr") {
		t.Error(problem)
	}
}
