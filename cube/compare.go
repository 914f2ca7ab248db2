package cube

import (
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/colour"
)

// CompareOptions says where two tables are compared.
type CompareOptions struct {
	// Grid is the number of points along each axis of the cube of sRGB inputs, [MinSize] to [MaxSize3D]; 0 means 33.
	Grid int
	// Swatches are further inputs, such as the colours of a brand. Those outside sRGB are clipped to it.
	Swatches []colour.Swatch
	// Interpolation is how both tables are applied; the zero value is Tetrahedral.
	Interpolation Interpolation
}

// Comparison is how far two tables are apart, in ΔE00 of their outputs taken for sRGB and clipped to 0 to 1.
type Comparison struct {
	Grid     Spread
	Swatches Spread          // over the swatches; the zero value without any
	Each     []SwatchOutcome // in the order of the options
}

// Spread sums up ΔE00 over inputs.
type Spread struct {
	N              int
	Mean, P95, Max float64    // P95 by nearest rank
	MaxInput       [3]float64 // encoded sRGB input of Max: the first with it, red changing fastest
}

// SwatchOutcome is what the two tables make of one swatch.
type SwatchOutcome struct {
	Name     string
	A, B     colour.Lab // the outputs of the two tables
	DeltaE00 float64
}

// Compare measures the colour difference between what a and b make of the same inputs. It refuses a grid size outside
// its limits. The comparison of 33³ points takes some tens of milliseconds.
func Compare(a, b *LUT, o CompareOptions) (Comparison, error) {
	n := o.Grid
	if n == 0 {
		n = 33
	}
	if n < MinSize || n > MaxSize3D {
		return Comparison{}, fmt.Errorf("compare LUTs on a grid of %d: want %d to %d", n, MinSize, MaxSize3D)
	}
	var c Comparison
	gather := gatherer{values: make([]float64, 0, n*n*n)}
	last := float64(n - 1)
	for i := range n * n * n {
		in := [3]float64{float64(i%n) / last, float64(i/n%n) / last, float64(i/n/n) / last}
		gather.add(in, colour.DeltaE2000(a.outcome(in, o.Interpolation), b.outcome(in, o.Interpolation)))
	}
	c.Grid = gather.spread()

	gather = gatherer{}
	for _, s := range o.Swatches {
		r, g, bl, _ := s.Lab.SRGB()
		in := [3]float64{r, g, bl}
		each := SwatchOutcome{Name: s.Name, A: a.outcome(in, o.Interpolation), B: b.outcome(in, o.Interpolation)}
		each.DeltaE00 = colour.DeltaE2000(each.A, each.B)
		gather.add(in, each.DeltaE00)
		c.Each = append(c.Each, each)
	}
	c.Swatches = gather.spread()
	return c, nil
}

// outcome is the table's output for an sRGB input, as a screen shows it.
func (l *LUT) outcome(in [3]float64, how Interpolation) colour.Lab {
	out := l.Interpolate(in, how)
	for c, v := range out {
		out[c] = min(max(v, 0), 1)
	}
	return colour.FromSRGB(out[0], out[1], out[2])
}

// gatherer collects differences for a Spread.
type gatherer struct {
	values   []float64
	sum, max float64
	maxInput [3]float64
}

func (g *gatherer) add(in [3]float64, deltaE float64) {
	if len(g.values) == 0 || deltaE > g.max {
		g.max, g.maxInput = deltaE, in
	}
	g.values = append(g.values, deltaE)
	g.sum += deltaE
}

func (g *gatherer) spread() Spread {
	n := len(g.values)
	if n == 0 {
		return Spread{}
	}
	slices.Sort(g.values)
	rank := (95*n + 99) / 100
	return Spread{N: n, Mean: g.sum / float64(n), P95: g.values[rank-1], Max: g.max, MaxInput: g.maxInput}
}
