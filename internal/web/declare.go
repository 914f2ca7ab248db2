package web

import (
	"net/http"
	"net/url"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// declareModel is the form by which a person opens an incident.
type declareModel struct {
	frame
	Pipelines  []option
	Severities []option
}

func (s *Server) declarePage(w http.ResponseWriter, v *visit) error {
	if err := v.actor().Require(people.Respond); err != nil {
		return err
	}
	p := declareModel{frame: s.frame(v, phrase.Say(v.lang, "page.declare")), Severities: severityOptions(v.lang, pipeline.S2)}
	for _, n := range s.service.Pipelines() {
		p.Pipelines = append(p.Pipelines, option{Value: n, Label: n})
	}
	return s.render(w, "declare", http.StatusOK, p)
}

// severityOptions says what each severity means: under stress nobody remembers.
func severityOptions(l phrase.Lang, selected pipeline.Severity) []option {
	var list []option
	for _, sev := range []pipeline.Severity{pipeline.S0, pipeline.S1, pipeline.S2, pipeline.S3} {
		label := string(sev) + " · " + phrase.Say(l, phrase.Key("page.severity."+string(sev)))
		list = append(list, option{string(sev), label, sev == selected})
	}
	return list
}

func (s *Server) declare(w http.ResponseWriter, v *visit) error {
	id, err := s.service.Declare(v.Context(), v.actor(), Declaration{
		Pipeline: v.PostForm.Get("pipeline"), Severity: pipeline.Severity(v.PostForm.Get("severity")),
		Title: v.PostForm.Get("title"), PersonalData: v.PostForm.Get("personalData") == "yes",
	})
	if err != nil {
		return err
	}
	return s.back(w, v, "/incidents/"+url.PathEscape(id), "page.done.declared")
}
