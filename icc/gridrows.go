package icc

import "slices"

// gridRows is the fast path of tables with a grid: the same interpolation in the same order as [lut.xyz], in float32
// and with all that is linear folded together.
type gridRows struct {
	channels int
	// nodes has the grid's values after all the linear steps that follow it directly.
	nodes [][4]float32
	axes  [4]axis
	keys8 *[4][256]uint64 // of all 8-bit samples
	rest  ending
}

// A key says where along a channel a sample is: from the top 21 bits of fraction to the next node, 21 of the lower
// node, counted in nodes of the whole grid, and 21 of the distance to the next one. So the channels of a colour are
// sorted by their fractions as plain integers. A profile's size keeps the nodes below 2^21.
const (
	nodeBits     = 21
	nodeMask     = 1<<nodeBits - 1
	fractionUnit = 1 << nodeBits
)

func newGridRows(l *lut, to affine) *gridRows {
	g := &gridRows{channels: l.channels, keys8: new([4][256]uint64)}
	var fold affine
	fold, g.rest = newEnding(l, to)
	g.nodes = make([][4]float32, l.grid.nodes(l.channels))
	for i := range g.nodes {
		v := fold.apply([3]float64{l.grid.value(3 * i), l.grid.value(3*i + 1), l.grid.value(3*i + 2)})
		g.nodes[i] = [4]float32{float32(v[0]), float32(v[1]), float32(v[2])}
	}
	for c := range l.channels {
		g.axes[c] = newAxis(l, c)
		for v := range g.keys8[c] {
			g.keys8[c][v] = g.axes[c].key(uint16(v * 257))
		}
	}
	return g
}

// axis is one channel of the grid, with its curve.
type axis struct {
	curve    []float32 // position in the grid at equal distances, the last one twice, for interpolation
	step     float32   // of a 16-bit sample in the curve
	lastCell int
	stride   uint64
}

func newAxis(l *lut, channel int) axis {
	samples := []float64{0, 1}
	if l.inputs != nil {
		samples = l.inputs[channel].samples()
	}
	scale := 1.0
	if l.scale != 0 {
		scale = l.scale
	}
	points := l.grid.points[channel]
	a := axis{
		step:     float32(scale * float64(len(samples)-1) / 65535),
		lastCell: points - 2,
		stride:   uint64(l.grid.strides(l.channels)[channel]),
	}
	for _, v := range append(slices.Clip(samples), samples[len(samples)-1]) {
		a.curve = append(a.curve, float32(v*float64(points-1)))
	}
	return a
}

// key is that of a 16-bit sample. A table of all of them would be as fast only for pictures that have few.
func (a *axis) key(v uint16) uint64 {
	x := float32(float32(v) * a.step)
	i := int(x)
	low := a.curve[i]
	at := low + float32((x-float32(i))*(a.curve[i+1]-low))
	node := min(int(at), a.lastCell)
	whole := min(int((at-float32(node))*fractionUnit), fractionUnit-1)
	return uint64(whole)<<(2*nodeBits) | uint64(node)*a.stride<<nodeBits | a.stride
}

func keyNode(k uint64) int { return int(k >> nodeBits & nodeMask) }

func keyFraction(k uint64) float32 { return float32(int64(k>>(2*nodeBits))) * (1.0 / fractionUnit) }

// order puts the larger key first, without a branch, which would be mispredicted half of the time.
func order(x, y uint64) (high, low uint64) {
	d := (x - y) & uint64(int64(x-y)>>63)
	return x - d, y + d
}

// at3 interpolates over three channels, in the tetrahedron that holds the colour.
func (g *gridRows) at3(x, y, z uint64) (a, b, c float32) {
	base := keyNode(x) + keyNode(y) + keyNode(z)
	x, y = order(x, y)
	y, z = order(y, z)
	x, y = order(x, y)
	n0 := &g.nodes[base]
	base += int(x & nodeMask)
	n1 := &g.nodes[base]
	base += int(y & nodeMask)
	n2 := &g.nodes[base]
	base += int(z & nodeMask)
	n3 := &g.nodes[base]
	fx, fy, fz := keyFraction(x), keyFraction(y), keyFraction(z)
	w0, w1, w2 := 1-fx, fx-fy, fy-fz
	a = float32(w0*n0[0]) + float32(w1*n1[0]) + float32(w2*n2[0]) + float32(fz*n3[0])
	b = float32(w0*n0[1]) + float32(w1*n1[1]) + float32(w2*n2[1]) + float32(fz*n3[1])
	c = float32(w0*n0[2]) + float32(w1*n1[2]) + float32(w2*n2[2]) + float32(fz*n3[2])
	return a, b, c
}

// at4 interpolates over four: linearly over the first, between two tetrahedra over the others.
func (g *gridRows) at4(w, x, y, z uint64) (a, b, c float32) {
	lower := w & (nodeMask << nodeBits)
	a, b, c = g.at3(lower+x, y, z)
	f := keyFraction(w)
	if f == 0 {
		return a, b, c
	}
	upper := lower + w&nodeMask<<nodeBits
	d, e, h := g.at3(upper+x, y, z)
	return a + float32(f*(d-a)), b + float32(f*(e-b)), c + float32(f*(h-c))
}

