package demo

// softener blurs chroma and leaves luma, as the interpolation of a camera's colour mosaic does. Drawn edges are far
// sharper in chroma than any photograph's, and coders with 4:2:0 chroma ring on them.
type softener struct {
	size int
	// red and blue hold red − green and blue − green, blurred along rows, times 9.
	red, blue []int16
}

func newSoftener(size int) *softener {
	return &softener{size: size, red: make([]int16, size*size), blue: make([]int16, size*size)}
}

// apply blurs with the kernel 1 2 3 2 1 along rows, then along columns; edges repeat.
func (s *softener) apply(pix []uint8) {
	for y := range s.size {
		s.alongRow(pix[3*y*s.size:][:3*s.size], s.red[y*s.size:][:s.size], 0)
		s.alongRow(pix[3*y*s.size:][:3*s.size], s.blue[y*s.size:][:s.size], 2)
	}
	for y := range s.size {
		s.alongColumns(pix[3*y*s.size:][:3*s.size], y)
	}
}

func (s *softener) alongRow(row []uint8, dst []int16, channel int) {
	last := s.size - 1
	at := func(x int) int16 {
		x = 3 * min(x, last)
		return int16(row[x+channel]) - int16(row[x+1])
	}
	c, d, e := at(0), at(1), at(2)
	a, b := c, c
	for x := range dst {
		dst[x] = a + e + 2*(b+d) + 3*c
		a, b, c, d, e = b, c, d, e, at(x+3)
	}
}

// alongColumns finishes row y. Luma is that of BT.601, which JPEG codes: y = (19595 r + 38470 g + 7471 b) / 2¹⁶.
func (s *softener) alongColumns(row []uint8, y int) {
	line := func(plane []int16, dy int) []int16 { return plane[min(max(y+dy, 0), s.size-1)*s.size:][:s.size] }
	r0, r1, r2, r3, r4 := line(s.red, -2), line(s.red, -1), line(s.red, 0), line(s.red, 1), line(s.red, 2)
	b0, b1, b2, b3, b4 := line(s.blue, -2), line(s.blue, -1), line(s.blue, 0), line(s.blue, 1), line(s.blue, 2)
	for x := range r0 {
		p := row[3*x : 3*x+3 : 3*x+3]
		red := by81(int32(r0[x]+r4[x]) + 2*int32(r1[x]+r3[x]) + 3*int32(r2[x]))
		blue := by81(int32(b0[x]+b4[x]) + 2*int32(b1[x]+b3[x]) + 3*int32(b2[x]))
		luma := 19595*int32(p[0]) + 38470*int32(p[1]) + 7471*int32(p[2])
		green := (luma - 19595*red - 7471*blue + 1<<15) >> 16
		p[0], p[1], p[2] = clamp8(green+red), clamp8(green), clamp8(green+blue)
	}
}

// by81 divides by the kernel's sum, 9·9, rounding to the nearest.
func by81(v int32) int32 { return (v*809 + 1<<15) >> 16 }

func clamp8(v int32) uint8 { return uint8(min(max(v, 0), 255)) }
