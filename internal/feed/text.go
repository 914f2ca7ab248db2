package feed

import (
	"strings"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/intake"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxText is how much of a text is kept, in bytes: a long page is a signal as
// good as its beginning.
const maxText = intake.MaxText

// breaks are the elements that begin a new line of text.
var breaks = map[atom.Atom]bool{
	atom.P: true, atom.Br: true, atom.Div: true, atom.Li: true, atom.Ul: true, atom.Ol: true, atom.Tr: true, atom.Table: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Blockquote: true,
	atom.Pre: true, atom.Hr: true, atom.Section: true, atom.Article: true, atom.Header: true, atom.Footer: true,
	atom.Figure: true, atom.Figcaption: true, atom.Dt: true, atom.Dd: true,
}

// silent are the elements whose text nobody reads.
var silent = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Template: true, atom.Noscript: true, atom.Iframe: true, atom.Svg: true,
	atom.Object: true,
}

// plain reduces HTML to its text: a line for each block, white space
// collapsed, entities resolved, the descriptions of images kept. Text without
// markup comes out as it is but for white space.
func plain(s string) string {
	z := html.NewTokenizer(strings.NewReader(s))
	z.SetMaxBuf(maxText)
	var b lines
	var hidden atom.Atom // the element that hides what follows, and how deep it nests in itself
	depth := 0
	for b.Len() < maxText {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		if kind == html.TextToken {
			if depth == 0 {
				b.text(string(z.Text()))
			}
			continue
		}
		name, attributes := z.TagName()
		a := atom.Lookup(name)
		switch {
		case depth > 0 && a == hidden && kind == html.StartTagToken:
			depth++
		case depth > 0 && a == hidden && kind == html.EndTagToken:
			depth--
		case depth > 0:
		case kind == html.StartTagToken && silent[a]:
			hidden, depth = a, 1
		case a == atom.Img && attributes:
			b.text(" " + alt(z) + " ")
		case breaks[a]:
			b.newLine()
		}
	}
	return strings.TrimSpace(clip(b.String(), maxText))
}

// alt gives the description of the image whose tag the tokenizer stands on.
func alt(z *html.Tokenizer) string {
	for more := true; more; {
		var key, value []byte
		key, value, more = z.TagAttr()
		if string(key) == "alt" {
			return string(value)
		}
	}
	return ""
}

// lines builds text whose white space is collapsed and whose lines are not empty.
type lines struct {
	strings.Builder
	space, line bool // owed before the next word
}

func (b *lines) text(s string) {
	for i, word := range strings.Fields(s) {
		if i > 0 || startsWithSpace(s) {
			b.space = true
		}
		switch {
		case b.Len() == 0:
		case b.line:
			b.WriteByte('\n')
		case b.space:
			b.WriteByte(' ')
		}
		b.space, b.line = false, false
		b.WriteString(word)
	}
	if s != "" && strings.TrimRight(s, " \t\r\n") != s {
		b.space = true
	}
}

func startsWithSpace(s string) bool { return strings.TrimLeft(s, " \t\r\n") != s }

func (b *lines) newLine() { b.line = true }

// clip cuts a text to at most n bytes, between runes, and makes it valid UTF-8
// without zero bytes.
func clip(s string, n int) string {
	s = strings.ReplaceAll(s, "\x00", " ")
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	if utf8.ValidString(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	return clip(s, min(n, len(s)))
}

// both joins a title and a text, unless the text begins with the title anyway.
func both(title, text string) string {
	title = strings.TrimSpace(title)
	if title == "" || strings.HasPrefix(text, strings.TrimRight(title, "….")) {
		return text
	}
	if text == "" {
		return title
	}
	return clip(title+"\n"+text, maxText)
}
