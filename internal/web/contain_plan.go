package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

const (
	// PlanSample is how many images a plan names.
	PlanSample = 12
	// PlanRecent is how far back a plan looks for deliveries.
	PlanRecent = time.Hour
)

// RoutePlan is what disabling a route would change.
type RoutePlan struct {
	Route      string        `json:"route"`
	URLs       []string      `json:"urls"` // all addresses below them are affected
	Disabled   bool          `json:"disabled"`
	Assets     int           `json:"assets"`     // images that the origin delivers; -1 where it is a server and they cannot be counted
	References int           `json:"references"` // images that would be served instead
	Missing    int           `json:"missing"`    // images without a reference: a placeholder would be served
	Sample     []string      `json:"sample,omitempty"`
	Edges      []PlannedEdge `json:"edges,omitempty"`
	Recent                   // of the route
}

// PlannedEdge is a server in front of the route, and how it follows.
type PlannedEdge struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	How  string `json:"how"` // asks, diverts or fetches
	// Forgets tells whether it can be told to forget what it has stored of the route; Stores whether it stores anything.
	Stores  bool `json:"stores"`
	Forgets bool `json:"forgets"`
	// Untagged: what it has stored past the gateway it cannot be told to forget.
	Untagged bool `json:"untagged,omitempty"`
}

// Selection says which images of the incident's pipeline are meant. What is given is joined by and.
type Selection struct {
	Over     bool     `json:"over,omitempty"`     // over budget since the incident began
	Paths    []string `json:"paths,omitempty"`    // of images, or of folders, which end in a slash
	Digests  []string `json:"digests,omitempty"`  // SHA-256 of delivered files
	Software string   `json:"software,omitempty"` // that images say they were made with
	Model    string   `json:"model,omitempty"`    // that images say they were made by
	Run      string   `json:"run,omitempty"`      // of the pipeline, that made them
	LUT      string   `json:"lut,omitempty"`      // the version of the colour transform that made them
}

// maxNamed bounds the paths and digests of a selection.
const maxNamed = 500

// Check demands that something is selected.
func (s Selection) Check() error {
	switch {
	case !s.Over && s.Model == "" && s.Software == "" && s.Run == "" && s.LUT == "" && len(s.Paths) == 0 && len(s.Digests) == 0:
		return phrase.Errorf("contain.select", journal.ErrInvalid)
	case len(s.Paths)+len(s.Digests) > maxNamed:
		return phrase.Errorf("contain.named", maxNamed, journal.ErrTooLarge)
	}
	return nil
}

// String is how the journal keeps it.
func (s Selection) String() string {
	var words []string
	if s.Over {
		words = append(words, "over budget")
	}
	if s.Software != "" {
		words = append(words, "software "+s.Software)
	}
	if s.Model != "" {
		words = append(words, "model "+s.Model)
	}
	if s.Run != "" {
		words = append(words, "run "+s.Run)
	}
	if s.LUT != "" {
		words = append(words, "LUT "+s.LUT)
	}
	for _, named := range [][]string{s.Paths, s.Digests} {
		if n := len(named); n == 1 {
			words = append(words, named[0])
		} else if n > 1 {
			words = append(words, fmt.Sprintf("%s and %d more", named[0], n-1))
		}
	}
	return strings.Join(words, ", ")
}

func selectionOf(f fields) Selection {
	s := SelectionOf(f.text("images"))
	s.Over, s.Software, s.Model, s.Run, s.LUT = f.Get("over") == "yes", f.text("software"), f.text("model"), f.text("run"), f.text("lut")
	return s
}

// SelectionOf reads which images are named: one image, folder or digest a line.
func SelectionOf(lines string) (s Selection) {
	for line := range strings.Lines(lines) {
		switch line = strings.TrimSpace(line); {
		case line == "":
		case len(line) == 64 && strings.Trim(line, "0123456789abcdef") == "":
			s.Digests = append(s.Digests, line)
		default:
			s.Paths = append(s.Paths, line)
		}
	}
	return s
}

// IsolationPlan is what taking images out of delivery would change.
type IsolationPlan struct {
	Pipeline string   `json:"pipeline"`
	Chosen   string   `json:"chosen"`
	Images   int      `json:"images"`
	Sample   []string `json:"sample,omitempty"`
	Over     int      `json:"over"`  // images of the pipeline that are over budget
	Whole    bool     `json:"whole"` // none of these is left out
	Held     int      `json:"held"`  // out of delivery already
	Routes   []string `json:"routes,omitempty"`
	SHA256   string   `json:"sha256"` // of the list: who isolates by it gets these images, or none
	Recent            // of these images
}

// Said is the plan in sentences.
func (p RoutePlan) Said() (list []phrase.Sentence) {
	add := func(k phrase.Key, args ...any) { list = append(list, phrase.Of(k, args...)) }
	for _, u := range p.URLs {
		add("contain.will.url", u)
	}
	if p.Assets < 0 {
		add("contain.will.uncounted", p.References)
	} else {
		add("contain.will.assets", p.Assets, p.Referenced())
	}
	if p.Missing > 0 {
		add("contain.will.missing", p.Missing)
	}
	list = append(list, p.Lately())
	for _, e := range p.Edges {
		list = append(list, e.Said()...)
	}
	add("contain.will.proof")
	add("contain.will.undo")
	return list
}

// Referenced is how many of the images have a reference.
func (p RoutePlan) Referenced() int { return p.Assets - p.Missing }

// Said is how the edge follows.
func (e PlannedEdge) Said() []phrase.Sentence {
	list := []phrase.Sentence{phrase.Of(phrase.Key("contain.edge."+e.How), e.Name, e.Kind)}
	switch {
	case e.Keeps():
		list = append(list, phrase.Of("contain.edge.keeps"))
	case e.Stores:
		list = append(list, phrase.Of("contain.edge.forgets"))
	}
	if e.Untagged {
		list = append(list, phrase.Of("caches.edge.untagged"))
	}
	return list
}

// Keeps tells whether the edge goes on serving what it has stored.
func (e PlannedEdge) Keeps() bool { return e.Stores && !e.Forgets }

// Warns tells whether a person must not overlook it.
func (e PlannedEdge) Warns() bool { return e.Keeps() || e.Untagged }

// Said is the plan in sentences.
func (p IsolationPlan) Said() (list []phrase.Sentence) {
	add := func(k phrase.Key, args ...any) { list = append(list, phrase.Of(k, args...)) }
	if p.Images == 0 {
		add("contain.isolate.none", p.Pipeline)
		return list
	}
	add("contain.isolate.what", p.Images, p.Pipeline)
	if p.Held > 0 {
		add("contain.isolate.held", p.Held)
	}
	list = append(list, p.Lately())
	switch {
	case p.Whole:
		add("contain.isolate.whole")
	case p.Over > 0:
		add("contain.isolate.part", p.Over)
	default:
		add("contain.isolate.nothing")
	}
	if len(p.Routes) == 0 {
		add("contain.isolate.unheld")
	} else {
		add("contain.will.proof")
	}
	add("contain.will.undo")
	add("cli.isolate.plan", p.SHA256)
	return list
}

// Isolate takes the images of a selection out of delivery.
type Isolate struct {
	Selection
	Plan   string `json:"plan,omitempty"` // the SHA-256 of the plan that the person has seen; any where it is empty
	Reason string `json:"reason,omitempty"`
}
