// Command iqa writes the AVX2 and AVX-512 kernels of package iqa.
//
// The sizes and the memory layout are those of iqa/strip.go; the formulas stand there and in iqa/window.go, which holds
// the same kernels in plain Go. The kernels of both widths do the same operations in the same order on each column, so
// that they give the same bits.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const (
	window = 11
	radius = 5
	group  = 4 // rows that a step adds, and results that it gives
	maps   = 4
	tile   = 256                // columns of a strip
	word   = 4                  // bytes of a float32
	pitch  = (tile + 16) * word // bytes of a map of a row of the ring
	row    = maps * pitch
)

// Offsets of the four maps in a row of the ring; a variance follows its mean.
const (
	meanSum  = 0
	meanDiff = 2 * pitch
)

// isa is one width of vectors.
type isa struct {
	name   string
	bytes  int
	vector func() VecVirtual
}

var (
	avx2   = isa{"AVX2", 32, YMM}
	avx512 = isa{"AVX512", 64, ZMM}
)

// wide tells whether there are 32 registers of 64 bytes.
func (i isa) wide() bool { return i.bytes == 64 }

func main() {
	ConstraintExpr("amd64,!purego")
	for i, w := range weights {
		weightAt[i] = single("weight"+string(rune('0'+i)), w)
	}
	one, two = single("one", 1), single("two", 2)
	for _, i := range []isa{avx2, avx512} {
		across(i)
		down(i)
		addSubtract(i)
	}
	mix8()
	mix8Wide()
	mix16()
	halve()
	squares8()
	Generate()
}

// weights of the window by distance from its middle: exp(−d²/2σ²) ÷ Σ with σ = 1.5.
var weights = [radius + 1]float32{
	0.26601172486179436, 0.2130055377112537, 0.10936068950970002,
	0.03600077212843083, 0.007598758135239185, 0.00102838008447911,
}

// Constants in memory, to be spread over a register by the load.
var (
	weightAt [radius + 1]Mem
	one, two Mem
)

func single(name string, v float32) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	DATA(0, F32(v))
	return m
}

// spread loads a constant into all places of a register.
func (i isa) spread(m Mem) VecVirtual {
	v := i.vector()
	VBROADCASTSS(m, v)
	return v
}

// loop repeats body, which is placed under a label, n times; n is above 0 and destroyed.
func loop(label string, n Register, body func()) {
	Label(label)
	body()
	DECQ(n)
	JNZ(LabelRef(label))
}

// finish returns with clean upper halves, so that SSE code behind it pays no transition.
func finish() {
	VZEROUPPER()
	RET()
}

// kernel begins a function that keeps none of its pointers.
func kernel(name, signature string) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
}

func pointer(param string) Register { return Load(Param(param), GP64()) }
