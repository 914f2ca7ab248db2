package colour

// DeltaERow8 writes the CIEDE2000 difference of each pixel of a row. ref and cand are packed 8-bit sRGB, three
// samples a pixel. Equal pixels give exactly 0; all others are within 1e-4 of [DeltaE2000] of the exact colours, save
// where two hues are opposite to within rounding and the formula itself jumps. The bits are the same on every machine.
// It allocates nothing. It panics if ref or cand do not have exactly three samples for each element of dst.
func DeltaERow8(dst []float32, ref, cand []uint8) {
	mustMatch(len(dst), len(ref), len(cand))
	var k block
	k.form = fastest
	k.row8(dst, ref, cand)
}

func (k *block) row8(dst []float32, ref, cand []uint8) {
	for len(dst) > 0 {
		n := min(len(dst), blockN)
		k.differences8(dst[:n], ref[:3*n], cand[:3*n])
		dst, ref, cand = dst[n:], ref[3*n:], cand[3*n:]
	}
}

// DeltaERow16 is [DeltaERow8] for 16-bit sRGB.
func DeltaERow16(dst []float32, ref, cand []uint16) {
	mustMatch(len(dst), len(ref), len(cand))
	var k block
	k.form = fastest
	k.row16(dst, ref, cand)
}

func (k *block) row16(dst []float32, ref, cand []uint16) {
	for len(dst) > 0 {
		n := min(len(dst), blockN)
		k.differences16(dst[:n], ref[:3*n], cand[:3*n])
		dst, ref, cand = dst[n:], ref[3*n:], cand[3*n:]
	}
}

func mustMatch(pixels, ref, cand int) {
	if ref != 3*pixels || cand != 3*pixels {
		panic("colour: a row needs three reference and three candidate samples for each difference")
	}
}
