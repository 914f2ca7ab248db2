package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// formsOf lists the forms of a page by action, with the values they would send.
func formsOf(t *testing.T, page string) map[string]url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]url.Values{}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" {
			values := url.Values{}
			for c := range n.Descendants() {
				fill(values, c)
			}
			list[attr(n, "action")] = values
		}
	}
	return list
}

// fill gives a control the value that a person might: its own, the first choice, or a word.
func fill(values url.Values, n *html.Node) {
	name := attr(n, "name")
	switch {
	case name == "" || n.Type != html.ElementNode:
	case n.Data == "input" && attr(n, "type") == "date":
		values.Set(name, "2025-10-01")
	case name == "proof" && attr(n, "type") != "hidden":
		values.Set(name, "https://example.org/merged/1")
	case n.Data == "input" && attr(n, "value") != "":
		values.Set(name, attr(n, "value"))
	case n.Data == "select" && n.FirstChild != nil && attr(n, "multiple") == "":
		for o := range n.Descendants() {
			if o.Data == "option" {
				values.Set(name, attr(o, "value"))
			}
		}
	case n.Data == "input" || n.Data == "textarea" && n.FirstChild == nil:
		values.Set(name, "mot")
	case n.Data == "textarea":
		values.Set(name, n.FirstChild.Data)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			if a.Val == "" {
				return key
			}
			return a.Val
		}
	}
	return ""
}

// TestNobodySeesAButtonThatRefuses presses every button of the page of the
// incident, in every chapter, as every person: none may answer that the role
// does not allow it or that the state forbids it.
func TestNobodySeesAButtonThatRefuses(t *testing.T) {
	t.Parallel()
	for at := detected; at <= closed; at++ {
		for _, p := range testPeople() {
			t.Run(string(p.Role)+string(p.Domain)+string(rune('0'+at)), func(t *testing.T) {
				t.Parallel()
				page := "/incidents/" + theIncident
				shown := formsOf(t, open(t, tell(t, at)).as(p.Login).get(page).body)
				for action := range shown {
					if action == "/sign-out" || strings.HasSuffix(action, "/evidence") || strings.HasSuffix(action, "/redact-evidence") { // these take files
						continue
					}
					t.Run(action, func(t *testing.T) { // a world of its own for each button, gone after it
						b := open(t, tell(t, at)).as(p.Login)
						r := b.form(page, action, formsOf(t, b.get(page).body)[action])
						if r.status != http.StatusSeeOther {
							t.Errorf("answers %d: %s", r.status, sentence(r.body))
						}
					})
				}
			})
		}
	}
}

// TestNoButtonOfTheAnalysisRefuses is the same for the workspace of the analysis: all that is filled in by choosing is taken.
func TestNoButtonOfTheAnalysisRefuses(t *testing.T) {
	t.Parallel()
	for at := detected; at <= closed; at += 3 { // a world of its own for each button takes its time
		for _, login := range []string{"ana", "paul"} {
			for _, page := range []string{"/incidents/" + theIncident + "/analysis?suggest", "/incidents/" + theIncident + "/test?hypothesis=H1&attribute=lut%3Dv8"} {
				shown := formsOf(t, open(t, tell(t, at)).as(login).get(page).body)
				for action, form := range shown {
					if action == "/sign-out" || strings.HasSuffix(action, "/map") || strings.HasSuffix(action, "/test") {
						continue
					}
					if form.Has("url") {
						form.Set("url", "https://miro.com/x")
						form.Del("snapshot")
					}
					t.Run(fmt.Sprintf("%s in chapter %d: %s", login, at, action), func(t *testing.T) {
						b := open(t, tell(t, at)).as(login)
						if r := b.form(page, action, form); r.status != http.StatusSeeOther {
							t.Errorf("on %s: answers %d: %s", page, r.status, sentence(r.body))
						}
					})
				}
			}
		}
	}
}

// sentence cuts the sentence out of the page of an error.
func sentence(page string) string {
	_, rest, _ := strings.Cut(page, `role="alert">`)
	text, _, _ := strings.Cut(rest, "<a class")
	return strings.Join(strings.Fields(text), " ")
}

