package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Places of fields; layout_amd64.go of the package does not compile where they are wrong.
const (
	readerAcc, readerN, readerPos, readerEnd, readerBuf = 0, 8, 16, 24, 32

	slotDC, slotAC, slotFirst, slotStep, slotComp, slotSize = 0, 8, 16, 24, 32, 40

	lookBits                              = 10
	tableLimit, tableOffset, tableSymbols = 4 << lookBits, 4<<lookBits + 68, 4<<lookBits + 136
)

// stream is a bit reader in registers.
type stream struct {
	acc, n, ptr Register
	look        Register // the number of bits that a look-up does not see
	t, u        Register // free for use in between
}

// openStream loads a reader.
func openStream(r Register) stream {
	s := stream{acc: GP64(), n: GP64(), ptr: GP64(), look: GP64(), t: GP64(), u: GP64()}
	MOVQ(at(r, readerAcc), s.acc)
	MOVQ(at(r, readerN), s.n)
	MOVQ(at(r, readerPos), s.ptr)
	ADDQ(at(r, readerBuf), s.ptr)
	MOVQ(U32(64-lookBits), s.look)
	return s
}

// close stores a reader.
func (s stream) close(r Register) {
	MOVQ(s.acc, at(r, readerAcc))
	MOVQ(s.n, at(r, readerN))
	SUBQ(at(r, readerBuf), s.ptr)
	MOVQ(s.ptr, at(r, readerPos))
}

// refill is reader.refill.
func (s stream) refill() {
	MOVQ(at(s.ptr, 0), s.t)
	MOVQ(s.n, s.u)
	BSWAPQ(s.t)
	XORQ(Imm(63), s.u) // 63 − n
	SHRXQ(s.n, s.t, s.t)
	SHRQ(Imm(3), s.u)
	ORQ(s.t, s.acc)
	ADDQ(s.u, s.ptr)
	ORQ(Imm(56), s.n)
}

// lookUp loads the entry of the next bits into e and jumps where it has no value.
func (s stream) lookUp(table, e Register, special string) {
	SHRXQ(s.look, s.acc, e)
	MOVL(Mem{Base: table, Index: e, Scale: 4}, e.(GPVirtual).As32())
	CMPL(e.(GPVirtual).As32(), U32(0xffff))
	JLS(LabelRef(special))
}

// skip goes on by as many bits as the lowest byte of e says. The shift takes the lowest six bits only, so that neither
// needs e to be masked; no entry or symbol has more than 31 bits.
func (s stream) skip(e Register) {
	SHLXQ(e, s.acc, s.acc)
	SUBB(e.(GPVirtual).As8(), s.n.(GPVirtual).As8())
}

// search finds a code that is longer than a look-up and leaves its length and symbol in e as an entry does.
func (s stream) search(table, e Register, bad string) {
	again, found := label("search"), label("found")
	length := e
	MOVQ(s.acc, s.t)
	SHRQ(Imm(48), s.t)
	MOVQ(U32(lookBits), length)
	Label(again)
	INCQ(length)
	CMPQ(length, Imm(16))
	JHI(LabelRef(bad))
	CMPL(s.t.(GPVirtual).As32(), Mem{Base: table, Index: length, Scale: 4, Disp: tableLimit})
	JCC(LabelRef(again))
	Label(found)
	MOVQ(U32(16), s.u)
	SUBQ(length, s.u)
	SHRXQ(s.u, s.t, s.t)
	ADDL(Mem{Base: table, Index: length, Scale: 4, Disp: tableOffset}, s.t.(GPVirtual).As32())
	MOVBLZX(s.t.(GPVirtual).As8(), s.t.(GPVirtual).As32())
	MOVBLZX(Mem{Base: table, Index: s.t, Scale: 1, Disp: tableSymbols}, s.t.(GPVirtual).As32())
	SHLL(Imm(8), s.t.(GPVirtual).As32())
	ORQ(s.t, e)
}

// value reads as many bits as size says, 1 to 15, and leaves the value that they stand for in s.t.
func (s stream) value(size Register) {
	MOVQ(size, s.u)
	NEGQ(s.u)
	SHRXQ(s.u, s.acc, s.t) // the bits
	XORQ(s.u, s.u)
	BTSQ(size, s.u)
	DECQ(s.u) // 2^size − 1, which is to be taken off where the first bit is 0
	SHLXQ(size, s.acc, s.acc)
	SUBB(size.(GPVirtual).As8(), s.n.(GPVirtual).As8())
}

