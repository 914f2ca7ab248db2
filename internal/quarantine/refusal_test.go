package quarantine

import (
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestRefusedInFrench: what does not fit where a held image stands is said in French, its state too.
func TestRefusedInFrench(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*StatusError{
		"relâcher Q-1 : son état est « en cours de retrait » : attendez qu’elle soit retirée":                 {"Q-1", StatusMoving, "release", "wait"},
		"écarter Q-1 : son état est « remise » : il n’y a plus rien à écarter":                                {"Q-1", StatusRestored, "discard", "discarded"},
		"écarter Q-1 : son état est « retrait impossible » : enlevez le fichier et réessayez, ou relâchez-la": {"Q-1", StatusFailed, "discard", "remove"},
		"réessayer Q-1 : son état est « retenue » : seul ce qui n’a pu être retiré est réessayé":              {"Q-1", StatusHeld, "retry", "retry"},
	} {
		if fr, known := phrase.Error(phrase.French, e); fr != want || !known || strings.Contains(e.Error(), "!") {
			t.Errorf("%v, in French %q, want %q", e, fr, want)
		}
	}
	fr, known := phrase.Error(phrase.French, func() error { _, err := Decide(Item{}, Release{}, Env{}); return err }())
	if !known || !strings.HasPrefix(fr, "trouver l’image en quarantaine : elle n’existe pas") {
		t.Errorf("an item that there is not: %q", fr)
	}
}
