package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/safelight-dev/safelight/internal/knowledge"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// KnowledgeService is what the pages and the API of past incidents ask of the application.
type KnowledgeService interface {
	// Search finds incidents by what is written of them. Of restricted postmortems it shows neither hit nor count nor snippet to
	// those who do not read all of them.
	Search(ctx context.Context, by people.Actor, q Search) (Found, error)
	// Similar gives the incidents that are most like another, the likest first, as somebody may see them.
	Similar(ctx context.Context, by people.Actor, id string) ([]Similar, error)
}

// FoundLimit is how many incidents a page of what was found has.
const FoundLimit = 20

// Search is what somebody looks for.
type Search struct {
	knowledge.Query
	Lang phrase.Lang
	Page int // from 1
}

// Found is a page of what was found.
type Found struct {
	Total     int             `json:"total"`
	Incidents []FoundIncident `json:"incidents"`
	// Withheld says that restricted postmortems were not searched.
	Withheld bool `json:"withheld,omitempty"`
	// Quarters are those in which incidents were detected, the last first.
	Quarters []string `json:"-"`
}

// FoundIncident is an incident that was found.
type FoundIncident struct {
	ID         string    `json:"id"`
	Title      string    `json:"title"`
	Pipeline   string    `json:"pipeline"`
	Severity   string    `json:"severity"`
	DetectedAt time.Time `json:"detectedAt"`
	Snippets   []Snippet `json:"snippets,omitempty"`
}

// Snippet is a place where something was found.
type Snippet struct {
	Part  knowledge.Part   `json:"part"`
	Spans []knowledge.Span `json:"spans"`
}

// knowledgeModel is the page of the search.
type knowledgeModel struct {
	frame
	Query                                   knowledge.Query
	Found                                   Found
	Asked                                   bool
	First, Last                             int
	Before, After                           string // addresses of the pages beside this one
	Pipelines, Severities, Causes, Quarters []option
}

func (s *Server) knowledgeRoutes() []route {
	return []route{{"GET /knowledge", person, 0, s.knowledgePage}}
}

func searchOf(asked url.Values, l phrase.Lang) Search {
	page, err := strconv.Atoi(asked.Get("page"))
	if err != nil || page < 1 {
		page = 1
	}
	return Search{knowledge.Query{
		Words: asked.Get("words"), Pipeline: asked.Get("pipeline"), Severity: pipeline.Severity(asked.Get("severity")),
		Cause: postmortem.CauseKind(asked.Get("cause")), Quarter: asked.Get("quarter"),
	}, l, page}
}

func (s *Server) knowledgePage(w http.ResponseWriter, v *visit) error {
	q := searchOf(v.URL.Query(), v.lang)
	found, err := s.service.Search(v.Context(), v.actor(), q)
	if err != nil {
		return err
	}
	m := knowledgeModel{
		frame: s.frame(v, v.say("knowledge.title")), Query: q.Query, Found: found, Asked: q.Query != knowledge.Query{},
		First: (q.Page-1)*FoundLimit + 1, Last: (q.Page-1)*FoundLimit + len(found.Incidents),
		Severities: severityOptions(v.lang, q.Severity), Causes: said(v.lang, "document.kind.", postmortem.CauseKinds()),
	}
	if q.Page > 1 {
		m.Before = q.link(q.Page - 1)
	}
	if m.Last < found.Total && len(found.Incidents) > 0 {
		m.After = q.link(q.Page + 1)
	}
	for i, o := range m.Causes {
		m.Causes[i].Selected = o.Value == string(q.Cause)
	}
	for _, name := range s.service.Pipelines() {
		m.Pipelines = append(m.Pipelines, option{name, name, name == q.Pipeline})
	}
	for _, name := range found.Quarters {
		m.Quarters = append(m.Quarters, option{name, name, name == q.Quarter})
	}
	return s.render(w, "knowledge", http.StatusOK, m)
}

// link is the address of a page of what is found.
func (q Search) link(page int) string {
	asked := url.Values{"page": {strconv.Itoa(page)}}
	for name, value := range map[string]string{
		"words": q.Words, "pipeline": q.Pipeline, "severity": string(q.Severity), "cause": string(q.Cause), "quarter": q.Quarter,
	} {
		if value != "" {
			asked.Set(name, value)
		}
	}
	return "/knowledge?" + asked.Encode()
}

// knows offers the search, and what is like an incident, to programs.
func (a *api) knows() {
	s := a.server.service
	get(a, "search", "/api/v1/knowledge", func(ctx context.Context, in *struct {
		Words    string `query:"words" maxLength:"400" doc:"words that must all be there; each stands for those it begins; words in quotes stand in a row; -word is not to be there"`
		Pipeline string `query:"pipeline" maxLength:"200"`
		Severity string `query:"severity" maxLength:"8" doc:"S0, S1, S2 or S3"`
		Cause    string `query:"cause" maxLength:"20" doc:"the analysis names a cause of this kind: direct, contributing or systemic"`
		Quarter  string `query:"quarter" maxLength:"8" doc:"of the detection, as 2025-Q3"`
		Page     int    `query:"page" minimum:"1" maximum:"10000" default:"1" doc:"of twenty incidents"`
	}) (Found, error) {
		q := knowledge.Query{Words: in.Words, Pipeline: in.Pipeline, Severity: pipeline.Severity(in.Severity), Cause: postmortem.CauseKind(in.Cause), Quarter: in.Quarter}
		return s.Search(ctx, visitIn(ctx).actor(), Search{q, visitIn(ctx).lang, in.Page})
	})
	get(a, "similar-incidents", "/api/v1/incidents/{id}/similar", func(ctx context.Context, in *caseInput) ([]SimilarReport, error) {
		list, err := s.Similar(ctx, visitIn(ctx).actor(), in.ID)
		return SimilarReports(list, visitIn(ctx).lang), err
	})
}
