package colour

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"
)

// checkRow8 compares a row with the reference. It forgives a pair of opposite hues.
func checkRow8(t *testing.T, ref, cand []uint8) (worst float64) {
	t.Helper()
	dst := make([]float32, len(ref)/3)
	for i := range dst {
		dst[i] = -1
	}
	DeltaERow8(dst, ref, cand)
	for i, got := range dst {
		p, q := FromSRGB8(ref[3*i], ref[3*i+1], ref[3*i+2]), FromSRGB8(cand[3*i], cand[3*i+1], cand[3*i+2])
		err := math.Abs(float64(got) - DeltaE2000(p, q))
		if !(err <= 1e-4) && !oppositeHues(p, q) {
			t.Fatalf("ΔE00 of %v and %v is %v, want %v", ref[3*i:3*i+3], cand[3*i:3*i+3], got, DeltaE2000(p, q))
		}
		if err > worst && !oppositeHues(p, q) {
			worst = err
		}
	}
	return worst
}

// Every pair of colours of a grid through the whole cube, its corners and near-black colours included.
func TestDeltaERow8Grid(t *testing.T) {
	t.Parallel()
	levels := []uint8{0, 1, 2, 10, 11, 64, 128, 200, 254, 255}
	var grid []uint8
	for _, r := range levels {
		for _, g := range levels {
			for _, b := range levels {
				grid = append(grid, r, g, b)
			}
		}
	}
	ref := make([]uint8, len(grid))
	worst := 0.0
	for i := 0; i < len(grid); i += 3 {
		for j := range ref {
			ref[j] = grid[i+j%3]
		}
		worst = max(worst, checkRow8(t, ref, grid))
	}
	t.Logf("largest error over %d pairs: %.2g", len(grid)*len(grid)/9, worst)
}

func TestDeltaERow8Random(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	ref, cand := make([]uint8, 3*1000), make([]uint8, 3*1000)
	worst := 0.0
	for round := range 400 {
		for i := range ref {
			ref[i] = uint8(r.UintN(256))
			cand[i] = uint8(r.UintN(256))
			if round%2 == 1 {
				cand[i] = uint8(min(255, max(0, int(ref[i])+r.IntN(9)-4)))
			}
		}
		worst = max(worst, checkRow8(t, ref, cand))
	}
	t.Logf("largest error: %.2g", worst)
}

func TestDeltaERow16Random(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	ref, cand, dst := make([]uint16, 3*1000), make([]uint16, 3*1000), make([]float32, 1000)
	worst := 0.0
	for round := range 200 {
		for i := range ref {
			ref[i] = uint16(r.UintN(65536))
			cand[i] = uint16(r.UintN(65536))
			if round%2 == 1 {
				cand[i] = uint16(min(65535, max(0, int(ref[i])+r.IntN(65)-32)))
			}
		}
		DeltaERow16(dst, ref, cand)
		for i, got := range dst {
			p, q := FromSRGB16(ref[3*i], ref[3*i+1], ref[3*i+2]), FromSRGB16(cand[3*i], cand[3*i+1], cand[3*i+2])
			err := math.Abs(float64(got) - DeltaE2000(p, q))
			if oppositeHues(p, q) {
				continue
			}
			if !(err <= 1e-4) {
				t.Fatalf("ΔE00 of %v and %v is %v, want %v", ref[3*i:3*i+3], cand[3*i:3*i+3], got, DeltaE2000(p, q))
			}
			worst = max(worst, err)
		}
	}
	t.Logf("largest error: %.2g", worst)
}

func TestDeltaERowsOfEqualPixels(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 10))
	row8, row16 := make([]uint8, 3*4096), make([]uint16, 3*4096)
	for i := range row8 {
		row8[i], row16[i] = uint8(r.UintN(256)), uint16(r.UintN(65536))
	}
	dst := make([]float32, 4096)
	for name, run := range map[string]func(){
		"8 bits":  func() { DeltaERow8(dst, row8, row8) },
		"16 bits": func() { DeltaERow16(dst, row16, row16) },
	} {
		for i := range dst {
			dst[i] = -1
		}
		run()
		for i, d := range dst {
			if d != 0 {
				t.Fatalf("%s: pixel %d differs from itself by %v, want exactly 0", name, i, d)
			}
		}
	}
}

