package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// fetchAhead asks for what the next step reads, some rows below: a strip reads too few bytes of a row for the processor
// to see where it goes. Nothing is read, and an address outside the pictures does no harm.
func fetchAhead(ahead Register, rows ...Register) {
	for _, row := range rows {
		PREFETCHT0(Mem{Base: row, Index: ahead, Scale: 1})
	}
}

// addSubtract gives the sums and differences of two rows of planes.
func addSubtract(i isa) {
	kernel("addSubtract"+i.name, "func(sums, diffs, ref, cand *float32, blocks, ahead int)")
	Doc("addSubtract" + i.name + " is addSubtract for blocks of a vector's values.")
	sums, diffs, ref, cand, blocks := pointer("sums"), pointer("diffs"), pointer("ref"), pointer("cand"), pointer("blocks")
	ahead := pointer("ahead")
	loop("addSubtractBlock", blocks, func() {
		fetchAhead(ahead, ref, cand)
		a, b, s := i.vector(), i.vector(), i.vector()
		VMOVUPS(Mem{Base: ref}, a)
		VMOVUPS(Mem{Base: cand}, b)
		VADDPS(b, a, s)
		VSUBPS(b, a, a)
		VMOVUPS(s, Mem{Base: sums})
		VMOVUPS(a, Mem{Base: diffs})
		for _, p := range []Register{sums, diffs, ref, cand} {
			ADDQ(Imm(uint64(i.bytes)), p)
		}
	})
	finish()
}

// byteTable makes a constant of 32 bytes.
func byteTable(name string, b [32]int) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i, v := range b {
		DATA(i, U8(v&0xff))
	}
	return m
}

// clear is a shuffle index that gives 0.
const clear = 0x80

// mix8 gives the sums and differences of a weighted sum of R′, G′, B′ of two packed rows, in integers until the end.
func mix8() {
	// The lower half of a register holds bytes 0 to 15 of 24, the upper half bytes 8 to 23, so that nothing behind the 8
	// pixels is read: pixel 4 starts at byte 12, the upper half's byte 4.
	var rg, b [32]int
	for px := range 8 {
		first := 3*(px%4) + px/4*4
		copy(rg[4*px:], []int{first, clear, first + 1, clear})
		copy(b[4*px:], []int{first + 2, clear, clear, clear})
	}
	maskRG, maskB := byteTable("mix8RG", rg), byteTable("mix8B", b)

	kernel("mix8AVX2", "func(sums, diffs *float32, ref, cand *uint8, blocks, ahead int, weights *[4]int16)")
	Doc("mix8AVX2 is mix8 for blocks of 8 pixels.")
	sums, diffs, ref, cand, blocks := pointer("sums"), pointer("diffs"), pointer("ref"), pointer("cand"), pointer("blocks")
	ahead := pointer("ahead")
	wRG, wB := mixWeights(pointer("weights"))
	shuffleRG, shuffleB := YMM(), YMM()
	VMOVDQU(maskRG, shuffleRG)
	VMOVDQU(maskB, shuffleB)
	pixels := func(src Register) VecVirtual {
		v, u := YMM(), YMM()
		VMOVDQU(Mem{Base: src}, v.AsX())
		VINSERTI128(Imm(1), Mem{Base: src, Disp: 8}, v, v)
		VPSHUFB(shuffleB, v, u)
		VPSHUFB(shuffleRG, v, v)
		VPMADDWD(wRG, v, v)
		VPMADDWD(wB, u, u)
		VPADDD(u, v, v)
		return v
	}
	loop("mix8Block", blocks, func() {
		fetchAhead(ahead, ref, cand)
		a, b, s := pixels(ref), pixels(cand), YMM()
		VPADDD(b, a, s)
		VPSUBD(b, a, a)
		VCVTDQ2PS(s, s)
		VCVTDQ2PS(a, a)
		VMOVUPS(s, Mem{Base: sums})
		VMOVUPS(a, Mem{Base: diffs})
		ADDQ(Imm(32), sums)
		ADDQ(Imm(32), diffs)
		ADDQ(Imm(24), ref)
		ADDQ(Imm(24), cand)
	})
	finish()
}

