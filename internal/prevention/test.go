package prevention

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// MinControls is how many unrelated good changes an incident test must pass
// before it is accepted: a test that fails on everything guards nothing.
const MinControls = 3

// Test is an incident test as its file says (incident-tests/NAME/test.yaml): references, and the budget that what is tested must keep on
// them. It guards one of three: a colour table, delivered images, or what a program generates.
type Test struct {
	// Name is the test's folder name.
	Name string `yaml:"name"`
	// Incident that it was made from.
	Incident string `yaml:"incident"`
	// Class and Budget that the candidates must keep, copied from the incident's day.
	Class  pipeline.Class  `yaml:"class"`
	Budget pipeline.Budget `yaml:"budget"`
	// Metadata is the policy of that day, where the harm was in metadata.
	Metadata *pipeline.MetadataPolicy `yaml:"metadata,omitempty"`
	// Palette is the brand palette of that day.
	Palette []pipeline.BrandColour `yaml:"palette,omitempty"`
	// LUT is the path of the guarded lookup table in the user's repository.
	LUT string `yaml:"lut,omitempty"`
	// Images is the folder of the guarded images in the user's repository.
	Images string `yaml:"images,omitempty"`
	// Generate is how the guarded image is generated.
	Generate *Generation `yaml:"generate,omitempty"`
	// References are the files of the sample beside the test, with their digests.
	References []Reference `yaml:"references"`
}

// Generation is how an image is generated: by a program of the configuration (tests.NAME.generate) and its parameters, such as a prompt, a
// model and a seed.
type Generation struct {
	Program    string            `yaml:"program" json:"program"`
	Parameters map[string]string `yaml:"parameters" json:"parameters"`
}

// With gives a generation with some parameters in place of its own.
func (g Generation) With(parameters map[string]string) Generation {
	all := maps.Clone(g.Parameters)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, parameters)
	return Generation{g.Program, all}
}

// String names a generation: "sdxl model=v7 prompt=… seed=7".
func (g Generation) String() string {
	s := g.Program
	for _, k := range slices.Sorted(maps.Keys(g.Parameters)) {
		s += " " + k + "=" + g.Parameters[k]
	}
	return s
}

// Reference is one approved image of a test's sample.
type Reference struct {
	File   string `yaml:"file"`
	SHA256 string `yaml:"sha256"`
	// Image is the name of the image below Images, where it is another than that of its reference.
	Image string `yaml:"image,omitempty"`
}

// Name is the name of the image that is held against the reference.
func (r Reference) Name() string { return cmp.Or(r.Image, r.File) }

// Validate says what is wrong with a test file in one sentence, or nil.
func (t Test) Validate() error {
	switch {
	case t.Name == "" || t.Incident == "":
		return fmt.Errorf("incident test: name and incident are required: %w", journal.ErrInvalid)
	case len(t.References) == 0:
		return fmt.Errorf("incident test %s: it has no references: %w", t.Name, journal.ErrInvalid)
	case t.guards() != 1:
		return fmt.Errorf("incident test %s: it guards one of lut, images and generate: %w", t.Name, journal.ErrInvalid)
	case t.LUT != "" && !local(t.LUT):
		return fmt.Errorf("incident test %s: lut %q: name a file of the repository: %w", t.Name, t.LUT, journal.ErrInvalid)
	case t.Images != "" && t.Images != "." && !local(t.Images):
		return fmt.Errorf("incident test %s: images %q: name a folder of the repository: %w", t.Name, t.Images, journal.ErrInvalid)
	case t.Generate != nil && (t.Generate.Program == "" || len(t.References) != 1):
		return fmt.Errorf("incident test %s: generate names a program, and the one reference of what it makes: %w", t.Name, journal.ErrInvalid)
	case t.Budget.DeltaE00 == 0 && t.Budget.Palette == 0 && t.Budget.SSIM == 0 && t.Metadata == nil:
		return fmt.Errorf("incident test %s: its budget limits nothing: %w", t.Name, journal.ErrInvalid)
	}
	for _, r := range t.References {
		if !local(r.File) || !local(r.Name()) || len(r.SHA256) != 64 {
			return fmt.Errorf("incident test %s: reference %q: give a file beside the test and its SHA-256: %w", t.Name, r.File, journal.ErrInvalid)
		}
	}
	return nil
}

// Guarded names what the test guards.
func (t Test) Guarded() string {
	if t.Generate != nil {
		return t.Generate.Program
	}
	return cmp.Or(t.LUT, t.Images)
}

