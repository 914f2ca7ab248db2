package colour

import "math"

// This file is the arithmetic of the row kernels: float64 throughout, because in scalar code it costs hardly more than
// float32 and a* = 500(fx-fy) loses three digits to cancellation. It uses +, -, *, / and square root only, which
// IEEE 754 rounds correctly everywhere, and converts each product that is then added or subtracted explicitly (2x
// counts as an addition), which by the Go specification keeps it from being fused: hence the same bits on every machine.

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

// deltaE is DeltaE2000 without angles. With the vectors v = (a′, b) of the two colours, P = C1′C2′, and e = P+|v1·v2|:
//
//	ΔH′² = 2(P - v1·v2) = 2(v1×v2)²/e where the hues are less than 90° apart, else 2e: no cancellation in either form;
//	the mean hue points along C2′v1 + C1′v2, or, beyond 90°, at right angles to C2′v1 - C1′v2: both of length √(2Pe);
//	T needs the cosine and sine of multiples of that hue, Δθ only 1 - cos(h̄′-275°).
//
// The three quotients share one denominator.
func deltaE(l1, a1, b1, l2, a2, b2 float64) float64 {
	bb1, bb2 := float64(b1*b1), float64(b2*b2)
	c := 0.5 * (math.Sqrt(float64(a1*a1)+bb1) + math.Sqrt(float64(a2*a2)+bb2))
	c7 := float64(c * c * c * (c * c) * (c * c))
	g := 1.5 - float64(0.5*math.Sqrt(c7/(c7+pow25)))
	a1, a2 = a1*g, a2*g
	c1, c2 := math.Sqrt(float64(a1*a1)+bb1), math.Sqrt(float64(a2*a2)+bb2)

	p := float64(c1 * c2)
	dot := float64(a1*a2) + float64(b1*b2)
	cross := float64(a1*b2) - float64(a2*b1)
	mx, my := float64(c2*a1)+float64(c1*a2), float64(c2*b1)+float64(c1*b2)
	e := p + dot
	if dot < 0 {
		e = p - dot
		mx, my, cross = wideHue(a1, b1, a2, b2, c1, c2, p, cross)
	}
	scale := 2 * p * e
	if scale < 1e-280 { // at least one colour is neutral: ΔH′ is 0 and the mean hue without effect
		scale = 1
	}
	inv := 1 / math.Sqrt(scale)
	dh2 := 2 * e
	if dot >= 0 {
		dh2 = 4 * p * (cross * inv) * (cross * inv)
	}
	x, y := mx*inv, my*inv

	c = 0.5 * (c1 + c2)
	dc, dl := c2-c1, l2-l1
	lm := float64(0.5*(l1+l2)) - 50
	q := float64(lm * lm)
	root := math.Sqrt(20 + q)
	sl := root + float64(0.015*q) // times 1/root
	sc := 1 + float64(0.045*c)
	sh := 1 + float64(0.015*c*hueWeight(x, y))
	sum := float64(dl*root*sc*sh*(dl*root*sc*sh)) + float64(dc*sl*sh*(dc*sl*sh)) + float64(dh2*(sl*sc*(sl*sc)))
	if w := 1 - float64(x*cos275) - float64(y*sin275); w < blueLimit && (x < 0 || y < 0) { // equation (16) does not wrap: from 0° on Δθ is 0
		dh := math.Copysign(math.Sqrt(dh2), cross)
		sum -= float64(rotation(c, w) * dc * dh * (sl * sl * sc * sh))
	}
	return math.Sqrt(max(0, sum)) / (sl * sc * sh)
}

// wideHue returns the direction of the mean hue of two hues more than 90° apart, and the cross product, whose sign is
// that of ΔH′. Opposite hues get the mean (h1+h2)/2 with both in 0 to 360°, as in the reference: between 90° and 270°.
func wideHue(a1, b1, a2, b2, c1, c2, p, cross float64) (x, y, turn float64) {
	x, y = float64(c1*b2)-float64(c2*b1), float64(c2*a1)-float64(c1*a2)
	const opposite = 1e-9 * degree
	if cross > opposite*p || cross < -opposite*p {
		if cross < 0 {
			return -x, -y, cross
		}
		return x, y, cross
	}
	if x > 0 || x == 0 && y < 0 {
		x, y = -x, -y
	}
	if b1 > 0 { // on the axis, b1 = 0, the mean hue is 90°, where the sign has no effect
		return x, y, 1
	}
	return x, y, -1
}

const (
	cos6, sin6   = 0.99452189536827333692269, 0.10452846326765347139983
	cos30, sin30 = 0.86602540378443864676372, 0.5
	cos63, sin63 = 0.45399049973954679156041, 0.89100652418836786235971
	cos275       = 0.08715574274765817355806
	sin275       = -0.99619469809174553229501
)

// hueWeight is T of equation (15) for the mean hue whose cosine and sine are x and y.
func hueWeight(x, y float64) float64 {
	xx, yy := float64(x*x), float64(y*y)
	cos2, sin2 := float64(2*xx)-1, float64(2*x*y)
	cos3, sin3 := x*(float64(4*xx)-3), y*(3-float64(4*yy))
	cos4, sin4 := float64(2*cos2*cos2)-1, 2*sin2*cos2
	return 1 - float64((0.17*cos30)*x) - float64((0.17*sin30)*y) + float64(0.24*cos2) +
		float64((0.32*cos6)*cos3) - float64((0.32*sin6)*sin3) -
		float64((0.20*cos63)*cos4) - float64((0.20*sin63)*sin4)
}

// blueLimit is the 1 - cos(h̄′-275°) beyond which the rotation term is left out: sin 2Δθ is there below 8e-8.
const blueLimit = 1.2

// rotation is -RT: the rotation term of equations (16), (17) and (21), for mean chroma c and w = 1 - cos(h̄′-275°).
func rotation(c, w float64) float64 {
	// z = acos²(1-w) in units of 25° squared, divided by 64; acos²(1-w) = 2 Σ (2w)ⁿ / (n² C(2n,n)).
	const unit = 2 / (25 * degree * 25 * degree) / 64
	v := 2 * w
	z := unit/(81*48620) + float64(v*(unit/(100*184756)))
	z = unit/(64*12870) + float64(v*z)
	z = unit/(49*3432) + float64(v*z)
	z = unit/(36*924) + float64(v*z)
	z = unit/(25*252) + float64(v*z)
	z = unit/(16*70) + float64(v*z)
	z = unit/(9*20) + float64(v*z)
	z = unit/(4*6) + float64(v*z)
	z = v * (unit/2 + float64(v*z))
	// exp(-64z) as the 64th power of a short Taylor series: z is below 0.27.
	x := 1.0/120 - float64(z*(1.0/720))
	x = 1.0/24 - float64(z*x)
	x = 1.0/6 - float64(z*x)
	x = 1.0/2 - float64(z*x)
	x = 1 - float64(z*x)
	x = 1 - float64(z*x)
	x *= x
	x *= x
	x *= x
	x *= x
	x *= x
	x *= x
	t := 60 * degree * x // 2Δθ, at most π/3
	tt := float64(t * t)
	sin := 1.0/362880 - float64(tt*(1.0/39916800))
	sin = 1.0/5040 - float64(tt*sin)
	sin = 1.0/120 - float64(tt*sin)
	sin = 1.0/6 - float64(tt*sin)
	sin = t * (1 - float64(tt*sin))
	c7 := float64(c * c * c * (c * c) * (c * c))
	return 2 * math.Sqrt(c7/(c7+pow25)) * sin
}
