package iqa

// A picture is walked in strips of columns from top to bottom, so that all that is at work stays in the nearest caches
// however wide the picture is. Narrower strips than these lose more to their overlap than the first level of cache
// gains. A step takes four rows of a strip:
//
//	source   their sums s = a + b and differences d = a − b
//	across   for both the mean and the variance under the window along the row, into the ring
//	down     from the last 14 rows of the ring the index of four rows of windows
//
// Sums and differences instead of a and b need no fifth map for the covariance, since σ_ab = (σ_s² − σ_d²) ÷ 4, and put
// what the index depends on most, the small difference of two large values, where float32 keeps it: in d.
//
// E[x²] − µ² would lose float32's digits on flat bright places. Mean and variance along the row are therefore taken
// relative to the value in the window's middle, and down the columns, where the variance of the whole window is the
// weighted mean of the rows' variances plus the variance of the rows' means, relative to the mean of a row near the
// middle. Since that row has a weight w, its distance from the mean µ has a square of at most σ² ÷ w, so what cancels
// is never more than ten times what remains.
const (
	lanes = 8   // columns of a block
	group = 4   // rows that a step adds, and results that it gives
	tile  = 256 // columns of a strip

	// A row of the ring holds four maps: mean and variance of s, mean and variance of d. That their distance is no power
	// of two spreads a column over the sets of the cache.
	maps      = 4
	pitch     = tile + 16
	ringRow   = maps * pitch
	ringSlots = 4         // groups in the ring, of which 14 rows are read
	fetch     = tile + 16 // columns of s and d: 10 more than results, in whole blocks
)

// buffers are what a step works on, 90 kB. One allocation of that size starts on a page, so that a column of
// vectors lies across no border of cache lines.
type buffers struct {
	ring        [ringSlots * group * ringRow]float32
	sums, diffs [group * fetch]float32
	out         [2 * group * tile]float32 // four rows of the index, four of its second factor
	totals      [2 * lanes]float64        // of the index by column, of the second factor by column
	scratch     [2 * lanes]float64
	limits      [2]float32
	weights     [4]int16
	ahead       int        // bytes to the same place in the rows of the next step
	counters    [48]uint32 // of squares8, and how often a value has been added to each
	counted     int
	squares     [3]uint64 // by channel
	exact       *exact    // of the plain kernels
}

func (w *Workspace) prepare() {
	if w.buf == nil {
		w.buf = new(buffers)
		w.kernels = fastest()
	}
}

// walkSinks are what a walk can give beside its means.
type walkSinks struct {
	index   *Map
	next    *scale // the next scale of MS-SSIM
	squares bool   // the squared differences of packed samples, into the buffers
}

// walk measures a pair of at least 11×11 pixels: the mean of the index, and of its second factor, contrast × structure.
func (w *Workspace) walk(p *pair, sinks walkSinks) (full, second float64) {
	b := w.buf
	// Doubled, since the moments of s and d are twice those of a and b; and in the unit of the values, squared.
	b.limits = [2]float32{float32(2 * c1 * p.unit * p.unit), float32(2 * c2 * p.unit * p.unit)}
	b.weights, b.ahead = p.weights, p.ahead()
	inner, tall := p.width-window+1, p.height-window+1
	for x := 0; x < inner; x += tile {
		s := strip{w: w, p: p, x: x, cols: min(tile, inner-x), tall: tall, sinks: sinks}
		s.walk(&full, &second)
	}
	n := float64(inner) * float64(tall)
	return full / n, second / n
}

// strip is a walk down some columns.
type strip struct {
	w             *Workspace
	p             *pair
	x, cols, tall int // first column, columns and rows of windows
	sinks         walkSinks
}

// walk adds the sums of the strip.
func (s *strip) walk(full, second *float64) {
	b := s.w.buf
	b.totals = [2 * lanes]float64{}
	blocks := (s.cols + lanes - 1) / lanes
	for y := 0; y < s.tall+window+1; y += group {
		if rows := min(group, s.p.height-y); rows > 0 {
			sums, diffs, stride := s.source(y, rows)
			if s.sinks.next != nil {
				s.halve(y, rows, rowsOf{sums: sums, diffs: diffs, stride: stride})
			}
			if s.sinks.squares {
				s.squares(y, rows)
			}
			s.w.kernels.across(b, y/group, rowsOf{sums, diffs, stride, blocks, rows})
		}
		if y >= window+1 {
			s.down(y-window-1, full, second)
		}
	}
	for i := range lanes {
		*full += b.totals[i]
		*second += b.totals[lanes+i]
	}
}

// source gives the sums and differences of rows from y on.
func (s *strip) source(y, rows int) (sums, diffs []float32, stride int) {
	p, b := s.p, s.w.buf
	n := min((s.cols+window-1+lanes-1)/lanes*lanes, s.p.width-s.x) // no remainder except at the picture's edge
	if p.moments.width > 0 {
		at := y*p.moments.stride + s.x
		return p.moments.sums[at:], p.moments.diffs[at:], p.moments.stride
	}
	for r := range rows {
		at := (y+r)*p.width + s.x
		sums, diffs := b.sums[r*fetch:][:n], b.diffs[r*fetch:][:n]
		switch {
		case p.packed8[0] != nil:
			s.w.kernels.mix8(b, sums, diffs, p.packed8[0][3*at:], p.packed8[1][3*at:])
		case p.packed16[0] != nil:
			s.w.kernels.mix16(b, sums, diffs, p.packed16[0][3*at:], p.packed16[1][3*at:])
		default:
			s.w.kernels.addSubtract(b, sums, diffs, p.planes[0][at:], p.planes[1][at:])
		}
	}
	return b.sums[:], b.diffs[:], fetch
}

// own is how many columns of the picture belong to the strip: those under windows overlap with the next one's.
func (s *strip) own() int {
	if s.x+s.cols+window-1 == s.p.width {
		return s.p.width - s.x
	}
	return s.cols
}

// down takes four rows of windows from y on. Whole blocks of four rows sum themselves; what hangs over the edges is
// left out of the sums and added here by the value.
func (s *strip) down(y int, full, second *float64) {
	b, rows := s.w.buf, min(group, s.tall-y)
	whole, all := s.cols/lanes, (s.cols+lanes-1)/lanes
	if rows < group {
		whole = 0
	}
	if whole > 0 {
		s.w.kernels.down(b, y/group, 0, whole, &b.totals)
	}
	if whole < all {
		s.w.kernels.down(b, y/group, whole, all-whole, &b.scratch)
	}
	for j := range rows {
		for i := whole * lanes; i < s.cols; i++ {
			*full += float64(b.out[j*tile+i])
			*second += float64(b.out[(group+j)*tile+i])
		}
		if m := s.sinks.index; m != nil {
			copy(m.Index[(y+j)*m.Width+s.x:], b.out[j*tile:][:s.cols])
		}
	}
}
