package web

import (
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// KPIService is what the page and the API of figures ask of the application.
type KPIService interface {
	// KPIs computes the figures of a query. They name no incident.
	KPIs(ctx context.Context, q kpi.Query) (kpi.Report, error)
}

// Figures are the KPIs of a period at a moment, as programs read them.
type Figures struct {
	At         time.Time           `json:"at"`
	Period     kpi.Period          `json:"period"`
	Severities []pipeline.Severity `json:"severities"`
	Figures    []Figure            `json:"figures"`
	Months     []kpi.Month         `json:"months"`
}

// Figure is a KPI with what a sceptic asks for, in words.
type Figure struct {
	kpi.Figure
	Name       string `json:"name"`
	Definition string `json:"definition"`
	Formula    string `json:"formula"`
}

// FiguresOf says the figures of a report in a language.
func FiguresOf(r kpi.Report, l phrase.Lang) Figures {
	f := Figures{At: r.At, Period: r.Period, Severities: append([]pipeline.Severity{}, r.Severities...), Figures: []Figure{}, Months: append([]kpi.Month{}, r.Months...)}
	for _, k := range r.Figures {
		f.Figures = append(f.Figures, Figure{k, k.Name().In(l), k.Definition().In(l), k.Formula().In(l)})
	}
	return f
}

// kpisModel is the page of figures, each with its definition, formula and population.
type kpisModel struct {
	frame
	At       time.Time
	Period   string
	Query    string // of the addresses of the same figures
	Quarters []kpiLink
	Severity []option
	Groups   []figureGroup
}

type kpiLink struct {
	Text, Link string
	Here       bool
}

// figureGroup is a section of the page.
type figureGroup struct {
	ID, Title string
	Cards     []figureCard
	Charts    []trendChart
}

// figureCard is one KPI, or one of several things.
type figureCard struct {
	Name, Definition, Formula string
	Rows                      []figureRow
}

type figureRow struct {
	Of, Text, P90, Oldest string
	Median                bool
	N, Open, Missing      int
	Share                 int // of a ratio in percent, -1 for other figures
}

// Several tells whether the card is of several things.
func (c figureCard) Several() bool { return len(c.Rows) > 1 || c.Rows[0].Of != "" }

// groups say which figures stand together, in the order of the page, and which trends beside them.
func (s *Server) groups() []struct {
	id     string
	keys   []string
	trends []monthly
} {
	return []struct {
		id     string
		keys   []string
		trends []monthly
	}{
		{"shares", []string{"incidents", "containedIn30Min", "publishedIn48H", "containedInTime", "publishedInTime"}, []monthly{
			{"incidents", []string{"incidents"}, false}, {"shares", []string{"containedIn30Min", "publishedIn48H"}, false}}},
		{"way", []string{"firstBadToDetect", "detectToAck", "ackToContain", "containToResolve", "resolveToPublish", "detectToContain", "detectToResolve", "detectToPublish"}, []monthly{
			{"times", []string{"detectToContain"}, false}}},
		{"actions", []string{"openActions", "overdueActions", "openActionAge", "resolveAction"}, []monthly{{"actions", []string{"openActions", "overdueActions"}, false}}},
		{"learning", []string{"recurrence", "recurrenceIn", "checklist", "checklistLine", "incidentTests", "wouldHaveCaught", "falseAlarms"}, nil},
		{"quality", []string{"budgetViolations", "qualityTrend", "meanDeltaE", "meanSSIM"}, []monthly{{"quality", []string{"budgetViolations"}, true}}},
	}
}

func (s *Server) kpiRoutes() []route {
	return []route{
		{"GET /kpis", person, 0, s.kpis},
		{"GET /kpis.csv", person, 0, s.kpisCSV},
	}
}

// kpiReport computes what a visit asks for.
func (s *Server) kpiReport(v *visit) (kpi.Report, error) {
	q, err := kpi.ParseQuery(v.URL.Query().Get("period"), strings.Join(v.URL.Query()["severity"], ","))
	if err != nil {
		return kpi.Report{}, err
	}
	return s.service.KPIs(v.Context(), q)
}

func (s *Server) kpis(w http.ResponseWriter, v *visit) error {
	r, err := s.kpiReport(v)
	if err != nil {
		return err
	}
	p := kpisModel{frame: s.frame(v, v.say("nav.kpis")), At: r.At, Period: r.Period.Name, Query: kpiQuery(r.Period.Name, r.Severities)}
	p.Quarters = []kpiLink{{v.say("kpi.all-time"), "/kpis" + kpiQuery("", r.Severities), r.Period.Name == ""}}
	for q := kpi.QuarterOf(r.At); len(p.Quarters) < 6; q, _ = q.Before() {
		p.Quarters = slices.Insert(p.Quarters, 1, kpiLink{q.Name, "/kpis" + kpiQuery(q.Name, r.Severities), q.Name == r.Period.Name})
	}
	for _, s := range []pipeline.Severity{pipeline.S0, pipeline.S1, pipeline.S2, pipeline.S3} {
		p.Severity = append(p.Severity, option{string(s), string(s), slices.Contains(r.Severities, s)})
	}
	for _, g := range s.groups() {
		group := figureGroup{ID: g.id, Title: v.say(phrase.Key("kpi.group." + g.id))}
		for _, key := range g.keys {
			group.Cards = append(group.Cards, cardsOf(r.Figures, key, v.lang)...)
		}
		for _, t := range g.trends {
			if c, ok := t.chart(r, v.lang); ok {
				group.Charts = append(group.Charts, c)
			}
		}
		if len(group.Cards) > 0 {
			p.Groups = append(p.Groups, group)
		}
	}
	return s.render(w, "kpis", http.StatusOK, p)
}

// kpiQuery writes the query of an address.
func kpiQuery(period string, severities []pipeline.Severity) string {
	q := url.Values{}
	if period != "" {
		q.Set("period", period)
	}
	for _, s := range severities {
		q.Add("severity", string(s))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// cardsOf gives the card of a key; none where there is no such figure.
func cardsOf(figures []kpi.Figure, key string, l phrase.Lang) []figureCard {
	var card figureCard
	for _, f := range figures {
		if f.Key != key {
			continue
		}
		card.Name, card.Definition, card.Formula = f.Name().In(l), f.Definition().In(l), f.Formula().In(l)
		row := figureRow{Of: f.OfText(l), Text: f.Text(l), P90: f.P90Text(l), Oldest: f.MaxText(l), Median: f.P90 != nil, N: f.N, Open: f.Open, Missing: f.Missing, Share: -1}
		if f.Unit == kpi.Ratio && f.Value != nil {
			row.Share = int(*f.Value*100 + 0.5)
		}
		card.Rows = append(card.Rows, row)
	}
	if card.Rows == nil {
		return nil
	}
	return []figureCard{card}
}

func (s *Server) kpisCSV(w http.ResponseWriter, v *visit) error {
	r, err := s.kpiReport(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="kpis.csv"`)
	c := csv.NewWriter(w)
	c.UseCRLF = true // RFC 4180
	_ = c.Write(kpi.Header())
	_ = c.WriteAll(r.Rows(v.lang)) // the client may have gone; there is nobody to tell
	return nil
}

// kpis offers the figures to programs.
func (a *api) kpis() {
	get(a, "kpis", "/api/v1/kpis", func(ctx context.Context, in *struct {
		Period   string   `query:"period" maxLength:"40" doc:"2025-Q3, 2025-09, 2025, or 2025-07-01..2025-09-30; all time where it is absent"`
		Severity []string `query:"severity,explode" maxItems:"8" doc:"of the incidents: S0 to S3; all where it is absent"`
	}) (Figures, error) {
		q, err := kpi.ParseQuery(in.Period, strings.Join(in.Severity, ","))
		if err != nil {
			return Figures{}, err
		}
		r, err := a.server.service.KPIs(ctx, q)
		return FiguresOf(r, visitIn(ctx).lang), err
	})
}
