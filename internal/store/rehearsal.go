package store

import (
	"time"

	"github.com/safelight-dev/safelight/internal/rehearsal"
)

// NextRehearsalID allots the id of a rehearsal held on the given UTC day, as [Tx.NextIncidentID] does: REHEARSAL-2026-11-28-01
// and so on.
func (t *Tx) NextRehearsalID(day time.Time) (string, error) {
	return t.nextID(rehearsal.StreamPrefix, day)
}
