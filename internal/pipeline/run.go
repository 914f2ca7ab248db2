package pipeline

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Run is one run of a pipeline: what it delivers from its beginning until the next run begins was made by it.
type Run struct {
	Pipeline string    `json:"pipeline"`
	ID       string    `json:"run,omitempty"` // as the pipeline calls it: a build's number
	LUT      string    `json:"lut,omitempty"` // the version of the colour transform it works by
	At       time.Time `json:"at"`
}

const maxRunName = 100 // bytes

// Validate says what is wrong with it, or nil.
func (r Run) Validate() error {
	if r.ID == "" && r.LUT == "" {
		return fmt.Errorf("begin a run of pipeline %s: name the run, the LUT or both: %w", r.Pipeline, journal.ErrInvalid)
	}
	for _, name := range [...]string{r.ID, r.LUT} {
		if len(name) > maxRunName || strings.TrimSpace(name) != name || strings.ContainsFunc(name, unicode.IsControl) {
			return fmt.Errorf("begin a run of pipeline %s: %.120q is no name: write up to %d bytes on one line: %w", r.Pipeline, name, maxRunName, journal.ErrInvalid)
		}
	}
	return nil
}

// Made gives the run, of those given the last first, that an image was made by which came at a time.
func Made(runs []Run, at time.Time) Run {
	for _, r := range runs {
		if !r.At.After(at) {
			return r
		}
	}
	return Run{}
}
