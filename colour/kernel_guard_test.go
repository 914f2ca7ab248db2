//go:build unix

package colour

import (
	"bytes"
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns n bytes that end where memory does: reading or writing one more is a fault.
func guarded(t *testing.T, n int) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	whole := (n + page - 1) / page * page
	m, err := syscall.Mmap(-1, 0, whole+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(m) })
	if err := syscall.Mprotect(m[whole:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	return m[whole-n : whole : whole]
}

func as[T uint16 | float32](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), len(b)/int(unsafe.Sizeof(*new(T))))
}

// The kernels read and write nothing beyond their rows, whatever the length.
func TestKernelsKeepWithinTheirRows(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 127, 128, 129, 255, 256, 257, 264, 511, 513} {
		ref8, cand8 := guarded(t, 3*n), guarded(t, 3*n)
		ref, cand := kernelPair(n, uint64(n))
		copy(ref8, ref)
		copy(cand8, cand)
		ref16, cand16 := as[uint16](guarded(t, 6*n)), as[uint16](guarded(t, 6*n))
		for i := range ref {
			ref16[i], cand16[i] = uint16(ref[i])*257, uint16(cand[i])*256
		}
		heat := as[float32](guarded(t, 4*n))
		before := bytes.Clone(ref8)
		for _, f := range forms() {
			for from := range min(n, 17) { // and at every alignment
				d := NewDifference(1)
				d.block.form = f
				d.block.row8(heat[from:], ref8[3*from:], cand8[3*from:])
				d.block.row16(heat[from:], ref16[3*from:], cand16[3*from:])
				d.AddRows8(0, ref8[3*from:], cand8[3*from:], n-from, heat[from:])
				d.AddRows16(1, ref16[3*from:], cand16[3*from:], n-from, heat[from:])
				if got := d.Stats().N; got != int64(2*(n-from)) {
					t.Errorf("%d pixels were counted, want %d", got, 2*(n-from))
				}
			}
		}
		if !bytes.Equal(ref8, before) {
			t.Errorf("%d pixels: the reference was written to", n)
		}
	}
}

// What stands before and after a map is left alone.
func TestKernelsLeaveTheNeighboursAlone(t *testing.T) {
	t.Parallel()
	for n := 1; n < 40; n++ {
		ref, cand := kernelPair(n, uint64(n))
		heat := make([]float32, n+32)
		for name, f := range forms() {
			for i := range heat {
				heat[i] = -7
			}
			d := NewDifference(0)
			d.block.form = f
			d.AddRows8(0, ref, cand, n, heat[16:16+n])
			for i, v := range heat {
				if inside := i >= 16 && i < 16+n; inside == (v == -7) {
					t.Fatalf("%s, %d pixels: element %d is %v", name, n, i-16, v)
				}
			}
		}
	}
}
