package telemetry

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// The bound on what a text expands to is never below what the parser makes of it.
func TestExpansionIsABound(t *testing.T) {
	t.Parallel()
	for values, want := range map[string]int{
		"":                             0,
		"1 2 _ stale":                  4,
		"0+10x100":                     101,
		"_x5 1x3":                      9,
		"-2-4x3 1":                     5,
		"NaN Inf 1e6":                  3,
		"{{schema:0 buckets:[1 2]}}x2": 3,
		"a":                            0,
	} {
		if got := expansion(values); got < want || !strings.Contains(values, "{{") && got > want+2*len(values)+1 {
			t.Errorf("expansion(%q) = %d, want a little above %d", values, got, want)
		}
		_, parsed, err := newParser().ParseSeriesDesc("m " + values)
		if err == nil && len(parsed) > expansion(values) {
			t.Errorf("%q gives %d samples, more than the bound %d", values, len(parsed), expansion(values))
		}
	}
	if got := expansion("0x" + strings.Repeat("9", 40)); got <= maxUnitSamples {
		t.Errorf("a number too large to read counts as %d samples", got)
	}
}

func TestUnitTestsAreBounded(t *testing.T) {
	t.Parallel()
	if _, err := ParseUnitTests(make([]byte, maxUnitFile+1)); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("a long file: %v", err)
	}
	if _, err := ParseUnitTests([]byte("tests: [" + strings.Repeat("{},", maxUnitTests+1) + "]")); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("many tests: %v", err)
	}
	u, err := ParseUnitTests([]byte("tests: [{alert_rule_test: [{alertname: a, eval_time: 400d}]}]"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Run(t.Context(), shortGroups(t, ShortRule{Name: "a", Expr: "up"}, ShortRule{Name: "b", Expr: "up"})); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("two rules at each minute of 400 days: %v", err)
	}
}

// Whatever the bytes, there is an error or there are tests that end.
func FuzzParseUnitTests(f *testing.F) {
	f.Add([]byte("tests: [{input_series: [{series: 'a{b=\"c\"}', values: '0+1x5 _ stale'}], alert_rule_test: [{alertname: over, eval_time: 5m, exp_alerts: [{exp_labels: {b: c}}]}]}]"))
	f.Add([]byte("fuzzy_compare: true\nevaluation_interval: 15s\ntests: [{name: n, start_timestamp: 1, promql_expr_test: [{expr: a, eval_time: 1m, exp_samples: [{labels: a, value: 1, histogram: '{{}}'}]}]}]"))
	f.Add([]byte("tests: [{start_timestamp: 2025-01-01T00:00:00Z, external_labels: {a: b}, external_url: 'http://[', input_series: [{series: a, values: '{{schema:1 buckets:[1 2]}}x3'}]}]"))
	groups, err := ParseShort([]ShortRule{{Name: "over", Expr: "a > 1"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		u, err := ParseUnitTests(content)
		if err != nil {
			return
		}
		for i := range u.tests {
			if u.tests[i].end()/u.interval > 100 || len(u.tests) > 3 {
				return // long, and bounded elsewhere
			}
		}
		start := time.Now()
		if _, err := u.Run(t.Context(), []Group{groups}); err != nil {
			t.Errorf("run: %v", err)
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("took %s", took)
		}
	})
}
