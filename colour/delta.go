package colour

import "math"

const (
	degree = math.Pi / 180
	pow25  = 25.0 * 25 * 25 * 25 * 25 * 25 * 25 // 25⁷
)

// DeltaE2000 is the colour difference CIEDE2000 of two colours with kL = kC = kH = 1: 0 for equal colours, about 1 for
// a difference that a trained eye just sees, a little over 100 from black to white.
//
// It follows G. Sharma, W. Wu and E. N. Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes,
// Supplementary Test Data, and Mathematical Observations", Color Research and Application 30(1), 2005; the numbers in
// the code are its equations. DeltaE2000(p, q) and DeltaE2000(q, p) have the same bits, and equal colours give exactly 0.
// The formula itself jumps where two hues are exactly opposite (section "Mathematical Observations").
func DeltaE2000(p, q Lab) float64 {
	g := 0.5 * (1 - saturation((math.Hypot(p.A, p.B)+math.Hypot(q.A, q.B))/2)) // (2) to (4)
	a1, a2 := (1+g)*p.A, (1+g)*q.A                                             // (5)
	c1, c2 := math.Hypot(a1, p.B), math.Hypot(a2, q.B)                         // (6)
	h1, h2 := hue(a1, p.B), hue(a2, q.B)                                       // (7)

	dl, dc := q.L-p.L, c2-c1 // (8), (9)
	dh, meanHue := hueDifference(h1, h2, c1*c2)
	dH := 2 * math.Sqrt(c1*c2) * math.Sin(dh/2*degree) // (11)

	meanL, meanC := (p.L+q.L)/2, (c1+c2)/2        // (12), (13)
	t := 1 - 0.17*math.Cos((meanHue-30)*degree) + // (15)
		0.24*math.Cos(2*meanHue*degree) +
		0.32*math.Cos((3*meanHue+6)*degree) -
		0.20*math.Cos((4*meanHue-63)*degree)
	turn := 30 * math.Exp(-(meanHue-275)/25*((meanHue-275)/25)) // (16)
	l2 := (meanL - 50) * (meanL - 50)
	sl := 1 + 0.015*l2/math.Sqrt(20+l2) // (18)
	sc := 1 + 0.045*meanC               // (19)
	sh := 1 + 0.015*meanC*t             // (20)
	rt := -math.Sin(2*turn*degree) * 2 * saturation(meanC)

	l, c, h := dl/sl, dc/sc, dH/sh
	return math.Sqrt(max(0, l*l+c*c+h*h+rt*c*h)) // (22)
}

// saturation is the root of C⁷/(C⁷+25⁷) that equations (4) and (17) share.
func saturation(c float64) float64 {
	c7 := c * c * c * c * c * c * c
	return math.Sqrt(c7 / (c7 + pow25))
}

// hue is the hue angle in degrees, 0 to 360, and 0 for a neutral colour (equation 7).
func hue(a, b float64) float64 {
	if a == 0 && b == 0 {
		return 0
	}
	h := math.Atan2(b, a) / degree
	if h < 0 {
		h += 360
	}
	return h
}

// hueDifference returns Δh′ and the mean hue h̄′ in degrees (equations 10 and 14). product is C1′C2′.
//
// Opposite hues, whose difference is 180°, belong to the first case. Rounding can take them just beyond it, so the
// case is entered with 1e-9 of a degree to spare: p and q then always take the same side.
func hueDifference(h1, h2, product float64) (dh, mean float64) {
	const opposite = 180 + 1e-9
	sum := h1 + h2
	switch dh = h2 - h1; {
	case product == 0: // as the paper has it; ΔH′ is 0, so that the mean hue is without effect
		return 0, sum
	case math.Abs(dh) <= opposite:
		return dh, sum / 2
	case sum < 360:
		mean = (sum + 360) / 2
	default:
		mean = (sum - 360) / 2
	}
	if dh > 0 {
		return dh - 360, mean
	}
	return dh + 360, mean
}

// DeltaE94 is the colour difference CIE94 of a sample from a reference for the graphic arts (kL = 1, K1 = 0.045,
// K2 = 0.015): CIE 116-1995, "Industrial Colour-Difference Evaluation". It weighs by the reference's chroma, so that it
// is not symmetric.
func DeltaE94(reference, sample Lab) float64 {
	c1, c2 := math.Hypot(reference.A, reference.B), math.Hypot(sample.A, sample.B)
	dl, dc := sample.L-reference.L, c2-c1
	da, db := sample.A-reference.A, sample.B-reference.B
	hh := max(0, da*da+db*db-dc*dc) // ΔH²
	sc, sh := 1+0.045*c1, 1+0.015*c1
	return math.Sqrt(dl*dl + dc/sc*(dc/sc) + hh/(sh*sh))
}
