//go:build amd64 && !purego

package iqa

import "golang.org/x/sys/cpu"

//go:generate go run -C ../internal/asmgen ./iqa -out ../../iqa/kernels_amd64.s -stubs ../../iqa/kernels_amd64.go -pkg iqa

// fastest returns the kernels for this processor.
func fastest() kernels {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return plain
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VBMI:
		return widest
	}
	return vectors
}

// vectors are the AVX2 kernels. Each hands whole blocks to assembly and what remains to the plain one. Cutting a slice
// first makes a length that is wrong a panic here instead of an access out of bounds there.
var vectors = kernels{
	across: func(b *buffers, slot int, in rowsOf) { acrossFrom(b, slot, 0, in) },
	down: func(b *buffers, slot, first, blocks int, totals *[2 * lanes]float64) {
		g, out := downFrom(b, slot, first, blocks)
		downAVX2(g[0], g[1], g[2], g[3], blocks, &b.limits, out, totals)
	},
	addSubtract: addSubtractVector,
	mix8: func(b *buffers, sums, diffs []float32, ref, cand []uint8) {
		n := len(sums) / lanes * lanes
		if n > 0 {
			s, d, r, c := sums[:n], diffs[:n], ref[:3*n], cand[:3*n]
			mix8AVX2(&s[0], &d[0], &r[0], &c[0], n/lanes, b.ahead, &b.weights)
		}
		mix8(b, sums[n:], diffs[n:], ref[3*n:], cand[3*n:])
	},
	mix16:    mix16Vector,
	halve:    halveVector,
	squares8: squares8Vector,
}

// widest are the kernels for AVX-512, where it pays; they take two blocks at a time and leave the odd one to AVX2.
var widest = kernels{
	across: func(b *buffers, slot int, in rowsOf) {
		pairs := in.blocks / 2
		if pairs > 0 {
			n := (in.rows-1)*in.stride + 2*pairs*lanes + window - 1
			sums, diffs := in.sums[:n], in.diffs[:n]
			ring := b.ring[slot%ringSlots*group*ringRow:][:in.rows*ringRow]
			acrossAVX512(&ring[0], &sums[0], &diffs[0], in.stride, pairs, in.rows)
		}
		if in.blocks%2 == 1 {
			acrossFrom(b, slot, 2*pairs, in)
		}
	},
	down: func(b *buffers, slot, first, blocks int, totals *[2 * lanes]float64) {
		if pairs := blocks / 2; pairs > 0 {
			g, out := downFrom(b, slot, first, 2*pairs)
			downAVX512(g[0], g[1], g[2], g[3], pairs, &b.limits, out, totals)
		}
		if blocks%2 == 1 {
			vectors.down(b, slot, first+blocks-1, 1, totals)
		}
	},
	addSubtract: func(b *buffers, sums, diffs, ref, cand []float32) {
		n := len(sums) / (2 * lanes) * (2 * lanes)
		if n > 0 {
			s, d, r, c := sums[:n], diffs[:n], ref[:n], cand[:n]
			addSubtractAVX512(&s[0], &d[0], &r[0], &c[0], n/(2*lanes), b.ahead)
		}
		if n < len(sums) {
			addSubtractVector(b, sums[n:], diffs[n:], ref[n:], cand[n:])
		}
	},
	mix8: func(b *buffers, sums, diffs []float32, ref, cand []uint8) {
		n := len(sums) / (2 * lanes) * (2 * lanes)
		if n > 0 {
			s, d, r, c := sums[:n], diffs[:n], ref[:3*n], cand[:3*n]
			mix8AVX512(&s[0], &d[0], &r[0], &c[0], n/(2*lanes), b.ahead, &b.weights)
		}
		vectors.mix8(b, sums[n:], diffs[n:], ref[3*n:], cand[3*n:])
	},
	mix16:    mix16Vector,
	halve:    halveVector,
	squares8: squares8Vector,
}

// acrossFrom does the blocks from the given one on.
func acrossFrom(b *buffers, slot, block int, in rowsOf) {
	n := (in.rows-1)*in.stride + in.blocks*lanes + window - 1
	sums, diffs := in.sums[block*lanes:n], in.diffs[block*lanes:n]
	ring := b.ring[slot%ringSlots*group*ringRow:][block*lanes : in.rows*ringRow]
	acrossAVX2(&ring[0], &sums[0], &diffs[0], in.stride, in.blocks-block, in.rows)
}

// downFrom gives the places of four groups of rows, from the oldest, and of the results, for some blocks.
func downFrom(b *buffers, slot, first, blocks int) (groups [ringSlots]*float32, out *float32) {
	at, end := first*lanes, (first+blocks)*lanes
	for i := range groups {
		rows := b.ring[(slot+i)%ringSlots*group*ringRow:][at : (group*maps-1)*pitch+end]
		groups[i] = &rows[0]
	}
	return groups, &b.out[at : (2*group-1)*tile+end][0]
}

func addSubtractVector(b *buffers, sums, diffs, ref, cand []float32) {
	n := len(sums) / lanes * lanes
	if n > 0 {
		s, d, r, c := sums[:n], diffs[:n], ref[:n], cand[:n]
		addSubtractAVX2(&s[0], &d[0], &r[0], &c[0], n/lanes, b.ahead)
	}
	addSubtract(b, sums[n:], diffs[n:], ref[n:], cand[n:])
}

func mix16Vector(b *buffers, sums, diffs []float32, ref, cand []uint16) {
	n := len(sums) / lanes * lanes
	if n > 0 {
		s, d, r, c := sums[:n], diffs[:n], ref[:3*n], cand[:3*n]
		mix16AVX2(&s[0], &d[0], &r[0], &c[0], n/lanes, b.ahead, &b.weights)
	}
	mix16(b, sums[n:], diffs[n:], ref[3*n:], cand[3*n:])
}

func halveVector(dst, upper, lower []float32) {
	n := len(dst) / lanes * lanes
	if n > 0 {
		d, u, l := dst[:n], upper[:2*n], lower[:2*n]
		halveAVX2(&d[0], &u[0], &l[0], n/lanes)
	}
	halve(dst[n:], upper[2*n:], lower[2*n:])
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
