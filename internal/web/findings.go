package web

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// FindingsService is what the page and the API of findings in metadata ask of the application.
type FindingsService interface {
	// Findings lists the delivered images that break a rule of their policy, by pipeline, path and kind, and counts all of
	// them. A kind that there is none of is journal.ErrInvalid.
	Findings(ctx context.Context, q FindingQuery) (FindingPage, error)
}

// FindingQuery selects findings; zero fields select all.
type FindingQuery struct {
	Pipeline string
	Kind     pipeline.Breach
	After    FindingPlace // where the page before ends
	Limit    int          // 0 is DefaultFindings
}

// DefaultFindings is how many findings one list has, MaxFindings how many it may have.
const (
	DefaultFindings = 200
	MaxFindings     = 1000
)

// FindingPlace is a place in the list.
type FindingPlace struct{ Pipeline, Path, Kind string }

// maxPlace bounds a place in an address: a path of 4 096 bytes, and the names.
const maxPlace = 6000

// String writes a place for an address; the beginning is empty.
func (p FindingPlace) String() string {
	if p == (FindingPlace{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(p.Pipeline + "\x00" + p.Path + "\x00" + p.Kind))
}

// ParseFindingPlace reads what String wrote.
func ParseFindingPlace(text string) (FindingPlace, error) {
	if text == "" {
		return FindingPlace{}, nil
	}
	var parts []string
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil && len(text) <= maxPlace {
		parts = strings.Split(string(raw), "\x00")
	}
	if len(parts) != 3 {
		return FindingPlace{}, fmt.Errorf("turn the page: %.70q is no place in the list: %w", text, journal.ErrInvalid)
	}
	return FindingPlace{parts[0], parts[1], parts[2]}, nil
}

// ListedFinding is one rule that a delivered image breaks. It names fields and never quotes them.
type ListedFinding struct {
	Pipeline string `json:"pipeline"`
	Path     string `json:"path"` // below the delivered folder
	measure.Breach
	SHA256 string    `json:"sha256"`
	Since  time.Time `json:"since"` // first seen in this place
	At     time.Time `json:"at"`    // last seen
	// Released says that a person has released this version from quarantine.
	Released bool `json:"released,omitempty"`
}

// Says says what is wrong in a sentence.
func (f ListedFinding) Says(l phrase.Lang) string {
	said := f.Finding("")
	return phrase.Say(l, said.Key, said.Args...)
}

// FindingCount is how many delivered images break a rule.
type FindingCount struct {
	Pipeline string          `json:"pipeline"`
	Kind     pipeline.Breach `json:"kind"`
	Images   int             `json:"images"`
}

// FindingPage is a page of the list. Next asks for the one after it; empty: there is none.
type FindingPage struct {
	Counts   []FindingCount  `json:"counts"`
	Findings []ListedFinding `json:"findings"`
	Next     string          `json:"next,omitempty"`
}

// findingsModel is the list of delivered images that break a rule.
type findingsModel struct {
	frame
	Kinds            []kindView // how many images by kind
	Images           []findingView
	Next, First      string // addresses of the next page and, on a later one, of the first
	Filtered         bool
	Pipelines, Names []option
}

// kindView is a kind with its number of images and the address that lists them.
type kindView struct {
	Name, Link string
	Images     int
	Here       bool
}

// findingView is one image with all that was found of it, as far as the page has it.
type findingView struct {
	Pipeline, Path string
	Released       bool
	Says           []findingLine
}

type findingLine struct{ Text, Since string }

func (s *Server) findingsPage(w http.ResponseWriter, v *visit) error {
	asked := v.URL.Query()
	q := FindingQuery{Pipeline: asked.Get("pipeline"), Kind: pipeline.Breach(asked.Get("kind"))}
	var err error
	if q.After, err = ParseFindingPlace(asked.Get("after")); err != nil {
		return err
	}
	page, err := s.findings.Findings(v.Context(), q)
	if err != nil {
		return err
	}
	m := findingsModel{frame: s.frame(v, phrase.Say(v.lang, "findings.title")), Filtered: q.Pipeline != "" || q.Kind != ""}
	m.Here = "quarantine" // from where one comes here
	m.Kinds, m.Images = kindViews(v.lang, q, page.Counts), findingViews(m.frame, page.Findings)
	if page.Next != "" {
		m.Next = findingsLink(q, page.Next)
	}
	if q.After != (FindingPlace{}) {
		m.First = findingsLink(q, "")
	}
	for _, name := range s.service.Pipelines() {
		m.Pipelines = append(m.Pipelines, option{name, name, name == q.Pipeline})
	}
	for _, kind := range pipeline.Breaches() {
		m.Names = append(m.Names, option{string(kind), KindOf(v.lang, string(kind)), kind == q.Kind})
	}
	return s.render(w, "findings", http.StatusOK, m)
}

// findingsLink is the address of a page of the list.
func findingsLink(q FindingQuery, after string) string {
	asked := url.Values{}
	for name, value := range map[string]string{"pipeline": q.Pipeline, "kind": string(q.Kind), "after": after} {
		if value != "" {
			asked.Set(name, value)
		}
	}
	if len(asked) == 0 {
		return "/findings"
	}
	return "/findings?" + asked.Encode()
}

// kindViews sums up the counts of the asked pipeline, or of all, in the order of the kinds.
func kindViews(l phrase.Lang, q FindingQuery, counts []FindingCount) (views []kindView) {
	sums := map[pipeline.Breach]int{}
	for _, c := range counts {
		if q.Pipeline == "" || c.Pipeline == q.Pipeline {
			sums[c.Kind] += c.Images
		}
	}
	for _, kind := range pipeline.Breaches() {
		if n := sums[kind]; n > 0 {
			link := findingsLink(FindingQuery{Pipeline: q.Pipeline, Kind: kind}, "")
			views = append(views, kindView{KindOf(l, string(kind)), link, n, kind == q.Kind})
		}
	}
	return views
}

// findingViews puts the findings of one image together.
func findingViews(f frame, list []ListedFinding) (views []findingView) {
	for _, one := range list {
		last := len(views) - 1
		if last < 0 || views[last].Pipeline != one.Pipeline || views[last].Path != one.Path {
			views, last = append(views, findingView{Pipeline: one.Pipeline, Path: one.Path}), last+1
		}
		views[last].Released = views[last].Released || one.Released
		views[last].Says = append(views[last].Says, findingLine{one.Says(f.Lang), f.Say("findings.since", f.Time(one.Since))})
	}
	return views
}

func (s *Server) findingsRoutes() []route {
	return []route{{"GET /findings", person, 0, func(w http.ResponseWriter, v *visit) error {
		if s.findings == nil {
			return errNoPage
		}
		return s.findingsPage(w, v)
	}}}
}

// findingsInput selects findings.
type findingsInput struct {
	Pipeline string `query:"pipeline" maxLength:"64"`
	Kind     string `query:"kind" maxLength:"64" doc:"as the label of image_metadata_findings_total"`
	Limit    int    `query:"limit" minimum:"0" maximum:"1000"`
	After    string `query:"after" maxLength:"6000" doc:"next of the page before"`
}

// metadataFindings are the calls on findings in metadata.
func (a *api) metadataFindings() {
	s := a.server.findings
	if s == nil {
		return
	}
	get(a, "list-findings", "/api/v1/findings", func(ctx context.Context, in *findingsInput) (FindingPage, error) {
		after, err := ParseFindingPlace(in.After)
		if err != nil {
			return FindingPage{}, err
		}
		page, err := s.Findings(ctx, FindingQuery{in.Pipeline, pipeline.Breach(in.Kind), after, in.Limit})
		page.Counts, page.Findings = append([]FindingCount{}, page.Counts...), append([]ListedFinding{}, page.Findings...)
		return page, err
	})
}
