package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Places in the state that the caller passes, in words of 8 bytes. The caller's Go code names them in the same order.
const (
	statePos = 8 * iota
	stateStop
	stateOp
	stateLimit
	stateBuffer
	stateHeld
	stateLitBits
	stateDistBits
)

// Bits of a table's entry, as huffman.go describes it.
const (
	bitException = 15
	bitSubtable  = 14
	bitEnd       = 13
)

// Ways in which the loop ends, in the order of the package's statuses.
const (
	statusPaused = iota
	statusEnd
	statusBadCode
	statusFarMatch
)

// loop is the state in registers. Of held only the lowest byte counts: the entries are subtracted from it whole, since
// their lowest byte is what is to be subtracted, and the shifts look at six bits only.
type loop struct {
	in, out, outLimit  reg.GPVirtual
	buffer, held       reg.GPVirtual
	lit, dist          reg.GPVirtual
	litBits, distBits  reg.GPVirtual
	entry, length, tmp reg.GPVirtual
	src                reg.GPVirtual
	state              reg.GPVirtual
	inStop, outStart   Mem // on the stack: compared with only
	inStart            Mem
}

func inflateLoop() {
	steps, shuffles := overlapTables()
	TEXT("inflateLoop", NOSPLIT, "func(in, out *byte, state *[8]uint64, lit, dist *uint32) (status int)")
	Doc("inflateLoop goes on within a block of code words as stream.huffmanScalar does, with the state",
		"pos, end+8, op, limit, buffer, held, litBits, distBits.")
	Pragma("noescape")
	l := load()

	Label("next")
	CMPQ(l.in, l.inStop)
	JAE(LabelRef("paused"))
	CMPQ(l.out, l.outLimit)
	JAE(LabelRef("paused"))
	l.refill()
	l.lookUp(l.lit, l.litBits)
	// Three literals of 11 bits, or two and then a length of 20, stay below 56 bits. Each has branches of its own, so that
	// the processor can learn what tends to follow what.
	for range 2 {
		TESTL(l.entry.As32(), l.entry.As32())
		JNS(LabelRef("noLiteral"))
		l.literal()
		l.lookUp(l.lit, l.litBits)
	}
	TESTL(l.entry.As32(), l.entry.As32())
	JNS(LabelRef("noLiteral"))
	l.literal()
	JMP(LabelRef("next"))

	Label("noLiteral")
	BTL(Imm(bitException), l.entry.As32())
	JCS(LabelRef("litException"))
	Label("length")
	l.baseAndExtra(l.length)
	CMPB(l.held.As8(), Imm(28)) // the longest distance: 15 bits and 13 more
	JAE(LabelRef("distance"))
	l.refill()
	Label("distance")
	l.lookUp(l.dist, l.distBits)
	BTL(Imm(bitException), l.entry.As32())
	JCS(LabelRef("distException"))
	Label("match")
	l.baseAndExtra(l.tmp)
	MOVQ(l.out, l.src)
	SUBQ(l.tmp, l.src)
	CMPQ(l.src, l.outStart)
	JCS(LabelRef("farMatch"))
	l.copyMatch(steps, shuffles)

	l.exceptions()
	l.end("paused", statusPaused)
	l.end("blockEnd", statusEnd)
	l.end("badCode", statusBadCode)
	l.end("farMatch", statusFarMatch)
	l.store()
}

