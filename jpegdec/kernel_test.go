package jpegdec

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// fence is a buffer with a pattern before and behind the part that may be written.
type fence struct {
	all    []uint8
	margin int
	size   int
}

const pattern = 0xa5

func fenced(size, margin int) fence {
	return fence{bytes.Repeat([]byte{pattern}, size+2*margin), margin, size}
}

func (f fence) inside() []uint8 { return f.all[f.margin:][:f.size] }

func (f fence) check(t *testing.T, what string, extra int) {
	t.Helper()
	for i, b := range f.all {
		if (i < f.margin || i >= f.margin+f.size+extra) && b != pattern {
			t.Fatalf("%s: byte %d is written, %d to %d may be", what, i-f.margin, 0, f.size+extra-1)
		}
	}
}

// coefficients are of one of several kinds, from a block with only a DC coefficient to one of absurd numbers.
func coefficients(r *rand.Rand, kind int, block []int16) {
	clear(block)
	switch kind {
	case 0:
		block[0] = int16(r.IntN(2048) - 1024)
	case 1:
		for i := range 8 {
			block[i] = int16(r.IntN(400) - 200)
		}
	case 2:
		for range r.IntN(12) {
			block[zigzag[r.IntN(20)]] = int16(r.IntN(200) - 100)
		}
	case 3:
		for i := range block {
			block[i] = int16(r.Uint32())
		}
	case 4:
		block[0] = int16(r.Uint32())
	case 5:
		for i := range 8 {
			block[i] = int16(r.Uint32())
		}
	default:
		for i := range block {
			block[i] = int16(r.IntN(64) - 32)
		}
	}
}

// TestInverse compares the transforms in assembly with those in Go, whose results the files prove.
func TestInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for trial := range 4000 {
		var quant [64]int16
		for i := range quant {
			quant[i] = int16(1 + r.IntN(255))
			if trial%5 == 0 {
				quant[i] = int16(r.Uint32())
			}
		}
		n := 1 + r.IntN(9)
		coef := make([]int16, 64*n)
		for i := range n {
			coefficients(r, r.IntN(7), coef[64*i:64*i+64])
		}
		for _, size := range []int{8, 4, 2, 1} {
			stride := n*size + r.IntN(50)
			length := (size-1)*stride + n*size
			got, want := fenced(length, 64), fenced(length, 64)
			inverse(size, got.inside(), stride, coef, &quant)
			inverseGo(size, want.inside(), stride, coef, &quant)
			if !bytes.Equal(got.all, want.all) {
				t.Fatalf("trial %d, %d blocks to %d×%d: assembly and Go differ", trial, n, size, size)
			}
		}
	}
}

// TestConvert goes through all pairs of chroma and many lumas.
func TestConvert(t *testing.T) {
	const width = 256
	y, cb, cr := make([]uint8, width, width+slack), make([]uint8, width, width+slack), make([]uint8, width, width+slack)
	for v := range 256 {
		for i := range width {
			y[i], cb[i], cr[i] = uint8(i*31+v*7), uint8(i), uint8(v)
		}
		for _, n := range []int{width, v%width + 1, 0, 1, 31, 32, 33} {
			got, want := fenced(3*n, 128), fenced(3*n, 128)
			yccRow(got.inside(), y[:n], cb[:n], cr[:n])
			yccRowGo(want.inside(), y[:n], cb[:n], cr[:n])
			if !bytes.Equal(got.all, want.all) {
				t.Fatalf("Cr %d, %d pixels: assembly and Go differ, or more is written than the row", v, n)
			}
		}
	}
}

