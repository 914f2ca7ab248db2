package icc

import (
	"math"
	"sync"
)

// The encoders are shared by all transforms.
var (
	toCode8  = sync.OnceValue(newEncoder8)
	toCode16 = sync.OnceValue(newEncoder16)
)

// greyRows has a table of the whole answer.
type greyRows struct {
	codes8  [256][3]uint8
	codes16 func() [][3]uint16
}

func newGreyRows(e exact) *greyRows {
	g := new(greyRows)
	enc := toCode8()
	for v := range g.codes8 {
		for c, light := range e.linear([4]float64{float64(v) / 255}) {
			g.codes8[v][c] = enc.code(light8(light))
		}
	}
	g.codes16 = sync.OnceValue(func() [][3]uint16 {
		enc, t := toCode16(), make([][3]uint16, 65536)
		for v := range t {
			for c, light := range e.linear([4]float64{float64(v) / 65535}) {
				t[v][c] = enc.code(float32(light))
			}
		}
		return t
	})
	return g
}

func (g *greyRows) row8(dst, src []uint8) {
	for i, v := range src {
		*(*[3]uint8)(dst[3*i:]) = g.codes8[v]
	}
}

func (g *greyRows) row16(dst, src []uint16) {
	table := (*[65536][3]uint16)(g.codes16())
	for i, v := range src {
		*(*[3]uint16)(dst[3*i:]) = table[v]
	}
}

// plainRows computes every pixel that differs from the one before it. Few profiles need it: those with tables but no
// grid, or with a matrix before their tables.
type plainRows struct {
	exact
	channels int
}

func (p *plainRows) row8(dst, src []uint8) {
	enc := toCode8()
	var last, codes [4]uint8
	for i := range len(dst) / 3 {
		var pixel [4]uint8
		copy(pixel[:p.channels], src[i*p.channels:])
		if i == 0 || pixel != last {
			last = pixel
			light := p.linear([4]float64{float64(pixel[0]) / 255, float64(pixel[1]) / 255, float64(pixel[2]) / 255, float64(pixel[3]) / 255})
			for c := range light {
				codes[c] = enc.code(light8(light[c]))
			}
		}
		copy(dst[3*i:3*i+3], codes[:])
	}
}

func (p *plainRows) row16(dst, src []uint16) {
	enc := toCode16()
	var last, codes [4]uint16
	for i := range len(dst) / 3 {
		var pixel [4]uint16
		copy(pixel[:p.channels], src[i*p.channels:])
		if i == 0 || pixel != last {
			last = pixel
			light := p.linear([4]float64{float64(pixel[0]) / 65535, float64(pixel[1]) / 65535, float64(pixel[2]) / 65535, float64(pixel[3]) / 65535})
			for c := range light {
				codes[c] = enc.code(float32(light[c]))
			}
		}
		copy(dst[3*i:3*i+3], codes[:])
	}
}

// shaperRows is the fast path of curves and a matrix.
type shaperRows struct {
	// light8 is what each sample of each channel adds to red, green and blue light, as integers of encoder8. Sums may
	// wrap around zero on their way.
	light8  [3][256][4]uint32
	light16 func() *shaper16
	enc     *encoder8
}

// shaper16 has the curves as tables, one for channels with the same curve, and the rest.
type shaper16 struct {
	curves [3]*[65536]float32
	matrix [3][4]float32
	enc    *encoder16
}

// newShaperRows returns nil if some light is beyond what encoder8 takes: no gamut is, but a profile can say anything.
func newShaperRows(s *shaper, to affine) rows {
	to = to.times(affine{matrix: s.matrix})
	r := &shaperRows{enc: toCode8()}
	var most, least [3]float64
	for c := range r.light8 {
		var high, low [3]float64
		for v := range r.light8[c] {
			y := s.curves[c].at(float64(v) / 255)
			for i := range 3 {
				light := to.matrix[i][c] * y
				high[i], low[i] = max(high[i], light), min(low[i], light)
				r.light8[c][v][i] = uint32(int32(math.Round(light * unit)))
			}
		}
		for i := range 3 {
			most[i], least[i] = most[i]+high[i], least[i]+low[i]
		}
	}
	for i, o := range to.offset {
		if !(most[i]+o < 3.9 && least[i]+o > -3.9) {
			return nil
		}
		for v := range r.light8[0] {
			r.light8[0][v][i] += uint32(int32(math.Round(o*unit))) + zero
		}
	}
	r.light16 = sync.OnceValue(func() *shaper16 { return newShaper16(s.curves, to) })
	return r
}

func newShaper16(curves []*curve, to affine) *shaper16 {
	s := &shaper16{enc: toCode16()}
	for i := range s.matrix {
		for c := range 3 {
			s.matrix[i][c] = float32(to.matrix[i][c])
		}
		s.matrix[i][3] = float32(to.offset[i])
	}
	for c := range s.curves {
		for earlier := range c {
			if curves[earlier].same(curves[c]) {
				s.curves[c] = s.curves[earlier]
			}
		}
		if s.curves[c] == nil {
			s.curves[c] = curves[c].table65536()
		}
	}
	return s
}

func (s *shaperRows) row8(dst, src []uint8) {
	red, green, blue, enc := &s.light8[0], &s.light8[1], &s.light8[2], s.enc
	for len(src) >= 3 && len(dst) >= 3 {
		r, g, b := &red[src[0]], &green[src[1]], &blue[src[2]]
		dst[0] = enc.code(r[0] + g[0] + b[0])
		dst[1] = enc.code(r[1] + g[1] + b[1])
		dst[2] = enc.code(r[2] + g[2] + b[2])
		src, dst = src[3:], dst[3:]
	}
}

func (s *shaperRows) row16(dst, src []uint16) {
	t := s.light16()
	m, enc := &t.matrix, t.enc
	for len(src) >= 3 && len(dst) >= 3 {
		r, g, b := t.curves[0][src[0]], t.curves[1][src[1]], t.curves[2][src[2]]
		dst[0] = enc.code(float32(m[0][0]*r) + float32(m[0][1]*g) + float32(m[0][2]*b) + m[0][3])
		dst[1] = enc.code(float32(m[1][0]*r) + float32(m[1][1]*g) + float32(m[1][2]*b) + m[1][3])
		dst[2] = enc.code(float32(m[2][0]*r) + float32(m[2][1]*g) + float32(m[2][2]*b) + m[2][3])
		src, dst = src[3:], dst[3:]
	}
}
