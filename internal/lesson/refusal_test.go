package lesson

import (
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestRefusedInFrench: what people are refused of lessons is said to them in French.
func TestRefusedInFrench(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(lead, plan("", lead.ID, "2025-10-01"))
	w.do(lead, plan("", lead.ID, "2025-10-01"))
	w.do(lead, FinishChange{"K1", "docs/runbook.md"})
	w.do(lead, DropChange{"K2", "x"})
	w.do(lead, plan("", lead.ID, "2025-10-01"))
	const of = " de PM-2025-09-27-01 : "
	for _, c := range []struct {
		command Command
		want    string
	}{
		{plan("", "", "2025-10-01"), "prévoir ce qu’une leçon de PM-2025-09-27-01 change : nommez un responsable"},
		{plan("", lead.ID, "soon"), "prévoir ce qu’une leçon de PM-2025-09-27-01 change : échéance \"soon\""},
		{Acknowledge{Acknowledged{3}}, "dire comprise la leçon 3" + of + "elle n’existe pas"},
		{Address{Addressed: Addressed{1, Audience{Roles: []people.Role{people.Watcher}}}}, "dire à qui s’adresse la leçon 1" + of + "rôle \"watcher\" : aucune personne ne l’a"},
		{FinishChange{"K9", "x"}, "finir le changement K9" + of + "il n’existe pas"},
		{FinishChange{"K1", "x"}, "finir le changement K1" + of + "il est déjà fait"},
		{FinishChange{"K3", "a b"}, "finir le changement K3" + of + "lien \"a b\" : prenez https://"},
		{DropChange{"K2", "x"}, "abandonner le changement K2" + of + "il a été abandonné"},
		{DropChange{"K3", " "}, "abandonner le changement K3" + of + "dites pourquoi en une phrase"},
	} {
		err := w.try(lead, c.command)
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
