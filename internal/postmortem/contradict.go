package postmortem

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Name is what an account is called by.
type Name struct{ Login, Full string }

// Facts are what is known of an incident besides its document. The zero Facts are those of a file that belongs to none.
type Facts struct {
	Incident *incident.State
	Written  *Document // what the journal would write now
	Names    []Name
	// Overruled are the problems that people judge otherwise.
	Overruled []Overruling
}

// contradictions compares what the document says with what the journal says.
func (l *linter) contradictions() {
	if l.facts.Incident == nil || l.facts.Written == nil {
		return
	}
	l.contextAgainst(*l.facts.Incident)
	l.timelineAgainst(*l.facts.Written)
	l.actionsAgainst(*l.facts.Written)
	l.evidenceAgainst(*l.facts.Written)
	if i := l.facts.Incident.Impact; i != nil {
		l.impactAgainst(l.facts.Written.Impact)
		l.countsAgainst(*i)
	}
}

// differs says that the journal says something else of a field.
func (l *linter) differs(f Field, what phrase.Sentence, here, journal string) {
	if here != journal && here != "" && journal != "" {
		l.add(RuleJournal, f, "document.lint.journal", what, here, journal)
	}
}

func (l *linter) contextAgainst(s incident.State) {
	if !slices.Contains(l.doc.Sections, Section{Field: FieldContext}) {
		return
	}
	c := l.doc.Context
	l.differs(FieldContext, phrase.Of("document.severity"), c.Severity, string(s.Severity))
	if at, err := time.Parse("2006-01-02 15:04 MST", c.Detected); err != nil || !at.Equal(s.DetectedAt.UTC().Truncate(time.Minute)) {
		l.differs(FieldContext, phrase.Of("document.detected"), c.Detected, stamp(s.DetectedAt))
	}
}

// timelineAgainst finds rows that the journal has at another time, and rows that go back in time.
func (l *linter) timelineAgainst(w Document) {
	times := map[string][]string{}
	for _, r := range w.Timeline {
		times[r.Event] = append(times[r.Event], r.Time)
	}
	last := ""
	for _, r := range l.doc.Timeline {
		if known := times[r.Event]; len(known) > 0 && !slices.Contains(known, r.Time) {
			l.differs(FieldTimeline, phrase.Of("page.free", r.Event), r.Time, known[0])
		}
		if clockOnly.MatchString(r.Time) {
			if clockOnly.MatchString(last) && r.Time < last {
				l.add(RuleJournal, FieldTimeline, "document.lint.order", r.Time, last)
			}
			last = r.Time
		}
	}
}

var clockOnly = regexp.MustCompile(`^[0-9]{2}:[0-9]{2}$`)

// actionsAgainst compares the actions that both know.
func (l *linter) actionsAgainst(w Document) {
	for _, a := range l.doc.Actions {
		i := slices.IndexFunc(w.Actions, func(b Action) bool { return b.Text == a.Text })
		if i < 0 {
			continue
		}
		b := w.Actions[i]
		l.differs(FieldActions, phrase.Of("document.lint.due-of", a.Text), a.Due, b.Due)
		if a.Done && !b.Done {
			l.add(RuleJournal, FieldActions, "document.lint.open", a.Text)
		}
	}
}

func (l *linter) evidenceAgainst(w Document) {
	for _, e := range l.doc.Evidence {
		i := slices.IndexFunc(w.Evidence, func(b EvidenceRow) bool { return b.Path == e.Path })
		if i < 0 {
			l.add(RuleJournal, FieldEvidence, "document.lint.no-evidence", e.Path)
			continue
		}
		l.differs(FieldEvidence, phrase.Of("page.free", e.Path), e.SHA256, w.Evidence[i].SHA256)
	}
}

// impactAgainst compares the figures of the report.
func (l *linter) impactAgainst(w ImpactReport) {
	if !slices.Contains(l.doc.Sections, Section{Field: FieldImpact}) {
		return
	}
	d, lang := l.doc.Impact, l.doc.Lang
	for _, c := range []struct {
		what       phrase.Key
		here, then float64
	}{
		{"document.checked", float64(d.Checked), float64(w.Checked)},
		{"document.images-over", float64(d.Affected), float64(w.Affected)},
		{"document.over-delta", float64(d.OverDeltaE), float64(w.OverDeltaE)},
		{"document.over-palette", float64(d.OverPalette), float64(w.OverPalette)},
		{"document.median-delta", d.MedianDelta, w.MedianDelta},
		{"document.worst-delta", d.WorstDelta, w.WorstDelta},
	} {
		if c.here != c.then {
			l.differs(FieldImpact, phrase.Of(c.what), phrase.Word(lang, c.here), phrase.Word(lang, c.then))
		}
	}
	l.differs(FieldImpact, phrase.Of("document.first-bad"), d.FirstBad, w.FirstBad)
	l.differs(FieldImpact, phrase.Of("document.last-bad"), d.LastBad, w.LastBad)
}

