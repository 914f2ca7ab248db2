package knowledge

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// Query selects incidents; zero fields select all.
type Query struct {
	Words    string
	Pipeline string
	Severity pipeline.Severity
	Cause    postmortem.CauseKind // the analysis has named a cause of that kind
	Quarter  string               // of the detection: "2025-Q3"
}

// Limits of a query.
const (
	maxWords = 400 // bytes
	maxTerms = 16
)

var quarter = regexp.MustCompile(`^\d{4}-Q[1-4]$`)

// QuarterOf is the quarter of a moment in UTC.
func QuarterOf(t time.Time) string {
	t = t.UTC()
	return fmt.Sprintf("%d-Q%d", t.Year(), (int(t.Month())+2)/3)
}

// Validate says in one sentence what is wrong with a query, or nil.
func (q Query) Validate() error {
	if wrong := q.wrong(); wrong != nil {
		return fmt.Errorf("%w: %w", wrong, journal.ErrInvalid)
	}
	return nil
}

func (q Query) wrong() *phrase.Fault {
	_, known := pipeline.ParseSeverity(string(q.Severity))
	switch {
	case len(q.Words) > maxWords || !utf8.ValidString(q.Words):
		return phrase.Errorf("knowledge.wrong.words", len(q.Words), maxWords)
	case q.Severity != "" && !known:
		return phrase.Errorf("knowledge.wrong.severity", typed(string(q.Severity)))
	case q.Cause != "" && !slices.Contains(postmortem.CauseKinds(), q.Cause):
		return phrase.Errorf("knowledge.wrong.cause", typed(string(q.Cause)), fmt.Sprint(postmortem.CauseKinds()))
	case q.Quarter != "" && !quarter.MatchString(q.Quarter):
		return phrase.Errorf("knowledge.wrong.quarter", typed(q.Quarter))
	case len(q.Pipeline) > 200:
		return phrase.Errorf("knowledge.wrong.pipeline", typed(q.Pipeline))
	}
	terms := Terms(q.Words)
	if len(terms) > maxTerms {
		return phrase.Errorf("knowledge.wrong.terms", len(terms), maxTerms)
	}
	if strings.TrimSpace(q.Words) != "" && !slices.ContainsFunc(terms, func(t Term) bool { return !t.Not }) {
		return phrase.Errorf("knowledge.wrong.none", typed(q.Words))
	}
	return nil
}

// typed is the beginning of what somebody typed, quoted, for a sentence.
func typed(s string) string { return fmt.Sprintf("%.40q", s) }

// Term is one thing that is looked for: a word, or words in a row.
type Term struct {
	Spellings []string // any of them will do
	Prefix    bool     // words that begin so will do
	Not       bool     // it is not to be there
}

// minPrefix is how many letters a word needs to stand for all that begin with it.
const minPrefix = 3

// Terms reads what somebody looks for: words, of which all must be there; "words in a row" in quotes; -word for what must not
// be there. A word of three letters and more stands for all that begin with it, without the s or x of its plural; œ is oe too.
func Terms(words string) []Term {
	var list []Term
	for rest := strings.TrimSpace(words); rest != ""; rest = strings.TrimSpace(rest) {
		var t Term
		if after, not := strings.CutPrefix(rest, "-"); not {
			t.Not, rest = true, after
		}
		var text string
		if after, quoted := strings.CutPrefix(rest, `"`); quoted {
			text, rest, _ = strings.Cut(after, `"`)
		} else {
			end := strings.IndexFunc(rest, unicode.IsSpace)
			if end < 0 {
				end = len(rest)
			}
			text, rest = strings.ReplaceAll(rest[:end], `"`, " "), rest[end:]
			t.Prefix = true
		}
		if t.spell(text) {
			list = append(list, t)
		}
	}
	return list
}

// spell takes a term's text; false where there is nothing to look for in it.
func (t *Term) spell(text string) bool {
	text = plain(text)
	letters := strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	if letters < 0 {
		return false
	}
	if t.Prefix {
		text = stem(strings.TrimSuffix(text, "*"))
		t.Prefix = utf8.RuneCountInString(text) >= minPrefix
	}
	for _, pair := range [...][2]string{{"œ", "oe"}, {"æ", "ae"}} {
		if strings.Contains(text, pair[0]) {
			t.Spellings = []string{text, strings.ReplaceAll(text, pair[0], pair[1])}
			return true
		}
		if strings.Contains(text, pair[1]) {
			t.Spellings = []string{text, strings.ReplaceAll(text, pair[1], pair[0])}
			return true
		}
	}
	t.Spellings = []string{text}
	return true
}

// stem takes the plural's ending off a word.
func stem(word string) string {
	if utf8.RuneCountInString(word) <= minPrefix+1 || strings.HasSuffix(word, "ss") {
		return word
	}
	return strings.TrimSuffix(strings.TrimSuffix(word, "s"), "x")
}
