package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// tally is Difference.add for values from 0 to 128: histogram, sum, number above the threshold, largest.
func (i isa) tally() {
	function("tally"+i.name, "func(values *float32, k *float32, groups int, bins *uint32, threshold float32, t *uint32)",
		"counts groups of values of 0 to 128 in bins, of four counters each, and sets a tallied.")
	values := pointer("values")
	k := kernel{i, pointer("k")}
	groups, bins, t := pointer("groups"), pointer("bins"), pointer("t")
	threshold := i.vector()
	VBROADCASTSS(NewParamAddr("threshold", 32), threshold)
	fixedOne := k.constant("fixedOne")
	even, odd, over, largest, zero := i.zero(), i.zero(), i.zero(), i.zero(), i.zero()
	var minusOnes vec
	if i.wide() {
		minusOnes = i.vector()
		VPTERNLOGD(U8(0xff), minusOnes, minusOnes, minusOnes)
	}

	loop(groups, func() {
		v := k.load(Mem{Base: values})
		VMAXPS(largest, v, largest)
		i.countDown(over, i.compare(greater, v, threshold), minusOnes)
		some := i.compare(notEqual, v, zero)
		VPMINUD(k.at("ceiling"), v, v) // what is no number from 0 up, too: nothing is counted beyond the bins
		fixed := mul(v, fixedOne)
		VCVTPS2DQ(fixed, fixed)
		addWide(fixed, k.at("lowHalf"), even, odd)
		VPSRLD(Imm(15), fixed, fixed)
		i.countUp(fixed, some, minusOnes)
		VPSLLD(Imm(4), fixed, fixed)
		VMOVUPS(fixed, Mem{Base: t})
		for lane := range i.lanes() {
			at := GP64()
			MOVLQZX(Mem{Base: t, Disp: 4 * lane}, at)
			INCL(Mem{Base: bins, Index: at, Scale: 1, Disp: 4 * (lane % 4)})
		}
		ADDQ(Imm(uint64(i.bytes)), values)
	})
	VPADDQ(odd, even, even)
	sum := i.halves(even, VPADDQ)
	pairwise(sum, 0b01_00_11_10, VPADDQ)
	VMOVQ(sum, Mem{Base: t, Disp: 64})
	for n, total := range []vec{i.halves(over, VPADDD), i.halves(largest, VMAXPS)} {
		combine := []func(...Op){VPADDD, VMAXPS}[n]
		pairwise(total, 0b01_00_11_10, combine)
		pairwise(total, 0b10_11_00_01, combine)
		VMOVD(total, Mem{Base: t, Disp: 72 + 4*n})
	}
	finish()
}

// Predicates of compare, which are quiet.
const (
	greater  = 0x1e
	notEqual = 0x04
)

// compare gives a mask, or -1 in each lane where the predicate holds.
func (i isa) compare(predicate uint8, a, b vec) Register {
	if i.wide() {
		mask := K()
		VCMPPS(Imm(uint64(predicate)), b, a, mask)
		return mask
	}
	r := i.vector()
	VCMPPS(Imm(uint64(predicate)), b, a, r)
	return r
}

// countDown subtracts 1 where the mask is set, countUp adds it. minusOnes is only needed where masks are no vectors.
func (i isa) countDown(v vec, mask Register, minusOnes vec) {
	if i.wide() {
		VPADDD(minusOnes, v, mask, v)
	} else {
		VPADDD(mask, v, v)
	}
}

func (i isa) countUp(v vec, mask Register, minusOnes vec) {
	if i.wide() {
		VPSUBD(minusOnes, v, mask, v)
	} else {
		VPSUBD(mask, v, v)
	}
}

// addWide adds numbers of 32 bits to sums of 64.
func addWide(v vec, lowHalf Op, even, odd vec) {
	high := like(v)
	VPADDQ(and(v, lowHalf), even, even)
	VPSRLQ(Imm(32), v, high)
	VPADDQ(high, odd, odd)
}

// halves combines the upper halves with the lower ones, down to 16 bytes.
func (i isa) halves(v vec, combine func(...Op)) vec {
	upper := i.vector()
	if i.wide() {
		VEXTRACTF64X4(Imm(1), v, upper.AsY())
		combine(upper.AsY(), v.AsY(), v.AsY())
	}
	VEXTRACTF128(Imm(1), v.AsY(), upper.AsX())
	combine(upper.AsX(), v.AsX(), v.AsX())
	return v.AsX().(vec)
}

// pairwise combines 16 bytes with themselves in another order.
func pairwise(v vec, order uint64, combine func(...Op)) {
	other := XMM()
	VPSHUFD(Imm(order), v, other)
	combine(other, v, v)
}
