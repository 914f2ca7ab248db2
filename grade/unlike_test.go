package grade

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/safelight-dev/safelight/cube"
)

// strengthened is a look of the given strength, 0 none and 1 whole, as a table.
func strengthened(t *testing.T, strength float64) *cube.LUT {
	t.Helper()
	l, err := cube.FromFunc("look", 17, func(r, g, b float64) (float64, float64, float64) {
		in := [3]float64{r, g, b}
		out := look(3)(in)
		for c := range 3 {
			out[c] = in[c] + strength*(out[c]-in[c])
		}
		return out[0], out[1], out[2]
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// overexposed makes a picture brighter until a share of its values are at the end of their range.
func overexposed(p picture, share float64) picture {
	values := slices.Clone(p.pix)
	slices.Sort(values)
	top := max(float64(values[int((1-share)*float64(len(values)))]), 1)
	return p.mapped(each(func(v float64) float64 { return v * 255 / top }))
}

// A table is found at any strength that shows, through coarse coding, with clipped pixels and beside a defect; never in
// pictures that do not show the same thing.
func TestATableIsFoundOnlyWhereThereIsOne(t *testing.T) {
	t.Parallel()
	p := scene(21, 320, 224)
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, tt := range []struct {
		name string
		cand picture
		want Verdict
	}{
		{"whole", p.looked(strengthened(t, 1)), Global},
		{"whole, JPEG 75", p.looked(strengthened(t, 1)).coded(t, 75), Global},
		{"half, JPEG 75", p.looked(strengthened(t, 0.5)).coded(t, 75), Global},
		{"a quarter, JPEG 75", p.looked(strengthened(t, 0.25)).coded(t, 75), Global},
		{"stronger, JPEG 50", p.looked(strengthened(t, 1.4)).coded(t, 50), Global},
		{"2 % clipped", overexposed(p.looked(strengthened(t, 0.7)), 0.02), Global},
		{"a defect beside, JPEG 75", patch(p.looked(strengthened(t, 1)), rnd).coded(t, 75), Mixed},
		{"another picture", scene(22, 320, 224).coded(t, 90), Content},
		{"another picture, table", scene(23, 320, 224).looked(strengthened(t, 1)).coded(t, 75), Content},
		{"the same", p.clone(), Identical},
	} {
		f := diagnose(t, p, tt.cand)
		if f.Verdict != tt.want {
			t.Errorf("%s: %s %s by %s, want %s; level %.2f, %+v, remaining %+v, structure %+v", tt.name, f.Verdict, f.Kind, f.Model, tt.want, f.Level, f.Chosen(), f.Remaining, f.Structure)
		}
	}
}

// Pixels that are hidden count for nothing, not for the fit and not for the question whether the pictures are equal.
func TestHiddenPixelsDoNotCount(t *testing.T) {
	t.Parallel()
	p := scene(24, 320, 224)
	q := p.looked(strengthened(t, 1))
	mask := make([]bool, p.width*p.height)
	covered := func(of picture) picture {
		return of.within(box(of, rand.New(rand.NewPCG(1, 1)), 0.6), func(s []uint8, x, y int) {
			copy(s, []uint8{255, 255, 255})
			mask[y*p.width+x] = true
		})
	}
	white := covered(q)
	a := NewAccumulator()
	masked := func(cand picture) Fit {
		if err := a.Begin(p.width, p.height); err != nil {
			t.Fatal(err)
		}
		a.Hide(mask)
		for y := range p.height {
			n := 3 * p.width
			a.AddRow8(y, p.pix[n*y:n*y+n], cand.pix[n*y:n*y+n])
		}
		defer func() { a = NewAccumulator() }()
		return a.Fit()
	}
	if f := masked(white); f.Verdict != Global {
		t.Errorf("a table on what shows: %s, level %.2f, want global", f.Verdict, f.Level)
	}
	if f := masked(covered(p)); f.Verdict != Identical {
		t.Errorf("equal where it shows: %s, want identical", f.Verdict)
	}
	for i := range mask {
		mask[i] = true
	}
	if f := masked(white); f.Verdict != Undetermined || f.Samples != 0 {
		t.Errorf("nothing shows: %s of %d samples, want undetermined", f.Verdict, f.Samples)
	}
}
