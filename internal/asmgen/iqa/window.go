package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// across filters rows of sums and differences along the row: each gives its mean and its variance under the window.
//
// Both are taken relative to the value in the window's middle, which bounds what the variance can lose by cancellation.
func across(i isa) {
	kernel("across"+i.name, "func(dst, sums, diffs *float32, stride, blocks, rows int)")
	Doc("across" + i.name + " is across for blocks of a vector's results. The stride is in values; dst is the first row's place in the ring.")
	dst, sums, diffs := pointer("dst"), pointer("sums"), pointer("diffs")
	stride, blocks, rows := pointer("stride"), pointer("blocks"), pointer("rows")
	var w [radius + 1]VecVirtual
	for d := 1; d <= radius; d++ {
		w[d] = i.spread(weightAt[d])
	}
	near := K()
	if i.wide() {
		bits := GP32()
		MOVL(U32(1<<(window-1)-1), bits)
		KMOVD(bits, near)
	}
	SHLQ(Imm(2), stride)
	loop("row", rows, func() {
		s, d, out, n := GP64(), GP64(), GP64(), GP64()
		MOVQ(sums, s)
		MOVQ(diffs, d)
		MOVQ(dst, out)
		MOVQ(blocks, n)
		loop("block", n, func() {
			i.acrossMap(w, s, near, Mem{Base: out, Disp: meanSum})
			i.acrossMap(w, d, near, Mem{Base: out, Disp: meanDiff})
			for _, p := range []Register{s, d, out} {
				ADDQ(Imm(uint64(i.bytes)), p)
			}
		})
		ADDQ(stride, sums)
		ADDQ(stride, diffs)
		ADDQ(U32(row), dst)
	})
	finish()
}

