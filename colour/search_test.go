package colour

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// long asks for the whole search: go test ./colour -run Worst -long 10m.
var long = flag.Duration("long", 0, "search the worst case of the kernels for this time, over all colours")

// The error of the kernels' Lab, over all 2²⁴ colours with -long, else over every 97th.
func TestWorstLab(t *testing.T) {
	t.Parallel()
	step := 97
	if *long > 0 {
		step = 1
	}
	var worst Lab
	for code := 0; code < 1<<24; code += step {
		p := [3]uint8{uint8(code >> 16), uint8(code >> 8), uint8(code)}
		fast, exact := lab8(p[:]), FromSRGB8(p[0], p[1], p[2])
		worst.L = max(worst.L, math.Abs(lightUnit*float64(fast.y)-16-exact.L))
		worst.A = max(worst.A, math.Abs(float64(fast.a)-exact.A))
		worst.B = max(worst.B, math.Abs(float64(fast.b)-exact.B))
		if p[0] == p[1] && p[1] == p[2] && (fast.a != 0 || fast.b != 0) {
			t.Fatalf("grey %d becomes %v, want it exactly neutral", p[0], fast)
		}
	}
	t.Logf("largest errors: %.2g", worst)
	if worst.L > 1.1e-5 || worst.A > 3e-5 || worst.B > 3.5e-5 {
		t.Errorf("the kernels' Lab is off by %.2g, more than doc.go promises", worst)
	}
}

// pair is two 16-bit colours; 8-bit ones are multiples of 257.
type pair [6]uint16

// error is that of the kernels for 8 bits, where unit is 257, or 16, where it is 1; the bound is 1e-4.
func (p pair) error(unit uint16) float64 {
	var fast float32
	if unit == 257 {
		var c [6]uint8
		for i, v := range p {
			c[i] = uint8(v / 257)
		}
		fast = deltaE(lab8(c[:3]), lab8(c[3:]))
	} else {
		fast = deltaE(lab16(linear16(), p[:3]), lab16(linear16(), p[3:]))
	}
	a, b := FromSRGB16(p[0], p[1], p[2]), FromSRGB16(p[3], p[4], p[5])
	if oppositeHues(a, b) {
		return 0
	}
	return math.Abs(float64(fast)-DeltaE2000(a, b)) * (1e-4 / p.bound())
}

// oppositeHues tells the pairs that the promise excludes: the formula jumps where hues are 180° apart, and the float32
// of Lab cannot tell which side of the jump a pair is on when the line through its colours passes the neutral axis
// closer than their error.
func oppositeHues(p, q Lab) bool {
	c1, c2 := math.Hypot(p.A, p.B), math.Hypot(q.A, q.B)
	return p.A*q.A+p.B*q.B < 0 && math.Abs(p.A*q.B-p.B*q.A) <= 2e-6*(c1+c2)+1e-6*c1*c2
}

// bound is the error that doc.go promises for a pair.
func (p pair) bound() float64 {
	for _, c := range []Lab{FromSRGB16(p[0], p[1], p[2]), FromSRGB16(p[3], p[4], p[5])} {
		if chroma := math.Hypot(c.A, c.B); chroma > 0 && chroma < 0.01 {
			return 4e-4
		}
	}
	return 1e-4
}

// regimes make pairs where something of the kernels is put to the test.
var regimes = []struct {
	name string
	make func(r *rand.Rand) [6]int // of 0 to 65535
}{
	{"any", func(r *rand.Rand) [6]int { return [6]int{any16(r), any16(r), any16(r), any16(r), any16(r), any16(r)} }},
	{"near", func(r *rand.Rand) [6]int {
		p := [6]int{any16(r), any16(r), any16(r)}
		for i := range 3 {
			p[i+3] = p[i] + r.IntN(2000) - 1000
		}
		return p
	}},
	{"near neutral", func(r *rand.Rand) [6]int {
		g, h := any16(r), any16(r)
		return [6]int{g, g + r.IntN(1000), g + r.IntN(1000), h, h + r.IntN(1000), h + r.IntN(1000)}
	}},
	{"light neutral", func(r *rand.Rand) [6]int {
		var p [6]int
		for i := range p {
			p[i] = 65535 - r.IntN(3000)
		}
		return p
	}},
	{"complementary", func(r *rand.Rand) [6]int {
		p := [6]int{any16(r), any16(r), any16(r)}
		for i := range 3 {
			p[i+3] = 65535 - p[i]
		}
		return p
	}},
	{"blue", func(r *rand.Rand) [6]int {
		return [6]int{any16(r) / 2, any16(r) / 2, 65535 - r.IntN(20000), any16(r) / 2, any16(r) / 2, 65535 - r.IntN(20000)}
	}},
	{"dark", func(r *rand.Rand) [6]int {
		var p [6]int
		for i := range p {
			p[i] = r.IntN(8000)
		}
		return p
	}},
	{"corners", func(r *rand.Rand) [6]int {
		var p [6]int
		for i := range p {
			p[i] = r.IntN(2)*65535 + r.IntN(4000) - 2000
		}
		return p
	}},
}

func any16(r *rand.Rand) int { return r.IntN(65536) }

// climb changes samples of a pair as long as the error grows.
func climb(r *rand.Rand, start [6]int, unit uint16) (pair, float64) {
	fit := func(v int) uint16 { return uint16(min(65535, max(0, v))) / unit * unit }
	var best pair
	for i, v := range start {
		best[i] = fit(v)
	}
	worst := best.error(unit)
	for tries := 0; tries < 60; tries++ {
		next := best
		for range 1 + r.IntN(3) {
			i := r.IntN(6)
			next[i] = fit(int(next[i]) + (r.IntN(17)-8)*int(unit)*(1+r.IntN(2)*r.IntN(30)))
		}
		if e := next.error(unit); e > worst {
			best, worst, tries = next, e, 0
		}
	}
	return best, worst
}

// The bound that doc.go states is the largest error that this search finds, rounded up: it climbs from thousands of
// pairs of each regime (with -long, millions) to the worst pair around.
func TestWorstDifference(t *testing.T) {
	t.Parallel()
	for _, unit := range []uint16{257, 1} {
		for i, regime := range regimes {
			r := rand.New(rand.NewPCG(uint64(i), uint64(*long)))
			var at pair
			worst := 0.0
			begin := time.Now()
			for n := 0; n < 100 || time.Since(begin) < *long/time.Duration(2*len(regimes)); n++ {
				if p, e := climb(r, regime.make(r), unit); e > worst {
					at, worst = p, e
				}
			}
			t.Logf("step %d, %s: %.3g at %v", unit, regime.name, worst, at)
			if worst > 1e-4 {
				t.Errorf("step %d, %s: ΔE00 of %v is off by %.3g, more than doc.go promises", unit, regime.name, at, worst)
			}
		}
	}
}
