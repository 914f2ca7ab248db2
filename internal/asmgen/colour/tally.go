package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// tally is Difference.add for values from 0 to 128: histogram, sum, number above the threshold, largest.
func tally() {
	TEXT("tallyAVX2", NOSPLIT, "func(values *float32, k *float32, groups int, bins *uint32, threshold float32, t *uint64)")
	Doc("tallyAVX2 counts 8·groups values of 0 to 128 in bins, of four counters each, and sets a tallied.")
	Pragma("noescape")
	values := Load(Param("values"), GP64())
	k := constants{Load(Param("k"), GP64())}
	groups := Load(Param("groups"), GP64())
	bins := Load(Param("bins"), GP64())
	threshold := YMM()
	VBROADCASTSS(NewParamAddr("threshold", 32), threshold)
	fixedOne := load(k.at("fixedOne"))
	zero, even, odd, over, largest := YMM(), YMM(), YMM(), YMM(), YMM()
	for _, r := range []vec{zero, even, odd, over, largest} {
		VXORPS(r, r, r)
	}
	index := AllocLocal(32)

	loop("tallyloop", groups, func() {
		v := load(Mem{Base: values})
		VMAXPS(largest, v, largest)
		above, some, fixed := YMM(), YMM(), YMM()
		VCMPPS(Imm(0x1e), threshold, v, above) // greater, quiet
		VPADDD(above, over, over)
		VCMPPS(Imm(0x04), zero, v, some) // not equal
		VPMINUD(k.at("ceiling"), v, v)   // what is no number from 0 up, too: nothing is counted beyond the bins
		VMULPS(fixedOne, v, fixed)
		VCVTPS2DQ(fixed, fixed)
		addWide(fixed, k.at("lowHalf"), even, odd)
		VPSRLD(Imm(15), fixed, fixed)
		VPSUBD(some, fixed, fixed)
		VPSLLD(Imm(4), fixed, fixed)
		VMOVDQU(fixed, index)
		for i := range 8 {
			at := GP64()
			MOVLQZX(index.Offset(4*i), at)
			INCL(Mem{Base: bins, Index: at, Scale: 1, Disp: 4 * (i % 4)})
		}
		ADDQ(Imm(32), values)
	})
	out := Load(Param("t"), GP64())
	VPADDQ(odd, even, even)
	VMOVDQU(even, Mem{Base: out})
	VMOVDQU(over, Mem{Base: out, Disp: 32})
	VMOVUPS(largest, Mem{Base: out, Disp: 64})
	VZEROUPPER()
	RET()
}

// addWide adds eight numbers of 32 bits to sums of 64.
func addWide(v vec, lowHalf Op, even, odd vec) {
	low, high := YMM(), YMM()
	VPAND(lowHalf, v, low)
	VPADDQ(low, even, even)
	VPSRLQ(Imm(32), v, high)
	VPADDQ(high, odd, odd)
}
