package app

import (
	"context"
	"fmt"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
)

// tellConsent tells one of those who keep the register that a consent ends
// soon, unless it has changed since. The message names no subject.
func (a *App) tellConsent(ctx context.Context, e consent.TellEffect, p people.Person) (notify.Message, bool, error) {
	s, err := a.store.Consent(ctx, e.Consent)
	if err != nil || !s.ValidUntil.Equal(e.Until) || s.Standing(a.now()) != consent.Expiring {
		return notify.Message{}, false, err
	}
	subject, text := notify.ConsentMessage(a.config.Language, notify.ConsentFacts{
		ID: s.ID, Until: s.ValidUntil, Channels: s.Channels, Uses: s.Uses, Link: a.pageLink("/consents/" + s.ID),
	})
	return notify.Message{Subject: subject, Text: text, Key: fmt.Sprintf("%s/expiring-%d/%s", s.ID, e.Until.Unix(), p.ID)}, true, nil
}

func keepsRegister(p people.Person) bool { return consent.MayKeep(p.Actor()) }
