package icc

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/safelight-dev/safelight/colour"
)

// encoded is linear light as a code, not rounded.
func encoded(linear, most float64) float64 {
	return most * math.Max(0, math.Min(1, colour.ToEncoded(linear)))
}

// The rows round what the exact transform gives, which has no tables of its own.
func TestRowsAreExact(t *testing.T) {
	t.Parallel()
	for _, c := range goldenCases(t) {
		rowsAreExact(t, c.name, c.profile)
	}
}

func rowsAreExact(t *testing.T, name string, p *Profile) {
	t.Helper()
	e, err := p.exact(Perceptual)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := NewTransform(p, Perceptual)
	if err != nil {
		t.Fatal(err)
	}
	n := tr.Channels()
	src16 := slices.Concat(goldenColours(n), randomSamples(200*n))
	src8 := to8(src16)
	dst16, dst8 := make([]uint16, 3*len(src16)/n), make([]uint8, 3*len(src8)/n)
	tr.Row16(dst16, src16)
	tr.Row8(dst8, src8)
	for i := range len(src16) / n {
		var device8, device16 [4]float64
		for c := range n {
			device8[c], device16[c] = float64(src8[i*n+c])/255, float64(src16[i*n+c])/65535
		}
		l8, l16 := e.linear(device8), e.linear(device16)
		for c := range 3 {
			if want := encoded(l8[c], 255); math.Abs(float64(dst8[3*i+c])-want) > 0.51 {
				t.Errorf("%s: 8-bit %v gives %d, want %.3f", name, src8[i*n:i*n+n], dst8[3*i+c], want)
			}
			if want := encoded(l16[c], 65535); math.Abs(float64(dst16[3*i+c])-want) > 2 {
				t.Errorf("%s: 16-bit %v gives %d, want %.3f", name, src16[i*n:i*n+n], dst16[3*i+c], want)
			}
		}
	}
}

func randomSamples(n int) []uint16 {
	random := rand.New(rand.NewPCG(5, 6))
	s := make([]uint16, n)
	for i := range s {
		s[i] = uint16(random.UintN(65536))
	}
	return s
}

// Each border between codes, from both sides, and light that is outside.
func TestEncoder8(t *testing.T) {
	t.Parallel()
	e := toCode8()
	for c := range 255 {
		border := colour.ToLinear((float64(c) + 0.5) / 255)
		if below, above := e.code(light8(border-1e-7)), e.code(light8(border+1e-7)); int(below) != c || int(above) != c+1 {
			t.Errorf("around the border after %d the codes are %d and %d", c, below, above)
		}
	}
	for light, want := range map[float64]uint8{math.Inf(-1): 0, -9: 0, -4: 0, -1e-9: 0, 0: 0, 1: 255, 3.99: 255, 4: 255, 1e9: 255, math.Inf(1): 255} {
		if got := e.code(light8(light)); got != want {
			t.Errorf("light %v has code %d, want %d", light, got, want)
		}
		if got := e.code(clip8(float32(max(-100, min(100, light))))); got != want {
			t.Errorf("light %v of a grid has code %d, want %d", light, got, want)
		}
	}
	if got := e.code(light8(math.NaN())); got != 0 {
		t.Errorf("no number has code %d, want 0", got)
	}
}

// Over all cells, in light and in its square root, the code is within 0.7 of the exact one, so rounded nearly always.
func TestEncoder16(t *testing.T) {
	t.Parallel()
	e := toCode16()
	const steps = 1 << 20
	for i := range steps + 1 {
		at := float64(i) / steps
		for _, light := range []float64{at, at * at} {
			if got, want := float64(e.code(float32(light))), encoded(float64(float32(light)), 65535); math.Abs(got-want) > 0.7 {
				t.Fatalf("light %v has code %v, want %v", light, got, want)
			}
		}
	}
	for light, want := range map[float64]uint16{math.Inf(-1): 0, -1: 0, 0: 0, 1: 65535, 7: 65535, math.Inf(1): 65535, math.NaN(): 0} {
		if got := e.code(float32(light)); got != want {
			t.Errorf("light %v has code %d, want %d", light, got, want)
		}
	}
}

// Both ways to the inverse of Lab's function agree, where they meet too.
func TestLabInverse(t *testing.T) {
	t.Parallel()
	for i := -300; i <= 1500; i++ {
		f := float64(i) / 1000
		if got, want := float64(labInverse32(float32(f))), labInverse(f); math.Abs(got-want) > 1e-6 {
			t.Errorf("labInverse32(%v) = %v, want %v", f, got, want)
		}
	}
}

