package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/junit"
)

// promtool finds Debian's program, which says what its format means.
func promtool(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatal("promtool is missing: apt-get install prometheus")
	}
	return path
}

// The rules that the tests below are about.
const agreeRules = `groups:
  - name: record
    interval: 5m
    rules:
      - record: pipeline:over:rate5m
        expr: sum by (pipeline) (rate(image_delta_e_over_threshold_total[5m]))
  - name: alert
    rules:
      - alert: deltaE-spike
        expr: sum(rate(image_delta_e_over_threshold_total[5m])) by (pipeline) > 0
        for: 10m
        labels: {severity: S1}
        annotations: {summary: "Dérive couleur marque ({{ $labels.pipeline }})"}
      - alert: recorded
        expr: pipeline:over:rate5m > 0.1
        keep_firing_for: 3m
        labels: {site: "{{ $externalLabels.site }}", from: "{{ $externalURL }}"}
`

const agreeConfig = `alertRules:
  - name: deltaE-spike
    expr: sum(rate(image_delta_e_over_threshold_total[5m])) by (pipeline) > 0
    for: 10m
    labels: {severity: S1}
    annotations: {summary: "Dérive couleur marque ({{ $labels.pipeline }})"}
`

// night is a test whose counter rises from 2m to 20m; what follows is expected of it.
const agreeNight = `rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - name: night
    interval: 1m
    input_series:
      - series: 'image_delta_e_over_threshold_total{pipeline="packshot-eu", class="product"}'
        values: '0 0 7+7x18 133x40'
      - series: 'quiet{pipeline="a"}'
        values: '_x5 1 NaN stale 4'
`

const agreeFires = `    alert_rule_test:
      - {alertname: deltaE-spike, eval_time: 11m, exp_alerts: []}
      - alertname: deltaE-spike
        eval_time: 12m
        exp_alerts:
          - exp_labels: {severity: S1, pipeline: packshot-eu}
            exp_annotations: {summary: Dérive couleur marque (packshot-eu)}
`

type agreement struct {
	tests, rules string
	good         bool
	says         string // in our output
}

