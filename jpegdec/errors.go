package jpegdec

import (
	"errors"
	"fmt"
)

// Kinds of error, for errors.Is.
var (
	// ErrTruncated: the file ends, or a scan ends, before the picture is complete.
	ErrTruncated = errors.New("truncated")
	// ErrDamaged: the file breaks the rules of the format.
	ErrDamaged = errors.New("damaged")
	// ErrUnsupported: the file is of a kind of JPEG that this package does not decode, named by the reason.
	ErrUnsupported = errors.New("unsupported")
	// ErrTooLarge: the file is beyond a limit of Options.
	ErrTooLarge = errors.New("too large")
)

// Error says in one sentence why a file is not decoded.
type Error struct {
	Kind   error  // ErrTruncated, ErrDamaged, ErrUnsupported or ErrTooLarge
	Reason string // one clause about the file, such as "it uses arithmetic coding"
}

// Error is the reason with what was being done.
func (e *Error) Error() string { return "decode JPEG: " + e.Reason }

// Unwrap gives the kind.
func (e *Error) Unwrap() error { return e.Kind }

func truncated(format string, args ...any) error {
	return &Error{ErrTruncated, fmt.Sprintf(format, args...)}
}

func damaged(format string, args ...any) error {
	return &Error{ErrDamaged, fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) error {
	return &Error{ErrUnsupported, fmt.Sprintf(format, args...)}
}

func tooLarge(format string, args ...any) error {
	return &Error{ErrTooLarge, fmt.Sprintf(format, args...)}
}
