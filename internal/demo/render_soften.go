package demo

// softener blurs chroma and leaves luma, as the interpolation of a camera's colour mosaic does. Drawn edges are far
// sharper in chroma than any photograph's, and coders with 4:2:0 chroma ring on them.
type softener struct {
	size int
	// red and blue hold red − green and blue − green, blurred along rows, times 16.
	red, blue []int16
}

func newSoftener(size int) *softener {
	return &softener{size: size, red: make([]int16, size*size), blue: make([]int16, size*size)}
}

// apply blurs with the kernel 1 2 3 4 3 2 1 along rows, then along columns; edges repeat.
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
	d, e, f, g := at(0), at(1), at(2), at(3)
	a, b, c := d, d, d
	for x := range dst {
		dst[x] = a + g + 2*(b+f) + 3*(c+e) + 4*d
		a, b, c, d, e, f, g = b, c, d, e, f, g, at(x+4)
	}
}

// alongColumns finishes row y. Luma is that of BT.601, which JPEG codes: y = (19595 r + 38470 g + 7471 b) / 2¹⁶.
func (s *softener) alongColumns(row []uint8, y int) {
	red, blue := s.around(s.red, y), s.around(s.blue, y)
	for x := range s.size {
		p := row[3*x : 3*x+3 : 3*x+3]
		red, blue := red.at(x), blue.at(x)
		luma := 19595*int32(p[0]) + 38470*int32(p[1]) + 7471*int32(p[2])
		green := (luma - 19595*red - 7471*blue + 1<<15) >> 16
		p[0], p[1], p[2] = clamp8(green+red), clamp8(green), clamp8(green+blue)
	}
}

// rows are a row of a plane and the three on either side of it.
type rows [7][]int16

func (s *softener) around(plane []int16, y int) rows {
	var r rows
	for i := range r {
		r[i] = plane[min(max(y+i-3, 0), s.size-1)*s.size:][:s.size]
	}
	return r
}

// at is the blurred value of column x, rounded to the nearest.
func (r *rows) at(x int) int32 {
	sum := int32(r[0][x]) + int32(r[6][x]) + 2*(int32(r[1][x])+int32(r[5][x])) + 3*(int32(r[2][x])+int32(r[4][x])) + 4*int32(r[3][x])
	return (sum + 128) >> 8
}

func clamp8(v int32) uint8 { return uint8(min(max(v, 0), 255)) }