func agreements() map[string]agreement {
	return map[string]agreement{
		"fires in time":      {agreeNight + agreeFires, agreeRules, true, "good, 1 test\n"},
		"recorded":           {agreeNight + "    promql_expr_test:\n      - {expr: 'pipeline:over:rate5m', eval_time: 10m, exp_samples: [{labels: 'pipeline:over:rate5m{pipeline=\"packshot-eu\"}', value: 0.11666666666666667}]}\n", agreeRules, true, ""},
		"between two points": {agreeNight + "    promql_expr_test:\n      - {expr: 'count(quiet)', eval_time: 6m30s, exp_samples: [{labels: '{}', value: 1}]}\n", agreeRules, true, ""},
		"scalar":             {agreeNight + "    promql_expr_test:\n      - {expr: '1 + 1', eval_time: 0, exp_samples: [{labels: '{}', value: 2}]}\n", agreeRules, true, ""},
		"kept firing":        {agreeNight + "    external_labels: {site: eu}\n    external_url: http://p/\n    alert_rule_test:\n      - {alertname: recorded, eval_time: 23m, exp_alerts: [{exp_labels: {pipeline: packshot-eu, site: eu, from: 'http://p/'}}]}\n      - {alertname: recorded, eval_time: 30m}\n", agreeRules, true, ""},
		"no such alert":      {agreeNight + "    alert_rule_test: [{alertname: other, eval_time: 5m}]\n", agreeRules, true, ""},
		"pattern":            {strings.Replace(agreeNight+agreeFires, "[rules.yml]", "['r*.yml']", 1), agreeRules, true, ""},
		"order of groups":    {strings.Replace(agreeNight+agreeFires, "tests:", "group_eval_order: [alert, record]\ntests:", 1), agreeRules, true, ""},
		"numbers as labels":  {agreeNight + "    alert_rule_test: [{alertname: deltaE-spike, eval_time: 3m, exp_alerts: [{exp_labels: {severity: 1}}]}]\n", agreeRules, false, `severity="1"`},
		"no tests":           {"rule_files: [rules.yml]\n", agreeRules, true, "good, 0 tests"},

		"wrong labels":        {agreeNight + strings.Replace(agreeFires, "severity: S1", "severity: S2", 1), agreeRules, false, `severity="S2"`},
		"wrong annotation":    {agreeNight + strings.Replace(agreeFires, "summary: D", "summary: d", 1), agreeRules, false, "alert deltaE-spike at 12m"},
		"wrong time":          {agreeNight + strings.Replace(agreeFires, "eval_time: 11m", "eval_time: 13m", 1), agreeRules, false, "expected  nothing"},
		"too early":           {agreeNight + strings.Replace(agreeFires, "eval_time: 12m", "eval_time: 11m59s", 1), agreeRules, false, "got       nothing"},
		"wrong value":         {agreeNight + "    promql_expr_test:\n      - {expr: sum(quiet), eval_time: 6m, exp_samples: [{labels: '{}', value: 2}]}\n", agreeRules, false, "expected  {} 2"},
		"NaN is not NaN":      {agreeNight + "    promql_expr_test:\n      - {expr: sum(quiet), eval_time: 7m, exp_samples: [{labels: '{}', value: .nan}]}\n", agreeRules, false, "{} NaN"},
		"wrong expression":    {agreeNight + "    promql_expr_test:\n      - {expr: 'sum(', eval_time: 6m}\n", agreeRules, false, "parse error"},
		"wrong sample":        {agreeNight + "    promql_expr_test:\n      - {expr: '1', eval_time: 6m, exp_samples: [{labels: '{a=}', value: 1}]}\n", agreeRules, false, "exp_samples"},
		"range vector":        {agreeNight + "    promql_expr_test:\n      - {expr: 'quiet[5m]', eval_time: 6m}\n", agreeRules, false, "not a vector or scalar"},
		"no rule file":        {strings.Replace(agreeNight+agreeFires, "rules.yml", "none.yml", 1), agreeRules, false, "got       nothing"},
		"broken rules":        {agreeNight + agreeFires, strings.Replace(agreeRules, "sum by", "sum by by", 1), false, "could not be read"},
		"rule that fails":     {agreeNight + agreeFires, strings.Replace(agreeRules, "pipeline:over:rate5m > 0.1", "quiet * on (x) group_left () label_replace(quiet, 'a', 'b', '', '') > 0 or on () (quiet * on (x) {__name__=~'quiet|image.*'})", 1), false, "rule recorded at"},
		"unknown key":         {agreeNight + "    alert_rule_tests: []\n", agreeRules, false, "alert_rule_tests"},
		"not YAML":            {"tests: [", agreeRules, false, "could not be read"},
		"wrong duration":      {agreeNight + "    alert_rule_test: [{alertname: x, eval_time: soon}]\n", agreeRules, false, "soon"},
		"wrong series":        {strings.Replace(agreeNight, "133x40", "133xx40", 1) + agreeFires, agreeRules, false, "input series"},
		"no alert name":       {agreeNight + "    alert_rule_test: [{eval_time: 5m}]\n", agreeRules, false, "lacks alertname"},
		"order names twice":   {strings.Replace(agreeNight+agreeFires, "tests:", "group_eval_order: [a, a]\ntests:", 1), agreeRules, false, "twice"},
		"one test of two bad": {agreeNight + agreeFires + "  - name: second\n    alert_rule_test: [{alertname: deltaE-spike, eval_time: 1m, exp_alerts: [{}]}]\n", agreeRules, false, "tests failed: 1 of 2"},
	}
}

