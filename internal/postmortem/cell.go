package postmortem

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// writer writes a document in one language.
type writer struct {
	lang phrase.Lang
	doc  *Document
	bytes.Buffer
}

// line writes the parts and ends the line.
func (w *writer) line(parts ...string) {
	for _, p := range parts {
		w.WriteString(p)
	}
	w.WriteByte('\n')
}

// spoken gives the text as written, or in the other language the sentence behind it.
func (w *writer) spoken(text string, say *phrase.Sentence) string {
	if say == nil || w.lang == w.doc.Lang {
		return text
	}
	return oneLine(say.In(w.lang))
}

// reader reads the body of one section, line by line.
type reader struct {
	lang  phrase.Lang
	lines []string
}

// next takes the next line if it is the given one.
func (r *reader) next(line string) bool {
	if len(r.lines) == 0 || r.lines[0] != line {
		return false
	}
	r.lines = r.lines[1:]
	return true
}

// take takes the lines up to the first empty one or the end.
func (r *reader) take() []string {
	n := slices.Index(r.lines, "")
	if n < 0 {
		n = len(r.lines)
	}
	taken := r.lines[:n]
	r.lines = r.lines[n:]
	return taken
}

// part is one labelled value of T: a line of a list, or a column of a table.
// Reading need not be strict, since what was read is written again and compared.
type part[T any] struct {
	label    phrase.Key
	optional bool // a line that is left out when its value is empty
	write    func(w *writer, v *T) string
	read     func(lang phrase.Lang, s string, v *T) bool
}

// maybe makes the part an optional line.
func (p part[T]) maybe() part[T] {
	p.optional = true
	return p
}

// textPart is a text as it stands.
func textPart[T any, S ~string](label phrase.Key, at func(*T) *S) part[T] {
	return part[T]{
		label: label,
		write: func(_ *writer, v *T) string { return string(*at(v)) },
		read:  func(_ phrase.Lang, s string, v *T) bool { *at(v) = S(s); return true },
	}
}

// spokenPart is a text that may have a sentence behind it.
func spokenPart[T any](label phrase.Key, at func(*T) spoken) part[T] {
	return part[T]{
		label: label,
		write: func(w *writer, v *T) string { s := at(v); return w.spoken(*s.text, *s.say) },
		read:  func(_ phrase.Lang, s string, v *T) bool { *at(v).text = s; return true },
	}
}

// listPart is a list of texts, joined by commas.
func listPart[T any](label phrase.Key, at func(*T) *[]string) part[T] {
	return part[T]{
		label: label,
		write: func(_ *writer, v *T) string { return strings.Join(*at(v), ", ") },
		read: func(_ phrase.Lang, s string, v *T) bool {
			*at(v) = nil
			if s != "" {
				*at(v) = strings.Split(s, ", ")
			}
			return !slices.Contains(*at(v), "")
		},
	}
}

// integer is any signed integer of the model.
type integer interface{ ~int | ~int64 }

// intPart is an integer, grouped as the language groups it.
func intPart[T any, N integer](label phrase.Key, at func(*T) *N) part[T] {
	return part[T]{
		label: label,
		write: func(w *writer, v *T) string { return phrase.Integer(w.lang, int64(*at(v))) },
		read: func(lang phrase.Lang, s string, v *T) bool {
			n, ok := readInteger(lang, s)
			*at(v) = N(n)
			return ok
		},
	}
}

// readInteger reads what [phrase.Integer] wrote; integers beyond 2^53 have no place in JSON.
func readInteger(lang phrase.Lang, s string) (int64, bool) {
	separator := " "
	if lang == phrase.English {
		separator = ","
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(s, separator, ""), 10, 64)
	return n, err == nil && n > -1<<53 && n < 1<<53
}

// decimalPart is a number with all its digits.
func decimalPart[T any](label phrase.Key, at func(*T) *float64) part[T] {
	return part[T]{
		label: label,
		write: func(w *writer, v *T) string { return writeDecimal(w.lang, *at(v)) },
		read: func(lang phrase.Lang, s string, v *T) bool {
			f, ok := readDecimal(lang, s)
			*at(v) = f
			return ok
		},
	}
}

