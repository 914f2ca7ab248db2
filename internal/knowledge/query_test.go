package knowledge

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"":                          "[]",
		"hook":                      "[{[hook] true false}]",
		"images  LUT":               "[{[image] true false} {[LUT] true false}]",
		`"exit status" -validateur`: "[{[exit status] false false} {[validateur] true true}]",
		"cœurs":                     "[{[cœur coeur] true false}]",
		"coeur":                     "[{[coeur cœur] true false}]",
		"S1 à *":                    "[{[S1] false false} {[à] false false}]",
		`"half open`:                "[{[half open] false false}]",
		"-- - | ( ) NEAR":           "[{[NEAR] true false}]",
		`a"b`:                       "[{[a b] true false}]",
		"passes pass":               "[{[passe] true false} {[pass] true false}]",
	} {
		if got := fmt.Sprint(Terms(words)); got != want {
			t.Errorf("Terms(%q) = %s, want %s", words, got, want)
		}
	}
}

func TestQueryIsChecked(t *testing.T) {
	t.Parallel()
	for _, q := range []Query{
		{Words: strings.Repeat("a", 401)}, {Words: "-hook"}, {Words: "…"}, {Words: strings.Repeat("a ", 17)}, {Words: "a\xff"},
		{Severity: "S9"}, {Cause: "root"}, {Quarter: "2025-3"}, {Pipeline: strings.Repeat("p", 201)},
	} {
		if err := q.Validate(); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("Validate of %+v = %v, want it refused", q, err)
		} else if said, known := phrase.Error(phrase.French, err); !known || !strings.HasPrefix(said, "chercher ") {
			t.Errorf("in French the refusal of %+v is %q", q, said)
		}
	}
	good := Query{Words: "hook -lut", Pipeline: "catalogue", Severity: "S1", Cause: postmortem.Systemic, Quarter: "2025-Q3"}
	if err := good.Validate(); err != nil {
		t.Errorf("Validate of %+v = %v", good, err)
	}
	if err := (Query{}).Validate(); err != nil {
		t.Errorf("Validate of the empty query = %v", err)
	}
	if got := QuarterOf(time.Date(2025, 12, 31, 23, 0, 0, 0, time.FixedZone("", -2*3600))); got != "2026-Q1" {
		t.Errorf("QuarterOf = %s, want that of UTC", got)
	}
}

// FuzzTerms: nothing that is typed gives a term without a letter, or with a quote or a mark of a hit in it.
func FuzzTerms(f *testing.F) {
	for _, s := range []string{`a "b c" -d`, "œ*", "\x02a\x03", `"`, `-"-`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, words string) {
		for _, term := range Terms(words) {
			for _, s := range term.Spellings {
				if strings.TrimSpace(s) == "" || strings.ContainsAny(s, "\"\x02\x03\x00") {
					t.Errorf("Terms(%q) gives %q", words, s)
				}
			}
		}
	})
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                        "[]",
		"no hit":                  "[no hit]",
		"the \x02hook\x03 failed": "[the  [hook]  failed]",
		"\x02a\x03\x02b\x03":      "[[a] [b]]",
		"cut \x02off":             "[cut  [off]]",
	} {
		if got := fmt.Sprint(Spans(text)); got != want {
			t.Errorf("Spans(%q) = %s, want %s", text, got, want)
		}
	}
}

// TestTextOf: what the journal says and the document does not is found too, nothing twice, in both languages where the product
// has said it itself.
func TestTextOf(t *testing.T) {
	t.Parallel()
	say := phrase.Of("cause.hook")
	inc := incident.State{ID: "PM-2025-09-27-01", Opened: incident.Opened{Title: "Dérive\x02 couleur", Pipeline: "hero", Routes: []string{"hero"}},
		Updates: []incident.Update{{Updated: incident.Updated{Situation: "4 200 images"}}}}
	pm := postmortem.State{
		Revision: 1,
		Document: postmortem.Document{Lang: phrase.French, Sections: []postmortem.Section{{Field: postmortem.FieldLessons}, {Markdown: "## Notre avis\nLe **studio** l’a vu.\n"}}, Lessons: []string{"Documenter les étapes de revue"}},
		Lessons:  []postmortem.Lesson{{LessonFields: postmortem.LessonFields{Text: "Documenter les étapes de revue"}}, {LessonFields: postmortem.LessonFields{Text: "Former l’astreinte"}}},
		Causes:   []postmortem.Cause{{CauseFields: postmortem.CauseFields{Text: "written", Say: &say}}},
	}
	for _, l := range phrase.Langs() {
		got := TextOf(inc, pm, prevention.State{}, l)
		if strings.Count(got[Lessons], "Documenter") != 1 || !strings.Contains(got[Lessons], "Former l’astreinte") {
			t.Errorf("%s: lessons are %q, want each once", l, got[Lessons])
		}
		if !strings.Contains(got[Document], "Le studio l’a vu.") || strings.ContainsAny(got[Title], "\x02") || !strings.Contains(got[Title], "Dérive couleur") {
			t.Errorf("%s: document %q, title %q", l, got[Document], got[Title])
		}
		if got[Causes] != plain(say.In(l)) || got[Updates] != "4 200 images" {
			t.Errorf("%s: causes %q, updates %q", l, got[Causes], got[Updates])
		}
	}
}
