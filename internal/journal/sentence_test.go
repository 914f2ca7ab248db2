package journal

import (
	"errors"
	"fmt"
	"testing"
)

func TestSentence(t *testing.T) {
	invalid := fmt.Errorf("source %q: use a-z: %w", "A", ErrInvalid)
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("disk full"), "disk full"},
		{invalid, `source "A": use a-z`},
		{fmt.Errorf("incident PM-1: %w", ErrNotFound), "incident PM-1: not found"},
		{fmt.Errorf("show the incident: PM-1 is not in the journal: %w", ErrNotFound), "show the incident: PM-1 is not in the journal"},
		{fmt.Errorf("%w: %w", fmt.Errorf("the line is long: %w", ErrTooLarge), ErrInvalid), "the line is long"},
		{errors.Join(invalid, fmt.Errorf("no time: %w", ErrInvalid)), `source "A": use a-z; no time`},
		{ErrInvalid, "invalid"},
		{errors.New("the title is: invalid, as I said"), "the title is: invalid, as I said"},
	} {
		if got := Sentence(c.err); got != c.want {
			t.Errorf("%q is said as %q, want %q", c.err, got, c.want)
		}
	}
}
