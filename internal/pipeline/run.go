package pipeline

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Run is one run of a pipeline: what it delivers from its beginning until the next run begins was made by it. Where several
// hosts work side by side, each says by Paths which images are its own.
type Run struct {
	Pipeline string `json:"pipeline"`
	ID       string `json:"run,omitempty"` // as the pipeline calls it: a build's number
	LUT      string `json:"lut,omitempty"` // the version of the colour transform it works by
	// Attributes are what else it works by, as the pipeline calls it: host, encoder, quality, model, prompt.
	Attributes map[string]string `json:"attributes,omitempty"`
	// Paths are the images that are its own, below the delivered folder: a name, a folder with a slash at its end, or a pattern
	// as [path.Match] reads it. None are all.
	Paths []string  `json:"paths,omitempty"`
	At    time.Time `json:"at"`
}

// Limits of what a pipeline says of a run.
const (
	maxRunName    = 100 // bytes
	maxAttributes = 32
	maxRunPaths   = 2000
	maxRunPath    = 1000 // bytes
)

// AttributeLUT and AttributeRun are the names of what a run has fields for, among its attributes.
const (
	AttributeLUT = "lut"
	AttributeRun = "run"
)

var attributeName = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,39}$`)

// Validate says what is wrong with it, or nil.
func (r Run) Validate() error {
	if r.ID == "" && r.LUT == "" && len(r.Attributes) == 0 {
		return fmt.Errorf("begin a run of pipeline %s: name the run, the LUT or another attribute: %w", r.Pipeline, journal.ErrInvalid)
	}
	for _, name := range [...]string{r.ID, r.LUT} {
		if name != "" && !nameOfRun(name) {
			return fmt.Errorf("begin a run of pipeline %s: %.120q is no name: write up to %d bytes on one line: %w", r.Pipeline, name, maxRunName, journal.ErrInvalid)
		}
	}
	if len(r.Attributes) > maxAttributes || len(r.Paths) > maxRunPaths {
		return fmt.Errorf("begin a run of pipeline %s: %d attributes and %d paths, the limits are %d and %d: %w",
			r.Pipeline, len(r.Attributes), len(r.Paths), maxAttributes, maxRunPaths, journal.ErrTooLarge)
	}
	for _, key := range slices.Sorted(maps.Keys(r.Attributes)) {
		switch {
		case key == AttributeLUT, key == AttributeRun:
			return fmt.Errorf("begin a run of pipeline %s: the attribute %s has a place of its own: %w", r.Pipeline, key, journal.ErrInvalid)
		case !attributeName.MatchString(key):
			return fmt.Errorf("begin a run of pipeline %s: attribute %.60q: use a-z, 0-9, dots and dashes, a letter first: %w", r.Pipeline, key, journal.ErrInvalid)
		case !nameOfRun(r.Attributes[key]):
			return fmt.Errorf("begin a run of pipeline %s: attribute %s: write a value of up to %d bytes on one line: %w", r.Pipeline, key, maxRunName, journal.ErrInvalid)
		}
	}
	for _, p := range r.Paths {
		if err := checkRunPath(p); err != nil {
			return fmt.Errorf("begin a run of pipeline %s: %w", r.Pipeline, err)
		}
	}
	return nil
}

func nameOfRun(s string) bool {
	return s != "" && len(s) <= maxRunName && strings.TrimSpace(s) == s && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func checkRunPath(p string) error {
	_, err := path.Match(p, "")
	clean := path.Clean(strings.TrimSuffix(p, "/"))
	if err != nil || p == "" || len(p) > maxRunPath || path.IsAbs(p) || clean != strings.TrimSuffix(p, "/") || strings.HasPrefix(clean, "..") {
		return fmt.Errorf("path %.120q: write a name below the delivered folder, a folder with / at its end, or a pattern such as a/*.jpg: %w", p, journal.ErrInvalid)
	}
	return nil
}

// All gives the attributes with those that a run has fields for.
func (r Run) All() map[string]string {
	all := maps.Clone(r.Attributes)
	if all == nil {
		all = map[string]string{}
	}
	if r.ID != "" {
		all[AttributeRun] = r.ID
	}
	if r.LUT != "" {
		all[AttributeLUT] = r.LUT
	}
	return all
}

// Runs are runs of one pipeline, in which it can be looked up what made an image.
type Runs struct{ runs []known }

// known is a run with its paths sorted by what they are.
type known struct {
	Run
	names             map[string]bool
	folders, patterns []string
}

// NewRuns takes runs, the last first.
func NewRuns(runs []Run) Runs {
	all := make([]known, len(runs))
	for i, r := range runs {
		k := known{Run: r, names: map[string]bool{}}
		for _, p := range r.Paths {
			switch {
			case strings.HasSuffix(p, "/"):
				k.folders = append(k.folders, p)
			case strings.ContainsAny(p, `*?[\`):
				k.patterns = append(k.patterns, p)
			}
			k.names[p] = true // a file may be called like a pattern
		}
		all[i] = k
	}
	return Runs{all}
}

// has tells whether an image is one of the run's own.
func (k known) has(image string) bool {
	return k.names[image] ||
		slices.ContainsFunc(k.folders, func(f string) bool { return strings.HasPrefix(image, f) }) ||
		slices.ContainsFunc(k.patterns, func(p string) bool {
			matched, _ := path.Match(p, image) // checked before it was kept
			return matched
		})
}

// Origin is what made an image: the run whose own it is, and the one that was at work on all images then. Either may be none. Images
// of the same origin were made alike, as far as the pipeline has said.
type Origin struct{ own, general int }

// Find looks up what made an image that came at a time. A run that was at work on all images ends those before it.
func (r Runs) Find(at time.Time, image string) Origin {
	o := Origin{-1, -1}
	for i, k := range r.runs {
		switch {
		case k.At.After(at):
		case len(k.Paths) == 0:
			o.general = i
			return o
		case o.own < 0 && k.has(image):
			o.own = i
		}
	}
	return o
}

// Of gives what is known of an origin as one run. What a run says of its own images counts where both say something.
func (r Runs) Of(o Origin) Run {
	var own, general Run
	if o.general >= 0 {
		general = r.runs[o.general].Run
	}
	if o.own < 0 {
		return general
	}
	own = r.runs[o.own].Run
	sum := Run{Pipeline: own.Pipeline, ID: cmp.Or(own.ID, general.ID), LUT: cmp.Or(own.LUT, general.LUT), Attributes: map[string]string{}, At: own.At}
	maps.Copy(sum.Attributes, general.Attributes)
	maps.Copy(sum.Attributes, own.Attributes)
	return sum
}

// Made gives the run that made an image which came at a time.
func (r Runs) Made(at time.Time, image string) Run { return r.Of(r.Find(at, image)) }
