package intake

import (
	"errors"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Fault is what is wrong with one field of a signal, as the wire names it.
type Fault struct {
	Field    string
	TooLarge bool
	Says     *phrase.Fault
}

// FaultOf makes a fault of a sentence.
func FaultOf(field string, k phrase.Key, args ...any) Fault {
	return Fault{Field: field, Says: phrase.Errorf(k, args...)}
}

// Faults is all that is wrong with one signal, said in one sentence. Its kind
// is [journal.ErrInvalid], or [journal.ErrTooLarge] where that is all.
type Faults []Fault

// Error is the sentence in English.
func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, one := range f {
		texts[i] = one.Says.Error()
	}
	return strings.Join(texts, "; ")
}

// Phrase makes it a [phrase.Keyed].
func (f Faults) Phrase() (key string, args []any) {
	if len(f) == 1 {
		return f[0].Says.Phrase()
	}
	return "signal.fault.and", []any{f[0].Says, f[1:]}
}

// Unwrap gives the kind.
func (f Faults) Unwrap() error {
	for _, one := range f {
		if !one.TooLarge {
			return journal.ErrInvalid
		}
	}
	return journal.ErrTooLarge
}

// OrNil gives nil where there is no fault.
func (f Faults) OrNil() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// with adds what is not known of a field already.
func (f Faults) with(more Faults) Faults {
	known := map[string]bool{}
	for _, one := range f {
		known[one.Field] = true
	}
	for _, one := range more {
		if !known[one.Field] {
			f = append(f, one)
		}
	}
	return f
}

// Check says all that is wrong with what was told, or nil: where some of its
// fields could not be read, what is wrong with the others too. Of a line that
// could not be read at all nothing else is said.
func (t Told) Check(now time.Time) error {
	var unread Faults
	if t.Err != nil && !errors.As(t.Err, &unread) {
		return t.Err
	}
	return unread.with(t.Signal.Clean().faults(now)).OrNil()
}

// Check gives the signal as it is kept, with its pipeline, or says all that is
// wrong with it, which pipeline it is for included.
func (r *Router) Check(t Told, now time.Time) (Signal, error) {
	s := t.Signal.Clean()
	pipeline, err := r.Route(s)
	s.Pipeline = pipeline
	var all, lost Faults
	wrong := t.Check(now)
	if err == nil || wrong != nil && !errors.As(wrong, &all) {
		return s, wrong
	}
	errors.As(err, &lost) // Route knows no other errors
	return s, all.with(lost).OrNil()
}
