//go:build amd64 && !purego

package lpips

import "golang.org/x/sys/cpu"

//go:generate go run -C ../internal/asmgen ./lpips -out ../../lpips/kernels_amd64.s -stubs ../../lpips/kernels_amd64.go -pkg lpips

// engines lists what this processor runs, the fastest first.
func engines() []*engine {
	var list []*engine
	if avx2 := cpu.X86.HasAVX2 && cpu.X86.HasFMA; avx2 {
		if cpu.X86.HasAVX512F {
			list = append(list, &engine{"avx512", 2, row512, poolVectors, distanceVectors})
		}
		list = append(list, &engine{"avx2", 1, row256, poolVectors, distanceVectors})
	}
	return append(list, plain)
}

// convFunc convolves tiles of a fixed number of pixels, side by side, into one panel or two. Steps are in bytes; skip is
// what is left of a row of inputs after a run, and panel the size of a panel.
type convFunc func(tiles int, out, in, weights, bias *float32, outStep, inStep, runs, run, skip, panel int)

// The tiles, by their number of pixels.
var (
	tiles256 = [...]convFunc{nil, conv256p1c16, conv256p2c16, conv256p3c16, conv256p4c16, conv256p5c16, conv256p6c16}
	tiles512 = [...][13]convFunc{
		{nil, conv512p1c16, conv512p2c16, conv512p3c16, conv512p4c16, conv512p5c16, conv512p6c16,
			conv512p7c16, conv512p8c16, conv512p9c16, conv512p10c16, conv512p11c16, conv512p12c16},
		{nil, conv512p1c32, conv512p2c32, conv512p3c32, conv512p4c32, conv512p5c32, conv512p6c32,
			conv512p7c32, conv512p8c32, conv512p9c32, conv512p10c32, conv512p11c32, conv512p12c32},
	}
)

func row256(t *tile, pixels int) { rowOf(t, pixels, tiles256[:]) }

func row512(t *tile, pixels int) { rowOf(t, pixels, tiles512[t.panels-1][:]) }

// rowOf divides a row into tiles that differ by at most one pixel: a narrow last one would leave the multipliers idle.
func rowOf(t *tile, pixels int, tiles []convFunc) {
	if pixels <= 0 {
		return
	}
	most := len(tiles) - 1
	count := (pixels + most - 1) / most
	narrow, wider := pixels/count, pixels%count
	if wider > 0 {
		convolve(t, tiles[narrow+1], 0, wider, narrow+1)
	}
	convolve(t, tiles[narrow], wider*(narrow+1), count-wider, narrow)
}

// convolve calls f for count tiles from a pixel on. It slices all that f touches: assembly checks no bounds.
func convolve(t *tile, f convFunc, from, count, pixels int) {
	last := count*pixels - 1
	out := t.out[from*t.outStep:][:last*t.outStep+panel*t.panels]
	in := t.in[from*t.inStep:][:last*t.inStep+(t.runs-1)*t.inRow+t.run]
	weights, bias := t.weights[:t.products()*panel*t.panels], t.bias[:panel*t.panels]
	f(count, &out[0], &in[0], &weights[0], &bias[0], 4*t.outStep, 4*t.inStep, t.runs, t.run, 4*(t.inRow-t.run), 4*panel*t.products())
}

func poolVectors(dst, src []float32, pixels, channels, row, side int) {
	if pixels <= 0 {
		return
	}
	dst = dst[:pixels*channels]
	src = src[:(side-1)*row+(2*(pixels-1)+side)*channels]
	if side == 3 {
		poolAVX2p3x3(&dst[0], &src[0], pixels, channels, 4*row)
		return
	}
	poolAVX2p2x2(&dst[0], &src[0], pixels, channels, 4*row)
}

func distanceVectors(dst, a, b, weights []float32) {
	if len(dst) == 0 {
		return
	}
	a, b = a[:len(dst)*len(weights)], b[:len(dst)*len(weights)]
	distanceAVX2(&dst[0], &a[0], &b[0], &weights[0], len(dst), len(weights))
}
