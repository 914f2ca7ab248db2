package colour

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// fma must round once: against exact arithmetic, with operands made so that the sum lies at or beside a halfway point.
func TestFMARoundsOnce(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(51, 52))
	odd := 0
	for i := range 400_000 {
		x, y, z := randomFloat(r), randomFloat(r), randomFloat(r)
		if i%2 == 0 { // x·y is a little less than half an ulp of z
			z = float32(math.Ldexp(1+float64(r.UintN(1<<23))/(1<<23), r.IntN(20)))
			half, tiny := math.Ldexp(1, math.Ilogb(float64(z))-24), math.Ldexp(1, -10-r.IntN(14))
			x, y = float32(half*(1+tiny)), float32(1-tiny) // half an ulp, and tiny² less
			if r.IntN(2) == 0 {
				x = -x
			}
		}
		exact := new(big.Float).SetPrec(400).SetFloat64(float64(x))
		exact.Mul(exact, new(big.Float).SetPrec(400).SetFloat64(float64(y)))
		exact.Add(exact, new(big.Float).SetPrec(400).SetFloat64(float64(z)))
		want, _ := exact.Float32()
		if float32(float64(x)*float64(y)+float64(z)) != want {
			odd++
		}
		if got := fma(x, y, z); got != want {
			t.Fatalf("fma(%g, %g, %g) = %g, want %g", x, y, z, got, want)
		}
	}
	if odd == 0 {
		t.Error("no operands tell one rounding from two: the test proves nothing")
	}
}

func randomFloat(r *rand.Rand) float32 {
	return float32(math.Ldexp(2*r.Float64()-1, r.IntN(60)-30))
}

// pictures for the kernels: random colours, near ones, and the corners where they take other paths.
func kernelPair(n int, seed uint64) (ref, cand []uint8) {
	r := rand.New(rand.NewPCG(seed, 53))
	ref, cand = make([]uint8, 3*n), make([]uint8, 3*n)
	for i := range n {
		p, q := ref[3*i:3*i+3], cand[3*i:3*i+3]
		for c := range p {
			p[c], q[c] = uint8(r.UintN(256)), uint8(r.UintN(256))
		}
		switch r.IntN(8) {
		case 0: // greys
			p[1], p[2] = p[0], p[0]
		case 1:
			q[1], q[2] = q[0], q[0]
		case 2: // equal
			copy(q, p)
		case 3: // near
			for c := range p {
				q[c] = uint8(min(255, max(0, int(p[c])+r.IntN(5)-2)))
			}
		case 4: // dark
			for c := range p {
				p[c], q[c] = p[c]&15, q[c]&15
			}
		case 5: // nearly neutral
			for c := range p {
				p[c], q[c] = uint8(min(255, int(p[0])+r.IntN(3))), uint8(min(255, int(q[0])+r.IntN(3)))
			}
		}
	}
	return ref, cand
}

func wide(row []uint8, r *rand.Rand) []uint16 {
	w := make([]uint16, len(row))
	for i, v := range row {
		w[i] = uint16(v)*257 ^ uint16(r.UintN(2)*r.UintN(256))
	}
	return w
}

// plain8 is the plain Go code, whatever the machine.
func plain8(ref, cand []uint8) []float32 {
	dst := make([]float32, len(ref)/3)
	for i := range dst {
		if p, q := ref[3*i:3*i+3], cand[3*i:3*i+3]; !bytes.Equal(p, q) {
			dst[i] = deltaE(lab8(p), lab8(q))
		}
	}
	return dst
}

func plain16(ref, cand []uint16) []float32 {
	dst := make([]float32, len(ref)/3)
	for i := range dst {
		dst[i] = deltaE(lab16(linear16(), ref[3*i:3*i+3]), lab16(linear16(), cand[3*i:3*i+3]))
	}
	return dst
}

func sameBits(a, b []float32) error {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return fmt.Errorf("pixel %d of %d is %v, want %v", i, len(a), a[i], b[i])
		}
	}
	return nil
}