// acrossMap gives mean and variance of a vector of windows; src is the first value of the first.
func (i isa) acrossMap(w [radius + 1]VecVirtual, src, near Register, mean Mem) {
	at := i.taps(src, near)
	middle, shift, energy := i.vector(), i.vector(), i.vector()
	VMOVUPS(at(radius), middle)
	for d := radius; d > 0; d-- {
		left, right, both := i.vector(), i.vector(), i.vector()
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
	VMOVUPS(energy, mean.Offset(pitch))
}

// taps gives the vector that begins so many values further. Where a vector is as long as a line of the cache, loading
// all but the first costs double: some are cut out of two neighbours instead, which keeps loads and shuffles in balance.
// near is the mask of the second neighbour's values that windows need: there may be nothing behind them.
func (i isa) taps(src, near Register) func(tap int) Op {
	at := func(tap int) Mem { return Mem{Base: src, Disp: tap * word} }
	if !i.wide() {
		return func(tap int) Op { return at(tap) }
	}
	first, next := i.vector(), i.vector()
	VMOVUPS(at(0), first)
	VMOVUPS_Z(at(i.bytes/word), near, next)
	return func(tap int) Op {
		switch {
		case tap == 0:
			return first
		case tap < 4:
			v := i.vector()
			VALIGND(Imm(uint64(tap)), first, next, v)
			return v
		}
		return at(tap)
	}
}

// downKernel is the state of one loop over the columns.
type downKernel struct {
	isa
	groups         [4]Register
	limits         [2]Mem
	dst, totals    Register
	frame          Mem
	held           map[Mem]VecVirtual // constants that have a register of their own
	keepsRows      bool
	origin         VecVirtual
	shift, squares [group]VecVirtual // of the map at work, relative to the origin
}

// down filters 14 rows of means and variances down the columns into 4 rows of the index and of its second factor.
//
// Everything is relative to the mean of row 6, which lies within two rows of the middle of all four windows. The
// filters go by weight, from the edge of the windows inwards: 16 registers, which cannot hold the 14 rows, then need
// no more than 8 at a time, at the price of making them twice. 32 registers hold them, and the constants.
func down(i isa) {
	kernel("down"+i.name, "func(g0, g1, g2, g3 *float32, blocks int, limits *[2]float32, dst *float32, totals *[16]float64)")
	Doc("down" + i.name + " is down for blocks of a vector's columns.")
	k := downKernel{isa: i, keepsRows: i.wide(), held: map[Mem]VecVirtual{}}
	for j, name := range []string{"g0", "g1", "g2", "g3"} {
		k.groups[j] = pointer(name)
	}
	blocks, limits := pointer("blocks"), pointer("limits")
	k.limits = [2]Mem{{Base: limits}, {Base: limits, Disp: word}}
	k.dst, k.totals = pointer("dst"), pointer("totals")
	if k.keepsRows {
		k.hold(weightAt[:]...)
	} else {
		k.frame = AllocLocal(group * i.bytes)
	}
	loop("block", blocks, func() {
		// Until the results are there, their places hold the means of the sums, then their variances.
		k.filterMap(meanSum)
		for j := range group {
			mean := i.vector()
			VSUBPS(k.shift[j], k.origin, mean)
			VFNMADD231PS(k.shift[j], k.shift[j], k.squares[j])
			VMOVUPS(mean, k.result(j))
			VMOVUPS(k.squares[j], k.result(group+j))
		}
		k.filterMap(meanDiff)
		k.index()
		for _, p := range append(k.groups[:], k.dst) {
			ADDQ(Imm(uint64(i.bytes)), p)
		}
	})
	finish()
}

// result is the place of a row of the index, or from the fourth on of its second factor.
func (k *downKernel) result(n int) Mem { return Mem{Base: k.dst, Disp: n * tile * word} }

// hold spreads constants over registers of their own.
func (k *downKernel) hold(constants ...Mem) {
	for _, m := range constants {
		k.held[m] = k.spread(m)
	}
}

// constant is a register with a constant, made on the spot unless it is held.
func (k *downKernel) constant(m Mem) VecVirtual {
	if v := k.held[m]; v != nil {
		return v
	}
	return k.spread(m)
}

// filterMap filters the mean at offset m and the variance behind it: to the origin, the negative shifts of the means
// from it, and the mean squares about it.
func (k *downKernel) filterMap(m int) {
	at := func(r, offset int) Mem { return Mem{Base: k.groups[r/group], Disp: r%group*row + offset} }
	k.origin = k.vector()
	VMOVUPS(at(6, m), k.origin)
	kept := map[int]VecVirtual{}
	shifted := func(r int) VecVirtual {
		if v := kept[r]; v != nil {
			return v
		}
		v := k.vector()
		VSUBPS(at(r, m), k.origin, v)
		if k.keepsRows {
			kept[r] = v
		}
		return v
	}
	k.shift = k.filter(func(r int) VecVirtual {
		if r == 6 {
			return nil // exactly 0
		}
		return shifted(r)
	})
	if !k.keepsRows {
		for j := range group {
			VMOVUPS(k.shift[j], k.frame.Offset(j*k.bytes))
		}
	}
	k.squares = k.filter(func(r int) VecVirtual {
		if r == 6 {
			v := k.vector()
			VMOVUPS(at(r, m+pitch), v)
			return v
		}
		v := shifted(r)
		VFMADD213PS(at(r, m+pitch), v, v)
		return v
	})
	if !k.keepsRows {
		for j := range group {
			k.shift[j] = k.vector()
			VMOVUPS(k.frame.Offset(j*k.bytes), k.shift[j])
		}
	}
}

// filter weighs 14 rows for 4 results. A row that is nil is 0.
func (k *downKernel) filter(load func(row int) VecVirtual) (acc [group]VecVirtual) {
	rows := map[int]VecVirtual{}
	get := func(r int) VecVirtual {
		if _, ok := rows[r]; !ok {
			rows[r] = load(r)
		}
		return rows[r]
	}
	for d := radius; d >= 0; d-- {
		w := k.constant(weightAt[d])
		for j := range group {
			pair := k.addRows(get(j+radius-d), get(j+radius+d), d == 0)
			switch {
			case pair == nil:
			case acc[j] == nil:
				acc[j] = k.vector()
				VMULPS(w, pair, acc[j])
			default:
				VFMADD231PS(w, pair, acc[j])
			}
		}
	}
	return acc
}

func (k *downKernel) addRows(a, b VecVirtual, same bool) VecVirtual {
	switch {
	case same || b == nil:
		return a
	case a == nil:
		return b
	}
	sum := k.vector()
	VADDPS(a, b, sum)
	return sum
}

// index is the formula of similarity: from the moments of sum and difference to the index and its second factor.
func (k *downKernel) index() {
	var full, second [group]VecVirtual
	if k.keepsRows {
		k.hold(one, two, k.limits[0], k.limits[1])
	}
	for j := range group {
		full[j], second[j] = k.indexRow(j)
		VMOVUPS(full[j], k.result(j))
		VMOVUPS(second[j], k.result(group+j))
	}
	k.total(full, Mem{Base: k.totals})
	k.total(second, Mem{Base: k.totals, Disp: 64})
}

func (k *downKernel) indexRow(j int) (full, second VecVirtual) {
	vd, md, zero := k.squares[j], k.vector(), XMM()
	VFNMADD231PS(k.shift[j], k.shift[j], vd)
	VSUBPS(k.shift[j], k.origin, md)
	VXORPS(zero, zero, zero) // clears the register's whole width
	VMAXPS(k.whole(zero), vd, vd)
	VMULPS(md, md, md)

	ms, bright, busy, r := k.vector(), k.vector(), k.vector(), k.vector()
	VMOVUPS(k.result(j), ms)
	VADDPS(k.constant(k.limits[0]), md, bright)
	VFMADD231PS(ms, ms, bright)
	VADDPS(k.result(group+j), vd, busy)
	VADDPS(k.constant(k.limits[1]), busy, busy)

	VMULPS(bright, busy, r)
	VDIVPS(r, k.constant(two), r)
	VMULPS(bright, vd, vd)
	VMULPS(busy, md, md)
	full, second = k.vector(), k.vector()
	VMOVAPS(k.constant(one), second)
	VMOVAPS(k.constant(one), full)
	VFNMADD231PS(r, vd, second)
	VFNMADD231PS(r, md, full)
	VMULPS(second, full, full)
	return full, second
}

// whole is the register in the kernel's width.
func (k *downKernel) whole(v VecVirtual) Register {
	if k.wide() {
		return v.AsZ()
	}
	return v.AsY()
}

// total adds four rows to 8 sums in float64, a wider vector's lower half first.
func (k *downKernel) total(rows [group]VecVirtual, at Mem) {
	low, high := k.vector(), k.vector()
	VADDPS(rows[0], rows[1], low)
	VADDPS(rows[2], rows[3], high)
	VADDPS(low, high, low)
	wide := k.vector()
	if k.wide() {
		VCVTPS2PD(low.AsY(), wide)
		VADDPD(at, wide, wide)
		VEXTRACTF64X4(Imm(1), low, low.AsY())
		VCVTPS2PD(low.AsY(), high)
		VADDPD(high, wide, wide)
		VMOVUPD(wide, at)
		return
	}
	VCVTPS2PD(low.AsX(), wide)
	VADDPD(at, wide, wide)
	VMOVUPD(wide, at)
	VEXTRACTF128(Imm(1), low, low.AsX())
	VCVTPS2PD(low.AsX(), wide)
	VADDPD(at.Offset(32), wide, wide)
	VMOVUPD(wide, at.Offset(32))
}