// One file of tests, one verdict: Debian's promtool and ours.
func TestVerdictsAgreeWithPromtool(t *testing.T) {
	t.Parallel()
	tool := promtool(t)
	for name, c := range agreements() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "rules.yml", c.rules)
			tests := write(t, dir, "tests.yml", c.tests)
			said, err := exec.Command(tool, "test", "rules", tests).CombinedOutput()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if theirs := err == nil; theirs != c.good {
				t.Errorf("promtool says good = %t, want %t:\n%s", theirs, c.good, said)
			}
			code, out := runIn(t, "rules", "test", tests)
			if ours := code == exitGood; ours != c.good || !ours && code != exitFailed {
				t.Errorf("safelight ends with %d, want good = %t:\n%s", code, c.good, out)
			}
			if !strings.Contains(out, c.says) {
				t.Errorf("safelight says\n%swant %q in it", out, c.says)
			}
		})
	}
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// runIn runs the program in this process, in English, and gives all that it said.
func runIn(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	c := &cli{stdin: strings.NewReader(""), stdout: &b, stderr: &b, env: func(string) string { return "" }}
	return c.main(context.Background(), args), b.String()
}

// What Debian's promtool is too old for.
func TestNewerThanDebian(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "rules.yml", agreeRules)
	write(t, dir, "safelight.yaml", agreeConfig)
	for name, c := range map[string]struct {
		tests string
		code  int
		says  string
	}{
		"of a configuration":  {strings.Replace(agreeNight+agreeFires, "rules.yml", "safelight.yaml", 1), exitGood, "good"},
		"start":               {strings.Replace(agreeNight, "- name", "- start_timestamp: 2025-09-27T03:50:00Z\n    name", 1) + "    promql_expr_test: [{expr: time(), eval_time: 10m, exp_samples: [{labels: '{}', value: 1758945600}]}]\n", exitGood, "good"},
		"start in seconds":    {strings.Replace(agreeNight, "- name", "- start_timestamp: 1758945000\n    name", 1) + "    promql_expr_test: [{expr: time(), eval_time: 10m, exp_samples: [{labels: '{}', value: 1758945600}]}]\n", exitGood, "good"},
		"no start":            {strings.Replace(agreeNight, "- name", "- start_timestamp: dawn\n    name", 1), exitFailed, "RFC 3339"},
		"last bit":            {"tests: [{promql_expr_test: [{expr: 0.1 + 0.2, eval_time: 0, exp_samples: [{labels: '{}', value: 0.3}]}]}]\n", exitFailed, "0.30000000000000004"},
		"last bit, fuzzy":     {"fuzzy_compare: true\ntests: [{promql_expr_test: [{expr: 0.1 + 0.2, eval_time: 0, exp_samples: [{labels: '{}', value: 0.3}]}]}]\n", exitGood, "good"},
		"histogram":           {"tests: [{input_series: [{series: h, values: '{{schema:0 count:4 sum:9 buckets:[1 2 1]}}x3'}], promql_expr_test: [{expr: h, eval_time: 1m, exp_samples: [{labels: h, histogram: '{{schema:0 count:4 sum:9 counter_reset_hint:not_reset buckets:[1 2 1]}}'}]}]}]\n", exitGood, "good"},
		"wrong histogram":     {"tests: [{input_series: [{series: h, values: '{{schema:0 count:4 sum:9 buckets:[1 2 1]}}x3'}], promql_expr_test: [{expr: h, eval_time: 1m, exp_samples: [{labels: h, histogram: '{{schema:0 count:4 sum:9 buckets:[1 3 1]}}'}]}]}]\n", exitFailed, "buckets:[1 3 1]"},
		"not a histogram":     {"tests: [{input_series: [{series: h, values: '1'}], promql_expr_test: [{expr: h, eval_time: 1m, exp_samples: [{labels: h, histogram: '1 2'}]}]}]\n", exitFailed, "not one histogram"},
		"a bomb of samples":   {"tests: [{input_series: [{series: b, values: '0+1x1000000000000'}]}]\n", exitFailed, "more than 500000 samples"},
		"a bomb of digits":    {"tests: [{input_series: [{series: b, values: '0x99999999999999999999999'}]}]\n", exitFailed, "more than 500000 samples"},
		"a bomb in pieces":    {"tests: [{input_series: [{series: b, values: '0x400000'}, {series: c, values: '0x400000'}]}]\n", exitFailed, "more than 500000 samples"},
		"a bomb of time":      {"evaluation_interval: 1ms\ntests: [{alert_rule_test: [{alertname: x, eval_time: 10y}]}]\n", exitFailed, "evaluations"},
		"a bomb of histogram": {"tests: [{input_series: [{series: b, values: '{{schema:0 buckets:[1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16]}}x400000'}]}]\n", exitFailed, "more than 500000 samples"},
		"expected bomb":       {"tests: [{promql_expr_test: [{expr: '1', eval_time: 0, exp_samples: [{labels: '{}', histogram: '{{}}x4000000000'}]}]}]\n", exitFailed, "a histogram is wanted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out := runIn(t, "rules", "test", write(t, dir, strings.ReplaceAll(name, " ", "-")+".yml", c.tests))
			if code != c.code || !strings.Contains(out, c.says) {
				t.Errorf("ends with %d and says\n%swant %d and %q", code, out, c.code, c.says)
			}
		})
	}
}

