package icc

import (
	"encoding/binary"
	"math"
)

// lut is a device's table to the profile connection space, whichever type of tag it came from. Its steps, of which
// only the last is always there:
//
//	before, inputs, grid, middle, matrix, outputs
//
// lut8Type and lut16Type have before (three channels only), inputs, grid and, as middle, their output tables; the
// lutAToBType has its A curves as inputs, grid, M curves as middle, matrix, and its B curves as outputs.
type lut struct {
	channels int
	before   *matrix
	inputs   []*curve // nil or one a channel
	grid     *grid    // nil only for three channels
	middle   []*curve // nil or three
	matrix   *affine
	outputs  []*curve // nil or three
	pcs      encoding
	scale    float64 // of device values before everything; see legacyLab
}

// encoding is how a connection space stands in the numbers from 0 to 1 that a table gives.
type encoding uint8

const (
	encodedXYZ encoding = iota // 1 + 32767/32768 (ICC.1:2022, table 12)
	encodedLab                 // version 4 (ICC.1:2022, 6.3.4.2), and 8 bits of version 2
	legacyLab                  // 16 bits of version 2, and every lut16Type: white is FF00 (ICC.1:2022, 10.10)
)

const (
	xyzRange   = 1 + 32767.0/32768
	labFF00    = 65535.0 / 65280
	toFF00     = 65280.0 / 65535
	minEntries = 2
)

// grid is the multidimensional table: the last channel varies fastest, three values a node.
type grid struct {
	points [4]int
	wide   bool // 16 bits a value, not 8
	data   []byte
}

func (g *grid) value(i int) float64 {
	if g.wide {
		return float64(binary.BigEndian.Uint16(g.data[2*i:])) / 65535
	}
	return float64(g.data[i]) / 255
}

// nodes is how many nodes the grid has.
func (g *grid) nodes(channels int) int {
	n := 1
	for _, p := range g.points[:channels] {
		n *= p
	}
	return n
}

// strides is how many nodes the next one along each channel is away.
func (g *grid) strides(channels int) (s [4]int) {
	n := 1
	for c := channels - 1; c >= 0; c-- {
		s[c] = n
		n *= g.points[c]
	}
	return s
}

// place finds a value's cell along a channel of n points: its lower node, and how far it is to the next one.
func place(v float64, n int) (node int, fraction float64) {
	at := float64(v * float64(n-1))
	if !(at > 0) {
		return 0, 0
	}
	node = min(int(math.Min(at, float64(n))), n-2)
	return node, math.Min(at-float64(node), 1)
}

// at interpolates as Little CMS does: over three channels in the tetrahedron of the cell that holds the colour, over a
// fourth one, which is the first, linearly.
func (g *grid) at(channels int, v [4]float64) (out [3]float64) {
	strides := g.strides(channels)
	base := 0
	var step [4]int
	var fraction [4]float64
	for c := range channels {
		node, f := place(v[c], g.points[c])
		base += node * strides[c]
		step[c], fraction[c] = strides[c], f
	}
	first := max(0, channels-3)
	sortDown(fraction[first:channels], step[first:channels])
	weigh := func(base int, weight float64) {
		left := 1.0
		for c := first; c < channels; c++ {
			g.add(&out, base, weight*(left-fraction[c]))
			left = fraction[c]
			base += step[c]
		}
		g.add(&out, base, weight*left)
	}
	if first == 0 {
		weigh(base, 1)
		return out
	}
	weigh(base, 1-fraction[0])
	weigh(base+step[0], fraction[0])
	return out
}

// add adds a node's values; a node without weight may lie beyond the table.
func (g *grid) add(out *[3]float64, node int, weight float64) {
	if weight == 0 {
		return
	}
	for i := range out {
		out[i] += float64(weight * g.value(3*node+i))
	}
}

// sortDown orders fractions from the largest, and their steps with them.
func sortDown(fraction []float64, step []int) {
	for i := range fraction {
		for j := i; j > 0 && fraction[j] > fraction[j-1]; j-- {
			fraction[j], fraction[j-1] = fraction[j-1], fraction[j]
			step[j], step[j-1] = step[j-1], step[j]
		}
	}
}

// xyz takes a device colour to XYZ relative to D50.
func (l *lut) xyz(device [4]float64) [3]float64 {
	if l.scale != 0 {
		for c := range device {
			device[c] *= l.scale
		}
	}
	if l.before != nil {
		w := l.before.apply([3]float64(device[:3]))
		copy(device[:], w[:])
	}
	for c, in := range l.inputs {
		device[c] = in.at(device[c])
	}
	v := [3]float64(device[:3])
	if l.grid != nil {
		v = l.grid.at(l.channels, device)
	}
	return l.after(v)
}

// after is what follows the grid.
func (l *lut) after(v [3]float64) [3]float64 {
	through(l.middle, &v)
	if l.matrix != nil {
		v = l.matrix.apply(v)
	}
	through(l.outputs, &v)
	return l.pcs.xyz(v)
}

func through(curves []*curve, v *[3]float64) {
	for i, c := range curves {
		v[i] = c.at(v[i])
	}
}

// xyz decodes a colour of the connection space.
func (e encoding) xyz(v [3]float64) [3]float64 {
	w := e.decode().apply(v)
	if e == encodedXYZ {
		return w
	}
	return [3]float64{d50[0] * labInverse(w[0]), d50[1] * labInverse(w[1]), d50[2] * labInverse(w[2])}
}

// decode takes the encoded numbers to XYZ, or to f(X/Xn), f(Y/Yn), f(Z/Zn) of L*a*b* (CIE 15:2004, 8.2.1): with
// L* = 100 l, a* = 255 a - 128 and so for b*, fy = (L* + 16)/116, fx = fy + a*/500 and fz = fy - b*/200.
func (e encoding) decode() affine {
	if e == encodedXYZ {
		return affine{matrix: diagonal(xyzRange, xyzRange, xyzRange)}
	}
	k := 1.0
	if e == legacyLab {
		k = labFF00
	}
	const l, a, b = 100.0 / 116, 255.0 / 500, 255.0 / 200
	return affine{
		matrix{{k * l, k * a, 0}, {k * l, 0, 0}, {k * l, 0, -k * b}},
		[3]float64{16.0/116 - 128.0/500, 16.0 / 116, 16.0/116 + 128.0/200},
	}
}

// labInverse is the inverse of CIE 15:2004, equations 8.6 to 8.9.
func labInverse(f float64) float64 {
	if f > 24.0/116 {
		return f * f * f
	}
	return (f - 16.0/116) * (108.0 / 841)
}