// forms are those that this machine can run.
func forms() map[string]form {
	all := map[string]form{"plain Go": plainForm}
	if fastest >= avx2Form {
		all["AVX2"] = avx2Form
	}
	if fastest >= avx512Form {
		all["AVX-512"] = avx512Form
	}
	return all
}

// lengths are those around the sizes of groups and of a block.
func lengths() []int {
	all := []int{50_000, blockN - 1, blockN, blockN + 1, 3*blockN + 5}
	for n := range 35 {
		all = append(all, n, blockN+n)
	}
	for n := 2 * 16; n <= blockN; n += 16 {
		all = append(all, n-1, n, n+1)
	}
	return all
}

// The rows, in assembly where there is one, give the bits of the plain Go code.
func TestKernelsGiveTheBitsOfPlainGo(t *testing.T) {
	t.Parallel()
	for name, f := range forms() {
		k := &block{form: f}
		for _, n := range lengths() {
			ref, cand := kernelPair(n, uint64(n))
			dst := make([]float32, n)
			k.row8(dst, ref, cand)
			if err := sameBits(dst, plain8(ref, cand)); err != nil {
				t.Fatalf("%s, 8 bits: %v", name, err)
			}
			r := rand.New(rand.NewPCG(1, uint64(n)))
			ref16, cand16 := wide(ref, r), wide(cand, r)
			k.row16(dst, ref16, cand16)
			if err := sameBits(dst, plain16(ref16, cand16)); err != nil {
				t.Fatalf("%s, 16 bits: %v", name, err)
			}
		}
	}
}

// A group of values has one largest, one sum, one number above the threshold and one histogram in all forms.
func TestAllFormsTallyTheSame(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(61, 62))
	for _, n := range []int{1, 8, 15, 16, 17, 31, 48, 100, blockN} {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(r.IntN(3)) * float32(math.Exp(5*r.Float64()-3)) // a third is 0
		}
		want := &Difference{}
		want.Reset(1)
		want.add(values, 0, n, 0)
		for name, f := range forms() {
			got := NewDifference(1)
			got.block.form = f
			got.add(values, 0, n, 0)
			if g, w := got.Stats(), want.Stats(); g != w {
				t.Errorf("%s: %d values give %+v, want %+v", name, n, g, w)
			}
			if got.bins != want.bins {
				t.Errorf("%s: the histogram of %d values differs", name, n)
			}
		}
	}
}

// AddRows8 and 16 are the row function and AddRow in one, and write the same map.
func TestAddRowsIsRowsAdded(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{1, 1}, {7, 3}, {8, 8}, {13, 100}, {300, 7}, {1, 1000}, {1000, 1}, {256, 4}, {0, 0}} {
		width, rows := size[0], size[1]
		ref, cand := kernelPair(width*rows, uint64(width))
		r := rand.New(rand.NewPCG(2, uint64(width)))
		ref16, cand16 := wide(ref, r), wide(cand, r)
		for _, threshold := range []float64{-1, 0, 1.7, 5, 1000} {
			want8, want16, got8, got16 := NewDifference(threshold), NewDifference(threshold), NewDifference(threshold), NewDifference(threshold)
			row, heat := make([]float32, width), make([]float32, width*rows)
			for y := range rows {
				from, to := 3*width*y, 3*width*(y+1)
				DeltaERow8(row, ref[from:to], cand[from:to])
				want8.AddRow(y+9, row)
				DeltaERow16(row, ref16[from:to], cand16[from:to])
				want16.AddRow(y+9, row)
			}
			got8.AddRows8(9, ref, cand, width, heat)
			if got, want := got8.Stats(), want8.Stats(); got != want {
				t.Errorf("%d×%d, 8 bits: AddRows8 gives %+v, want %+v", width, rows, got, want)
			}
			if err := sameBits(heat, plain8(ref, cand)); err != nil {
				t.Errorf("%d×%d, 8 bits: the map's %v", width, rows, err)
			}
			got16.AddRows16(9, ref16, cand16, width, nil)
			if got, want := got16.Stats(), want16.Stats(); got != want {
				t.Errorf("%d×%d, 16 bits: AddRows16 gives %+v, want %+v", width, rows, got, want)
			}
		}
	}
}

