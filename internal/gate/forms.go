package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/junit"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Form is a form of the report that some CI reads.
type Form string

// The forms.
const (
	Text   Form = "text"
	JSON   Form = "json"
	JUnit  Form = "junit"
	SARIF  Form = "sarif"
	GitHub Form = "github" // annotations, as workflow commands
	GitLab Form = "gitlab" // code quality
)

// Forms lists them.
func Forms() []Form { return []Form{Text, JSON, JUnit, SARIF, GitHub, GitLab} }

// Write gives the report in a form.
func (r Report) Write(f Form) ([]byte, error) {
	switch f {
	case JSON:
		data, err := json.MarshalIndent(r, "", "  ")
		return append(data, '\n'), err
	case JUnit:
		return r.junit()
	case SARIF:
		return r.sarif()
	case GitHub:
		return r.annotations(), nil
	case GitLab:
		return r.codeQuality()
	}
	return r.text(), nil
}

// Sum says in one line what there is.
func (r Report) Sum() string {
	if r.Guarded > 0 {
		return phrase.Say(r.Lang, "gate.sum.guarded", r.Images, len(r.Results)-r.Guarded, r.Guarded, r.Failed, r.Warned, r.Accepted)
	}
	return phrase.Say(r.Lang, "gate.sum", r.Images, len(r.Results), r.Failed, r.Warned, r.Accepted)
}

// text names each image that does not simply pass, then the sum and what to do.
func (r Report) text() []byte {
	var b strings.Builder
	for _, res := range r.Results {
		for _, f := range res.Findings {
			fmt.Fprintf(&b, "%s %s: %s%s\n", phrase.Say(r.Lang, phrase.Key("gate.level."+string(f.Level))), res.Path, f.Text, r.excuse(f))
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintln(&b, n)
	}
	fmt.Fprintln(&b, r.Sum())
	if !r.Good() {
		fmt.Fprintln(&b, phrase.Say(r.Lang, "gate.next"))
	}
	return []byte(b.String())
}

// excuse says what lets a finding pass.
func (r Report) excuse(f Finding) string {
	switch {
	case f.Known:
		return " (" + phrase.Say(r.Lang, "gate.known") + ")"
	case f.By != nil:
		return " (" + phrase.Say(r.Lang, "gate.excepted", f.By.Until, f.By.Owner, f.By.Reason) + ")"
	}
	return ""
}

// texts are the findings of an image, a line each.
func (r Report) texts(res Result, levels ...Level) string {
	var lines []string
	for _, f := range res.Findings {
		if slices.Contains(levels, f.Level) {
			lines = append(lines, f.Text+r.excuse(f))
		}
	}
	return strings.Join(lines, "\n")
}

// junit has a suite for each class and a case for each image.
func (r Report) junit() ([]byte, error) {
	suites := map[string]*junit.Suite{}
	var names []string
	for _, res := range r.Results {
		class := "gate." + string(res.Class)
		s := suites[class]
		if s == nil {
			s = &junit.Suite{Name: class}
			suites[class], names = s, append(names, class)
		}
		c := junit.Case{Name: res.Path, Class: class, Output: r.texts(res, Warn, Accepted)}
		if res.Level == Fail {
			failed := r.texts(res, Fail)
			first, _, _ := strings.Cut(failed, "\n")
			c.Failure = &junit.Fault{Message: first, Text: failed + "\n" + phrase.Say(r.Lang, "gate.next")}
		}
		s.Add(c)
	}
	slices.Sort(names)
	var report junit.Report
	for _, n := range names {
		report.Suites = append(report.Suites, *suites[n])
	}
	return report.Bytes()
}

// annotationsOfAKind is how many annotations of a kind GitHub takes from a step.
const annotationsOfAKind = 10

// annotations are GitHub's workflow commands; what is over their number is in the summary.
func (r Report) annotations() []byte {
	var b strings.Builder
	counts := map[string]int{}
	for _, res := range r.Results {
		kind := map[Level]string{Fail: "error", Warn: "warning"}[res.Level]
		if kind == "" || counts[kind] == annotationsOfAKind {
			continue
		}
		counts[kind]++
		fmt.Fprintf(&b, "::%s file=%s,title=Safelight::%s\n", kind, property(res.Path), data(res.Path+": "+r.texts(res, res.Level)))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "::notice title=Safelight::%s\n", data(n))
	}
	fmt.Fprintln(&b, r.Sum())
	if !r.Good() {
		fmt.Fprintln(&b, phrase.Say(r.Lang, "gate.next"))
	}
	return []byte(b.String())
}

var (
	dataEscape     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscape = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func data(s string) string     { return dataEscape.Replace(s) }
func property(s string) string { return propertyEscape.Replace(s) }

// maxSummary is what GitHub takes as the summary of a step, less room for its end.
const maxSummary = 1<<20 - 4096

// Summary is the report in Markdown, as GitHub shows it beside a job.
func (r Report) Summary() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "## Safelight\n\n%s\n\n", r.Sum())
	if !r.Good() {
		fmt.Fprintf(&b, "%s\n\n", phrase.Say(r.Lang, "gate.next"))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "- %s\n", cell(n))
	}
	left := 0
	header := false
	for _, res := range r.Results {
		if len(res.Findings) == 0 {
			continue
		}
		if b.Len() > maxSummary {
			left++
			continue
		}
		if !header {
			header = true
			fmt.Fprintf(&b, "\n| | %s | %s |\n| --- | --- | --- |\n", phrase.Say(r.Lang, "gate.image"), phrase.Say(r.Lang, "gate.found"))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", phrase.Say(r.Lang, phrase.Key("gate.level."+string(res.Level))), cell(res.Path), cell(r.texts(res, Fail, Warn, Accepted)))
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n%s\n", phrase.Say(r.Lang, "gate.more", left))
	}
	return []byte(b.String())
}

var cellEscape = strings.NewReplacer("\\", "\\\\", "|", "\\|", "\n", "<br>", "<", "&lt;", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[")

func cell(s string) string { return cellEscape.Replace(s) }

// issue is one of GitLab's code quality report.
type issue struct {
	Description string   `json:"description"`
	CheckName   string   `json:"check_name"`
	Fingerprint string   `json:"fingerprint"`
	Severity    string   `json:"severity"`
	Location    location `json:"location"`
}

type location struct {
	Path  string `json:"path"`
	Lines lines  `json:"lines"`
}

type lines struct {
	Begin int `json:"begin"`
}

func (r Report) codeQuality() ([]byte, error) {
	issues, names := []issue{}, fingerprints{}
	for _, res := range r.Results {
		for _, f := range res.Findings {
			severity := map[Level]string{Fail: "major", Warn: "minor", Accepted: "info"}[f.Level]
			issues = append(issues, issue{res.Path + ": " + f.Text + r.excuse(f), "safelight/" + f.Metric, names.of(res, f), severity, location{res.Path, lines{1}}})
		}
	}
	data, err := json.MarshalIndent(issues, "", "  ")
	return append(data, '\n'), err
}

// fingerprints counts the findings of a report that have one metric of one file: each has a name of its own.
type fingerprints map[Known]int

func (s fingerprints) of(res Result, f Finding) string {
	of := Known{Path: res.Path, Metric: f.Metric}
	s[of]++
	return fingerprint(res, f, s[of]-1)
}

// fingerprint names a finding over several runs: the same metric of the same image, and how many of it come before.
func fingerprint(res Result, f Finding, before int) string {
	name := strconv.Quote(res.Path) + f.Metric
	if before > 0 {
		name += "\x00" + strconv.Itoa(before)
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}
