package app

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/people"
)

// TestConsentForms: a lead records and changes a consent on the pages, without a script; what is refused keeps what was
// written, and a change that was written for an earlier state is refused.
func TestConsentForms(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	viewer, lead := h.visitor("vera", people.Viewer), h.visitor("lou", people.Lead)
	for _, path := range []string{"/consents/new", "/consents/C-none/change"} {
		if status, _ := viewer.get(path); status != http.StatusForbidden {
			t.Errorf("a viewer gets %d of %s", status, path)
		}
	}
	status, page := lead.get("/consents/new")
	if status != http.StatusOK || strings.Contains(page, "!consent") || strings.Contains(page, "!form") {
		t.Fatalf("the form is answered with %d", status)
	}
	labelled(t, page)
	if _, page := lead.get("/consents/new?lang=fr"); !strings.Contains(page, "Pièce et images") || !strings.Contains(page, "14 ans ou moins · AG-U14") {
		t.Error("the form is not in French")
	}
	lead.get("/consents/new?lang=en")
	form := url.Values{
		"name": {"Jane Zabriskie"}, "contact": {"jane@example.org"}, "aliases": {"Zabriskie, Jane\r\nJ. Z."}, "kind": {"model"}, "level": {"limited"},
		"consent_type": {"explicit"}, "uses": {"press, advertising"}, "channels": {""}, "territories": {"FR"}, "valid_until": {"2026-12-31"},
		"minor_age": {"AG-A16"}, "guardian_name": {"Ann Zabriskie"}, "paths": {"catalogue:jane/\r\ncatalogue:a/*.jpg"},
	}
	if status, page := lead.post("/consents", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "at least one channel") || !strings.Contains(page, "Ann Zabriskie") || !strings.Contains(page, `value="press, advertising"`) {
		t.Errorf("a form without a channel is answered with %d, and must keep what was written", status)
	}
	form.Set("channels", "web")
	if status, _ := viewer.post("/consents", form); status != http.StatusForbidden {
		t.Errorf("a viewer records a consent: %d", status)
	}
	if status, page := lead.post("/consents", form); status != http.StatusOK || !strings.Contains(page, "The consent is recorded.") {
		t.Fatalf("recording gives %d", status)
	}
	list, err := h.Consents(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("there are %d records, %v", len(list), err)
	}
	h.changeByForm(lead, list[0].ID)
}

// changeByForm prolongs a consent, takes its guardian away, and comes too late once.
func (h *house) changeByForm(lead *reader, id string) {
	h.t.Helper()
	c, err := h.Consent(h.t.Context(), h.as("lea"), id)
	if err != nil || c.Guardian == "" || !c.Minor() || c.ValidUntil.Format("2006-01-02") != "2027-01-01" ||
		!slices.Equal(c.Values.Aliases, []string{"J. Z.", "Zabriskie, Jane"}) || len(c.Values.Paths) != 2 || !slices.Equal(c.Uses, []string{"advertising", "press"}) {
		h.t.Fatalf("recorded is %+v, %+v, %v", c.State, c.Values, err)
	}
	at := "/consents/" + id + "/change"
	status, page := lead.get(at)
	seq := regexp.MustCompile(`name="seq" value="(\d+)"`).FindStringSubmatch(page)
	if status != http.StatusOK || seq == nil || !strings.Contains(page, `value="2026-12-31"`) || !strings.Contains(page, "Zabriskie, Jane") {
		h.t.Fatalf("the form (%d) does not show the record", status)
	}
	labelled(h.t, page)
	change := url.Values{"seq": {seq[1]}, "valid_until": {"2027-06-30"}, "guardian_name": {""}, "minor_age": {""}, "reason": {"she came of age"}}
	if status, page := lead.post(at, change); status != http.StatusOK || !strings.Contains(page, "she came of age") || !strings.Contains(page, "The consent is changed.") {
		h.t.Errorf("changing gives %d", status)
	}
	c, err = h.Consent(h.t.Context(), h.as("lea"), id)
	if err != nil || c.Guardian != "" || c.Minor() || c.ValidUntil.Format("2006-01-02") != "2027-07-01" || c.Changes != 1 || c.Values.Name != "Jane Zabriskie" || len(c.Uses) != 2 {
		h.t.Errorf("changed is %+v, %v", c.State, err)
	}
	if last := c.Trail[len(c.Trail)-1]; last.Type != consent.TypeChanged || !slices.Contains(last.Fields, "validUntil") {
		h.t.Errorf("the trail ends with %+v", last)
	}
	if status, page := lead.post(at, change); status != http.StatusConflict || !strings.Contains(page, "in the meantime") || !strings.Contains(page, "she came of age") {
		h.t.Errorf("a change of an earlier state is answered with %d", status)
	}
	if status, _ := lead.post(at, url.Values{"seq": {"x"}}); status != http.StatusBadRequest {
		h.t.Errorf("a form without the state that it shows: %d", status)
	}
}

