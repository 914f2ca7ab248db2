package pixels

import (
	"errors"
	"fmt"
	"io"

	"github.com/safelight-dev/safelight/jpegdec"
	"github.com/safelight-dev/safelight/pngdec"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// Kinds of error, for errors.Is.
var (
	ErrNotImage      = errors.New("not an image")
	ErrUnsupported   = errors.New("image format not supported")
	ErrTooLarge      = errors.New("image file too large")
	ErrTooManyPixels = errors.New("image has too many pixels")
	ErrTooManyFrames = errors.New("image has too many frames")
	ErrAnimated      = errors.New("image is animated")
	ErrTruncated     = errors.New("image file is cut short")
	ErrDamaged       = errors.New("image file is damaged")
)

// Error says in one sentence why a file was refused. errors.Is finds its Kind and its cause.
type Error struct {
	// Kind is one of the sentinels of this package.
	Kind error
	// Format is the recognised format, or empty.
	Format string
	// Width and Height are what the file declares, with ErrTooManyPixels.
	Width, Height int
	// Limit is the limit that was passed: bytes with ErrTooLarge, pixels with ErrTooManyPixels, pictures with
	// ErrTooManyFrames.
	Limit int64
	// Frames is the number of frames with ErrTooManyFrames and ErrAnimated; 0 if it is not known.
	Frames int

	reason string
	cause  error
}

func (e *Error) Error() string {
	name := e.Format
	if name == "" {
		name = "image"
	}
	switch e.Kind {
	case ErrNotImage:
		return "the file is " + e.reason
	case ErrUnsupported:
		return fmt.Sprintf("%s cannot be decoded: %s; convert it to an ordinary PNG, JPEG or WebP", name, e.reason)
	case ErrTooLarge:
		return fmt.Sprintf("the file is over the limit of %d bytes", e.Limit)
	case ErrTooManyPixels:
		return fmt.Sprintf("%s declares %d×%d pixels, over the limit of %d", name, e.Width, e.Height, e.Limit)
	case ErrTooManyFrames:
		return fmt.Sprintf("%s declares %d pictures, over the limit of %d", name, e.Frames, e.Limit)
	case ErrAnimated:
		if e.Frames > 1 {
			return fmt.Sprintf("%s is animated (%d frames) and needs safelight-codec; put it beside safelight, or give a still image", name, e.Frames)
		}
		return name + " is animated and needs safelight-codec; put it beside safelight, or give a still image"
	case ErrTruncated:
		return name + " is cut short: the file ends before its pixels do"
	}
	return fmt.Sprintf("%s is damaged: %s", name, e.reason)
}

// Unwrap returns the kind and, if there is one, the decoder's own error.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.cause}
}

// decoderError sorts a decoder's error into the kinds.
func decoderError(format string, err error) error {
	var e *Error
	if errors.As(err, &e) { // a native decoder's, or one of this package
		if e.Format == "" {
			e.Format = format
		}
		return e
	}
	e = &Error{Kind: ErrDamaged, Format: format, reason: err.Error(), cause: err}
	var (
		j *jpegdec.Error
		p *pngdec.Error
		t tiff.UnsupportedError
	)
	switch {
	case errors.As(err, &j):
		e.Kind, e.reason = kindOf(err, jpegdec.ErrTruncated, jpegdec.ErrUnsupported), j.Reason
	case errors.As(err, &p):
		e.Kind, e.reason = kindOf(err, pngdec.ErrTruncated, pngdec.ErrUnsupported), p.Reason
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		e.Kind = ErrTruncated
	case errors.As(err, &t):
		e.Kind, e.reason = ErrUnsupported, "it uses "+string(t)
	case errors.Is(err, bmp.ErrUnsupported):
		e.Kind, e.reason = ErrUnsupported, "it is of a rare kind of BMP"
	}
	return e
}

// kindOf is the kind of this package for one of a decoder's.
func kindOf(err, truncated, unsupported error) error {
	switch {
	case errors.Is(err, truncated):
		return ErrTruncated
	case errors.Is(err, unsupported):
		return ErrUnsupported
	}
	return ErrDamaged
}
