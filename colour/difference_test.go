package colour

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDifferenceAgainstSorting(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(31, 32))
	for _, n := range []int{1, 2, 3, 99, 100, 101, 5000} {
		row := make([]float32, n)
		sum, over := 0.0, 0
		for i := range row {
			row[i] = float32(min(120, math.Exp(2*r.NormFloat64())))
			if i%7 == 3 {
				row[i] = 0
			}
			sum += float64(row[i])
			if row[i] > 2 {
				over++
			}
		}
		d := NewDifference(2)
		d.AddRow(0, row)
		s := d.Stats()
		sorted := slices.Sorted(slices.Values(row))
		for _, p := range []struct {
			name      string
			got, rank float64
		}{{"P50", s.P50, 0.50}, {"P95", s.P95, 0.95}, {"P99", s.P99, 0.99}} {
			want := float64(sorted[int(math.Ceil(p.rank*float64(n)-1e-9))-1])
			if math.Abs(p.got-want) > 1.0/256+1e-6 || p.got > s.Max {
				t.Errorf("%d values: %s = %v, want %v to half a bin, and not above %v", n, p.name, p.got, want, s.Max)
			}
		}
		if want := float64(sorted[n-1]); s.Max != want || float64(row[s.MaxX]) != want || s.MaxY != 0 {
			t.Errorf("%d values: maximum %v at %d, %d, want %v", n, s.Max, s.MaxX, s.MaxY, want)
		}
		if want := sum / float64(n); math.Abs(s.Mean-want) > 2e-7 {
			t.Errorf("%d values: mean %v, want %v", n, s.Mean, want)
		}
		if want := float64(over) / float64(n); s.OverRatio != want || s.N != int64(n) || s.Threshold != 2 {
			t.Errorf("%d values: %v over %v of %d, want %v", n, s.OverRatio, s.Threshold, s.N, want)
		}
	}
}

func TestDifferenceOfIdenticalPictures(t *testing.T) {
	t.Parallel()
	d := NewDifference(0)
	for y := range 10 {
		d.AddRow(y, make([]float32, 100))
	}
	if got, want := d.Stats(), (Stats{N: 1000}); got != want {
		t.Errorf("statistics of identical pictures are %+v, want %+v", got, want)
	}
	if got, want := NewDifference(3).Stats(), (Stats{Threshold: 3}); got != want {
		t.Errorf("statistics of nothing are %+v, want %+v", got, want)
	}
}

// However a picture is cut, and in whatever order the strips are merged, the result is the same to the bit.
func TestDifferenceMerge(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(33, 34))
	rows := make([][]float32, 60)
	for y := range rows {
		rows[y] = make([]float32, 77)
		for x := range rows[y] {
			rows[y][x] = float32(r.IntN(40)) * 0.37 // the maximum occurs many times
		}
	}
	whole := NewDifference(5)
	for y, row := range rows {
		whole.AddRow(y, row)
	}
	for _, strips := range []int{1, 2, 7, 60} {
		parts := make([]*Difference, strips)
		for i := range parts {
			parts[i] = NewDifference(5)
		}
		for y, row := range rows {
			parts[y*strips/len(rows)].AddRow(y, row)
		}
		r.Shuffle(strips, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		merged := NewDifference(5)
		for _, part := range parts {
			merged.Merge(part)
		}
		if got, want := merged.Stats(), whole.Stats(); got != want {
			t.Errorf("%d strips give %+v, want %+v", strips, got, want)
		}
	}
}

func TestDifferenceNamesTheFirstMaximum(t *testing.T) {
	t.Parallel()
	rows := [][]float32{{0, 1, 0}, {0, 3, 3}, {3, 0, 3}}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		d := NewDifference(1)
		for _, y := range order {
			part := NewDifference(1)
			part.AddRow(y, rows[y])
			d.Merge(part)
		}
		if s := d.Stats(); s.Max != 3 || s.MaxX != 1 || s.MaxY != 1 {
			t.Errorf("rows in order %v: maximum %v at %d, %d, want 3 at 1, 1", order, s.Max, s.MaxX, s.MaxY)
		}
	}
}

func TestDifferenceShowsWhatIsNoDifference(t *testing.T) {
	t.Parallel()
	d := NewDifference(1)
	d.AddRow(4, []float32{0, float32(math.NaN()), -1, 1e30, float32(math.Inf(1))})
	s := d.Stats()
	if s.OverRatio != 0.8 || s.P50 < 127 || !(s.Mean > 100 && s.Mean < 129) || !math.IsInf(s.Max, 1) || s.MaxX != 4 || s.MaxY != 4 {
		t.Errorf("statistics of nonsense are %+v, want four values over the threshold and the infinite one as maximum", s)
	}
}

func TestDifferenceAllocatesNothing(t *testing.T) {
	row := make([]float32, 1000)
	ref, cand := photoRow(1000, 9)
	d := NewDifference(1)
	p := NewPaletteDrift([]Swatch{{"brand", FromSRGB8(200, 40, 60)}}, 20)
	if n := testing.AllocsPerRun(20, func() {
		DeltaERow8(row, ref, cand)
		d.AddRow(0, row)
		p.AddRow8(ref, cand)
	}); n != 0 {
		t.Errorf("a row costs %v allocations, want none", n)
	}
}

func BenchmarkDifferenceAddRow(b *testing.B) {
	ref, cand := photoRow(4096, 1)
	row := make([]float32, 4096)
	DeltaERow8(row, ref, cand)
	d := NewDifference(2)
	for b.Loop() {
		d.AddRow(0, row)
	}
	reportMegapixels(b, len(row))
}