// What a pipeline reads: JSON and JUnit's XML.
func TestResultsForMachines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "rules.yml", agreeRules)
	good, bad := write(t, dir, "good.yml", agreeNight+agreeFires), write(t, dir, "bad.yml", agreeNight+strings.Replace(agreeFires, "severity: S1", "severity: <S2>", 1))
	broken, report := write(t, dir, "broken.yml", "tests: ["), filepath.Join(dir, "report.xml")
	code, out := runIn(t, "rules", "test", good, bad, broken, "--json", "--junit", report)
	var files []testedFile
	if err := json.Unmarshal([]byte(out), &files); err != nil || code != exitFailed || len(files) != 3 {
		t.Fatalf("ends with %d: %v\n%s", code, err, out)
	}
	if !files[0].Good || files[1].Good || files[2].Good || len(files[1].Tests) != 1 || len(files[2].Faults) != 1 {
		t.Errorf("got %+v, want good, bad, broken", files)
	}
	f := files[1].Tests[0].Faults[0]
	if f.Alert != "deltaE-spike" || f.At != "12m" || len(f.Expected) != 1 || len(f.Got) != 1 || !strings.Contains(f.Expected[0], `severity="<S2>"`) {
		t.Errorf("fault %+v, want both sides of the alert at 12m", f)
	}
	data, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var x junit.Report
	if err := xml.Unmarshal(data, &x); err != nil || len(x.Suites) != 3 {
		t.Fatalf("JUnit: %v\n%s", err, data)
	}
	if x.Suites[0].Failures+x.Suites[0].Errors != 0 || x.Suites[1].Failures != 1 || x.Suites[2].Errors != 1 || x.Suites[1].Cases[0].Failure == nil {
		t.Errorf("JUnit %+v, want one failure and one error", x.Suites)
	}
}

// A configuration is checked as a rule file is: every fault of every rule, in whichever file it stands.
func TestCheckOfAConfiguration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "rules.yml", agreeRules)
	write(t, dir, "bad.yml", strings.ReplaceAll(agreeRules, "sum", "sun"))
	for name, c := range map[string]struct {
		text string
		code int
		says []string
	}{
		"short":     {agreeConfig, exitGood, []string{"good, 1 group\n"}},
		"files":     {agreeConfig + "ruleFiles: [rules.yml]\n", exitGood, []string{"good, 3 groups"}},
		"pattern":   {agreeConfig + "ruleFiles: ['r*.yml', rules.yml]\n", exitGood, []string{"good, 3 groups"}},
		"all":       {"alertRules: [{name: a, expr: 'sum('}, {name: b, expr: up, for: x}]\nruleFiles: [bad.yml, none.yml]\n", exitFailed, []string{`rule 1, "a"`, `rule 2, "b"`, "bad.yml", "none.yml"}},
		"wrong key": {"alertRules: []\nalertRulez: []\n", exitFailed, []string{"line 2"}},
	} {
		code, out := runIn(t, "rules", "check", write(t, dir, name+".yaml", c.text))
		if code != c.code {
			t.Errorf("%s: ends with %d, want %d:\n%s", name, code, c.code, out)
		}
		for _, want := range c.says {
			if !strings.Contains(out, want) {
				t.Errorf("%s: says\n%swant %q in it", name, out, want)
			}
		}
	}
}
