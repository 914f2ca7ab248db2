package colour

import "math"

// This file is the float64 conversion of the palette: within 1e-8, with operations that IEEE 754 rounds correctly and
// products kept from being fused, hence the same bits on every machine.

// Linear sRGB to XYZ divided by the white point: each row adds up to 1.
const (
	nxr, nxg, nxb = xr / whiteX, xg / whiteX, xb / whiteX
	nzr, nzg, nzb = zr / whiteZ, zg / whiteZ, zb / whiteZ
)

// labOf converts linear sRGB from 0 to 1 to Lab within 1e-8.
func labOf(r, g, b float64) (l, a, bb float64) {
	fx := fastF(float64(nxr*r) + float64(nxg*g) + float64(nxb*b))
	fy := fastF(float64(yr*r) + float64(yg*g) + float64(yb*b))
	fz := fastF(float64(nzr*r) + float64(nzg*g) + float64(nzb*b))
	return float64(116*fy) - 16, 500 * (fx - fy), 200 * (fy - fz)
}

// fastF is labF within 2e-11 of its value. The cube root begins as t^(-1/3) from the exponent bits (relative error below
// 0.035, by the constant found by search), goes through the binomial series of (1-r)^(-1/3) to the fourth degree, and
// ends with one step of Newton's on t^(1/3) whose division is the square already at hand.
func fastF(t float64) float64 {
	if t <= labLimit {
		return float64(labSlope*t) + labIntercept
	}
	y := math.Float64frombits(0x553ee978d4fdf3b7 - math.Float64bits(t)/3)
	r := 1 - float64(t*y*y*y)
	y += float64(y * r * (1.0/3 + float64(r*(2.0/9+float64(r*(14.0/81+float64(r*(35.0/243))))))))
	y2 := y * y
	c := float64(t * y2)
	return c + float64((t-float64(c*c*c))*y2*(1.0/3))
}
