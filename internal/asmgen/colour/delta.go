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
func (i isa) pass(name, doc string, body func(k kernel, block Register)) {
	function(name+i.name, "func(block *float32, k *float32, groups int)", doc)
	block := pointer("block")
	k := kernel{i, pointer("k")}
	loop(pointer("groups"), func() {
		body(k, block)
		ADDQ(Imm(uint64(i.bytes)), block)
	})
	finish()
}

// primes turns a* into a′ and chroma into C′ (equations 2 to 6).
func (k kernel) primes(block Register) {
	c7 := power7(add(k.load(at(block, refChroma)), at(block, candChroma)))
	g := fmaInto(k.squareRootOfFraction(c7, c7), k.constant("minusHalf"), k.at("threeHalves"))
	for _, colour := range []int{refY, candY} {
		a, b := mul(g, at(block, colour+refA)), k.load(at(block, colour+refB))
		VMOVUPS(a, at(block, colour+refA))
		VMOVUPS(sqrt(addProduct(a, a, mul(b, b))), at(block, colour+refChroma))
	}
}

// hues is func hues.
func (k kernel) hues(block Register) {
	c1, c2 := k.load(at(block, refChroma)), k.load(at(block, candChroma))
	a1, a2 := k.load(at(block, refA)), k.load(at(block, candA))
	b1, b2 := k.load(at(block, refB)), k.load(at(block, candB))
	p := mul(c1, c2)
	dot := addProduct(a1, a2, mul(b1, b2))
	cross := sub(mul(a1, b2), mul(a2, b1))
	wide := and(dot, k.at("signBit"))
	c1 = xor(c1, wide)
	x, y := mul(a1, c2), mul(b1, c2)
	side := k.constant("onAxis")
	fmaInto(side, x, y)
	fmaInto(side, k.constant("oppositeHue"), cross)
	sign := and(side, k.at("signBit"))
	addProduct(c1, a2, x)
	addProduct(c1, b2, y)
	e := add(p, xor(dot, wide))
	VADDPS(p, p, p)
	scale := mul(p, e)
	VMAXPS(k.at("neutral"), scale, scale)
	inv := div(k.constant("one"), sqrt(scale))
	ci := mul(cross, inv)
	obtuse := signs(dot)
	hh := choose(obtuse, mul(mul(ci, ci), p), e)
	VORPS(sign, add(hh, hh), hh)
	VMOVUPS(hh, at(block, hueDelta))
	back := xor(sign, k.constant("signBit"))
	VMOVUPS(mul(choose(obtuse, x, xor(y, back)), inv), at(block, hueX))
	VMOVUPS(mul(choose(obtuse, y, xor(x, sign)), inv), at(block, hueY))
}

// weights is what deltaE makes of the mean hue: SH and the rotation.
func (k kernel) weights(block Register) {
	x, y := k.load(at(block, hueX)), k.load(at(block, hueY))
	cs := add(k.load(at(block, refChroma)), at(block, candChroma))
	sh := fmaInto(mul(cs, k.hueWeight(x, y)), k.constant("hueSlope"), k.at("one"))
	VMOVUPS(sh, at(block, hueScale))
	turn := k.rotation(x, y)
	c7 := power7(cs)
	hhs := k.load(at(block, hueDelta))
	sign := and(hhs, k.at("signBit"))
	root := k.squareRootOfFraction(mul(c7, xor(hhs, sign)), c7)
	VMOVUPS(xor(mul(turn, root), sign), at(block, turned))
}

func (k kernel) hueWeight(x, y vec) vec {
	xx := mul(x, x)
	t := k.polynomial(xx, "hue4", "hue2", "hue0")
	addProduct(k.polynomial(xx, "hueX3", "hueX"), x, t)
	side := fmaInto(k.polynomial(xx, "hueX3Y", "hueXY"), x, k.polynomial(xx, "hueY2", "hueY"))
	return addProduct(side, y, t)
}

func (k kernel) rotation(x, y vec) vec {
	z := addProduct(x, k.at("cos275"), mul(y, k.at("sin275")))
	e := k.polynomial(z, "bell4", "bell3", "bell2", "bell1", "bell0")
	for range 3 {
		VMULPS(e, e, e)
	}
	u := mul(e, e)
	turn := mul(e, k.polynomial(u, "turn7", "turn5", "turn3", "turn1"))
	below := k.vector()
	VORPS(x, y, below)
	return choose(signs(below), k.zero(), turn)
}

// differences puts the parts of deltaE together.
func (i isa) differences() {
	function("differences"+i.name, "func(dst *float32, block *float32, k *float32, groups int)",
		"computes ΔE00 of groups of pixels of a block that the other passes have seen.")
	dst, block := pointer("dst"), pointer("block")
	k := kernel{i, pointer("k")}
	loop(pointer("groups"), func() {
		VMOVUPS(k.difference(block), Mem{Base: dst})
		ADDQ(Imm(uint64(i.bytes)), block)
		ADDQ(Imm(uint64(i.bytes)), dst)
	})
	finish()
}

func (k kernel) difference(block Register) vec {
	y1, y2 := k.load(at(block, refY)), k.load(at(block, candY))
	lm := fmaInto(add(y1, y2), k.constant("halfLight"), k.at("minus66"))
	ll := mul(lm, lm)
	root := sqrt(add(ll, k.at("twenty")))
	sl := fmaInto(ll, k.constant("lightSlope"), root)
	c1, c2 := k.load(at(block, refChroma)), k.load(at(block, candChroma))
	sc := fmaInto(add(c1, c2), k.constant("chromaSlope"), k.at("one"))
	sh := k.load(at(block, hueScale))
	slsh, slsc := mul(sl, sh), mul(sl, sc)
	l := mul(mul(mul(sub(y2, y1), k.at("lightUnit")), root), mul(sc, sh))
	c := mul(sub(c2, c1), slsh)
	sum := mul(l, l)
	addProduct(c, c, sum)
	hh := and(k.load(at(block, hueDelta)), k.at("magnitude"))
	addProduct(hh, mul(slsc, slsc), sum)
	VFNMADD231PS(mul(c, slsc), k.load(at(block, turned)), sum)
	VMAXPS(k.zero(), sum, sum)
	return div(sqrt(sum), mul(slsh, sc))
}
