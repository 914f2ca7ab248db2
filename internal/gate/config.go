// Package gate is the verdict of CI on a change of images: classes, exceptions, a baseline, and the forms in which CI reads it.
package gate

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// Config is what safelight.yaml says of the gate.
type Config struct {
	// Classes say by which budget an image is judged, the first that matches.
	Classes []Rule `yaml:"classes"`
	// Ignore are patterns of images that the gate does not look at.
	Ignore []string `yaml:"ignore"`
	// WarnAt is the share of a limit, in per cent, from which on an image is warned of; 0 is 80, 100 never.
	WarnAt float64 `yaml:"warnAt"`
	// Added and Removed say what an image without a base, and a base without an image, are: fail, warn or ignore; warn where empty.
	Added   Level `yaml:"added"`
	Removed Level `yaml:"removed"`
	// Baseline is the file of what was there before the gate; see [Baseline].
	Baseline   string      `yaml:"baseline"`
	Exceptions []Exception `yaml:"exceptions"`
}

// Rule gives images their class, or that of a pipeline together with its policy of metadata.
type Rule struct {
	Path     string         `yaml:"path"`
	Class    pipeline.Class `yaml:"class"`
	Pipeline string         `yaml:"pipeline"`
}

// Exception lets an image pass what it would fail, until a day.
type Exception struct {
	Path   string `yaml:"path" json:"path"`
	Metric string `yaml:"metric" json:"metric,omitempty"` // as findings name it; every metric where empty
	// Limit is what the metric, which has a figure then, may reach in place of the budget; 0 lets anything pass.
	Limit  float64 `yaml:"limit" json:"limit,omitempty"`
	Until  string  `yaml:"until" json:"until"` // 2026-01-31, the last day
	Owner  string  `yaml:"owner" json:"owner"`
	Reason string  `yaml:"reason" json:"reason"`
}

const (
	defaultWarnAt  = 80
	dateLayout     = "2006-01-02"
	longestPromise = 366 * 24 * time.Hour // what is excepted for longer is a budget that nobody has written down
	maxRules       = 1000
)

// Validate says what is wrong in one sentence.
func (c Config) Validate() error {
	if len(c.Classes) > maxRules || len(c.Exceptions) > maxRules || len(c.Ignore) > maxRules {
		return fmt.Errorf("gate: more than %d rules: %w", maxRules, journal.ErrInvalid)
	}
	if c.WarnAt < 0 || c.WarnAt > 100 {
		return fmt.Errorf("gate: warnAt %g: a share of the limit in per cent, 0 to 100: %w", c.WarnAt, journal.ErrInvalid)
	}
	for _, l := range []Level{c.Added, c.Removed} {
		if l != "" && !slices.Contains([]Level{Fail, Warn, Ignore}, l) {
			return fmt.Errorf("gate: %q: use fail, warn or ignore: %w", l, journal.ErrInvalid)
		}
	}
	for _, r := range c.Classes {
		if err := CheckPattern(r.Path); err != nil {
			return fmt.Errorf("gate.classes: %w", err)
		}
		if (r.Class == "") == (r.Pipeline == "") {
			return fmt.Errorf("gate.classes: %s: name either a class or a pipeline: %w", r.Path, journal.ErrInvalid)
		}
	}
	for _, p := range c.Ignore {
		if err := CheckPattern(p); err != nil {
			return fmt.Errorf("gate.ignore: %w", err)
		}
	}
	for _, e := range c.Exceptions {
		if err := e.validate(); err != nil {
			return fmt.Errorf("gate.exceptions: %w", err)
		}
	}
	return nil
}

