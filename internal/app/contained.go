package app

import (
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// containment says to whoever is paged what is done about the images already; nothing where nothing is.
func (a *App) containment(s incident.State) string {
	switch {
	case s.QuarantinedAt != nil:
		return phrase.Say(a.config.Language, "message.contained.quarantine")
	case s.Opened.Quarantine:
		return phrase.Say(a.config.Language, "message.contained.moving")
	case s.Contained != nil:
		return phrase.Say(a.config.Language, "message.contained.route")
	}
	return ""
}
