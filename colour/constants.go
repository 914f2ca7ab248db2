package colour

import "math"

// X, Y and Z relative to white are integers in the kernels, so that sums and differences are exact.
const (
	unit      = 1<<31 - 128 // white: the largest float32 that is an int32
	darkLimit = 19019084    // labLimit: below it f is a straight line, the tangent of the cube root there

	// The cube roots are kept times the square root of unit/500, so that a* is a difference of integers over products
	// of roots.
	rootUnit  = 2072.4302256047126
	lightUnit = 116 / rootUnit
	blueUnit  = 200.0 / 500

	darkSlope  = labSlope * rootUnit / unit
	darkSlopeA = labSlope * 500 / unit
	darkSlopeB = labSlope * 200 / unit
)

// The cube root of m in 1 to 2 is rootBase + d·(root1 + d·(root2 + …)) with d = m - rootCentre: minimax within 2.8e-8,
// by Lawson's algorithm. The centre was chosen by search so that rootBases are within 1e-6 of a float32: the part that
// does not depend on d then has no rounding error to speak of.
const (
	rootCentre = 1.5459179878234863
	rootBase   = 1.1562777149865375
	root1      = 0.24931809430319024
	root2      = -0.053760284701224223
	root3      = 0.019334359479757011
	root4      = -0.0082927143965267798
	root5      = 0.0037935597034629951
	root6      = -0.0022551790464887009
	root7      = 0.0015646651932590128
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

const constantN = 62

// kernelConstants are the constants of the assembly, in the order in which internal/asmgen/colour names them.
// A load of 64 bytes costs double where it lies across cache lines: from the heap an array of this size comes aligned.
var kernelConstants = newConstants()

func newConstants() *[constantN][16]float32 {
	return &[constantN][16]float32{
		twice(rootBases), twice(rootScales), allBits(darkLimit), all(darkSlope), all(darkSlopeA), all(darkSlopeB),
		allBits(1<<23 - 1), all(1), all(rootCentre),
		all(root1), all(root2), all(root3), all(root4), all(root5), all(root6), all(root7), all(blueUnit),
		allBits(1 << 31), allBits(1<<31 - 1), all(-0.5), all(1.5), all(pow50), all(oppositeHue), all(onAxis), all(neutral),
		all(lightUnit / 2), all(-66), all(20), all(0.015), all(0.045 / 2), all(0.015 / 2), all(lightUnit),
		all(hue0), all(hue2), all(hue4), all(hueX), all(hueX3), all(hueY), all(hueY2), all(hueXY), all(hueX3Y),
		all(cos275), all(sin275), all(bell0), all(bell1), all(bell2), all(bell3), all(bell4),
		all(turn1), all(turn3), all(turn5), all(turn7),
		all(1 << sumBits), all(ceiling), allLow(), all(nxr - yr), all(nxb - yb), all(yr), all(yb), all(nzr - yr), all(nzb - yb),
	}
}

func all(v float32) (a [16]float32) {
	for i := range a {
		a[i] = v
	}
	return a
}

func allBits(v uint32) [16]float32 { return all(math.Float32frombits(v)) }

// allLow masks the lower half of numbers of 64 bits.
func allLow() [16]float32 {
	a := allBits(1<<32 - 1)
	for i := 1; i < len(a); i += 2 {
		a[i] = 0
	}
	return a
}

// twice is a table for indices of which the fourth bit is not to count.
func twice(table [8]float32) (a [16]float32) {
	copy(a[copy(a[:], table[:]):], table[:])
	return a
}
