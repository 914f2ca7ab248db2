//go:build linux && amd64 && !purego

package pngdec

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"unsafe"
)

// fenced returns n bytes that end where the readable memory ends: the next byte is a fault.
func fenced(t testing.TB, n int) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	size := (n+page-1)/page*page + page
	m, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(m) })
	if err := syscall.Mprotect(m[size-page:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	return m[size-page-n : size-page : size-page]
}

// plainly runs f without the assembly.
func plainly(f func()) {
	before := vectors
	vectors = false
	defer func() { vectors = before }()
	f()
}

func needVectors(t testing.TB) {
	if !vectors {
		t.Skip("this processor has no AVX2 and BMI2: there is nothing to compare")
	}
}

// TestFilterVectors compares the filters' assembly with the plain code at every length up to 100 and some more, for
// every distance of pixels, with nothing readable behind the rows.
func TestFilterVectors(t *testing.T) {
	needVectors(t)
	rng := rand.New(rand.NewPCG(5, 6))
	var lengths []int
	for n := 1; n <= 100; n++ {
		lengths = append(lengths, n)
	}
	for _, bpp := range []int{1, 2, 3, 4, 6, 8} {
		for _, n := range append(lengths, 255, 256, 257, 1000, 4096) {
			row, above, got := fenced(t, n), fenced(t, n), fenced(t, n)
			for round := range 3 {
				fillRow(rng, row, round)
				fillRow(rng, above, round)
				for filter := byte(0); filter <= filterPaeth; filter++ {
					fillRow(rng, got, 0)
					unfilter(filter, got, row, above, bpp)
					want := make([]byte, n)
					plainly(func() { unfilter(filter, want, row, above, bpp) })
					if !bytes.Equal(got, want) {
						t.Fatalf("filter %d, %d bytes a pixel, %d bytes: got %x, want %x", filter, bpp, n, got, want)
					}
				}
			}
		}
	}
}

// fillRow fills with noise, with extremes, or with small steps.
func fillRow(rng *rand.Rand, row []byte, how int) {
	for i := range row {
		v := rng.Uint32()
		switch how {
		case 0:
			row[i] = byte(v)
		case 1:
			row[i] = []byte{0, 1, 127, 128, 254, 255}[v%6]
		default:
			row[i] = byte(128 + v%7)
		}
	}
}

// TestPaethVector compares the assembly's predictor with its definition in all 2²⁴ cases: each pixel begins a row of
// its own, whose first pixel makes a and c.
func TestPaethVector(t *testing.T) {
	needVectors(t)
	// One byte a pixel: pixels 0 and 1 are tested, the row is as long as a vector.
	var row, above, dst [9]byte
	for c := range 256 {
		for a := range 256 {
			above[0], row[0] = byte(c), byte(a-c) // the predictor of the first pixel is what is above it
			for b := range 256 {
				above[1] = byte(b)
				paethVector(dst[:], row[:], above[:], 1)
				if got, want := dst[1], byte(plainPaeth(a, b, c)); dst[0] != byte(a) || got != want {
					t.Fatalf("paeth of %d, %d, %d: got %d, want %d", a, b, c, got, want)
				}
			}
		}
	}
}

func TestAdlerVector(t *testing.T) {
	needVectors(t)
	rng := rand.New(rand.NewPCG(7, 8))
	for n := range 200 {
		checkAdler(t, rng, n)
	}
	for _, n := range []int{5551, 5552, 5553, 5536, 11104, 65536} {
		checkAdler(t, rng, n)
	}
}

func checkAdler(t *testing.T, rng *rand.Rand, n int) {
	t.Helper()
	p := fenced(t, n)
	for how := range 3 {
		fillRow(rng, p, how)
		if how == 1 { // the largest sums there are
			for i := range p {
				p[i] = 255
			}
		}
		for _, sum := range []uint32{1, 0xfff0fff0, rng.Uint32() % adlerBase} {
			got, want := adler32(sum, p), uint32(0)
			plainly(func() { want = adler32(sum, p) })
			if got != want {
				t.Fatalf("%d bytes from %08x: got %08x, want %08x", n, sum, got, want)
			}
		}
	}
}

func TestSwapVector(t *testing.T) {
	needVectors(t)
	rng := rand.New(rand.NewPCG(9, 10))
	for n := 1; n < 200; n++ {
		line, memory := fenced(t, 2*n), fenced(t, 2*n)
		fillRow(rng, line, 0)
		got, want := unsafe.Slice((*uint16)(unsafe.Pointer(&memory[0])), n), make([]uint16, n)
		swap16(got, line)
		swap16Scalar(want, line)
		if !slices.Equal(got, want) {
			t.Fatalf("%d values: got %x, want %x", n, got, want)
		}
	}
}

// TestInflateVector runs the loop over blocks of whole and of damaged streams, in the assembly and in plain code, with
// nothing readable behind input and output, and compares status, output and what was consumed at each pause.
func TestInflateVector(t *testing.T) {
	needVectors(t)
	rng := rand.New(rand.NewPCG(11, 12))
	for round := range 150 {
		raw := compressible(rng, 1+rng.IntN(4000<<(round%6)))
		data := deflated(raw, []int{1, 6, 9, -2}[round%4])
		if round%2 == 1 {
			for range 1 + rng.IntN(4) {
				data[2+rng.IntN(len(data)-2)] ^= 1 << rng.IntN(8)
			}
		}
		if round%5 == 4 {
			data = data[:2+rng.IntN(len(data)-2)]
		}
		compareLoops(t, rng, data, fmt.Sprintf("round %d", round))
	}
}

// compressible mixes noise of few values with repetitions at all distances.
func compressible(rng *rand.Rand, n int) []byte {
	out := make([]byte, 0, n+600)
	spread := 1 + rng.IntN(256)
	for len(out) < n {
		if len(out) == 0 || rng.IntN(3) > 0 {
			for range 1 + rng.IntN(20) {
				out = append(out, byte(rng.IntN(spread)))
			}
			continue
		}
		distance := 1 + rng.IntN(min(len(out), 1<<rng.IntN(16)))
		for range 3 + rng.IntN(1<<rng.IntN(10)) {
			out = append(out, out[len(out)-distance])
		}
	}
	return out[:n]
}

func compareLoops(t *testing.T, rng *rand.Rand, data []byte, name string) {
	t.Helper()
	in := fenced(t, len(data)+inputSlack)
	copy(in, data)
	var fast, plain inflater
	fast.out, plain.out = fenced(t, window+batch+1+outputSlack), make([]byte, window+batch+1+outputSlack)
	for _, z := range []*inflater{&fast, &plain} {
		if err := z.start(in, len(data), 1<<40, 1); err != nil {
			t.Fatal(err)
		}
	}
	for fast.block != blockDone {
		n := 1 + rng.IntN(batch)
		for _, z := range []*inflater{&fast, &plain} {
			z.taken = z.op
			z.slide(0)
		}
		errFast := fast.advance(n)
		var errPlain error
		plainly(func() { errPlain = plain.advance(n) })
		if fmt.Sprint(errFast) != fmt.Sprint(errPlain) {
			t.Fatalf("%s: the assembly says %v, the plain code %v", name, errFast, errPlain)
		}
		if errFast != nil { // behind the end of the input one may have gone a few code words further
			return
		}
		consumed := func(z *inflater) int { return 8*z.pos - int(z.held) }
		if fast.op != plain.op || consumed(&fast) != consumed(&plain) || !bytes.Equal(fast.out[:fast.op], plain.out[:plain.op]) {
			t.Fatalf("%s: after %d and %d bits the output of %d and %d bytes differs", name, consumed(&fast), consumed(&plain), fast.op, plain.op)
		}
	}
}
