//go:build unix

package lpips

import (
	"math"
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns n floats that end where memory ends: what reads or writes beyond them faults. Before them stand
// not-a-numbers, which whatever reads them would carry into its results.
func guarded(t testing.TB, n int) []float32 {
	t.Helper()
	page := os.Getpagesize()
	size := (4*n + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(memory); err != nil {
			t.Error(err)
		}
	})
	if err := syscall.Mprotect(memory[size:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	if size == 0 {
		return nil
	}
	all := unsafe.Slice((*float32)(unsafe.Pointer(&memory[0])), size/4)
	for i := range all[:len(all)-n] {
		all[i] = float32(math.NaN())
	}
	return all[len(all)-n:]
}
