package store

import (
	"time"

	"github.com/safelight-dev/safelight/internal/drill"
)

// NextDrillID allots the id of an exercise held on the given UTC day, as [Tx.NextIncidentID] does: DRILL-2026-11-27-01 and so on.
func (t *Tx) NextDrillID(day time.Time) (string, error) { return t.nextID(drill.StreamPrefix, day) }
