package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Constants of idctscaled.go in the package.
const (
	fix0211, fix0509, fix0601, fix0720, fix0850 = 1730, 4176, 4926, 5906, 6967
	fix1061, fix1272, fix1451, fix2172, fix3624 = 8697, 10426, 11893, 17799, 29692
)

// reduced is what both reduced transforms share: their arguments, and the loop over blocks.
type reduced struct {
	dst, stride, coef, quant, n, stride3 Register
	size                                 int
}

func openReduced(size int) reduced {
	r := reduced{size: size}
	r.dst, r.stride = Load(Param("dst"), GP64()), Load(Param("stride"), GP64())
	r.coef, r.quant = Load(Param("coef"), GP64()), Load(Param("quant"), GP64())
	r.n, r.stride3 = Load(Param("blocks"), GP64()), GP64()
	LEAQ(Mem{Base: r.stride, Index: r.stride, Scale: 2}, r.stride3)
	TESTQ(r.n, r.n)
	JEQ(LabelRef("end"))
	Label("block")
	return r
}

func (r reduced) close() {
	ADDQ(Imm(uint64(r.size)), r.dst)
	ADDQ(U32(128), r.coef)
	DECQ(r.n)
	JNE(LabelRef("block"))
	Label("end")
	VZEROUPPER()
	RET()
}

// rows loads the coefficients of two rows, dequantised, with the quarters so moved that interleaving two such vectors
// gives pairs of rows in the order of columns: the lower two quarters are columns 0 to 3 of both rows, the upper two 4
// to 7.
func (r reduced) rows(first int) VecVirtual {
	v := YMM()
	VMOVDQU(at(r.coef, 16*first), v)
	VPMULLW(at(r.quant, 16*first), v, v)
	VPERMQ(Imm(0xd8), v, v)
	return v
}

// idct4 is idct4 for blocks side by side. The first pass has all eight columns in one vector of 32-bit words; the second
// multiplies the rows by a vector of factors for each column of the result.
func idct4() {
	TEXT("idct4AVX2", NOSPLIT, "func(dst *uint8, stride int, coef *int16, quant *[64]int16, blocks int)")
	Pragma("noescape")
	Doc("idct4AVX2 transforms blocks that stand side by side to half the size: idct4 in assembly.")
	r := openReduced(4)
	top, bottom := YMM(), YMM() // rows 0 1 and 2 3 after the first pass, columns 0 to 3 in the lower halves
	upper := words16("upperHalf", []int16{0}, []int16{-1})
	ac, t := YMM(), YMM()
	VMOVDQU(at(r.coef, 16*2), ac)
	VPOR(at(r.coef, 16*6), ac, ac)
	VMOVDQU(at(r.coef, 0), t)
	VPOR(at(r.coef, 16*4), t, t) // of rows 0 1 and 4 5 the second only
	VPAND(upper, t, t)
	VPOR(t, ac, ac)
	r01 := r.rows(0)
	VPTEST(ac, ac)
	JEQ(LabelRef("onlyRow"))
	columns4(r, r01, top, bottom)

	Label("second")
	var out [4]VecVirtual
	round := dwords8("idct4Round2", 1<<(constBits+pass1Bits+3))
	for x := range out {
		out[x] = rowSums(top, bottom, rowFactors4(x), round)
	}
	a, b := XMM(), XMM()
	VPACKSSDW(out[1], out[0], a)
	VPACKSSDW(out[3], out[2], b)
	VPACKSSWB(b, a, a) // columns of four bytes
	VPADDB(idctConstants.middle, a, a)
	VPSHUFB(bytes32("transpose4", []byte{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15}), a, a)
	VMOVD(a, at(r.dst, 0))
	VPEXTRD(Imm(1), a, Mem{Base: r.dst, Index: r.stride, Scale: 1})
	VPEXTRD(Imm(2), a, Mem{Base: r.dst, Index: r.stride, Scale: 2})
	VPEXTRD(Imm(3), a, Mem{Base: r.dst, Index: r.stride3, Scale: 1})
	r.close()

	// Without the rows below the first, each column is constant.
	Label("onlyRow")
	VPSLLW(Imm(pass1Bits), r01, top)
	VPSHUFD(Imm(0x44), top, top)
	VMOVDQA(top, bottom)
	JMP(LabelRef("second"))
}

