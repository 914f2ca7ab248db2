package web

import (
	"cmp"
	"context"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// RoadmapService is what the page and the API of the roadmap ask of the application.
type RoadmapService interface {
	// Roadmap lists the actions of all incidents that somebody may read; only the open ones if so wanted.
	Roadmap(ctx context.Context, by people.Actor, openOnly bool) ([]RoadmapAction, error)
	// Backlog says which tracker actions stand in too.
	Backlog() Backlog
}

// Backlog is the tracker that actions stand in too; without a name there is none.
type Backlog struct {
	Tracker string
	ReadAt  time.Time // when changes were last asked for; zero for not yet
	Error   string    // why they could not be
}

// RoadmapAction is an action in the roadmap.
type RoadmapAction struct {
	Incident string            `json:"incident"`
	ID       string            `json:"id"`
	Title    string            `json:"title"`
	Domain   postmortem.Domain `json:"domain"`
	Owner    string            `json:"owner"` // login, or the id of an account that is gone
	Due      string            `json:"due"`
	Impact   prevention.Size   `json:"impact"`
	Effort   prevention.Size   `json:"effort"`
	Rank     int               `json:"rank"` // in the order of value, 1 to 9
	Slot     string            `json:"slot"` // quarter or milestone
	Closed   *time.Time        `json:"closed,omitempty"`
	Overdue  bool              `json:"overdue,omitempty"`
	// Issue is its issue in a tracker; Conflicts are what somebody has to choose about.
	Issue     *prevention.Link      `json:"issue,omitempty"`
	Conflicts []prevention.Conflict `json:"conflicts,omitempty"`
}

// RoadmapOf lists the actions of a case; owner gives what is printed for a person.
func RoadmapOf(c Case, owner func(people.ID) string, now time.Time, openOnly bool) []RoadmapAction {
	var list []RoadmapAction
	for _, a := range c.Prevention.Actions {
		if openOnly && a.Closed != nil {
			continue
		}
		row := RoadmapAction{
			Incident: c.Incident.ID, ID: a.ID, Title: a.Title, Domain: a.Domain, Owner: owner(a.Owner), Due: a.Due,
			Impact: a.Impact, Effort: a.Effort, Rank: a.Rank(), Slot: a.Slot(), Overdue: a.Overdue(now), Issue: a.Link, Conflicts: a.Conflicts,
		}
		if a.Closed != nil {
			row.Closed = &a.Closed.At
		}
		list = append(list, row)
	}
	return list
}

// SortRoadmap puts actions into the order of value, those due earlier first among equals.
func SortRoadmap(list []RoadmapAction) {
	slices.SortStableFunc(list, func(a, b RoadmapAction) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), strings.Compare(a.Due, b.Due), strings.Compare(a.Incident, b.Incident), strings.Compare(a.ID, b.ID))
	})
}

// roadmapModel is the page of the actions of all incidents: how much they do for how much, and when.
type roadmapModel struct {
	frame
	All     bool // the closed ones too
	Domain  string
	Count   int
	Backlog Backlog
	Matrix  []matrixRow
	Slots   []SlotView
}

// matrixRow is one impact, the greatest first; its cells are the efforts, the smallest first.
type matrixRow struct {
	Impact prevention.Size
	Cells  []matrixCell
}

type matrixCell struct {
	Effort  prevention.Size
	Rank    int
	Actions []RoadmapAction
}

// SlotView is a quarter or a milestone with its actions in the order of value.
type SlotView struct {
	Name    string
	Open    int
	Actions []RoadmapAction
}

func (s *Server) roadmapRoutes() []route {
	return []route{
		{"GET /actions", person, 0, s.roadmapPage},
		{"GET /actions.csv", person, 0, s.roadmapCSV},
	}
}

// roadmap lists what a visit asks for.
func (s *Server) roadmap(v *visit) ([]RoadmapAction, error) {
	list, err := s.service.Roadmap(v.Context(), v.actor(), v.URL.Query().Get("all") == "")
	if domain := v.URL.Query().Get("domain"); domain != "" {
		list = slices.DeleteFunc(list, func(a RoadmapAction) bool { return string(a.Domain) != domain })
	}
	SortRoadmap(list)
	return list, err
}

