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
	candY
	candA
	candB
	candChroma
	hueX
	hueY
	hueDelta // ΔH′², with the sign of ΔH′
	chromaSum
	chromaDelta
)

func at(block Register, plane int) Mem { return Mem{Base: block, Disp: plane * planeBytes} }

// hues is the first half of deltaE, up to and with func hues.
func hues() {
	TEXT("huesAVX2", NOSPLIT, "func(block *float32, k *float32, groups int)")
	Doc("huesAVX2 computes the mean hue and the differences of hue and chroma of 8·groups pixels of a block.")
	Pragma("noescape")
	block := Load(Param("block"), GP64())
	k := constants{Load(Param("k"), GP64())}
	groups := Load(Param("groups"), GP64())
	loop("huesloop", groups, func() {
		c7 := power7(add(load(at(block, refChroma)), at(block, candChroma)))
		g := fmaInto(k.squareRootOfFraction(c7, c7), load(k.at("minusHalf")), k.at("threeHalves"))
		a1, a2 := mul(g, at(block, refA)), mul(g, at(block, candA))
		b1, b2 := load(at(block, refB)), load(at(block, candB))
		c1 := sqrt(addProduct(a1, a1, mul(b1, b1)))
		c2 := sqrt(addProduct(a2, a2, mul(b2, b2)))
		VMOVUPS(add(c1, c2), at(block, chromaSum))
		VMOVUPS(sub(c2, c1), at(block, chromaDelta))
		meanHue(k, block, a1, b1, c1, a2, b2, c2)
		ADDQ(Imm(32), block)
	})
	VZEROUPPER()
	RET()
}

// meanHue is func hues.
func meanHue(k constants, block Register, a1, b1, c1, a2, b2, c2 vec) {
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

// differences is the second half of deltaE.
func differences() {
	TEXT("differencesAVX2", NOSPLIT, "func(dst *float32, block *float32, k *float32, groups int)")
	Doc("differencesAVX2 computes ΔE00 of 8·groups pixels of a block that hues has seen.")
	Pragma("noescape")
	block := Load(Param("block"), GP64())
	k := constants{Load(Param("k"), GP64())}
	groups := Load(Param("groups"), GP64())
	dst := Load(Param("dst"), GP64())
	loop("differencesloop", groups, func() {
		x, y := load(at(block, hueX)), load(at(block, hueY))
		cs := load(at(block, chromaSum))
		sc := fmaInto(load(k.at("chromaSlope")), cs, k.at("one"))
		sh := fmaInto(mul(cs, hueWeight(k, x, y)), load(k.at("hueSlope")), k.at("one"))
		turn := rotation(k, x, y)
		c7 := power7(cs)
		hhs := load(at(block, hueDelta))
		sign := and(hhs, k.at("signBit"))
		hh := xor(hhs, sign)
		turn = xor(mul(turn, k.squareRootOfFraction(mul(c7, hh), c7)), sign)

		y1, y2 := load(at(block, refY)), load(at(block, candY))
		lm := fmaInto(add(y1, y2), load(k.at("halfLight")), k.at("minus66"))
		ll := mul(lm, lm)
		root := sqrt(add(ll, k.at("twenty")))
		sl := fmaInto(ll, load(k.at("lightSlope")), root)
		slsh, slsc := mul(sl, sh), mul(sl, sc)
		l := mul(mul(mul(sub(y2, y1), k.at("lightUnit")), root), mul(sc, sh))
		c := mul(slsh, at(block, chromaDelta))
		sum := mul(l, l)
		addProduct(c, c, sum)
		addProduct(hh, mul(slsc, slsc), sum)
		VFNMADD231PS(mul(c, slsc), turn, sum)
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
