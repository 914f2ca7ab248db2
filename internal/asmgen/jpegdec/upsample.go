package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// widen loads sixteen samples as words.
func widen(base, index Register, disp int) VecVirtual {
	w := YMM()
	VPMOVZXBW(Mem{Base: base, Index: index, Scale: 1, Disp: disp}, w)
	return w
}

// triple is 3·v.
func triple(v VecVirtual) VecVirtual {
	t := YMM()
	VPADDW(v, v, t)
	VPADDW(v, t, t)
	return t
}

// blend makes sixteen pairs of bytes of (near3 + before + biasEven) >> shift and (near3 + after + biasOdd) >> shift.
func blend(near3, before, after VecVirtual, biasEven, biasOdd Mem, shift uint64) VecVirtual {
	VPADDW(near3, before, before)
	VPADDW(biasEven, before, before)
	VPSRLW(Imm(shift), before, before)
	VPADDW(near3, after, after)
	VPADDW(biasOdd, after, after)
	VPSRLW(Imm(shift), after, after)
	VPSLLW(Imm(8), after, after)
	VPOR(before, after, after)
	return after
}

// h2v1 is h2v1 for a row whose edges are repeated in the bytes before and behind it.
func h2v1() {
	TEXT("h2v1AVX2", NOSPLIT, "func(dst, src *uint8, n int)")
	Pragma("noescape")
	Doc("h2v1AVX2 doubles the width of n samples, rounded up to 16; src has a sample before and behind them.")
	dst, src, n := Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("n"), GP64())
	one, two := splat("one", 1), splat("two", 2)
	i := GP64()
	XORQ(i, i)
	JMP(LabelRef("test"))
	Label("samples")
	out := blend(triple(widen(src, i, 0)), widen(src, i, -1), widen(src, i, 1), one, two, 2)
	VMOVDQU(out, Mem{Base: dst, Index: i, Scale: 2})
	ADDQ(Imm(16), i)
	Label("test")
	CMPQ(i, n)
	JLT(LabelRef("samples"))
	VZEROUPPER()
	RET()
}

// h1v2 is h1v2.
func h1v2() {
	TEXT("h1v2AVX2", NOSPLIT, "func(dst, near, far *uint8, n int, bias uint16)")
	Pragma("noescape")
	Doc("h1v2AVX2 mixes two rows of n samples, rounded up to 16: h1v2 in assembly.")
	dst, near, far := Load(Param("dst"), GP64()), Load(Param("near"), GP64()), Load(Param("far"), GP64())
	n := Load(Param("n"), GP64())
	bias := YMM()
	VPBROADCASTW(NewParamAddr("bias", 32), bias)
	i := GP64()
	XORQ(i, i)
	JMP(LabelRef("test"))
	Label("samples")
	v := triple(widen(near, i, 0))
	VPADDW(widen(far, i, 0), v, v)
	VPADDW(bias, v, v)
	VPSRLW(Imm(2), v, v)
	x := XMM()
	VEXTRACTI128(Imm(1), v, x)
	VPACKUSWB(x, v.AsX(), x)
	VMOVDQU(x, Mem{Base: dst, Index: i, Scale: 1})
	ADDQ(Imm(16), i)
	Label("test")
	CMPQ(i, n)
	JLT(LabelRef("samples"))
	VZEROUPPER()
	RET()
}

// h2v2 is h2v2 for rows whose right edges are repeated in the byte behind them. The sums of columns are carried from one
// step to the next.
func h2v2() {
	TEXT("h2v2AVX2", NOSPLIT, "func(dst, near, far *uint8, n int)")
	Pragma("noescape")
	Doc("h2v2AVX2 mixes two rows of n samples, rounded up to 16, and doubles the width; the rows have a sample behind them.")
	dst, near, far := Load(Param("dst"), GP64()), Load(Param("near"), GP64()), Load(Param("far"), GP64())
	n := Load(Param("n"), GP64())
	seven, eight := splat("seven", 7), splat("eight", 8)
	columns := func(i Register, disp int, out VecVirtual) {
		v := triple(widen(near, i, disp))
		VPADDW(widen(far, i, disp), v, out)
	}
	i := GP64()
	XORQ(i, i)
	last, this := YMM(), YMM() // last matters for its uppermost word
	columns(i, 0, this)
	VPBROADCASTW(this.AsX(), last)
	JMP(LabelRef("test"))
	Label("samples")
	next, before, after := YMM(), YMM(), YMM()
	columns(i, 16, next)
	VPERM2I128(Imm(0x21), this, last, before)
	VPALIGNR(Imm(14), before, this, before)
	VPERM2I128(Imm(0x21), next, this, after)
	VPALIGNR(Imm(2), this, after, after)
	out := blend(triple(this), before, after, eight, seven, 4)
	VMOVDQU(out, Mem{Base: dst, Index: i, Scale: 2})
	VMOVDQA(this, last)
	VMOVDQA(next, this)
	ADDQ(Imm(16), i)
	Label("test")
	CMPQ(i, n)
	JLT(LabelRef("samples"))
	VZEROUPPER()
	RET()
}
