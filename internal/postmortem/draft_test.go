package postmortem

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

func TestBareDraftIsValidInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, s := range []pipeline.Severity{pipeline.S0, pipeline.S1, pipeline.S2, pipeline.S3} {
		for _, lang := range phrase.Langs() {
			w := newWorld(t, s)
			d := Draft(DraftInput{Lang: lang, Incident: w.inc, Postmortem: w.pm, Entries: w.entries})
			if err := d.Validate(); err != nil {
				t.Errorf("%s in %s: %v", s, lang, err)
			}
			if strings.Contains(string(d.Markdown(lang))+string(d.Markdown(lang.Other())), "!") {
				t.Errorf("%s in %s: a sentence is missing in\n%s", s, lang, d.Markdown(lang.Other()))
			}
		}
	}
	for _, lang := range phrase.Langs() {
		if err := Template(lang).Validate(); err != nil {
			t.Errorf("template in %s: %v", lang, err)
		}
	}
}

func TestDraftKeepsAwkwardTextOnItsLine(t *testing.T) {
	t.Parallel()
	w := analysed(t)
	awkward := "a\r\n## Timeline | b, c — @x — 2025-10-01 \x00 " + strings.Repeat("é", 50)
	w.do(onCall, SetCause{CauseFields{Kind: Contributing, Domain: Data, Text: awkward}})
	w.do(onCall, SetCause{CauseFields{Kind: Direct, Domain: Data, Text: awkward}})
	w.do(onCall, AddLesson{LessonFields{Text: awkward}})
	w.do(onCall, SetWhy{WhyFields{Level: 3, Answer: awkward, Stop: awkward}})
	w.do(onCall, StateHypothesis{HypothesisFields{Text: awkward, Cause: "C1", RefutedIf: awkward}})
	w.do(onCall, RecordTest{TestFields{Hypothesis: "H2", Method: awkward, Result: Inconclusive, Missing: awkward, Text: awkward, Numbers: []Number{{awkward, -0.00000001, awkward}}}})
	w.do(onCall, AddEvidence{EvidenceFields{Path: "a — b|c", SHA256: sum, Kind: LUT, Source: awkward, Tool: awkward}})
	w.incident(onCall, incident.Resolve{Text: awkward})
	d := Draft(DraftInput{
		Lang: phrase.French, Incident: w.inc, Postmortem: w.pm, Entries: w.entries,
		Actions:  []ActionLine{{Text: awkward, Owner: awkward, Ticket: awkward}},
		Barriers: []Barrier{{Text: awkward, Guard: awkward, Proof: awkward}},
	})
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
	checkJSON(t, d)
	if n := strings.Count(string(d.Markdown(phrase.English)), "\n## "); n != len(d.Sections)-1 {
		t.Errorf("the English text has %d sections, want %d", n, len(d.Sections)-1)
	}
}

func TestTimelineHoldsTheMilestones(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pipeline.S0) // the route is disabled by policy, before anyone acknowledges
	w.incident(people.Monitor(), incident.RecordApplied{ID: "M1"})
	w.at("04:15").incident(onCall, incident.Acknowledge{})
	w.at("04:20").incident(lead, incident.DisableRoute{Route: "thumbs"})
	w.incident(people.Monitor(), incident.RecordApplied{ID: "M2"})
	w.incident(people.Monitor(), incident.RecordApplied{ID: "M2"})
	w.now = w.now.Add(24 * time.Hour)
	w.incident(lead, incident.Resolve{Text: "LUT\nrétablie"})
	var got []string
	for _, r := range w.draft("fr").Timeline {
		got = append(got, r.Time+" "+r.Event+" "+r.Owner)
	}
	want := []string{
		"04:12 Surveillance L*a*b* dépasse le seuil MonitorBot",
		"04:12 Désactivation automatique de la route hero MonitorBot",
		"04:20 Diffusion stoppée via règle CDN Leader Postmortem",
		"2025-09-28 04:20 Cause levée : LUT rétablie Leader Postmortem",
	}
	if !slices.Equal(got, want) {
		t.Errorf("timeline:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestImpactLineSaysWhatWasMeasured(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		impact *incident.Impact
		want   string
	}{
		{nil, "impact en cours de mesure"},
		{&incident.Impact{OverPalette: 4200, OverDeltaE: 4300}, "4 200 images déviées de la palette de marque"},
		{&incident.Impact{OverDeltaE: 12}, "12 images hors budget de couleur"},
		{&incident.Impact{Affected: 3}, "3 images hors budget"},
		{&incident.Impact{Checked: 3}, "aucune image hors budget mesurée"},
	} {
		d := Draft(DraftInput{Lang: phrase.French, Incident: incident.State{Impact: c.impact}})
		if d.Context.Impact != c.want {
			t.Errorf("impact %+v says %q, want %q", c.impact, d.Context.Impact, c.want)
		}
	}
}

func TestActionsKeepWhatIsNoDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pipeline.S1)
	d := Draft(DraftInput{Lang: phrase.French, Incident: w.inc, Actions: []ActionLine{{Text: "x", Due: "demain — ou plus tard"}}})
	if a := d.Actions[0]; a.Text != "x – demain – ou plus tard" || a.Due != "" || len(d.Details) != 0 {
		t.Errorf("action %+v with details %v, want the words in the text and no details", a, d.Details)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
}

// done lists the names of the lines that are true.
func done(lines []Line) []string {
	var names []string
	for _, l := range lines {
		if l.Done {
			names = append(names, l.Name)
		}
	}
	return names
}

func TestChecklistFillsItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pipeline.S1)
	check := func(when string, actions []ActionLine, want ...string) {
		t.Helper()
		lines := Checklist(w.inc, w.pm, actions, w.now)
		if got := done(lines); !slices.Equal(got, want) {
			t.Errorf("%s: done %v, want %v", when, got, want)
		}
		for _, l := range lines {
			if !phrase.Known(l.Text.Key) {
				t.Errorf("line %s has no sentence", l.Name)
			}
		}
	}
	check("at detection", nil)
	w = night(t)
	check("contained in 5 minutes", nil, LineContained)
	w = analysed(t)
	check("one lesson not integrated", actions(), LineContained, LineRCA, LineActions)
	check("an action without owner", []ActionLine{{Text: "x", Due: "2025-10-01"}}, LineContained, LineRCA)
	w.do(lead, IntegrateLesson{LessonIntegrated{2, "docs/runbook.md"}})
	check("all lessons integrated", actions(), LineContained, LineRCA, LineActions, LineLessons)
	if got := done(ChecklistAtPublication(w.inc, w.pm, actions(), w.now)); len(got) != 5 {
		t.Errorf("as it will be once published: %v, want all five", got)
	}
	if got := done(ChecklistAtPublication(w.inc, w.pm, actions(), detectedAt.Add(49*time.Hour))); slices.Contains(got, LinePublished) {
		t.Error("published after 49 h counts as published within 48 h")
	}
	w.incident(onCall, incident.Undo{ID: "M1"})
	w.incident(people.Monitor(), incident.RecordProbe{ID: "M1", Undo: true, Probe: incident.Probe{Status: 200}})
	check("the route is back after the repair", actions(), LineContained, LineRCA, LineActions, LineLessons)
	w.now = detectedAt.Add(47 * time.Hour)
	w.publish()
	check("published after 47 h", actions(), LineContained, LinePublished, LineRCA, LineActions, LineLessons)
	if got := Checklist(w.inc, w.pm, nil, w.now)[0].Text.In(phrase.French); got != "Contenu dans les 30 min suivant la détection" {
		t.Errorf("first line says %q", got)
	}
}

func TestChecklistWithoutClocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pipeline.S3)
	lines := Checklist(w.inc, w.pm, nil, w.now)
	if lines[0].Text.Key != "checklist.contained-any" || lines[0].Done || lines[1].Done {
		t.Errorf("S3 at detection: %+v, want lines without a time, not done", lines[:2])
	}
	w.incident(onCall, incident.Resolve{Text: "x"})
	w.publish()
	if got := done(Checklist(w.inc, w.pm, nil, w.now)); !slices.Equal(got, []string{LineContained, LinePublished}) {
		t.Errorf("S3 resolved and published: %v", got)
	}
}

func TestLateContainmentStaysOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pipeline.S1)
	w.at("04:50").incident(onCall, incident.DisableRoute{Route: "hero"})
	w.incident(people.Monitor(), incident.RecordProbe{ID: "M1", Probe: incident.Probe{Status: 200}})
	if got := done(Checklist(w.inc, w.pm, nil, w.now)); len(got) != 0 {
		t.Errorf("contained after 38 minutes: %v, want nothing done", got)
	}
}

