package iqa

import "math"

// MethodMSSSIM names the definition of MS-SSIM, as a result should state it.
const MethodMSSSIM = "Wang 2003, five scales, 2×2 means, Gaussian 11×11 σ 1.5, valid region, luma BT.601, v1"

// scales is how many scales MS-SSIM has, smallestMS what a picture must measure in either direction so that 11 pixels
// remain at the fifth: 11 · 2⁴, as in the authors' code.
const (
	scales     = 5
	smallestMS = window << (scales - 1)
)

// exponents of the scales, from the finest (Wang 2003, section 3.2).
var exponents = [scales]float64{0.0448, 0.2856, 0.3001, 0.2363, 0.1333}

// MSSSIM returns the multi-scale structural similarity of two planes, 0 to 1, higher is better.
//
// It is the index of Wang, Simoncelli and Bovik, "Multi-scale structural similarity for image quality assessment",
// 37th Asilomar Conference on Signals, Systems and Computers, 2003, equation 7, computed as the authors' code does:
// the mean of contrast × structure at the first four scales, the mean of the whole index at the fifth, each to its
// published power, multiplied. A scale is the means of 2×2 pixels of the one before; an odd last row or column
// counts twice. A mean below 0, which has no such power, counts as 0.
//
// It is symmetric, and exactly 1 for equal planes. Errors are ErrDimensions and ErrTooSmall (below 176 pixels in
// either direction).
func (w *Workspace) MSSSIM(ref, cand Plane) (float64, error) {
	p, err := planes(ref, cand)
	if err != nil {
		return 0, err
	}
	return w.msssim(p)
}

// MSSSIM8 is MSSSIM of the luma of two pictures of packed 8-bit R′ G′ B′, as in SSIM8.
func (w *Workspace) MSSSIM8(ref, cand []uint8, width, height int) (float64, error) {
	return w.msssim(packed8(ref, cand, width, height))
}

// MSSSIM16 is MSSSIM8 for 16-bit samples.
func (w *Workspace) MSSSIM16(ref, cand []uint16, width, height int) (float64, error) {
	return w.msssim(packed16(ref, cand, width, height))
}

func (w *Workspace) msssim(p pair) (float64, error) {
	if err := p.measurable(smallestMS); err != nil {
		return 0, err
	}
	w.prepare()
	_, v := w.pyramid(&p, false)
	return v, nil
}

// pyramid measures a pair of at least 176×176 pixels: SSIM, which is its first scale, and MS-SSIM.
func (w *Workspace) pyramid(p *pair, squares bool) (ssim, msssim float64) {
	at, product := *p, 1.0
	for i := range scales {
		sinks := walkSinks{squares: squares && i == 0}
		if i < scales-1 {
			sinks.next = &w.scales[i]
			sinks.next.fit((at.width+1)/2, (at.height+1)/2)
		}
		full, mean := w.walk(&at, sinks)
		if i == 0 {
			ssim = full
		}
		if i == scales-1 {
			mean = full
		} else {
			at = pair{width: sinks.next.width, height: sinks.next.height, moments: *sinks.next, unit: p.unit}
		}
		product *= math.Pow(max(mean, 0), exponents[i])
	}
	return ssim, product
}

// scale is one scale of the pyramid after the first, as rows of s and d: both its measure and the next scale can be had
// from them, so that reference and candidate are not needed again.
type scale struct {
	width, height, stride int
	sums, diffs           []float32
}

// fit makes room. Rows are longer than the scale, so that a strip may read its last block whole.
func (s *scale) fit(width, height int) {
	s.width, s.height = width, height
	s.stride = (width+lanes-1)/lanes*lanes + 2*lanes
	if n := s.stride * height; cap(s.sums) < n {
		both := make([]float32, 2*n)
		s.sums, s.diffs = both[:n:n], both[n:]
	} else {
		s.sums, s.diffs = s.sums[:n], s.diffs[:n]
	}
}

// halve writes the strip's share of the next scale from rows that start at row y.
func (s *strip) halve(y int, rows int, in rowsOf) {
	next, n := s.sinks.next, s.own()
	for r := 0; r < rows; r += 2 {
		upper, lower := r*in.stride, min(r+1, rows-1)*in.stride
		at := (y+r)/2*next.stride + s.x/2
		s.halveRow(next.sums[at:][:(n+1)/2], in.sums[upper:][:n], in.sums[lower:][:n])
		s.halveRow(next.diffs[at:][:(n+1)/2], in.diffs[upper:][:n], in.diffs[lower:][:n])
	}
}

func (s *strip) halveRow(dst, upper, lower []float32) {
	n := len(upper)
	s.w.kernels.halve(dst[:n/2], upper, lower)
	if n%2 == 1 {
		dst[n/2] = (upper[n-1] + lower[n-1]) * 0.5
	}
}
