// Command iqa writes the AVX2 kernels of package iqa.
//
// The sizes and the memory layout are those of iqa/strip.go; the formulas stand there and in iqa/window.go, which holds
// the same kernels in plain Go.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const (
	window = 11
	radius = 5
	group  = 4   // rows that a step adds, and results that it gives
	tile   = 128 // columns of a strip
	word   = 4   // bytes of a float32
	vector = 32  // bytes of a register
	row    = 128 // bytes of a row of a block: two means and two variances of 8 columns
	block  = 16 * row
)

// Offsets of the four maps in a row of a block.
const (
	meanSum = iota * vector
	varianceSum
	meanDiff
	varianceDiff
)

func main() {
	ConstraintExpr("amd64,!purego")
	k := constants{}
	for i, w := range weights {
		k.weight[i] = splat("weight"+string(rune('0'+i)), F32(w))
	}
	k.one, k.two = splat("one", F32(1)), splat("two", F32(2))
	across(k)
	down(k)
	addSubtract()
	mix8()
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

// constants are in memory: registers are too few.
type constants struct {
	weight   [radius + 1]Mem
	one, two Mem
}

// splat makes a constant that fills a register.
func splat(name string, v F32) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range vector / word {
		DATA(i*word, v)
	}
	return m
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
