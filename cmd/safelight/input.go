package main

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/pixels"
)

// errInput marks what the user gave as unusable.
var errInput = journal.ErrInvalid

// inputError marks errors of opening a file that the user named: the user, not
// the program, can mend them.
func inputError(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: %w", err, journal.ErrInvalid)
	}
	return err
}

// notAnInput refuses to write over a file that is being read.
func notAnInput(out string, inputs []string) error {
	target, err := os.Stat(out)
	if err != nil {
		return nil // there is nothing to write over
	}
	for _, in := range inputs {
		if source, err := os.Stat(in); err == nil && os.SameFile(target, source) {
			return fmt.Errorf("write %s: it is one of the inputs: name another file: %w", out, errInput)
		}
	}
	return nil
}

// encodePNG writes the pixels of an 8-bit image.
func encodePNG(w io.Writer, m *pixels.Image) error {
	picture := image.NewNRGBA(image.Rect(0, 0, m.Width, m.Height))
	for i := range m.Width * m.Height {
		copy(picture.Pix[4*i:], m.RGB8[3*i:3*i+3])
		picture.Pix[4*i+3] = 255
	}
	return png.Encode(w, picture)
}
