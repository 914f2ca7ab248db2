package icc

import (
	"math"

	"github.com/safelight-dev/safelight/colour"
)

// d50 is the white of the connection space (ICC.1:2022, 7.2.16).
var d50 = [3]float64{0.9642, 1, 0.8249}

// chromaticity is a colour without its lightness, in CIE 1931 x and y.
type chromaticity struct{ x, y float64 }

func (c chromaticity) xyz() [3]float64 { return [3]float64{c.x / c.y, 1, (1 - c.x - c.y) / c.y} }

// gamut is a white point and the red, green and blue that mix to it.
type gamut struct{ white, red, green, blue chromaticity }

var (
	d65     = chromaticity{0.3127, 0.3290}
	bt709   = gamut{d65, chromaticity{0.64, 0.33}, chromaticity{0.30, 0.60}, chromaticity{0.15, 0.06}}
	srgbXYZ = mustColorants(bt709)
	// toLinear takes XYZ of the connection space to linear sRGB.
	toLinear = mustInverse(srgbXYZ)
)

// mustColorants and mustInverse are for constants.
func mustColorants(g gamut) matrix {
	m, _ := g.colorants()
	return m
}

func mustInverse(m matrix) matrix {
	r, _ := m.inverse()
	return r
}

// bradford is the cone response matrix of the adaptation that profiles use (ICC.1:2022, annex E.3).
var bradford = matrix{{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}

// colorants is the map from linear RGB of a gamut to XYZ of the connection space: the primaries scaled so that they
// add up to white, and adapted to D50. It reports false where there is none.
func (g gamut) colorants() (matrix, bool) {
	for _, c := range []chromaticity{g.white, g.red, g.green, g.blue} {
		if !(c.y > 1e-4 && c.y <= 1 && c.x >= 0 && c.x <= 1) {
			return matrix{}, false
		}
	}
	var m matrix
	for i, c := range []chromaticity{g.red, g.green, g.blue} {
		for row, v := range c.xyz() {
			m[row][i] = v
		}
	}
	r, ok := m.inverse()
	if !ok {
		return matrix{}, false
	}
	share := r.apply(g.white.xyz())
	return adaptation(g.white).times(m).times(diagonal(share[0], share[1], share[2])), true
}

// adaptation takes colours under a white to those that look alike under D50.
func adaptation(white chromaticity) matrix {
	from, to := bradford.apply(white.xyz()), bradford.apply(d50)
	scaled := diagonal(to[0]/from[0], to[1]/from[1], to[2]/from[2]).times(bradford)
	return mustInverse(bradford).times(scaled)
}

// The encoders take linear light to rounded sRGB exactly, without computing a power for each sample.

// The 8-bit encoder takes linear light as an integer from 0 to 2^27-1, in which unit is 1.0 and zero is 0.0: light from
// -4 to 4 needs no clipping then, and no gamut reaches further.
const (
	unit     = 1 << 24
	zero     = 4 * unit
	cellBits = 12
	cells    = 2 * zero >> cellBits
)

// encoder8 has, for each of its cells, the code at its begin, and for each code where the next one begins. The steepest
// part of the curve has a code every unit/3295, so that a cell, of unit/4096, holds at most one such border.
type encoder8 struct {
	start [cells]uint8
	next  [256]uint32
}

func newEncoder8() *encoder8 {
	e := new(encoder8)
	for c := range 255 {
		e.next[c] = zero + uint32(math.Ceil(colour.ToLinear((float64(c)+0.5)/255)*unit))
	}
	e.next[255] = 2 * zero
	code := uint8(0)
	for i := range e.start {
		for e.next[code] <= uint32(i)<<cellBits {
			code++
		}
		e.start[i] = code
	}
	return e
}

func (e *encoder8) code(light uint32) uint8 {
	c := e.start[light>>cellBits%cells]
	return c + uint8((e.next[c]-1-light)>>31)
}

// light8 takes linear light to an integer of encoder8.
func light8(linear float64) uint32 {
	if !(linear > -4) {
		return 0
	}
	return uint32(min(float64(linear*unit)+(zero+0.5), 2*zero-1))
}

// encoder16 interpolates over the square root of light, in which the curve is nearly straight: the error is below a
// fifth of a 16-bit code, and below a tenth but where the two parts of the curve meet.
type encoder16 [rootSteps + 2]struct{ value, slope float32 }

const rootSteps = 2048

func newEncoder16() *encoder16 {
	e := new(encoder16)
	at := func(i int) float64 {
		root := float64(i) / rootSteps
		return 65535 * colour.ToEncoded(root*root)
	}
	for i := range e {
		e[i].value, e[i].slope = float32(at(i)+0.5), float32(at(i+1)-at(i))
	}
	return e
}

// code clips light to 0 to 1; NaN is 0.
func (e *encoder16) code(light float32) uint16 {
	if !(light > 0) {
		return 0
	}
	if light >= 1 {
		return 65535
	}
	root := float32(float32(math.Sqrt(float64(light))) * rootSteps)
	i := int(root)
	c := &e[min(uint(i), rootSteps)]
	return uint16(c.value + float32((root-float32(i))*c.slope))
}
