package web

import (
	"encoding/csv"
	"net/http"
	"time"

	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// kpisModel is the page of figures, each with its population and definition.
type kpisModel struct {
	frame
	At      time.Time
	Figures []figureRow
}

type figureRow struct {
	Name, Text, Definition string
	N, Open                int
	Share                  int // of a ratio in percent, -1 for other figures
}

func (s *Server) kpis(w http.ResponseWriter, v *visit) error {
	figures, at, err := s.service.KPIs(v.Context())
	if err != nil {
		return err
	}
	p := kpisModel{frame: s.frame(v, phrase.Say(v.lang, "nav.kpis")), At: at}
	for _, f := range figures {
		row := figureRow{f.Name().In(v.lang), f.Text(v.lang), f.Definition().In(v.lang), f.N, f.Open, -1}
		if f.Unit == kpi.Ratio && f.Value != nil {
			row.Share = int(*f.Value*100 + 0.5)
		}
		p.Figures = append(p.Figures, row)
	}
	return s.render(w, "kpis", http.StatusOK, p)
}

func (s *Server) kpisCSV(w http.ResponseWriter, v *visit) error {
	figures, at, err := s.service.KPIs(v.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="kpis.csv"`)
	c := csv.NewWriter(w)
	c.UseCRLF = true // RFC 4180
	_ = c.Write(kpi.Header())
	for _, f := range figures {
		_ = c.Write(f.Row(at, v.lang))
	}
	c.Flush() // the client may have gone; there is nobody to tell
	return nil
}