func (s *Server) roadmapPage(w http.ResponseWriter, v *visit) error {
	list, err := s.roadmap(v)
	if err != nil {
		return err
	}
	m := roadmapModel{
		frame: s.frame(v, v.say("nav.actions")), All: v.URL.Query().Get("all") != "", Domain: v.URL.Query().Get("domain"),
		Count: len(list), Backlog: s.service.Backlog(), Matrix: matrixOf(list), Slots: Slots(list),
	}
	return s.render(w, "actions", http.StatusOK, m)
}

// Domains are what the page may be narrowed to.
func (m roadmapModel) Domains() []option {
	return said(m.Lang, "document.domain.", postmortem.Domains())
}

func matrixOf(list []RoadmapAction) []matrixRow {
	var rows []matrixRow
	for _, impact := range slices.Backward(prevention.Sizes()) {
		row := matrixRow{Impact: impact}
		for _, effort := range prevention.Sizes() {
			cell := matrixCell{Effort: effort, Rank: prevention.Action{ActionAdded: prevention.ActionAdded{Impact: impact, Effort: effort}}.Rank()}
			for _, a := range list {
				if a.Impact == impact && a.Effort == effort && a.Closed == nil {
					cell.Actions = append(cell.Actions, a)
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		rows = append(rows, row)
	}
	return rows
}

// Slots groups by slot: the quarters in their order, then the milestones by name.
func Slots(list []RoadmapAction) []SlotView {
	var slots []SlotView
	for _, a := range list {
		i := slices.IndexFunc(slots, func(s SlotView) bool { return s.Name == a.Slot })
		if i < 0 {
			slots = append(slots, SlotView{Name: a.Slot})
			i = len(slots) - 1
		}
		slots[i].Actions = append(slots[i].Actions, a)
		if a.Closed == nil {
			slots[i].Open++
		}
	}
	slices.SortFunc(slots, func(a, b SlotView) int { return strings.Compare(a.Name, b.Name) })
	return slots
}

// roadmapCSV is the roadmap (RFC 4180), for whoever plans with it.
func (s *Server) roadmapCSV(w http.ResponseWriter, v *visit) error {
	list, err := s.roadmap(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="actions.csv"`)
	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180
	_ = out.Write(RoadmapHeader())
	for _, a := range list {
		_ = out.Write(a.Row())
	}
	out.Flush() // the client may have gone; there is nobody to tell
	return nil
}

// RoadmapHeader names the columns of the roadmap as CSV.
func RoadmapHeader() []string {
	return []string{"rank", "slot", "incident", "action", "title", "domain", "owner", "due", "impact", "effort", "state", "overdue"}
}

// Row is the action as a row of the roadmap. What a spreadsheet would take for a formula is shown as text.
func (a RoadmapAction) Row() []string {
	state := "open"
	if a.Closed != nil {
		state = "closed"
	}
	return []string{
		strconv.Itoa(a.Rank), asText(a.Slot), a.Incident, a.ID, asText(a.Title), string(a.Domain), asText(a.Owner), a.Due,
		string(a.Impact), string(a.Effort), state, strconv.FormatBool(a.Overdue),
	}
}

func asText(s string) string {
	if s != "" && strings.ContainsAny(s[:1], "=+-@\t") {
		return "'" + s
	}
	return s
}

// roadmaps offers the roadmap to programs.
func (a *api) roadmaps() {
	get(a, "actions", "/api/v1/actions", func(ctx context.Context, in *struct {
		All bool `query:"all" doc:"the closed ones too"`
	}) ([]RoadmapAction, error) {
		list, err := a.server.service.Roadmap(ctx, visitIn(ctx).actor(), !in.All)
		SortRoadmap(list)
		if list == nil {
			list = []RoadmapAction{}
		}
		return list, err
	})
}
