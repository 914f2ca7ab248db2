package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/rehearsal"
)

// RehearsalService is what the pages and the API on rehearsals ask of the application.
type RehearsalService interface {
	// Rehearsals tells of the last ones, the newest first, and of the next one.
	Rehearsals(context.Context) (Rehearsals, error)
	// Rehearsal tells of one, or gives journal.ErrNotFound.
	Rehearsal(ctx context.Context, id string) (Rehearsal, error)
	// StartRehearsal has a containment rehearsed, and gives the id.
	StartRehearsal(ctx context.Context, by people.Actor, pipeline string) (string, error)
}

// Rehearsals are the last ones and what is planned.
type Rehearsals struct {
	List         []Rehearsal `json:"rehearsals"`
	Next         *time.Time  `json:"next,omitempty"`
	NextPipeline string      `json:"nextPipeline,omitempty"`
}

// Rehearsal is the report of one.
type Rehearsal struct {
	ID          string          `json:"id"`
	Pipeline    string          `json:"pipeline"`
	At          time.Time       `json:"at"`
	By          string          `json:"by"` // a name
	Scheduled   bool            `json:"scheduled"`
	EndedAt     *time.Time      `json:"endedAt,omitempty"`
	Passed      bool            `json:"passed"`
	Interrupted bool            `json:"interrupted"`
	Millis      int64           `json:"millis"`        // of all steps
	Machine     int64           `json:"machineMillis"` // from the measurement of the harm to the proof, without people
	Clock       int64           `json:"clockSeconds"`  // that a real containment has
	Share       float64         `json:"share"`         // of that clock, in percent
	Steps       []RehearsalStep `json:"steps"`
}

// RehearsalStep is what became of a step.
type RehearsalStep struct {
	rehearsal.Done
	Who string `json:"who,omitempty"` // the person of the facts, by name
}

// RehearsalOf is the report of a rehearsal.
func RehearsalOf(s rehearsal.State, persons []people.Person) Rehearsal {
	who := namesOf(persons)
	r := Rehearsal{
		ID: s.ID, Pipeline: s.Pipeline, At: s.At, By: who.Of(s.By), Scheduled: s.Scheduled, Passed: s.Passed(), Interrupted: s.Interrupted,
		Millis: s.Took().Milliseconds(), Machine: s.Machine().Milliseconds(), Clock: s.Clock, Steps: []RehearsalStep{},
	}
	if s.Over() {
		r.EndedAt = &s.EndedAt
	}
	if s.Clock > 0 {
		r.Share = float64(r.Machine) / 10 / float64(s.Clock)
	}
	for _, d := range s.Done {
		step := RehearsalStep{Done: d}
		if d.Facts.Person != "" {
			step.Who = who.Of(d.Facts.Person)
		}
		r.Steps = append(r.Steps, step)
	}
	return r
}

// Verdict is passed, failed, interrupted or open.
func (r Rehearsal) Verdict() string {
	switch {
	case r.Passed:
		return "passed"
	case r.Interrupted:
		return "interrupted"
	case r.EndedAt != nil:
		return "failed"
	}
	return "open"
}

// Class is how a page shows the verdict.
func (r Rehearsal) Class() string {
	return map[string]string{"passed": "done", "failed": "failed", "interrupted": "failed"}[r.Verdict()]
}

// Took says how long all steps took.
func (r Rehearsal) Took(l phrase.Lang) string { return latency(l, r.Millis) }

// OfClock says how much of a containment's time the machine takes.
func (r Rehearsal) OfClock(l phrase.Lang) string {
	if r.Machine == 0 {
		return "–" // it did not come so far
	}
	return phrase.Say(l, "rehearsal.of-clock", latency(l, r.Machine), phrase.Decimal(l, r.Share, 3), time.Duration(r.Clock)*time.Second)
}

func latency(l phrase.Lang, millis int64) string {
	return phrase.Latency(l, time.Duration(millis)*time.Millisecond)
}

// Name says what the step is.
func (s RehearsalStep) Name(l phrase.Lang) string {
	return phrase.Say(l, phrase.Key("rehearsal.step."+string(s.Step)))
}

// Took says how long it took.
func (s RehearsalStep) Took(l phrase.Lang) string {
	if s.Outcome == rehearsal.Skipped {
		return "–"
	}
	return latency(l, s.Millis)
}

// Result says how it ended.
func (s RehearsalStep) Result(l phrase.Lang) string {
	return phrase.Say(l, phrase.Key("rehearsal.outcome."+string(s.Outcome)))
}

// Saw says what it has seen, or why it did not pass.
func (s RehearsalStep) Saw(l phrase.Lang) string {
	if s.Outcome != rehearsal.Passed {
		return s.Problem.In(l)
	}
	f := s.Facts
	key := phrase.Key("rehearsal.saw." + string(s.Step))
	switch s.Step {
	case rehearsal.Prepare:
		return phrase.Say(l, key, len(f.Paths), listed(f.Paths))
	case rehearsal.Harm, rehearsal.Measure:
		return phrase.Say(l, key, len(f.Paths), f.DeltaE00)
	case rehearsal.Rule:
		return phrase.Say(l, key, f.Rule, f.Severity, time.Duration(f.Fires)*time.Second)
	case rehearsal.OnCall:
		return phrase.Say(l, key, s.Who)
	case rehearsal.Edges:
		if len(f.Edges) == 0 {
			return phrase.Say(l, "rehearsal.saw.routes", listed(f.Routes))
		}
		return phrase.Say(l, key, listed(f.Routes), listed(f.Edges))
	case rehearsal.Contain, rehearsal.Restore:
		return phrase.Say(l, key, latency(l, f.Probe))
	case rehearsal.Isolate, rehearsal.Release:
		return phrase.Say(l, key, listed(f.Paths), latency(l, f.Probe))
	}
	return phrase.Say(l, key)
}