// Even what no kernel gives is counted within the bins.
func TestCountStaysWithinTheBins(t *testing.T) {
	t.Parallel()
	values := make([]float32, 64)
	for i := range values {
		values[i] = []float32{float32(math.NaN()), float32(math.Inf(1)), -1, 1e30, 128, 127.99999, 0, 5}[i%8]
	}
	for name, f := range forms() {
		d := NewDifference(1)
		d.block.form = f
		d.add(values, 0, 64, 0)
		d.settle()
		got, want := d.bins[differenceN-1]+d.bins[0]+d.bins[5<<binBits+1], int64(64)
		if d.n != 64 || f != plainForm && got != want {
			t.Errorf("%s: %d values are in the bins, want %d", name, got, want)
		}
	}
}

// A used accumulator that was reset is as good as new.
func TestDifferenceReset(t *testing.T) {
	t.Parallel()
	ref, cand := kernelPair(1000, 5)
	d, fresh := NewDifference(1), NewDifference(3)
	d.AddRows8(0, ref, cand, 100, nil)
	d.Stats()
	d.AddRows8(0, ref, cand, 100, nil)
	d.Reset(3)
	d.AddRows8(4, cand[:600], ref[:600], 10, nil)
	fresh.AddRows8(4, cand[:600], ref[:600], 10, nil)
	if got, want := d.Stats(), fresh.Stats(); got != want {
		t.Errorf("after Reset: %+v, want %+v", got, want)
	}
	d.Reset(0)
	if got, want := d.Stats(), (Stats{}); got != want {
		t.Errorf("after Reset alone: %+v, want nothing", got)
	}
}

func TestAddRowsAllocatesNothing(t *testing.T) {
	ref, cand := photoRow(1000, 9)
	ref16, cand16 := wide(ref, rand.New(rand.NewPCG(1, 1))), wide(cand, rand.New(rand.NewPCG(1, 2)))
	d, heat := NewDifference(1), make([]float32, 1000)
	d.AddRows16(0, ref16, cand16, 100, heat) // makes the table of 16 bits
	if n := testing.AllocsPerRun(20, func() {
		d.Reset(2)
		d.AddRows8(0, ref, cand, 100, heat)
		d.AddRows16(0, ref16, cand16, 100, nil)
		d.Stats()
	}); n != 0 {
		t.Errorf("rows cost %v allocations, want none", n)
	}
}

func BenchmarkAddRows8(b *testing.B) {
	ref, cand := photoRow(100_000, 1)
	d := NewDifference(2)
	b.ReportAllocs()
	for b.Loop() {
		d.AddRows8(0, ref, cand, 1000, nil)
	}
	reportMegapixels(b, 100_000)
}

func BenchmarkAddRows8Map(b *testing.B) {
	ref, cand := photoRow(100_000, 1)
	d, heat := NewDifference(2), make([]float32, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		d.AddRows8(0, ref, cand, 1000, heat)
	}
	reportMegapixels(b, 100_000)
}

// Whatever the samples, the assembly gives the bits of the plain Go code.
func FuzzDeltaERow8(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 1}, []byte{255, 255, 255, 1, 0, 0})
	f.Add(bytes.Repeat([]byte{2, 0, 0}, 9), bytes.Repeat([]byte{0, 1, 1}, 9)) // exactly opposite hues
	f.Fuzz(func(t *testing.T, ref, cand []byte) {
		n := min(len(ref), len(cand)) / 3
		dst := make([]float32, n)
		DeltaERow8(dst, ref[:3*n], cand[:3*n])
		if err := sameBits(dst, plain8(ref[:3*n], cand[:3*n])); err != nil {
			t.Error(err)
		}
	})
}
