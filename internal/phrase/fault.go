package phrase

import (
	"fmt"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Keyed is what a package that knows no language gives to be said: the key of
// its sentence and the arguments.
type Keyed interface {
	Phrase() (key string, args []any)
}

// Fault is an error that can be said in both languages. Errors and sentences
// among its arguments are said in the same language; errors are unwrapped to.
type Fault struct{ Sentence }

// Errorf makes a Fault of a sentence.
func Errorf(k Key, args ...any) *Fault { return &Fault{Of(k, args...)} }

// Refusal is a Fault of a kind, such as journal.ErrConflict, which stands behind it.
func Refusal(kind error, k Key, args ...any) error {
	return fmt.Errorf("%w: %w", Errorf(k, args...), kind)
}

// Error is the sentence in English.
func (f *Fault) Error() string { return f.In(English) }

// Phrase makes it a [Keyed].
func (f *Fault) Phrase() (key string, args []any) { return string(f.Key), f.Args }

// Unwrap gives the errors among the arguments.
func (f *Fault) Unwrap() []error {
	var all []error
	for _, a := range f.Args {
		if err, ok := a.(error); ok {
			all = append(all, err)
		}
	}
	return all
}

// part is what of an error has a sentence.
type part interface {
	error
	Keyed
}

// Error says an error: in English as it is written; else those parts of it which
// have sentences, within what others wrote around them. known tells whether there
// is such a part.
func Error(l Lang, err error) (text string, known bool) {
	text = err.Error()
	for _, p := range parts(err) {
		if l == English {
			return text, true
		}
		if said, ok := keyed(l, p); ok {
			text, known = strings.Replace(text, p.Error(), said, 1), true
		}
	}
	return text, known
}

// parts finds the outermost parts of an error that say themselves: several where errors were joined.
func parts(err error) (all []part) {
	if p, ok := err.(part); ok {
		return []part{p}
	}
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		return parts(err.Unwrap())
	case interface{ Unwrap() []error }:
		for _, e := range err.Unwrap() {
			all = append(all, parts(e)...)
		}
	}
	return all
}

// Said is a sentence in each language, for a reader whose language is not known yet.
type Said map[Lang]string

// SaidOf says an error in each language, without the name of its kind; nil where there is none.
func SaidOf(err error) Said {
	if err == nil {
		return nil
	}
	said := Said{}
	for _, l := range Langs() {
		text, _ := Error(l, err)
		said[l] = strings.ReplaceAll(journal.WithoutKind(text), "\n", "; ")
	}
	return said
}

// In gives the sentence in a language.
func (s Said) In(l Lang) string { return s[l] }

// Else is what is said where nothing is: a text in English, for readers of each language. Journals of before hold only that.
func (s Said) Else(english string) Said {
	if len(s) > 0 {
		return s
	}
	all := Said{}
	for _, l := range Langs() {
		all[l] = english
	}
	return all
}

// Foreign tells a reader of a language that what there is to read is in English.
func (s Said) Foreign(l Lang) bool { return l != English && s[l] == s[English] }

// keyed says what has a key, where the key has a sentence.
func keyed(l Lang, k Keyed) (text string, known bool) {
	key, args := k.Phrase()
	if !Known(Key(key)) {
		return "", false
	}
	return Say(l, Key(key), args...), true
}
