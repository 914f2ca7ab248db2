package prevention

import (
	"fmt"
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// MinControls is how many unrelated good changes an incident test must pass
// before it is accepted: a test that fails on everything guards nothing.
const MinControls = 3

// Test is an incident test as its file says (incident-tests/NAME/test.yaml):
// the references of an incident, a sample of them, and the budget that a
// changed LUT or a changed set of images must keep on them.
type Test struct {
	// Name is the test's folder name.
	Name string `yaml:"name"`
	// Incident that it was made from.
	Incident string `yaml:"incident"`
	// Class and Budget that the candidates must keep, copied from the incident's day.
	Class  pipeline.Class  `yaml:"class"`
	Budget pipeline.Budget `yaml:"budget"`
	// Palette is the brand palette of that day.
	Palette []pipeline.BrandColour `yaml:"palette"`
	// LUT is the path of the guarded lookup table in the user's repository.
	LUT string `yaml:"lut"`
	// References are the files of the sample beside the test, with their digests.
	References []Reference `yaml:"references"`
}

// Reference is one approved image of a test's sample.
type Reference struct {
	File   string `yaml:"file"`
	SHA256 string `yaml:"sha256"`
}

// Validate says what is wrong with a test file in one sentence, or nil.
func (t Test) Validate() error {
	switch {
	case t.Name == "" || t.Incident == "":
		return fmt.Errorf("incident test: name and incident are required: %w", journal.ErrInvalid)
	case len(t.References) == 0:
		return fmt.Errorf("incident test %s: it has no references: %w", t.Name, journal.ErrInvalid)
	case t.Budget.DeltaE00 == 0 && t.Budget.Palette == 0:
		return fmt.Errorf("incident test %s: its budget limits nothing: %w", t.Name, journal.ErrInvalid)
	}
	for _, r := range t.References {
		if strings.Contains(r.File, "..") || strings.HasPrefix(r.File, "/") || len(r.SHA256) != 64 {
			return fmt.Errorf("incident test %s: reference %q: give a file beside the test and its SHA-256: %w", t.Name, r.File, journal.ErrInvalid)
		}
	}
	return nil
}

// Violation is one limit that one image of a run broke.
type Violation struct {
	File   string  `json:"file"`
	Metric string  `json:"metric"` // "deltaE00.p95", "palette.brand red"
	Value  float64 `json:"value"`
	Limit  float64 `json:"limit"`
}

// String is the gate's sentence: "DeltaE00 4.31 exceeds 2.00".
func (v Violation) String() string {
	metric := "DeltaE00"
	if name, ok := strings.CutPrefix(v.Metric, "palette."); ok {
		metric = "DeltaE00 of " + name
	} else if v.Metric == "ssim" {
		return fmt.Sprintf("%s: SSIM %.4f is below %.4f", v.File, v.Value, v.Limit)
	}
	return fmt.Sprintf("%s: %s %.2f exceeds %.2f", v.File, metric, v.Value, v.Limit)
}

// Run is a test's result on one subject.
type Run struct {
	Subject    string      `json:"subject"` // what was tested: a LUT's path, a folder
	SHA256     string      `json:"sha256"`  // of the subject
	Images     int         `json:"images"`
	Violations []Violation `json:"violations,omitempty"`
}

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
		return journal.Change{}, fmt.Errorf("accept test %s of %s: %w", c.Name, inc.ID, err)
	}
	change := event(inc, env, TypeTestAccepted, c.TestAccepted)
	prevented, err := incident.Decide(inc, incident.RecordPrevented{Text: c.Name}, env)
	change.Add(prevented)
	return change, err
}

// Accept is the rule for accepting a test: it fails on the bad evidence,
// passes on the fix and on at least [MinControls] different good changes.
func Accept(bad, fix Run, controls []Run) error {
	if bad.Images == 0 || bad.Passed() {
		return fmt.Errorf("it does not fail on the bad evidence %s: %w", bad.Subject, journal.ErrConflict)
	}
	if !fix.Passed() {
		return fmt.Errorf("it does not pass on the fix %s: %w", fix.Subject, journal.ErrConflict)
	}
	distinct := map[string]bool{}
	for _, c := range controls {
		if !c.Passed() {
			return fmt.Errorf("it fails on the good change %s: %w", c.Subject, journal.ErrConflict)
		}
		distinct[c.SHA256] = true
	}
	if len(distinct) < MinControls {
		return fmt.Errorf("it was tried on %d different good changes, %d are required: %w", len(distinct), MinControls, journal.ErrConflict)
	}
	return nil
}
