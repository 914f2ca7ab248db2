package pngdec

import (
	"errors"
	"fmt"
)

// Kinds of error, for errors.Is.
var (
	// ErrTruncated: the file ends too early, or its image data do.
	ErrTruncated = errors.New("truncated")
	// ErrDamaged: the file breaks the rules of the format, or a checksum does not match.
	ErrDamaged = errors.New("damaged")
	// ErrUnsupported: the file needs what this package does not know, named by the reason.
	ErrUnsupported = errors.New("unsupported")
	// ErrTooLarge: the picture is beyond a limit of Options, or of the caller's memory.
	ErrTooLarge = errors.New("too large")
)

// Error says in one sentence why a file was refused. errors.Is finds its Kind.
type Error struct {
	Kind   error  // ErrTruncated, ErrDamaged, ErrUnsupported or ErrTooLarge
	Reason string // one clause about the file, such as "it has a second IHDR chunk"
}

func (e *Error) Error() string { return "decode PNG: " + e.Reason }

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }

func refuse(kind error, format string, args ...any) error {
	return &Error{kind, fmt.Sprintf(format, args...)}
}
