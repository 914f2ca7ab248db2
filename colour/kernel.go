package colour

import "math"

// This file is the arithmetic of the fast path, for one pixel; kernel_amd64.s does the same for eight or sixteen at a time. It
// uses the operations that IEEE 754 rounds correctly (+, -, *, /, square root, fused multiply-add) in float32, in the
// same order as the assembly, and converts each product that is then added explicitly, which by the Go specification
// keeps it from being fused: hence the same bits on every machine, with and without assembly.

// fastLab is Lab as the kernels keep it: y is f(Y) = (L* + 16)/116 times rootUnit, a and b are a* and b*.
type fastLab struct{ y, a, b float32 }

// rootBases and rootScales are the constant and the slope of rootUnit · cbrt for the octaves from 2²⁴ to 2³¹, found by
// the low three bits of the exponent.
var rootBases, rootScales = rootTables()

func rootTables() (bases, scales [8]float32) {
	for e := 24; e < 31; e++ {
		scale := rootUnit * math.Cbrt(math.Ldexp(1, e)/unit)
		octave := math.Float32bits(float32(math.Ldexp(1, e))) >> 23 & 7
		scales[octave] = float32(scale)
		bases[octave] = float32(float64(scale * rootBase))
	}
	return bases, scales
}

// root is rootUnit times the cube root of t/unit, t from darkLimit on.
func root(t int32) float32 {
	bits := math.Float32bits(float32(t))
	d := math.Float32frombits(bits&0x7fffff|0x3f800000) - rootCentre
	q := fma(root7, d, root6)
	q = fma(q, d, root5)
	q = fma(q, d, root4)
	q = fma(q, d, root3)
	q = fma(q, d, root2)
	q = fma(q, d, root1)
	octave := bits >> 23 & 7
	return fma(q*d, rootScales[octave], rootBases[octave])
}

// labOfXYZ converts X, Y, Z relative to white, in fixed point, to Lab. f of CIE 15:2004 (8.6 to 8.9) is the cube root of
// t where that is at least darkLimit, plus, where it is not, a straight line for what it lacks. Differences of roots
// are taken as (x-y)/(x⅔ + x⅓y⅓ + y⅔), in which nothing cancels: a colour's a* and b* have all their digits however
// near it is to neutral, where ΔE00 depends on them most. Greys are exactly neutral.
func labOfXYZ(x, y, z int32) fastLab {
	xc, yc, zc := max(x, darkLimit), max(y, darkLimit), max(z, darkLimit)
	rx, ry, rz := root(xc), root(yc), root(zc)
	yy := ry * ry
	dx, dy, dz := x-xc, y-yc, z-zc
	return fastLab{
		y: fma(float32(dy), darkSlope, ry),
		a: fma(float32(dx-dy), darkSlopeA, float32(xc-yc)/fma(rx, rx+ry, yy)),
		b: fma(float32(dy-dz), darkSlopeB, blueUnit*float32(yc-zc)/fma(rz, rz+ry, yy)),
	}
}

// toInt32 rounds to the nearest integer, halves to the even one.
func toInt32(v float32) int32 { return int32(math.RoundToEven(float64(v))) }

func sqrt32(v float32) float32 { return float32(math.Sqrt(float64(v))) } // rounding twice is harmless here