// columns4 is the first pass of idct4.
func columns4(r reduced, r01, top, bottom VecVirtual) {
	r23, r45, r67 := r.rows(2), r.rows(4), r.rows(6)
	in13, in57, in26, even := YMM(), YMM(), YMM(), YMM()
	VPUNPCKHWD(r23, r01, in13)
	VPUNPCKHWD(r67, r45, in57)
	VPUNPCKLWD(r67, r23, in26)
	zero := YMM()
	VPXOR(zero, zero, zero)
	VPUNPCKLWD(r01, zero, even)
	VPSRAD(Imm(16-constBits-1), even, even)
	VPADDD(dwords8("idct4Round1", 1<<(constBits-pass1Bits)), even, even)
	pair := func(name string, a, b int16) Mem { return words16(name, []int16{a, b}, []int16{a, b}) }
	VPMADDWD(pair("idct4Even", fix1847, -fix0765), in26, in26)
	odd0, odd2, t := YMM(), YMM(), YMM()
	VPMADDWD(pair("idct4Odd0a", fix1061, -fix2172), in13, odd0)
	VPMADDWD(pair("idct4Odd0b", fix1451, -fix0211), in57, t)
	VPADDD(t, odd0, odd0)
	VPMADDWD(pair("idct4Odd2a", fix2562, fix0899), in13, odd2)
	VPMADDWD(pair("idct4Odd2b", -fix0601, -fix0509), in57, t)
	VPADDD(t, odd2, odd2)
	a0, a2 := YMM(), YMM()
	VPADDD(in26, even, a0)
	VPSUBD(in26, even, a2)
	out := [4]VecVirtual{YMM(), YMM(), YMM(), YMM()}
	VPADDD(odd2, a0, out[0])
	VPADDD(odd0, a2, out[1])
	VPSUBD(odd0, a2, out[2])
	VPSUBD(odd2, a0, out[3])
	for _, o := range out {
		VPSRAD(Imm(constBits-pass1Bits+1), o, o)
	}
	VPACKSSDW(out[1], out[0], top)
	VPACKSSDW(out[3], out[2], bottom)
}

// rowFactors4 are the factors of all eight inputs for one of the four results of the second pass.
func rowFactors4(x int) Mem {
	dc := int16(1 << (constBits + 1))
	f := [4][8]int16{
		{dc, fix2562, fix1847, fix0899, 0, -fix0601, -fix0765, -fix0509},
		{dc, fix1061, -fix1847, -fix2172, 0, fix1451, fix0765, -fix0211},
		{dc, -fix1061, -fix1847, fix2172, 0, -fix1451, fix0765, fix0211},
		{dc, -fix2562, fix1847, -fix0899, 0, fix0601, -fix0765, fix0509},
	}[x]
	return words16([]string{"idct4Row0", "idct4Row1", "idct4Row2", "idct4Row3"}[x], f[:4], f[4:])
}

// rowSums returns, for each of four rows, the sum of its products with the factors, scaled.
func rowSums(top, bottom VecVirtual, factors, round Mem) VecVirtual {
	a, b := YMM(), YMM()
	VPMADDWD(factors, top, a)
	VPMADDWD(factors, bottom, b)
	VPHADDD(b, a, a)
	x := XMM()
	VEXTRACTI128(Imm(1), a, x)
	VPADDD(a.AsX(), x, x)
	VPADDD(round, x, x)
	VPSRAD(Imm(constBits+pass1Bits+3+1), x, x)
	return x
}

// idct2 is idct2 for blocks side by side.
func idct2() {
	TEXT("idct2AVX2", NOSPLIT, "func(dst *uint8, stride int, coef *int16, quant *[64]int16, blocks int)")
	Pragma("noescape")
	Doc("idct2AVX2 transforms blocks that stand side by side to a quarter of the size: idct2 in assembly.")
	r := openReduced(2)
	pair := func(name string, a, b int16) Mem { return words16(name, []int16{a, b}, []int16{a, b}) }
	r01, r23, r45, r67 := r.rows(0), r.rows(2), r.rows(4), r.rows(6)
	odd, t, even := YMM(), YMM(), YMM()
	VPUNPCKHWD(r23, r01, odd)
	VPUNPCKHWD(r67, r45, t)
	VPMADDWD(pair("idct2Odd13", fix3624, -fix1272), odd, odd)
	VPMADDWD(pair("idct2Odd57", fix0850, -fix0720), t, t)
	VPADDD(t, odd, odd)
	zero := YMM()
	VPXOR(zero, zero, zero)
	VPUNPCKLWD(r01, zero, even)
	VPSRAD(Imm(16-constBits-2), even, even)
	VPADDD(dwords8("idct2Round1", 1<<(constBits-pass1Bits+1)), even, even)
	a, b := YMM(), YMM()
	VPADDD(odd, even, a)
	VPSUBD(odd, even, b)
	VPSRAD(Imm(constBits-pass1Bits+2), a, a)
	VPSRAD(Imm(constBits-pass1Bits+2), b, b)

	rows := YMM()
	VPACKSSDW(b, a, rows)
	VPMADDWD(words16("idct2Row", []int16{0, fix3624, 0, -fix1272}, []int16{0, fix0850, 0, -fix0720}), rows, rows)
	sums, dc := XMM(), XMM()
	VEXTRACTI128(Imm(1), rows, sums)
	VPADDD(rows.AsX(), sums, sums)
	VPHADDD(sums, sums, sums) // of rows 0 and 1
	VPUNPCKLDQ(b, a, a)       // their first columns, which are not cut to 16 bits
	VPSLLD(Imm(constBits+2), a.AsX(), dc)
	VPADDD(dwords8("idct2Round2", 1<<(constBits+pass1Bits+3+1)), dc, dc)
	left, right := XMM(), XMM()
	VPADDD(sums, dc, left)
	VPSUBD(sums, dc, right)
	VPUNPCKLDQ(right, left, left)
	VPSRAD(Imm(constBits+pass1Bits+3+2), left, left)
	VPACKSSDW(left, left, left)
	VPACKSSWB(left, left, left)
	VPADDB(idctConstants.middle, left, left)
	VPEXTRW(Imm(0), left, at(r.dst, 0))
	VPEXTRW(Imm(1), left, Mem{Base: r.dst, Index: r.stride, Scale: 1})
	r.close()
}
