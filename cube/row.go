package cube

import "math"

const (
	weightBits = 16 // of a place in a cell, after the point
	weightOne  = 1 << weightBits
	valueBits  = 16 // of an 8-bit step in the table, after the point
	// maxValue keeps the fixed-point table in 32 bits; outputs beyond 0 to 1 matter only for what lies between.
	maxValue = 100
)

// rowTables is a table made ready for rows of 8-bit samples. All arithmetic on it is in integers, and the products that
// make it are converted explicitly, which keeps Go from fusing them with additions: the same bits on every machine.
type rowTables struct {
	axis   [3][256]axisPoint // of a 3-D table: where each sample falls
	lookup []int32           // of a 3-D table: the values in 8-bit steps, 16 bits after the point
	curve  [3][256]uint8     // of a 1-D table: each sample's result
}

// axisPoint is where a sample falls on an axis: the offset of its cell in the table, and its place in the cell.
type axisPoint struct {
	offset int32
	weight int32
}

func (t *rowTables) prepareCurves(l *LUT) {
	for v := range 256 {
		in := float64(v) / 255
		for c, out := range l.Interpolate([3]float64{in, in, in}, Tetrahedral) {
			t.curve[c][v] = uint8(float64(min(max(out, 0), 1)*255) + 0.5)
		}
	}
}

func (t *rowTables) prepareTable(l *LUT) {
	stride := l.strides()
	for v := range 256 {
		for c := range 3 {
			cell, frac := l.locate(c, float64(v)/255)
			t.axis[c][v] = axisPoint{int32(cell * stride[c]), int32(math.Round(frac * weightOne))}
		}
	}
	t.lookup = make([]int32, len(l.table))
	for i, v := range l.table {
		t.lookup[i] = int32(math.Round(float64(min(max(v, -maxValue), maxValue)) * (255 << valueBits)))
	}
}

// ApplyRow8 maps a row of packed 8-bit pixels, three samples each, by tetrahedral interpolation, rounding to nearest and
// clipping to 0 to 255. dst may be src. It agrees with [LUT.Apply] except where that falls within 0.01 of the middle
// between two steps. It allocates nothing, and panics if the rows do not have the same whole number of pixels.
func (l *LUT) ApplyRow8(dst, src []uint8) {
	if len(dst) != len(src) || len(src)%3 != 0 {
		panic("cube: two rows of different length, or not of whole pixels")
	}
	if l.dims == 1 {
		for i := 0; i+3 <= len(src); i += 3 {
			dst[i], dst[i+1], dst[i+2] = l.rows.curve[0][src[i]], l.rows.curve[1][src[i+1]], l.rows.curve[2][src[i+2]]
		}
		return
	}
	table, size := l.rows.lookup, l.size
	sg, sb := 3*size, 3*size*size
	for i := 0; i+3 <= len(src); i += 3 {
		s, d := src[i:i+3:i+3], dst[i:i+3:i+3]
		r, g, b := &l.rows.axis[0][s[0]], &l.rows.axis[1][s[1]], &l.rows.axis[2][s[2]]
		wr, wg, wb := int(r.weight), int(g.weight), int(b.weight)

		// Sort the axes by falling weight; conditional moves, since the order is anything but predictable.
		hi, lo, first, last := wr, wr, 3, 3
		if wg > hi {
			hi, first = wg, sg
		}
		if wb > hi {
			hi, first = wb, sb
		}
		if wg <= lo {
			lo, last = wg, sg
		}
		if wb <= lo {
			lo, last = wb, sb
		}
		mid := wr + wg + wb - hi - lo
		at := int(r.offset) + int(g.offset) + int(b.offset)
		all := 3 + sg + sb
		p0, p1 := table[at:at+3:at+3], table[at+first:at+first+3:at+first+3]
		p2, p3 := table[at+all-last:at+all-last+3:at+all-last+3], table[at+all:at+all+3:at+all+3]
		w0, w1, w2, w3 := int64(weightOne-hi), int64(hi-mid), int64(mid-lo), int64(lo)
		d[0] = toSample(w0*int64(p0[0]) + w1*int64(p1[0]) + w2*int64(p2[0]) + w3*int64(p3[0]))
		d[1] = toSample(w0*int64(p0[1]) + w1*int64(p1[1]) + w2*int64(p2[1]) + w3*int64(p3[1]))
		d[2] = toSample(w0*int64(p0[2]) + w1*int64(p1[2]) + w2*int64(p2[2]) + w3*int64(p3[2]))
	}
}

// toSample rounds a weighted sum to an 8-bit sample.
func toSample(sum int64) uint8 {
	const shift = weightBits + valueBits
	return uint8(min(max((sum+1<<(shift-1))>>shift, 0), 255))
}
