package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// RunbookService is what the pages and the API of runbooks ask of the application.
type RunbookService interface {
	// Runbooks lists what is configured, the default one first.
	Runbooks() []ListedRunbook
	// RunStep does a step of an incident's runbook, whichever of its commands that is.
	RunStep(ctx context.Context, by people.Actor, incident string, c incident.RunStep) error
}

// ListedRunbook is a runbook and where it is used.
type ListedRunbook struct {
	runbook.Runbook
	BuiltIn   bool     `json:"builtIn,omitempty"`
	Pipelines []string `json:"pipelines,omitempty"` // that name it
}

// RunbookReport is how far the runbook of an incident has come.
type RunbookReport struct {
	Incident  string              `json:"incident"`
	Name      string              `json:"name"`
	Title     runbook.Words       `json:"title"`
	Elsewhere string              `json:"elsewhere,omitempty"` // the address of the alert's own runbook
	Next      string              `json:"next,omitempty"`      // the step that is next
	Steps     []incident.Standing `json:"steps"`
}

// RunbookOf tells how far the runbook of an incident has come; base is the address of this server.
func RunbookOf(s incident.State, base string) RunbookReport {
	book := s.Runbook()
	r := RunbookReport{Incident: s.ID, Name: book.Name, Title: book.Title, Elsewhere: runbook.Elsewhere(s.Opened.Runbook, base), Steps: s.Standings()}
	if next := incident.NextStep(r.Steps); next != nil {
		r.Next = next.Name
	}
	return r
}

// runbookModel is the page of what is to be done: the next step, one button, and the others folded.
type runbookModel struct {
	frame
	Report   RunbookReport
	ID       string
	Incident incident.State
	State    string
	Pressing *clockView
	Book     runbook.Runbook
	Open     bool // the incident is not closed
	Views    []*runbookStep
	Current  *runbookStep // the next step
	Over     int          // steps that are
	base     string
	actor    people.Actor
	who      names
}

// runbookStep is a step on a page.
type runbookStep struct {
	incident.Standing
	Page *runbookModel
	Late bool
	May  bool // the visitor may do it now
}

// Why is why the step failed, or for what it is skipped.
func (v *runbookStep) Why() string { return v.Standing.Said.Else(v.Reason).In(v.Page.Lang) }

func (s *Server) runbookRoutes() []route {
	return []route{
		{"GET /incidents/{id}/runbook", person, 0, s.runbookPage},
		{"GET /incidents/{id}/runbook/live", person, 0, s.runbookLive},
		{"GET /runbooks", person, 0, s.runbooksPage},
		{"GET /runbooks/{name}", person, 0, s.runbooksPage},
	}
}

func (s *Server) runbookPage(w http.ResponseWriter, v *visit) error {
	m, err := s.runbookModel(v)
	if err != nil {
		return err
	}
	return s.render(w, "runbook", http.StatusOK, m)
}

func (s *Server) runbookLive(w http.ResponseWriter, v *visit) error {
	m, err := s.runbookModel(v)
	if err != nil {
		return err
	}
	return s.renderPart(w, "runbook", "live", http.StatusOK, m)
}

func (s *Server) runbookModel(v *visit) (*runbookModel, error) {
	c, persons, err := s.caseAndPeople(v.Context(), v.PathValue("id"))
	if err != nil {
		return nil, err
	}
	m := &runbookModel{
		frame: s.frame(v, v.say("runbook.title", c.Incident.ID)), Report: RunbookOf(c.Incident, s.base), ID: c.Incident.ID, Incident: c.Incident,
		Book: c.Incident.Runbook(), Open: c.Incident.Closed == nil, actor: v.actor(), who: namesOf(persons), base: s.base,
	}
	m.URL.Path = "/incidents/" + m.ID + "/runbook" // also when only the live part is asked for
	clocks := clockViews(c.Incident, m.Lang, m.Now, m.Replayed)
	m.Pressing = incidentModel{Clocks: clocks}.Pressing()
	late := 0
	for _, st := range m.Report.Steps {
		view := &runbookStep{Standing: st, Page: m, May: m.Open && m.actor.May(st.Needs())}
		view.Late = !st.Status.Over() && st.Within.To > 0 && m.Now.After(st.Within.Ends(c.Incident.DetectedAt))
		if st.Status.Over() {
			m.Over++
		} else if m.Current == nil {
			m.Current = view
		}
		if view.Late {
			late++
		}
		m.Views = append(m.Views, view)
	}
	m.State = fmt.Sprint(stateOf(c), "-", late)
	return m, nil
}

// Name gives the name of a person.
func (m *runbookModel) Name(id people.ID) string { return m.who.Of(id) }

// Moment writes a time of the night.
func (m *runbookModel) Moment(t time.Time) string {
	if t, d := t.UTC(), m.Incident.DetectedAt.UTC(); t.Format(time.DateOnly) != d.Format(time.DateOnly) {
		return t.Format("01-02 15:04 UTC")
	}
	return t.UTC().Format("15:04 UTC")
}

// What says what to do.
func (v *runbookStep) What() string { return v.Text.In(v.Page.Lang) }

