package web

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// turned is a name that is read from right to left from its middle on, as is what stands behind it.
const turned = "hat\u202egnp.1"

// loose gives the texts of a page that say a turned name outside of a bdi element, and how many say it within one.
func loose(t *testing.T, page string) (texts []string, kept int) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(n *html.Node, isolated bool)
	walk = func(n *html.Node, isolated bool) {
		// Titles and options take no elements, and stand alone.
		isolated = isolated || n.Type == html.ElementNode && (n.Data == "bdi" || n.Data == "title" || n.Data == "option")
		if n.Type == html.TextNode && strings.Contains(n.Data, "\u202e") {
			if kept++; !isolated {
				kept--
				texts = append(texts, n.Parent.Data+": "+n.Data)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, isolated)
		}
	}
	walk(root, false)
	return texts, kept
}

// TestNamesTurnNoText: what somebody chose for a name turns nothing of the page around it.
func TestNamesTurnNoText(t *testing.T) {
	t.Parallel()
	pages, err := parsedPages()
	if err != nil {
		t.Fatal(err)
	}
	f, at := frame{Lang: phrase.English, Now: night()}, night()
	item := quarantine.Item{
		Held: quarantine.Held{Pipeline: "catalogue", Path: turned, Findings: []quarantine.Finding{{Kind: "personal", Fields: []string{turned}, Reasons: []string{turned}}}},
		ID:   "Q-2025-09-27-01", HeldAt: at, Status: quarantine.StatusHeld, Problem: turned, Reason: turned, DecidedAt: &at, EndedAt: &at,
	}
	row := heldRow{item, "personal data"}
	told := heldTeller{f.Lang, HeldItem{Item: item}, f.Time}
	listed := ListedConsent{consent.State{ID: "C-2025-09-27-01", Terms: consent.Terms{Kind: consent.Model, Level: consent.Refused, GivenAt: at}}, consent.Denied}
	line := consentRowOf(f, listed, turned)
	for page, c := range map[string]struct {
		data any
		kept int
	}{
		"quarantine": {quarantineModel{frame: f, Held: []heldRow{row}, Past: []heldRow{row}}, 4},
		"held":       {heldModel{frame: f, I: HeldItem{Item: item, Effects: []Effect{{Kind: quarantine.EffectMove, State: "failed", LastError: turned}}}, Course: []string{told.decision("Ana")}}, 6},
		"findings": {findingsModel{frame: f, Images: findingViews(f, []ListedFinding{{
			Pipeline: "catalogue", Path: turned, Breach: measure.Breach{Kind: pipeline.PersonalData, Fields: []string{turned}},
		}})}, 2},
		"consents": {consentsModel{frame: f, Parts: []consentPart{{ID: "over", Title: "Over", Rows: []consentRow{line}}}}, 1},
		"consent": {consentModel{frame: f, C: ConsentCase{ListedConsent: listed}, Row: line, Keeps: true, Values: ConsentValuesOf(f.Lang, consent.Values{Name: turned, Note: turned}),
			Trail: []trailLine{{What: "revoked", Reason: turned}}}, 4},
	} {
		var b bytes.Buffer
		if err := pages[page].ExecuteTemplate(&b, "page", c.data); err != nil {
			t.Fatal(err)
		}
		if texts, kept := loose(t, b.String()); len(texts) > 0 || kept != c.kept {
			t.Errorf("%s: %q are loose, %d texts are isolated, want %d", page, texts, kept, c.kept)
		}
	}
}

// TestNamesOfIncidentTurnNoText is the same for the pages of incidents, by the way that names come there.
func TestNamesOfIncidentTurnNoText(t *testing.T) {
	t.Parallel()
	m := newMemory(t)
	site := open(t, m)
	ana := site.as("ana")
	if r := ana.form("/incidents/new", "/incidents", map[string][]string{"title": {turned}, "pipeline": {"catalogue"}, "severity": {"S1"}}); r.status != 303 {
		t.Fatalf("declare: %d", r.status)
	}
	m.do(time.Minute, "ana", incident.FileImpact{Impact: incident.Impact{Checked: 1, Affected: 1, Method: "by eye", Images: []incident.ImageProof{{Path: turned}}}})
	m.do(2*time.Minute, "paul", postmortem.AddEvidence{EvidenceFields: postmortem.EvidenceFields{
		Path: turned, SHA256: m.keep([]byte("x")), Size: 1, Kind: postmortem.Image, Source: turned,
	}})
	ana.act("note", "text", turned)
	for path, want := range map[string]int{"/incidents": 1, "/incidents/" + theIncident: 5} {
		if texts, kept := loose(t, ana.get(path).body); len(texts) > 0 || kept < want {
			t.Errorf("%s: %q are loose, %d texts are isolated, want %d or more", path, texts, kept, want)
		}
	}
}
