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
	if strings.Contains(body, "Le journal écrit ce brouillon") || !strings.Contains(body, "Ce que le journal dit de plus depuis (1 sections)") {
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
