package web

import (
	"context"
	"net/http"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/retrospective"
)

// api is the JSON API with the mux that it is served by.
type api struct {
	server *Server
	huma   huma.API
}

// api builds the handler of everything below /api/v1/.
func (s *Server) api() http.Handler {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Safelight", "1")
	config.DocsPath, config.SchemasPath = "", ""
	config.OpenAPIPath = "/api/v1/openapi"
	config.CreateHooks = nil // no $schema in answers
	config.Transformers = append(config.Transformers, withoutValues)
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	// What a command needs is the domain's to say, in one sentence.
	config.FieldsOptionalByDefault = true
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	config.Security = []map[string][]string{{"token": {}}}
	a := &api{server: s, huma: humago.New(mux, config)}
	a.huma.UseMiddleware(a.admit)
	a.reads()
	a.signals()
	a.rules()
	a.consentsAPI()
	a.quarantined()
	a.metadataFindings()
	a.onCall()
	a.watching()
	a.rehearsing()
	a.analysing()
	a.containing()
	a.rollingBack()
	a.runbooks()
	a.documents()
	a.roadmaps()
	a.knows()
	a.kpis()
	a.reviews()
	a.lessons()
	a.retrospectives()
	for _, v := range Verbs() {
		v.register(a, v)
	}
	return s.unknown(mux)
}

// withoutValues takes what was sent out of answers that refuse it: names and addresses of persons would end in the logs of
// clients.
func withoutValues(_ huma.Context, _ string, answer any) (any, error) {
	if refusal, ok := answer.(*huma.ErrorModel); ok {
		for _, detail := range refusal.Errors {
			detail.Value = nil
		}
	}
	return answer, nil
}

// schemaName tells structs of one name apart by their package: IncidentState, PostmortemState.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	pkg := path.Base(t.PkgPath())
	if t.PkgPath() == "" || pkg == "web" || pkg == "v2" || name == "" {
		return name
	}
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}

// admit demands a known person, and the CSRF token of a browser's session.
func (a *api) admit(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	v := visitOf(r)
	switch {
	case v == nil || !v.signedIn():
		a.server.problem(w, a.server.stranger(r), errSignIn)
	case r.Method != http.MethodGet && !v.bearer && !sameToken(r.Header.Get("X-CSRF-Token"), v.csrf):
		a.server.problem(w, v, errCSRF)
	default:
		if err := v.actor().Require(people.Read); err != nil {
			a.server.problem(w, v, err) // the account of a machine
			return
		}
		next(ctx)
	}
}

// answer is the body of every successful call.
type answer[T any] struct{ Body T }

// caseInput names an incident.
type caseInput struct {
	ID string `path:"id" maxLength:"64" doc:"the incident, as PM-2025-09-27-01"`
}

// Summary is an incident in a list.
type Summary struct {
	ID         string           `json:"id"`
	Title      string           `json:"title"`
	Pipeline   string           `json:"pipeline"`
	Severity   string           `json:"severity"`
	Phase      incident.Phase   `json:"phase"`
	DetectedAt time.Time        `json:"detectedAt"`
	Clocks     []incident.Clock `json:"clocks,omitempty"`
}

func summaryOf(s incident.State) Summary {
	return Summary{s.ID, s.Opened.Title, s.Opened.Pipeline, string(s.Severity), s.Phase(), s.DetectedAt, s.Clocks}
}

// Report is one incident with all that belongs to it.
type Report struct {
	Phase         incident.Phase      `json:"phase"`
	Stage         postmortem.Stage    `json:"stage"`
	Incident      incident.State      `json:"incident"`
	Analysis      postmortem.State    `json:"analysis"`
	Prevention    prevention.State    `json:"prevention"`
	Lessons       lesson.State        `json:"lessons"`
	Retrospective retrospective.State `json:"retrospective"`
	Checklist     []CheckLine         `json:"checklist"`
	Timeline      []TimelineLine      `json:"timeline"`
	Effects       []Effect            `json:"effects"`
}

// CheckLine is a line of the checklist.
type CheckLine struct {
	Name string `json:"name"`
	Text string `json:"text"`
	Done bool   `json:"done"`
}

// TimelineLine is an event in words.
type TimelineLine struct {
	Seq  int64       `json:"seq"`
	At   time.Time   `json:"at"`
	Type string      `json:"type"`
	Duty people.Duty `json:"duty"`
	Who  string      `json:"who"`
	Text string      `json:"text"`
}

// JournalHead is where the journal ends.
type JournalHead struct {
	Size int64  `json:"size"`
	Hash string `json:"hash"`
}

