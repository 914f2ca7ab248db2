package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// row is what all filters have: they go over a row from its left end as far as whole vectors fit and return where they
// stopped, a multiple of step bytes. They write a vector at once, of which the bytes behind the step are overwritten by
// the next or by the plain code that does the rest.
type row struct {
	dst, row, above reg.GPVirtual
	i, last         reg.GPVirtual
}

// begin declares a filter that goes on step by step while a vector of wide bytes fits into the row.
func begin(name string, wide int, above bool) *row {
	r := &row{dst: GP64(), row: GP64(), above: GP64(), i: GP64(), last: GP64()}
	if above {
		TEXT(name, NOSPLIT, "func(dst, row, above *byte, n int) (done int)")
		Load(Param("above"), r.above)
	} else {
		TEXT(name, NOSPLIT, "func(dst, row *byte, n int) (done int)")
	}
	Doc(name + " undoes a filter from the left end of a row of n bytes as far as whole vectors fit.")
	Pragma("noescape")
	Load(Param("dst"), r.dst)
	Load(Param("row"), r.row)
	Load(Param("n"), r.last)
	XORL(r.i.As32(), r.i.As32())
	SUBQ(Imm(uint64(wide)), r.last) // the last place where a vector fits
	return r
}

func (r *row) at(base reg.GPVirtual) Mem { return Mem{Base: base, Index: r.i, Scale: 1} }

// loop runs body while a vector fits.
func (r *row) loop(step int, body func()) {
	CMPQ(r.i, r.last)
	JGT(LabelRef("done"))
	Label("next")
	body()
	ADDQ(Imm(uint64(step)), r.i)
	CMPQ(r.i, r.last)
	JLE(LabelRef("next"))
	Label("done")
}

// end returns where the filter stopped.
func (r *row) end() {
	Store(r.i, ReturnIndex(0))
	RET()
}

func zero() reg.VecVirtual {
	x := XMM()
	VPXOR(x, x, x)
	return x
}

// sub adds the pixel on the left. As many pixels as fit a vector are summed up among themselves, with the distance
// doubled each time, and then the last pixel of the vector before is added to each: two operations from one vector
// to the next.
func sub(bpp int) {
	step := 16 / bpp * bpp
	repeat := GLOBL(fmt.Sprintf("lastOf%d", bpp), attr.RODATA|attr.NOPTR)
	for i := range 16 {
		DATA(i, U8(step-bpp+i%bpp))
	}
	r := begin(fmt.Sprintf("sub%d", bpp), 16, false)
	last, carry, x, shifted := XMM(), zero(), XMM(), XMM()
	VMOVDQU(repeat, last)
	r.loop(step, func() {
		VMOVDQU(r.at(r.row), x)
		for d := bpp; d < step; d *= 2 {
			VPSLLDQ(Imm(uint64(d)), x, shifted)
			VPADDB(shifted, x, x)
		}
		VPADDB(carry, x, x)
		VMOVDQU(x, r.at(r.dst))
		VPSHUFB(last, x, carry)
	})
	r.end()
}

// up adds the byte above.
func up() {
	r := begin("up", 32, true)
	r.loop(32, func() {
		y := YMM()
		VMOVDQU(r.at(r.row), y)
		VPADDB(r.at(r.above), y, y)
		VMOVDQU(y, r.at(r.dst))
	})
	VZEROUPPER()
	r.end()
}

// average adds half the sum of left and above, rounded down. VPAVGB rounds up, so it is taken of the complements, whose
// complement is wanted: with left' = ^left, the next one is ^(x + ^avg(left', above')) = avg(left', above') - x. From
// pixel to pixel that makes two operations.
func average(bpp int) {
	r := begin(fmt.Sprintf("average%d", bpp), 8, true)
	left, ones, above, x, out := XMM(), XMM(), XMM(), XMM(), XMM()
	VPCMPEQB(ones, ones, ones)
	VMOVDQA(ones, left)
	r.loop(bpp, func() {
		VMOVQ(r.at(r.above), above)
		VMOVQ(r.at(r.row), x)
		VPXOR(ones, above, above)
		VPAVGB(above, left, left)
		VPSUBB(x, left, left)
		VPXOR(ones, left, out)
		VMOVQ(out, r.at(r.dst))
	})
	r.end()
}

// paeth adds the predictor of 9.4, in words of 16 bits. With c above on the left and b above, which are known long before,
// the predictor is, as a function of the pixel on the left a,
//
//	min(a, b)  if a ≤ T1 = min(⌊(3c-b)/2⌋, 3c-2b)
//	max(a, b)  if a ≥ T2 = max(⌈(3c-b)/2⌉, 3c-2b)
//	c          else
//
// which follows from the scalar code's comparisons of 3c-a-b with both. From pixel to pixel that leaves a comparison,
// two selections and a sum.
func paeth(bpp int) {
	r := begin(fmt.Sprintf("paeth%d", bpp), 8, true)
	a, c := zero(), zero()
	b, x, t1, t2, u, low, high := XMM(), XMM(), XMM(), XMM(), XMM(), XMM(), XMM()
	r.loop(bpp, func() {
		VPMOVZXBW(r.at(r.above), b)
		VPMOVZXBW(r.at(r.row), x)
		VPSUBW(b, c, u)
		VPADDW(c, u, u)
		VPADDW(c, u, u)  // 3c-b
		VPSUBW(b, u, t2) // 3c-2b
		VPSRAW(Imm(1), u, t1)
		VPSUBW(t1, u, u) // rounded up
		VPMINSW(t2, t1, t1)
		VPMAXSW(u, t2, t2)
		VPMINSW(a, b, low)
		VPMAXSW(a, b, high)
		VPCMPGTW(t1, a, t1)
		VPCMPGTW(a, t2, t2)
		VPBLENDVB(t1, c, low, low)
		VPBLENDVB(t2, low, high, a)
		VPADDB(x, a, a)
		VMOVDQA(b, c)
		VPACKUSWB(a, a, x)
		VMOVQ(x, r.at(r.dst))
	})
	r.end()
}
