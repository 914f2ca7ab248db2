package iqa

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// All kernels that this machine can run are held to the plain ones, which the formula's tests hold.

const poison = float32(-3e33) // in float32, its square is infinite

func prepared(k kernels) *Workspace {
	w := &Workspace{buf: new(buffers), kernels: k}
	for i := range w.buf.ring {
		w.buf.ring[i] = poison
	}
	return w
}

// signal is content for filters: an offset that cancels, steps, and noise of the given strength.
func signal(r *rand.Rand, v []float32, offset, step, noise float64) {
	period := 1 + r.IntN(20)
	for i := range v {
		v[i] = float32(offset + step*float64(i/period%2) + noise*r.NormFloat64())
	}
}

func TestAcrossAgreesWithThePlainKernel(t *testing.T) {
	t.Parallel()
	for name, k := range implementations() {
		r := rand.New(rand.NewPCG(11, 1))
		for trial := range 400 {
			in := rowsOf{blocks: 1 + r.IntN(tile/lanes), rows: 1 + r.IntN(group)}
			n := in.blocks*lanes + window - 1
			in.stride = n + r.IntN(9)
			in.sums, in.diffs = make([]float32, in.stride*in.rows), make([]float32, in.stride*in.rows)
			noise := math.Pow(10, 3-6*r.Float64())
			signal(r, in.sums, 500e3*r.Float64(), 200e3*float64(r.IntN(2)), noise)
			signal(r, in.diffs, 500e3*(r.Float64()-0.5), 200e3*float64(r.IntN(2)), noise)
			slot := r.IntN(20)
			got, want := prepared(k), prepared(plain)
			k.across(got.buf, slot, in)
			plain.across(want.buf, slot, in)
			largest := float64(max(slices.Max(in.sums), -slices.Min(in.diffs), slices.Max(in.diffs)))
			for i, v := range want.buf.ring {
				row, m, column := i/ringRow, i%ringRow/pitch, i%pitch
				tolerance := largest * 0x1p-23 // a mean, to a float32 of the largest value in it
				switch {
				case v == poison:
					tolerance = 0 // not to be written
				case m%2 == 1:
					// A variance is right relative to itself, whatever the mean. The plain kernel's float64 has 2⁻⁴⁹ of the square.
					tolerance = float64(v)*1e-6 + largest*largest*0x1p-49
				}
				if g := got.buf.ring[i]; !(math.Abs(float64(g-v)) <= tolerance) {
					t.Fatalf("%s, trial %d: row %d, map %d, column %d is %v, want %v; noise %v", name, trial, row, m, column, g, v, noise)
				}
			}
		}
	}
}

func TestDownAgreesWithThePlainKernel(t *testing.T) {
	t.Parallel()
	for name, k := range implementations() {
		r := rand.New(rand.NewPCG(12, 1))
		for trial := range 200 {
			first := r.IntN(tile / lanes)
			blocks, slot := 1+r.IntN(tile/lanes-first), r.IntN(9)
			got, want := prepared(k), prepared(plain)
			for row := range ringSlots * group {
				for m, base := range []float64{250, 50, 100 * (r.Float64() - 0.5), 20} {
					at := row*ringRow + m*pitch + first*lanes
					moments := got.buf.ring[at:][:blocks*lanes] // poison stays elsewhere
					signal(r, moments, base, base*0.8*float64(r.IntN(2)), 2)
					copy(want.buf.ring[at:], moments)
				}
			}
			for _, w := range []*Workspace{got, want} {
				w.buf.limits = [2]float32{2 * c1, 2 * c2}
				for i := range w.buf.out {
					w.buf.out[i] = poison
				}
				w.kernels.down(w.buf, slot, first, blocks, &w.buf.totals)
			}
			for i, v := range want.buf.out {
				if g := got.buf.out[i]; !(math.Abs(float64(g-v)) <= 2e-6) || (v == poison) != (g == poison) {
					t.Fatalf("%s, trial %d: row %d, column %d is %v, want %v", name, trial, i/tile, i%tile, g, v)
				}
			}
			for i, v := range want.buf.totals {
				if g := got.buf.totals[i]; !(math.Abs(g-v) <= 2e-6*float64(group*blocks)) {
					t.Fatalf("%s, trial %d: total %d is %v, want %v", name, trial, i, g, v)
				}
			}
		}
	}
}