func (t Test) guards() int {
	n := 0
	for _, guarded := range []bool{t.LUT != "", t.Images != "", t.Generate != nil} {
		if guarded {
			n++
		}
	}
	return n
}

// Violation is one limit that one image of a run broke.
type Violation struct {
	File   string  `json:"file"`
	Metric string  `json:"metric"` // "deltaE00.p95", "palette.brand red"
	Value  float64 `json:"value"`
	Limit  float64 `json:"limit"`
	Text   string  `json:"text,omitempty"` // of what has no number, in English
	// Say says Text in a language, where that is known: it is not kept.
	Say func(phrase.Lang) string `json:"-"`
}

// String is the gate's sentence: "DeltaE00 4.31 exceeds 2.00".
func (v Violation) String() string { return v.In(phrase.English) }

// In is that in a language.
func (v Violation) In(l phrase.Lang) string {
	if v.Limit == 0 && v.Text != "" {
		text := v.Text
		if v.Say != nil {
			text = v.Say(l)
		}
		return v.File + ": " + text
	}
	metric, decimals, key := "DeltaE00", 2, phrase.Key("gate.exceeds")
	if name, ok := strings.CutPrefix(v.Metric, "palette."); ok {
		metric = phrase.Say(l, "test.colour", name)
	} else if name, ok := map[string]string{"ssim": "SSIM", "msSsim": "MS-SSIM"}[v.Metric]; ok {
		metric, decimals, key = name, 4, "gate.below"
	} else if v.Metric == "lpips" {
		metric = "LPIPS"
	}
	return v.File + ": " + phrase.Say(l, key, metric, phrase.Decimal(l, v.Value, decimals), phrase.Decimal(l, v.Limit, decimals))
}

// Run is a test's result on one subject.
type Run struct {
	Subject    string      `json:"subject"`           // what was tested: a LUT's path, a folder
	SHA256     string      `json:"sha256"`            // of the subject
	Content    string      `json:"content,omitempty"` // digest of what a table does, whatever its title and comments; SHA256 where it is empty
	Images     int         `json:"images"`
	Violations []Violation `json:"violations,omitempty"`
}

// content is what tells a subject from another.
func (r Run) content() string { return cmp.Or(r.Content, r.SHA256) }

// Passed tells whether all limits were kept. A run over no images has not passed.
func (r Run) Passed() bool { return r.Images > 0 && len(r.Violations) == 0 }

// TestAccepted records an accepted test with the runs that proved it.
type TestAccepted struct {
	Name     string `json:"name"`
	SHA256   string `json:"sha256"` // of test.yaml
	Bad      Run    `json:"bad"`
	Fix      Run    `json:"fix"`
	Controls []Run  `json:"controls"`
}

// AcceptTest accepts an incident test by the runs that prove it.
type AcceptTest struct{ TestAccepted }

func (c AcceptTest) decide(_ State, inc incident.State, env incident.Env) (journal.Change, error) {
	if err := Accept(c.Bad, c.Fix, c.Controls); err != nil {
		return journal.Change{}, phrase.Errorf("refusal.test.accept", c.Name, inc.ID, err)
	}
	change := event(inc, env, TypeTestAccepted, c.TestAccepted)
	prevented, err := incident.Decide(inc, incident.RecordPrevented{Text: c.Name}, env)
	change.Add(prevented)
	return change, err
}

// Accept is the rule for accepting a test: it fails on the bad evidence,
// passes on the fix and on at least [MinControls] good changes that differ from it and from each other.
func Accept(bad, fix Run, controls []Run) error {
	if bad.Images == 0 || bad.Passed() {
		return refused("test.refused.bad", bad.Subject)
	}
	if !fix.Passed() {
		return refused("test.refused.fix", fix.Subject)
	}
	for _, c := range controls {
		if !c.Passed() {
			return refused("test.refused.control", c.Subject)
		}
	}
	if n := Distinct(fix, controls); n < MinControls {
		return refused("test.refused.few", n, MinControls)
	}
	return nil
}

// Distinct counts the good changes that differ from the fix and from each other.
func Distinct(fix Run, controls []Run) int {
	seen := map[string]bool{fix.content(): true}
	for _, c := range controls {
		seen[c.content()] = true
	}
	return len(seen) - 1
}

// refused says in both languages why a test would not guard.
func refused(key phrase.Key, args ...any) error {
	return phrase.Refusal(journal.ErrInvalid, key, args...)
}
