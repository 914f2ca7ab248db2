package measure

import (
	"strconv"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/pixels"
)

// Local is the place of a picture that differs most: the window over which the
// mean of ΔE00 is greatest. Of the whole picture a percentile is blind to a
// defect that is smaller than what it leaves out, and the maximum finds a
// single pixel of coding noise; a window of pixels averages the noise away and
// is filled by the defect. It is 0×0 where nothing differs.
//
// One pixel of each 2×2 is looked at, the left and the right one in turn: JPEG
// and video code colour by such squares, so that the others say nearly the same.
type Local struct {
	Value  float64 `json:"value"` // mean ΔE00 over the window
	X      int     `json:"x"`
	Y      int     `json:"y"`
	Width  int     `json:"width"`
	Height int     `json:"height"`
}

// A window is two cells wide and high, and windows overlap by a cell, so that
// a defect of one and a half windows a side fills one of them wherever it lies.
// A window is 1/16 of the picture's shorter side: of a 3:2 photograph 0.26 %,
// so that a square of 0.6 % is sure to fill one.
const (
	cellsAcross = 32 // of the shorter side
	leastCell   = 8  // pixels: below this a window is as noisy as the blocks of JPEG
)

// stripPixels is how much of the map is looked at while the processor's cache has it.
const stripPixels = 8192

// tiles finds the [Local] of a picture from its map, row by row, in memory for
// a row of cells. The last cell of a row or column takes in what is left over.
type tiles struct {
	width, height int
	cell          int // pixels a side
	columns, rows int // of cells
	sums          []mean
	above         []mean // of the row of cells before
	worst         Local
	heat          []float32
}

// mean is one in the making.
type mean struct {
	total float64
	n     int
}

func (m mean) and(o mean) mean { return mean{m.total + o.total, m.n + o.n} }

func (t *tiles) reset(width, height int) {
	t.width, t.height, t.worst = width, height, Local{}
	t.cell = max(min(width, height)/cellsAcross, leastCell)
	t.columns, t.rows = max(width/t.cell, 1), max(height/t.cell, 1)
	t.sums, t.above = zeroed(t.sums, t.columns), zeroed(t.above, t.columns)
}

func zeroed(s []mean, n int) []mean {
	if cap(s) < n {
		return make([]mean, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// strip gives memory for the map of some rows, and their number.
func (t *tiles) strip() (heat []float32, rows int) {
	rows = min(max(stripPixels/t.width, 1), t.height)
	if n := rows * t.width; cap(t.heat) < n {
		t.heat = make([]float32, n)
	}
	return t.heat[:rows*t.width], rows
}

// add takes the map of rows from y on.
func (t *tiles) add(y int, heat []float32) {
	for ; len(heat) > 0; y, heat = y+1, heat[t.width:] {
		if y%2 == 0 {
			t.addRow(y/2%2, heat[:t.width])
		}
		if r := y / t.cell; y == t.height-1 || r < t.rows-1 && y == (r+1)*t.cell-1 {
			t.finish(min(r, t.rows-1))
		}
	}
}

// addRow adds the values of a row at the even or at the odd places.
func (t *tiles) addRow(parity int, row []float32) {
	for i := range t.sums {
		from, to := i*t.cell, (i+1)*t.cell
		if i == t.columns-1 {
			to = t.width
		}
		from = min(from+(from+parity)%2, to)
		t.sums[i].total += float64(sum(row[from:to]))
		t.sums[i].n += (to - from + 1) / 2
	}
}

// sum adds every other value, in four lanes, since each addition waits for the one before.
func sum(values []float32) float32 {
	var a, b, c, d float32
	for ; len(values) >= 8; values = values[8:] {
		p := (*[8]float32)(values)
		a, b, c, d = a+p[0], b+p[2], c+p[4], d+p[6]
	}
	for i := 0; i < len(values); i += 2 {
		a += values[i]
	}
	return a + b + (c + d)
}

// finish looks at the windows that end with a row of cells.
func (t *tiles) finish(row int) {
	if row > 0 || t.rows == 1 {
		y, height := span(max(row-1, 0), t.rows, t.cell, t.height)
		for i := range max(t.columns-1, 1) {
			m := t.above[i].and(t.sums[i])
			if t.columns > 1 {
				m = m.and(t.above[i+1]).and(t.sums[i+1])
			}
			if v := m.total / float64(m.n); v > t.worst.Value {
				x, width := span(i, t.columns, t.cell, t.width)
				t.worst = Local{v, x, y, width, height}
			}
		}
	}
	t.above, t.sums = t.sums, t.above
	clear(t.sums)
}

// span is where the window begins that begins with a cell, and how far it reaches.
func span(cell, cells, side, size int) (at, length int) {
	if cell+2 >= cells {
		return cell * side, size - cell*side
	}
	return cell * side, 2 * side
}

// enlarge turns a place in a reduced picture into that in the whole one.
func (l *Local) enlarge(m *pixels.Image) {
	right, bottom := (l.X+l.Width)*ScreenDenominator, (l.Y+l.Height)*ScreenDenominator
	l.X, l.Y = l.X*ScreenDenominator, l.Y*ScreenDenominator
	l.Width, l.Height = min(right, m.FullWidth)-l.X, min(bottom, m.FullHeight)-l.Y
}

// args are those of the sentences on a place: sizes and offsets are not grouped.
func (l Local) args() []any {
	var all []any
	for _, n := range []int{l.Width, l.Height, l.X, l.Y} {
		all = append(all, strconv.Itoa(n))
	}
	return all
}

// In says the value and the place.
func (l Local) In(lang phrase.Lang) string {
	return phrase.Say(lang, "measure.local", phrase.Decimal(lang, l.Value, 2), phrase.Of("finding.local", l.args()...))
}

// worse gives the greater of two.
func worse(a, b Local) Local {
	if b.Value > a.Value {
		return b
	}
	return a
}
