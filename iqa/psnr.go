package iqa

import (
	"fmt"
	"math"
	"strconv"
)

// MethodPSNR names the definition of PSNR, as a result should state it.
const MethodPSNR = "PSNR of R′ G′ B′ against full scale, overall from the mean square of all three, v1"

// Decibel is a ratio of powers, 10 lg. +Inf, the PSNR of equal pictures, is written in JSON as the string "Infinity",
// as the JSON mapping of Protocol Buffers does: a null would read as not measured, and any number would be made up.
type Decibel float64

// MarshalJSON writes a number, or "Infinity".
func (d Decibel) MarshalJSON() ([]byte, error) {
	switch v := float64(d); {
	case math.IsInf(v, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(v, -1), math.IsNaN(v):
		return nil, fmt.Errorf("write %v decibel as JSON: only finite values and +Inf have a form", v)
	default:
		return strconv.AppendFloat(nil, v, 'g', -1, 64), nil
	}
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Decibel) UnmarshalJSON(text []byte) error {
	if string(text) == `"Infinity"` {
		*d = Decibel(math.Inf(1))
		return nil
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return fmt.Errorf("read %q as decibel: want a JSON number or \"Infinity\"", text)
	}
	*d = Decibel(v)
	return nil
}

// PSNR is the peak signal-to-noise ratio of the channels of encoded colour, and of all their samples together; higher
// is better, equal channels have +Inf.
//
// It is 10 lg(P² ÷ MSE), where P is 255 or 65535 and MSE the mean squared difference, from an exact integer sum.
// Overall is that of the mean of the three channels' MSE, not the mean of their PSNR.
type PSNR struct {
	R       Decibel `json:"r"`
	G       Decibel `json:"g"`
	B       Decibel `json:"b"`
	Overall Decibel `json:"overall"`
}

// PSNR8 measures two pictures of packed 8-bit R′ G′ B′, rows without padding. It is symmetric. Errors are
// ErrDimensions, and ErrTooSmall where there is no pixel.
func (w *Workspace) PSNR8(ref, cand []uint8, width, height int) (PSNR, error) {
	p := packed8(ref, cand, width, height)
	if err := p.measurable(1); err != nil {
		return PSNR{}, err
	}
	w.prepare()
	n := 3 * width * height
	w.kernels.squares8(w.buf, ref[:n], cand[:n])
	return p.psnr(w.buf.takeSquares()), nil
}

// PSNR16 is PSNR8 for 16-bit samples.
func (w *Workspace) PSNR16(ref, cand []uint16, width, height int) (PSNR, error) {
	p := packed16(ref, cand, width, height)
	if err := p.measurable(1); err != nil {
		return PSNR{}, err
	}
	w.prepare()
	n := 3 * width * height
	squares16(w.buf, ref[:n], cand[:n])
	return p.psnr(w.buf.takeSquares()), nil
}

// psnr turns sums of squared differences into decibels.
func (p *pair) psnr(squares [3]uint64) PSNR {
	peak := 255.0
	if p.packed16[0] != nil {
		peak = 65535
	}
	n := float64(p.width) * float64(p.height)
	decibel := func(sum, n float64) Decibel {
		if sum == 0 {
			return Decibel(math.Inf(1))
		}
		return Decibel(10 * math.Log10(peak*peak*n/sum))
	}
	r, g, b := float64(squares[0]), float64(squares[1]), float64(squares[2])
	return PSNR{R: decibel(r, n), G: decibel(g, n), B: decibel(b, n), Overall: decibel(r+g+b, 3*n)}
}

// squares adds the strip's share of the squared differences of rows from y on.
func (s *strip) squares(y, rows int) {
	p, n := s.p, 3*s.own()
	for r := range rows {
		at := 3 * ((y+r)*p.width + s.x)
		if p.packed8[0] != nil {
			s.w.kernels.squares8(s.w.buf, p.packed8[0][at:][:n], p.packed8[1][at:][:n])
		} else {
			squares16(s.w.buf, p.packed16[0][at:][:n], p.packed16[1][at:][:n])
		}
	}
}

// takeSquares returns the sums by channel and clears them.
func (b *buffers) takeSquares() [3]uint64 {
	b.flush()
	sums := b.squares
	b.squares = [3]uint64{}
	return sums
}

// flush adds the counters of the vector kernel, which hold the places of 48 bytes in the order in which it unpacks
// them, to the sums of their channels.
func (b *buffers) flush() {
	for i, v := range b.counters {
		place := i/16*16 + i/8%2*4 + i%8/4*8 + i%4
		b.squares[place%3] += uint64(v)
	}
	b.counters, b.counted = [48]uint32{}, 0
}
