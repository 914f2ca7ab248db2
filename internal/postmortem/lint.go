package postmortem

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Rule is what a document is held against.
type Rule string

// The rules.
const (
	RuleComplete       Rule = "complete"       // a section or a field is missing
	RuleWhys           Rule = "whys"           // fewer than five, or not to process or culture, without a reason
	RuleAction         Rule = "action"         // without an owner or a date
	RuleTest           Rule = "test"           // a hypothesis that was not tested, evidence that is not listed
	RuleJournal        Rule = "journal"        // the journal says something else
	RulePerson         Rule = "person"         // a person stands as a cause
	RuleCounterfactual Rule = "counterfactual" // what did not happen, in hindsight
	RuleJudgement      Rule = "judgement"      // a word that judges people
)

// Problem is something that a reader of the document would miss, or that should be said otherwise.
type Problem struct {
	Rule    Rule
	Section Field // empty for a section of people's own
	Line    int   // of the Markdown, counted from 1; 0 where something is missing
	Text    phrase.Sentence
	Quote   string // the words
	Why     phrase.Sentence
	Instead phrase.Sentence // how to say it
	Pin     string          // of the rule and the sentence: what is overruled is overruled for these words only
	// Overruled says who judges otherwise, and why.
	Overruled *Overruling
}

// OpenProblems are the problems that nobody has overruled.
func OpenProblems(list []Problem) []Problem {
	return slices.DeleteFunc(slices.Clone(list), func(p Problem) bool { return p.Overruled != nil })
}

// pinned names the problem by its rule and the sentence that it is about.
func (p Problem) pinned(sentence string) Problem {
	sum := sha256.Sum256([]byte(string(p.Rule) + "\n" + string(p.Section) + "\n" + oneLine(sentence) + "\n" + p.Quote))
	p.Pin = hex.EncodeToString(sum[:8])
	return p
}

// Lint lists what a document lacks, and which of its words blame people.
func Lint(d Document) []Problem { return Review(d, Facts{}) }

// Review is Lint for the document of an incident: what contradicts the journal is a problem too, and the names of its people are known.
func Review(d Document, f Facts) []Problem {
	l := &linter{doc: d, facts: f}
	l.missing()
	l.whys()
	l.actions()
	l.tests()
	l.contradictions()
	l.blame()
	slices.SortStableFunc(l.problems, func(a, b Problem) int { return a.Line - b.Line })
	for i, p := range l.problems {
		if at := slices.IndexFunc(f.Overruled, func(o Overruling) bool { return o.Pin == p.Pin }); at >= 0 {
			l.problems[i].Overruled = &f.Overruled[at]
		}
	}
	return l.problems
}

type linter struct {
	doc      Document
	facts    Facts
	problems []Problem
}

// add names a problem of a section. Its sentence is what it says, in English: that does not change with the language of a page.
func (l *linter) add(r Rule, f Field, k phrase.Key, args ...any) {
	p := Problem{Rule: r, Section: f, Line: l.lineOf(f), Text: phrase.Of(k, args...)}
	l.problems = append(l.problems, p.pinned(p.Text.In(phrase.English)))
}

// lineOf is where a section begins, or 0.
func (l *linter) lineOf(f Field) int {
	line := 1
	for _, p := range pieces(l.doc, l.doc.Lang) {
		if p.field == f && f != "" {
			return line
		}
		line += strings.Count(p.text+p.blank, "\n")
	}
	return 0
}

func (l *linter) heading(f Field) phrase.Sentence {
	if k, ok := kindOf(f); ok && k.heading != "" {
		return phrase.Of(k.heading)
	}
	return phrase.Of("document.title")
}

// missing wants the sections of the template, and something in them.
func (l *linter) missing() {
	complete := true
	for _, f := range []Field{FieldTitle, FieldContext, FieldTimeline, FieldRCA, FieldActions, FieldLessons} {
		if !slices.Contains(l.doc.Sections, Section{Field: f}) {
			l.add(RuleComplete, f, "document.lint.missing", l.heading(f))
			complete = false
		}
	}
	if complete {
		l.fields()
	}
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
			l.add(RuleComplete, c.field, "document.lint.empty", phrase.Of(c.key))
		}
	}
}

// whys wants five answers, the last of which reaches process or culture, or a reason to end where they end.
func (l *linter) whys() {
	switch n := len(l.doc.Whys); {
	case EndsWell(l.doc.Whys):
	case n < 5:
		l.add(RuleWhys, FieldWhys, "document.lint.whys", n)
	default:
		l.add(RuleWhys, FieldWhys, "document.lint.reach", n)
	}
}

func (l *linter) actions() {
	for i, a := range l.doc.Actions {
		detailed := slices.ContainsFunc(l.doc.Details, func(d ActionDetail) bool { return d.Line == i+1 && d.Owner != "" })
		if a.Owner == "" && !detailed {
			l.add(RuleAction, FieldActions, "document.lint.action-owner", i+1)
		}
		if a.Due == "" {
			l.add(RuleAction, FieldActions, "document.lint.action-due", i+1)
		}
	}
}

// tests wants each hypothesis tested and each cited file listed.
func (l *linter) tests() {
	for _, h := range l.doc.Tests.Hypotheses {
		if !slices.ContainsFunc(l.doc.Tests.Runs, func(t TestRow) bool { return t.Hypothesis == h.ID }) {
			l.add(RuleTest, FieldTests, "document.lint.untested", h.ID)
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
			l.add(RuleTest, FieldEvidence, "document.lint.unknown-proof", path)
		}
	}
}
