package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is one width of vectors.
type isa struct {
	name   string
	lanes  int
	vector func() reg.VecVirtual
}

var (
	avx2   = isa{"conv256", 8, YMM}
	avx512 = isa{"conv512", 16, ZMM}
)

// unroll is how many products the inner loop makes per round: two hide its own bookkeeping, more only make code.
const unroll = 2

// tileCode is a convolution tile under construction: rows output pixels by cols vectors of output channels, whose sums
// stay in registers from the first product to the last. The function does several tiles side by side.
type tileCode struct {
	isa
	rows, cols int
	in         []reg.GPVirtual // of pixels 0, 4, 8
	step       reg.Register    // from one pixel's input to the next
	step3      reg.Register    // three times that
	weights    reg.Register
	panel      reg.Register // to the second panel of weights, for AVX-512
	bias, out  reg.Register
	sum        [][]reg.VecVirtual
}

// conv writes one function. With AVX2 two vectors make one panel of 16 channels; with AVX-512 one does, and two columns
// are two panels.
func conv(set isa, rows, cols int) {
	name := fmt.Sprintf("%sp%dc%d", set.name, rows, cols*set.lanes)
	TEXT(name, NOSPLIT, "func(tiles int, out, in, weights, bias *float32, outStep, inStep, runs, run, skip, panel int)")
	Doc(fmt.Sprintf("%s convolves tiles of %d output pixels into %d channels; see convFunc.", name, rows, cols*set.lanes))
	Pragma("noescape")
	c := &tileCode{isa: set, rows: rows, cols: cols}
	c.load()
	start, tiles := Load(Param("in"), GP64()), Load(Param("tiles"), GP64())
	Label("tile")
	c.aim(start)
	c.begin()
	c.products()
	c.finish()
	c.next(start)
	DECQ(tiles)
	JNE(LabelRef("tile"))
	VZEROUPPER()
	RET()
}

func (c *tileCode) load() {
	c.bias, c.out = Load(Param("bias"), GP64()), Load(Param("out"), GP64())
	c.step = Load(Param("inStep"), GP64())
	if c.rows > 3 {
		c.step3 = GP64()
		LEAQ(Mem{Base: c.step, Index: c.step, Scale: 2}, c.step3)
	}
	if c.lanes == 16 && c.cols == 2 {
		c.panel = Load(Param("panel"), GP64())
	}
}

// aim sets the addresses of a tile. One register serves four pixels: x86 addresses reach 0, 1, 2 steps by scale and the
// third by a register of its own.
func (c *tileCode) aim(start reg.Register) {
	c.weights = Load(Param("weights"), GP64())
	c.in = []reg.GPVirtual{GP64()}
	MOVQ(start, c.in[0])
	for 4*len(c.in) < c.rows {
		next := GP64()
		LEAQ(Mem{Base: c.in[len(c.in)-1], Index: c.step, Scale: 4}, next)
		c.in = append(c.in, next)
	}
}

// next moves the start to the tile beside.
func (c *tileCode) next(start reg.Register) {
	for left := c.rows; left > 0; {
		n := 1
		for n < 8 && 2*n <= left {
			n *= 2
		}
		LEAQ(Mem{Base: start, Index: c.step, Scale: uint8(n)}, start)
		left -= n
	}
}

// begin loads the sums with the bias.
func (c *tileCode) begin() {
	c.sum = make([][]reg.VecVirtual, c.rows)
	for i := range c.sum {
		for j := range c.cols {
			v := c.vector()
			VMOVUPS(Mem{Base: c.bias, Disp: 4 * c.lanes * j}, v)
			c.sum[i] = append(c.sum[i], v)
		}
	}
}

// products adds all products: runs of contiguous inputs, one run for each row of the filter.
func (c *tileCode) products() {
	runs := Load(Param("runs"), GP64())
	Label("run")
	count := Load(Param("run"), GP64())
	SUBQ(Imm(unroll), count)
	JLT(LabelRef("rest"))
	Label("pair")
	for k := range unroll {
		c.product(k)
	}
	c.advance(unroll)
	SUBQ(Imm(unroll), count)
	JGE(LabelRef("pair"))
	Label("rest")
	ADDQ(Imm(unroll), count)
	JEQ(LabelRef("turn"))
	c.product(0)
	c.advance(1)
	Label("turn")
	skip := Load(Param("skip"), GP64())
	for _, in := range c.in {
		ADDQ(skip, in)
	}
	DECQ(runs)
	JNE(LabelRef("run"))
}

// product multiplies the k-th input of every pixel with its row of weights.
func (c *tileCode) product(k int) {
	w := make([]reg.VecVirtual, c.cols)
	for j := range w {
		w[j] = c.vector()
		VMOVUPS(c.weight(j, k), w[j])
	}
	for i := range c.rows {
		x := c.vector()
		VBROADCASTSS(c.input(i, k), x)
		for j := range w {
			VFMADD231PS(w[j], x, c.sum[i][j])
		}
	}
}

// weight is the address of column j of the k-th row of weights; a row of a panel is 16 floats.
func (c *tileCode) weight(j, k int) Mem {
	if c.lanes == 16 && j == 1 {
		return Mem{Base: c.weights, Index: c.panel, Scale: 1, Disp: 64 * k}
	}
	return Mem{Base: c.weights, Disp: 64*k + 4*c.lanes*j}
}

// input is the address of the k-th input of pixel i.
func (c *tileCode) input(i, k int) Mem {
	m := Mem{Base: c.in[i/4], Disp: 4 * k}
	switch i % 4 {
	case 1, 2:
		m.Index, m.Scale = c.step, uint8(i%4)
	case 3:
		m.Index, m.Scale = c.step3, 1
	}
	return m
}

func (c *tileCode) advance(k int) {
	for _, in := range c.in {
		ADDQ(Imm(uint64(4*k)), in)
	}
	ADDQ(U32(64*k), c.weights)
}

// finish stores the sums, none less than 0: the rectifier (ReLU).
func (c *tileCode) finish() {
	zero, step := c.vector(), Load(Param("outStep"), GP64())
	VXORPS(zero.AsX(), zero.AsX(), zero.AsX()) // clears the upper lanes too
	for _, row := range c.sum {
		for j, v := range row {
			VMAXPS(zero, v, v)
			VMOVUPS(v, Mem{Base: c.out, Disp: 4 * c.lanes * j})
		}
		ADDQ(step, c.out)
	}
}
