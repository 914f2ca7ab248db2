package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// pool writes the maximum over windows of side×side pixels, two pixels apart, for a row of output pixels.
func pool(side int) {
	name := fmt.Sprintf("poolAVX2p%dx%d", side, side)
	TEXT(name, NOSPLIT, "func(dst, src *float32, pixels, channels, row int)")
	Doc(name+" writes pixels maxima of each channel; row is the distance of two input rows in bytes.",
		"pixels must be positive and channels a positive multiple of 8.")
	Pragma("noescape")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	pixels, pixel := Load(Param("pixels"), GP64()), Load(Param("channels"), GP64())
	row := Load(Param("row"), GP64())
	SHLQ(Imm(2), pixel) // from channels to bytes
	Label("pixel")
	rows := []reg.Register{src}
	for len(rows) < side {
		next := GP64()
		LEAQ(Mem{Base: rows[len(rows)-1], Index: row, Scale: 1}, next)
		rows = append(rows, next)
	}
	count := GP64()
	MOVQ(pixel, count)
	Label("channels")
	poolVector(rows, pixel, dst)
	for _, r := range append(rows, dst) {
		ADDQ(Imm(32), r)
	}
	SUBQ(Imm(32), count)
	JNE(LabelRef("channels"))
	ADDQ(pixel, src) // src itself went on by one pixel as the first of rows
	DECQ(pixels)
	JNE(LabelRef("pixel"))
	VZEROUPPER()
	RET()
}

// poolVector writes the maximum of eight channels.
func poolVector(rows []reg.Register, pixel, dst reg.Register) {
	most := YMM()
	for y, r := range rows {
		for x := range rows {
			at := Mem{Base: r}
			if x > 0 {
				at = Mem{Base: r, Index: pixel, Scale: uint8(x)}
			}
			if x == 0 && y == 0 {
				VMOVUPS(at, most)
			} else {
				VMAXPS(at, most, most)
			}
		}
	}
	VMOVUPS(most, Mem{Base: dst})
}

// distance writes the weighted squared distance of unit feature vectors, for a row of pixels.
func distance() {
	TEXT("distanceAVX2", NOSPLIT, "func(dst, a, b, weights *float32, pixels, channels int)")
	Doc("distanceAVX2 writes, for each pixel, the sum over the channels of weights × (a/(|a|+1e-10) − b/(|b|+1e-10))².",
		"pixels must be positive and channels a positive multiple of 16.")
	Pragma("noescape")
	dst, a, b := Load(Param("dst"), GP64()), Load(Param("a"), GP64()), Load(Param("b"), GP64())
	weights, pixels := Load(Param("weights"), GP64()), Load(Param("pixels"), GP64())
	bytes, at := Load(Param("channels"), GP64()), GP64()
	SHLQ(Imm(2), bytes)
	Label("pixel")
	ia, ib := norms(a, b, bytes, at)
	sum := difference(a, b, weights, bytes, at, ia, ib)
	VMOVSS(sum, Mem{Base: dst})
	ADDQ(Imm(4), dst)
	ADDQ(bytes, a)
	ADDQ(bytes, b)
	DECQ(pixels)
	JNE(LabelRef("pixel"))
	VZEROUPPER()
	RET()
}

// norms returns 1/(|a|+1e-10) and 1/(|b|+1e-10) in all lanes. Each has two sums, since one addition waits for the last.
func norms(a, b, bytes, at reg.Register) (ia, ib reg.VecVirtual) {
	var sums [4]reg.VecVirtual
	for i := range sums {
		sums[i] = YMM()
		VXORPS(sums[i], sums[i], sums[i])
	}
	XORQ(at, at)
	Label("norm")
	for i, s := range sums {
		base, v := a, YMM()
		if i >= 2 {
			base = b
		}
		VMOVUPS(Mem{Base: base, Index: at, Scale: 1, Disp: 32 * (i % 2)}, v)
		VFMADD231PS(v, v, s)
	}
	ADDQ(Imm(64), at)
	CMPQ(at, bytes)
	JNE(LabelRef("norm"))
	epsilon, unit := ConstData("epsilon", F32(1e-10)), ConstData("unit", F32(1))
	return inverse(sums[0], sums[1], epsilon, unit), inverse(sums[2], sums[3], epsilon, unit)
}

// inverse returns unit/(√(the sum of all lanes of v and w)+epsilon) in all lanes.
func inverse(v, w reg.VecVirtual, epsilon, unit Mem) reg.VecVirtual {
	VADDPS(w, v, v)
	s, one := lanes(v), XMM()
	VSQRTSS(s, s, s)
	VADDSS(epsilon, s, s)
	VMOVSS(unit, one)
	VDIVSS(s, one, s)
	all := YMM()
	VBROADCASTSS(s, all)
	return all
}

// lanes returns the sum of the eight lanes.
func lanes(v reg.VecVirtual) reg.VecVirtual {
	s, t := XMM(), XMM()
	VEXTRACTF128(Imm(1), v, s)
	VADDPS(v.AsX(), s, s)
	VMOVHLPS(s, s, t)
	VADDPS(t, s, s)
	VMOVSHDUP(s, t)
	VADDSS(t, s, s)
	return s
}

// difference returns the weighted squared distance in the lowest lane. Products are rounded before they are
// subtracted, so that equal features give exactly 0.
func difference(a, b, weights, bytes, at reg.Register, ia, ib reg.VecVirtual) reg.VecVirtual {
	sums := [2]reg.VecVirtual{YMM(), YMM()}
	for _, s := range sums {
		VXORPS(s, s, s)
	}
	XORQ(at, at)
	Label("difference")
	for i, s := range sums {
		x, y := YMM(), YMM()
		VMULPS(Mem{Base: a, Index: at, Scale: 1, Disp: 32 * i}, ia, x)
		VMULPS(Mem{Base: b, Index: at, Scale: 1, Disp: 32 * i}, ib, y)
		VSUBPS(y, x, x)
		VMULPS(x, x, x)
		VFMADD231PS(Mem{Base: weights, Index: at, Scale: 1, Disp: 32 * i}, x, s)
	}
	ADDQ(Imm(64), at)
	CMPQ(at, bytes)
	JNE(LabelRef("difference"))
	VADDPS(sums[1], sums[0], sums[0])
	return lanes(sums[0])
}