func (g *gridRows) row8(dst, src []uint8) {
	enc := toCode8()
	k := g.keys8
	last, codes := ^uint64(0), [3]uint8{}
	for i := 0; len(dst) >= 3; i, dst = i+1, dst[3:] {
		var pixel uint64
		if g.channels == 4 {
			p := src[4*i : 4*i+4 : 4*i+4]
			pixel = uint64(p[0])<<24 | uint64(p[1])<<16 | uint64(p[2])<<8 | uint64(p[3])
		} else {
			p := src[3*i : 3*i+3 : 3*i+3]
			pixel = uint64(p[0])<<24 | uint64(p[1])<<16 | uint64(p[2])<<8
		}
		if pixel != last {
			last = pixel
			w, x, y, z := k[0][uint8(pixel>>24)], k[1][uint8(pixel>>16)], k[2][uint8(pixel>>8)], k[3][uint8(pixel)]
			red, green, blue := g.light(w, x, y, z)
			codes = [3]uint8{enc.code(clip8(red)), enc.code(clip8(green)), enc.code(clip8(blue))}
		}
		dst[0], dst[1], dst[2] = codes[0], codes[1], codes[2]
	}
}

func (g *gridRows) row16(dst, src []uint16) {
	enc := toCode16()
	for i := range len(dst) / 3 {
		p := src[i*g.channels : (i+1)*g.channels]
		var z uint64
		if len(p) == 4 {
			z = g.axes[3].key(p[3])
		}
		red, green, blue := g.light(g.axes[0].key(p[0]), g.axes[1].key(p[1]), g.axes[2].key(p[2]), z)
		dst[3*i], dst[3*i+1], dst[3*i+2] = enc.code(red), enc.code(green), enc.code(blue)
	}
}

// light is linear sRGB, not clipped, of a colour's keys; z is not read for three channels.
func (g *gridRows) light(w, x, y, z uint64) (red, green, blue float32) {
	if g.channels == 4 {
		return g.rest.light(g.at4(w, x, y, z))
	}
	return g.rest.light(g.at3(w, x, y))
}

// clip8 takes linear light to an integer of encoder8; light of a grid is within a few units of 0 to 1.
func clip8(light float32) uint32 {
	v := int64(light*unit) + zero
	v &^= v >> 63
	over := 2*zero - 1 - v
	return uint32(v + over&(over>>63))
}

// ending is what follows the grid in [lut.xyz], in float32. Steps that are nil change nothing, or are folded into the
// grid's nodes because they are linear and nothing before them is not.
type ending struct {
	middle  [][]float32
	matrix  *affine32
	outputs [][]float32
	decode  *affine32
	lab     bool
	to      affine32 // from XYZ, or from X/Xn, Y/Yn and Z/Zn if lab
}

// affine32 is an affine map with what is added in the fourth column.
type affine32 [3][4]float32

func (a affine) narrow() *affine32 {
	n := new(affine32)
	for i := range n {
		for j := range 3 {
			n[i][j] = float32(a.matrix[i][j])
		}
		n[i][3] = float32(a.offset[i])
	}
	return n
}

// apply takes and returns three numbers, not an array, which the compiler would keep in memory.
func (a *affine32) apply(x, y, z float32) (u, v, w float32) {
	return float32(a[0][0]*x) + float32(a[0][1]*y) + float32(a[0][2]*z) + a[0][3],
		float32(a[1][0]*x) + float32(a[1][1]*y) + float32(a[1][2]*z) + a[1][3],
		float32(a[2][0]*x) + float32(a[2][1]*y) + float32(a[2][2]*z) + a[2][3]
}

// newEnding returns what to fold into the nodes, and the rest.
func newEnding(l *lut, to affine) (fold affine, e ending) {
	e = ending{middle: narrowCurves(l.middle), outputs: narrowCurves(l.outputs), lab: l.pcs != encodedXYZ}
	if e.lab {
		to = to.times(affine{matrix: diagonal(d50[0], d50[1], d50[2])})
	}
	e.to = *to.narrow()
	fold = affine{matrix: diagonal(1, 1, 1)}
	steps := fold
	if l.matrix != nil {
		steps = *l.matrix
	}
	if e.outputs == nil {
		steps = l.pcs.decode().times(steps)
	} else {
		e.decode = l.pcs.decode().narrow()
	}
	if e.middle == nil {
		fold = steps
	} else {
		e.matrix = steps.narrow()
	}
	return fold, e
}

func narrowCurves(curves []*curve) [][]float32 {
	var tables [][]float32
	for _, c := range curves {
		var t []float32
		for _, v := range c.samples() {
			t = append(t, float32(v))
		}
		tables = append(tables, t)
	}
	return tables
}

func (e *ending) light(x, y, z float32) (r, g, b float32) {
	if e.middle != nil {
		x, y, z = e.matrix.apply(lookUp(e.middle[0], x), lookUp(e.middle[1], y), lookUp(e.middle[2], z))
	}
	if e.outputs != nil {
		x, y, z = e.decode.apply(lookUp(e.outputs[0], x), lookUp(e.outputs[1], y), lookUp(e.outputs[2], z))
	}
	if e.lab {
		x, y, z = labInverse32(x), labInverse32(y), labInverse32(z)
	}
	return e.to.apply(x, y, z)
}

func lookUp(table []float32, v float32) float32 {
	last := len(table) - 1
	at := float32(min(max(v, 0), 1) * float32(last))
	n := min(int(at), last-1)
	return table[n] + float32((at-float32(n))*(table[n+1]-table[n]))
}

// labInverse32 is [labInverse] without its branch: the straight part is the tangent of the cubic where they meet.
func labInverse32(f float32) float32 {
	cubic := max(f, 24.0/116)
	return float32(cubic*cubic*cubic) + float32((f-cubic)*(108.0/841))
}
