// Command lpips writes the assembly of package lpips: convolution tiles for AVX2 and AVX-512, max-pooling and the
// distance of features.
package main

import (
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("amd64,!purego")
	for m := 1; m <= 6; m++ {
		conv(avx2, m, 2)
	}
	for m := 1; m <= 12; m++ {
		conv(avx512, m, 1)
	}
	for m := 1; m <= 12; m++ {
		conv(avx512, m, 2)
	}
	pool(3)
	pool(2)
	distance()
	Generate()
}
