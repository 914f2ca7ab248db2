package iqa

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The kernels one by one. TestSSIMAgreesWithTheFormula and the tests beside it hold all of an implementation.

const poison = float32(-3e33) // in float32, its square is infinite

// poisoned buffers show what a kernel wrote.
func poisoned() *buffers {
	b := new(buffers)
	for i := range b.ring {
		b.ring[i] = poison
	}
	for i := range b.out {
		b.out[i] = poison
	}
	return b
}

// signal is content for filters: an offset that cancels, steps, and noise of the given strength.
func signal(r *rand.Rand, v []float32, offset, step, noise float64) {
	period := 1 + r.IntN(20)
	for i := range v {
		v[i] = float32(offset + step*float64(i/period%2) + noise*r.NormFloat64())
	}
}

// weigh is the mean and the variance of 11 values under the window, about the first.
func weigh(v func(tap int) float64) (mean, variance float64) {
	g := [...]float64{weight0, weight1, weight2, weight3, weight4, weight5, weight4, weight3, weight2, weight1, weight0}
	for k, w := range g {
		mean += w * (v(k) - v(0))
	}
	for k, w := range g {
		d := v(k) - v(0) - mean
		variance += w * d * d
	}
	return mean + v(0), variance
}

// TestAcrossKeepsItsDigits holds the vectors' means to a float32 of the largest value, and their variances to a float32
// of themselves, however far the values are from 0.
func TestAcrossKeepsItsDigits(t *testing.T) {
	t.Parallel()
	for name, k := range vectorKernels() {
		r := rand.New(rand.NewPCG(11, 1))
		for range 400 {
			in := rowsOf{blocks: 1 + r.IntN(tile/lanes), rows: 1 + r.IntN(group)}
			n := in.blocks*lanes + window - 1
			in.stride = n + r.IntN(9)
			in.sums, in.diffs = make([]float32, in.stride*in.rows), make([]float32, in.stride*in.rows)
			noise := math.Pow(10, 3-6*r.Float64())
			signal(r, in.sums, 500e3*r.Float64(), 200e3*float64(r.IntN(2)), noise)
			signal(r, in.diffs, 500e3*(r.Float64()-0.5), 200e3*float64(r.IntN(2)), noise)
			slot, b := r.IntN(20), poisoned()
			k.across(b, slot, in)
			checkRing(t, name, b, slot, in)
		}
	}
}

func checkRing(t *testing.T, name string, b *buffers, slot int, in rowsOf) {
	t.Helper()
	largest := float64(max(slices.Max(in.sums), -slices.Min(in.diffs), slices.Max(in.diffs)))
	for row := range ringSlots * group {
		r := row - slot%ringSlots*group
		for i := range pitch {
			at := b.ring[row*ringRow+i:]
			if r < 0 || r >= in.rows || i >= in.blocks*lanes {
				if at[0] != poison || at[pitch] != poison || at[2*pitch] != poison || at[3*pitch] != poison {
					t.Fatalf("%s: row %d, column %d of the ring is written; asked for %d rows in slot %d", name, row, i, in.rows, slot)
				}
				continue
			}
			for m, src := range [][]float32{in.sums, in.diffs} {
				mean, variance := weigh(func(tap int) float64 { return float64(src[r*in.stride+i+tap]) })
				if got := float64(at[2*m*pitch]); !(math.Abs(got-mean) <= largest*0x1p-23) {
					t.Fatalf("%s: mean %d of row %d, column %d is %v, want %v", name, m, r, i, got, mean)
				}
				if got := float64(at[(2*m+1)*pitch]); !(math.Abs(got-variance) <= variance*1e-6) {
					t.Fatalf("%s: variance %d of row %d, column %d is %v, want %v", name, m, r, i, got, variance)
				}
			}
		}
	}
}

func TestDownAgreesWithTheFormula(t *testing.T) {
	t.Parallel()
	for name, k := range vectorKernels() {
		r := rand.New(rand.NewPCG(12, 1))
		for range 200 {
			first := r.IntN(tile / lanes)
			blocks, slot, b := 1+r.IntN(tile/lanes-first), r.IntN(9), poisoned()
			for row := range ringSlots * group {
				for m, base := range []float64{250, 50, 100 * (r.Float64() - 0.5), 20} {
					at := row*ringRow + m*pitch + first*lanes // poison stays elsewhere
					signal(r, b.ring[at:][:blocks*lanes], base, base*0.8*float64(r.IntN(2)), 2)
				}
			}
			b.limits = [2]float32{2 * c1, 2 * c2}
			k.down(b, slot, first, blocks, &b.totals)
			checkOut(t, name, b, slot, first, blocks)
		}
	}
}

func checkOut(t *testing.T, name string, b *buffers, slot, first, blocks int) {
	t.Helper()
	var totals [2 * lanes]float64
	for j := range group {
		for i := range tile {
			full, second := b.out[j*tile+i], b.out[(group+j)*tile+i]
			if i < first*lanes || i >= (first+blocks)*lanes {
				if full != poison || second != poison {
					t.Fatalf("%s: row %d, column %d is written; asked for %d blocks from %d on", name, j, i, blocks, first)
				}
				continue
			}
			moment := func(m int) (means, squares []float64) {
				at := func(tap, m int) float64 {
					return float64(b.ring[(slot*group+j+tap)%(ringSlots*group)*ringRow+m*pitch+i])
				}
				mean, between := weigh(func(tap int) float64 { return at(tap, m) })
				within, _ := weigh(func(tap int) float64 { return at(tap, m+1) })
				return []float64{mean}, []float64{mean*mean + between + within}
			}
			var want [maps][]float64
			want[0], want[1] = moment(0)
			want[2], want[3] = moment(2)
			wantFull, wantSecond := similarity(make([]float32, 1), make([]float32, 1), want, &b.limits)
			if !(math.Abs(float64(full)-wantFull) <= 2e-6) || !(math.Abs(float64(second)-wantSecond) <= 2e-6) {
				t.Fatalf("%s: row %d, column %d is %v and %v, want %v and %v", name, j, i, full, second, wantFull, wantSecond)
			}
			totals[i%lanes] += float64(full)
			totals[lanes+i%lanes] += float64(second)
		}
	}
	for i, v := range totals {
		if !(math.Abs(b.totals[i]-v) <= group*tile/lanes*0x1p-23) { // four rows are added in float32
			t.Fatalf("%s: total %d of %d blocks is %v, want %v", name, i, blocks, b.totals[i], v)
		}
	}
}

// vectorKernels are the implementations that the plain kernels do not stand for.
func vectorKernels() map[string]kernels {
	k := implementations()
	delete(k, "plain")
	return k
}

// TestVectorsOfAnyWidthGiveTheSameBits is what makes a result independent of the processor, where it has vectors.
func TestVectorsOfAnyWidthGiveTheSameBits(t *testing.T) {
	t.Parallel()
	results := map[string]Scores{}
	for name, k := range vectorKernels() {
		w := Workspace{buf: new(buffers), kernels: k}
		for _, size := range [][2]int{{11, 11}, {26, 30}, {tile + 11, 17}, {tile + 27, 177}, {2*tile + 74, 191}} {
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
		same(t, n, name+" addSubtract", func(k kernels, s, d []float32) { k.addSubtract(new(buffers), s, d, floats[0], floats[1]) }, k)
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