// load takes the arguments into registers.
func load() *loop {
	l := &loop{
		in: GP64(), out: GP64(), outLimit: GP64(), buffer: GP64(), held: GP64(), lit: GP64(), dist: GP64(),
		litBits: GP64(), distBits: GP64(), entry: GP64(), length: GP64(), tmp: GP64(), src: GP64(), state: GP64(),
	}
	frame := AllocLocal(24)
	l.inStop, l.outStart, l.inStart = frame, frame.Offset(8), frame.Offset(16)
	Load(Param("state"), l.state)
	Load(Param("in"), l.in)
	MOVQ(l.in, l.inStart)
	MOVQ(l.in, l.tmp)
	ADDQ(l.field(stateStop), l.tmp)
	MOVQ(l.tmp, l.inStop)
	ADDQ(l.field(statePos), l.in)
	Load(Param("out"), l.out)
	MOVQ(l.out, l.outStart)
	MOVQ(l.out, l.outLimit)
	ADDQ(l.field(stateLimit), l.outLimit)
	ADDQ(l.field(stateOp), l.out)
	MOVQ(l.field(stateBuffer), l.buffer)
	MOVQ(l.field(stateHeld), l.held)
	MOVQ(l.field(stateLitBits), l.litBits)
	MOVQ(l.field(stateDistBits), l.distBits)
	Load(Param("lit"), l.lit)
	Load(Param("dist"), l.dist)
	return l
}

func (l *loop) field(offset int) Mem { return Mem{Base: l.state, Disp: offset} }

// refill makes buffer hold 56 bits or more: it reads 8 bytes and goes on by as many as there is room for. Those of which
// only a part fits are read again the next time.
func (l *loop) refill() {
	SHLXQ(l.held, Mem{Base: l.in}, l.tmp)
	ORQ(l.tmp, l.buffer)
	MOVL(l.held.As32(), l.tmp.As32())
	SHRL(Imm(3), l.tmp.As32())
	ANDL(Imm(7), l.tmp.As32())
	SUBQ(l.tmp, l.in)
	ADDQ(Imm(7), l.in)
	ORL(Imm(56), l.held.As32())
}

// lookUp finds the entry of the code word at the front.
func (l *loop) lookUp(table, bits reg.GPVirtual) {
	BZHIQ(bits, l.buffer, l.entry)
	MOVL(Mem{Base: table, Index: l.entry, Scale: 4}, l.entry.As32())
}

// consume takes the bits that the entry stands for.
func (l *loop) consume() {
	SHRXQ(l.entry, l.buffer, l.buffer)
	SUBL(l.entry.As32(), l.held.As32())
}

// literal consumes and writes one byte.
func (l *loop) literal() {
	l.consume()
	SHRL(Imm(16), l.entry.As32())
	MOVB(l.entry.As8(), Mem{Base: l.out})
	INCQ(l.out)
}

// baseAndExtra consumes a code word with its extra bits and returns the base with them added.
func (l *loop) baseAndExtra(to reg.GPVirtual) {
	extra := l.src // not in use yet
	BZHIQ(l.entry, l.buffer, extra)
	l.consume()
	MOVL(l.entry.As32(), to.As32())
	SHRL(Imm(16), to.As32())
	SHRL(Imm(8), l.entry.As32())
	SHRXQ(l.entry, extra, extra)
	ADDL(extra.As32(), to.As32())
}

// copyMatch repeats length bytes from src, tmp bytes before out, and goes on. It writes up to 31 bytes more.
func (l *loop) copyMatch(steps, shuffles Mem) {
	x := XMM()
	end := l.length
	CMPL(l.tmp.As32(), Imm(16))
	JCS(LabelRef("near"))
	VMOVDQU(Mem{Base: l.src}, x)
	VMOVDQU(x, Mem{Base: l.out})
	VMOVDQU(Mem{Base: l.src, Disp: 16}, x)
	VMOVDQU(x, Mem{Base: l.out, Disp: 16})
	CMPL(l.length.As32(), Imm(32))
	JHI(LabelRef("long"))
	ADDQ(l.length, l.out)
	JMP(LabelRef("next"))

	Label("long")
	ADDQ(l.out, end)
	ADDQ(Imm(32), l.out)
	ADDQ(Imm(32), l.src)
	Label("longMore")
	VMOVDQU(Mem{Base: l.src}, x)
	VMOVDQU(x, Mem{Base: l.out})
	ADDQ(Imm(16), l.src)
	ADDQ(Imm(16), l.out)
	CMPQ(l.out, end)
	JCS(LabelRef("longMore"))
	MOVQ(end, l.out)
	JMP(LabelRef("next"))

	// Of a match that overlaps itself, 16 bytes are made at once, of which a multiple of the distance is kept.
	Label("near")
	ADDQ(l.out, end)
	VMOVDQU(Mem{Base: l.src}, x)
	table := l.src
	LEAQ(shuffles, table)
	SHLL(Imm(4), l.tmp.As32())
	VPSHUFB(Mem{Base: table, Index: l.tmp, Scale: 1}, x, x)
	SHRL(Imm(4), l.tmp.As32())
	LEAQ(steps, table)
	MOVBLZX(Mem{Base: table, Index: l.tmp, Scale: 1}, l.tmp.As32())
	Label("nearMore")
	VMOVDQU(x, Mem{Base: l.out})
	ADDQ(l.tmp, l.out)
	CMPQ(l.out, end)
	JCS(LabelRef("nearMore"))
	MOVQ(end, l.out)
	JMP(LabelRef("next"))
}

