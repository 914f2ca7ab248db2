package postmortem

import (
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// The people of the tests.
var (
	onCall   = people.Actor{ID: "p-oncall", Role: people.Responder}
	lead     = people.Actor{ID: "p-lead", Role: people.Lead}
	deputy   = people.Actor{ID: "p-deputy", Role: people.Lead}
	brand    = people.Actor{ID: "p-brand", Role: people.Board, Domain: people.Brand}
	sre      = people.Actor{ID: "p-sre", Role: people.Board, Domain: people.SRE}
	legal    = people.Actor{ID: "p-legal", Role: people.Board, Domain: people.Legal}
	viewer   = people.Actor{ID: "p-viewer", Role: people.Viewer}
	stranger = people.Actor{}
)

const id = "PM-2025-09-27-01"

var detectedAt = time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)

// world is one incident with its stream and the effects queued so far.
type world struct {
	t       testing.TB
	now     time.Time
	entries []journal.Entry
	inc     incident.State
	pm      State
	effects []journal.Effect
}

func newWorld(t testing.TB, severity pipeline.Severity) *world {
	t.Helper()
	w := &world{t: t, now: detectedAt}
	w.incident(people.Monitor(), incident.Open{ID: id, Opened: incident.Opened{
		Severity: severity, Pipeline: "hero", Rule: "deltaE-spike", Title: "Dérive couleur marque (hero)", ColourDrift: true,
		Routes: []string{"hero"}, Policy: pipeline.DefaultPolicies()[severity], OnCall: onCall.ID, Lead: lead.ID,
		Stakeholders: []string{"Marketing", "Legal", "SRE"},
	}})
	return w
}

func (w *world) env(by people.Actor) Env { return Env{Now: w.now, By: by} }

func (w *world) append(c journal.Change) {
	w.t.Helper()
	var head journal.Head
	if n := len(w.entries); n > 0 {
		head = journal.Head{Size: int64(n), Hash: w.entries[n-1].Hash}
	}
	for _, d := range c.Events {
		e, err := journal.Seal(d, head, w.now)
		if err != nil {
			w.t.Fatalf("seal %s: %v", d.Type, err)
		}
		head = journal.Head{Size: e.Seq, Hash: e.Hash}
		w.entries = append(w.entries, e)
		if err := w.pm.apply(e); err != nil {
			w.t.Fatal(err)
		}
	}
	w.effects = append(w.effects, c.Effects...)
	var err error
	if w.inc, err = incident.Fold(w.entries); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) incident(by people.Actor, c incident.Command) {
	w.t.Helper()
	change, err := incident.Decide(w.inc, c, w.env(by))
	if err != nil {
		w.t.Fatalf("%T: %v", c, err)
	}
	w.append(change)
}

// try decides a command and appends what follows.
func (w *world) try(by people.Actor, c Command) error {
	w.t.Helper()
	change, err := Decide(w.pm, w.inc, c, w.env(by))
	if err == nil {
		w.append(change)
	}
	return err
}

func (w *world) do(by people.Actor, c Command) {
	w.t.Helper()
	if err := w.try(by, c); err != nil {
		w.t.Fatalf("%T: %v", c, err)
	}
}

// at moves the clock to a time of the day of detection.
func (w *world) at(clock string) *world {
	w.t.Helper()
	at, err := time.Parse("15:04", clock)
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = time.Date(2025, 9, 27, at.Hour(), at.Minute(), 0, 0, time.UTC)
	return w
}

// count counts the queued effects of a kind.
func (w *world) count(kind string) int {
	n := 0
	keys := map[string]bool{}
	for _, e := range w.effects {
		if e.Kind == kind && !keys[e.Key] {
			keys[e.Key] = true
			n++
		}
	}
	return n
}

// note gives a valid document whose lesson is the text.
func note(text string) Document {
	d := Template("fr")
	d.ID, d.Lessons = id, []string{text}
	return d
}

var sum = strings.Repeat("ab", 32)