// The cache must not show: a row gives what its pixels give one by one.
func TestDeltaERow8CacheIsInvisible(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 12))
	ref, cand, dst := make([]uint8, 3*20_000), make([]uint8, 3*20_000), make([]float32, 20_000)
	for i := range ref {
		ref[i], cand[i] = uint8(r.UintN(5)*60), uint8(r.UintN(5)*60)
	}
	DeltaERow8(dst, ref, cand)
	one := make([]float32, 1)
	for i, d := range dst {
		DeltaERow8(one, ref[3*i:3*i+3], cand[3*i:3*i+3])
		if one[0] != d {
			t.Fatalf("pixel %d: %v in the row, %v alone", i, d, one[0])
		}
	}
}

// The bits of the row kernels are promised to be the same on every machine; with assembly and without.
func TestDeltaERowBits(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(13, 14))
	const n = 50_000
	ref8, cand8 := make([]uint8, 3*n), make([]uint8, 3*n)
	ref16, cand16 := make([]uint16, 3*n), make([]uint16, 3*n)
	for i := range ref8 {
		ref8[i], cand8[i] = uint8(r.UintN(256)), uint8(r.UintN(256))
		ref16[i], cand16[i] = uint16(r.UintN(65536)), uint16(r.UintN(65536))
	}
	dst := make([]float32, 2*n)
	DeltaERow8(dst[:n], ref8, cand8)
	DeltaERow16(dst[n:], ref16, cand16)
	h := fnv.New64a()
	for _, d := range dst {
		bits := math.Float32bits(d)
		h.Write([]byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)})
	}
	const want = "f63d786157623a30"
	if got := fmt.Sprintf("%016x", h.Sum64()); got != want {
		t.Errorf("digest of %d differences is %s, want %s", 2*n, got, want)
	}
}

func TestDeltaERowPanicsOnUnequalLengths(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a row with too few samples was accepted")
		}
	}()
	DeltaERow8(make([]float32, 2), make([]uint8, 6), make([]uint8, 5))
}

// photoRow is a row like a photograph's: smooth with noise; cand is ref after a mild tone change with noise of its own.
func photoRow(n int, seed uint64) (ref, cand []uint8) {
	r := rand.New(rand.NewPCG(seed, 1))
	ref, cand = make([]uint8, 3*n), make([]uint8, 3*n)
	for i := range n {
		for c := range 3 {
			v := 120 + 80*math.Sin(float64(i)/200+float64(c)) + 6*r.NormFloat64()
			ref[3*i+c] = uint8(v)
			cand[3*i+c] = uint8(v*0.95 + 8 + 2*r.NormFloat64())
		}
	}
	return ref, cand
}

func reportMegapixels(b *testing.B, pixels int) {
	b.ReportMetric(float64(pixels)*float64(b.N)/b.Elapsed().Seconds()/1e6, "MP/s")
}

func BenchmarkDeltaERow8Noise(b *testing.B) {
	ref, cand := photoRow(100_000, 1)
	dst := make([]float32, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		DeltaERow8(dst, ref, cand)
	}
	reportMegapixels(b, len(dst))
}

func BenchmarkDeltaERow8Short(b *testing.B) {
	ref, cand := photoRow(256, 1)
	dst := make([]float32, 256)
	b.ReportAllocs()
	for b.Loop() {
		DeltaERow8(dst, ref, cand)
	}
	reportMegapixels(b, len(dst))
}

func BenchmarkDeltaERow16Noise(b *testing.B) {
	ref8, cand8 := photoRow(100_000, 1)
	ref, cand := make([]uint16, len(ref8)), make([]uint16, len(ref8))
	for i := range ref {
		ref[i], cand[i] = uint16(ref8[i])*257+uint16(i%5), uint16(cand8[i])*257+uint16(i%7)
	}
	dst := make([]float32, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		DeltaERow16(dst, ref, cand)
	}
	reportMegapixels(b, len(dst))
}

func BenchmarkDeltaE2000(b *testing.B) {
	p, q := Lab{50, 20, 30}, Lab{55, 18, 33}
	sink := 0.0
	for b.Loop() {
		sink += DeltaE2000(p, q)
	}
	reportMegapixels(b, 1)
	if sink == 0 {
		b.Fatal("no difference")
	}
}