// exceptions follows sub-tables and finds what ends the loop.
func (l *loop) exceptions() {
	Label("litException")
	BTL(Imm(bitSubtable), l.entry.As32())
	JCC(LabelRef("litEnd"))
	l.subtable(l.lit)
	TESTL(l.entry.As32(), l.entry.As32())
	JS(LabelRef("lateLiteral"))
	BTL(Imm(bitException), l.entry.As32())
	JCC(LabelRef("length"))
	Label("litEnd")
	MOVL(l.entry.As32(), l.tmp.As32())
	l.consume()
	BTL(Imm(bitEnd), l.tmp.As32())
	JCS(LabelRef("blockEnd"))
	JMP(LabelRef("badCode"))

	Label("lateLiteral")
	l.literal()
	JMP(LabelRef("next"))

	Label("distException")
	BTL(Imm(bitSubtable), l.entry.As32())
	JCC(LabelRef("badCode"))
	l.subtable(l.dist)
	BTL(Imm(bitException), l.entry.As32())
	JCC(LabelRef("match"))
	JMP(LabelRef("badCode"))
}

// subtable consumes the bits of the entry that led there and finds the one in the sub-table.
func (l *loop) subtable(table reg.GPVirtual) {
	l.consume()
	MOVL(l.entry.As32(), l.tmp.As32())
	SHRL(Imm(8), l.tmp.As32())
	ANDL(Imm(31), l.tmp.As32())
	BZHIQ(l.tmp, l.buffer, l.tmp)
	SHRL(Imm(16), l.entry.As32())
	ADDQ(l.tmp, l.entry)
	MOVL(Mem{Base: table, Index: l.entry, Scale: 4}, l.entry.As32())
}

// end returns a status.
func (l *loop) end(label string, status uint64) {
	Label(label)
	MOVQ(U32(status), l.entry)
	if status != statusFarMatch { // the last one falls through
		JMP(LabelRef("store"))
	}
}

// store writes the state back.
func (l *loop) store() {
	Label("store")
	SUBQ(l.inStart, l.in)
	MOVQ(l.in, l.field(statePos))
	SUBQ(l.outStart, l.out)
	MOVQ(l.out, l.field(stateOp))
	MOVQ(l.buffer, l.field(stateBuffer))
	MOVBQZX(l.held.As8(), l.held)
	MOVQ(l.held, l.field(stateHeld))
	Store(l.entry, ReturnIndex(0))
	RET()
}

// overlapTables are, for each distance below 16, the bytes of a vector that repeats the first so many, and the largest
// multiple of the distance up to 16.
func overlapTables() (steps, shuffles Mem) {
	steps = GLOBL("overlapSteps", attr.RODATA|attr.NOPTR)
	for d := range 16 {
		DATA(d, U8(16-16%max(d, 1)))
	}
	shuffles = GLOBL("overlapShuffles", attr.RODATA|attr.NOPTR)
	for d := range 16 {
		for i := range 16 {
			DATA(16*d+i, U8(i%max(d, 1)))
		}
	}
	return steps, shuffles
}
