package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Constants of idct.go in the package.
const (
	constBits, pass1Bits = 13, 2

	fix0298, fix0390, fix0541, fix0765 = 2446, 3196, 4433, 6270
	fix0899, fix1175, fix1501, fix1847 = 7373, 9633, 12299, 15137
	fix1961, fix2053, fix2562, fix3072 = 16069, 16819, 20995, 25172
)

// idctConstants are pairs of factors: a product of two words with them, added up, is one term. The lower half of a
// vector computes one term, the upper half another.
var idctConstants struct {
	even, z, odd01, odd32 Mem
	negate                Mem // 1 and −1
	round1, round2        Mem
	middle                Mem // 128, in bytes
	notDC                 Mem // all but the first word
}

func constants() {
	c := &idctConstants
	c.even = words16("idctEven", []int16{fix0541 + fix0765, fix0541}, []int16{fix0541 - fix1847, fix0541})
	c.z = words16("idctZ", []int16{fix1175 - fix1961, fix1175}, []int16{fix1175 - fix0390, fix1175})
	c.odd01 = words16("idctOdd01", []int16{fix0298 - fix0899, -fix0899}, []int16{fix2053 - fix2562, -fix2562})
	c.odd32 = words16("idctOdd32", []int16{-fix0899, fix1501 - fix0899}, []int16{-fix2562, fix3072 - fix2562})
	c.negate = words16("idctNegate", []int16{1}, []int16{-1})
	c.round1 = dwords8("idctRound1", 1<<(constBits-pass1Bits-1))
	c.round2 = dwords8("idctRound2", 1<<(constBits+pass1Bits+3-1))
	c.middle = splat("middle", -0x7f80) // 0x8080
	c.notDC = words16("notDC", []int16{0, -1, -1, -1, -1, -1, -1, -1}, []int16{-1})
}

// idct8 is idct8 for blocks side by side. A vector holds two rows or, in the second pass, two columns; what has the same
// shape in the even or the odd part is computed in both halves at once.
func idct8() {
	TEXT("idct8AVX2", NOSPLIT, "func(dst *uint8, stride int, coef *int16, quant *[64]int16, blocks int)")
	Pragma("noescape")
	Doc("idct8AVX2 transforms blocks that stand side by side: idct8 in assembly.")
	dst, stride := Load(Param("dst"), GP64()), Load(Param("stride"), GP64())
	coef, quant := Load(Param("coef"), GP64()), Load(Param("quant"), GP64())
	n := Load(Param("blocks"), GP64())
	stride3 := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, stride3)
	row4 := GP64() // the place of row 4
	TESTQ(n, n)
	JEQ(LabelRef("end"))

	Label("block")
	LEAQ(Mem{Base: dst, Index: stride, Scale: 4}, row4)
	r := []VecVirtual{YMM(), YMM(), YMM(), YMM()} // rows 0 1, 2 3, 4 5, 6 7
	for i := range r {
		VMOVDQU(at(coef, 32*i), r[i])
	}
	rest := YMM()
	VPOR(r[1], r[2], rest)
	VPOR(r[3], rest, rest)
	low := YMM()
	VPAND(idctConstants.notDC, r[0], low)
	any := YMM()
	VPOR(low, rest, any)
	VPTEST(any, any)
	JEQ(LabelRef("onlyDC"))
	for i := range r {
		VPMULLW(at(quant, 32*i), r[i], r[i])
	}
	// Rows 1 to 7 are zero where rest and the upper half of rows 0 1 are.
	VEXTRACTI128(Imm(1), low, low.AsX())
	VPOR(low, rest, rest)
	VPTEST(rest, rest)
	JEQ(LabelRef("onlyRow"))

	in04, in26, in31, in75 := YMM(), YMM(), YMM(), YMM()
	VPERM2I128(Imm(0x20), r[2], r[0], in04)
	VPERM2I128(Imm(0x20), r[3], r[1], in26)
	VPERM2I128(Imm(0x31), r[0], r[1], in31)
	VPERM2I128(Imm(0x31), r[2], r[3], in75)
	c := transpose(pass(in04, in26, in31, in75, constBits-pass1Bits, idctConstants.round1)) // columns 0 4, 1 5, 2 6, 3 7
	col := []VecVirtual{YMM(), YMM(), YMM(), YMM()}
	for i := range col {
		VMOVDQA(c[i], col[i])
	}

	Label("rows")
	VPERM2I128(Imm(0x20), col[1], col[3], in31)
	VPERM2I128(Imm(0x31), col[1], col[3], in75)
	o := transpose(pass(col[0], col[2], in31, in75, constBits+pass1Bits+3, idctConstants.round2)) // rows 0 4, 1 5, 2 6, 3 7
	storeRows(o, dst, row4, stride, stride3)

	Label("next")
	ADDQ(Imm(8), dst)
	ADDQ(U32(128), coef)
	DECQ(n)
	JNE(LabelRef("block"))
	Label("end")
	VZEROUPPER()
	RET()

	// Without rows 1 to 7 the first pass leaves each column constant.
	Label("onlyRow")
	flat := YMM()
	VPSLLW(Imm(pass1Bits), r[0], flat)
	VPERMQ(Imm(0x10), flat, flat) // columns 0 to 3 to the lower half, 4 to 7 to the upper
	VPUNPCKLWD(flat, flat, flat)
	for i := range col {
		VPSHUFD(Imm(uint64(0x55*i)), flat, col[i])
	}
	JMP(LabelRef("rows"))

	onlyDC(dst, row4, stride, stride3, coef, quant)
	JMP(LabelRef("next"))
}