func listed(names []string) string {
	text := ""
	for _, n := range names {
		if text != "" {
			text += ", "
		}
		text += n
	}
	return text
}

// rehearsalsModel is the list.
type rehearsalsModel struct {
	frame
	All       Rehearsals
	Pipelines []string
	May       bool
}

// rehearsalModel is one report.
type rehearsalModel struct {
	frame
	Rehearsal
}

// State changes with each step, which lets the script know what is new.
func (m rehearsalModel) State() string { return m.Verdict() + "-" + m.Number(len(m.Steps)) }

func (s *Server) rehearsalRoutes() []route {
	return []route{
		{"GET /rehearsals", person, 0, s.ifRehearsals(s.rehearsalsPage)},
		{"POST /rehearsals", person, 0, s.ifRehearsals(s.startRehearsal)},
		{"GET /rehearsals/{id}", person, 0, s.ifRehearsals(s.rehearsalPage)},
		{"GET /rehearsals/{id}/live", person, 0, s.ifRehearsals(s.rehearsalLive)},
		{"GET /rehearsals/{id}/report.md", person, 0, s.ifRehearsals(s.rehearsalReport)},
	}
}

// ifRehearsals answers that there is no such page where nobody rehearses.
func (s *Server) ifRehearsals(serve func(http.ResponseWriter, *visit) error) func(http.ResponseWriter, *visit) error {
	return func(w http.ResponseWriter, v *visit) error {
		if s.rehearsals == nil {
			return errNoPage
		}
		return serve(w, v)
	}
}

func (s *Server) rehearsalsPage(w http.ResponseWriter, v *visit) error {
	all, err := s.rehearsals.Rehearsals(v.Context())
	if err != nil {
		return err
	}
	m := rehearsalsModel{frame: s.frame(v, v.say("rehearsal.title")), All: all, Pipelines: s.service.Pipelines(), May: v.actor().May(people.Contain)}
	return s.render(w, "rehearsals", http.StatusOK, m)
}

func (s *Server) startRehearsal(w http.ResponseWriter, v *visit) error {
	id, err := s.rehearsals.StartRehearsal(v.Context(), v.actor(), v.PostFormValue("pipeline"))
	if err != nil {
		return err
	}
	return s.back(w, v, "/rehearsals/"+id, "rehearsal.done")
}

func (s *Server) rehearsalModel(v *visit) (rehearsalModel, error) {
	r, err := s.rehearsals.Rehearsal(v.Context(), v.PathValue("id"))
	return rehearsalModel{frame: s.frame(v, v.say("rehearsal.report", v.PathValue("id"))), Rehearsal: r}, err
}

func (s *Server) rehearsalPage(w http.ResponseWriter, v *visit) error {
	m, err := s.rehearsalModel(v)
	if err != nil {
		return err
	}
	return s.render(w, "rehearsal", http.StatusOK, m)
}

func (s *Server) rehearsalLive(w http.ResponseWriter, v *visit) error {
	m, err := s.rehearsalModel(v)
	if err != nil {
		return err
	}
	return s.renderPart(w, "rehearsal", "live", http.StatusOK, m)
}

// rehearsalReport is the report as Markdown, for whoever prints or files it.
func (s *Server) rehearsalReport(w http.ResponseWriter, v *visit) error {
	m, err := s.rehearsalModel(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+m.ID+`.md"`)
	_, _ = w.Write([]byte(m.Markdown(v.lang))) // the client may have gone
	return nil
}

// rehearsing are the calls on rehearsals.
func (a *api) rehearsing() {
	s := a.server.rehearsals
	if s == nil {
		return
	}
	get(a, "rehearsals", "/api/v1/rehearsals", func(ctx context.Context, _ *struct{}) (Rehearsals, error) { return s.Rehearsals(ctx) })
	get(a, "rehearsal", "/api/v1/rehearsals/{id}", func(ctx context.Context, in *struct {
		ID string `path:"id"`
	}) (Rehearsal, error) {
		return s.Rehearsal(ctx, in.ID)
	})
	operation := huma.Operation{OperationID: "start-rehearsal", Method: http.MethodPost, Path: "/api/v1/rehearsals", DefaultStatus: http.StatusCreated, MaxBodyBytes: formLimit}
	huma.Register(a.huma, operation, answering(a, func(ctx context.Context, in *struct {
		Body struct {
			Pipeline string `json:"pipeline"`
		}
	}) (Declared, error) {
		id, err := s.StartRehearsal(ctx, visitIn(ctx).actor(), in.Body.Pipeline)
		return Declared{id}, err
	}))
}
