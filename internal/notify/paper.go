package notify

import (
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Limits on what people wrote, in characters.
const (
	maxTitle = 100  // in a subject
	maxLine  = 300  // in a line of the text
	maxLink  = 600  // of an address that must not be cut
	maxPart  = 4000 // one part of a status update
	maxText  = 32 << 10
)

// paper is a text that is being written, paragraph by paragraph.
type paper struct {
	lang phrase.Lang
	b    strings.Builder
	due  bool // a gap before the next line
}

// gap ends the paragraph. Two gaps, or one at the end, are no more than one.
func (p *paper) gap() { p.due = p.b.Len() > 0 }

func (p *paper) line(s string) {
	if p.due {
		p.b.WriteByte('\n')
		p.due = false
	}
	p.b.WriteString(s)
	p.b.WriteByte('\n')
}

// fact writes "name: value"; a value that is not known takes no line.
func (p *paper) fact(name, value string) {
	if value != "" {
		p.line(p.named(name, value))
	}
}

// pointer is a fact among the steps.
func (p *paper) pointer(name, value string) {
	if value != "" {
		p.step(p.named(name, value))
	}
}

func (p *paper) named(name, value string) string {
	return phrase.Say(p.lang, "message.fact", phrase.Of(phrase.Key("message.fact."+name)), value)
}

// step writes what the reader is asked to do.
func (p *paper) step(s string) { p.line("  " + s) }

func (p *paper) String() string { return p.b.String() }

// heading is "S1 PM-2025-09-27-01".
func heading(severity, id string) string {
	return strings.TrimSpace(oneLine(severity, maxTitle) + " " + id)
}

// untitled takes from a subject the colon that no title follows.
func untitled(subject string) string { return strings.TrimRight(subject, " :") }

// since writes a moment as documents do; nothing for none.
func since(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04 UTC")
}

// part keeps the lines of what somebody wrote, indented, so that they cannot
// pass for lines of ours.
func part(s string) string {
	s = strings.TrimSpace(printable(shorten(s, maxPart)))
	return strings.ReplaceAll(s, "\n", "\n    ")
}