// TestVectorsOfAnyWidthGiveTheSameBits is what makes a result independent of the processor, where it has vectors.
func TestVectorsOfAnyWidthGiveTheSameBits(t *testing.T) {
	t.Parallel()
	results := map[string]Scores{}
	for name, k := range implementations() {
		if name == "plain" {
			continue
		}
		w := Workspace{buf: new(buffers), kernels: k}
		for _, size := range [][2]int{{11, 11}, {26, 30}, {139, 17}, {283, 177}, {330, 191}} {
			a, b := packedNoise(size[0], size[1], 44)
			got, err := w.Measure8(a, b, size[0], size[1])
			if err != nil {
				t.Fatal(err)
			}
			got.MSSSIMErr = nil
			at := fmt.Sprint(size)
			if want, ok := results[at]; ok && got != want {
				t.Errorf("%s: %s measures %+v, another width %+v", at, name, got, want)
			}
			results[at] = got
		}
	}
}

// lengths are sizes at which whole vectors end or begin, up to a whole strip.
func lengths() []int {
	v := []int{}
	for n := range 2*lanes + 2 {
		v = append(v, n)
	}
	return append(v, 23, 24, 25, 47, 48, 49, tile-1, tile, tile+10, fetch)
}

// TestSourcesEqualThePlainKernels demands equal bits: these kernels round nothing, or as the plain ones do.
func TestSourcesEqualThePlainKernels(t *testing.T) {
	t.Parallel()
	for name, k := range implementations() {
		sourcesEqual(t, name, k)
	}
}

func sourcesEqual(t *testing.T, name string, k kernels) {
	r := rand.New(rand.NewPCG(13, 1))
	for _, n := range lengths() {
		bytes, words, floats := [2][]uint8{}, [2][]uint16{}, [2][]float32{}
		for i := range 2 {
			bytes[i], words[i], floats[i] = make([]uint8, 3*n), make([]uint16, 3*n), make([]float32, 2*n)
			for j := range bytes[i] {
				bytes[i][j], words[i][j] = uint8(r.Uint32()), uint16(r.Uint32())
				if r.IntN(4) == 0 { // the extremes, where products are largest
					bytes[i][j], words[i][j] = 255*uint8(r.IntN(2)), 65535*uint16(r.IntN(2))
				}
			}
			for j := range floats[i] {
				floats[i][j] = 255 * r.Float32()
			}
		}
		for _, weights := range [][4]int16{luma, red, green, blue} {
			b := &buffers{weights: weights}
			same(t, n, name+" mix8", func(k kernels, s, d []float32) { k.mix8(b, s, d, bytes[0], bytes[1]) }, k)
			same(t, n, name+" mix16", func(k kernels, s, d []float32) { k.mix16(b, s, d, words[0], words[1]) }, k)
		}
		same(t, n, name+" addSubtract", func(k kernels, s, d []float32) { k.addSubtract(s, d, floats[0], floats[1]) }, k)
		same(t, n, name+" halve", func(k kernels, s, d []float32) { k.halve(s, floats[0], floats[1]) }, k)

		got, want := new(buffers), new(buffers)
		k.squares8(got, bytes[0], bytes[1])
		squares8(want, bytes[0], bytes[1])
		if g, w := got.takeSquares(), want.takeSquares(); g != w {
			t.Errorf("%s squares8 of %d pixels = %v, want %v", name, n, g, w)
		}
	}
}

// same runs a kernel on two results of n values between canaries.
func same(t *testing.T, n int, name string, run func(k kernels, s, d []float32), fast kernels) {
	t.Helper()
	var results [2][]float32
	for i, k := range []kernels{fast, plain} {
		all := slices.Repeat([]float32{poison}, 2*n+3*lanes)
		run(k, all[lanes:][:n], all[n+2*lanes:][:n])
		results[i] = all
	}
	for i, v := range results[1] {
		if results[0][i] != v {
			t.Fatalf("%s of %d: value %d is %v, want %v", name, n, i, results[0][i], v)
		}
	}
}

// TestSquaresDoNotOverflow adds the greatest difference more often than a 32-bit counter bears.
func TestSquaresDoNotOverflow(t *testing.T) {
	t.Parallel()
	ref, cand := make([]uint8, 48*70_000), slices.Repeat([]uint8{255}, 48*70_000)
	b := new(buffers)
	k := fastest()
	k.squares8(b, ref[:48*1000], cand[:48*1000])
	k.squares8(b, ref, cand)
	want := uint64(255*255) * 16 * 71_000
	if got := b.takeSquares(); got != [3]uint64{want, want, want} {
		t.Errorf("sums = %v, want %d each", got, want)
	}
}
