package postmortem

import (
	_ "embed" // the schema is data, not code
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

//go:embed schema.json
var schema []byte

// Schema gives the JSON Schema (2020-12) of [Document.JSON].
func Schema() []byte { return slices.Clone(schema) }

// Problem is something that a reader of the document would miss.
type Problem struct {
	Section Field
	Text    phrase.Sentence
}

// Lint lists what a document lacks. It judges no words.
func Lint(d Document) []Problem {
	l := linter{doc: d}
	for _, f := range []Field{FieldTitle, FieldContext, FieldTimeline, FieldRCA, FieldActions, FieldLessons} {
		if !slices.Contains(d.Sections, Section{Field: f}) {
			l.add(f, "document.lint.missing", l.heading(f))
		}
	}
	if len(l.problems) == 0 {
		l.fields()
	}
	l.whys()
	l.actions()
	l.tests()
	return l.problems
}

type linter struct {
	doc      Document
	problems []Problem
}

func (l *linter) add(f Field, k phrase.Key, args ...any) {
	l.problems = append(l.problems, Problem{f, phrase.Of(k, args...)})
}

func (l *linter) heading(f Field) phrase.Sentence {
	if k, ok := kindOf(f); ok && k.heading != "" {
		return phrase.Of(k.heading)
	}
	return phrase.Of("document.title")
}

// fields checks that the template's fields hold something.
func (l *linter) fields() {
	d := l.doc
	for _, c := range []struct {
		field Field
		key   phrase.Key
		empty bool
	}{
		{FieldContext, "document.detected", d.Context.Detected == ""},
		{FieldContext, "document.severity", d.Context.Severity == ""},
		{FieldContext, "document.impact", d.Context.Impact == ""},
		{FieldContext, "document.stakeholders", len(d.Context.Stakeholders) == 0},
		{FieldTimeline, "document.timeline", len(d.Timeline) == 0},
		{FieldRCA, "document.direct", d.RCA.Direct.Text == ""},
		{FieldRCA, "document.contributing", len(d.RCA.Contributing) == 0},
		{FieldActions, "document.actions", len(d.Actions) == 0},
		{FieldLessons, "document.lessons", len(d.Lessons) == 0},
	} {
		if c.empty {
			l.add(c.field, "document.lint.empty", phrase.Of(c.key))
		}
	}
}

// whys wants five answers, or a reason to stop with the last.
func (l *linter) whys() {
	n := len(l.doc.Whys)
	if n < 5 && (n == 0 || strings.TrimSpace(l.doc.Whys[n-1].Stop) == "") {
		l.add(FieldWhys, "document.lint.whys", n)
	}
}

func (l *linter) actions() {
	for i, a := range l.doc.Actions {
		detailed := slices.ContainsFunc(l.doc.Details, func(d ActionDetail) bool { return d.Line == i+1 && d.Owner != "" })
		if a.Owner == "" && !detailed {
			l.add(FieldActions, "document.lint.action-owner", i+1)
		}
		if a.Due == "" {
			l.add(FieldActions, "document.lint.action-due", i+1)
		}
	}
}

// tests wants each hypothesis tested and each cited file listed.
func (l *linter) tests() {
	for _, h := range l.doc.Tests.Hypotheses {
		if !slices.ContainsFunc(l.doc.Tests.Runs, func(t TestRow) bool { return t.Hypothesis == h.ID }) {
			l.add(FieldTests, "document.lint.untested", h.ID)
		}
	}
	var cited []string
	for _, c := range l.doc.Causes {
		cited = append(cited, c.Evidence...)
	}
	for _, w := range l.doc.Whys {
		cited = append(cited, w.Evidence...)
	}
	for _, t := range l.doc.Tests.Runs {
		cited = append(cited, t.Evidence...)
	}
	slices.Sort(cited)
	for _, path := range slices.Compact(cited) {
		if !slices.ContainsFunc(l.doc.Evidence, func(e EvidenceRow) bool { return e.Path == path }) {
			l.add(FieldEvidence, "document.lint.unknown-proof", path)
		}
	}
}

// ReportFacts are what a row of reports.csv says besides the document.
type ReportFacts struct {
	Incident    incident.State
	PublishedAt time.Time
	Path        string // of the Markdown, relative to the repository
}

// ReportHeader names the columns of reports.csv. Columns may be added at the end.
func ReportHeader() []string {
	return []string{
		"id", "detectedAt", "severity", "pipeline", "impactImages", "directCause", "contributingFactors", "systemicCauses",
		"actionsTotal", "actionsOpen", "containedMinutes", "publishedHours", "revision", "sha256", "markdown",
	}
}

// ReportRow gives the row of a published postmortem. Times are UTC in RFC
// 3339, minutes and hours have one decimal; what is not known is empty.
func ReportRow(d Document, f ReportFacts) []string {
	open := 0
	for _, a := range d.Actions {
		if !a.Done {
			open++
		}
	}
	revision, hash := "", ""
	if d.Sealed != nil {
		revision, hash = strconv.Itoa(d.Sealed.Revision), d.Sealed.SHA256
	}
	images, inc := "", f.Incident
	if inc.Impact != nil {
		images = strconv.Itoa(impactCount(*inc.Impact))
	}
	return []string{
		d.ID, inc.DetectedAt.UTC().Format(time.RFC3339), string(inc.Severity), cell(inc.Opened.Pipeline), images,
		cell(d.RCA.Direct.Text), cell(join(d.RCA.Contributing)), cell(join(d.Systemic)),
		strconv.Itoa(len(d.Actions)), strconv.Itoa(open),
		sinceDetection(inc, containedAt(inc), time.Minute), sinceDetection(inc, f.PublishedAt, time.Hour),
		revision, hash, cell(f.Path),
	}
}

// impactCount is the number that the document's impact line says.
func impactCount(i incident.Impact) int {
	switch {
	case i.OverPalette > 0:
		return i.OverPalette
	case i.OverDeltaE > 0:
		return i.OverDeltaE
	}
	return i.Affected
}

// containedAt is the first passing probe, also when the mitigation has been taken back since.
func containedAt(inc incident.State) time.Time {
	if c := inc.Clock(incident.ClockContain); c != nil && c.StoppedAt != nil {
		return *c.StoppedAt
	}
	if inc.Contained != nil {
		return inc.Contained.At
	}
	return time.Time{}
}

func sinceDetection(inc incident.State, at time.Time, unit time.Duration) string {
	if at.IsZero() {
		return ""
	}
	return strconv.FormatFloat(float64(at.Sub(inc.DetectedAt))/float64(unit), 'f', 1, 64)
}

func join(list []Statement) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = s.Text
	}
	return strings.Join(texts, "; ")
}

// cell keeps spreadsheets from taking a person's text for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
