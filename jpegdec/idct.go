package jpegdec

// Constants of the inverse DCT of C. Loeffler, A. Ligtenberg and G. Moschytz, "Practical Fast 1-D DCT Algorithms with
// 11 Multiplications", ICASSP 1989, in fixed point with 13 bits, as libjpeg's "islow" method has them. Where that
// method adds products, its SIMD code multiplies by sums of constants instead, which is the same until numbers overflow;
// these are the sums.
const (
	constBits = 13
	pass1Bits = 2 // extra precision of the first pass

	fix0298, fix0390, fix0541, fix0765 = 2446, 3196, 4433, 6270
	fix0899, fix1175, fix1501, fix1847 = 7373, 9633, 12299, 15137
	fix1961, fix2053, fix2562, fix3072 = 16069, 16819, 20995, 25172
)

// idct8 writes the 8×8 samples of one block. The arithmetic is in 16 and 32 bits as in libjpeg-turbo's SIMD code, with
// its wrapping and saturation, so that coefficients beyond any encoder's come out alike too.
func idct8(dst []uint8, stride int, coef *[64]int16, quant *[64]int16) {
	var in, mid [64]int16
	for i := range in {
		in[i] = coef[i] * quant[i]
	}
	if flat(coef[8:]) {
		for u := range 8 {
			for y := range 8 {
				mid[8*y+u] = in[u] << pass1Bits
			}
		}
	} else {
		for u := range 8 { // columns
			idct1D(mid[u:], in[u:], 8, constBits-pass1Bits)
		}
	}
	for y := range 8 { // rows
		row := mid[8*y : 8*y+8]
		idct1D(row, row, 1, constBits+pass1Bits+3)
		out := dst[y*stride:][:8]
		for x, v := range row {
			out[x] = sample(v)
		}
	}
}

// idct1D transforms eight values that stand step apart.
func idct1D(out, in []int16, step int, shift uint) {
	i0, i1, i2, i3 := in[0], in[step], in[2*step], in[3*step]
	i4, i5, i6, i7 := in[4*step], in[5*step], in[6*step], in[7*step]

	even2 := int32(i2)*fix0541 + int32(i6)*(fix0541-fix1847)
	even3 := int32(i2)*(fix0541+fix0765) + int32(i6)*fix0541
	even0, even1 := int32(i0+i4)<<constBits, int32(i0-i4)<<constBits
	a0, a3 := even0+even3, even0-even3
	a1, a2 := even1+even2, even1-even2

	s3, s4 := int32(i7+i3), int32(i5+i1)
	z3 := s3*(fix1175-fix1961) + s4*fix1175
	z4 := s3*fix1175 + s4*(fix1175-fix0390)
	b0 := int32(i7)*(fix0298-fix0899) - int32(i1)*fix0899 + z3
	b1 := int32(i5)*(fix2053-fix2562) - int32(i3)*fix2562 + z4
	b2 := -int32(i5)*fix2562 + int32(i3)*(fix3072-fix2562) + z3
	b3 := -int32(i7)*fix0899 + int32(i1)*(fix1501-fix0899) + z4

	out[0], out[7*step] = descale(a0+b3, shift), descale(a0-b3, shift)
	out[step], out[6*step] = descale(a1+b2, shift), descale(a1-b2, shift)
	out[2*step], out[5*step] = descale(a2+b1, shift), descale(a2-b1, shift)
	out[3*step], out[4*step] = descale(a3+b0, shift), descale(a3-b0, shift)
}

// descale divides by a power of two, rounds and saturates to 16 bits.
func descale(v int32, shift uint) int16 {
	v = (v + 1<<(shift-1)) >> shift
	return int16(min(max(v, -1<<15), 1<<15-1))
}

// sample moves a value of the last pass to the range of samples.
func sample(v int16) uint8 { return uint8(min(max(v, -128), 127) + 128) }

// flat says whether all coefficients are zero.
func flat(coef []int16) bool {
	for _, c := range coef {
		if c != 0 {
			return false
		}
	}
	return true
}
