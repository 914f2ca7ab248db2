package web

import (
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/knowledge"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// MostSimilar is how many incidents are told that are like another: the page of 04:12 is read in seconds.
const MostSimilar = 5

// Similar is an incident that is like another, with what helped then.
type Similar struct {
	ID, Title, Pipeline, Severity string
	DetectedAt                    time.Time
	Points                        int // of 100
	Reasons                       []phrase.Sentence
	Cause                         phrase.Sentence // zero where none is known
	ContainedBy                   []phrase.Sentence
	ContainedIn, ResolvedIn       time.Duration // 0 where it was not
	Lessons, Tests                []string
}

// SimilarOf tells a case that is like another.
func SimilarOf(c Case, l knowledge.Likeness) Similar {
	inc := c.Incident
	s := Similar{
		ID: inc.ID, Title: inc.Opened.Title, Pipeline: inc.Opened.Pipeline, Severity: string(inc.Severity), DetectedAt: inc.DetectedAt,
		Points: int(l.Points + 0.5), Reasons: l.Reasons,
	}
	if direct := c.Analysis.CausesOf(postmortem.Direct); len(direct) > 0 {
		s.Cause = causeText(direct[0].CauseFields)
	}
	for _, m := range inc.Mitigations {
		if m.Proven() {
			s.ContainedBy = append(s.ContainedBy, MitigationText(m.MitigationRequested))
		}
	}
	if inc.QuarantinedAt != nil {
		s.ContainedBy = append(s.ContainedBy, phrase.Of("knowledge.by-quarantine"))
	}
	if first := inc.FirstContained; first != nil {
		s.ContainedIn = first.At.Sub(inc.DetectedAt)
	}
	if inc.Resolved != nil {
		s.ResolvedIn = inc.Resolved.At.Sub(inc.DetectedAt)
	}
	for _, lesson := range c.Analysis.Lessons {
		s.Lessons = append(s.Lessons, lesson.Text)
	}
	for _, t := range c.Prevention.Tests {
		s.Tests = append(s.Tests, t.Name)
	}
	return s
}

// Why joins the reasons.
func (s Similar) Why(l phrase.Lang) string { return strings.Join(inWords(s.Reasons, l), ", ") }

// By joins what it was contained by.
func (s Similar) By(l phrase.Lang) string { return strings.Join(inWords(s.ContainedBy, l), ", ") }

func inWords(list []phrase.Sentence, l phrase.Lang) []string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = s.In(l)
	}
	return words
}

// SimilarReport is a similar incident in one language.
type SimilarReport struct {
	ID          string    `json:"id"`
	Title       string    `json:"title"`
	Pipeline    string    `json:"pipeline"`
	Severity    string    `json:"severity"`
	DetectedAt  time.Time `json:"detectedAt"`
	Points      int       `json:"points"` // of 100
	Reasons     []string  `json:"reasons"`
	Cause       string    `json:"cause,omitempty"`
	ContainedBy []string  `json:"containedBy,omitempty"`
	Contained   float64   `json:"containedInSeconds,omitempty"`
	Resolved    float64   `json:"resolvedInSeconds,omitempty"`
	Lessons     []string  `json:"lessons,omitempty"`
	Tests       []string  `json:"tests,omitempty"`
}

// SimilarReports says similar incidents in a language.
func SimilarReports(list []Similar, l phrase.Lang) []SimilarReport {
	reports := make([]SimilarReport, len(list))
	for i, s := range list {
		reports[i] = SimilarReport{
			s.ID, s.Title, s.Pipeline, s.Severity, s.DetectedAt, s.Points, inWords(s.Reasons, l), "",
			inWords(s.ContainedBy, l), s.ContainedIn.Seconds(), s.ResolvedIn.Seconds(), s.Lessons, s.Tests,
		}
		if !s.Cause.IsZero() {
			reports[i].Cause = s.Cause.In(l)
		}
	}
	return reports
}

// similarTo finds what is like the incident of a page. The page of 04:12 must come without it too.
func (s *Server) similarTo(v *visit, id string) []Similar {
	list, err := s.service.Similar(v.Context(), v.actor(), id)
	if err != nil {
		s.log.Error("the page of an incident goes without those that are like it", "incident", id, "error", err)
	}
	return list
}

// Lasting writes how long something took.
func (f frame) Lasting(d time.Duration) string { return phrase.Duration(f.Lang, d) }
