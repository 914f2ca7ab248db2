package colour

import "math"

// The kernels' t is X, Y or Z relative to white, times 2³⁰: fixed point in the tables of 8 bits.
const (
	unit      = 1 << 30
	darkLimit = labLimit * unit // below it f is a straight line
	darkSlope = labSlope * chromaUnit / unit

	chromaUnit = 500 // f is kept times this, so that a* is a plain difference
	blueUnit   = 200.0 / chromaUnit
	lightUnit  = 116.0 / chromaUnit
)

// The cube root of m in 1 to 2 is rootBase + d·(root1 + d·(root2 + …)) with d = m - rootCentre: minimax within 4e-9,
// by Lawson's algorithm. The centre was chosen by search so that 500 · rootBase · 2^(-k/3) lies within 2.1e-7 of a
// float32 for k from 1 to 7: the part of f that does not depend on d then has no rounding error to speak of.
const (
	rootCentre = 1.5118145942687988
	rootBase   = 1.1477117919969739
	root1      = 0.25305384991447299
	root2      = -0.055794430160339852
	root3      = 0.020506521400222563
	root4      = -0.0090492802133834392
	root5      = 0.0043391035719250893
	root6      = -0.0021871650034634895
	root7      = 0.0014473153676896684
	root8      = -0.00089544271613482308
)

// Cosines and sines of equation (15) and (16).
const (
	cos6, sin6   = 0.99452189536827333692269, 0.10452846326765347139983
	cos30, sin30 = 0.86602540378443864676372, 0.5
	cos63, sin63 = 0.45399049973954679156041, 0.89100652418836786235971
	cos275       = 0.08715574274765817355806
	sin275       = -0.99619469809174553229501
)

// T of equation (15) as a polynomial in x = cos h̄′ and y = sin h̄′, by cos 2h = 2x²-1, cos 3h = x(4x²-3), sin 3h =
// y(4x²-1), cos 4h = 8x⁴-8x²+1, sin 4h = 4xy(2x²-1):
// T = hue0 + hue2·x² + hue4·x⁴ + x·(hueX + hueX3·x²) + y·(hueY + hueY2·x² + x·(hueXY + hueX3Y·x²)).
const (
	hue0   = 1 - 0.24 - 0.20*cos63
	hue2   = 2*0.24 + 8*0.20*cos63
	hue4   = -8 * 0.20 * cos63
	hueX   = -0.17*cos30 - 3*0.32*cos6
	hueX3  = 4 * 0.32 * cos6
	hueY   = -0.17*sin30 + 0.32*sin6
	hueY2  = -4 * 0.32 * sin6
	hueXY  = 4 * 0.20 * sin63
	hueX3Y = -8 * 0.20 * sin63
)

// Δθ of equation (16) is 30° · e with e = exp(-((h̄′-275°)/25°)²), and e is the eighth power of a polynomial in
// cos(h̄′-275°), within 7e-8 on the whole circle. 2 sin 2Δθ is e·(turn1 + turn3·e² + …), within 4e-8. Both by Lawson's
// algorithm.
const (
	bell0 = 0.19812217220495867
	bell1 = 0.4066491618671651
	bell2 = 0.29520502584163616
	bell3 = 0.084032833571115795
	bell4 = 0.015990798174803533

	turn1 = 2.0943948165724948
	turn3 = -0.38278971951249785
	turn5 = 0.020975211070724604
	turn7 = -0.00052953228408069016
)

const (
	// c is the sum of two chromas, 2C̄: c⁷/(c⁷+50⁷) is C̄⁷/(C̄⁷+25⁷).
	pow50 = pow25 * 128
	// Where one colour is neutral to within it, ΔH′ is 0 and the mean hue without effect.
	neutral = 1e-24
	// Hues are opposite where the sine of their difference is below it: the float32 of Lab cannot tell which way is
	// the shorter.
	oppositeHue = 2.4e-7
	// onAxis lets a′ decide where b is 0.
	onAxis = 1e-12
)

// kernelConstants are the constants of the assembly, in the order in which internal/asmgen/colour names them.
var kernelConstants = [...][8]float32{
	rootBases, rootScales, all(darkLimit), all(darkSlope), allBits(1<<23 - 1), all(1), all(rootCentre),
	all(root1), all(root2), all(root3), all(root4), all(root5), all(root6), all(root7), all(root8), all(blueUnit),
	allBits(1 << 31), allBits(1<<31 - 1), all(-0.5), all(1.5), all(pow50), all(oppositeHue), all(onAxis), all(neutral),
	all(lightUnit / 2), all(-66), all(20), all(0.015), all(0.045 / 2), all(0.015 / 2), all(lightUnit),
	all(hue0), all(hue2), all(hue4), all(hueX), all(hueX3), all(hueY), all(hueY2), all(hueXY), all(hueX3Y),
	all(cos275), all(sin275), all(bell0), all(bell1), all(bell2), all(bell3), all(bell4),
	all(turn1), all(turn3), all(turn5), all(turn7),
	all(1 << sumBits), allLow(), all(nxg), all(nxb), all(yb), all(-yr), all(-nzg), all(-nzr),
}

func all(v float32) [8]float32 { return [8]float32{v, v, v, v, v, v, v, v} }

func allBits(v uint32) [8]float32 { return all(math.Float32frombits(v)) }

// allLow masks the lower half of numbers of 64 bits.
func allLow() [8]float32 {
	m := math.Float32frombits(1<<32 - 1)
	return [8]float32{0: m, 2: m, 4: m, 6: m}
}
