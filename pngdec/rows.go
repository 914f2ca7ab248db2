package pngdec

// pass is one of the reduced pictures that rows come in: pixels x, y with x ≡ x mod dx and y ≡ y mod dy (8.2).
type pass struct{ x, y, dx, dy int }

var (
	onePass = [...]pass{{0, 0, 1, 1}}
	adam7   = [...]pass{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}
)

func (h *Header) passes() []pass {
	if h.Interlaced {
		return adam7[:]
	}
	return onePass[:]
}

// size is the pass's width and height; the width of one without pixels is 0.
func (p pass) size(h *Header) (width, height int) {
	width, height = (h.Width-p.x+p.dx-1)/p.dx, (h.Height-p.y+p.dy-1)/p.dy
	if height <= 0 || width <= 0 {
		return 0, 0
	}
	return width, height
}

// rows turns filtered rows into pixels.
type rows struct {
	expander
	h     Header
	pix8  []uint8
	pix16 []uint16
	// direct says that the unfiltered bytes are the decoded values.
	direct bool

	pass  pass
	width int
	// above is the row before, unfiltered, or zeros.
	above []byte
	zeros []byte
	// lines hold this row and the one before, where they are not the picture's own.
	lines [2][]byte
	// wide8 and wide16 hold the pixels of an interlaced row.
	wide8  []uint8
	wide16 []uint16
}

func (r *rows) begin(f *file, pix8 []uint8, pix16 []uint16) {
	n := f.rowBytes(f.Width)
	r.h, r.pix8, r.pix16 = f.Header, pix8, pix16
	r.expander.begin(f)
	r.direct = r.how == expandNot && !f.Interlaced
	if cap(r.zeros) < n {
		r.zeros = make([]byte, n)
	}
	if !r.direct {
		r.lines[0], r.lines[1] = sized(r.lines[0], n), sized(r.lines[1], n)
	}
	if f.Interlaced && f.Depth == 8 {
		r.wide8 = sized(r.wide8, f.Width*f.Channels)
	}
	if f.Interlaced && f.Depth == 16 {
		r.wide16 = sized(r.wide16, f.Width*f.Channels)
	}
}

// beginPass begins a pass whose rows have so many pixels and n bytes.
func (r *rows) beginPass(p pass, width, n int) {
	r.pass, r.width = p, width
	r.above = r.zeros[:n]
}

// take undoes the filter of row y of the pass and puts its pixels into the picture.
func (r *rows) take(y int, filter byte, row []byte) {
	line := r.lines[y&1]
	if r.direct {
		line = r.pix8[y*len(row):]
	}
	line = line[:len(row)]
	unfilter(filter, line, row, r.above, r.h.bytesPerPixel())
	r.above = line
	at := ((r.pass.y+y*r.pass.dy)*r.h.Width + r.pass.x) * r.h.Channels
	n := r.width * r.h.Channels
	switch {
	case r.direct:
	case r.h.Depth == 8 && !r.h.Interlaced:
		r.to8(r.pix8[at:at+n], line)
	case r.h.Depth == 8:
		r.to8(r.wide8[:n], line)
		scatter(r.pix8[at:], r.wide8[:n], r.h.Channels, r.pass.dx)
	case !r.h.Interlaced:
		r.to16(r.pix16[at:at+n], line)
	default:
		r.to16(r.wide16[:n], line)
		scatter(r.pix16[at:], r.wide16[:n], r.h.Channels, r.pass.dx)
	}
}

// scatter puts pixels every dx pixels into dst.
func scatter[T uint8 | uint16](dst, src []T, channels, dx int) {
	step := channels * dx
	switch channels {
	case 1:
		for i, v := range src {
			dst[i*step] = v
		}
	case 3:
		for i, o := 0, 0; i+2 < len(src); i, o = i+3, o+step {
			d, s := dst[o:o+3:o+3], src[i:i+3:i+3]
			d[0], d[1], d[2] = s[0], s[1], s[2]
		}
	default:
		for i, o := 0, 0; i < len(src); i, o = i+channels, o+step {
			copy(dst[o:o+channels], src[i:i+channels])
		}
	}
}