var (
	countOfImages = regexp.MustCompile(`(?i)([0-9](?:[0-9]|[ ., \x{00a0}\x{202f}][0-9]{3})*)\s+(?:\pL+\s+)?(?:images?|photos?)(?:[^\p{L}]|$)`)
	medianDelta   = regexp.MustCompile(`(?i)(?:median|médian)e?\s+ΔE(?:00|2000)?[^0-9|.;]{0,20}([0-9]+(?:[.,][0-9]+)?)|ΔE(?:00|2000)?\s+(?:median|médian)e?[^0-9|.;]{0,20}([0-9]+(?:[.,][0-9]+)?)`)
	worstDelta    = regexp.MustCompile(`(?i)ΔE(?:00|2000)?\s+(?:max(?:imale?|imum)?|worst|pire)[^0-9|.;]{0,20}([0-9]+(?:[.,][0-9]+)?)|(?:max(?:imum|imal)?|worst|pire)\s+ΔE(?:00|2000)?[^0-9|.;]{0,20}([0-9]+(?:[.,][0-9]+)?)`)
)

// countsAgainst looks at numbers of images and at figures of ΔE in people's words. A number of images that the measured impact does not
// hold anywhere is a contradiction; other numbers nobody has counted.
func (l *linter) countsAgainst(i incident.Impact) {
	if i.Checked == 0 {
		return // nothing was measured that could contradict
	}
	counted := countsOf(i)
	line := 0
	for _, p := range pieces(l.doc, l.doc.Lang) {
		for text := range strings.Lines(p.text + p.blank) {
			line++
			if spared[p.field] || p.field == FieldTests || p.field == FieldBarriers {
				continue
			}
			text = quiet(text)
			for _, m := range countOfImages.FindAllStringSubmatch(text, -1) {
				if n, ok := wholeNumber(m[1]); ok && !counted[n] {
					l.number(p.field, line, text, strings.TrimSpace(m[0]), phrase.Of("document.lint.counts", i.Affected, i.Checked))
				}
			}
			l.delta(p.field, line, text, medianDelta, i.MedianDelta, "document.median-delta")
			l.delta(p.field, line, text, worstDelta, worstOf(i), "document.worst-delta")
		}
	}
}

func (l *linter) number(f Field, line int, text, quote string, journal phrase.Sentence) {
	p := Problem{Rule: RuleJournal, Section: f, Line: line, Quote: quote, Text: phrase.Of("document.lint.number", quote, journal)}
	l.problems = append(l.problems, p.pinned(text))
}

// delta compares a figure with as many decimals as it was written with.
func (l *linter) delta(f Field, line int, text string, re *regexp.Regexp, want float64, what phrase.Key) {
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		written := strings.ReplaceAll(m[1]+m[2], ",", ".")
		v, err := strconv.ParseFloat(written, 64)
		_, decimals, _ := strings.Cut(written, ".")
		if err != nil || want == 0 || math.Abs(v-want) <= 0.5001*math.Pow10(-len(decimals)) {
			continue
		}
		l.number(f, line, text, strings.TrimSpace(m[0]), phrase.Of("document.lint.figure", phrase.Of(what), phrase.Decimal(l.doc.Lang, want, 2)))
	}
}

func worstOf(i incident.Impact) float64 {
	worst := i.WorstDelta
	for _, p := range i.Palette {
		worst = max(worst, p.Worst)
	}
	return worst
}

// countsOf are all numbers of images that the report holds.
func countsOf(i incident.Impact) map[int]bool {
	counted := map[int]bool{i.Checked: true, i.Affected: true, i.OverDeltaE: true, i.OverPalette: true, i.Checked - i.Affected: true, len(i.Images): true}
	for _, c := range i.Palette {
		counted[c.Images] = true
	}
	for _, p := range i.ByPipeline {
		counted[p.Checked], counted[p.Affected] = true, true
	}
	for _, c := range i.ByClass {
		counted[c.Checked], counted[c.Affected] = true, true
	}
	for _, v := range i.ByVersion {
		counted[v.Checked], counted[v.Affected] = true, true
	}
	for _, n := range []*int{i.Deliveries, i.Unchanged} {
		if n != nil {
			counted[*n] = true
		}
	}
	return counted
}

// wholeNumber reads a number with whatever separates its thousands. One or two images are an example and no count.
func wholeNumber(s string) (int, bool) {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	n, err := strconv.Atoi(digits)
	return n, err == nil && n > 2
}
