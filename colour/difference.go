package colour

import "math"

const (
	// Values are counted in bins of 1/128 ΔE00 up to 128, which no two colours of sRGB reach; bin 0 is for exactly 0.
	binBits     = 7
	differenceN = 128<<binBits + 1
	// sumBits is the fixed point of the sum: 2⁻²², so that it holds 3·10¹⁰ pixels of the largest value.
	sumBits = 22
)

// Stats are the statistics of a picture's colour difference, in ΔE00. The zero value belongs to no pixel at all.
type Stats struct {
	Mean          float64 // of the values rounded to 2⁻²²
	P50, P95, P99 float64 // nearest rank, to 1/256 ΔE00; never above Max, and exactly 0 where the value is
	Max           float64 // exact
	MaxX, MaxY    int     // the first pixel, by rows, that has Max; 0, 0 where nothing differs
	Threshold     float64 // as given to NewDifference
	OverRatio     float64 // share of pixels above Threshold, 0 to 1
	N             int64   // pixels
}

// Difference accumulates the statistics of ΔE00 over rows, in constant memory (128 KiB). The sum is kept in fixed
// point, so that neither the order of the rows nor the way a picture is cut into strips changes a bit of the result.
// It is not safe for concurrent use: give each strip its own and [Difference.Merge] them.
type Difference struct {
	threshold  float64
	bins       [differenceN]int64
	n, over    int64
	sum        uint64
	max        float32
	maxX, maxY int
}

// NewDifference returns an accumulator that counts the pixels above threshold, in ΔE00.
func NewDifference(threshold float64) *Difference { return &Difference{threshold: threshold} }

// AddRow adds row y of ΔE00 values, as [DeltaERow8] writes them. A NaN or a negative value, which no kernel gives, is
// counted as 128, so that it shows. It allocates nothing.
func (d *Difference) AddRow(y int, row []float32) {
	const ceiling = 128
	var sum uint64
	var zero, over int64
	for x, v := range row {
		if v == 0 {
			zero++
			continue
		}
		if !(v > 0) {
			v = ceiling
		}
		if v >= d.max {
			d.noteMax(v, x, y)
		}
		if float64(v) > d.threshold {
			over++
		}
		fixed := uint64(float64(min(v, ceiling))*(1<<sumBits) + 0.5)
		sum += fixed
		d.bins[min(fixed>>(sumBits-binBits)+1, differenceN-1)]++
	}
	d.bins[0] += zero
	if d.threshold < 0 {
		over += zero
	}
	d.n, d.over, d.sum = d.n+int64(len(row)), d.over+over, d.sum+sum
}

// noteMax keeps the largest value and the first place that has it.
func (d *Difference) noteMax(v float32, x, y int) {
	if v > d.max || y < d.maxY || y == d.maxY && x < d.maxX {
		d.max, d.maxX, d.maxY = v, x, y
	}
}

// Merge adds what o has accumulated. Rows keep the numbers they were added with. The threshold of d stands; o must
// have been made with the same one.
func (d *Difference) Merge(o *Difference) {
	for i, n := range o.bins {
		d.bins[i] += n
	}
	if o.max > 0 && o.max >= d.max {
		d.noteMax(o.max, o.maxX, o.maxY)
	}
	d.n, d.over, d.sum = d.n+o.n, d.over+o.over, d.sum+o.sum
}

// Stats returns the statistics of all rows added so far.
func (d *Difference) Stats() Stats {
	s := Stats{Threshold: d.threshold, N: d.n}
	if d.n == 0 {
		return s
	}
	s.Mean = float64(d.sum) / (1 << sumBits) / float64(d.n)
	s.P50, s.P95, s.P99 = d.percentile(50), d.percentile(95), d.percentile(99)
	s.Max, s.MaxX, s.MaxY = float64(d.max), d.maxX, d.maxY
	s.OverRatio = float64(d.over) / float64(d.n)
	return s
}

// percentile is the value of rank ⌈p·n/100⌉: the middle of its bin.
func (d *Difference) percentile(p int64) float64 {
	rank := d.n/100*p + (d.n%100*p+99)/100
	for i, seen := 0, int64(0); i < len(d.bins); i++ {
		if seen += d.bins[i]; seen < rank {
			continue
		}
		if i == 0 {
			return 0
		}
		return min((float64(i)-0.5)/(1<<binBits), float64(d.max))
	}
	return math.NaN() // unreachable unless bug in this package: the bins hold n values
}
