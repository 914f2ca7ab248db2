package cube

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a table. The specification allows 256 for 3-D; 129 is the largest size in use and takes 51 MB here.
const (
	MinSize   = 2
	MaxSize3D = 129
	MaxSize1D = 65536
	maxTitle  = 240 // bytes
)

// LUT is a colour lookup table. It does not change once made, so that many goroutines may apply it at once.
type LUT struct {
	header
	table []float32 // three components a row, in the order of the file
	rows  rowTables
}

// header is all of a table but its numbers.
type header struct {
	title    string
	dims     int // 1 or 3
	size     int
	min, max [3]float64 // the domain, exact in float32
}

// newLUT takes over table, which has been checked to have the number of finite values that the header asks for.
func newLUT(h header, table []float32) *LUT {
	l := &LUT{header: h, table: table}
	if h.dims == 1 {
		l.rows.prepareCurves(l)
	} else {
		l.rows.prepareTable(l)
	}
	return l
}

// FromFunc makes a 3-D table of n×n×n points over the domain 0 to 1 from a function of encoded components. It refuses
// a size outside [MinSize] to [MaxSize3D], a title that the format cannot hold, and a function that does not give
// finite numbers.
func FromFunc(title string, n int, f func(r, g, b float64) (float64, float64, float64)) (*LUT, error) {
	if n < MinSize || n > MaxSize3D {
		return nil, fmt.Errorf("make a LUT of size %d: want %d to %d", n, MinSize, MaxSize3D)
	}
	if err := checkTitle(title); err != nil {
		return nil, fmt.Errorf("make a LUT: %w", err)
	}
	table := make([]float32, 0, 3*n*n*n)
	last := float64(n - 1)
	for i := range n * n * n {
		r, g, b := f(float64(i%n)/last, float64(i/n%n)/last, float64(i/n/n)/last)
		for _, v := range [3]float64{r, g, b} {
			if !finite(v) {
				return nil, fmt.Errorf("make a LUT: the function gives %v", v)
			}
			table = append(table, float32(v))
		}
	}
	return newLUT(header{title: title, dims: 3, size: n, max: [3]float64{1, 1, 1}}, table), nil
}

// Identity makes a 3-D table of n×n×n points that changes nothing. It refuses what [FromFunc] refuses.
func Identity(n int) (*LUT, error) {
	return FromFunc("Identity", n, func(r, g, b float64) (float64, float64, float64) { return r, g, b })
}

// Title is the table's name, possibly empty.
func (l *LUT) Title() string { return l.title }

// Dimensions is 3 for a table over the colour cube and 1 for three curves.
func (l *LUT) Dimensions() int { return l.dims }

// Size is the number of points along an axis.
func (l *LUT) Size() int { return l.size }

// Domain is the lowest and highest input of red, green and blue.
func (l *LUT) Domain() (low, high [3]float64) { return l.min, l.max }

// Equal says whether two tables have the same title, shape, domain and numbers.
func (l *LUT) Equal(o *LUT) bool {
	return l.header == o.header && slices.Equal(l.table, o.table)
}

// checkTitle refuses what a quoted string on one line of the file cannot hold.
func checkTitle(title string) error {
	switch {
	case len(title) > maxTitle:
		return fmt.Errorf("a title of %d bytes: at most %d fit", len(title), maxTitle)
	case !utf8.ValidString(title):
		return fmt.Errorf("the title %q is not UTF-8", title)
	case strings.ContainsFunc(title, func(r rune) bool { return r < ' ' || r == '"' || r == 0x7f }):
		return fmt.Errorf("the title %q has a quotation mark or a control character", title)
	}
	return nil
}

// finite says whether v is a number that float32 can hold.
func finite(v float64) bool { return !math.IsNaN(v) && math.Abs(v) <= math.MaxFloat32 }