func TestViewersHaveNoForms(t *testing.T) {
	t.Parallel()
	for at := detected; at <= closed; at++ {
		b := open(t, tell(t, at)).as("vic")
		for _, page := range []string{"", "/analysis", "/test"} {
			for action := range formsOf(t, b.get("/incidents/"+theIncident+page).body) {
				if action != "/sign-out" {
					t.Errorf("chapter %d shows a viewer the form %s", at, action)
				}
			}
		}
	}
}

// TestEveryFormHasItsPlace: a form that no page shows would be dead, one that
// no table knows would be a page that is not found.
func TestEveryFormHasItsPlace(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for at := detected; at <= closed; at++ {
		m := tell(t, at)
		site := open(t, m)
		for _, p := range testPeople() {
			b := site.as(p.Login)
			for _, at := range []string{"", "/contain", "/contain?what=images&over=yes", "/contain?what=back", "/contain?what=purge", "/contain?what=no-store", "/runbook", "/analysis", "/test", "//lessons"} {
				path := "/incidents/" + theIncident + at
				if strings.HasPrefix(at, "//") {
					path = at[1:] // a page of all incidents
				}
				for action := range formsOf(t, b.get(path).body) {
					if verb := action[strings.LastIndexByte(action, '/')+1:]; verb != "contain" && verb != "test" && verb != "map" { // those ask, or bring a file
						shown[verb] = true
					}
				}
			}
		}
	}
	for verb := range forms() {
		// These need a state that the reference incident does not pass through.
		if !shown[verb] && verb != "reopen-action" && verb != "confirm-action" && verb != "doubt-action" && verb != "integrate-lesson" && verb != "resume-clock" && verb != "take-in" && verb != "approve-mitigation" && verb != "disable-routes" && verb != "set-gap" && verb != "close-gap" && verb != "unlink-action" && verb != "resolve-conflict" {
			t.Errorf("no page shows the form %s", verb)
		}
		delete(shown, verb)
	}
	for _, verb := range []string{"sign-out", "evidence", "redact-evidence", "edit-postmortem"} {
		delete(shown, verb)
	}
	for verb := range shown {
		t.Errorf("a page shows the form %s, which no table knows", verb)
	}
}

func TestRepeatedFormsAreHarmless(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, acknowledged))
	ana := site.as("ana")
	for range 2 {
		if r := ana.act("disable-route", "route", "shop"); r.status != http.StatusSeeOther {
			t.Fatalf("disable the route: %d %s", r.status, sentence(r.body))
		}
	}
	c, err := site.service.Case(context.Background(), theIncident)
	if err != nil || len(c.Incident.Mitigations) != 1 {
		t.Errorf("pressing twice gave %d mitigations, %v, want 1", len(c.Incident.Mitigations), err)
	}
	if r := ana.act("acknowledge"); r.status != http.StatusSeeOther {
		t.Errorf("acknowledging again got %d, want it harmless", r.status)
	}
}

func TestFlashIsShownOnce(t *testing.T) {
	t.Parallel()
	b := open(t, tell(t, detected)).as("ana")
	to := b.act("acknowledge").header.Get("Location")
	const flash = "Vous avez pris l’incident en charge."
	if !strings.Contains(b.get(to).body, flash) {
		t.Error("the page after the form does not say that it is done")
	}
	if strings.Contains(b.get(to).body, flash) {
		t.Error("the message stands there a second time")
	}
}