// TestUpsample compares the interpolation of rows of all small widths.
func TestUpsample(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for width := 1; width <= 130; width++ {
		p := plane{width: width, height: 3, ring: 3, stride: (width+slack-1)&^(slack-1) + slack}
		p.pix = make([]uint8, p.stride*p.ring+2*slack)
		for i := range p.pix {
			p.pix[i] = uint8(r.Uint32())
		}
		up := fenced(2*p.stride, 64)
		p.up = up.inside()
		rows := [][]uint8{bytes.Clone(p.row(0)), bytes.Clone(p.row(1)), bytes.Clone(p.row(2))}
		want := make([]uint8, 2*width)
		compare := func(name string, n int) {
			if !bytes.Equal(p.up[:n], want[:n]) {
				t.Fatalf("%s of %d samples: assembly and Go differ", name, width)
			}
			up.check(t, name, 0)
		}
		if width > 1 {
			h2v1(want, rows[1])
			p.rowH2V1(1)
			compare("h2v1", 2*width)
		}
		h2v2(want, rows[1], rows[2])
		p.rowH2V2(1, 2)
		compare("h2v2", 2*width)
		for bias := range uint16(2) {
			h1v2(want[:width], rows[2], rows[1], bias+1)
			p.rowH1V2(2, 1, bias+1)
			compare("h1v2", width)
		}
		for y, row := range rows {
			if !bytes.Equal(p.row(y), row) {
				t.Fatalf("row %d of %d samples was changed", y, width)
			}
		}
	}
}

// entropyResult is what a run of MCUs leaves.
type entropyResult struct {
	mcus  int
	coef  []int16
	preds [4]int32
	bits  int
	ended bool
}

func decodeRun(data []byte, slots []slot, mcus int) entropyResult {
	var r reader
	r.open(data, 0)
	run := mcuRun{slots: slots, preds: &[4]int32{}, coef: make([]int16, 64*len(slots)*mcus), mcus: mcus}
	n := r.blocks(&run)
	return entropyResult{n, run.coef, *run.preds, r.pos*8 - int(r.n), r.overrun()}
}

// TestEntropy decodes runs of MCUs from random bits with both, with tables that have codes of all lengths.
func TestEntropy(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	whole, failed := 0, 0
	for trial := range 3000 {
		var dc, ac table
		randomTable(t, r, &dc, false)
		randomTable(t, r, &ac, true)
		data := make([]byte, r.IntN(3000))
		for i := range data {
			data[i] = uint8(r.IntN(255)) // no marker
		}
		slots := make([]slot, 1+r.IntN(10))
		mcus := 1 + r.IntN(8)
		for i := range slots {
			slots[i] = slot{dc: &dc, ac: &ac, first: 64 * i * mcus, step: 64, comp: r.IntN(4)}
		}
		got := decodeRun(data, slots, mcus)
		restore := plain()
		want := decodeRun(data, slots, mcus)
		restore()
		if got.mcus != want.mcus || got.ended != want.ended {
			t.Fatalf("trial %d: assembly decodes %d of %d MCUs, Go %d", trial, got.mcus, mcus, want.mcus)
		}
		if got.mcus < mcus {
			failed++
			continue
		}
		whole++
		if got.preds != want.preds || got.bits != want.bits || !slices.Equal(got.coef, want.coef) {
			t.Fatalf("trial %d: assembly and Go leave other coefficients or another state", trial)
		}
	}
	if whole < 300 || failed < 300 {
		t.Errorf("%d runs were whole and %d not: too few of one", whole, failed)
	}
}

// randomTable has an end of block (or no difference) that is likely but may have a long code, and other symbols in any
// order.
func randomTable(t *testing.T, r *rand.Rand, table *table, ac bool) {
	var counts [16]uint8
	var symbols []uint8
	space := 1 << 16
	for n := range counts {
		size := 1 << (15 - n)
		for space > size && r.IntN(3) > 0 && len(symbols) < 200 {
			s := uint8(r.IntN(12))
			if ac {
				s = uint8(r.Uint32())
			}
			if r.IntN(8+8*len(symbols)) < 7 {
				s = 0
			}
			symbols = append(symbols, s)
			counts[n]++
			space -= size
		}
	}
	if err := table.build(&counts, symbols); err != nil {
		t.Fatal(err)
	}
}