// How says more of it.
func (v *runbookStep) How() string { return v.More.In(v.Page.Lang) }

// Due says when the step is due, empty where it is at any time.
func (v *runbookStep) Due() string {
	if v.Within.To == 0 {
		return ""
	}
	from, to := v.Within.Begins(v.Page.Incident.DetectedAt), v.Within.Ends(v.Page.Incident.DetectedAt)
	switch {
	case v.Late:
		return v.Page.Say("runbook.late", v.Page.Moment(to))
	case v.Page.Now.Before(from):
		return v.Page.Say("runbook.later", v.Page.Moment(from))
	}
	return v.Page.Say("runbook.due", v.Page.Moment(to))
}

// Minutes is the window as it is written.
func (v *runbookStep) Minutes() string { return minutesOf(v.Page.frame, v.Step) }

func minutesOf(f frame, s runbook.Step) string {
	if s.Within.To == 0 {
		return ""
	}
	return f.Say("runbook.minutes", s.Within.From, s.Within.To)
}

// Stands says where the step stands.
func (v *runbookStep) Stands() string { return v.Page.Say("runbook.status." + string(v.Status)) }

// Class is how the step stands, as styles call it.
func (v *runbookStep) Class() string { return "step-" + string(v.Status) }

// Folded tells whether the step is one line until somebody unfolds it.
func (v *runbookStep) Folded() bool { return v.Page.Current != v }

// Said are the sentences of its last run.
func (v *runbookStep) Said() []string {
	var list []string
	if v.Result != nil {
		for _, s := range v.Result.Says {
			list = append(list, s.In(v.Page.Lang))
		}
	}
	return list
}

// By says who did it, and when.
func (v *runbookStep) By() string {
	if v.At == nil {
		return ""
	}
	words := []string{v.Page.Moment(*v.At)}
	switch {
	case v.Standing.By != people.Monitor().ID:
		words = append(words, v.Page.Name(v.Standing.By))
	case v.ByFact:
		words = append(words, v.Page.Say("runbook.by-fact"))
	}
	return strings.Join(words, " · ")
}

// Program is the command as people read it: what holds a blank stands in quotes.
func (v *runbookStep) Program() string { return programOf(v.Step) }

func programOf(s runbook.Step) string {
	words := make([]string, len(s.Command))
	for i, w := range s.Command {
		if words[i] = w; w == "" || strings.ContainsAny(w, " \t\n\"'") {
			words[i] = fmt.Sprintf("%q", w)
		}
	}
	return strings.Join(words, " ")
}

// Seconds is how long the command may take.
func (v *runbookStep) Seconds() int { return int(v.Limit().Seconds()) }

// Again is the number of the run that a button would begin.
func (v *runbookStep) Again() int { return v.Runs + 1 }

// Draft is the status update with the facts in it. The board reads the language of the house.
func (v *runbookStep) Draft() incident.SendUpdate {
	return v.Page.Incident.Filled(*v.Message, v.Page.Lang)
}

// Needing tells by which form the step is done.
func (v *runbookStep) Needing() string {
	switch kind := v.Kind(); {
	case kind != runbook.KindManual:
		return string(kind)
	case v.DoneBy == runbook.Acknowledged, v.DoneBy == runbook.ImpactFiled, v.DoneBy == runbook.Rated:
		return string(v.DoneBy)
	case v.DoneBy != "":
		return "elsewhere"
	}
	return string(runbook.KindManual)
}

// Place is where a step is done that has no form here.
func (v *runbookStep) Place() string {
	part := ""
	switch v.DoneBy {
	case runbook.Told:
		part = "updates"
	case runbook.Contained:
		return containPath(v.Page.ID, nil)
	}
	return incidentPath(v.Page.ID, part)
}

// ContainPath is the page of the containment: of what is on its way, or of what is to be decided.
func (v *runbookStep) ContainPath() string {
	if n := len(v.Progress); n > 0 && (v.Status == incident.StepIsRunning || v.Status == incident.StepIsProposed) {
		return containPath(v.Page.ID, url.Values{"mitigation": {v.Progress[n-1]}})
	}
	switch {
	case v.Contain == runbook.Isolate:
		return containPath(v.Page.ID, url.Values{"what": {"images"}, "over": {"yes"}})
	case v.Contain == runbook.RollBack:
		return containPath(v.Page.ID, url.Values{"what": {"back"}})
	case v.OfCaches():
		return containPath(v.Page.ID, url.Values{"what": {string(v.Contain)}, "step": {v.Name}})
	case len(v.Routes) == 1: // of several, the page shows all
		return containPath(v.Page.ID, url.Values{"route": {v.Routes[0]}})
	}
	return containPath(v.Page.ID, nil)
}

// OfCaches tells whether it is about what caches store, which contains nothing.
func (v *runbookStep) OfCaches() bool {
	return v.Contain == runbook.Purge || v.Contain == runbook.NoStore
}

// Otherwise tells whether a person may say that she did what Safelight could not.
func (v *runbookStep) Otherwise() bool {
	return v.Status == incident.StepIsFailed && v.Runs > 0 || v.Status == incident.StepIsUnknown
}

