package app

import (
	"context"
	"fmt"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
)

// tellConsent tells those who keep the register that a consent ends soon,
// unless it has changed since. The message names no subject.
func (a *App) tellConsent(ctx context.Context, e consent.TellEffect) (incident.Command, error) {
	s, err := a.store.Consent(ctx, e.Consent)
	if err != nil || !s.ValidUntil.Equal(e.Until) || s.Standing(a.now()) != consent.Expiring {
		return nothing, err
	}
	persons, err := a.People(ctx)
	if err != nil {
		return nothing, err
	}
	subject, text := notify.ConsentMessage(a.config.Language, notify.ConsentFacts{
		ID: s.ID, Until: s.ValidUntil, Channels: s.Channels, Uses: s.Uses, Link: a.pageLink("/consents/" + s.ID),
	})
	for _, p := range persons {
		if !consent.MayKeep(p.Actor()) {
			continue
		}
		m := notify.Message{To: a.recipient(p), Subject: subject, Text: text, Key: fmt.Sprintf("%s/expiring-%d/%s", s.ID, e.Until.Unix(), p.ID)}
		if _, err := a.sender.Send(ctx, m); err != nil && !notify.IsPermanent(err) {
			return nothing, fmt.Errorf("tell of %s: %w", s.ID, err)
		}
	}
	return nothing, nil
}
