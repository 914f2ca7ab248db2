package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestSourceViews: each state of a source and of the outside scorer has its
// sentences in both languages, and only what fails is marked.
func TestSourceViews(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)
	tests := []struct {
		name   string
		of     SignalSources
		marked bool
		fr, en []string
	}{
		{"one that was not asked", SignalSources{Sources: []SignalSource{{Name: "forum", Kind: "feed", State: SourceWaiting, NextTry: at}}}, false,
			[]string{"flux", "pas encore lue", "Prochain essai le 2025-09-27 04:12 UTC."}, []string{"feed", "never been read", "Next try on 2025-09-27 04:12 UTC."}},
		{"one that is heard", SignalSources{Sources: []SignalSource{{Name: "tag", Kind: "mastodon", State: SourceHeard, LastSuccess: at, Taken: 1200, Refused: 3, LastRefusal: "it has no text"}}}, false,
			[]string{"à l’écoute", "signaux pris 1 200, refusés 3", "Dernier refus : it has no text."}, []string{"listening", "Read on 2025-09-27 04:12 UTC.", "taken 1,200, refused 3"}},
		{"one that fails", SignalSources{Sources: []SignalSource{{Name: "tag", Kind: "mastodon", State: SourceFailing, LastSuccess: at, LastError: "it answers 503"}}}, true,
			[]string{"en échec", "(it answers 503)", "inconnu, pas comme calme"}, []string{"failing", "(it answers 503)", "unknown, not as quiet"}},
		{"one whose errors have sentences", SignalSources{Sources: []SignalSource{{Name: "tag", Kind: "feed", State: SourceFailing, LastSuccess: at, LastError: "x", LastRefusal: "y",
			Failure: fmt.Errorf("%w: %w", phrase.Errorf("source.fault.no-feed"), journal.ErrInvalid), Refusal: phrase.Errorf("signal.fault.text.none")}}}, true,
			[]string{"(ce n’est pas un flux RSS, Atom ou JSON : cherchez l’adresse du flux lui-même)", "Dernier refus : le signal n’a pas de texte."},
			[]string{"(it is no RSS, Atom or JSON feed: look for the feed's own address)", "Last refusal: the signal has no text."}},
		{"a scorer that answers", SignalSources{Scorer: &OutsideScorer{Service: "openai", Model: "m", Breaker: "closed", Answered: 5, FellBack: 2, LastAnswer: at}}, false,
			[]string{"openai · m", "interrogé", "évalués par lui 5"}, []string{"asked", "by the built-in scorer 2"}},
		{"a scorer whose last try failed", SignalSources{Scorer: &OutsideScorer{Service: "openai", Breaker: "closed", LastErrorAt: at, LastError: "no answer"}}, true,
			[]string{"en échec", "Dernier échec le 2025-09-27 04:12 UTC : no answer."}, []string{"failing", "no answer"}},
		{"a scorer that is suspended", SignalSources{Scorer: &OutsideScorer{Service: "openai", Breaker: "open", NotBefore: at.Add(time.Hour)}}, true,
			[]string{"suspendu", "avant le 2025-09-27 05:12 UTC"}, []string{"suspended", "before 2025-09-27 05:12 UTC"}},
		{"a scorer that is tried", SignalSources{Scorer: &OutsideScorer{Service: "openai", Breaker: "half-open", NotBefore: at}}, true,
			[]string{"à l’essai"}, []string{"on trial"}},
	}
	for _, test := range tests {
		for l, wants := range map[phrase.Lang][]string{phrase.French: test.fr, phrase.English: test.en} {
			views := frame{Lang: l, Now: at}.sourceViews(test.of)
			if len(views) != 1 || views[0].Marked != test.marked {
				t.Errorf("%s: %+v, want one that is marked %v", test.name, views, test.marked)
				continue
			}
			v := views[0]
			text := strings.Join(append([]string{v.Name, v.Kind, v.State, v.Fault}, v.Says...), " ")
			for _, want := range wants {
				if !strings.Contains(text, want) {
					t.Errorf("%s, %s: %q lacks %q", test.name, l, text, want)
				}
			}
			if strings.Contains(text, "!signal") || strings.Contains(text, "%!") {
				t.Errorf("%s, %s: a sentence is missing: %q", test.name, l, text)
			}
		}
	}
}