func TestEditConflictLosesNothing(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, submitted))
	paul, rita := site.as("paul"), site.as("root")
	page := "/incidents/" + theIncident
	mine, theirs := formsOf(t, paul.get(page).body)[page+"/edit-postmortem"], formsOf(t, rita.get(page).body)[page+"/edit-postmortem"]
	theirs.Set("markdown", theirs.Get("markdown")+"\r\n## Anhang\r\nvon Rita\r\n")
	mine.Set("markdown", mine.Get("markdown")+"\n## Annexe\nde Paul & <b>\n")
	if r := rita.form(page, page+"/edit-postmortem", theirs); r.status != http.StatusSeeOther {
		t.Fatalf("first edit: %d %s", r.status, sentence(r.body))
	}
	r := paul.form(page, page+"/edit-postmortem", mine)
	if r.status != http.StatusConflict || !strings.Contains(r.body, "de Paul &amp; &lt;b&gt;") || !strings.Contains(r.body, "von Rita") || !strings.Contains(r.body, "Rita Adam") {
		t.Fatalf("the second edit got %d and does not show both texts", r.status)
	}
	merged := formsOf(t, r.body)[page+"/edit-postmortem"]
	if merged.Get("based") != "2" {
		t.Errorf("the merged text is based on revision %s, want 2", merged.Get("based"))
	}
	for _, problem := range faults(t, r.body, "fr") {
		t.Error(problem)
	}
	if r := paul.form(page, page+"/edit-postmortem", merged); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "de Paul &amp; &lt;b&gt;") {
		t.Errorf("with the marks of the conflict in it: %d, want 422 and the text kept", r.status)
	}
	both := strings.NewReplacer("\r", "", "<<<<<<< Votre texte\n", "", "=======\n", "", ">>>>>>> Révision 2 enregistrée\n", "").Replace(merged.Get("markdown"))
	if !strings.Contains(both, "## Annexe\nde Paul & <b>\n\n## Anhang\nvon Rita\n") {
		t.Errorf("the merged text does not hold both additions: %q", both[max(0, len(both)-200):])
	}
	merged.Set("markdown", both)
	if r := paul.form(page, page+"/edit-postmortem", merged); r.status != http.StatusSeeOther {
		t.Errorf("saving the merged text: %d %s", r.status, sentence(r.body))
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	b := open(t, tell(t, calm)).as("ana")
	if !strings.Contains(b.get("/incidents").body, "En cours") {
		t.Error("a French browser does not get French")
	}
	if !strings.Contains(b.get("/incidents?lang=en").body, "Nothing is open") {
		t.Error("?lang=en does not give English")
	}
	if !strings.Contains(b.get("/incidents").body, "Nothing is open") {
		t.Error("the chosen language is not remembered")
	}
	b.get("/incidents?lang=xx")
	if !strings.Contains(b.get("/incidents").body, "Nothing is open") {
		t.Error("an unknown language changed the chosen one")
	}
}

func TestLivePart(t *testing.T) {
	t.Parallel()
	site := open(t, tell(t, detected))
	ana := site.as("ana")
	state := func(part string) string {
		_, rest, _ := strings.Cut(part, `data-state="`)
		s, _, _ := strings.Cut(rest, `"`)
		return s
	}
	page, part := ana.get("/incidents/"+theIncident).body, ana.get("/incidents/"+theIncident+"/live").body
	if state(page) == "" || state(page) != state(part) || strings.Contains(part, "<html") {
		t.Error("the live part is not the part of the page")
	}
	ana.act("acknowledge")
	if state(ana.get("/incidents/"+theIncident+"/live").body) == state(part) {
		t.Error("an acknowledgement does not change the state of the live part")
	}
	site.service.replayed = false
	if live := ana.get("/incidents/" + theIncident + "/live").body; !strings.Contains(live, "data-due=") {
		t.Error("no clock counts although the night is not replayed")
	}
	if strings.Contains(part, "data-due=") {
		t.Error("a clock counts in a replayed night")
	}
}

func TestPublishedFiles(t *testing.T) {
	t.Parallel()
	b := open(t, tell(t, published)).as("vic")
	for name, kind := range map[string]string{
		theIncident + ".md": "text/markdown; charset=utf-8", theIncident + ".en.md": "text/markdown; charset=utf-8",
		theIncident + ".json": "application/json", "reports.csv": "text/csv; charset=utf-8",
	} {
		if r := b.get("/postmortems/" + name); r.status != http.StatusOK || r.header.Get("Content-Type") != kind || r.body == "" {
			t.Errorf("%s: %d %q, want 200 %q", name, r.status, r.header.Get("Content-Type"), kind)
		}
	}
	for _, name := range []string{"..%2F..%2Fsafelight.yaml", "PM-2025-09-27-01.docx", "x.md", ".git"} {
		if r := b.get("/postmortems/" + name); r.status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", name, r.status)
		}
	}
	if r := b.get("/kpis.csv"); !strings.HasPrefix(r.body, "at,kpi,value,unit,n,open,definition,of,") {
		t.Errorf("kpis.csv begins with %.50q", r.body)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	b := open(t, tell(t, calm)).as("ana")
	r := b.send(http.MethodDelete, "/incidents", nil, "")
	if r.status != http.StatusMethodNotAllowed || !strings.Contains(r.header.Get("Allow"), "GET") {
		t.Errorf("DELETE got %d, Allow %q, want 405 with what is allowed", r.status, r.header.Get("Allow"))
	}
}