func writeDecimal(lang phrase.Lang, f float64) string { return phrase.Decimal(lang, f, -1) }

var decimalText = regexp.MustCompile(`^-?[0-9]{1,20}(\.[0-9]{1,20})?$`)

func readDecimal(lang phrase.Lang, s string) (float64, bool) {
	if lang == phrase.French {
		if strings.Contains(s, ".") {
			return 0, false
		}
		s = strings.Replace(s, ",", ".", 1)
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && decimalText.MatchString(s) && (f != 0 || !math.Signbit(f))
}

// enumPart is one of the given values, written as "document.AREA.VALUE" says. Empty stays empty.
func enumPart[T any, S ~string](label phrase.Key, area string, values []S, at func(*T) *S) part[T] {
	word := func(lang phrase.Lang, v S) string {
		return phrase.Say(lang, phrase.Key("document."+area+"."+string(v)))
	}
	return part[T]{
		label: label,
		write: func(w *writer, v *T) string {
			if *at(v) == "" {
				return ""
			}
			return word(w.lang, *at(v))
		},
		read: func(lang phrase.Lang, s string, v *T) bool {
			i := slices.IndexFunc(values, func(v S) bool { return word(lang, v) == s })
			if i >= 0 {
				*at(v) = values[i]
			}
			return i >= 0 || s == ""
		},
	}
}

// label writes a label with the colon of its language.
func label(lang phrase.Lang, k phrase.Key) string {
	if lang == phrase.French {
		return phrase.Say(lang, k) + " :"
	}
	return phrase.Say(lang, k) + ":"
}

// writeLines writes one "- label: value" for each part.
func writeLines[T any](w *writer, parts []part[T], v *T) {
	for _, p := range parts {
		value := p.write(w, v)
		switch {
		case value != "":
			w.line("- ", label(w.lang, p.label), " ", value)
		case !p.optional:
			w.line("- ", label(w.lang, p.label))
		}
	}
}

// readLines reads what writeLines wrote.
func readLines[T any](lang phrase.Lang, lines []string, parts []part[T], v *T) bool {
	for _, line := range lines {
		ok := false
		for _, p := range parts {
			value, has := strings.CutPrefix(line, "- "+label(lang, p.label))
			if has && (value == "" || strings.HasPrefix(value, " ")) {
				ok = p.read(lang, strings.TrimPrefix(value, " "), v)
				break
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// writeTable writes a table with one column for each part.
func writeTable[T any](w *writer, parts []part[T], rows []T) {
	cells := make([]string, len(parts))
	for i, p := range parts {
		cells[i] = phrase.Say(w.lang, p.label)
	}
	w.line(tableRow(cells))
	w.line("|", strings.Repeat(" --- |", len(parts)))
	for r := range rows {
		for i, p := range parts {
			cells[i] = strings.ReplaceAll(p.write(w, &rows[r]), "|", `\|`)
		}
		w.line(tableRow(cells))
	}
}

func tableRow(cells []string) string { return "| " + strings.Join(cells, " | ") + " |" }

// readTable reads what writeTable wrote, up to an empty line or the end.
func readTable[T any](r *reader, parts []part[T]) ([]T, bool) {
	var rows []T
	lines := r.take()
	if len(lines) < 2 {
		return nil, false
	}
	for _, line := range lines[2:] {
		inner, start := strings.CutPrefix(line, "| ")
		inner, end := strings.CutSuffix(inner, " |")
		cells := strings.Split(inner, " | ")
		if !start || !end || len(cells) != len(parts) {
			return nil, false
		}
		var v T
		for i, p := range parts {
			if !p.read(r.lang, strings.ReplaceAll(cells[i], `\|`, "|"), &v) {
				return nil, false
			}
		}
		rows = append(rows, v)
	}
	return rows, true
}
