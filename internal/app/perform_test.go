package app

import (
	"testing"

	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
)

// Whoever is woken must see on a terminal whom the page is for.
func TestRecipientHasAName(t *testing.T) {
	t.Parallel()
	a := &App{config: Config{OnCall: oncall.Config{Contacts: map[string]oncall.Contact{"lea": {Email: "lea@pager.example"}}}}}
	for want, p := range map[notify.Recipient]people.Person{
		{Name: "Nora Weiss", Email: "n@house.example"}: {Login: "nora", Name: "Nora Weiss", Email: "n@house.example"},
		{Name: "ada"}: {Login: "ada", Name: " "},
		{Name: "lea", Email: "lea@pager.example"}: {Login: "lea", Email: "lea@house.example"},
	} {
		if got := a.recipient(p); got != want {
			t.Errorf("%+v is reached as %+v, want %+v", p, got, want)
		}
	}
}
