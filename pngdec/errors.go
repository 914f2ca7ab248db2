package pngdec

import (
	"errors"
	"fmt"
)

// Kinds of error, for errors.Is.
var (
	ErrTruncated   = errors.New("PNG file is cut short")
	ErrDamaged     = errors.New("PNG file is damaged")
	ErrUnsupported = errors.New("PNG feature not supported")
	ErrTooLarge    = errors.New("PNG picture too large")
)

// Error says in one sentence why a file was refused. errors.Is finds its Kind.
type Error struct {
	// Kind is one of the sentinels of this package.
	Kind error
	// Reason is one clause about the file.
	Reason string
}

func (e *Error) Error() string { return "png: " + e.Reason }

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }

func refuse(kind error, format string, args ...any) error {
	return &Error{Kind: kind, Reason: fmt.Sprintf(format, args...)}
}
