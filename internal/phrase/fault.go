package phrase

import (
	"errors"
	"strings"
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

// Error says an error: in English as it is written; else that part of it which
// has a sentence, within what others wrote around it. known tells whether there
// is such a part.
func Error(l Lang, err error) (text string, known bool) {
	text = err.Error()
	var part interface {
		error
		Keyed
	}
	if !errors.As(err, &part) {
		return text, false
	}
	if l == English {
		return text, true
	}
	said, known := keyed(l, part)
	if !known {
		return text, false
	}
	return strings.Replace(text, part.Error(), said, 1), true
}

// Said is a sentence in each language, for a reader whose language is not known yet.
type Said map[Lang]string

// In gives the sentence in a language.
func (s Said) In(l Lang) string { return s[l] }

// keyed says what has a key, where the key has a sentence.
func keyed(l Lang, k Keyed) (text string, known bool) {
	key, args := k.Phrase()
	if !Known(Key(key)) {
		return "", false
	}
	return Say(l, Key(key), args...), true
}
