package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// across filters rows of sums and differences along the row: each gives its mean and its variance under the window.
//
// Both are taken relative to the value in the window's middle, which bounds what the variance can lose by cancellation.
func across(k constants) {
	kernel("acrossAVX2", "func(dst, sums, diffs *float32, stride, blocks, rows int)")
	Doc("acrossAVX2 is across for blocks of 8 results. Strides are in values; dst is the first row's place in the first block.")
	dst, sums, diffs := pointer("dst"), pointer("sums"), pointer("diffs")
	stride, blocks, rows := pointer("stride"), pointer("blocks"), pointer("rows")
	var w [radius + 1]VecVirtual
	for d := 1; d <= radius; d++ {
		w[d] = YMM()
		VMOVUPS(k.weight[d], w[d])
	}
	SHLQ(Imm(2), stride)
	loop("acrossRow", rows, func() {
		s, d, out, n := GP64(), GP64(), GP64(), GP64()
		MOVQ(sums, s)
		MOVQ(diffs, d)
		MOVQ(dst, out)
		MOVQ(blocks, n)
		loop("acrossBlock", n, func() {
			acrossMap(w, s, Mem{Base: out, Disp: meanSum}, Mem{Base: out, Disp: varianceSum})
			acrossMap(w, d, Mem{Base: out, Disp: meanDiff}, Mem{Base: out, Disp: varianceDiff})
			ADDQ(Imm(vector), s)
			ADDQ(Imm(vector), d)
			ADDQ(U32(block), out)
		})
		ADDQ(stride, sums)
		ADDQ(stride, diffs)
		ADDQ(U32(row), dst)
	})
	finish()
}

// acrossMap gives mean and variance of 8 windows; src is the first value of the first.
func acrossMap(w [radius + 1]VecVirtual, src Register, mean, variance Mem) {
	at := func(tap int) Mem { return Mem{Base: src, Disp: tap * word} }
	middle, shift, energy := YMM(), YMM(), YMM()
	VMOVUPS(at(radius), middle)
	for d := radius; d > 0; d-- {
		left, right, both := YMM(), YMM(), YMM()
		VSUBPS(at(radius-d), middle, left)
		VSUBPS(at(radius+d), middle, right)
		VADDPS(left, right, both)
		VMULPS(left, left, left)
		VFMADD231PS(right, right, left)
		if d == radius {
			VMULPS(w[d], both, shift)
			VMULPS(w[d], left, energy)
			continue
		}
		VFMADD231PS(w[d], both, shift)
		VFMADD231PS(w[d], left, energy)
	}
	VSUBPS(shift, middle, middle)
	VFNMADD231PS(shift, shift, energy)
	VMOVUPS(middle, mean)
	VMOVUPS(energy, variance)
}

// down filters 14 rows of means and variances down the columns into 4 rows of the index and of its second factor.
//
// Everything is relative to the mean of row 6, which lies within two rows of the middle of all four windows. The
// filters go by weight, from the edge of the windows inwards, so that no more than 8 of the 14 rows are in registers.
func down(k constants) {
	kernel("downAVX2", "func(g0, g1, g2, g3 *float32, blocks int, limits *[2]float32, dst *float32, totals *[16]float64)")
	Doc("downAVX2 is down for blocks of 8 columns.")
	var groups [4]Register
	for i, name := range []string{"g0", "g1", "g2", "g3"} {
		groups[i] = pointer(name)
	}
	blocks, limits, dst, totals := pointer("blocks"), pointer("limits"), pointer("dst"), pointer("totals")
	frame := AllocLocal(12 * vector)
	slot := func(i int) Mem { return frame.Offset(i * vector) }
	loop("downBlock", blocks, func() {
		// Slots 0 to 3 hold the means of the sums, 4 to 7 their variances, 8 to 11 are for passing.
		origin, variance := downMap(k, groups, meanSum, slot)
		for j := range group {
			shift, mean := YMM(), YMM()
			VMOVUPS(slot(8+j), shift)
			VSUBPS(shift, origin, mean)
			VFNMADD231PS(shift, shift, variance[j])
			VMOVUPS(mean, slot(j))
			VMOVUPS(variance[j], slot(4+j))
		}
		origin, variance = downMap(k, groups, meanDiff, slot)
		index(k, origin, variance, indexPlaces{slot, limits, dst, totals})
		for _, g := range groups {
			ADDQ(U32(block), g)
		}
		ADDQ(Imm(vector), dst)
	})
	finish()
}