func transformOf(t testing.TB, data []byte) *Transform {
	t.Helper()
	p, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := NewTransform(p, Relative)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// Rows of any length: as many pixels as both sides have, and not a sample more.
func TestRowLengths(t *testing.T) {
	t.Parallel()
	for name, data := range madeProfiles() {
		tr := transformOf(t, data)
		n := tr.Channels()
		for _, pixels := range []int{0, 1, 2, 7, 8, 9} {
			for _, extra := range []int{0, 1, 2} {
				dst, src := slices.Repeat([]uint8{0xa5}, 3*pixels+extra), make([]uint8, n*pixels+n-1)
				tr.Row8(dst, src)
				wide, wideSrc := slices.Repeat([]uint16{0xa5a5}, 3*pixels+extra), make([]uint16, n*pixels+n-1)
				tr.Row16(wide, wideSrc)
				for i := range extra {
					if dst[3*pixels+i] != 0xa5 || wide[3*pixels+i] != 0xa5a5 {
						t.Fatalf("%s: %d pixels write past their end", name, pixels)
					}
				}
			}
		}
		short := []uint8{1, 2}
		tr.Row8(short, make([]uint8, 64))
		tr.Row8(make([]uint8, 64), short[:min(2, n-1)])
		tr.Row8(nil, nil)
		tr.Row16(nil, nil)
	}
}

// Three channels may be converted in place.
func TestRowInPlace(t *testing.T) {
	t.Parallel()
	for name, data := range madeProfiles() {
		tr := transformOf(t, data)
		if tr.Channels() != 3 {
			continue
		}
		src := to8(slices.Repeat(randomSamples(300), 2))
		copy(src[30:], src[:30])
		want := make([]uint8, len(src))
		tr.Row8(want, src)
		if tr.Row8(src, src); !slices.Equal(src, want) {
			t.Errorf("%s: 8 bits differ in place", name)
		}
		wide := slices.Repeat([]uint16{7, 9, 60000, 7, 9, 60000, 800, 90, 1}, 5)
		want16 := make([]uint16, len(wide))
		tr.Row16(want16, wide)
		if tr.Row16(wide, wide); !slices.Equal(wide, want16) {
			t.Errorf("%s: 16 bits differ in place", name)
		}
	}
}

func TestRowsAllocateNothing(t *testing.T) {
	for name, data := range madeProfiles() {
		tr := transformOf(t, data)
		src, dst := make([]uint8, 64*tr.Channels()), make([]uint8, 3*64)
		wide, wideDst := make([]uint16, 64*tr.Channels()), make([]uint16, 3*64)
		tr.Row16(wideDst, wide)
		if n := testing.AllocsPerRun(10, func() { tr.Row8(dst, src); tr.Row16(wideDst, wide) }); n != 0 {
			t.Errorf("%s: a row allocates %v times, want never", name, n)
		}
	}
}

// One transform serves many goroutines; the race detector watches.
func TestTransformIsConcurrent(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"rgb2-gamma", "cmyk2-lut16", "grey2-gamma", "rgb4-mab-b"} {
		tr := transformOf(t, madeProfiles()[name])
		src := randomSamples(600)
		want := make([]uint16, 3*len(src)/tr.Channels())
		tr.Row16(want, src)
		fresh := transformOf(t, madeProfiles()[name])
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				got := make([]uint16, len(want))
				if fresh.Row16(got, src); !slices.Equal(got, want) {
					t.Errorf("%s: goroutines get different rows", name)
				}
				fresh.Row8(make([]uint8, len(want)), to8(src))
			})
		}
		all.Wait()
	}
}

func BenchmarkRow8(b *testing.B) {
	for _, name := range []string{"rgb2-gamma", "rgb2-lut16-lab", "cmyk2-lut16", "grey2-gamma"} {
		b.Run(name, func(b *testing.B) {
			tr := transformOf(b, madeProfiles()[name])
			const pixels = 1 << 14
			src, dst := to8(randomSamples(pixels*tr.Channels())), make([]uint8, 3*pixels)
			for b.Loop() {
				tr.Row8(dst, src)
			}
			b.ReportMetric(float64(b.N)*pixels/1e6/b.Elapsed().Seconds(), "MP/s")
		})
	}
}