// mix8Wide is mix8 for AVX-512 with VBMI, whose VPERMB fetches any byte of a register, and whose masks read 48 bytes.
func mix8Wide() {
	rg := GLOBL("mix8WideRG", RODATA|NOPTR)
	for place := range 64 {
		DATA(place, U8(3*(place/4)+place%4/2))
	}
	b := GLOBL("mix8WideB", RODATA|NOPTR)
	for place := range 64 {
		DATA(place, U8(3*(place/4)+2))
	}
	kernel("mix8AVX512", "func(sums, diffs *float32, ref, cand *uint8, blocks, ahead int, weights *[4]int16)")
	Doc("mix8AVX512 is mix8 for blocks of 16 pixels.")
	sums, diffs, ref, cand, blocks := pointer("sums"), pointer("diffs"), pointer("ref"), pointer("cand"), pointer("blocks")
	ahead := pointer("ahead")
	weights := pointer("weights")
	wRG, wB, fetchRG, fetchB := ZMM(), ZMM(), ZMM(), ZMM()
	VPBROADCASTD(Mem{Base: weights}, wRG)
	VPBROADCASTD(Mem{Base: weights, Disp: 4}, wB)
	VMOVDQU8(rg, fetchRG)
	VMOVDQU8(b, fetchB)
	bits, read, firsts, even := GP64(), K(), K(), K()
	MOVQ(U64(1<<48-1), bits)
	KMOVQ(bits, read)
	MOVQ(U64(0x5555555555555555), bits) // R and G into the low bytes of words
	KMOVQ(bits, even)
	MOVQ(U64(0x1111111111111111), bits) // B into the lowest byte of four
	KMOVQ(bits, firsts)
	pixels := func(src Register) VecVirtual {
		v, u := ZMM(), ZMM()
		VMOVDQU8_Z(Mem{Base: src}, read, v)
		VPERMB_Z(v, fetchB, firsts, u)
		VPERMB_Z(v, fetchRG, even, v)
		VPMADDWD(wRG, v, v)
		VPMADDWD(wB, u, u)
		VPADDD(u, v, v)
		return v
	}
	loop("block", blocks, func() {
		fetchAhead(ahead, ref, cand)
		a, b, s := pixels(ref), pixels(cand), ZMM()
		VPADDD(b, a, s)
		VPSUBD(b, a, a)
		VCVTDQ2PS(s, s)
		VCVTDQ2PS(a, a)
		VMOVUPS(s, Mem{Base: sums})
		VMOVUPS(a, Mem{Base: diffs})
		ADDQ(Imm(64), sums)
		ADDQ(Imm(64), diffs)
		ADDQ(Imm(48), ref)
		ADDQ(Imm(48), cand)
	})
	finish()
}

// mixWeights spreads the weights of R′ and G′, and of B′ beside nothing.
func mixWeights(w Register) (rg, b VecVirtual) {
	rg, b = YMM(), YMM()
	VPBROADCASTD(Mem{Base: w}, rg)
	VPBROADCASTD(Mem{Base: w, Disp: 4}, b)
	return rg, b
}

// mix16 is mix8 for 16-bit samples, scaled to 8 bits: a value 257·v gives exactly what v gives in mix8.
func mix16() {
	// Four pixels are words 0 to 11 of 12. A register reads words 0 to 7, a second one words 4 to 11.
	tables := map[string][32]int{}
	fill := func(name string, word func(px int) int, first, last, start int) {
		t := [32]int{}
		for i := range t {
			t[i] = clear
		}
		for px := first; px <= last; px++ {
			at := 2 * (word(px) - start)
			for _, base := range []int{0, 16} {
				t[base+4*px], t[base+4*px+1] = at, at+1
				if name[:2] == "RG" {
					t[base+4*px+2], t[base+4*px+3] = at+2, at+3
				}
			}
		}
		tables[name] = t
	}
	red := func(px int) int { return 3 * px }
	blue := func(px int) int { return 3*px + 2 }
	fill("RGfront", red, 0, 2, 0)
	fill("RGback", red, 3, 3, 4)
	fill("Bfront", blue, 0, 1, 0)
	fill("Bback", blue, 2, 3, 4)
	masks := map[string]Mem{}
	for _, name := range []string{"RGfront", "RGback", "Bfront", "Bback"} {
		masks[name] = byteTable("mix16"+name, tables[name])
	}
	offset := splatWord("mix16Offset", 0x8000)
	bias := GLOBL("mix16Bias", RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, U32(2*32768*1000))
	}
	scale := GLOBL("mix16Scale", RODATA|NOPTR)
	for i := range 4 {
		DATA(8*i, F64(1.0/257))
	}

	kernel("mix16AVX2", "func(sums, diffs *float32, ref, cand *uint16, blocks, ahead int, weights *[4]int16)")
	Doc("mix16AVX2 is mix16 for blocks of 8 pixels.")
	sums, diffs, ref, cand, blocks := pointer("sums"), pointer("diffs"), pointer("ref"), pointer("cand"), pointer("blocks")
	ahead := pointer("ahead")
	wRG, wB := mixWeights(pointer("weights"))
	half := func(src Register, offset int) VecVirtual {
		v := YMM()
		VMOVDQU(Mem{Base: src, Disp: offset}, v.AsX())
		VINSERTI128(Imm(1), Mem{Base: src, Disp: offset + 24}, v, v)
		return v
	}
	gather := func(front, back VecVirtual, f, b Mem) VecVirtual {
		x, y := YMM(), YMM()
		VPSHUFB(f, front, x)
		VPSHUFB(b, back, y)
		VPOR(x, y, x)
		VPXOR(offset, x, x) // from 0..65535 to −32768..32767, which VPMADDWD wants
		return x
	}
	pixels := func(src Register) VecVirtual {
		front, back := half(src, 0), half(src, 8)
		rg := gather(front, back, masks["RGfront"], masks["RGback"])
		b := gather(front, back, masks["Bfront"], masks["Bback"])
		VPMADDWD(wRG, rg, rg)
		VPMADDWD(wB, b, b)
		VPADDD(b, rg, rg)
		return rg
	}
	factor := YMM()
	VMOVUPD(scale, factor)
	store := func(v VecVirtual, dst Register) {
		low, high := YMM(), YMM()
		VCVTDQ2PD(v.AsX(), low)
		VEXTRACTI128(Imm(1), v, v.AsX())
		VCVTDQ2PD(v.AsX(), high)
		VMULPD(factor, low, low)
		VMULPD(factor, high, high)
		VCVTPD2PSY(low, low.AsX())
		VCVTPD2PSY(high, high.AsX())
		VMOVUPS(low.AsX(), Mem{Base: dst})
		VMOVUPS(high.AsX(), Mem{Base: dst, Disp: 16})
	}
	loop("mix16Block", blocks, func() {
		fetchAhead(ahead, ref, cand)
		a, b, s := pixels(ref), pixels(cand), YMM()
		VPADDD(b, a, s)
		VPADDD(bias, s, s)
		VPSUBD(b, a, a)
		store(s, sums)
		store(a, diffs)
		ADDQ(Imm(32), sums)
		ADDQ(Imm(32), diffs)
		ADDQ(Imm(48), ref)
		ADDQ(Imm(48), cand)
	})
	finish()
}

