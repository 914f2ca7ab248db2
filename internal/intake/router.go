package intake

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Router finds the pipeline of a signal. It does not change.
type Router struct {
	pipelines []string
	rules     []Rule // folded
	byWord    bool   // some rule asks for words
	otherwise string
}

// NewRouter prepares the rules of a valid configuration.
func NewRouter(c Config, pipelines []string) *Router {
	r := &Router{pipelines: pipelines, otherwise: c.Default}
	if r.otherwise == "" && len(pipelines) == 1 {
		r.otherwise = pipelines[0]
	}
	for _, rule := range c.Route {
		rule.Tags, rule.Words = folded(rule.Tags), folded(rule.Words)
		r.byWord = r.byWord || len(rule.Words) > 0
		r.rules = append(r.rules, rule)
	}
	return r
}

func folded(list []string) []string {
	low := make([]string, len(list))
	for i, s := range list {
		low[i] = strings.ToLower(strings.TrimSpace(s))
	}
	return low
}

// Route gives the pipeline of a signal. One that names a pipeline which is not
// configured, or that no rule fits, is refused with [Faults].
func (r *Router) Route(s Signal) (string, error) {
	if s.Pipeline != "" {
		if !slices.Contains(r.pipelines, s.Pipeline) {
			return "", Faults{FaultOf("pipeline", "signal.fault.pipeline", fmt.Sprintf("%.80q", s.Pipeline))}
		}
		return s.Pipeline, nil
	}
	text, tags := "", folded(s.Tags)
	if r.byWord {
		text = strings.ToLower(s.Text)
	}
	for _, rule := range r.rules {
		if rule.fits(s.Source, tags, text) {
			return rule.Pipeline, nil
		}
	}
	if r.otherwise == "" {
		return "", Faults{FaultOf("pipeline", "signal.fault.pipeline.none")}
	}
	return r.otherwise, nil
}

// fits compares with tags and a text in lower case.
func (r Rule) fits(source string, tags []string, text string) bool {
	if len(r.Sources) > 0 && !slices.Contains(r.Sources, source) {
		return false
	}
	if len(r.Tags)+len(r.Words) == 0 {
		return true
	}
	return slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(r.Tags, t) }) ||
		slices.ContainsFunc(r.Words, func(w string) bool { return hasWord(text, w) })
}

// hasWord tells whether a word or phrase stands in a text, and not inside of a longer word.
func hasWord(text, word string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		start, end := from+at, from+at+len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !isWord(before) && !isWord(after) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[start:])
		from = start + size
	}
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
