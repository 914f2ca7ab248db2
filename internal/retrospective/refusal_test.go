package retrospective

import (
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestRefusedInFrench: what people are refused of a retrospective is said to them in French.
func TestRefusedInFrench(t *testing.T) {
	t.Parallel()
	none := func(*world) {}
	scheduled := func(w *world) { w.resolve(); w.do(lead, at(0)) }
	held := func(w *world) { scheduled(w); w.do(viewer, minutes("the probe proved it")) }
	unled, far := at(1), at(800)
	unled.Facilitator = ""
	for _, c := range []struct {
		reach   func(*world)
		by      people.Actor
		command Command
		want    string
	}{
		{none, lead, minutes("x"), "écrire le compte rendu de la rétrospective de PM-2025-09-27-01 : fixez-la d’abord"},
		{none, lead, unled, "fixer la rétrospective de PM-2025-09-27-01 : nommez qui mène la discussion"},
		{none, lead, far, "fixer la rétrospective de PM-2025-09-27-01 : 2027-12-06"},
		{scheduled, lead, Minute{}, "écrire le compte rendu de la rétrospective de PM-2025-09-27-01 : écrivez ce qui est allé bien"},
		{held, lead, at(3), "fixer la rétrospective de PM-2025-09-27-01 : elle a déjà eu lieu"},
		{held, brand, Skip{SkippedFields{"x"}}, "se passer de la rétrospective de PM-2025-09-27-01 : elle a déjà eu lieu"},
		{scheduled, brand, Skip{}, "se passer de la rétrospective de PM-2025-09-27-01 : dites pourquoi en une phrase"},
	} {
		w := newWorld(t, "S1")
		c.reach(w)
		err := w.try(c.by, c.command)
		if err == nil {
			t.Errorf("%+v is not refused", c.command)
			continue
		}
		fr, known := phrase.Error(phrase.French, err)
		if !known || !strings.HasPrefix(fr, c.want) || strings.Contains(fr+err.Error(), "!") {
			t.Errorf("%+v is refused by %v, in French %q, want %q", c.command, err, fr, c.want)
		}
	}
}
