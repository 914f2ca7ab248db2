package oncall

import (
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestRefusedInFrench: what people are refused of who is on call is said to them in French, the state of a swap too.
func TestRefusedInFrench(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	from, until := d.at("2025-01-11 00:00"), d.at("2025-01-12 00:00")
	id := d.must("ada", "", ProposeSwap{To: "u-grace", From: from, Until: until, Reason: "a wedding"})
	d.must("ada", id, End{})
	waits := d.must("ada", "", ProposeSwap{To: "u-grace", From: from, Until: until, Reason: "a wedding"})
	for _, c := range []struct {
		by, id  string
		command Command
		want    string
	}{
		{"ada", "", ProposeSwap{To: "u-ada", From: from, Until: until, Reason: "x"}, "proposer un échange : nommez quelqu’un d’autre"},
		{"ada", "", ProposeSwap{To: "u-grace", From: from, Until: until}, "proposer un échange : dites pourquoi en quelques mots"},
		{"ada", "", ProposeSwap{To: "u-grace", From: until, Until: from, Reason: "x"}, "changer qui est d’astreinte : cela doit finir après avoir commencé"},
		{"ada", "", ProposeSwap{To: "u-grace", From: from, Until: from.AddDate(0, 0, 100), Reason: "x"}, "changer qui est d’astreinte : pour 92 jours au plus"},
		{"grace", id, AnswerSwap{Accept: true}, "répondre à " + id + " : son état est déjà « retiré »"},
		{"zoe", waits, AnswerSwap{Accept: true}, "répondre à " + waits + " : seule la personne à qui il a été proposé le peut"},
		{"zoe", waits, End{}, "retirer " + waits + " : seul qui l’a proposé le peut"},
		{"ada", id, End{}, "annuler " + id + " : son état est déjà « retiré »"},
	} {
		_, err := d.do(c.by, c.id, c.command)
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
