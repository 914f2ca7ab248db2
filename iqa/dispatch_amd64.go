//go:build amd64 && !purego

package iqa

import "golang.org/x/sys/cpu"

//go:generate go run -C ../internal/asmgen ./iqa -out ../../iqa/kernels_amd64.s -stubs ../../iqa/kernels_amd64.go -pkg iqa

// fastest returns the kernels for this processor.
func fastest() kernels {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		return vectors
	}
	return plain
}

// vectors are the AVX2 kernels. Each hands whole blocks to assembly and what remains to the plain one. Cutting a slice
// first makes a length that is wrong a panic here instead of an access out of bounds there.
var vectors = kernels{
	across: func(b *buffers, slot int, in rowsOf) {
		n := (in.rows-1)*in.stride + in.blocks*lanes + window - 1
		sums, diffs := in.sums[:n], in.diffs[:n]
		ring := b.ring[slot%ringSlots*group*ringRow:][:(in.blocks-1)*ringBlock+in.rows*ringRow]
		acrossAVX2(&ring[0], &sums[0], &diffs[0], in.stride, in.blocks, in.rows)
	},
	down: func(b *buffers, slot, first, blocks int, totals *[2 * lanes]float64) {
		ring := b.ring[first*ringBlock:][:blocks*ringBlock]
		out := b.out[first*lanes:][:(2*group-1)*tile+blocks*lanes]
		at := func(i int) *float32 { return &ring[(slot+i)%ringSlots*group*ringRow] }
		downAVX2(at(0), at(1), at(2), at(3), blocks, &b.limits, &out[0], totals)
	},
	addSubtract: func(sums, diffs, ref, cand []float32) {
		n := len(sums) &^ (lanes - 1)
		if n > 0 {
			s, d, r, c := sums[:n], diffs[:n], ref[:n], cand[:n]
			addSubtractAVX2(&s[0], &d[0], &r[0], &c[0], n/lanes)
		}
		addSubtract(sums[n:], diffs[n:], ref[n:], cand[n:])
	},
	mix8: func(b *buffers, sums, diffs []float32, ref, cand []uint8) {
		n := len(sums) &^ (lanes - 1)
		if n > 0 {
			s, d, r, c := sums[:n], diffs[:n], ref[:3*n], cand[:3*n]
			mix8AVX2(&s[0], &d[0], &r[0], &c[0], n/lanes, &b.weights)
		}
		mix8(b, sums[n:], diffs[n:], ref[3*n:], cand[3*n:])
	},
	mix16: func(b *buffers, sums, diffs []float32, ref, cand []uint16) {
		n := len(sums) &^ (lanes - 1)
		if n > 0 {
			s, d, r, c := sums[:n], diffs[:n], ref[:3*n], cand[:3*n]
			mix16AVX2(&s[0], &d[0], &r[0], &c[0], n/lanes, &b.weights)
		}
		mix16(b, sums[n:], diffs[n:], ref[3*n:], cand[3*n:])
	},
	halve: func(dst, upper, lower []float32) {
		n := len(dst) &^ (lanes - 1)
		if n > 0 {
			d, u, l := dst[:n], upper[:2*n], lower[:2*n]
			halveAVX2(&d[0], &u[0], &l[0], n/lanes)
		}
		halve(dst[n:], upper[2*n:], lower[2*n:])
	},
	squares8: squares8Vector,
}

// squares8Vector empties the counters before they can overflow.
func squares8Vector(b *buffers, ref, cand []uint8) {
	const block, most = len(b.counters), (1<<32 - 1) / (255 * 255)
	cand = cand[:len(ref)]
	for len(ref) >= block {
		if b.counted == most {
			b.flush()
		}
		n := min(len(ref)/block, most-b.counted)
		squares8AVX2(&b.counters, &ref[0], &cand[0], n)
		b.counted += n
		ref, cand = ref[n*block:], cand[n*block:]
	}
	squares8(b, ref, cand)
}
