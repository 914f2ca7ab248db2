package colour

import "math"

// fma is x*y + z rounded once to float32, the bits of the FMA instruction, on every machine. The product of two
// float32 is exact in float64. Rounding the sum to float64 first and then to float32 goes wrong only where the first
// lands halfway between two float32, which its low 29 bits tell. (Below 2⁻¹²⁶ they would not; the kernels stay above.)
func fma(x, y, z float32) float32 {
	s := float64(x)*float64(y) + float64(z)
	if math.Float64bits(s)<<35 == 1<<63 {
		return toOdd(x, y, z)
	}
	return float32(s)
}

// toOdd is fma by way of the sum rounded to odd, of which a second rounding does no harm: S. Boldo and G. Melquiond,
// "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE Transactions on
// Computers 57(4), 2008. The error of the sum is Knuth's two-sum.
func toOdd(x, y, z float32) float32 {
	p, c := float64(x)*float64(y), float64(z)
	s := p + c
	back := s - p
	lost := (p - (s - back)) + (c - back)
	bits := math.Float64bits(s)
	switch {
	case lost == 0 || bits&1 == 1:
	case lost > 0 == (s > 0):
		bits++
	default:
		bits--
	}
	return float32(math.Float64frombits(bits))
}