// pass transforms columns (or rows) and returns results 0 1, 3 2, 4 5 and 7 6.
func pass(in04, in26, in31, in75 VecVirtual, shift uint64, round Mem) [4]VecVirtual {
	c := &idctConstants
	// Even part: tmp3 and tmp2, then in0+in4 and in0−in4.
	even := [2]VecVirtual{}
	in62 := YMM()
	VPERM2I128(Imm(1), in26, in26, in62)
	t := pairs(in26, in62, c.even)
	in40, sum := YMM(), YMM()
	VPERM2I128(Imm(1), in04, in04, in40)
	VPSIGNW(c.negate, in04, sum)
	VPADDW(in40, sum, sum)
	zero := YMM()
	VPXOR(zero, zero, zero)
	var rest [2]VecVirtual
	for i := range 2 {
		e := YMM()
		if i == 0 {
			VPUNPCKLWD(sum, zero, e)
		} else {
			VPUNPCKHWD(sum, zero, e)
		}
		VPSRAD(Imm(16-constBits), e, e)
		VPADDD(round, e, e) // once here in place of at each result
		even[i], rest[i] = YMM(), YMM()
		VPADDD(t[i], e, even[i]) // tmp10, tmp11
		VPSUBD(t[i], e, rest[i]) // tmp13, tmp12
	}
	// Odd part.
	z := YMM()
	VPADDW(in75, in31, z) // z3, z4
	zs := YMM()
	VPERM2I128(Imm(1), z, z, zs)
	z34 := pairs(z, zs, c.z)
	in13 := YMM()
	VPERM2I128(Imm(1), in31, in31, in13)
	var out [4]VecVirtual
	low, high := YMM(), YMM()
	VPUNPCKLWD(in13, in75, low)
	VPUNPCKHWD(in13, in75, high)
	var odd01, odd32 [2]VecVirtual
	for i, in := range []VecVirtual{low, high} {
		odd01[i], odd32[i] = YMM(), YMM()
		VPMADDWD(c.odd01, in, odd01[i])
		VPADDD(z34[i], odd01[i], odd01[i])
		VPMADDWD(c.odd32, in, odd32[i])
		VPERM2I128(Imm(1), z34[i], z34[i], z34[i])
		VPADDD(z34[i], odd32[i], odd32[i])
	}
	out[0] = combine(VPADDD, even, odd32, shift)
	out[3] = combine(VPSUBD, even, odd32, shift)
	out[1] = combine(VPADDD, rest, odd01, shift)
	out[2] = combine(VPSUBD, rest, odd01, shift)
	return out
}

// pairs multiplies the words of a and b by the pairs of factors, adds up and returns the two halves of the columns.
func pairs(a, b VecVirtual, factors Mem) [2]VecVirtual {
	low, high := YMM(), YMM()
	VPUNPCKLWD(b, a, low)
	VPUNPCKHWD(b, a, high)
	VPMADDWD(factors, low, low)
	VPMADDWD(factors, high, high)
	return [2]VecVirtual{low, high}
}

