// Package iqa measures how far an image is from its reference: SSIM, MS-SSIM, PSNR.
//
// Each measure is full-reference and works on planes of one channel; it states its
// definition, its range and which direction is better, since implementations under one name differ.
//
// Results do not depend on the machine: sums are taken in a fixed order in float64, and products are rounded
// explicitly so that no compiler fuses them.
package iqa

import (
	"errors"
	"fmt"
)

// Kinds of error, for errors.Is.
var (
	// ErrDimensions means that the planes differ in size, or that one holds fewer values than its size says.
	ErrDimensions = errors.New("dimensions differ")
	// ErrTooSmall means that the planes are smaller than the window of the measure.
	ErrTooSmall = errors.New("image too small to measure")
)

// Plane is one channel of an image, encoded luma Y′ in 0..255, rows from the top without padding. Values must be
// finite.
type Plane struct {
	Width, Height int
	// Pix holds at least Width × Height values.
	Pix []float32
}

// measurable checks that two planes can be measured against each other with a window of size×size.
func measurable(ref, cand Plane, size int) error {
	if ref.Width != cand.Width || ref.Height != cand.Height {
		return fmt.Errorf("compare %d×%d with %d×%d pixels: %w", ref.Width, ref.Height, cand.Width, cand.Height, ErrDimensions)
	}
	if ref.Width < size || ref.Height < size {
		return fmt.Errorf("compare %d×%d pixels, of which %d×%d are needed: %w", ref.Width, ref.Height, size, size, ErrTooSmall)
	}
	for _, p := range [...]Plane{ref, cand} {
		if len(p.Pix)/p.Width < p.Height {
			return fmt.Errorf("plane of %d×%d holds %d values: %w", p.Width, p.Height, len(p.Pix), ErrDimensions)
		}
	}
	return nil
}
