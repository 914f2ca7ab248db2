package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// lab8 converts 8-bit sRGB to planes of y, a, b and chroma.
func xyz8() {
	TEXT("xyz8AVX2", NOSPLIT, "func(dst *float32, src *uint8, weights *int32, groups int)")
	Doc("xyz8AVX2 converts 8·groups pixels of packed sRGB to planes of Y, X and Z.")
	Pragma("noescape")
	dst := Load(Param("dst"), GP64())
	src := Load(Param("src"), GP64())
	weights := Load(Param("weights"), GP64())
	groups := Load(Param("groups"), GP64())
	offsets := AllocLocal(48)

	loop("lab8loop", groups, func() {
		tableOffsets(src, offsets)
		x, y, z := weigh8(weights, offsets)
		VMOVUPS(y, Mem{Base: dst})
		VMOVUPS(x, Mem{Base: dst, Disp: planeBytes})
		VMOVUPS(z, Mem{Base: dst, Disp: 2 * planeBytes})
		ADDQ(Imm(24), src)
		ADDQ(Imm(32), dst)
	})
	VZEROUPPER()
	RET()
}

// tableOffsets writes 16 times each of 24 samples, so that they can index entries of 16 bytes.
func tableOffsets(src Register, dst Mem) {
	low, high := YMM(), XMM()
	VPMOVZXBW(Mem{Base: src}, low)
	VPMOVZXBW(Mem{Base: src, Disp: 16}, high)
	VPSLLW(Imm(4), low, low)
	VPSLLW(Imm(4), high, high)
	VMOVDQU(low, dst)
	VMOVDQU(high, dst.Offset(32))
}

// weigh8 adds up the shares of X, Y and Z of eight pixels and transposes them.
func weigh8(weights Register, offsets Mem) (x, y, z vec) {
	pixel := func(i int) VecVirtual {
		sum := XMM()
		for sample := range 3 {
			at := GP64()
			MOVWQZX(offsets.Offset(2*(3*i+sample)), at)
			share := Mem{Base: weights, Index: at, Scale: 1, Disp: 4096 * sample}
			if sample == 0 {
				VMOVDQU(share, sum)
			} else {
				VPADDD(share, sum, sum)
			}
		}
		return sum
	}
	var rows [4]vec // pixels i and i+4
	for i := range rows {
		low := pixel(i)
		rows[i] = YMM()
		VINSERTI128(Imm(1), pixel(i+4), low.AsY(), rows[i])
	}
	xy0, xy1, z0, z1 := YMM(), YMM(), YMM(), YMM()
	VPUNPCKLDQ(rows[1], rows[0], xy0)
	VPUNPCKLDQ(rows[3], rows[2], xy1)
	VPUNPCKHDQ(rows[1], rows[0], z0)
	VPUNPCKHDQ(rows[3], rows[2], z1)
	x, y, z = YMM(), YMM(), YMM()
	VPUNPCKLQDQ(xy1, xy0, x)
	VPUNPCKHQDQ(xy1, xy0, y)
	VPUNPCKLQDQ(z1, z0, z)
	VCVTDQ2PS(x, x)
	VCVTDQ2PS(y, y)
	VCVTDQ2PS(z, z)
	return x, y, z
}

// xyz16 looks up the linear value of 16-bit sRGB and multiplies by the matrix, as lab16 does.
func xyz16() {
	TEXT("xyz16AVX2", NOSPLIT, "func(dst *float32, src *uint16, linear *float32, k *float32, groups int)")
	Doc("xyz16AVX2 converts 8·groups pixels of packed sRGB to planes of Y, X and Z.")
	Pragma("noescape")
	dst := Load(Param("dst"), GP64())
	src := Load(Param("src"), GP64())
	linear := Load(Param("linear"), GP64())
	k := constants{Load(Param("k"), GP64())}
	groups := Load(Param("groups"), GP64())

	loop("xyz16loop", groups, func() {
		r, g, b := lookUp(src, linear, 0), lookUp(src, linear, 1), lookUp(src, linear, 2)
		gr, br, bg := sub(g, r), sub(b, r), sub(b, g)
		y := addProduct(bg, k.at("yBlue"), addProduct(gr, k.at("minusYRed"), g))
		VMOVUPS(y, Mem{Base: dst})
		z := addProduct(bg, k.at("minusZGreen"), addProduct(br, k.at("minusZRed"), b))
		VMOVUPS(z, Mem{Base: dst, Disp: 2 * planeBytes})
		x := addProduct(gr, k.at("xGreen"), addProduct(br, k.at("xBlue"), r))
		VMOVUPS(x, Mem{Base: dst, Disp: planeBytes})
		ADDQ(Imm(48), src)
		ADDQ(Imm(32), dst)
	})
	VZEROUPPER()
	RET()
}