// blocks is reader.blocks.
func blocks() {
	TEXT("blocksAVX2", NOSPLIT, "func(r *uint64, slots *byte, count int, preds *[4]int32, coef *int16, mcus int, zigzag *uint8) (done int)")
	Pragma("noescape")
	Doc("blocksAVX2 decodes a run of MCUs: reader.blocks in assembly. r and slots are the reader and its first slot.")
	r := Load(Param("r"), GP64())
	limit, last := AllocLocal(8), AllocLocal(8)
	t := GP64()
	MOVQ(at(r, readerBuf), t)
	ADDQ(at(r, readerEnd), t)
	SHLQ(Imm(3), t)
	MOVQ(t, limit) // of 8·ptr − n
	MOVQ(NewParamAddr("count", 16), t)
	IMUL3Q(Imm(slotSize), t, t)
	ADDQ(NewParamAddr("slots", 8), t)
	MOVQ(t, last)

	s := openStream(r)
	zz := Load(Param("zigzag"), GP64())
	slot, mcu := GP64(), GP64()
	zero := YMM()
	VPXOR(zero, zero, zero)
	XORQ(mcu, mcu)
	JMP(LabelRef("nextMCU"))
	Label("mcu")
	MOVQ(NewParamAddr("slots", 8), slot)

	Label("slot")
	out, table, k, e := GP64(), GP64(), GP64(), GP64()
	MOVQ(at(slot, slotStep), out)
	IMULQ(mcu, out)
	ADDQ(at(slot, slotFirst), out)
	ADDQ(out, out)
	ADDQ(NewParamAddr("coef", 32), out)
	for i := range 4 {
		VMOVDQU(zero, at(out, 32*i))
	}
	dcCoefficient(s, slot, out, table, k, e)
	acCoefficients(s, slot, out, table, k, e, zz)
	CMPQ(k, Imm(64))
	JHI(LabelRef("fail"))
	MOVQ(s.ptr, s.t)
	SHLQ(Imm(3), s.t)
	SUBQ(s.n, s.t)
	CMPQ(s.t, limit)
	JHI(LabelRef("fail"))
	ADDQ(Imm(slotSize), slot)
	CMPQ(slot, last)
	JNE(LabelRef("slot"))
	INCQ(mcu)
	Label("nextMCU")
	CMPQ(mcu, NewParamAddr("mcus", 40))
	JLT(LabelRef("mcu"))

	Label("fail")
	r2 := Load(Param("r"), GP64())
	s.close(r2)
	Store(mcu, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// dcCoefficient decodes the first coefficient of a block and adds the prediction.
func dcCoefficient(s stream, slot, out, table, k, e Register) {
	MOVQ(at(slot, slotDC), table)
	s.refill()
	s.lookUp(table, e, "dcSpecial")
	s.skip(e)
	MOVL(e.(GPVirtual).As32(), s.t.(GPVirtual).As32())
	SARL(Imm(16), s.t.(GPVirtual).As32())
	JMP(LabelRef("dcValue"))

	Label("dcSpecial")
	TESTL(e.(GPVirtual).As32(), e.(GPVirtual).As32())
	JNE(LabelRef("dcKnown"))
	s.search(table, e, "fail")
	Label("dcKnown")
	s.skip(e)
	XORQ(s.t, s.t)
	SHRL(Imm(8), e.(GPVirtual).As32())
	JEQ(LabelRef("dcValue")) // a difference of 0 has no bits
	MOVQ(s.acc, k)
	s.value(e)
	signed(s, k)
	Label("dcValue")
	MOVQ(at(slot, slotComp), k)
	p := GP64()
	MOVQ(NewParamAddr("preds", 24), p)
	ADDL(Mem{Base: p, Index: k, Scale: 4}, s.t.(GPVirtual).As32())
	MOVL(s.t.(GPVirtual).As32(), Mem{Base: p, Index: k, Scale: 4})
	MOVW(s.t.(GPVirtual).As16(), at(out, 0))
}

// signed makes a value of the bits in s.t: where the first was 0, which bits tells, 2^size − 1 in s.u comes off.
func signed(s stream, bits Register) {
	SARQ(Imm(63), bits)
	ANDNQ(s.u, bits, bits)
	SUBQ(bits, s.t)
}

// acCoefficients decodes the rest of a block. After a refill five look-ups have their ten bits for certain.
func acCoefficients(s stream, slot, out, table, k, e, zz Register) {
	MOVQ(at(slot, slotAC), table)
	MOVQ(U32(1), k)
	e32 := e.(GPVirtual).As32()
	t32 := s.t.(GPVirtual).As32()
	Label("ac")
	s.refill()
	for i := range 5 {
		s.lookUp(table, e, "special")
		RORXL(Imm(8), e32, t32)
		MOVBLZX(s.t.(GPVirtual).As8(), t32)
		s.skip(e)
		ADDQ(s.t, k)
		MOVBLZX(Mem{Base: zz, Index: k, Scale: 1, Disp: -1}, t32)
		SHRL(Imm(16), e32)
		MOVW(e.(GPVirtual).As16(), Mem{Base: out, Index: s.t, Scale: 2})
		CMPQ(k, Imm(64))
		if i < 4 {
			JCC(LabelRef("blockEnd"))
		} else {
			JCS(LabelRef("ac"))
		}
	}
	JMP(LabelRef("blockEnd"))

	Label("special")
	TESTL(U32(0xff00), e32)
	JNE(LabelRef("known"))
	TESTL(e32, e32)
	JEQ(LabelRef("long"))
	s.skip(e) // end of block
	JMP(LabelRef("blockEnd"))
	Label("long")
	s.refill()
	s.search(table, e, "fail")
	Label("known")
	s.skip(e)
	s.refill()
	SHRL(Imm(8), e32)
	MOVL(e32, t32)
	SHRL(Imm(4), t32)
	ADDQ(s.t, k)
	ANDL(Imm(15), e32)
	JEQ(LabelRef("noValue"))
	sign := GP64()
	MOVQ(s.acc, sign)
	s.value(e)
	signed(s, sign)
	MOVBLZX(Mem{Base: zz, Index: k, Scale: 1}, e32)
	MOVW(s.t.(GPVirtual).As16(), Mem{Base: out, Index: e, Scale: 2})
	INCQ(k)
	CMPQ(k, Imm(64))
	JCS(LabelRef("ac"))
	JMP(LabelRef("blockEnd"))
	Label("noValue") // the end of the block, or fifteen zeros and one more; other runs without a value do not exist
	TESTL(t32, t32)
	JEQ(LabelRef("blockEnd"))
	CMPL(t32, Imm(15))
	JNE(LabelRef("fail"))
	INCQ(k)
	CMPQ(k, Imm(64))
	JCS(LabelRef("ac"))
	Label("blockEnd")
}