// Blob is the address of what was kept of the output.
func (v *runbookStep) Blob() string {
	return "/incidents/" + v.Page.ID + "/blobs/" + v.Result.Output.SHA256
}

// outputs names what commands of runbooks wrote, by digest.
func outputs(entries []journal.Entry) map[string]string {
	list := map[string]string{}
	for _, e := range entries {
		if e.Type != incident.TypeStepEnded {
			continue
		}
		if v, err := journal.Decode[incident.StepEnded](e); err == nil && v.Output != nil && v.Output.SHA256 != "" {
			list[v.Output.SHA256] = fmt.Sprintf("%s-%d.txt", v.Step, v.Run)
		}
	}
	return list
}

// runbooksModel is the page of what is configured.
type runbooksModel struct {
	frame
	List  []ListedRunbook
	Shown *ListedRunbook // one of them, nil for the list
}

func (s *Server) runbooksPage(w http.ResponseWriter, v *visit) error {
	m := runbooksModel{frame: s.frame(v, v.say("runbook.list")), List: s.service.Runbooks()}
	if name := v.PathValue("name"); name != "" {
		i := slices.IndexFunc(m.List, func(r ListedRunbook) bool { return r.Name == name })
		if i < 0 {
			return fmt.Errorf("show runbook %.60q: there is none of this name: %w", name, journal.ErrNotFound)
		}
		m.Shown = &m.List[i]
		m.Title = m.Shown.TitleIn(m.Lang)
	}
	return s.render(w, "runbooks", http.StatusOK, m)
}

// Minutes is when a step is due.
func (m runbooksModel) Minutes(s runbook.Step) string { return minutesOf(m.frame, s) }

// Program is the command of a step as people read it.
func (m runbooksModel) Program(s runbook.Step) string { return programOf(s) }

// Join joins words for reading.
func (m runbooksModel) Join(list []string) string { return strings.Join(list, ", ") }

func runbookForms() map[string]form {
	return map[string]form{
		"run-step": {func(f fields) any { return incident.RunStep{Step: f.text("step"), Run: f.number("run")} }, "page.done.step-run", ""},
		"finish-step": {func(f fields) any { return incident.FinishStep{Step: f.text("step"), Note: f.text("note")} },
			"page.done.step-finished", ""},
		"skip-step": {func(f fields) any { return incident.SkipStep{Step: f.text("step"), Reason: f.text("reason")} },
			"page.done.step-skipped", ""},
		"tell-step": {func(f fields) any {
			return incident.TellStep{Step: f.text("step"), SendUpdate: incident.SendUpdate{
				Situation: f.text("situation"), Mitigation: f.text("mitigation"), Next: f.text("next"),
			}}
		}, "page.done.update", ""},
	}
}

func (a *api) runbooks() {
	s := a.server.service
	get(a, "list-runbooks", "/api/v1/runbooks", func(context.Context, *struct{}) ([]ListedRunbook, error) { return s.Runbooks(), nil })
	get(a, "show-runbook", "/api/v1/incidents/{id}/runbook", func(ctx context.Context, in *caseInput) (RunbookReport, error) {
		c, err := s.Case(ctx, in.ID)
		return RunbookOf(c.Incident, a.server.base), err
	})
}

// Heading says how a runbook is called in the language of the page.
func (m runbooksModel) Heading(r ListedRunbook) string { return r.TitleIn(m.Lang) }

// Words says a text of the house in the language of the page.
func (f frame) Words(w runbook.Words) string { return w.In(f.Lang) }

// tellRunbook says what became of a step. The entries name steps; their words came with the incident.
func (t *teller) tellRunbook(e journal.Entry) line {
	switch e.Type {
	case incident.TypeOpened:
		if v, err := journal.Decode[incident.Opened](e); err == nil {
			t.steps = incident.State{Opened: v}.Runbook()
		}
	case incident.TypeStepBegun:
		return read(e, func(v incident.StepBegun) line {
			return line{via(phrase.Of(phrase.Key("timeline.runbook-begun."+string(v.Kind)), t.step(v.Step)), v.Via), v.Duty}
		})
	case incident.TypeStepEnded:
		return read(e, func(v incident.StepEnded) line {
			duty := v.Duty
			if v.Run > 0 {
				duty = people.MonitorBot
			}
			text := phrase.Of(phrase.Key("timeline.runbook-ended."+string(v.Outcome)), t.step(v.Step))
			for _, s := range v.Says {
				text = phrase.Of("page.event.remark", text, s)
			}
			return line{remark(text, v.Note), duty}
		})
	case incident.TypeStepSkipped:
		return read(e, func(v incident.StepSkipped) line {
			return line{phrase.Of("timeline.runbook-skipped", t.step(v.Step), v.Reason), v.Duty}
		})
	}
	return line{}
}

// step is what a step is called: its words, or its name where they are not known.
func (t *teller) step(name string) phrase.Spoken {
	if s, ok := t.steps.Step(name); ok {
		return s.Text
	}
	return runbook.Words{EN: name}
}