func TestLint(t *testing.T) {
	t.Parallel()
	keys := func(d Document) []string {
		var list []string
		for _, p := range Lint(d) {
			list = append(list, strings.TrimPrefix(string(p.Text.Key), "document.lint."))
			if said := p.Text.In(phrase.French) + p.Text.In(phrase.English); strings.Contains(said, "!") || strings.Contains(said, "%") {
				t.Errorf("problem says %q", said)
			}
		}
		return list
	}
	whole := analysed(t).draft("fr")
	if got := keys(whole); len(got) != 0 {
		t.Errorf("a whole draft has the problems %v", got)
	}
	short := whole
	short.Whys = slices.Clone(whole.Whys[:3])
	if got := keys(short); !slices.Equal(got, []string{"whys"}) {
		t.Errorf("three whys: %v, want whys", got)
	}
	short.Whys[2].Stop = "hors de notre main"
	if got := keys(short); len(got) != 0 {
		t.Errorf("three whys with a reason: %v, want nothing", got)
	}
	deaf := whole
	deaf.Whys = slices.Clone(whole.Whys)
	deaf.Whys[4].Reaches = ""
	if got := keys(deaf); !slices.Equal(got, []string{"reach"}) {
		t.Errorf("five whys that reach neither process nor culture: %v, want reach", got)
	}
	deaf.Whys[4].Stop = "le reste est chez le fournisseur"
	if got := keys(deaf); len(got) != 0 {
		t.Errorf("the same with a reason: %v, want nothing", got)
	}
	bad := whole
	bad.Actions = append(slices.Clone(whole.Actions), Action{Text: "x"})
	bad.Tests.Runs, bad.Evidence = nil, nil
	if got := keys(bad); !slices.Equal(got, []string{"action-owner", "action-due", "untested", "unknown-proof", "unknown-proof"}) {
		t.Errorf("a spoiled draft: %v", got)
	}
	if got := keys(mustParse(t, "# Notes\n")); len(got) != 7 || got[0] != "missing" {
		t.Errorf("foreign text: %v, want six missing sections and no whys", got)
	}
	if got := keys(newWorld(t, pipeline.S1).draft("fr")); !slices.Contains(got, "empty") {
		t.Errorf("a bare draft: %v, want empty fields", got)
	}
}

func TestReportRow(t *testing.T) {
	t.Parallel()
	w := analysed(t)
	w.do(onCall, SetCause{CauseFields{ID: "C1", Kind: Direct, Domain: Data, Text: "=HYPERLINK(1)"}})
	drafted := w.draft("fr")
	drafted.Actions[0].Done = true
	d, err := Seal(drafted, SealInput{Revision: 3, SHA256: sum, Head: journal.Head{Size: 9}})
	if err != nil {
		t.Fatal(err)
	}
	row := ReportRow(d, ReportFacts{Incident: w.inc, PublishedAt: detectedAt.Add(90 * time.Minute), Path: "run/_/postmortems/" + id + ".md"})
	want := []string{
		id, "2025-09-27T04:12:00Z", "S1", "hero", "4200", "'=HYPERLINK(1)", "lacune de tests CI; revues parallèles",
		"CODEOWNERS n’exige pas d’approbateur marque pour luts/brand.cube", "2", "1", "5.0", "1.5", "3", sum, "run/_/postmortems/" + id + ".md",
	}
	if !slices.Equal(row, want) {
		t.Errorf("row  %q\nwant %q", row, want)
	}
	if len(ReportHeader()) != len(row) {
		t.Errorf("%d columns named, %d given", len(ReportHeader()), len(row))
	}
	bare := newWorld(t, pipeline.S1)
	row = ReportRow(bare.draft("fr"), ReportFacts{Incident: bare.inc})
	if row[4] != "" || row[10] != "" || row[11] != "" || row[12] != "" {
		t.Errorf("what is not known is not empty: %q", row)
	}
}

func TestTypesAreDeclaredOnce(t *testing.T) {
	t.Parallel()
	if _, err := journal.NewRegistry(incident.Types(), Types()); err != nil {
		t.Error(err)
	}
}