// labelled demands a label for each control that is seen.
func labelled(t testing.TB, page string) {
	t.Helper()
	controls := regexp.MustCompile(`<(?:input type="(?:text|date)"|select|textarea) id="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(controls) < 20 {
		t.Errorf("the form has %d controls", len(controls))
	}
	for _, c := range controls {
		if !strings.Contains(page, `<label for="`+c[1]+`">`) {
			t.Errorf("%s has no label", c[1])
		}
	}
}

// TestConsentFormNamesItsFaults: what is refused is said once on top, with a link to each control, and beside the control;
// everything that was written stands in the form again, in view, and nothing is recorded.
func TestConsentFormNamesItsFaults(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	lead := h.visitor("lou", people.Lead)
	form := url.Values{
		"name": {"Jane <Zabriskie>"}, "contact": {"jane@example.org"}, "aliases": {"Zabriskie, Jane\r\nJ. Z."}, "kind": {"property"}, "level": {"limited"},
		"consent_type": {"implied"}, "uses": {"Big Ads, press"}, "channels": {""}, "territories": {"FR"}, "given_at": {"2025-01-02"}, "valid_until": {"31/12/2026"},
		"minor_age": {"AG-A16"}, "guardian_name": {"Ann Zabriskie"}, "language": {"français"}, "evidence_sha256": {"abc"}, "paths": {"jane/"}, "note": {"signed twice"},
	}
	for lang, words := range map[string][]string{
		"en": {"<title>Error: Record a consent", "Nothing is recorded. To put right: 6", "Channels: A limited consent names at least one channel"},
		"fr": {"<title>Erreur : Enregistrer un consentement", "Rien n’est enregistré. À corriger : 6", "Canaux : Un consentement limité nomme au moins un canal"},
	} {
		lead.get("/consents/new?lang=" + lang)
		status, page := lead.post("/consents", form)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%s: answered with %d", lang, status)
		}
		labelled(t, page)
		for _, want := range append(words, `role="alert" id="faults" tabindex="-1" autofocus`, `value="Jane <Zabriskie>"`, "Zabriskie, Jane\nJ. Z.", `<option value="property" selected>`,
			`<option value="implied" selected>`, `value="Big Ads, press"`, `<input type="date" id="consent-given_at" name="given_at" value="2025-01-02"`,
			`<input type="text" id="consent-valid_until" name="valid_until" value="31/12/2026"`, `<option value="AG-A16" selected>`, `value="Ann Zabriskie"`, `value="abc"`, ">\njane/<", ">\nsigned twice<") {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the form does not have %q", lang, want)
			}
		}
		for _, column := range []string{"uses", "channels", "valid_until", "language", "evidence_sha256", "paths"} {
			control := regexp.MustCompile(`<(?:input|textarea)[^>]* id="consent-` + column + `"[^>]*>`).FindString(page)
			if !strings.Contains(page, `<a href="#consent-`+column+`">`) || !strings.Contains(page, `<span class="fault" id="consent-`+column+`-fault">`) ||
				!strings.Contains(control, `aria-invalid="true"`) || !strings.Contains(control, "consent-"+column+"-fault") {
				t.Errorf("%s: the fault of %s is not said on top and beside it: %s", lang, column, control)
			}
		}
		if n := strings.Count(page, `aria-invalid="true"`); n != 6 || strings.Count(page, "<details open>") != 3 {
			t.Errorf("%s: %d controls are marked, and %d parts stand open", lang, n, strings.Count(page, "<details open>"))
		}
	}
	if list, err := h.Consents(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%d records, %v", len(list), err)
	}
}
