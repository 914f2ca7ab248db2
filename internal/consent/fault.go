package consent

import (
	"fmt"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Fault is what is wrong with one field of a record, named as the column of the table of [WriteCSV] that has it.
type Fault struct {
	Column string
	Says   *phrase.Fault
}

// Faults is all that is wrong with a record, so that whoever writes one mends it at one go. Its kind is
// [journal.ErrInvalid].
type Faults []Fault

func (f *Faults) add(column string, k phrase.Key, args ...any) {
	*f = append(*f, Fault{column, phrase.Errorf(k, args...)})
}

// named is what is wrong, with the column before it where there is one.
func (f Fault) named() *phrase.Fault {
	if f.Column == "" {
		return f.Says
	}
	return phrase.Errorf("consent.fault.of", f.Column, f.Says)
}

// Error is the sentence in English.
func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, one := range f {
		texts[i] = one.named().Error()
	}
	return strings.Join(texts, "; ")
}

// Phrase makes it a [phrase.Keyed].
func (f Faults) Phrase() (key string, args []any) {
	if len(f) == 1 {
		return f[0].named().Phrase()
	}
	return "consent.fault.and", []any{f[0].named(), f[1:]}
}

// Unwrap gives the kind.
func (f Faults) Unwrap() error { return journal.ErrInvalid }

// Check says all that is wrong with what a draft says, or nothing; now is the time that it would be recorded at. What the
// register adds by itself is not looked for.
func (d Draft) Check(now time.Time) Faults {
	terms, values := d.Terms.normal(now), d.Values.normal()
	if d.ID == "" {
		return append(terms.faults(now), values.firstFaults()...)
	}
	return append(terms.faults(now), values.faults()...)
}

// validate refuses a record with faults, or without what the register adds by itself.
func validate(t Terms, v Values, f Faults) error {
	switch {
	case !IsSubject(t.Subject) || t.Guardian != "" && !IsSubject(t.Guardian):
		return fmt.Errorf("record a consent: a pseudonym is S- and 8 to 40 hexadecimal digits: %w", journal.ErrInvalid)
	case len(v.Salt) != SaltSize:
		return fmt.Errorf("record a consent: the salt has %d bytes, not %d: %w", len(v.Salt), SaltSize, journal.ErrInvalid)
	case len(f) > 0:
		return phrase.Errorf("consent.fault.record", f)
	}
	return nil
}
