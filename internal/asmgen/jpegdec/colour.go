package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Factors of convert.go in the package, less the whole part, as words.
const (
	cbToG = -22554
	crToG = 65536 - 46802 // −0.714136, plus 1

	// Half of the factor in 16 bits, because VPMULHRSW shifts by 15. For all 256 values of a sample the rounding comes out
	// as that of the whole factor, which a test goes through.
	crToR = 13173 // 1.402 less 1
	cbToB = -7471 // 1.772 less 2
)

// yccToRGB is yccRow for multiples of 32 pixels.
func yccToRGB() {
	TEXT("yccRowAVX2", NOSPLIT, "func(dst, y, cb, cr *uint8, pixels int)")
	Pragma("noescape")
	Doc("yccRowAVX2 converts a multiple of 32 pixels: yccRow in assembly.")
	dst, yp := Load(Param("dst"), GP64()), Load(Param("y"), GP64())
	cbp, crp := Load(Param("cb"), GP64()), Load(Param("cr"), GP64())
	n := Load(Param("pixels"), GP64())
	middle, factorG, half := YMM(), YMM(), YMM()
	VMOVDQU(idctConstants.middle, middle)
	VMOVDQU(words16("greenFactors", []int16{cbToG, crToG}, []int16{cbToG, crToG}), factorG)
	VMOVDQU(dwords8("half", 1<<15), half)
	factorR, factorB := splat("redFactor", crToR), splat("blueFactor", cbToB)
	masks := blendMasks()
	i := GP64()
	XORQ(i, i)
	JMP(LabelRef("test"))

	Label("pixels")
	cb, cr, y := YMM(), YMM(), YMM()
	VPXOR(Mem{Base: cbp, Index: i, Scale: 1}, middle, cb) // −128 to 127
	VPXOR(Mem{Base: crp, Index: i, Scale: 1}, middle, cr)
	VMOVDQU(Mem{Base: yp, Index: i, Scale: 1}, y)
	var r, g, b [2]VecVirtual
	for h := range 2 {
		cbw, crw, yw := signedHalf(cb, h), signedHalf(cr, h), unsignedHalf(y, h)
		g[h] = green(cbw, crw, yw, factorG, half)
		r[h] = YMM()
		VPMULHRSW(factorR, crw, r[h])
		VPADDW(crw, r[h], r[h])
		VPADDW(yw, r[h], r[h])
		b[h] = YMM()
		VPMULHRSW(factorB, cbw, b[h])
		VPADDW(cbw, b[h], b[h])
		VPADDW(cbw, b[h], b[h])
		VPADDW(yw, b[h], b[h])
	}
	VPACKUSWB(r[1], r[0], r[0])
	VPACKUSWB(g[1], g[0], g[0])
	VPACKUSWB(b[1], b[0], b[0])
	interleave(r[0], g[0], b[0], masks, dst)
	ADDQ(Imm(96), dst)
	ADDQ(Imm(32), i)
	Label("test")
	CMPQ(i, n)
	JLT(LabelRef("pixels"))
	VZEROUPPER()
	RET()
}

// signedHalf widens half of the bytes of each half of a vector to words with their sign.
func signedHalf(v VecVirtual, half int) VecVirtual {
	w := YMM()
	if half == 0 {
		VPUNPCKLBW(v, v, w)
	} else {
		VPUNPCKHBW(v, v, w)
	}
	VPSRAW(Imm(8), w, w)
	return w
}

// unsignedHalf is signedHalf without sign.
func unsignedHalf(v VecVirtual, half int) VecVirtual {
	w, zero := YMM(), YMM()
	VPXOR(zero, zero, zero)
	if half == 0 {
		VPUNPCKLBW(zero, v, w)
	} else {
		VPUNPCKHBW(zero, v, w)
	}
	return w
}

// green sums both products before it rounds.
func green(cb, cr, y, factors, half VecVirtual) VecVirtual {
	low, high := YMM(), YMM()
	VPUNPCKLWD(cr, cb, low)
	VPUNPCKHWD(cr, cb, high)
	for _, v := range []VecVirtual{low, high} {
		VPMADDWD(factors, v, v)
		VPADDD(half, v, v)
		VPSRAD(Imm(16), v, v)
	}
	VPACKSSDW(high, low, low)
	VPSUBW(cr, low, low)
	VPADDW(y, low, low)
	return low
}

// interleave stores 32 pixels. Of three bytes that are 16 apart in the output one is of each channel, so one arrangement
// of each channel serves all three vectors, and blending picks from them.
func interleave(r, g, b VecVirtual, masks [3]VecVirtual, dst Register) {
	channels := []VecVirtual{r, g, b}
	for c, v := range channels {
		VPSHUFB(arrangement(c), v, v)
	}
	for part := range 3 {
		out := YMM()
		// Byte p of this vector is of channel (16·part + p) mod 3 = (part + p) mod 3.
		VPBLENDVB(masks[(4-part)%3], g, r, out)
		VPBLENDVB(masks[(5-part)%3], b, out, out)
		VMOVDQU(out.AsX(), at(dst, 16*part))
		VEXTRACTI128(Imm(1), out, at(dst, 48+16*part))
	}
}

// blendMasks are masks of the bytes whose place in a half is 0, 1 or 2 modulo 3.
func blendMasks() (masks [3]VecVirtual) {
	for c := range masks {
		var b [16]byte
		for p := c; p < 16; p += 3 {
			b[p] = 0xff
		}
		masks[c] = YMM()
		VMOVDQU(bytes32([]string{"place0", "place1", "place2"}[c], b[:]), masks[c])
	}
	return masks
}

// arrangement puts byte p of the channel where it belongs in whichever of the three vectors has it.
func arrangement(channel int) Mem {
	var b [16]byte
	for p := range 16 {
		for part := range 3 {
			if at := 16*part + p - channel; at >= 0 && at%3 == 0 && at/3 < 16 {
				b[p] = byte(at / 3)
			}
		}
	}
	return bytes32([]string{"redPlaces", "greenPlaces", "bluePlaces"}[channel], b[:])
}
