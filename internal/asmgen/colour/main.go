// Command colour writes the AVX2 kernels of package colour: kernel_amd64.s and its stubs. What they compute, and why
// so, is said in colour/kernel.go, whose operations they repeat in the same order for eight pixels at a time: the bits
// of the results are the same.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// planeBytes is the distance of the planes of a block: blockN float32.
const planeBytes = 4 * 256

func main() {
	ConstraintExpr("amd64,!purego")
	xyz8()
	xyz16()
	pass("roots", "computes the roots of the planes of Y, X and Z of a labPlanes.", roots)
	pass("lab", "turns the planes of Y, X and Z, whose roots are known, into y, a, b and chroma.", lab)
	pass("primes", "turns a* into a′ and chroma into C′.", primes)
	pass("hues", "computes the mean hue and ΔH′², with the sign of ΔH′.", hues)
	pass("weights", "computes SH and the rotation term.", weights)
	differences()
	tally()
	Generate()
}

// vec is eight float32 or int32 in a register.
type vec = VecVirtual

// constants is the pointer to colour.kernelConstants; names lists its fields.
type constants struct{ base Register }

var names = []string{
	"rootBases", "rootScales", "darkLimit", "darkSlope", "darkSlopeA", "darkSlopeB", "mantissa", "one", "rootCentre",
	"root1", "root2", "root3", "root4", "root5", "root6", "root7", "blueUnit",
	"signBit", "magnitude", "minusHalf", "threeHalves", "pow50", "oppositeHue", "onAxis", "neutral",
	"halfLight", "minus66", "twenty", "lightSlope", "chromaSlope", "hueSlope", "lightUnit",
	"hue0", "hue2", "hue4", "hueX", "hueX3", "hueY", "hueY2", "hueXY", "hueX3Y",
	"cos275", "sin275", "bell0", "bell1", "bell2", "bell3", "bell4", "turn1", "turn3", "turn5", "turn7",
	"fixedOne", "ceiling", "lowHalf", "xRed", "xBlue", "yRed", "yBlue", "zRed", "zBlue",
}

func (c constants) at(name string) Op {
	for i, n := range names {
		if n == name {
			return Mem{Base: c.base, Disp: 32 * i}
		}
	}
	panic("no constant " + name)
}

// load brings a constant, or eight numbers of a plane, into a register.
func load(m Op) vec {
	r := YMM()
	VMOVUPS(m, r)
	return r
}

func add(a, b Op) vec { r := YMM(); VADDPS(b, a, r); return r }
func sub(a, b Op) vec { r := YMM(); VSUBPS(b, a, r); return r }
func mul(a, b Op) vec { r := YMM(); VMULPS(b, a, r); return r }
func div(a, b Op) vec { r := YMM(); VDIVPS(b, a, r); return r }
func sqrt(a Op) vec   { r := YMM(); VSQRTPS(a, r); return r }
func xor(a, b Op) vec { r := YMM(); VXORPS(b, a, r); return r }
func and(a, b Op) vec { r := YMM(); VANDPS(b, a, r); return r }

// fmaInto is x*y + z, put where x was.
func fmaInto(x vec, y, z Op) vec { VFMADD213PS(z, y, x); return x }

// addProduct is x*y + z, put where z was.
func addProduct(x, y Op, z vec) vec { VFMADD231PS(y, x, z); return z }

// choose is b where mask has its sign bit set, else a.
func choose(mask, a, b vec) vec { r := YMM(); VBLENDVPS(mask, b, a, r); return r }

// polynomial is Horner's scheme, the highest coefficient first.
func (c constants) polynomial(x vec, coefficients ...string) vec {
	r := load(c.at(coefficients[0]))
	for _, name := range coefficients[1:] {
		fmaInto(r, x, c.at(name))
	}
	return r
}

// loop repeats body, which steps over eight pixels, groups times.
func loop(name string, groups Register, body func()) {
	Label(name)
	body()
	DECQ(groups)
	JNZ(LabelRef(name))
}

// squareRootOfFraction is √(a/(b+50⁷)).
func (c constants) squareRootOfFraction(a, b Op) vec { return sqrt(div(a, add(b, c.at("pow50")))) }

func power7(x vec) vec {
	xx := mul(x, x)
	return mul(mul(xx, x), mul(xx, xx))
}
