package intake

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// Config is the part signals of safelight.yaml.
type Config struct {
	// Default is the pipeline of signals that name none and that no rule fits.
	// Where it is empty and one pipeline alone is configured, it is that one;
	// where there are several, such a signal is refused.
	Default string `yaml:"default"`
	// Route says which signals are about which pipeline. The first rule that fits counts.
	Route []Rule `yaml:"route"`
	// Regions are the countries in whose way telephone numbers are written: FR,
	// GB, US, DE where none is named.
	Regions []string `yaml:"regions"`
	// Model is a file that `safelight signals train` wrote; the word lists score where it is empty.
	Model string `yaml:"model"`
	// Retention is how long texts are kept; 90 days if 0. Counts are kept for two years.
	Retention time.Duration `yaml:"retention"`
	// Trend says how charts are read.
	Trend TrendConfig `yaml:"trend"`
	// Declare is the severity of the incident that an alarm declares by itself.
	// Empty, the default: an alarm asks people and declares nothing.
	Declare pipeline.Severity `yaml:"declare"`
	// Tell is who hears of a new verification: on-call (the default), board or nobody. Nobody is paged.
	Tell Audience `yaml:"tell"`
}

// Rule gives signals a pipeline: those of the sources, if any are named, that
// have one of the tags or one of the words, if any are named. Case does not count.
type Rule struct {
	Pipeline string   `yaml:"pipeline"`
	Sources  []string `yaml:"sources"`
	Tags     []string `yaml:"tags"`
	Words    []string `yaml:"words"` // whole words or phrases of the text
}

// TrendConfig says how charts are read.
type TrendConfig struct {
	// TimeZone gives days and weekdays their borders; UTC if empty.
	TimeZone string `yaml:"timeZone"`
	// Rest is how long a chart whose alarm was dismissed gives no new one; three days if 0.
	Rest time.Duration `yaml:"rest"`
}

// Audience is who hears of a new verification.
type Audience string

// The audiences.
const (
	TellOnCall Audience = "on-call"
	TellBoard  Audience = "board"
	TellNobody Audience = "nobody"
)

// The defaults of [Config].
const (
	DefaultRetention = 90 * 24 * time.Hour
	DefaultRest      = 3 * 24 * time.Hour
)

// Limits of the configuration.
const (
	maxRules   = 200
	maxChoices = 200 // of one rule, of each kind
)

// WithDefaults fills in what c leaves empty.
func (c Config) WithDefaults() Config {
	if c.Retention == 0 {
		c.Retention = DefaultRetention
	}
	if c.Trend.Rest == 0 {
		c.Trend.Rest = DefaultRest
	}
	if c.Tell == "" {
		c.Tell = TellOnCall
	}
	return c
}

// Validate says in one sentence what is wrong with c, or nil; pipelines are the configured ones.
func (c Config) Validate(pipelines []string) error {
	if c.Default != "" && !slices.Contains(pipelines, c.Default) {
		return fmt.Errorf("signals: default %q is not among the pipelines: %w", c.Default, journal.ErrInvalid)
	}
	if len(c.Route) > maxRules {
		return fmt.Errorf("signals: %d rules in route, the limit is %d: %w", len(c.Route), maxRules, journal.ErrInvalid)
	}
	for i, r := range c.Route {
		if err := r.validate(pipelines); err != nil {
			return fmt.Errorf("signals: rule %d of route: %w", i+1, err)
		}
	}
	for _, r := range c.Regions {
		if len(r) != 2 || strings.ToUpper(r) != r || !isLetters(r) {
			return fmt.Errorf("signals: region %q: write two capitals such as FR: %w", r, journal.ErrInvalid)
		}
	}
	if c.Declare != "" {
		if s, known := pipeline.ParseSeverity(string(c.Declare)); !known || s != c.Declare {
			return fmt.Errorf("signals: declare %q: use S0, S1, S2 or S3, or leave it out: %w", c.Declare, journal.ErrInvalid)
		}
	}
	if !slices.Contains([]Audience{"", TellOnCall, TellBoard, TellNobody}, c.Tell) {
		return fmt.Errorf("signals: tell %q: use on-call, board or nobody: %w", c.Tell, journal.ErrInvalid)
	}
	if c.Retention < 0 || c.Retention > MaxBehind {
		return fmt.Errorf("signals: retention %v: use up to two years: %w", c.Retention, journal.ErrInvalid)
	}
	return c.Trend.validate()
}

func isLetters(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) })
}

func (r Rule) validate(pipelines []string) error {
	if !slices.Contains(pipelines, r.Pipeline) {
		return fmt.Errorf("pipeline %q is not configured: %w", r.Pipeline, journal.ErrInvalid)
	}
	if len(r.Sources)+len(r.Tags)+len(r.Words) == 0 {
		return fmt.Errorf("it names no sources, tags or words: use default for all others: %w", journal.ErrInvalid)
	}
	for _, list := range [][]string{r.Sources, r.Tags, r.Words} {
		if len(list) > maxChoices {
			return fmt.Errorf("a list of %d, the limit is %d: %w", len(list), maxChoices, journal.ErrInvalid)
		}
		for _, s := range list {
			if strings.TrimSpace(s) == "" || len(s) > maxTag || !utf8.ValidString(s) {
				return fmt.Errorf("%.110q is not 1 to %d bytes of text: %w", s, maxTag, journal.ErrInvalid)
			}
		}
	}
	return nil
}

func (t TrendConfig) validate() error {
	if _, err := time.LoadLocation(t.TimeZone); err != nil {
		return fmt.Errorf("signals: trend: timeZone %q is not known: write it as Europe/Paris: %w", t.TimeZone, journal.ErrInvalid)
	}
	if t.Rest < 0 || t.Rest > 90*24*time.Hour {
		return fmt.Errorf("signals: trend: rest %v: use up to 90 days: %w", t.Rest, journal.ErrInvalid)
	}
	return nil
}