// lookUp gathers the linear values of one of the three samples of eight pixels: by single loads, which AMD does faster
// than VGATHERDPS.
func lookUp(src, linear Register, sample int) vec {
	four := func(first int) VecVirtual {
		r := XMM()
		for i := range 4 {
			at := GP64()
			MOVWQZX(Mem{Base: src, Disp: 2 * (3*(first+i) + sample)}, at)
			value := Mem{Base: linear, Index: at, Scale: 4}
			if i == 0 {
				VMOVSS(value, r)
			} else {
				VINSERTPS(Imm(uint64(i<<4)), value, r, r)
			}
		}
		return r
	}
	low, r := four(0), YMM()
	VINSERTF128(Imm(1), four(4), low.AsY(), r)
	return r
}

// storeLab is labOfXYZ.
func storeLab(k constants, dst Register, x, y, z vec) {
	yb, yr := root(k, y)
	VMOVUPS(add(yb, yr), Mem{Base: dst})
	xb, xr := root(k, x)
	a := add(sub(xb, yb), sub(xr, yr))
	VMOVUPS(a, Mem{Base: dst, Disp: planeBytes})
	zb, zr := root(k, z)
	b := mul(add(sub(yb, zb), sub(yr, zr)), k.at("blueUnit"))
	VMOVUPS(b, Mem{Base: dst, Disp: 2 * planeBytes})
	VMOVUPS(sqrt(addProduct(a, a, mul(b, b))), Mem{Base: dst, Disp: 3 * planeBytes})
}

// root is 500 f(t) in two parts.
func root(k constants, t vec) (base, rest vec) {
	dark := sub(t, k.at("darkLimit"))
	zero := YMM()
	VXORPS(zero, zero, zero)
	VMINPS(zero, dark, dark)
	VMAXPS(k.at("darkLimit"), t, t)
	octave := YMM()
	VPSRLD(Imm(23), t, octave)
	base, scale := YMM(), YMM()
	VPERMPS(k.at("rootBases"), octave, base)
	VPERMPS(k.at("rootScales"), octave, scale)
	d := and(t, k.at("mantissa"))
	VORPS(k.at("one"), d, d)
	VSUBPS(k.at("rootCentre"), d, d)
	q := k.polynomial(d, "root8", "root7", "root6", "root5", "root4", "root3", "root2", "root1")
	rest = mul(scale, mul(q, d))
	return base, addProduct(dark, k.at("darkSlope"), rest)
}

// lab converts planes of Y, X and Z to planes of y, a, b and chroma, in place.
func lab() {
	TEXT("labAVX2", NOSPLIT, "func(planes *float32, k *float32, groups int)")
	Doc("labAVX2 converts planes of Y, X and Z to the planes of a labPlanes, in place.")
	Pragma("noescape")
	planes := Load(Param("planes"), GP64())
	k := constants{Load(Param("k"), GP64())}
	groups := Load(Param("groups"), GP64())
	loop("labloop", groups, func() {
		x, y, z := load(Mem{Base: planes, Disp: planeBytes}), load(Mem{Base: planes}), load(Mem{Base: planes, Disp: 2 * planeBytes})
		storeLab(k, planes, x, y, z)
		ADDQ(Imm(32), planes)
	})
	VZEROUPPER()
	RET()
}
