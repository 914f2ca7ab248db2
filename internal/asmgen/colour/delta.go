package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Planes of a block, in the order of its fields.
const (
	refY = iota
	refA
	refB
	refChroma
	rootY
	rootX
	rootZ
	candY
	candA
	candB
	candChroma
)

// Planes that take the place of roots when those are not needed any more.
const (
	hueX     = rootY
	hueY     = rootX
	hueDelta = rootZ         // ΔH′², with the sign of ΔH′
	hueScale = candY + rootY // SH
	turned   = candY + rootX // the rotation term without the factors that it shares with others
)

func at(block Register, plane int) Mem { return Mem{Base: block, Disp: plane * planeBytes} }

// pass is a function that steps over the groups of a block. deltaE is cut into several: a long chain of dependent
// operations would keep the processor waiting, short loops overlap.
func pass(name, doc string, body func(k constants, block Register)) {
	TEXT(name+"AVX2", NOSPLIT, "func(block *float32, k *float32, groups int)")
	Doc(name + "AVX2 " + doc)
	Pragma("noescape")
	block := Load(Param("block"), GP64())
	k := constants{Load(Param("k"), GP64())}
	groups := Load(Param("groups"), GP64())
	loop(name+"loop", groups, func() {
		body(k, block)
		ADDQ(Imm(32), block)
	})
	VZEROUPPER()
	RET()
}

// primes turns a* into a′ and chroma into C′ (equations 2 to 6).
func primes(k constants, block Register) {
	c7 := power7(add(load(at(block, refChroma)), at(block, candChroma)))
	g := fmaInto(k.squareRootOfFraction(c7, c7), load(k.at("minusHalf")), k.at("threeHalves"))
	for _, colour := range []int{refY, candY} {
		a, b := mul(g, at(block, colour+refA)), load(at(block, colour+refB))
		VMOVUPS(a, at(block, colour+refA))
		VMOVUPS(sqrt(addProduct(a, a, mul(b, b))), at(block, colour+refChroma))
	}
}

// hues is func hues.
func hues(k constants, block Register) {
	c1, c2 := load(at(block, refChroma)), load(at(block, candChroma))
	a1, a2 := load(at(block, refA)), load(at(block, candA))
	b1, b2 := load(at(block, refB)), load(at(block, candB))
	p := mul(c1, c2)
	dot := addProduct(a1, a2, mul(b1, b2))
	cross := sub(mul(a1, b2), mul(a2, b1))
	wide := and(dot, k.at("signBit"))
	c1 = xor(c1, wide)
	x, y := mul(a1, c2), mul(b1, c2)
	side := load(k.at("onAxis"))
	fmaInto(side, x, y)
	fmaInto(side, load(k.at("oppositeHue")), cross)
	sign := and(side, k.at("signBit"))
	addProduct(c1, a2, x)
	addProduct(c1, b2, y)
	e := add(p, xor(dot, wide))
	VADDPS(p, p, p)
	scale := mul(p, e)
	VMAXPS(k.at("neutral"), scale, scale)
	inv := div(load(k.at("one")), sqrt(scale))
	ci := mul(cross, inv)
	hh := choose(dot, mul(mul(ci, ci), p), e)
	VORPS(sign, add(hh, hh), hh)
	VMOVUPS(hh, at(block, hueDelta))
	back := xor(sign, load(k.at("signBit")))
	VMOVUPS(mul(choose(dot, x, xor(y, back)), inv), at(block, hueX))
	VMOVUPS(mul(choose(dot, y, xor(x, sign)), inv), at(block, hueY))
}

// weights is what deltaE makes of the mean hue: SH and the rotation.
func weights(k constants, block Register) {
	x, y := load(at(block, hueX)), load(at(block, hueY))
	cs := add(load(at(block, refChroma)), at(block, candChroma))
	sh := fmaInto(mul(cs, hueWeight(k, x, y)), load(k.at("hueSlope")), k.at("one"))
	VMOVUPS(sh, at(block, hueScale))
	turn := rotation(k, x, y)
	c7 := power7(cs)
	hhs := load(at(block, hueDelta))
	sign := and(hhs, k.at("signBit"))
	root := k.squareRootOfFraction(mul(c7, xor(hhs, sign)), c7)
	VMOVUPS(xor(mul(turn, root), sign), at(block, turned))
}

func hueWeight(k constants, x, y vec) vec {
	xx := mul(x, x)
	t := k.polynomial(xx, "hue4", "hue2", "hue0")
	addProduct(k.polynomial(xx, "hueX3", "hueX"), x, t)
	side := fmaInto(k.polynomial(xx, "hueX3Y", "hueXY"), x, k.polynomial(xx, "hueY2", "hueY"))
	return addProduct(side, y, t)
}

func rotation(k constants, x, y vec) vec {
	z := addProduct(x, k.at("cos275"), mul(y, k.at("sin275")))
	e := k.polynomial(z, "bell4", "bell3", "bell2", "bell1", "bell0")
	for range 3 {
		VMULPS(e, e, e)
	}
	u := mul(e, e)
	turn := mul(e, k.polynomial(u, "turn7", "turn5", "turn3", "turn1"))
	below, zero := YMM(), YMM()
	VORPS(x, y, below)
	VXORPS(zero, zero, zero)
	return choose(below, zero, turn)
}

// differences puts the parts of deltaE together.
func differences() {
	TEXT("differencesAVX2", NOSPLIT, "func(dst *float32, block *float32, k *float32, groups int)")
	Doc("differencesAVX2 computes ΔE00 of 8·groups pixels of a block that the other passes have seen.")
	Pragma("noescape")
	dst := Load(Param("dst"), GP64())
	block := Load(Param("block"), GP64())
	k := constants{Load(Param("k"), GP64())}
	groups := Load(Param("groups"), GP64())
	loop("differencesloop", groups, func() {
		y1, y2 := load(at(block, refY)), load(at(block, candY))
		lm := fmaInto(add(y1, y2), load(k.at("halfLight")), k.at("minus66"))
		ll := mul(lm, lm)
		root := sqrt(add(ll, k.at("twenty")))
		sl := fmaInto(ll, load(k.at("lightSlope")), root)
		c1, c2 := load(at(block, refChroma)), load(at(block, candChroma))
		sc := fmaInto(add(c1, c2), load(k.at("chromaSlope")), k.at("one"))
		sh := load(at(block, hueScale))
		slsh, slsc := mul(sl, sh), mul(sl, sc)
		l := mul(mul(mul(sub(y2, y1), k.at("lightUnit")), root), mul(sc, sh))
		c := mul(sub(c2, c1), slsh)
		sum := mul(l, l)
		addProduct(c, c, sum)
		hh := load(at(block, hueDelta))
		VANDPS(k.at("magnitude"), hh, hh)
		addProduct(hh, mul(slsc, slsc), sum)
		VFNMADD231PS(mul(c, slsc), load(at(block, turned)), sum)
		zero := YMM()
		VXORPS(zero, zero, zero)
		VMAXPS(zero, sum, sum)
		VMOVUPS(div(sqrt(sum), mul(slsh, sc)), Mem{Base: dst})
		ADDQ(Imm(32), block)
		ADDQ(Imm(32), dst)
	})
	VZEROUPPER()
	RET()
}
