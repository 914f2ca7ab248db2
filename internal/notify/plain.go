package notify

import (
	"strconv"
	"strings"
	"unicode"
)

// printable escapes control and format characters as Go does (\x1b, \u202e),
// so that no text can steer a terminal or show itself in another order. Line
// breaks stay.
func printable(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\t", " ").Replace(strings.ToValidUTF8(s, "\ufffd"))
	var b strings.Builder
	for _, r := range s {
		if r == '\n' || unicode.IsGraphic(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// oneLine makes printable text of one line, of at most so many characters.
func oneLine(s string, most int) string {
	// Cut before the escapes are written, lest one be cut in half.
	return printable(shorten(strings.Join(strings.Fields(s), " "), most))
}

// shorten cuts s after so many characters and marks the cut.
func shorten(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n > most {
			return strings.TrimSpace(s[:i]) + "…"
		}
	}
	return s
}
