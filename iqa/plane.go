// Package iqa measures how far an image is from its reference: SSIM, MS-SSIM, PSNR.
//
// Each measure is full-reference; it states its definition, its range and which direction is better, since
// implementations under one name differ. The Method constants name the definitions in results.
//
// A picture is packed rows of encoded R′ G′ B′ as [Workspace.SSIM8] and [Workspace.SSIM16] take them, or a [Plane] of
// one channel. Packed rows are read once: luma Y′ = (299 R′ + 587 G′ + 114 B′) ÷ 1000 is taken in integers on the way
// into the filters, so that a grey picture measures as its plane does and a picture in 16 bits as the same in 8.
//
// # Reproducibility
//
// Pixels are taken in a fixed order and summed in float64. PSNR comes from exact integers and is the same on every
// machine. SSIM and MS-SSIM have one algorithm in two arithmetics: float32 vectors, which give the same bits on every
// amd64 processor with AVX2 and FMA, and, everywhere else, plain float64, which rounds explicitly and gives the same
// bits on every machine. The first differs from the second, and from the formula in exact arithmetic, by less than
// 1e-6: of pictures of a single window a search found 9e-7, of 40×30 pixels 3e-8. Equal pictures give exactly 1 in
// either, and exchanging reference and candidate changes no bit.
package iqa

import (
	"errors"
	"fmt"
)

// Kinds of error, for errors.Is.
var (
	// ErrDimensions means that the pictures differ in size, or that one holds fewer values than its size says.
	ErrDimensions = errors.New("dimensions differ")
	// ErrTooSmall means that the pictures are smaller than the window of the measure.
	ErrTooSmall = errors.New("image too small to measure")
)

// Plane is one channel of an image, encoded luma Y′ in 0..255, rows from the top without padding. Values must be
// finite.
type Plane struct {
	Width, Height int
	// Pix holds at least Width × Height values.
	Pix []float32
}

// pair is two pictures of one size in one of the forms that can be measured: planes, packed samples of 8 or of 16
// bits, or a pyramid's scale, which is kept as sums and differences. Arrays hold the reference first.
type pair struct {
	width, height int
	planes        [2][]float32
	packed8       [2][]uint8
	packed16      [2][]uint16
	moments       scale
	unit          float64  // what one of 255 levels is in the sums and differences
	weights       [4]int16 // of R′, G′, B′, which make one level of 1000; the fourth is 0
}

// Weights of a packed pixel's samples. Luma is that of ITU-R BT.601-7, 2.5.1.
var (
	luma  = [4]int16{299, 587, 114, 0}
	red   = [4]int16{1000, 0, 0, 0}
	green = [4]int16{0, 1000, 0, 0}
	blue  = [4]int16{0, 0, 1000, 0}
)

func planes(ref, cand Plane) (pair, error) {
	if ref.Width != cand.Width || ref.Height != cand.Height {
		return pair{}, fmt.Errorf("compare %d×%d with %d×%d pixels: %w", ref.Width, ref.Height, cand.Width, cand.Height, ErrDimensions)
	}
	return pair{width: ref.Width, height: ref.Height, planes: [2][]float32{ref.Pix, cand.Pix}, unit: 1}, nil
}

func packed8(ref, cand []uint8, width, height int) pair {
	return pair{width: width, height: height, packed8: [2][]uint8{ref, cand}, unit: 1000, weights: luma}
}

func packed16(ref, cand []uint16, width, height int) pair {
	return pair{width: width, height: height, packed16: [2][]uint16{ref, cand}, unit: 1000, weights: luma}
}

// ahead is how many bytes the next step's rows are further.
func (p *pair) ahead() int {
	switch {
	case p.packed8[0] != nil:
		return group * p.width * 3
	case p.packed16[0] != nil:
		return group * p.width * 6
	}
	return group * p.width * 4
}

// measurable checks that both pictures are there and at least size×size.
func (p *pair) measurable(size int) error {
	if p.width < size || p.height < size {
		return fmt.Errorf("compare %d×%d pixels, of which %d×%d are needed: %w", p.width, p.height, size, size, ErrTooSmall)
	}
	for i := range 2 {
		n := max(len(p.planes[i]), len(p.packed8[i])/3, len(p.packed16[i])/3)
		if n/p.width < p.height {
			return fmt.Errorf("picture of %d×%d pixels holds %d: %w", p.width, p.height, n, ErrDimensions)
		}
	}
	return nil
}