// combine adds or subtracts, scales and packs to words.
func combine(op func(ops ...Op), a, b [2]VecVirtual, shift uint64) VecVirtual {
	out := [2]VecVirtual{YMM(), YMM()}
	for i := range out {
		op(b[i], a[i], out[i])
		VPSRAD(Imm(shift), out[i], out[i])
	}
	VPACKSSDW(out[1], out[0], out[0])
	return out[0]
}

// transpose turns results 0 1, 3 2, 4 5 and 7 6 of a pass into columns 0 4, 1 5, 2 6 and 3 7.
func transpose(in [4]VecVirtual) [4]VecVirtual {
	// The quarters of each vector are moved so that the interleaving that follows stays within halves.
	v := [4]VecVirtual{YMM(), YMM(), YMM(), YMM()}
	VPERMQ(Imm(0xd8), in[0], v[0])
	VPERMQ(Imm(0x72), in[1], v[1])
	VPERMQ(Imm(0xd8), in[2], v[2])
	VPERMQ(Imm(0x72), in[3], v[3])
	a, b, c, d := YMM(), YMM(), YMM(), YMM()
	VPUNPCKLWD(v[1], v[0], a)
	VPUNPCKHWD(v[1], v[0], b)
	VPUNPCKLWD(v[3], v[2], c)
	VPUNPCKHWD(v[3], v[2], d)
	e, f, g, h := YMM(), YMM(), YMM(), YMM()
	VPUNPCKLWD(b, a, e)
	VPUNPCKLWD(d, c, f)
	VPUNPCKHWD(b, a, g)
	VPUNPCKHWD(d, c, h)
	out := [4]VecVirtual{YMM(), YMM(), YMM(), YMM()}
	VPUNPCKLQDQ(f, e, out[0])
	VPUNPCKHQDQ(f, e, out[1])
	VPUNPCKLQDQ(h, g, out[2])
	VPUNPCKHQDQ(h, g, out[3])
	return out
}

// storeRows packs rows 0 4, 1 5, 2 6 and 3 7 to bytes and stores them.
func storeRows(o [4]VecVirtual, dst, row4, stride, stride3 Register) {
	a, b := YMM(), YMM()
	VPACKSSWB(o[1], o[0], a) // rows 0 1, 4 5
	VPACKSSWB(o[3], o[2], b) // rows 2 3, 6 7
	VPADDB(idctConstants.middle, a, a)
	VPADDB(idctConstants.middle, b, b)
	for _, base := range []Register{dst, row4} {
		if base == row4 {
			VEXTRACTI128(Imm(1), a, a.AsX())
			VEXTRACTI128(Imm(1), b, b.AsX())
		}
		VMOVQ(a.AsX(), at(base, 0))
		VMOVHPS(a.AsX(), Mem{Base: base, Index: stride, Scale: 1})
		VMOVQ(b.AsX(), Mem{Base: base, Index: stride, Scale: 2})
		VMOVHPS(b.AsX(), Mem{Base: base, Index: stride3, Scale: 1})
	}
}

// onlyDC fills a block with one tone.
func onlyDC(dst, row4, stride, stride3, coef, quant Register) {
	Label("onlyDC")
	t, q := GP32(), GP32()
	MOVWLSX(at(coef, 0), t)
	MOVWLSX(at(quant, 0), q)
	IMULL(q, t)
	SHLL(Imm(16+pass1Bits), t) // the first pass keeps 16 bits
	SARL(Imm(16), t)
	ADDL(Imm(1<<(pass1Bits+2)), t)
	SARL(Imm(pass1Bits+3), t)
	x := XMM()
	VMOVD(t, x)
	VPACKSSDW(x, x, x)
	VPACKSSWB(x, x, x)
	VPBROADCASTB(x, x)
	VPADDB(idctConstants.middle, x, x)
	for _, base := range []Register{dst, row4} {
		VMOVQ(x, at(base, 0))
		VMOVQ(x, Mem{Base: base, Index: stride, Scale: 1})
		VMOVQ(x, Mem{Base: base, Index: stride, Scale: 2})
		VMOVQ(x, Mem{Base: base, Index: stride3, Scale: 1})
	}
}