// night replays the reference incident up to the finished analysis.
func night(t testing.TB) *world {
	t.Helper()
	w := newWorld(t, pipeline.S1)
	w.at("04:15").incident(onCall, incident.Acknowledge{})
	w.incident(onCall, incident.FileImpact{Impact: incident.Impact{
		Checked: 4200, Affected: 4200, OverDeltaE: 4200, OverPalette: 4200, MedianDelta: 4.3149, WorstDelta: 7.94,
		WorstPath: "a/0001.jpg", Pipelines: []string{"hero"}, Routes: []string{"hero"}, Method: "CIEDE2000 p95",
		Palette: []incident.ColourImpact{{Name: "rouge | vif", Images: 4200, Median: 5, Worst: 9.5}},
		Images:  []incident.ImageProof{{Path: "a/0001.jpg", DeltaE00: 7.94, SSIM: 0.98765, Reference: sum, Candidate: sum, Heatmap: sum}},
	}})
	w.at("04:17").incident(onCall, incident.DisableRoute{Route: "hero"})
	w.incident(people.Monitor(), incident.RecordProbe{ID: "M1", Probe: incident.Probe{Status: 200, State: "disabled"}})
	w.at("04:31").incident(onCall, incident.CompleteAnalysis{Text: "une seule route"})
	w.at("09:00")
	for _, e := range []EvidenceFields{
		{Path: "ci-logs/hook.log", SHA256: sum, Size: 120, Kind: HookLog, Source: "hôte de build"},
		{Path: "git/ci.yml", SHA256: sum, Size: 30, Kind: CIConfig},
	} {
		w.do(onCall, AddEvidence{e})
	}
	return w
}

// analysed adds causes, whys, a tested hypothesis and lessons.
func analysed(t testing.TB) *world {
	t.Helper()
	w := night(t)
	for _, s := range []Suggestion{
		{Kind: Direct, Domain: Operations, Say: sentence("cause.hook"), Evidence: []string{"ci-logs/hook.log"}},
		{Kind: Contributing, Domain: Operations, Say: sentence("cause.ci"), Evidence: []string{"git/ci.yml"}},
		{Kind: Contributing, Domain: Operations, Say: sentence("cause.reviews")},
		{Kind: Systemic, Domain: Operations, Say: sentence("cause.codeowners", "luts/brand.cube")},
	} {
		w.do(onCall, s.Cause("fr"))
	}
	for level := 1; level <= 5; level++ {
		w.do(onCall, SetWhy{WhyFields{Level: level, Question: "Pourquoi ?", Answer: "parce que a | b,\nc", Evidence: []string{"git/ci.yml"},
			Reaches: [...]Reach{5: Process}[level]}})
	}
	w.do(onCall, StateHypothesis{HypothesisFields{Text: "La LUT dérive les images", Cause: "C1", RefutedIf: "ΔE00 > 0,5"}})
	w.do(onCall, RecordTest{TestFields{Hypothesis: "H1", Method: "rejeu", Result: Confirmed, Evidence: []string{"ci-logs/hook.log"},
		Numbers: []Number{{"ΔE00 p95", 0.125, "ΔE00"}, {"images; = n", 60, ""}}, Text: "identique"}})
	w.do(lead, AddLesson{LessonFields{Text: "Documenter les étapes de revue", Link: "docs/revue.md"}})
	w.do(lead, AddLesson{LessonFields{Text: "Mettre à jour le runbook d’astreinte"}})
	return w
}

// actions are those of the reference incident.
func actions() []ActionLine {
	return []ActionLine{
		{Text: "Ajouter une validation ΔE dans `scripts/validate-lut.mjs`", Owner: "dev", Due: "2025-10-01", Domain: Operations, Impact: "L", Effort: "S"},
		{Text: "Étendre CODEOWNERS pour exiger un approbateur marque", Owner: "lead", Due: "2025-10-03", Domain: Operations, Impact: "M", Effort: "S"},
	}
}

func (w *world) draft(lang string) Document {
	return Draft(DraftInput{
		Lang: parseLang(lang), Incident: w.inc, Postmortem: w.pm, Entries: w.entries, Actions: actions(),
		Barriers: []Barrier{{Text: "Validation ΔE en CI", Guard: "gate", Proof: "échoue sur la LUT dérivée"}},
	})
}