// downMap filters the mean at offset m and the variance behind it. It returns the origin and the mean squares about
// it, and leaves the negative shifts from the origin in the slots from 8.
func downMap(k constants, groups [4]Register, m int, slot func(int) Mem) (origin VecVirtual, energy [group]VecVirtual) {
	at := func(r, offset int) Mem { return Mem{Base: groups[r/group], Disp: r%group*row + offset} }
	origin = YMM()
	VMOVUPS(at(6, m), origin)
	shift := downFilter(k, func(r int) VecVirtual {
		if r == 6 {
			return nil // exactly 0
		}
		v := YMM()
		VSUBPS(at(r, m), origin, v)
		return v
	})
	for j := range group {
		VMOVUPS(shift[j], slot(8+j))
	}
	energy = downFilter(k, func(r int) VecVirtual {
		v := YMM()
		if r == 6 {
			VMOVUPS(at(r, m+vector), v)
			return v
		}
		VSUBPS(at(r, m), origin, v)
		VFMADD213PS(at(r, m+vector), v, v)
		return v
	})
	return origin, energy
}

// downFilter weighs 14 rows for 4 results. A row that is nil is 0.
func downFilter(k constants, load func(row int) VecVirtual) (acc [group]VecVirtual) {
	rows := map[int]VecVirtual{}
	get := func(r int) VecVirtual {
		if _, ok := rows[r]; !ok {
			rows[r] = load(r)
		}
		return rows[r]
	}
	for d := radius; d >= 0; d-- {
		w := YMM()
		VMOVUPS(k.weight[d], w)
		for j := range group {
			pair := addRows(get(j+radius-d), get(j+radius+d), d == 0)
			switch {
			case pair == nil:
			case acc[j] == nil:
				acc[j] = YMM()
				VMULPS(w, pair, acc[j])
			default:
				VFMADD231PS(w, pair, acc[j])
			}
		}
	}
	return acc
}

func addRows(a, b VecVirtual, same bool) VecVirtual {
	switch {
	case same || b == nil:
		return a
	case a == nil:
		return b
	}
	sum := YMM()
	VADDPS(a, b, sum)
	return sum
}

type indexPlaces struct {
	slot        func(int) Mem
	limits      Register
	dst, totals Register
}

// index is the formula of similarity: from the moments of sum and difference to the index and its second factor.
func index(k constants, origin VecVirtual, variance [group]VecVirtual, p indexPlaces) {
	var full, second [group]VecVirtual
	for j := range group {
		full[j], second[j] = indexRow(k, origin, variance[j], j, p)
		VMOVUPS(full[j], Mem{Base: p.dst, Disp: j * tile * word})
		VMOVUPS(second[j], Mem{Base: p.dst, Disp: (group + j) * tile * word})
	}
	total(full, Mem{Base: p.totals})
	total(second, Mem{Base: p.totals, Disp: 2 * vector})
}

func indexRow(k constants, origin, vd VecVirtual, j int, p indexPlaces) (full, second VecVirtual) {
	md, zero, ms, bright, busy, r := YMM(), YMM(), YMM(), YMM(), YMM(), YMM()
	VMOVUPS(p.slot(8+j), md)
	VFNMADD231PS(md, md, vd)
	VSUBPS(md, origin, md)
	VXORPS(zero, zero, zero)
	VMAXPS(zero, vd, vd)
	VMULPS(md, md, md)

	VMOVUPS(p.slot(j), ms)
	VBROADCASTSS(Mem{Base: p.limits}, bright)
	VFMADD231PS(ms, ms, bright)
	VADDPS(md, bright, bright)
	VBROADCASTSS(Mem{Base: p.limits, Disp: word}, busy)
	VADDPS(p.slot(4+j), busy, busy)
	VADDPS(vd, busy, busy)

	VMULPS(bright, busy, r)
	two := YMM()
	VMOVUPS(k.two, two)
	VDIVPS(r, two, r)
	VMULPS(bright, vd, vd)
	VMULPS(busy, md, md)
	full, second = YMM(), YMM()
	VMOVUPS(k.one, second)
	VMOVUPS(k.one, full)
	VFNMADD231PS(r, vd, second)
	VFNMADD231PS(r, md, full)
	VMULPS(second, full, full)
	return full, second
}

// total adds four rows of 8 values to 8 sums in float64.
func total(rows [group]VecVirtual, at Mem) {
	low, high := YMM(), YMM()
	VADDPS(rows[0], rows[1], low)
	VADDPS(rows[2], rows[3], high)
	VADDPS(low, high, low)
	wide := YMM()
	VCVTPS2PD(low.AsX(), wide)
	VADDPD(at, wide, wide)
	VMOVUPD(wide, at)
	VEXTRACTF128(Imm(1), low, low.AsX())
	VCVTPS2PD(low.AsX(), wide)
	VADDPD(at.Offset(vector), wide, wide)
	VMOVUPD(wide, at.Offset(vector))
}
