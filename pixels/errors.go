package pixels

import (
	"errors"
	"fmt"
	"io"
	"strconv"

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

	reason Remark
	cause  error
}

func (e *Error) Error() string {
	name := e.name()
	switch e.Kind {
	case ErrNotImage:
		return "the file is " + e.reason.String()
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

func (e *Error) name() string {
	if e.Format == "" {
		return "image"
	}
	return e.Format
}

// Phrase names the sentence among those of all packages, and gives its arguments.
func (e *Error) Phrase() (key string, args []any) {
	switch e.Kind {
	case ErrNotImage:
		return "pixels.error.not-image", []any{e.reason}
	case ErrUnsupported:
		return "pixels.error.unsupported", []any{e.name(), e.reason}
	case ErrTooLarge:
		return "pixels.error.too-large", []any{e.Limit}
	case ErrTooManyPixels:
		return "pixels.error.too-many-pixels", []any{e.name(), strconv.Itoa(e.Width), strconv.Itoa(e.Height), e.Limit}
	case ErrTooManyFrames:
		return "pixels.error.too-many-frames", []any{e.name(), e.Frames, e.Limit}
	case ErrAnimated:
		return "pixels.error.animated", []any{e.name()}
	case ErrTruncated:
		return "pixels.error.truncated", []any{e.name()}
	}
	return "pixels.error.damaged", []any{e.name(), e.reason}
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
	e = &Error{Kind: ErrDamaged, Format: format, reason: remark(Verbatim, err.Error()), cause: err}
	var (
		j *jpegdec.Error
		p *pngdec.Error
		t tiff.UnsupportedError
	)
	switch {
	case errors.As(err, &j):
		e.Kind, e.reason = kindOf(err, jpegdec.ErrTruncated, jpegdec.ErrUnsupported), remark(Verbatim, j.Reason)
	case errors.As(err, &p):
		e.Kind, e.reason = kindOf(err, pngdec.ErrTruncated, pngdec.ErrUnsupported), remark(Verbatim, p.Reason)
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		e.Kind = ErrTruncated
	case errors.As(err, &t):
		e.Kind, e.reason = ErrUnsupported, remark(RareFeature, string(t))
	case errors.Is(err, bmp.ErrUnsupported):
		e.Kind, e.reason = ErrUnsupported, remark(RareBMP)
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
