package telemetry

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"go.yaml.in/yaml/v2" // promtool's own, so that one file means the same to both

	"github.com/safelight-dev/safelight/internal/journal"
)

// What a file of unit tests may ask for.
const (
	maxUnitFile    = 4 << 20 // bytes
	maxUnitTests   = 1000
	maxUnitSamples = 500_000   // that the series of one test may expand to
	maxUnitEvals   = 1_000_000 // of rules, in one test
)

// UnitTests is a file of unit tests of rules, in promtool's format.
type UnitTests struct {
	// RuleFiles are the files of the rules under test, as written: relative to the file of the tests, with globs.
	RuleFiles []string

	interval time.Duration
	order    map[string]int // of groups that have one
	fuzzy    bool
	tests    []unitTest
}

// Len is the number of tests.
func (u *UnitTests) Len() int { return len(u.tests) }

// unitFile is the format: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
type unitFile struct {
	RuleFiles          []string       `yaml:"rule_files"`
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	GroupEvalOrder     []string       `yaml:"group_eval_order"`
	FuzzyCompare       bool           `yaml:"fuzzy_compare"`
	Tests              []unitTest     `yaml:"tests"`
}

type unitTest struct {
	Name           string         `yaml:"name"`
	Interval       model.Duration `yaml:"interval"`
	InputSeries    []unitSeries   `yaml:"input_series"`
	Alerts         []unitAlert    `yaml:"alert_rule_test"`
	Exprs          []unitExpr     `yaml:"promql_expr_test"`
	ExternalLabels labels.Labels  `yaml:"external_labels"`
	ExternalURL    string         `yaml:"external_url"`
	Start          unitStart      `yaml:"start_timestamp"`
}

type unitSeries struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
}

type unitAlert struct {
	At       model.Duration `yaml:"eval_time"`
	Name     string         `yaml:"alertname"`
	Expected []struct {
		Labels      map[string]string `yaml:"exp_labels"`
		Annotations map[string]string `yaml:"exp_annotations"`
	} `yaml:"exp_alerts"`
}

type unitExpr struct {
	Expr     string         `yaml:"expr"`
	At       model.Duration `yaml:"eval_time"`
	Expected []struct {
		Labels    string  `yaml:"labels"`
		Value     float64 `yaml:"value"`
		Histogram string  `yaml:"histogram"`
	} `yaml:"exp_samples"`
}

// unitStart is the time of the first sample: RFC 3339, or seconds since 1970, which is also the default.
type unitStart struct{ time.Time }

// UnmarshalYAML reads either form.
func (s *unitStart) UnmarshalYAML(decode func(any) error) error {
	var text string
	if err := decode(&text); err != nil {
		return err
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(seconds) < 1e11 {
		whole, part := math.Modf(seconds)
		s.Time = time.Unix(int64(whole), int64(math.Round(part*1000))*1e6).UTC()
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return fmt.Errorf("start_timestamp %q: write RFC 3339 or seconds since 1970", text)
	}
	s.Time = at.UTC()
	return nil
}

// ParseUnitTests reads a file of unit tests. An unknown key is an error, and so is what asks for more than a million
// evaluations or half a million samples in one test.
func ParseUnitTests(content []byte) (*UnitTests, error) {
	if len(content) > maxUnitFile {
		return nil, fmt.Errorf("test file of %d bytes, at most %d: %w", len(content), maxUnitFile, journal.ErrTooLarge)
	}
	var f unitFile
	if err := yaml.UnmarshalStrict(content, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", oneLine(err), journal.ErrInvalid)
	}
	if len(f.Tests) > maxUnitTests {
		return nil, fmt.Errorf("%d tests, at most %d: %w", len(f.Tests), maxUnitTests, journal.ErrTooLarge)
	}
	u := &UnitTests{
		RuleFiles: f.RuleFiles, fuzzy: f.FuzzyCompare, tests: f.Tests,
		interval: time.Duration(f.EvaluationInterval), order: map[string]int{},
	}
	if u.interval == 0 {
		u.interval = time.Minute
	}
	for i, name := range f.GroupEvalOrder {
		if _, ok := u.order[name]; ok {
			return nil, fmt.Errorf("group_eval_order names group %q twice: %w", name, journal.ErrInvalid)
		}
		u.order[name] = i
	}
	for i := range u.tests {
		if err := u.tests[i].complete(i, u.interval); err != nil {
			return nil, fmt.Errorf("test %q: %w", u.tests[i].Name, err)
		}
	}
	return u, nil
}

// oneLine is an error of the YAML decoder as one sentence.
func oneLine(err error) string {
	var wrong *yaml.TypeError
	if errors.As(err, &wrong) {
		return strings.Join(wrong.Errors, "; ")
	}
	return strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: ")
}

// complete fills in what is left out and bounds what is asked for.
func (t *unitTest) complete(i int, interval time.Duration) error {
	if t.Name == "" {
		t.Name = fmt.Sprintf("unnamed#%d", i)
	}
	if t.Interval == 0 {
		t.Interval = model.Duration(interval)
	}
	if t.Start.IsZero() {
		t.Start.Time = time.Unix(0, 0).UTC()
	}
	for _, a := range t.Alerts {
		if a.Name == "" {
			return fmt.Errorf("an item of alert_rule_test at %s lacks alertname: %w", a.At, journal.ErrInvalid)
		}
	}
	if n := t.end() / interval; n > maxUnitEvals {
		return fmt.Errorf("%d evaluations, at most %d: %w", n, maxUnitEvals, journal.ErrTooLarge)
	}
	samples := 0
	for _, s := range t.InputSeries {
		if samples += expansion(s.Values); samples > maxUnitSamples {
			return fmt.Errorf("input_series expand to more than %d samples: %w", maxUnitSamples, journal.ErrTooLarge)
		}
	}
	return nil
}

// end is the latest time that anything is expected of.
func (t *unitTest) end() time.Duration {
	var end model.Duration
	for _, a := range t.Alerts {
		end = max(end, a.At)
	}
	for _, e := range t.Exprs {
		end = max(end, e.At)
	}
	return time.Duration(end)
}

// expansion bounds how many samples a text of the expanding notation ("0+10x100", "_x5", "{{…}}x3") gives, before the
// parser makes them. A histogram counts as what its text may hold of buckets.
func expansion(values string) int {
	n := len(strings.Fields(values))
	for rest := values; ; {
		_, after, found := strings.Cut(rest, "x")
		if !found {
			break
		}
		digits := after[:len(after)-len(strings.TrimLeft(after, "0123456789"))]
		if digits != "" {
			times, err := strconv.Atoi(digits)
			if err != nil || times > maxUnitSamples {
				return maxUnitSamples + 1
			}
			n += times + 1
		}
		if rest = after; n > maxUnitSamples {
			break
		}
	}
	if strings.Contains(values, "{{") {
		n *= 1 + len(values)/8
	}
	return min(n, maxUnitSamples+1)
}
