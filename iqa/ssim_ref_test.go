package iqa

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// reference is equation 13 of Wang et al. 2004 written plainly: 121 taps, five moments, float64. Of MS-SSIM it
// gives the mean of the second factor, contrast × structure.
func reference(ref, cand Plane) (full, second float64) {
	g := gaussian()
	n := 0.0
	for y := 0; y+11 <= ref.Height; y++ {
		for x := 0; x+11 <= ref.Width; x++ {
			l, cs := referenceAt(ref, cand, &g, y*ref.Width+x)
			full += l * cs
			second += cs
			n++
		}
	}
	return full / n, second / n
}

func referenceAt(ref, cand Plane, g *[11][11]float64, at int) (luminance, contrastStructure float64) {
	var ma, mb, aa, bb, ab float64
	// Of values less a constant, which changes no variance, so that float64 cancels less.
	oa, ob := float64(ref.Pix[at]), float64(cand.Pix[at])
	for j := range 11 {
		for i := range 11 {
			k := at + j*ref.Width + i
			a, b, w := float64(ref.Pix[k])-oa, float64(cand.Pix[k])-ob, g[j][i]
			ma += w * a
			mb += w * b
			aa += w * a * a
			bb += w * b * b
			ab += w * a * b
		}
	}
	va, vb, cov := aa-ma*ma, bb-mb*mb, ab-ma*mb
	ma, mb = ma+oa, mb+ob
	return (2*ma*mb + 6.5025) / (ma*ma + mb*mb + 6.5025), (2*cov + 58.5225) / (va + vb + 58.5225)
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

// Agreement promised in the package comment. A whole picture's mean is an order of magnitude nearer; the worst case is
// a picture of a single window, for which TestHardestPictures searches.
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
	sizes := [][2]int{{11, 11}, {12, 11}, {11, 12}, {13, 29}, {14, 14}, {15, 40}, {37, 23}, {tile + 11, 12}}
	ws := map[string]*Workspace{} // reused over all sizes, so that a stale buffer would show
	for name, k := range implementations() {
		ws[name] = &Workspace{buf: new(buffers), kernels: k}
	}
	for _, size := range sizes {
		for an, a := range textures(1) {
			for bn, b := range textures(2) {
				p, q := plane(size[0], size[1], a), plane(size[0], size[1], b)
				want, _ := reference(p, q)
				for name, w := range ws {
					if got, err := w.SSIM(p, q); err != nil || math.Abs(got-want) > tolerance {
						t.Errorf("%s: SSIM(%s, %s) at %v = %.14f, %v; the formula gives %.14f", name, an, bn, size, got, err, want)
					}
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
