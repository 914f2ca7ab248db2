package web

import (
	"cmp"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// clocksModel is the page of the deadlines of all incidents.
type clocksModel struct {
	frame
	Running []clockRow // the first due first
	Past    []clockRow // the latest stopped first
	Figures []clockFigure
	More    bool // more have stopped than are shown
}

// clockRow is a clock of an incident.
type clockRow struct {
	clockView
	ID, Title string
	Severity  pipeline.Severity
	At        string // when it was decided
	at        time.Time
}

// View is the clock by itself, for the part of the page that counts.
func (r clockRow) View() clockView { return r.clockView }

// clockFigure says how often one kind of clock was kept.
type clockFigure struct {
	Name     string
	Met, All int
	Median   string // of the time that it took
}

// shownClocks is how many stopped clocks the page shows; the CSV has all.
const shownClocks = 100

func (s *Server) clocksPage(w http.ResponseWriter, v *visit) error {
	states, err := s.service.Incidents(v.Context())
	if err != nil {
		return err
	}
	m := clocksModel{frame: s.frame(v, v.say("nav.clocks"))}
	took := map[incident.ClockName][]time.Duration{}
	met := map[incident.ClockName]int{}
	for _, state := range states {
		for i, view := range clockViews(state, m.Lang, m.Now, m.Replayed) {
			c := state.Clocks[i]
			row := clockRow{clockView: view, ID: state.ID, Title: state.Opened.Title, Severity: state.Severity}
			switch view.State {
			case clockRunning, clockRisk, clockOver, clockPaused:
				m.Running = append(m.Running, row)
			case clockMet, clockMissed:
				took[c.Name] = append(took[c.Name], c.Spent(*c.StoppedAt))
				if c.Met() {
					met[c.Name]++
				}
				row.at, row.At = *c.StoppedAt, m.Time(*c.StoppedAt)
				m.Past = append(m.Past, row)
			}
		}
	}
	slices.SortStableFunc(m.Running, func(a, b clockRow) int { return a.DueAt.Compare(b.DueAt) })
	slices.SortStableFunc(m.Past, func(a, b clockRow) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(a.ID, b.ID)) })
	if m.More = len(m.Past) > shownClocks; m.More {
		m.Past = m.Past[:shownClocks]
	}
	for _, name := range incident.ClockNames() {
		if list := took[name]; len(list) > 0 {
			slices.Sort(list)
			m.Figures = append(m.Figures, clockFigure{
				Name: m.Say("clock." + string(name)), Met: met[name], All: len(list), Median: phrase.Duration(m.Lang, list[len(list)/2].Truncate(time.Second)),
			})
		}
	}
	return s.render(w, "clocks", http.StatusOK, m)
}

// clocksCSV is the history of all clocks (RFC 4180), for whoever computes with it.
func (s *Server) clocksCSV(w http.ResponseWriter, v *visit) error {
	states, err := s.service.Incidents(v.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="clocks.csv"`)
	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180
	_ = out.Write([]string{"incident", "severity", "pipeline", "clock", "started", "due", "stopped", "paused_seconds", "met", "reminders"})
	for _, state := range states {
		for _, c := range state.Clocks {
			stopped, met := "", ""
			if c.StoppedAt != nil {
				stopped, met = c.StoppedAt.UTC().Format(time.RFC3339), strconv.FormatBool(c.Met())
			}
			_ = out.Write([]string{
				state.ID, string(state.Severity), state.Opened.Pipeline, string(c.Name), c.StartedAt.UTC().Format(time.RFC3339), c.DueAt.UTC().Format(time.RFC3339),
				stopped, strconv.Itoa(int(c.Paused / time.Second)), met, strconv.Itoa(c.Overdue),
			})
		}
	}
	out.Flush() // the client may have gone; there is nobody to tell
	return nil
}
