package web

import (
	"regexp"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/retrospective"
)

// TestEveryEventHasWords seals an event of every declared type: each must be
// said in both languages, and none only by its type.
func TestEveryEventHasWords(t *testing.T) {
	t.Parallel()
	broken := regexp.MustCompile(`%!|![a-z.]+!`)
	for _, types := range [][]journal.Type{incident.Types(), postmortem.Types(), prevention.Types(), lesson.Types(), retrospective.Types()} {
		for _, kind := range types {
			// One object with every field that a sentence may need.
			e, err := journal.Seal(journal.Draft{
				Stream: theIncident, Type: kind.Name, Version: 1, OccurredAt: night(), Actor: "u-oncall",
				Data: map[string]any{"duty": "on-call", "text": "mot", "kind": "direct", "result": "confirmed", "clock": "contain", "domain": "brand"},
			}, journal.Head{}, night())
			if err != nil {
				t.Fatal(err)
			}
			told := timeline([]journal.Entry{e}, namesOf(testPeople()))
			if len(told) != 1 || told[0].Text.Key == "page.event.unknown" {
				t.Errorf("%s has no words", kind.Name)
				continue
			}
			for _, l := range phrase.Langs() {
				if say := told[0].Text.In(l); say == "" || broken.MatchString(say) {
					t.Errorf("%s in %s: %q", kind.Name, l, say)
				}
			}
		}
	}
}

func TestUnknownEventIsShown(t *testing.T) {
	t.Parallel()
	e, err := journal.Seal(journal.Draft{
		Stream: theIncident, Type: "later.invented", Version: 1, OccurredAt: night(), Actor: string(people.Monitor().ID), Data: struct{}{},
	}, journal.Head{}, night())
	if err != nil {
		t.Fatal(err)
	}
	told := timeline([]journal.Entry{e}, nil)
	if say := told[0].Text.In(phrase.English); !strings.Contains(say, "later.invented") || told[0].Duty != people.MonitorBot {
		t.Errorf("an event of a later version is told as %q by %q", say, told[0].Duty)
	}
}

func TestErasedPersonKeepsTheID(t *testing.T) {
	t.Parallel()
	n := namesOf(testPeople())
	for id, want := range map[people.ID]string{"u-oncall": "Ana Lopez", "u-gone": "u-gone", "monitor": "MonitorBot"} {
		if got := n.Of(id); got != want {
			t.Errorf("%s is shown as %q, want %q", id, got, want)
		}
	}
}
