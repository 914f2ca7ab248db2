package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	readjunit "github.com/joshdk/go-junit"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
)

var today = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

func check(metrics, thresholds map[string]float64, findings ...measure.Finding) *measure.Check {
	return &measure.Check{Metrics: metrics, Thresholds: thresholds, Findings: findings}
}

func drifted(path, sha string) Outcome {
	return Outcome{Path: path, Change: Changed, Class: "product", SHA256: sha, Check: check(
		map[string]float64{"deltaE00": 4.314, "ssim": 0.99}, map[string]float64{"deltaE00": 2, "ssim": 0.97},
		measure.Finding{Metric: measure.MetricDeltaE00, Value: 4.314, Limit: 2})}
}

func TestJudge(t *testing.T) {
	near := Outcome{Path: "images/a.png", Change: Changed, Check: check(
		map[string]float64{"deltaE00": 1.7, "ssim": 0.975, "palette": 0.2}, map[string]float64{"deltaE00": 2, "ssim": 0.97, "palette": 1.5})}
	for name, c := range map[string]struct {
		outcome Outcome
		config  Config
		level   Level
		texts   []string
	}{
		"over":             {drifted("a.png", "1"), Config{}, Fail, []string{"DeltaE00 4.31 exceeds 2.00"}},
		"near":             {near, Config{}, Warn, []string{"DeltaE00 1.70 is near its limit 2.00", "SSIM 0.9750 is near its limit 0.9700"}},
		"near, not warned": {near, Config{WarnAt: 100}, Pass, nil},
		"near at 90":       {near, Config{WarnAt: 90}, Pass, nil},
		"added":            {Outcome{Path: "a.png", Change: Added}, Config{}, Warn, []string{"new image: no base to compare with, judged by its metadata"}},
		"added, broken":    {Outcome{Path: "a.png", Change: Added, Fault: "it is cut off"}, Config{Added: Ignore}, Fail, []string{"it is cut off"}},
		"added, refused":   {Outcome{Path: "a.png", Change: Added}, Config{Added: Fail}, Fail, nil},
		"added, ignored":   {Outcome{Path: "a.png", Change: Added}, Config{Added: Ignore}, Pass, nil},
		"removed":          {Outcome{Path: "a.png", Change: Removed}, Config{}, Warn, []string{"image removed"}},
		"unmeasured":       {Outcome{Path: "a.png", Change: Changed, Fault: "it is cut off"}, Config{}, Fail, []string{"it is cut off"}},
		"equal":            {Outcome{Path: "a.png", Change: Changed, Check: check(map[string]float64{"deltaE00": 0, "ssim": 1}, map[string]float64{"deltaE00": 2, "ssim": 0.97})}, Config{}, Pass, nil},
	} {
		r := c.config.Judge(c.outcome, Baseline{}, today, phrase.English)
		var texts []string
		for _, f := range r.Findings {
			texts = append(texts, f.Text)
		}
		if r.Level != c.level || c.texts != nil && !slices.Equal(texts, c.texts) {
			t.Errorf("%s: %s %q, want %s %q", name, r.Level, texts, c.level, c.texts)
		}
	}
	if r := (Config{}).Judge(drifted("a.png", "1"), Baseline{}, today, phrase.French); r.Findings[0].Text != "DeltaE00 4,31 dépasse 2,00" {
		t.Errorf("in French: %q", r.Findings[0].Text)
	}
}

// TestExceptions hold for their paths and metric, up to their limit, until the end of their last day.
func TestExceptions(t *testing.T) {
	e := Exception{Path: "images/**", Metric: "deltaE00.p95", Limit: 5, Until: "2026-01-15", Owner: "claire", Reason: "new season"}
	for name, c := range map[string]struct {
		change func(*Exception)
		path   string
		now    time.Time
		want   Level
	}{
		"holds":          {nil, "images/a/b.png", today, Accepted},
		"the last hour":  {nil, "images/a.png", today.Add(11 * time.Hour), Accepted},
		"the next day":   {nil, "images/a.png", today.Add(12 * time.Hour), Fail},
		"elsewhere":      {nil, "logos/a.png", today, Fail},
		"another metric": {func(e *Exception) { e.Metric, e.Limit = "ssim", 0.5 }, "images/a.png", today, Fail},
		"any metric":     {func(e *Exception) { e.Metric, e.Limit = "", 0 }, "images/a.png", today, Accepted},
		"beyond it":      {func(e *Exception) { e.Limit = 4 }, "images/a.png", today, Fail},
		"without limit":  {func(e *Exception) { e.Limit = 0 }, "images/a.png", today, Accepted},
	} {
		one := e
		if c.change != nil {
			c.change(&one)
		}
		config := Config{Exceptions: []Exception{one}}
		if err := config.Validate(); err != nil {
			t.Fatal(err)
		}
		if r := config.Judge(drifted(c.path, "1"), Baseline{}, c.now, phrase.English); r.Level != c.want {
			t.Errorf("%s: %s, want %s", name, r.Level, c.want)
		}
	}
	unmeasured := Outcome{Path: "images/a.png", Change: Changed, Check: check(nil, nil, measure.Finding{Metric: measure.MetricLPIPS, Limit: 0.1, Text: "it could not be measured"})}
	lpips := e
	lpips.Metric, lpips.Limit = measure.MetricLPIPS, 0.3
	if r := (Config{Exceptions: []Exception{lpips}}).Judge(unmeasured, Baseline{}, today, phrase.English); r.Level != Fail {
		t.Errorf("what was not measured is within a limit: %s", r.Level)
	}
	old, long := e, e
	old.Until, long.Until = "2026-01-14", "2028-01-01"
	if over, endless := (Config{Exceptions: []Exception{e, old, long}}).Expired(today); len(over) != 1 || over[0] != old || len(endless) != 1 || endless[0] != long {
		t.Errorf("over %v, endless %v", over, endless)
	}
}

