package colour

import "math"

// Lab is a colour in CIE 1976 L*a*b*, white D65, 2° observer: L from 0 (black) to 100 (white), A from green to red,
// B from blue to yellow, both about -110 to 110 for colours of sRGB.
type Lab struct{ L, A, B float64 }

// XYZ is a colour in CIE 1931 XYZ, relative to the white point, whose Y is 1.
type XYZ struct{ X, Y, Z float64 }

// D65 is the white point of sRGB: x = 0.3127, y = 0.3290, scaled to Y = 1.
var D65 = XYZ{X: whiteX, Y: 1, Z: whiteZ}

const (
	whiteX = 0.3127 / 0.3290
	whiteZ = (1 - 0.3127 - 0.3290) / 0.3290

	// CIE 15:2004, equation 8.6 to 8.9: below (6/29)³ the cube root gives way to a straight line.
	labLimit     = 6.0 * 6 * 6 / (29 * 29 * 29)
	labSlope     = 841.0 / 108
	labIntercept = 4.0 / 29
)

// Lab converts from XYZ to L*a*b* (CIE 15:2004, section 8.2.1).
func (c XYZ) Lab() Lab {
	// The conversion to float64 keeps the product from being fused with the difference: black is exactly 0.
	fx, fy, fz := labF(c.X/whiteX), labF(c.Y), labF(c.Z/whiteZ)
	return Lab{L: float64(116*fy) - 16, A: 500 * (fx - fy), B: 200 * (fy - fz)}
}

// XYZ converts from L*a*b* back to XYZ.
func (p Lab) XYZ() XYZ {
	fy := (p.L + 16) / 116
	return XYZ{X: whiteX * labInverse(fy+p.A/500), Y: labInverse(fy), Z: whiteZ * labInverse(fy-p.B/200)}
}

func labF(t float64) float64 {
	if t > labLimit {
		return math.Cbrt(t)
	}
	return float64(labSlope*t) + labIntercept
}

func labInverse(f float64) float64 {
	if f > 6.0/29 {
		return f * f * f
	}
	return (f - labIntercept) / labSlope
}

// DeltaE76 is the plain Euclidean distance in Lab (CIE 1976). It is a metric, which CIEDE2000 is not; use it to
// select, not to judge.
func DeltaE76(p, q Lab) float64 {
	l, a, b := p.L-q.L, p.A-q.A, p.B-q.B
	return math.Sqrt(l*l + a*a + b*b)
}
