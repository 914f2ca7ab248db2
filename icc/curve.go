package icc

import (
	"encoding/binary"
	"math"
	"slices"
)

// maxEntries limits the table of one curve, as Little CMS does.
const maxEntries = 0x7fff

// curve is a tone curve of one channel, over values from 0 to 1.
type curve struct {
	table []float64 // at equal distances, interpolated linearly; nil for a function
	// kind and p are the function of a parametricCurveType (ICC.1:2022, table 68): g a b c d e f.
	kind int
	p    [7]float64
}

// identity leaves values as they are.
func identity() *curve { return &curve{p: [7]float64{1}} }

func (c *curve) isIdentity() bool {
	const rounding = 1.0 / 65535 // of 8 and 16-bit tables
	if c.table == nil {
		return c.kind == 0 && c.p[0] == 1
	}
	for i, v := range c.table {
		if math.Abs(v-float64(i)/float64(len(c.table)-1)) > rounding {
			return false
		}
	}
	return true
}

// at is the curve's value. A table holds its ends outside of 0 to 1, a function goes on. No value is beyond ±outer,
// whatever a hostile profile says.
func (c *curve) at(x float64) float64 {
	if c.table != nil {
		last := len(c.table) - 1
		at := float64(x * float64(last))
		if !(at > 0) {
			return c.table[0]
		}
		if at >= float64(last) {
			return c.table[last]
		}
		i := int(at)
		return c.table[i] + float64((at-float64(i))*(c.table[i+1]-c.table[i]))
	}
	return within(c.function(x))
}

// outer bounds every number of a profile and of a curve, so that what follows stays finite and is converted to integers
// without overflow. 2 is the most that a sound one has.
const outer = 16

func within(v float64) float64 {
	if v != v {
		return 0
	}
	return max(-outer, min(outer, v))
}

// function computes the parametric functions as Little CMS does where the standard leaves them undefined: a negative
// base gives 0 before the offset, and so does division by zero.
func (c *curve) function(x float64) float64 {
	g, a, b, cc, d, e, f := c.p[0], c.p[1], c.p[2], c.p[3], c.p[4], c.p[5], c.p[6]
	switch c.kind {
	case 0:
		if g == 1 {
			return x
		}
		return power(x, g)
	case 1: // CIE 122-1966
		if a == 0 || x < -b/a {
			return 0
		}
		return power(float64(a*x)+b, g)
	case 2: // IEC 61966-3
		if a == 0 {
			return 0
		}
		if x < max(-b/a, 0) {
			return cc
		}
		return power(float64(a*x)+b, g) + cc
	case 3: // IEC 61966-2-1, sRGB
		if x < d {
			return cc * x
		}
		return power(float64(a*x)+b, g)
	}
	if x < d {
		return float64(cc*x) + f
	}
	return power(float64(a*x)+b, g) + e
}

func power(x, g float64) float64 {
	if x <= 0 {
		return 0
	}
	return math.Pow(x, g)
}

// samples gives the curve as a table for linear interpolation: its own, or that of a function at 4 096 steps, whose
// error is far below that of the 16-bit values around it.
func (c *curve) samples() []float64 {
	if c.table != nil {
		return c.table
	}
	const steps = 4096
	t := make([]float64, steps+1)
	for i := range t {
		t[i] = c.at(float64(i) / steps)
	}
	return t
}

// readCurve reads a curveType or a parametricCurveType (ICC.1:2022, 10.6 and 10.18) and how many bytes it takes.
func readCurve(b []byte) (*curve, int, error) {
	if len(b) < 12 {
		return nil, 0, damaged("a curve is cut short")
	}
	switch string(b[:4]) {
	case "curv":
		return readTable(b)
	case "para":
		return readFunction(b)
	}
	return nil, 0, damaged("a curve is of type %q", b[:4])
}

func readTable(b []byte) (*curve, int, error) {
	count := binary.BigEndian.Uint32(b[8:])
	switch {
	case count == 0:
		return identity(), 12, nil
	case count > maxEntries:
		return nil, 0, damaged("a curve has %d entries, more than %d", count, maxEntries)
	case len(b) < 12+2*int(count):
		return nil, 0, damaged("a curve of %d entries is cut short", count)
	case count == 1: // a gamma of type u8Fixed8Number
		return &curve{p: [7]float64{float64(binary.BigEndian.Uint16(b[12:])) / 256}}, 14, nil
	}
	return table16(b[12:], int(count)), 12 + 2*int(count), nil
}

func table16(b []byte, count int) *curve {
	t := make([]float64, count)
	for i := range t {
		t[i] = float64(binary.BigEndian.Uint16(b[2*i:])) / 65535
	}
	return &curve{table: t}
}

func table8(b []byte, count int) *curve {
	t := make([]float64, count)
	for i := range t {
		t[i] = float64(b[i]) / 255
	}
	return &curve{table: t}
}

func readFunction(b []byte) (*curve, int, error) {
	parameters := [...]int{1, 3, 4, 5, 7}
	kind := int(binary.BigEndian.Uint16(b[8:]))
	if kind >= len(parameters) {
		return nil, 0, unsupported("a curve is of the unknown function %d", kind)
	}
	n := parameters[kind]
	if len(b) < 12+4*n {
		return nil, 0, damaged("a parametric curve is cut short")
	}
	c := &curve{kind: kind}
	for i := range n {
		c.p[i] = fixed(b[12+4*i:])
	}
	return c, 12 + 4*n, nil
}

// table65536 has the curve's value for each 16-bit sample.
func (c *curve) table65536() *[65536]float32 {
	t := new([65536]float32)
	for i := range t {
		t[i] = float32(c.at(float64(i) / 65535))
	}
	return t
}

func (c *curve) same(d *curve) bool {
	return c == d || c.kind == d.kind && c.p == d.p && slices.Equal(c.table, d.table)
}
