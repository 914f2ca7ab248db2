// Command pngdec writes the assembly of package pngdec: the loop over a block of code words, the filters, and the
// checksum. All of it needs AVX2 and BMI2; vectors of 16 bytes are in AVX's encoding too, so that no state is mixed.
package main

import (
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("amd64,!purego")
	inflateLoop()
	for _, bpp := range []int{1, 2, 3, 4, 6, 8} {
		sub(bpp)
	}
	up()
	for _, bpp := range []int{1, 2, 3, 4, 6, 8} {
		average(bpp)
	}
	for _, bpp := range []int{1, 2, 3, 4, 6, 8} {
		paeth(bpp)
	}
	adler()
	swap()
	Generate()
}
