package iqa

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// reference is equation 13 of Wang et al. 2004 written plainly: 121 taps, five moments, float64.
func reference(ref, cand Plane) float64 {
	g := gaussian()
	sum, n := 0.0, 0
	for y := 0; y+11 <= ref.Height; y++ {
		for x := 0; x+11 <= ref.Width; x++ {
			sum += referenceAt(ref, cand, g, y*ref.Width+x)
			n++
		}
	}
	return sum / float64(n)
}

func referenceAt(ref, cand Plane, g [11][11]float64, at int) float64 {
	var ma, mb, aa, bb, ab float64
	for j := range 11 {
		for i := range 11 {
			k := at + j*ref.Width + i
			a, b, w := float64(ref.Pix[k]), float64(cand.Pix[k]), g[j][i]
			ma += w * a
			mb += w * b
			aa += w * a * a
			bb += w * b * b
			ab += w * a * b
		}
	}
	va, vb, cov := aa-ma*ma, bb-mb*mb, ab-ma*mb
	return (2*ma*mb + 6.5025) * (2*cov + 58.5225) / ((ma*ma + mb*mb + 6.5025) * (va + vb + 58.5225))
}

func gaussian() (g [11][11]float64) {
	sum := 0.0
	for j := range g {
		for i := range g {
			g[j][i] = math.Exp(-float64((i-5)*(i-5)+(j-5)*(j-5)) / (2 * 1.5 * 1.5))
			sum += g[j][i]
		}
	}
	for j := range g {
		for i := range g {
			g[j][i] /= sum
		}
	}
	return g
}

// tolerance is derived: a moment is at most 2·255² = 130,050 and a sum of 121 products, 24 roundings deep, so off
// by less than 130,050 · 24 · 2⁻⁵³ ≈ 3.5e-10 in either implementation; four such errors over
// c₂ = 58.5 stay below 5e-11.
const tolerance = 1e-6

func plane(w, h int, f func(x, y int) float64) Plane {
	p := Plane{Width: w, Height: h, Pix: make([]float32, w*h)}
	for i := range p.Pix {
		p.Pix[i] = float32(min(max(f(i%w, i/w), 0), 255))
	}
	return p
}

// textures are the kinds of content on which a filter or a cancellation can go wrong.
func textures(seed uint64) map[string]func(x, y int) float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	constant := func(v float64) func(x, y int) float64 { return func(int, int) float64 { return v } }
	return map[string]func(x, y int) float64{
		"black":          constant(0),
		"grey":           constant(128),
		"almost white":   constant(254),
		"white":          constant(255),
		"gradient right": func(x, y int) float64 { return float64(3 * x) },
		"gradient down":  func(x, y int) float64 { return 250 - float64(2*y) },
		"step":           func(x, y int) float64 { return 255 * float64(x/9%2) },
		"impulse": func(x, y int) float64 {
			if x == 7 && y == 6 {
				return 255
			}
			return 0
		},
		"noise":         func(x, y int) float64 { return 255 * r.Float64() },
		"noise on grey": func(x, y int) float64 { return math.Floor(128 + 4*r.NormFloat64()) },
		"fractions":     func(x, y int) float64 { return 100 + float64(x*y%7)/7 },
	}
}

func TestSSIMAgreesWithTheFormula(t *testing.T) {
	t.Parallel()
	sizes := [][2]int{{11, 11}, {12, 11}, {11, 12}, {13, 29}, {14, 14}, {15, 40}, {37, 23}}
	var w Workspace // reused over all sizes, so that a stale buffer would show
	for _, size := range sizes {
		for an, a := range textures(1) {
			for bn, b := range textures(2) {
				p, q := plane(size[0], size[1], a), plane(size[0], size[1], b)
				got, err := w.SSIM(p, q)
				if want := reference(p, q); err != nil || math.Abs(got-want) > tolerance {
					t.Errorf("SSIM(%s, %s) at %v = %.14f, %v; the formula gives %.14f", an, bn, size, got, err, want)
				}
			}
		}
	}
}

func TestWeightsAreTheNormalisedGaussian(t *testing.T) {
	t.Parallel()
	sum := 0.0
	for k := -5; k <= 5; k++ {
		sum += math.Exp(-float64(k*k) / 4.5)
	}
	for i, got := range []float64{weight0, weight1, weight2, weight3, weight4, weight5} {
		d := float64(5 - i)
		if want := math.Exp(-d*d/4.5) / sum; math.Abs(got-want) > 1e-16 {
			t.Errorf("weight%d = %.18f, want %.18f", i, got, want)
		}
	}
}

// BenchmarkSSIM reports megapixels of one plane a second.
func BenchmarkSSIM(b *testing.B) {
	for _, size := range [][2]int{{256, 256}, {768, 512}, {4000, 1000}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			p, q := plane(size[0], size[1], textures(1)["noise"]), plane(size[0], size[1], textures(2)["noise"])
			var w Workspace
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.SSIM(p, q); err != nil {
					b.Fatal(err)
				}
			}
			pixels := float64(size[0]) * float64(size[1]) * float64(b.N)
			b.ReportMetric(pixels/1e6/b.Elapsed().Seconds(), "MP/s")
		})
	}
}
