package knowledge

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// Part is where something is written of an incident.
type Part string

// The parts, those first whose words weigh most in a search.
const (
	Title    Part = "title" // with pipeline, rule and routes
	Causes   Part = "causes"
	Lessons  Part = "lessons"
	Actions  Part = "actions" // and barriers
	Whys     Part = "whys"
	Tests    Part = "tests"
	Impact   Part = "impact"
	Updates  Part = "updates"
	Document Part = "document" // whatever else the postmortem says
)

// Parts lists all parts.
func Parts() []Part {
	return []Part{Title, Causes, Lessons, Actions, Whys, Tests, Impact, Updates, Document}
}

// Open tells whether a part belongs to the incident itself, which everybody reads, and not to its postmortem.
func (p Part) Open() bool { return p == Title || p == Updates }

// maxPart bounds the bytes of a part: an index is no archive.
const maxPart = 256 << 10

// Text is what is written of an incident in one language, by part.
type Text map[Part]string

// TextOf gives what is written of an incident. The postmortem's document counts as it was kept last; what the analysis has come
// to know since, and does not stand in it, counts too.
func TextOf(inc incident.State, pm postmortem.State, p prevention.State, l phrase.Lang) Text {
	t := &texts{lang: l, parts: Text{}}
	t.incident(inc)
	if pm.Revision > 0 {
		t.document(pm.Document)
	}
	t.analysis(pm)
	t.prevention(p)
	for part, text := range t.parts {
		t.parts[part] = cut(text)
	}
	return t.parts
}

type texts struct {
	lang     phrase.Lang
	written  string // the document, plain
	parts    Text
	markdown strings.Builder
}

// add appends lines that the document does not have.
func (t *texts) add(part Part, lines ...string) {
	for _, line := range lines {
		if line = plain(line); line == "" || strings.Contains(t.written, line) {
			continue
		}
		if t.parts[part] != "" {
			t.parts[part] += "\n"
		}
		t.parts[part] += line
	}
}

func (t *texts) incident(inc incident.State) {
	o := inc.Opened
	t.add(Title, o.Title, o.Pipeline, o.Rule, strings.Join(o.Routes, " "))
	for _, u := range inc.Updates {
		t.add(Updates, u.Situation, u.Mitigation, u.Next)
	}
	for _, m := range inc.Mitigations {
		t.add(Updates, m.Reason)
	}
	if inc.Impact != nil {
		t.add(Impact, inc.Impact.Text, inc.Impact.WorstPath, strings.Join(inc.Impact.Pipelines, " "))
		for _, c := range inc.Impact.Palette {
			t.add(Impact, c.Name)
		}
	}
}

// document lays the sections of the document to their parts.
func (t *texts) document(d postmortem.Document) {
	headings := map[string]Part{}
	for field, part := range partOfField {
		headings[field.Heading(t.lang)] = part
	}
	part, section := Document, strings.Builder{}
	flush := func() {
		t.add(part, section.String())
		section.Reset()
	}
	for line := range strings.Lines(string(d.Markdown(t.lang))) {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			flush()
			known := false
			if part, known = headings[strings.TrimSpace(heading)]; !known {
				part = Document
			}
		}
		section.WriteString(line)
	}
	flush()
	for _, text := range t.parts {
		t.markdown.WriteString(text + "\n")
	}
	t.written = t.markdown.String()
}

// partOfField is where the sections of a document are found; the others are of part Document.
var partOfField = map[postmortem.Field]Part{
	postmortem.FieldRCA: Causes, postmortem.FieldSystemic: Causes, postmortem.FieldCauses: Causes,
	postmortem.FieldWhys: Whys, postmortem.FieldTests: Tests, postmortem.FieldImpact: Impact,
	postmortem.FieldActions: Actions, postmortem.FieldDetails: Actions, postmortem.FieldBarriers: Actions,
	postmortem.FieldLessons: Lessons, postmortem.FieldLinks: Lessons,
}

func (t *texts) analysis(pm postmortem.State) {
	for _, c := range pm.Causes {
		t.add(Causes, t.say(c.Text, c.Say))
	}
	for _, w := range pm.Whys {
		t.add(Whys, w.Question, w.Answer)
	}
	for _, h := range pm.Hypotheses {
		t.add(Tests, h.Text)
	}
	for _, l := range pm.Lessons {
		t.add(Lessons, l.Text)
	}
}

func (t *texts) prevention(p prevention.State) {
	for _, a := range p.Actions {
		t.add(Actions, a.Title, a.Proof)
	}
	for _, test := range p.Tests {
		t.add(Actions, test.Name)
	}
}

// say gives a text in the language, where the product has made it.
func (t *texts) say(text string, s *phrase.Sentence) string {
	if s == nil {
		return text
	}
	return s.In(t.lang)
}

// plain takes out of a text what is no word of it: Markdown's marks, and control characters, which would be taken for the
// marks of a hit.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("|#*`[]<>~_", r), unicode.IsControl(r), r == utf8.RuneError:
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func cut(s string) string {
	if len(s) <= maxPart {
		return s
	}
	end := maxPart
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// Span is a piece of a snippet; Hit says that it was looked for.
type Span struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit,omitempty"`
}

// Marks stand around hits in the snippets of an index; no text of ours has them.
const (
	MarkBegin = "\x02"
	MarkEnd   = "\x03"
)

// Spans reads a snippet with its marks.
func Spans(snippet string) []Span {
	var list []Span
	for snippet != "" {
		before, rest, found := strings.Cut(snippet, MarkBegin)
		if before != "" {
			list = append(list, Span{Text: before})
		}
		if !found {
			break
		}
		hit, after, _ := strings.Cut(rest, MarkEnd)
		list = append(list, Span{Text: hit, Hit: true})
		snippet = after
	}
	return list
}

// String writes a span for a terminal, hits in brackets.
func (s Span) String() string {
	if s.Hit {
		return fmt.Sprintf("[%s]", s.Text)
	}
	return s.Text
}
