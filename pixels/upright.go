package pixels

// turnRows is the number of rows turned at once: writing a column of one pixel touches a cache line for
// three values, a column of 16 pixels fills most of it.
const turnRows = 16

// placer puts the rows of a stored picture of w×h pixels with n values each where the Exif orientation
// (CIPA DC-008, 4.6.4 A) wants them seen:
//
//	1 as stored   2 mirrored       3 half turn     4 upside down, mirrored
//	5 transposed  6 quarter right  7 transversed   8 quarter left
//
// Rows come in their order: row gives the memory to write one to, done says that it is written.
type placer[T uint8 | uint16] struct {
	dst         []T
	w, h, n     int
	orientation int
	strip       []T // the last rows of a picture to be turned, up to turnRows
}

func newPlacer[T uint8 | uint16](dst []T, w, h, n, orientation int) placer[T] {
	p := placer[T]{dst: dst, w: w, h: h, n: n, orientation: orientation}
	if orientation >= 5 {
		p.strip = make([]T, n*w*min(turnRows, h))
	}
	return p
}

func (p *placer[T]) row(y int) []T {
	switch {
	case p.orientation >= 5:
		y %= turnRows
		return p.strip[p.n*p.w*y : p.n*p.w*(y+1)]
	case p.orientation == 3 || p.orientation == 4:
		y = p.h - 1 - y
	}
	return p.dst[p.n*p.w*y : p.n*p.w*(y+1)]
}

func (p *placer[T]) done(y int) {
	switch p.orientation {
	case 2, 3:
		mirror(p.row(y), p.n)
	case 5, 6, 7, 8:
		if k := y%turnRows + 1; k == turnRows || y == p.h-1 {
			p.turn(y+1-k, k)
		}
	}
}

func mirror[T uint8 | uint16](line []T, n int) {
	for i, j := 0, len(line)-n; i < j; i, j = i+n, j-n {
		for c := range n {
			line[i+c], line[j+c] = line[j+c], line[i+c]
		}
	}
}

// turn writes k rows from y0 on as columns.
func (p *placer[T]) turn(y0, k int) {
	first, step := y0, 1
	if p.orientation == 6 || p.orientation == 7 {
		first, step = p.h-1-y0, -1
	}
	for x := range p.w {
		to := x
		if p.orientation == 7 || p.orientation == 8 {
			to = p.w - 1 - x
		}
		for i := range k {
			at := p.n * (to*p.h + first + step*i)
			copy(p.dst[at:at+p.n], p.strip[p.n*(p.w*i+x):])
		}
	}
}
