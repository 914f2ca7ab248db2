package iqa

// addSubtract gives the sums and differences of two rows of planes.
func addSubtract(_ *buffers, sums, diffs, ref, cand []float32) {
	diffs, ref, cand = diffs[:len(sums)], ref[:len(sums)], cand[:len(sums)]
	for i, a := range ref {
		sums[i], diffs[i] = a+cand[i], a-cand[i]
	}
}

// mix8 gives the sums and differences of two rows of packed pixels, each weighted to one value in thousandths of a
// level. They are integers below 2²⁴, so that nothing is rounded.
func mix8(b *buffers, sums, diffs []float32, ref, cand []uint8) {
	w := [3]int32{int32(b.weights[0]), int32(b.weights[1]), int32(b.weights[2])}
	for i := range sums {
		p, q := ref[3*i:3*i+3:3*i+3], cand[3*i:3*i+3:3*i+3]
		x := w[0]*int32(p[0]) + w[1]*int32(p[1]) + w[2]*int32(p[2])
		y := w[0]*int32(q[0]) + w[1]*int32(q[1]) + w[2]*int32(q[2])
		sums[i], diffs[i] = float32(x+y), float32(x-y)
	}
}

// mix16 is mix8 for 16-bit samples, scaled so that 257·v gives what v gives there, to the bit: the product in float64
// is off an integer by less than 2⁻²⁸, which the rounding to float32 removes.
func mix16(b *buffers, sums, diffs []float32, ref, cand []uint16) {
	w := [3]int32{int32(b.weights[0]), int32(b.weights[1]), int32(b.weights[2])}
	for i := range sums {
		p, q := ref[3*i:3*i+3:3*i+3], cand[3*i:3*i+3:3*i+3]
		x := w[0]*int32(p[0]) + w[1]*int32(p[1]) + w[2]*int32(p[2])
		y := w[0]*int32(q[0]) + w[1]*int32(q[1]) + w[2]*int32(q[2])
		sums[i], diffs[i] = float32(float64(x+y)*(1.0/257)), float32(float64(x-y)*(1.0/257))
	}
}

// halve gives the means of 2×2 values of two rows. The rows hold at least two values for each result.
func halve(dst, upper, lower []float32) {
	for i := range dst {
		u, l := upper[2*i:2*i+2:2*i+2], lower[2*i:2*i+2:2*i+2]
		dst[i] = ((u[0] + l[0]) + (u[1] + l[1])) * 0.25
	}
}

// squares8 adds the squared differences of packed samples to the sum of their channel. The rows hold whole pixels.
func squares8(b *buffers, ref, cand []uint8) {
	cand = cand[:len(ref)]
	var sums [3]uint64
	for i := 0; i+3 <= len(ref); i += 3 {
		for c := range 3 {
			d := int32(ref[i+c]) - int32(cand[i+c])
			sums[c] += uint64(uint32(d * d))
		}
	}
	for c := range 3 {
		b.squares[c] += sums[c]
	}
}

// squares16 is squares8 for 16-bit samples. The sums hold for 2³² pixels.
func squares16(b *buffers, ref, cand []uint16) {
	cand = cand[:len(ref)]
	var sums [3]uint64
	for i := 0; i+3 <= len(ref); i += 3 {
		for c := range 3 {
			d := int64(ref[i+c]) - int64(cand[i+c])
			sums[c] += uint64(d * d)
		}
	}
	for c := range 3 {
		b.squares[c] += sums[c]
	}
}