func splatWord(name string, v uint16) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range 16 {
		DATA(2*i, U16(v))
	}
	return m
}

// halve gives the means of 2×2 values.
func halve() {
	quarter := single("quarter", 0.25)
	kernel("halveAVX2", "func(dst, upper, lower *float32, blocks int)")
	Doc("halveAVX2 is halve for blocks of 8 results.")
	dst, upper, lower, blocks := pointer("dst"), pointer("upper"), pointer("lower"), pointer("blocks")
	q := avx2.spread(quarter)
	loop("halveBlock", blocks, func() {
		a, b := YMM(), YMM()
		VMOVUPS(Mem{Base: upper}, a)
		VMOVUPS(Mem{Base: upper, Disp: 32}, b)
		VADDPS(Mem{Base: lower}, a, a)
		VADDPS(Mem{Base: lower, Disp: 32}, b, b)
		VHADDPS(b, a, a)
		VPERMPD(Imm(0b11_01_10_00), a, a)
		VMULPS(q, a, a)
		VMOVUPS(a, Mem{Base: dst})
		ADDQ(Imm(32), dst)
		ADDQ(U32(64), upper)
		ADDQ(U32(64), lower)
	})
	finish()
}

// squares8 adds the squared differences of 48 bytes at a time to 48 counters, one for each place.
func squares8() {
	kernel("squares8AVX2", "func(counters *[48]uint32, ref, cand *uint8, blocks int)")
	Doc("squares8AVX2 adds the squared differences of blocks of 48 bytes to a counter for each place in the block.")
	counters, ref, cand, blocks := pointer("counters"), pointer("ref"), pointer("cand"), pointer("blocks")
	var acc [6]VecVirtual
	for i := range acc {
		acc[i] = YMM()
		VMOVDQU(Mem{Base: counters, Disp: i * 32}, acc[i])
	}
	zero := YMM()
	VPXOR(zero, zero, zero)
	loop("squares8Block", blocks, func() {
		for i := range 3 {
			a, b, low := YMM(), YMM(), YMM()
			VPMOVZXBW(Mem{Base: ref, Disp: 16 * i}, a)
			VPMOVZXBW(Mem{Base: cand, Disp: 16 * i}, b)
			VPSUBW(b, a, a)
			VPMULLW(a, a, a) // up to 255², as unsigned words
			VPUNPCKLWD(zero, a, low)
			VPUNPCKHWD(zero, a, a)
			VPADDD(low, acc[2*i], acc[2*i])
			VPADDD(a, acc[2*i+1], acc[2*i+1])
		}
		ADDQ(Imm(48), ref)
		ADDQ(Imm(48), cand)
	})
	for i := range acc {
		VMOVDQU(acc[i], Mem{Base: counters, Disp: i * 32})
	}
	finish()
}
