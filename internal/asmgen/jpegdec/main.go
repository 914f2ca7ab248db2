// Command jpegdec writes the AVX2 kernels of package jpegdec.
//
// Each is the twin of a function in plain Go that stands in the package and says what is computed and why; comments here
// say how it is done with vectors.
package main

import (
	"encoding/binary"
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	constants()
	blocks()
	idct8()
	idct4()
	idct2()
	yccToRGB()
	h2v1()
	h1v2()
	h2v2()
	Generate()
}

// words16 is a constant of sixteen 16-bit words: those of low in the lower half of a vector, those of high in the upper,
// each repeated to fill it.
func words16(name string, low, high []int16) Mem {
	var b []byte
	for _, half := range [][]int16{low, high} {
		for i := range 8 {
			b = binary.LittleEndian.AppendUint16(b, uint16(half[i%len(half)]))
		}
	}
	return bytes32(name, b)
}

// splat is a constant of equal 16-bit words.
func splat(name string, v int16) Mem { return words16(name, []int16{v}, []int16{v}) }

// dwords8 is a constant of equal 32-bit words.
func dwords8(name string, v int32) Mem {
	return words16(name, []int16{int16(v), int16(v >> 16)}, []int16{int16(v), int16(v >> 16)})
}

// bytes32 is a constant of 32 bytes; fewer are repeated.
func bytes32(name string, b []byte) Mem {
	for len(b) < 32 {
		b = append(b, b...)
	}
	m := GLOBL(name, RODATA|NOPTR)
	for i := 0; i < 32; i += 8 {
		DATA(i, U64(binary.LittleEndian.Uint64(b[i:])))
	}
	return m
}

// at is the memory behind a pointer.
func at(base Register, disp int) Mem { return Mem{Base: base, Disp: disp} }

// labels gives names that are used once.
var labels int

func label(name string) string {
	labels++
	return fmt.Sprintf("%s%d", name, labels)
}
