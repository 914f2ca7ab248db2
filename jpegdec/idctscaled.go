package jpegdec

// Constants of the reduced transforms, as in libjpeg's jidctred.c, which keeps the low frequencies of the 8×8 transform
// and evaluates it in the middle of each group of samples.
const (
	fix0211, fix0509, fix0601, fix0720, fix0850 = 1730, 4176, 4926, 5906, 6967
	fix1061, fix1272, fix1451, fix2172, fix3624 = 8697, 10426, 11893, 17799, 29692
)

// idct4 writes 4×4 samples of one block, half the size. The fourth row and column of frequencies are left out.
func idct4(dst []uint8, stride int, coef *[64]int16, quant *[64]int16) {
	var in, mid [64]int16
	for i := range in {
		in[i] = coef[i] * quant[i]
	}
	if flat(coef[8:32]) && flat(coef[40:]) {
		for u := range 8 {
			for y := range 4 {
				mid[8*y+u] = in[u] << pass1Bits
			}
		}
	} else {
		for u := range 8 {
			idct1Dto4(mid[u:], in[u:], 8, constBits-pass1Bits+1)
		}
	}
	for y := range 4 {
		row := mid[8*y : 8*y+8]
		idct1Dto4(row, row, 1, constBits+pass1Bits+3+1)
		out := dst[y*stride:][:4]
		for x := range out {
			out[x] = sample(row[x])
		}
	}
}

// idct1Dto4 transforms seven of eight values that stand step apart into four.
func idct1Dto4(out, in []int16, step int, shift uint) {
	i0, i1, i2, i3 := int32(in[0]), int32(in[step]), int32(in[2*step]), int32(in[3*step])
	i5, i6, i7 := int32(in[5*step]), int32(in[6*step]), int32(in[7*step])
	even0, even2 := i0<<(constBits+1), i2*fix1847-i6*fix0765
	odd0 := i1*fix1061 - i3*fix2172 + i5*fix1451 - i7*fix0211
	odd2 := i1*fix2562 + i3*fix0899 - i5*fix0601 - i7*fix0509
	a0, a2 := even0+even2, even0-even2
	out[0], out[3*step] = descale(a0+odd2, shift), descale(a0-odd2, shift)
	out[step], out[2*step] = descale(a2+odd0, shift), descale(a2-odd0, shift)
}

// idct2 writes 2×2 samples of one block, a quarter of the size, from the first and the odd frequencies.
func idct2(dst []uint8, stride int, coef *[64]int16, quant *[64]int16) {
	const shift1, shift2 = constBits - pass1Bits + 2, constBits + pass1Bits + 3 + 2
	var mid [2][8]int32
	for _, u := range [5]int{0, 1, 3, 5, 7} {
		at := func(v int) int32 { return int32(coef[8*v+u] * quant[8*v+u]) }
		even := at(0) << (constBits + 2)
		odd := at(1)*fix3624 - at(3)*fix1272 + at(5)*fix0850 - at(7)*fix0720
		mid[0][u], mid[1][u] = (even+odd+1<<(shift1-1))>>shift1, (even-odd+1<<(shift1-1))>>shift1
	}
	for y := range 2 {
		at := func(u int) int32 { return min(max(mid[y][u], -1<<15), 1<<15-1) }
		even := mid[y][0] << (constBits + 2)
		odd := at(1)*fix3624 - at(3)*fix1272 + at(5)*fix0850 - at(7)*fix0720
		dst[y*stride] = sample(descale(even+odd, shift2))
		dst[y*stride+1] = sample(descale(even-odd, shift2))
	}
}

// idct1 writes the one sample of a block at an eighth of the size: its mean. libjpeg takes it from a table of 1,024
// entries, of which an absurd coefficient uses the rest of its division by 1,024.
func idct1(dst []uint8, _ int, coef *[64]int16, quant *[64]int16) {
	v := (int32(coef[0])*int32(quant[0]) + 4) >> 3
	v = (v&1023 + 512) & 1023 // −512 to 511, moved to 0 to 1,023
	dst[0] = uint8(min(max(v-512, -128), 127) + 128)
}
