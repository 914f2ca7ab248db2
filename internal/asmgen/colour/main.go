// Command colour writes the AVX2 and AVX-512 kernels of package colour: kernel_amd64.s and its stubs. What they compute,
// and why so, is said in colour/kernel.go, whose operations they repeat in the same order for eight or sixteen pixels at a
// time: the bits of the results are the same.
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
	xyz8Wide()
	xyz16()
	for _, i := range []isa{avx2, avx512} {
		i.pass("roots", "computes the roots of the planes of Y, X and Z of a labPlanes.", kernel.roots)
		i.pass("lab", "turns the planes of Y, X and Z, whose roots are known, into y, a, b and chroma.", kernel.lab)
		i.pass("primes", "turns a* into a′ and chroma into C′.", kernel.primes)
		i.pass("hues", "computes the mean hue and ΔH′², with the sign of ΔH′.", kernel.hues)
		i.pass("weights", "computes SH and the rotation term.", kernel.weights)
		i.differences()
		i.tally()
	}
	Generate()
}

// isa is one width of vectors.
type isa struct {
	name   string
	bytes  int
	vector func() VecVirtual
}

var (
	avx2   = isa{"AVX2", 32, YMM}
	avx512 = isa{"AVX512", 64, ZMM}
)

// wide tells whether there are 32 registers of 64 bytes, and masks.
func (i isa) wide() bool { return i.bytes == 64 }

// lanes is the number of pixels in a group.
func (i isa) lanes() int { return i.bytes / 4 }

// kernel is a function at work: its width, and its pointer to colour.kernelConstants.
type kernel struct {
	isa
	constants Register
}

// vec is as many float32 or int32 as a register holds.
type vec = VecVirtual

// names lists the fields of colour.kernelConstants, of 64 bytes each.
var names = []string{
	"rootBases", "rootScales", "darkLimit", "darkSlope", "darkSlopeA", "darkSlopeB", "mantissa", "one", "rootCentre",
	"root1", "root2", "root3", "root4", "root5", "root6", "root7", "blueUnit",
	"signBit", "magnitude", "minusHalf", "threeHalves", "pow50", "oppositeHue", "onAxis", "neutral",
	"halfLight", "minus66", "twenty", "lightSlope", "chromaSlope", "hueSlope", "lightUnit",
	"hue0", "hue2", "hue4", "hueX", "hueX3", "hueY", "hueY2", "hueXY", "hueX3Y",
	"cos275", "sin275", "bell0", "bell1", "bell2", "bell3", "bell4", "turn1", "turn3", "turn5", "turn7",
	"fixedOne", "ceiling", "lowHalf", "xRed", "xBlue", "yRed", "yBlue", "zRed", "zBlue",
}

func (k kernel) at(name string) Mem {
	for i, n := range names {
		if n == name {
			return Mem{Base: k.constants, Disp: 64 * i}
		}
	}
	panic("no constant " + name)
}

// load brings a constant, or the group's numbers of a plane, into a register.
func (i isa) load(m Op) vec {
	r := i.vector()
	VMOVUPS(m, r)
	return r
}

func (k kernel) constant(name string) vec { return k.load(k.at(name)) }

func (i isa) zero() vec {
	r := i.vector()
	VXORPS(r, r, r)
	return r
}

// like is a new register of the same width.
func like(v Op) vec {
	if v.(Register).Size() == 64 {
		return ZMM()
	}
	return YMM()
}

// In what follows the last operand may be in memory.

func add(a, b Op) vec { r := like(a); VADDPS(b, a, r); return r }
func sub(a, b Op) vec { r := like(a); VSUBPS(b, a, r); return r }
func mul(a, b Op) vec { r := like(a); VMULPS(b, a, r); return r }
func div(a, b Op) vec { r := like(a); VDIVPS(b, a, r); return r }
func xor(a, b Op) vec { r := like(a); VXORPS(b, a, r); return r }
func and(a, b Op) vec { r := like(a); VANDPS(b, a, r); return r }
func sqrt(a vec) vec  { r := like(a); VSQRTPS(a, r); return r }

func copyOf(v vec) vec    { r := like(v); VMOVAPS(v, r); return r }
func toFloat(v vec) vec   { VCVTDQ2PS(v, v); return v }
func subInts(a, b Op) vec { r := like(a); VPSUBD(b, a, r); return r }
func maxInts(a, b Op) vec { r := like(a); VPMAXSD(b, a, r); return r }

// fmaInto is x*y + z, put where x was.
func fmaInto(x vec, y, z Op) vec { VFMADD213PS(z, y, x); return x }

// addProduct is x*y + z, put where z was.
func addProduct(x, y Op, z vec) vec { VFMADD231PS(y, x, z); return z }

// signs is what choose chooses by: the sign bits of v.
func signs(v vec) Op {
	if v.Size() < 64 {
		return v
	}
	mask := K()
	VPMOVD2M(v, mask)
	return mask
}

// choose is b where the sign bit is set, else a.
func choose(signs Op, a, b vec) vec {
	r := like(a)
	if r.Size() == 64 {
		VBLENDMPS(b, a, signs, r)
	} else {
		VBLENDVPS(signs, b, a, r)
	}
	return r
}

// polynomial is Horner's scheme, the highest coefficient first.
func (k kernel) polynomial(x vec, coefficients ...string) vec {
	r := k.constant(coefficients[0])
	for _, name := range coefficients[1:] {
		fmaInto(r, x, k.at(name))
	}
	return r
}

// squareRootOfFraction is √(a/(b+50⁷)).
func (k kernel) squareRootOfFraction(a, b vec) vec { return sqrt(div(a, add(b, k.at("pow50")))) }

func power7(x vec) vec {
	xx := mul(x, x)
	return mul(mul(xx, x), mul(xx, xx))
}

// function begins a function that keeps none of its pointers.
func function(name, signature, doc string) {
	TEXT(name, NOSPLIT, signature)
	Doc(name + " " + doc)
	Pragma("noescape")
}

func pointer(param string) Register { return Load(Param(param), GP64()) }

// loop repeats body, which steps over a group of pixels, groups times.
func loop(groups Register, body func()) {
	Label("group")
	body()
	DECQ(groups)
	JNZ(LabelRef("group"))
}

// finish returns with clean upper halves, so that SSE code behind it pays no transition.
func finish() {
	VZEROUPPER()
	RET()
}