// deltaE is DeltaE2000 without angles. With the vectors v = (a′, b) of the two colours, p = C1′C2′, and e = p+|v1·v2|:
//
//	ΔH′² = 2(p - v1·v2) = 2(v1×v2)²/e where the hues are less than 90° apart, else 2e: no cancellation in either form;
//	the mean hue points along C2′v1 + C1′v2, or, beyond 90°, at right angles to C2′v1 - C1′v2: both of length √(2pe);
//	T is a polynomial in that hue's cosine and sine, and Δθ one in cos(h̄′-275°).
//
// The three quotients share one denominator. Equal colours give exactly 0.
func deltaE(p, q fastLab) float32 {
	bb1, bb2 := p.b*p.b, q.b*q.b
	c7 := power7(sqrt32(fma(p.a, p.a, bb1)) + sqrt32(fma(q.a, q.a, bb2)))
	g := fma(-0.5, sqrt32(c7/(c7+pow50)), 1.5)
	a1, a2 := p.a*g, q.a*g
	c1, c2 := sqrt32(fma(a1, a1, bb1)), sqrt32(fma(a2, a2, bb2))
	x, y, hh, sign := hues(a1, p.b, c1, a2, q.b, c2)

	cs, dc := c1+c2, c2-c1
	lm := fma(lightUnit/2, p.y+q.y, -66) // the mean of L* less 50
	ll := float32(lm * lm)
	root := sqrt32(ll + 20)
	sl := fma(0.015, ll, root) // times 1/root
	sc := fma(0.045/2, cs, 1)
	sh := fma(0.015/2, cs*hueWeight(x, y), 1)
	slsh, slsc := sl*sh, sl*sc
	l := (lightUnit * (q.y - p.y)) * root * (sc * sh)
	c := dc * slsh
	sum := fma(hh, slsc*slsc, fma(c, c, l*l))
	c7 = power7(cs)
	turn := rotation(x, y) * sqrt32(c7*hh/(c7+pow50))
	turn = math.Float32frombits(math.Float32bits(turn) ^ sign)
	sum = fma(-turn, c*slsc, sum)
	return sqrt32(max(sum, 0)) / (slsh * sc)
}

// power7 is c⁷.
func power7(c float32) float32 {
	cc := c * c
	return float32((cc * c) * (cc * cc))
}

// hues returns the cosine and the sine of the mean hue, ΔH′², and the sign bit of ΔH′. Opposite hues get the mean
// (h1+h2)/2 with both in 0 to 360°, as in the reference: v1 turned by a right angle, to the left where b1 is
// positive, or, on the axis, a1 is.
func hues(a1, b1, c1, a2, b2, c2 float32) (x, y, hh float32, sign uint32) {
	const signBit = 1 << 31
	p, dot := float32(c1*c2), fma(a1, a2, b1*b2)
	cross := float32(a1*b2) - float32(a2*b1) // not fused, so that equal colours give exactly 0
	wide := math.Float32bits(dot) & signBit
	c1 = math.Float32frombits(math.Float32bits(c1) ^ wide)
	a1c2, b1c2 := a1*c2, b1*c2
	x, y = fma(c1, a2, a1c2), fma(c1, b2, b1c2)
	sign = math.Float32bits(fma(oppositeHue, fma(onAxis, a1c2, b1c2), cross)) & signBit
	e := p + math.Float32frombits(math.Float32bits(dot)^wide)
	pp := p + p
	inv := 1 / sqrt32(max(pp*e, neutral))
	ci := cross * inv
	hh = float32(ci * ci * pp)
	if wide != 0 {
		x, y = math.Float32frombits(math.Float32bits(y)^sign^signBit), math.Float32frombits(math.Float32bits(x)^sign)
		hh = e
	}
	return x * inv, y * inv, hh + hh, sign
}

// hueWeight is T of equation (15) for the mean hue whose cosine and sine are x and y.
func hueWeight(x, y float32) float32 {
	xx := x * x
	t := fma(fma(hue4, xx, hue2), xx, hue0)
	t = fma(fma(hueX3, xx, hueX), x, t)
	return fma(fma(fma(hueX3Y, xx, hueXY), x, fma(hueY2, xx, hueY)), y, t)
}

// rotation is 2 sin 2Δθ of equations (16) and (21) for the mean hue whose cosine and sine are x and y. Equation (16)
// does not wrap: from 0 to 90° it is 0.
func rotation(x, y float32) float32 {
	if (math.Float32bits(x)|math.Float32bits(y))>>31 == 0 {
		return 0
	}
	z := fma(cos275, x, float32(sin275*y))
	e := fma(fma(fma(fma(bell4, z, bell3), z, bell2), z, bell1), z, bell0)
	e *= e
	e *= e
	e *= e
	u := e * e
	return e * fma(fma(fma(turn7, u, turn5), u, turn3), u, turn1)
}
