package web

import (
	"context"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// LintProblem is a problem of a document, in a language.
type LintProblem struct {
	Pin       string           `json:"pin"`
	Rule      postmortem.Rule  `json:"rule"`
	Section   postmortem.Field `json:"section,omitempty"`
	Heading   string           `json:"heading,omitempty"` // of the section
	Line      int              `json:"line,omitempty"`    // of the Markdown; 0 where something is missing
	Quote     string           `json:"quote,omitempty"`
	Text      string           `json:"text"`
	Why       string           `json:"why,omitempty"`
	Instead   string           `json:"instead,omitempty"` // how to say it
	Overruled *LintOverruling  `json:"overruled,omitempty"`
}

// LintOverruling says who judges a problem otherwise, and why.
type LintOverruling struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// ProblemOf says a problem in a language; name gives a person's name.
func ProblemOf(p postmortem.Problem, name func(people.ID) string, l phrase.Lang) LintProblem {
	v := LintProblem{Pin: p.Pin, Rule: p.Rule, Section: p.Section, Line: p.Line, Quote: p.Quote, Text: p.Text.In(l)}
	if p.Section != "" {
		v.Heading = phrase.Say(l, phrase.Key("document."+string(p.Section)))
	}
	if !p.Why.IsZero() {
		v.Why, v.Instead = p.Why.In(l), p.Instead.In(l)
	}
	if o := p.Overruled; o != nil {
		v.Overruled = &LintOverruling{name(o.By), o.At, o.Reason}
	}
	return v
}

// ProblemsOf says all problems of a document, the open ones first.
func ProblemsOf(d Draft, who names, l phrase.Lang) []LintProblem {
	list := []LintProblem{}
	for _, overruled := range []bool{false, true} {
		for _, p := range d.Problems {
			if (p.Overruled != nil) == overruled {
				list = append(list, ProblemOf(p, who.Of, l))
			}
		}
	}
	return list
}

// documents offers what is read of a postmortem that is being written.
func (a *api) documents() {
	get(a, "lint", "/api/v1/incidents/{id}/lint", func(ctx context.Context, in *caseInput) ([]LintProblem, error) {
		_, d, persons, err := a.server.standing(ctx, visitIn(ctx).actor(), in.ID)
		return ProblemsOf(d, namesOf(persons), visitIn(ctx).lang), err
	})
	get(a, "publication-status", "/api/v1/incidents/{id}/publication", func(ctx context.Context, in *caseInput) (PublicationStatus, error) {
		c, d, persons, err := a.server.standing(ctx, visitIn(ctx).actor(), in.ID)
		if err != nil {
			return PublicationStatus{}, err
		}
		now, _ := a.server.service.Now()
		return StatusOf(c, d, persons, now).In(visitIn(ctx).lang), nil
	})
}

// standing reads an incident and how its document stands, as somebody may see them.
func (s *Server) standing(ctx context.Context, by people.Actor, id string) (Case, Draft, []people.Person, error) {
	c, persons, err := s.caseAndPeople(ctx, id)
	if err != nil {
		return c, Draft{}, persons, err
	}
	d, err := s.service.Document(ctx, c)
	if err != nil || c.Restriction == nil || ReadsWhole(by) {
		return c, d, persons, err
	}
	d.News, d.Problems = nil, nil // they quote what is withheld
	if d.Written() {
		if d.Document, err = c.Public(d.Document); err != nil {
			return c, Draft{}, persons, err
		}
	}
	c, err = c.For(by)
	return c, d, persons, err
}