// Declared names the incident that was opened.
type Declared struct {
	ID string `json:"id"`
}

func (a *api) reads() {
	s := a.server.service
	get(a, "list-incidents", "/api/v1/incidents", func(ctx context.Context, _ *struct{}) ([]Summary, error) {
		states, err := s.Incidents(ctx)
		list := make([]Summary, 0, len(states))
		for _, st := range states {
			list = append(list, summaryOf(st))
		}
		return list, err
	})
	get(a, "show-incident", "/api/v1/incidents/{id}", a.report)
	get(a, "show-pages", "/api/v1/incidents/{id}/pages", a.ledger)
	get(a, "journal-head", "/api/v1/journal/head", func(ctx context.Context, _ *struct{}) (JournalHead, error) {
		h, err := s.Head(ctx)
		return JournalHead{h.Size, h.Hash.String()}, err
	})
	operation := huma.Operation{
		OperationID: "declare-incident", Method: http.MethodPost, Path: "/api/v1/incidents",
		DefaultStatus: http.StatusCreated, MaxBodyBytes: formLimit,
	}
	huma.Register(a.huma, operation, answering(a, func(ctx context.Context, in *struct{ Body Declaration }) (Declared, error) {
		id, err := s.Declare(ctx, visitIn(ctx).actor(), in.Body)
		return Declared{id}, err
	}))
}

// visitIn is the visit of a call that admit has let pass.
func visitIn(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

func (a *api) report(ctx context.Context, in *caseInput) (Report, error) {
	c, err := a.server.service.Case(ctx, in.ID)
	if err == nil {
		c, err = c.For(visitIn(ctx).actor())
	}
	if err != nil {
		return Report{}, err
	}
	persons, err := a.server.service.People(ctx)
	if err != nil {
		return Report{}, err
	}
	now, _ := a.server.service.Now()
	return ReportOf(c, persons, visitIn(ctx).lang, now), nil
}

func (a *api) ledger(ctx context.Context, in *caseInput) ([]LedgerLine, error) {
	c, persons, err := a.server.caseAndPeople(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return LedgerOf(c, persons), nil
}

func get[I, O any](a *api, name, at string, read func(context.Context, *I) (O, error)) {
	huma.Register(a.huma, huma.Operation{OperationID: name, Method: http.MethodGet, Path: at}, answering(a, read))
}

// answering turns an error into a problem; nothing else may leave the API.
func answering[I, O any](a *api, handle func(context.Context, *I) (O, error)) func(context.Context, *I) (*answer[O], error) {
	return func(ctx context.Context, in *I) (*answer[O], error) {
		out, err := handle(ctx, in)
		if err == nil {
			return &answer[O]{out}, nil
		}
		if judge(err).status >= http.StatusInternalServerError {
			a.server.log.Error("an API call went wrong", "error", err)
		}
		return nil, refusal(visitIn(ctx).lang, err)
	}
}

// bodyLimit is the greatest body of a command: a field of evidence travels in base64.
func bodyLimit(name string) int64 {
	switch name {
	case "evidence", "redact-evidence", "make-test":
		return evidenceLimit/3*4 + formLimit
	case "edit-postmortem":
		return editLimit
	}
	return formLimit
}

// commandInput is a command on an incident.
type commandInput[T any] struct {
	ID   string `path:"id" maxLength:"64" doc:"the incident, as PM-2025-09-27-01"`
	Body T
}

// registerCommand offers a verb. A command without fields needs no body.
func registerCommand[T any](a *api, v Verb) {
	operation := huma.Operation{
		OperationID: v.Name, Method: http.MethodPost, Path: "/api/v1/incidents/{id}/" + v.Name,
		MaxBodyBytes: bodyLimit(v.Name), BodyReadTimeout: time.Minute,
	}
	perform := func(ctx context.Context, id string, c any) (Summary, error) {
		if err := Perform(ctx, a.server.service, visitIn(ctx).actor(), id, c); err != nil {
			return Summary{}, err
		}
		state, err := a.server.service.Case(ctx, id)
		return summaryOf(state.Incident), err
	}
	if v.kind.NumField() == 0 {
		huma.Register(a.huma, operation, answering(a, func(ctx context.Context, in *caseInput) (Summary, error) {
			var c T
			return perform(ctx, in.ID, c)
		}))
		return
	}
	huma.Register(a.huma, operation, answering(a, func(ctx context.Context, in *commandInput[T]) (Summary, error) {
		return perform(ctx, in.ID, in.Body)
	}))
}
