package iqa

import (
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns memory that ends, or begins, where reading or writing is a fault.
func guarded[T any](t *testing.T, n int, begins bool) []T {
	t.Helper()
	page := syscall.Getpagesize()
	size := n * int(unsafe.Sizeof(*new(T)))
	inner := (size + page - 1) / page * page
	all, err := syscall.Mmap(-1, 0, inner+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(all) })
	for _, guard := range [][]byte{all[:page], all[page+inner:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	at := page
	if !begins {
		at += inner - size
	}
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&all[at])), n)
}

// TestNothingIsReadOutsideThePictures puts pictures of many widths against pages that cannot be read.
func TestNothingIsReadOutsideThePictures(t *testing.T) {
	t.Parallel()
	for _, k := range implementations() {
		picturesAgainstPages(t, k)
	}
}

func picturesAgainstPages(t *testing.T, k kernels) {
	w := Workspace{buf: new(buffers), kernels: k}
	for _, begins := range []bool{false, true} {
		for _, width := range []int{11, 12, 17, 18, 19, 25, 26, 27, tile + 9, tile + 10, tile + 11, tile + 17, tile + 18, tile + 19, 2*tile + 14} {
			const height = 15
			n := width * height
			a, b := Plane{width, height, guarded[float32](t, n, begins)}, Plane{width, height, guarded[float32](t, n, begins)}
			a8, b8 := guarded[uint8](t, 3*n, begins), guarded[uint8](t, 3*n, begins)
			a16, b16 := guarded[uint16](t, 3*n, begins), guarded[uint16](t, 3*n, begins)
			_, err := w.SSIM(a, b)
			_, err8 := w.Measure8(a8, b8, width, height)
			_, err16 := w.Measure16(a16, b16, width, height)
			_, errP := w.PSNR8(a8, b8, width, height)
			if err != nil || err8 != nil || err16 != nil || errP != nil {
				t.Errorf("%d×%d: %v, %v, %v, %v", width, height, err, err8, err16, errP)
			}
		}
		a, b := guarded[uint8](t, 3*181*177, begins), guarded[uint8](t, 3*181*177, begins)
		if _, err := w.MSSSIM8(a, b, 181, 177); err != nil {
			t.Error(err)
		}
	}
}

// TestKernelsStayInTheirRows does the same for what the kernels write, and for across, which reads to the last value.
func TestKernelsStayInTheirRows(t *testing.T) {
	t.Parallel()
	for _, k := range implementations() {
		rowsAgainstPages(t, k, new(buffers))
	}
}

func rowsAgainstPages(t *testing.T, k kernels, b *buffers) {
	for _, n := range lengths() {
		for _, begins := range []bool{false, true} {
			s, d := guarded[float32](t, n, begins), guarded[float32](t, n, begins)
			f, g := guarded[float32](t, 2*n, begins), guarded[float32](t, 2*n, begins)
			k.mix8(b, s, d, guarded[uint8](t, 3*n, begins), guarded[uint8](t, 3*n, begins))
			k.mix16(b, s, d, guarded[uint16](t, 3*n, begins), guarded[uint16](t, 3*n, begins))
			k.addSubtract(b, s, d, f[:n], g[:n])
			k.halve(s, f, g)
			if n >= lanes+window-1 && (n-window+1)%lanes == 0 && n <= fetch {
				k.across(b, 0, rowsOf{s, d, 0, (n - window + 1) / lanes, 1})
			}
		}
	}
	for blocks := 1; blocks <= tile/lanes; blocks++ {
		n := blocks*lanes + window - 1
		k.across(b, 3, rowsOf{guarded[float32](t, 2*n, false), guarded[float32](t, 2*n, false), n, blocks, 2})
	}
}
