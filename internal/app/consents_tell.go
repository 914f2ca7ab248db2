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
func (a *App) tellConsent(ctx context.Context, e consent.TellEffect, p people.Person) error {
	s, err := a.store.Consent(ctx, e.Consent)
	if err != nil || !s.ValidUntil.Equal(e.Until) || s.Standing(a.now()) != consent.Expiring {
		return err
	}
	subject, text := notify.ConsentMessage(a.config.Language, notify.ConsentFacts{
		ID: s.ID, Until: s.ValidUntil, Channels: s.Channels, Uses: s.Uses, Link: a.pageLink("/consents/" + s.ID),
	})
	m := notify.Message{To: a.recipient(p), Subject: subject, Text: text, Key: fmt.Sprintf("%s/expiring-%d/%s", s.ID, e.Until.Unix(), p.ID)}
	if _, err := a.sender.Send(ctx, m); err != nil && !notify.IsPermanent(err) {
		return fmt.Errorf("tell of %s: %w", s.ID, err)
	}
	return nil
}

func keepsRegister(p people.Person) bool { return consent.MayKeep(p.Actor()) }
