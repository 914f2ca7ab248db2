package app

import (
	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/store"
)

// take hears alerts as an edge does.
func (h *house) take(told ...alert.Alert) {
	h.t.Helper()
	if err := h.TakeAlerts(h.t.Context(), told); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) incidents() []incident.State {
	h.t.Helper()
	states, err := h.Incidents(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return states
}

// newest gives the incident that was opened last.
func (h *house) newest() incident.State {
	h.t.Helper()
	states := h.incidents()
	if len(states) == 0 {
		h.t.Fatal("there is no incident")
	}
	last := states[0]
	for _, s := range states {
		if s.ID > last.ID {
			last = s
		}
	}
	return last
}

// firingRows gives the alerts that have not ended.
func (h *house) firingRows() []store.AlertRow {
	h.t.Helper()
	rows, err := h.Store().AlertsFiring(h.t.Context(), h.clock(), 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}