func (e Exception) validate() error {
	if err := CheckPattern(e.Path); err != nil {
		return err
	}
	_, err := time.Parse(dateLayout, e.Until)
	switch {
	case err != nil:
		return fmt.Errorf("%s: until %q: write the last day as 2026-01-31: %w", e.Path, e.Until, journal.ErrInvalid)
	case strings.TrimSpace(e.Owner) == "" || strings.TrimSpace(e.Reason) == "":
		return fmt.Errorf("%s: name its owner and the reason: %w", e.Path, journal.ErrInvalid)
	case e.Limit < 0:
		return fmt.Errorf("%s: limit %g: %w", e.Path, e.Limit, journal.ErrInvalid)
	case e.Metric != "" && !measures(e.Metric) && !names(e.Metric):
		return fmt.Errorf("%s: no finding has the metric %q: name one of %s, or none for all: %w", e.Path, e.Metric, strings.Join(append(figures(), plain()...), " "), journal.ErrInvalid)
	case e.Limit > 0 && !measures(e.Metric):
		return fmt.Errorf("%s: limit %g: name the metric that may reach it, one of %s: %w", e.Path, e.Limit, strings.Join(figures(), " "), journal.ErrInvalid)
	}
	return nil
}

// figures are the metrics that have one; those that end with * have as many as there are names.
func figures() []string {
	return []string{
		measure.MetricDeltaE00, measure.MetricLocal, measure.MetricSSIM, measure.MetricMSSSIM, measure.MetricLPIPS, measure.MetricPalette + ".*",
		"lut.deltaE00", "lut.palette.*",
	}
}

// plain are the metrics that have none, or one of several kinds.
func plain() []string {
	list := []string{
		measure.MetricFormat, measure.MetricChroma, measure.MetricLossless, Unmeasured, string(Added), string(Removed), "owners", "together", TestPrefix + "*",
	}
	for _, b := range pipeline.Breaches() {
		list = append(list, measure.MetricMetadata+"."+string(b))
	}
	return list
}

func measures(metric string) bool { return oneOf(metric, figures()) }
func names(metric string) bool    { return oneOf(metric, plain()) }

func oneOf(metric string, list []string) bool {
	return slices.ContainsFunc(list, func(one string) bool {
		begin, open := strings.CutSuffix(one, "*")
		return metric == one || open && strings.HasPrefix(metric, begin) && metric != begin
	})
}

// rule gives the rule of an image; ok is false where none matches.
func (c Config) rule(name string) (Rule, bool) {
	for _, r := range c.Classes {
		if Match(r.Path, name) {
			return r, true
		}
	}
	return Rule{}, false
}

// Ignored tells whether the gate does not look at an image.
func (c Config) Ignored(name string) bool {
	return slices.ContainsFunc(c.Ignore, func(p string) bool { return Match(p, name) })
}

// RuleOf gives the rule by which an image is judged: the first that matches, or the fallback where no rules are written. ok is false
// where rules are written and none matches: such an image is none of the gate's.
func (c Config) RuleOf(name string, fallback pipeline.Class) (Rule, bool) {
	if len(c.Classes) == 0 {
		return Rule{Class: fallback}, !c.Ignored(name)
	}
	r, ok := c.rule(name)
	return r, ok && !c.Ignored(name)
}

func (c Config) warnAt() float64 {
	if c.WarnAt == 0 {
		return defaultWarnAt / 100.0
	}
	return c.WarnAt / 100
}

// CheckPattern says what is wrong with a pattern, or nil.
func CheckPattern(p string) error {
	if p == "" || strings.HasPrefix(p, "/") || len(p) > 1000 {
		return fmt.Errorf("pattern %q: write a path as images/**/*.jpg, relative to the repository: %w", p, journal.ErrInvalid)
	}
	for _, part := range strings.Split(p, "/") {
		if _, err := path.Match(part, ""); err != nil {
			return fmt.Errorf("pattern %q: %w: %w", p, err, journal.ErrInvalid)
		}
	}
	return nil
}

// Match tells whether a name has a pattern's form: * is any text within one name of the path, ** any number of names.
func Match(pattern, name string) bool {
	return matchParts(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

func matchParts(pattern, name []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := range len(name) + 1 {
				if matchParts(pattern[1:], name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], name[0]); err != nil || !ok {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	return len(name) == 0
}
