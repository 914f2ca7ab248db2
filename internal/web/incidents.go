package web

import (
	"net/http"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// incidentsModel is the list of incidents: what burns above what is over.
type incidentsModel struct {
	frame
	Open   []incidentRow
	Closed []incidentRow
}

type incidentRow struct {
	ID, Title, Pipeline, Severity string
	Phase                         incident.Phase
	DetectedAt                    time.Time
	Clocks                        []clockView
}

func (s *Server) incidents(w http.ResponseWriter, v *visit) error {
	states, err := s.service.Incidents(v.Context())
	if err != nil {
		return err
	}
	p := incidentsModel{frame: s.frame(v, phrase.Say(v.lang, "nav.incidents"))}
	for _, st := range states {
		row := incidentRow{
			ID: st.ID, Title: st.Opened.Title, Pipeline: st.Opened.Pipeline, Severity: string(st.Severity),
			Phase: st.Phase(), DetectedAt: st.DetectedAt, Clocks: clockViews(st, p.Lang, p.Now, p.Replayed),
		}
		if st.Closed != nil {
			p.Closed = append(p.Closed, row)
		} else {
			p.Open = append(p.Open, row)
		}
	}
	return s.render(w, "incidents", http.StatusOK, p)
}
