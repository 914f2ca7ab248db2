package postmortem

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Markdown writes the document in a language. In its own language the text
// stands as it was written; in the other one headings, labels, numbers and
// what the product said itself are translated, people's words are not.
func (d Document) Markdown(lang phrase.Lang) []byte {
	w := &writer{lang: lang, doc: &d}
	byField := map[Field]kind{}
	for _, k := range kinds() {
		byField[k.field] = k
	}
	for _, s := range d.Sections {
		if k, ok := byField[s.Field]; ok {
			k.write(w)
			continue
		}
		w.WriteString(s.Markdown)
	}
	if d.Sealed != nil {
		writeSealed(w)
	}
	return w.Bytes()
}

// Parse reads a postmortem as Markdown: UTF-8 within [MaxMarkdown]. The
// language is the one in which more of its sections are known. Whatever is
// not exactly what [Document.Markdown] would write stays verbatim.
func Parse(src []byte) (Document, error) {
	best, most := Document{}, -1
	for _, lang := range phrase.Langs() {
		p, err := parse(src, lang)
		if err != nil {
			return Document{}, err
		}
		if p.known > most {
			best, most = p.doc, p.known
		}
	}
	return best, nil
}

// ParseIn is [Parse] where the language is known, as that of a document being edited is.
func ParseIn(src []byte, lang phrase.Lang) (Document, error) {
	p, err := parse(src, lang)
	return p.doc, err
}

func parse(src []byte, lang phrase.Lang) (parser, error) {
	if len(src) > MaxMarkdown {
		return parser{}, fmt.Errorf("read postmortem of %d bytes, limit %d: %w", len(src), MaxMarkdown, journal.ErrTooLarge)
	}
	if !utf8.Valid(src) {
		return parser{}, fmt.Errorf("read postmortem: the text is not UTF-8: %w", journal.ErrInvalid)
	}
	p := parser{src: string(src), doc: Document{Schema: SchemaID, Lang: lang}, kinds: kinds()}
	p.run()
	return p, nil
}

// parser reads one text in one language.
type parser struct {
	src      string
	kinds    []kind // those not read yet
	doc      Document
	known    int // how many headed sections were read into fields
	verbatim int // where the verbatim text begins that has not been added yet
}

func (p *parser) run() {
	starts := headings(p.src)
	end := len(p.src)
	if n := len(starts); n >= 3 && p.sealed(p.src[starts[n-3]:]) {
		starts, end = starts[:n-3], starts[n-3]
	}
	first := end
	if len(starts) > 0 {
		first = starts[0]
	}
	p.title(first)
	for i, from := range starts {
		to := end
		if i+1 < len(starts) {
			to = starts[i+1]
		}
		p.section(from, to)
	}
	p.flush(end, end)
}

// headings gives where each second-level heading begins that is not inside a fenced block.
func headings(src string) []int {
	var starts []int
	fence := ""
	for at := 0; at < len(src); {
		end := strings.IndexByte(src[at:], '\n') + 1
		if end == 0 {
			end = len(src) - at
		}
		line := src[at : at+end]
		if fence = stepFence(fence, line); fence == "" && strings.HasPrefix(line, "## ") {
			starts = append(starts, at)
		}
		at += end
	}
	return starts
}

// stepFence gives the fence that is open after a line: its run of backticks or
// tildes, or nothing (CommonMark 0.31, section 4.5).
func stepFence(open, line string) string {
	text := strings.TrimLeft(line, " ")
	if len(line)-len(text) > 3 || text == "" || text[0] != '`' && text[0] != '~' {
		return open
	}
	info := strings.TrimLeft(text, text[:1])
	run := text[:len(text)-len(info)]
	switch {
	case open == "" && len(run) >= 3 && (run[0] == '~' || !strings.Contains(info, "`")):
		return run
	case open != "" && run[0] == open[0] && len(run) >= len(open) && strings.TrimSpace(info) == "":
		return ""
	}
	return open
}

// flush adds what is still verbatim before to as a section and goes on at next.
func (p *parser) flush(to, next int) {
	if p.verbatim < to {
		p.doc.Sections = append(p.doc.Sections, Section{Markdown: p.src[p.verbatim:to]})
	}
	p.verbatim = next
}

// title reads the first line; what follows it before the first section is verbatim.
func (p *parser) title(end int) {
	line, _, ended := strings.Cut(p.src[:end], "\n")
	id, ok := strings.CutPrefix(line, titlePrefix)
	if ok && ended && titleID.MatchString(id) {
		p.doc.ID = id
		p.doc.Sections = append(p.doc.Sections, Section{Field: FieldTitle})
		p.verbatim = len(line) + 1
	}
}

// section reads src[from:to] into a field if that loses nothing. Empty lines
// after it are verbatim.
func (p *parser) section(from, to int) {
	text := strings.TrimRight(p.src[from:to], "\n")
	if len(text) < to-from {
		text += "\n"
	}
	heading, _, _ := strings.Cut(text, "\n")
	for i, k := range p.kinds {
		if k.heading == "" || heading != "## "+phrase.Say(p.doc.Lang, k.heading) {
			continue
		}
		trial := p.doc
		if readSection(text, k, &trial) {
			p.flush(from, from+len(text))
			trial.Sections = append(p.doc.Sections, Section{Field: k.field})
			p.doc = trial
			p.kinds = append(p.kinds[:i:i], p.kinds[i+1:]...)
			p.known++
			return
		}
	}
}

// readSection reads the text into the field and tells whether writing it gives the text back.
func readSection(text string, k kind, d *Document) bool {
	lines := strings.Split(text, "\n")
	if lines[len(lines)-1] != "" || hasControl(text) {
		return false
	}
	r := &reader{d.Lang, lines[1 : len(lines)-1]}
	if !k.read(r, d) || len(r.lines) > 0 {
		return false
	}
	w := &writer{lang: d.Lang, doc: d}
	k.write(w)
	return w.String() == text
}

// hasControl tells whether a text holds control characters besides newlines;
// fields hold none, so that they stay on their line everywhere.
func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) })
}
