package gate

import (
	"cmp"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// GuardClass is the class of results that guards give.
const GuardClass pipeline.Class = "guard"

// Report is the verdict on a change.
type Report struct {
	Base      string        `json:"base"`
	Change    string        `json:"change"`
	Lang      phrase.Lang   `json:"-"`
	At        time.Time     `json:"at"`
	Took      time.Duration `json:"-"`
	Images    int           `json:"images"`    // of the change
	Unchanged int           `json:"unchanged"` // by their digests, which are not measured
	Ignored   int           `json:"ignored"`   // by the configuration
	Cached    int           `json:"cached"`    // measured before
	Failed    int           `json:"failed"`
	Warned    int           `json:"warned"`
	Accepted  int           `json:"accepted"`
	Passed    int           `json:"passed"`
	Guarded   int           `json:"guarded"` // results that guards gave, of files that are no images
	// Results are of the images that have changed, the gravest first.
	Results []Result `json:"results"`
	// Notes are what is to say of the configuration: exceptions that are over.
	Notes []string `json:"notes,omitempty"`
}

// Add counts a result. What passes is counted and its figures are kept.
func (r *Report) Add(one Result) {
	switch one.Level {
	case Fail:
		r.Failed++
	case Warn:
		r.Warned++
	case Accepted:
		r.Accepted++
	default:
		r.Passed++
	}
	if one.Class == GuardClass {
		r.Guarded++
	}
	r.Results = append(r.Results, one)
}

// Finish puts the results into their order.
func (r *Report) Finish() {
	slices.SortStableFunc(r.Results, func(a, b Result) int {
		return cmp.Or(a.Level.rank()-b.Level.rank(), cmp.Compare(a.Path, b.Path))
	})
}

// Good tells whether the gate lets the change pass.
func (r Report) Good() bool { return r.Failed == 0 }
