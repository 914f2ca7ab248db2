package prevention

import (
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestRefusedInFrench: what people are refused of actions is said to them in French.
func TestRefusedInFrench(t *testing.T) {
	t.Parallel()
	s := tested(t)
	untitled, someday := good, good
	untitled.Title, someday.Due = " ", "soon"
	const of = " de PM-2025-09-27-01 : "
	for _, c := range []struct {
		command Command
		want    string
	}{
		{untitled, "déposer une action" + of + "dites en une ligne ce qui est à faire"},
		{someday, "déposer une action" + of + "échéance \"soon\" : écrivez-la comme 2025-10-01"},
		{CloseAction{ID: "A9"}, "clore l’action \"A9\"" + of + "elle n’existe pas"},
		{CloseAction{ID: "A1"}, "clore l’action A1" + of + "donnez une preuve"},
		{CloseAction{ID: "A1", Proof: "done"}, "clore l’action A1" + of + "\"done\" n’est ni un test accepté"},
		{ReopenAction{ID: "A1"}, "rouvrir l’action A1" + of + "elle est ouverte"},
		{ConfirmAction{ID: "A1"}, "confirmer l’action A1" + of + "aucune preuve"},
		{DoubtAction{ID: "A9"}, "refuser la preuve de l’action \"A9\"" + of + "elle n’existe pas"},
		{ChangeAction{ID: "A1", Due: "soon"}, "changer l’action A1" + of + "échéance \"soon\""},
		{PlanAction{ID: "A1", Slot: "a\nb"}, "planifier l’action A1" + of + "nommez un trimestre"},
		{ResolveConflict{ID: "A1", Field: DueField, Keep: KeepOurs}, "résoudre le conflit de l’action A1" + of + "il n’y en a plus sur"},
	} {
		err := s.do(c.command, lead())
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
