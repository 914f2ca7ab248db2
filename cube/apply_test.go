package cube

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/safelight-dev/safelight/colour"
)

// randomLUT is a table of noise: no two neighbours agree, so every mistake in the order of corners shows.
func randomLUT(t testing.TB, n int, low, high float64) *LUT {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(n), 7))
	l, err := FromFunc("noise", n, func(_, _, _ float64) (float64, float64, float64) {
		return low + (high-low)*r.Float64(), low + (high-low)*r.Float64(), low + (high-low)*r.Float64()
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestApplyIsExactAtThePoints(t *testing.T) {
	t.Parallel()
	const n = 5
	l := randomLUT(t, n, -1, 2)
	for i := range n * n * n {
		in := [3]float64{float64(i%n) / (n - 1), float64(i/n%n) / (n - 1), float64(i/n/n) / (n - 1)}
		want := [3]float64{float64(l.table[3*i]), float64(l.table[3*i+1]), float64(l.table[3*i+2])}
		for _, how := range []Interpolation{Tetrahedral, Trilinear} {
			if got := l.Interpolate(in, how); got != want {
				t.Fatalf("interpolation %d at point %v gives %v, want %v", how, in, got, want)
			}
		}
	}
}

// Both interpolations reproduce a linear function everywhere, so each reproduces this one with cross terms as said.
func TestApplyLinear(t *testing.T) {
	t.Parallel()
	l, err := FromFunc("", 4, func(r, g, b float64) (float64, float64, float64) {
		return 0.2*r + 0.5*g - b, 1 - g, 3*b + r
	})
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 7))
	for range 10_000 {
		r, g, b := rnd.Float64(), rnd.Float64(), rnd.Float64()
		want := [3]float64{0.2*r + 0.5*g - b, 1 - g, 3*b + r}
		for _, how := range []Interpolation{Tetrahedral, Trilinear} {
			got := l.Interpolate([3]float64{r, g, b}, how)
			for c := range 3 {
				if math.Abs(got[c]-want[c]) > 1e-6 {
					t.Fatalf("interpolation %d of a linear table at %v, %v, %v gives %v, want %v", how, r, g, b, got, want)
				}
			}
		}
	}
}

// The product r·g·b over one cell: trilinear gives it exactly, tetrahedral the smallest of the three.
func TestInterpolationsDiffer(t *testing.T) {
	t.Parallel()
	l, err := FromFunc("", 2, func(r, g, b float64) (float64, float64, float64) { return r * g * b, r * g * b, r * g * b })
	if err != nil {
		t.Fatal(err)
	}
	in := [3]float64{0.5, 0.25, 0.75}
	if got := l.Interpolate(in, Trilinear)[0]; got != 0.5*0.25*0.75 {
		t.Errorf("trilinear gives %v, want %v", got, 0.5*0.25*0.75)
	}
	if got := l.Interpolate(in, Tetrahedral)[0]; got != 0.25 {
		t.Errorf("tetrahedral gives %v, want 0.25", got)
	}
}

func TestApplyOutsideTheDomain(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"warm4.cube", "curves5.cube", "range2.cube"} {
		l := load(t, name)
		low, high := l.Domain()
		for _, how := range []Interpolation{Tetrahedral, Trilinear} {
			if got, want := l.Interpolate([3]float64{-9, math.Inf(-1), math.NaN()}, how), l.Interpolate(low, how); got != want {
				t.Errorf("%s: below the domain %v, want its edge %v", name, got, want)
			}
			if got, want := l.Interpolate([3]float64{9, math.Inf(1), 1e300}, how), l.Interpolate(high, how); got != want {
				t.Errorf("%s: above the domain %v, want its edge %v", name, got, want)
			}
		}
	}
}

func TestApplyCurves(t *testing.T) {
	t.Parallel()
	// Points of red at -0.5, 0, 0.5, 1, 1.5 with 0 to 1; of green at 0, 0.5, 1 … with squares; blue falls.
	r, g, b := load(t, "curves5.cube").Apply(0.25, 0.75, 0.5)
	if math.Abs(r-0.375) > 1e-7 || math.Abs(g-(0.0625+0.25)/2) > 1e-7 || b != 0.5 {
		t.Errorf("curves give %v, %v, %v, want 0.375, 0.15625, 0.5", r, g, b)
	}
}

// checkRow8 compares ApplyRow8 with Apply, forgiving one step where Apply is within 0.01 of the middle of two.
func checkRow8(t *testing.T, l *LUT, src []uint8) {
	t.Helper()
	dst := make([]uint8, len(src))
	l.ApplyRow8(dst, src)
	for i := 0; i < len(src); i += 3 {
		out := l.Interpolate([3]float64{float64(src[i]) / 255, float64(src[i+1]) / 255, float64(src[i+2]) / 255}, Tetrahedral)
		for c := range 3 {
			want := min(max(out[c]*255, 0), 255)
			if math.Abs(float64(dst[i+c])-want) > 0.51 {
				t.Fatalf("size %d: %v becomes %v, want %.4f in component %d", l.Size(), src[i:i+3], dst[i:i+3], want, c)
			}
		}
	}
}