func TestConfigValidate(t *testing.T) {
	for name, c := range map[string]Config{
		"warnAt":          {WarnAt: 101},
		"level":           {Added: "maybe"},
		"pattern":         {Ignore: []string{"[a"}},
		"absolute":        {Ignore: []string{"/x"}},
		"no class":        {Classes: []Rule{{Path: "**"}}},
		"both":            {Classes: []Rule{{Path: "**", Class: "product", Pipeline: "catalogue"}}},
		"no owner":        {Exceptions: []Exception{{Path: "**", Until: "2026-01-01", Reason: "x"}}},
		"no reason":       {Exceptions: []Exception{{Path: "**", Until: "2026-01-01", Owner: "x"}}},
		"no end":          {Exceptions: []Exception{{Path: "**", Owner: "x", Reason: "x"}}},
		"negative limit":  {Exceptions: []Exception{{Path: "**", Until: "2026-01-01", Owner: "x", Reason: "x", Limit: -1}}},
		"no metric":       {Exceptions: []Exception{{Path: "**", Until: "2026-01-01", Owner: "x", Reason: "x", Limit: 5}}},
		"no figure":       {Exceptions: []Exception{{Path: "**", Until: "2026-01-01", Owner: "x", Reason: "x", Limit: 5, Metric: "metadata.personal"}}},
		"a test's figure": {Exceptions: []Exception{{Path: "**", Until: "2026-01-01", Owner: "x", Reason: "x", Limit: 5, Metric: "test.pm-1"}}},
		"misspelt metric": {Exceptions: []Exception{{Path: "**", Until: "2026-01-01", Owner: "x", Reason: "x", Metric: "deltaE00"}}},
		"no colour":       {Exceptions: []Exception{{Path: "**", Until: "2026-01-01", Owner: "x", Reason: "x", Metric: "palette."}}},
		"too many ignore": {Ignore: make([]string, maxRules+1)},
	} {
		if err := c.Validate(); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEveryMetricCanBeExcepted: what a finding is called is what an exception may name.
func TestEveryMetricCanBeExcepted(t *testing.T) {
	for _, metric := range []string{
		measure.MetricDeltaE00, measure.MetricLocal, "palette.brand red", measure.MetricLPIPS, measure.MetricFormat, "metadata.personal", "metadata.lost",
		"lut.deltaE00", "lut.palette.brand red", "owners", "together", "test.pm-2026-01-01-01", TestGone, TestRemoved, TestChanged, Unmeasured, "added", "removed",
	} {
		e := Exception{Path: "**", Metric: metric, Until: "2026-01-01", Owner: "x", Reason: "x"}
		if err := (Config{Exceptions: []Exception{e}}).Validate(); err != nil {
			t.Error(err)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"images/*.png", "images/a.png", true}, {"images/*.png", "images/x/a.png", false}, {"images/**", "images/x/y/a.png", true},
		{"images/**/*.png", "images/a.png", true}, {"**/logo.*", "logo.svg", true}, {"**/logo.*", "a/b/logo.png", true}, {"**", "a", true},
		{"a/**/b/**/c", "a/x/b/y/z/c", true}, {"a/**/b/**/c", "a/x/y/c", false}, {"a", "a/b", false},
	} {
		if got := Match(c.pattern, c.name); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}

// TestBaseline knows the very bytes and nothing else, and is the same after its file was read.
func TestBaseline(t *testing.T) {
	r := report(t)
	data, err := BaselineOf(r).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b, err := ParseBaseline(data)
	if err != nil {
		t.Fatal(err)
	}
	first := r.Results[0]
	if got := (Config{}).Judge(drifted(first.Path, first.SHA256), b, today, phrase.English); got.Level != Accepted || !got.Findings[0].Known {
		t.Errorf("what is known is %+v", got)
	}
	if got := (Config{}).Judge(drifted(first.Path, "other"), b, today, phrase.English); got.Level != Fail {
		t.Errorf("other bytes are %s", got.Level)
	}
	for _, bad := range []string{"", "{}", `{"schema":2,"known":[]}`, `{"schema":1,"knwon":[]}`} {
		if _, err := ParseBaseline([]byte(bad)); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParseBaseline(f *testing.F) {
	f.Add([]byte(`{"schema":1,"known":[{"path":"a","metric":"b","sha256":"c"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ParseBaseline(data)
		if err != nil {
			return
		}
		again, err := b.Bytes()
		if err == nil {
			_, err = ParseBaseline(again)
		}
		if err != nil {
			t.Errorf("%s is written as what cannot be read: %v", data, err)
		}
	})
}

// report has something of every level, with names and reasons that each form has to escape.
func report(t *testing.T) Report {
	t.Helper()
	c := Config{Exceptions: []Exception{{Path: "excepted/**", Until: "2026-02-01", Owner: "claire", Reason: "50 % <more>, says \"brand\"\nyes"}}}
	r := Report{Base: "main", Change: "warm", Lang: phrase.English, At: today, Images: 40, Unchanged: 10, Notes: []string{"a note: 100 %"}}
	for _, o := range []Outcome{
		{Path: "ok.png", Change: Changed, Class: "product", Check: check(map[string]float64{"deltaE00": 0.1}, map[string]float64{"deltaE00": 2})},
		{Path: "new & fine.png", Change: Added, Class: "product", SHA256: "3"},
		drifted("excepted/a.png", "4"), drifted("a b|c, d:e<f>.png", "1"), drifted("é/100%.png", "2"),
	} {
		r.Add(c.Judge(o, Baseline{}, today, phrase.English))
	}
	for i := range 30 {
		r.Add(c.Judge(drifted(fmt.Sprintf("many/%02d.png", i), "m"), Baseline{}, today, phrase.English))
	}
	r.Finish()
	return r
}

func write(t *testing.T, r Report, f Form) []byte {
	t.Helper()
	data, err := r.Write(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestText(t *testing.T) {
	text := string(write(t, report(t), Text))
	for _, want := range []string{"FAIL é/100%.png: DeltaE00 4.31 exceeds 2.00\n", "ACCEPTED excepted/a.png: DeltaE00 4.31 exceeds 2.00 (excepted until 2026-02-01, claire: ", "40 images, 35 changed: 32 fail, 1 near a limit or to be looked at, 1 accepted\n", "gate.exceptions"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "ok.png") {
		t.Error("the text names what passes")
	}
}

// TestJSON keeps flat metrics and thresholds, which scripts compare.
func TestJSON(t *testing.T) {
	var r struct {
		Results []struct {
			Path                string
			Level               Level
			Metrics, Thresholds map[string]float64
		}
	}
	if err := json.Unmarshal(write(t, report(t), JSON), &r); err != nil || len(r.Results) != 35 {
		t.Fatalf("%d results, %v", len(r.Results), err)
	}
	if one := r.Results[0]; one.Level != Fail || one.Metrics["deltaE00"] <= one.Thresholds["deltaE00"] {
		t.Errorf("the first is %+v", one)
	}
}

// TestSARIF is valid by the schema of OASIS, and has no property that the standard does not know.
func TestSARIF(t *testing.T) {
	data := write(t, report(t), SARIF)
	var strict sarif.Report
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&strict); err != nil {
		t.Fatalf("not SARIF: %v", err)
	}
	read, err := sarif.FromBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := read.Validate(); err != nil {
		t.Error(err)
	}
	levels := map[string]int{}
	for _, res := range read.Runs[0].Results {
		levels[res.Level]++
		if uri := *res.Locations[0].PhysicalLocation.ArtifactLocation.URI; strings.ContainsAny(uri, " <>|") {
			t.Errorf("%q is no URI", uri)
		}
	}
	if levels["error"] != 32 || levels["warning"] != 1 || levels["note"] != 1 {
		t.Errorf("levels %v", levels)
	}
}

// TestJUnit is read by another's program as it was meant.
func TestJUnit(t *testing.T) {
	suites, err := readjunit.Ingest(write(t, report(t), JUnit))
	if err != nil || len(suites) != 1 {
		t.Fatalf("%d suites, %v", len(suites), err)
	}
	if n := suites[0].Totals; n.Tests != 35 || n.Failed != 32 || n.Passed != 3 {
		t.Errorf("%+v", n)
	}
	for _, c := range suites[0].Tests {
		if c.Name == "a b|c, d:e<f>.png" && (c.Message != "DeltaE00 4.31 exceeds 2.00" || c.Status != readjunit.StatusFailed) {
			t.Errorf("%+v", c)
		}
	}
}

// TestGitHub keeps within the ten annotations of a kind that GitHub takes, escaped as it reads them; the summary has them all.
func TestGitHub(t *testing.T) {
	r := report(t)
	kinds := map[string]int{}
	for line := range strings.Lines(string(write(t, r, GitHub))) {
		command, text, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
		if !strings.HasPrefix(line, "::") || !ok {
			continue
		}
		kind, _, _ := strings.Cut(command, " ")
		kinds[kind]++
		if strings.ContainsAny(text[:len(text)-1], "\n\r") || strings.Contains(strings.NewReplacer("%25", "", "%0A", "", "%3A", "", "%2C", "").Replace(line), "%") {
			t.Errorf("not escaped: %q", line)
		}
	}
	if kinds["error"] != 10 || kinds["warning"] != 1 || kinds["notice"] != 1 {
		t.Errorf("annotations %v", kinds)
	}
	summary := string(r.Summary())
	for _, want := range []string{"| FAIL | many/29.png | DeltaE00 4.31 exceeds 2.00 |\n", `a b\|c, d:e&lt;f>.png`, "32 fail"} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary lacks %q", want)
		}
	}
}

func TestSummaryIsBounded(t *testing.T) {
	r := Report{Lang: phrase.English, Images: 50_000}
	for i := range 50_000 {
		r.Add((Config{}).Judge(drifted(fmt.Sprintf("%05d.png", i), "m"), Baseline{}, today, phrase.English))
	}
	r.Finish()
	if s := r.Summary(); len(s) > 1<<20 || !strings.Contains(string(s), "more images, not listed here") {
		t.Errorf("%d bytes", len(s))
	}
	var log struct {
		Runs []struct {
			Results    []struct{}
			Properties struct{ FindingsLeftOut int }
		}
	}
	if err := json.Unmarshal(write(t, r, SARIF), &log); err != nil || len(log.Runs[0].Results) != maxSARIF || log.Runs[0].Properties.FindingsLeftOut != 45_000 {
		t.Errorf("SARIF has %d results and leaves out %d, %v", len(log.Runs[0].Results), log.Runs[0].Properties.FindingsLeftOut, err)
	}
}

// TestGitLab has what GitLab asks of a code quality report, and a name for each finding that stays.
func TestGitLab(t *testing.T) {
	var issues []issue
	d := json.NewDecoder(bytes.NewReader(write(t, report(t), GitLab)))
	d.DisallowUnknownFields()
	if err := d.Decode(&issues); err != nil || len(issues) != 34 {
		t.Fatalf("%d issues, %v", len(issues), err)
	}
	seen := map[string]bool{}
	for _, i := range issues {
		if i.Description == "" || i.CheckName == "" || i.Location.Path == "" || i.Location.Lines.Begin < 1 || !slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, i.Severity) || seen[i.Fingerprint] {
			t.Errorf("%+v", i)
		}
		seen[i.Fingerprint] = true
	}
	// An incident test finds much under one name, and two tests find fault with one table.
	r := Report{Lang: phrase.English}
	for range 2 {
		res := Result{Path: "luts/a.cube", Class: GuardClass}
		for i := range 11 {
			res.Findings = append(res.Findings, Finding{Metric: "test.pm", Level: Fail, Text: fmt.Sprint(i)})
		}
		r.Add((Config{}).JudgeFindings(res, today))
	}
	issues, seen = nil, map[string]bool{}
	if err := json.Unmarshal(write(t, r, GitLab), &issues); err != nil {
		t.Fatal(err)
	}
	for _, i := range issues {
		seen[i.Fingerprint] = true
	}
	if first := fingerprint(Result{Path: "luts/a.cube"}, Finding{Metric: "test.pm"}, 0); len(seen) != 22 || !seen[first] {
		t.Errorf("%d fingerprints of %d issues", len(seen), len(issues))
	}
	var log struct {
		Runs []struct {
			Results []struct {
				PartialFingerprints map[string]string
			}
		}
	}
	if err := json.Unmarshal(write(t, r, SARIF), &log); err != nil {
		t.Fatal(err)
	}
	for _, res := range log.Runs[0].Results {
		delete(seen, res.PartialFingerprints["safelight/v1"])
	}
	if len(seen) != 0 {
		t.Errorf("SARIF lacks %d of the fingerprints", len(seen))
	}
	if empty := write(t, Report{Lang: phrase.English}, GitLab); string(empty) != "[]\n" {
		t.Errorf("nothing is %q", empty)
	}
}
