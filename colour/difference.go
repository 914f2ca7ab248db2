package colour

import "math"

const (
	// Values are counted in bins of 1/128 ΔE00 up to 128, which no two colours of sRGB reach; bin 0 is for exactly 0.
	binBits     = 7
	differenceN = 128<<binBits + 1
	ceiling     = 128 - 1.0/(1<<17) // the largest float32 below
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

// Difference accumulates the statistics of ΔE00 over rows, in constant memory (half a MiB). The sum is kept in fixed
// point, so that neither the order of the rows nor the way a picture is cut into strips changes a bit of the result.
// It is not safe for concurrent use: give each strip its own and [Difference.Merge] them.
type Difference struct {
	block      block
	threshold  float64
	above      float32 // the largest float32 that is not above threshold
	bins       [differenceN]int64
	recent     [differenceN][4]uint32 // counted since bins was brought up to date; four, so that increments seldom wait
	recentN    int64
	n, over    int64
	sum        uint64
	max        float32
	maxX, maxY int
}

// NewDifference returns an accumulator that counts the pixels above threshold, in ΔE00.
func NewDifference(threshold float64) *Difference {
	d := new(Difference)
	d.block.form = fastest
	d.Reset(threshold)
	return d
}

// Reset empties the accumulator for the next picture, without allocating.
func (d *Difference) Reset(threshold float64) {
	end := binOf(d.max)
	clear(d.bins[:end+1])
	clear(d.recent[:end+1])
	d.recentN, d.n, d.over, d.sum = 0, 0, 0, 0
	d.max, d.maxX, d.maxY = 0, 0, 0
	d.threshold, d.above = threshold, float32(threshold)
	if float64(d.above) > threshold {
		d.above = math.Nextafter32(d.above, float32(math.Inf(-1)))
	}
}

// AddRows8 adds the differences of rows y0, y0+1 … of width pixels: ref and cand are packed 8-bit sRGB, three samples
// a pixel, and whole rows without gaps. Where heat is not nil it receives ΔE00 of each pixel, as [DeltaERow8] gives it.
// It allocates nothing. It panics if the lengths do not agree.
func (d *Difference) AddRows8(y0 int, ref, cand []uint8, width int, heat []float32) {
	pixels := len(ref) / 3
	mustBeRows(pixels, len(ref), len(cand), width, heat)
	for i := 0; i < pixels; i += blockN {
		n := min(pixels-i, blockN)
		dst := d.block.delta[:n]
		if heat != nil {
			dst = heat[i : i+n]
		}
		d.block.differences8(dst, ref[3*i:3*(i+n)], cand[3*i:3*(i+n)])
		d.add(dst, y0, width, i)
	}
}

// AddRows16 is [Difference.AddRows8] for 16-bit sRGB.
func (d *Difference) AddRows16(y0 int, ref, cand []uint16, width int, heat []float32) {
	pixels := len(ref) / 3
	mustBeRows(pixels, len(ref), len(cand), width, heat)
	for i := 0; i < pixels; i += blockN {
		n := min(pixels-i, blockN)
		dst := d.block.delta[:n]
		if heat != nil {
			dst = heat[i : i+n]
		}
		d.block.differences16(dst, ref[3*i:3*(i+n)], cand[3*i:3*(i+n)])
		d.add(dst, y0, width, i)
	}
}

func mustBeRows(pixels, ref, cand, width int, heat []float32) {
	mustMatch(pixels, ref, cand)
	if pixels > 0 && (width <= 0 || pixels%width != 0) || heat != nil && len(heat) != pixels {
		panic("colour: samples are not whole rows of the width, or the map has not one value a pixel")
	}
}

// add counts what a kernel gave for pixels from i on of rows from y0 on.
func (d *Difference) add(values []float32, y0, width, i int) {
	rest, largest := d.count(values)
	if at := y0 + i/width; largest > d.max || largest > 0 && largest == d.max && at <= d.maxY {
		for j, v := range values {
			if v == largest {
				d.noteMax(v, (i+j)%width, y0+(i+j)/width)
				break
			}
		}
	}
	done := i + len(values) - len(rest)
	for j, v := range rest {
		d.addValue(v, (done+j)%width, y0+(done+j)/width)
	}
	d.counted(len(values))
}

// AddRow adds row y of ΔE00 values, as [DeltaERow8] writes them. A NaN or a negative value, which no kernel gives, is
// counted as just below 128, so that it shows. It allocates nothing.
func (d *Difference) AddRow(y int, row []float32) {
	for x, v := range row {
		d.addValue(v, x, y)
	}
	d.counted(len(row))
}

func (d *Difference) addValue(v float32, x, y int) {
	if v == 0 {
		d.recent[0][x&3]++
		if d.threshold < 0 {
			d.over++
		}
		return
	}
	if !(v > 0) {
		v = ceiling
	}
	if v >= d.max {
		d.noteMax(v, x, y)
	}
	if v > d.above {
		d.over++
	}
	fixed := toFixedSum(v)
	d.sum += uint64(fixed)
	d.recent[fixed>>(sumBits-binBits)+1][x&3]++
}

// toFixedSum is v in the fixed point of the sum, the ceiling at most; halves go to the even number.
func toFixedSum(v float32) uint32 {
	const even = 1 << 52 // adding it leaves no room for a fraction
	scaled := float64(min(v, ceiling)) * (1 << sumBits)
	return uint32(float64(scaled+even) - even)
}

func binOf(v float32) uint32 {
	if v == 0 {
		return 0
	}
	return toFixedSum(v)>>(sumBits-binBits) + 1
}

// counted notes n more pixels and empties the small counters in time.
func (d *Difference) counted(n int) {
	d.n += int64(n)
	if d.recentN += int64(n); d.recentN > 1<<31 {
		d.settle()
	}
}

// settle brings bins up to date. No bin beyond that of the maximum is in use.
func (d *Difference) settle() {
	for i := range d.recent[:binOf(d.max)+1] {
		r := &d.recent[i]
		d.bins[i] += int64(r[0]) + int64(r[1]) + int64(r[2]) + int64(r[3])
		*r = [4]uint32{}
	}
	d.recentN = 0
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
	o.settle()
	for i, n := range o.bins[:binOf(o.max)+1] {
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
	d.settle()
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