func TestApplyRow8AgainstApply(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(2, 7))
	src := make([]uint8, 3*20_000)
	for i := range src {
		src[i] = uint8(rnd.UintN(256))
		if i%9 > 5 { // pixels with equal and nearly equal components: the seams between tetrahedra
			src[i] = uint8(min(255, int(src[i-i%3])+rnd.IntN(2)))
		}
	}
	for _, n := range []int{2, 3, 13, 17, 32, 33, 65} {
		checkRow8(t, randomLUT(t, n, 0, 1), src)
		checkRow8(t, randomLUT(t, n, -0.5, 1.5), src)
	}
	for _, name := range []string{"identity2.cube", "warm4.cube", "curves5.cube", "range2.cube"} {
		checkRow8(t, load(t, name), src)
	}
}

func TestIdentityChangesNothing(t *testing.T) {
	t.Parallel()
	src := make([]uint8, 0, 3*64*64*64)
	for i := range 64 * 64 * 64 {
		src = append(src, uint8(i%64*255/63), uint8(i/64%64*255/63), uint8(i/4096*255/63))
	}
	dst := make([]uint8, len(src))
	for _, n := range []int{2, 3, 16, 17, 32, 33, 64, 65, 129} {
		l, err := Identity(n)
		if err != nil {
			t.Fatal(err)
		}
		l.ApplyRow8(dst, src)
		for i := range src {
			if dst[i] != src[i] {
				t.Fatalf("the identity of size %d makes %d of %d", n, dst[i], src[i])
			}
		}
	}
}

func TestApplyRow8InPlaceAllocatesNothing(t *testing.T) {
	l := load(t, "warm4.cube")
	row, want := []uint8{10, 20, 30, 200, 100, 0}, make([]uint8, 6)
	l.ApplyRow8(want, row)
	l.ApplyRow8(row, row)
	if string(row) != string(want) {
		t.Errorf("in place %v, want %v", row, want)
	}
	if n := testing.AllocsPerRun(20, func() { l.ApplyRow8(want, row) }); n != 0 {
		t.Errorf("a row costs %v allocations, want none", n)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	identity, err := Identity(9)
	if err != nil {
		t.Fatal(err)
	}
	// Only pure red, a corner of the grid, is changed.
	red, err := FromFunc("", 9, func(r, g, b float64) (float64, float64, float64) {
		if r == 1 && g == 0 && b == 0 {
			return 0.8, 0, 0
		}
		return r, g, b
	})
	if err != nil {
		t.Fatal(err)
	}
	brand := []colour.Swatch{{Name: "red", Lab: colour.FromSRGB(1, 0, 0)}, {Name: "blue", Lab: colour.FromSRGB(0, 0, 1)}}
	got, err := Compare(identity, red, CompareOptions{Grid: 9, Swatches: brand})
	if err != nil {
		t.Fatal(err)
	}
	want := colour.DeltaE2000(colour.FromSRGB(1, 0, 0), colour.FromSRGB(float64(float32(0.8)), 0, 0))
	if got.Grid.N != 729 || got.Grid.Max != want || got.Grid.MaxInput != [3]float64{1, 0, 0} || got.Grid.P95 != 0 || math.Abs(got.Grid.Mean-want/729) > 1e-12 {
		t.Errorf("over the grid %+v, want a maximum of %v at pure red and nothing else", got.Grid, want)
	}
	if got.Swatches.N != 2 || math.Abs(got.Swatches.Max-want) > 1e-4 || got.Each[0].Name != "red" || got.Each[0].DeltaE00 != got.Swatches.Max || got.Each[1].DeltaE00 != 0 {
		t.Errorf("over the swatches %+v, %+v, want %v for red and 0 for blue", got.Swatches, got.Each, want)
	}
}

func TestCompareEqualTables(t *testing.T) {
	t.Parallel()
	l := load(t, "warm4.cube")
	got, err := Compare(l, l, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Spread{N: 33 * 33 * 33}); got.Grid != want || got.Swatches != (Spread{}) || got.Each != nil {
		t.Errorf("a table differs from itself: %+v, want %+v", got, want)
	}
	for _, n := range []int{-1, 1, 130} {
		if _, err := Compare(l, l, CompareOptions{Grid: n}); err == nil {
			t.Errorf("a grid of %d was accepted", n)
		}
	}
}

func BenchmarkApplyRow8(b *testing.B) {
	l := randomLUT(b, 33, 0, 1)
	rnd := rand.New(rand.NewPCG(3, 7))
	src := make([]uint8, 3*4096)
	for i := range 4096 {
		for c := range 3 {
			src[3*i+c] = uint8(120 + 80*math.Sin(float64(i)/200+float64(c)) + 6*rnd.NormFloat64())
		}
	}
	dst := make([]uint8, len(src))
	b.ReportAllocs()
	for b.Loop() {
		l.ApplyRow8(dst, src)
	}
	b.ReportMetric(4096*float64(b.N)/b.Elapsed().Seconds()/1e6, "MP/s")
}
