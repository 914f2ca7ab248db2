package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// xyz8 converts 8-bit sRGB to planes of X, Y and Z.
func xyz8() {
	function("xyz8AVX2", "func(dst *float32, src *uint8, weights *int32, groups int)",
		"converts 8·groups pixels of packed sRGB to planes of Y, X and Z.")
	dst, src, weights := pointer("dst"), pointer("src"), pointer("weights")
	loop(pointer("groups"), func() {
		x, y, z := weigh8(weights, src)
		VMOVUPS(y, Mem{Base: dst})
		VMOVUPS(x, Mem{Base: dst, Disp: planeBytes})
		VMOVUPS(z, Mem{Base: dst, Disp: 2 * planeBytes})
		ADDQ(Imm(24), src)
		ADDQ(Imm(32), dst)
	})
	finish()
}

// weigh8 adds up the shares of X, Y and Z of eight pixels and transposes them.
func weigh8(weights, src Register) (x, y, z vec) {
	var eight [3]GPVirtual
	for i := range eight {
		eight[i] = GP64()
		MOVQ(Mem{Base: src, Disp: 8 * i}, eight[i])
	}
	pixel := func(i int) VecVirtual {
		sum := XMM()
		for sample := range 3 {
			at, n := GP64(), 3*i+sample
			RORXQ(Imm(uint64(8*n+60)%64), eight[n/8], at) // 16 times the sample, with others around it
			ANDL(U32(0xff0), at.As32())
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
	return x, y, z
}

// xyz16 looks up the linear value of 16-bit sRGB and multiplies by the matrix, as lab16 does.
func xyz16() {
	function("xyz16AVX2", "func(dst *float32, src *uint16, linear *int32, k *float32, groups int)",
		"converts 8·groups pixels of packed sRGB to planes of Y, X and Z.")
	dst, src, linear := pointer("dst"), pointer("src"), pointer("linear")
	k := kernel{avx2, pointer("k")}
	loop(pointer("groups"), func() {
		r, g, b := lookUp(src, linear)
		dr, db := toFloat(subInts(r, g)), toFloat(subInts(b, g))
		mixed := func(base vec, red, blue string) vec {
			v := addProduct(dr, k.at(red), mul(db, k.at(blue)))
			VCVTPS2DQ(v, v)
			VPADDD(base, v, v)
			return v
		}
		y := mixed(g, "yRed", "yBlue")
		VMOVDQU(y, Mem{Base: dst})
		VMOVDQU(mixed(y, "xRed", "xBlue"), Mem{Base: dst, Disp: planeBytes})
		VMOVDQU(mixed(y, "zRed", "zBlue"), Mem{Base: dst, Disp: 2 * planeBytes})
		ADDQ(Imm(48), src)
		ADDQ(Imm(32), dst)
	})
	finish()
}

// lookUp gathers the linear values of eight pixels: by single loads, which AMD does faster than VGATHERDPS, with the
// samples cut out of 64 bits at a time, which costs less than loading each.
func lookUp(src, linear Register) (r, g, b vec) {
	var low, high [3]VecVirtual
	var word GPVirtual
	for n := range 24 {
		four := &low
		if n >= 12 {
			four = &high
		}
		if n%12 < 3 {
			four[n%3] = XMM()
		}
		if n%4 == 0 {
			word = GP64()
			MOVQ(Mem{Base: src, Disp: 2 * n}, word)
		}
		at := GP64()
		RORXQ(Imm(uint64(16*(n%4))), word, at)
		MOVWQZX(at.As16(), at)
		value, lane := Mem{Base: linear, Index: at, Scale: 4}, n/3%4
		if lane == 0 {
			VMOVSS(value, four[n%3])
		} else {
			VINSERTPS(Imm(uint64(lane<<4)), value, four[n%3], four[n%3])
		}
	}
	join := func(i int) vec {
		r := YMM()
		VINSERTF128(Imm(1), high[i], low[i].AsY(), r)
		return r
	}
	return join(0), join(1), join(2)
}

// lab is labOfXYZ after roots, in place.
func (k kernel) lab(planes Register) {
	limit := k.constant("darkLimit")
	light := func(i int) vec { return maxInts(limit, at(planes, i)) }
	ty, tx, tz := light(0), light(1), light(2)
	dark := func(i int, t vec) vec { return subInts(k.load(at(planes, i)), t) }
	dy := dark(0, ty)
	cy := k.load(at(planes, rootY))
	yy := mul(cy, cy)

	cx := k.load(at(planes, rootX))
	a := div(toFloat(subInts(tx, ty)), addProduct(add(cy, cx), cx, copyOf(yy)))
	addProduct(toFloat(subInts(dark(1, tx), dy)), k.at("darkSlopeA"), a)
	cz := k.load(at(planes, rootZ))
	b := mul(toFloat(subInts(ty, tz)), k.at("blueUnit"))
	VDIVPS(addProduct(add(cy, cz), cz, yy), b, b)
	addProduct(toFloat(subInts(dy, dark(2, tz))), k.at("darkSlopeB"), b)
	VMOVUPS(addProduct(toFloat(dy), k.at("darkSlope"), cy), at(planes, 0))
	VMOVUPS(a, at(planes, 1))
	VMOVUPS(b, at(planes, 2))
	VMOVUPS(sqrt(addProduct(a, a, mul(b, b))), at(planes, 3))
}

// roots is func root of Y, X and Z. The three go side by side: each is one long chain.
func (k kernel) roots(planes Register) {
	limit := k.constant("darkLimit")
	mantissa, one, centre := k.constant("mantissa"), k.constant("one"), k.constant("rootCentre")
	highest, next := k.constant("root7"), k.constant("root6")
	var octave, d, c [3]vec
	for i := range c {
		octave[i] = toFloat(maxInts(limit, at(planes, i)))
		d[i] = and(octave[i], mantissa)
		VPSRLD(Imm(23), octave[i], octave[i])
		VORPS(one, d[i], d[i])
		VSUBPS(centre, d[i], d[i])
		c[i] = fmaInto(copyOf(highest), d[i], next)
	}
	for _, name := range []string{"root5", "root4", "root3", "root2", "root1"} {
		coefficient := k.constant(name)
		for i := range c {
			fmaInto(c[i], d[i], coefficient)
		}
	}
	scales, bases := k.constant("rootScales"), k.constant("rootBases")
	for i := range c {
		VMULPS(d[i], c[i], c[i])
		VPERMPS(scales, octave[i], d[i])
		VPERMPS(bases, octave[i], octave[i])
		VMOVUPS(fmaInto(c[i], d[i], octave[i]), at(planes, rootY+i))
	}
}
