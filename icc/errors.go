package icc

import (
	"errors"
	"fmt"
)

// Kinds of error, for errors.Is.
var (
	// ErrDamaged means that the bytes break the format, or are not a profile at all.
	ErrDamaged = errors.New("colour profile damaged")
	// ErrUnsupported means a sound profile, or colour tags, that this package has no sRGB for.
	ErrUnsupported = errors.New("colour profile not supported")
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}
