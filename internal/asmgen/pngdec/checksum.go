package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// adler sums n bytes, a multiple of 32, as adlerSum does. Of each 32 bytes v, with a as it was before them, b grows by
// 32a + Σ (32-i)·v[i]; the sums of a before each are kept apart and multiplied at the end.
func adler() {
	weights := GLOBL("adlerWeights", attr.RODATA|attr.NOPTR)
	for i := range 32 {
		DATA(i, U8(32-i))
	}
	TEXT("adlerVector", NOSPLIT, "func(a, b uint32, p *byte, n int) (a2, b2 uint32)")
	Doc("adlerVector adds n bytes, a multiple of 32, to the sums of Adler-32, without remainders.")
	Pragma("noescape")
	p, n := GP64(), GP64()
	Load(Param("p"), p)
	Load(Param("n"), n)
	a, b := GP32(), GP32()
	Load(Param("a"), a)
	Load(Param("b"), b)
	w, ones, zeros := YMM(), YMM(), YMM()
	VMOVDQU(weights, w)
	VPXOR(zeros, zeros, zeros)
	VPCMPEQW(ones, ones, ones)
	VPSRLW(Imm(15), ones, ones)
	sums, before, weighted := YMM(), YMM(), YMM()
	for _, y := range []reg.VecVirtual{sums, before, weighted} {
		VPXOR(y, y, y)
	}
	// a·n of what a was at the beginning.
	t := GP32()
	MOVL(a, t)
	IMULL(n.As32(), t)
	ADDL(t, b)
	Label("next")
	CMPQ(n, Imm(32))
	JCS(LabelRef("done"))
	v, s := YMM(), YMM()
	VMOVDQU(Mem{Base: p}, v)
	VPADDD(sums, before, before)
	VPSADBW(zeros, v, s)
	VPADDD(s, sums, sums)
	VPMADDUBSW(w, v, v)
	VPMADDWD(ones, v, v)
	VPADDD(v, weighted, weighted)
	ADDQ(Imm(32), p)
	SUBQ(Imm(32), n)
	JMP(LabelRef("next"))
	Label("done")
	VPSLLD(Imm(5), before, before)
	VPADDD(before, weighted, weighted)
	addLanes(sums, a)
	addLanes(weighted, b)
	VZEROUPPER()
	Store(a, ReturnIndex(0))
	Store(b, ReturnIndex(1))
	RET()
}

// addLanes adds the eight words of y to sum.
func addLanes(y reg.VecVirtual, sum reg.GPVirtual) {
	high, t := XMM(), GP32()
	VEXTRACTI128(Imm(1), y, high)
	VPADDD(high, y.AsX(), high)
	swapped := XMM()
	VPSHUFD(Imm(0x4e), high, swapped)
	VPADDD(swapped, high, high)
	VPSHUFD(Imm(0xb1), high, swapped)
	VPADDD(swapped, high, high)
	VMOVD(high, t)
	ADDL(t, sum)
}

// swap turns big-endian words of 16 bits around.
func swap() {
	order := GLOBL("swapOrder", attr.RODATA|attr.NOPTR)
	for i := range 32 {
		DATA(i, U8(i^1))
	}
	TEXT("swapVector", NOSPLIT, "func(dst *uint16, src *byte, n int)")
	Doc("swapVector turns n big-endian values, a multiple of 16, into the machine's order.")
	Pragma("noescape")
	dst, src, n := GP64(), GP64(), GP64()
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("n"), n)
	mask, v := YMM(), YMM()
	VMOVDQU(order, mask)
	Label("next")
	CMPQ(n, Imm(16))
	JCS(LabelRef("done"))
	VMOVDQU(Mem{Base: src}, v)
	VPSHUFB(mask, v, v)
	VMOVDQU(v, Mem{Base: dst})
	ADDQ(Imm(32), src)
	ADDQ(Imm(32), dst)
	SUBQ(Imm(16), n)
	JMP(LabelRef("next"))
	Label("done")
	VZEROUPPER()
	RET()
}
