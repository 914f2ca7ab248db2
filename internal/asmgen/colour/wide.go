package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// xyz8Wide is xyz8 for AVX-512 with VBMI, 64 pixels at a time: where xyz8 loads the shares of one sample, VPERMB looks
// one byte of a share up for 64 of them.
func xyz8Wide() {
	var split [3]deinterleaver
	for sample := range split {
		split[sample] = newDeinterleaver(sample)
	}
	function("xyz8AVX512", "func(dst *float32, src *uint8, shares *uint8, groups int)",
		"converts 64·groups pixels of packed sRGB to planes of Y, X and Z.")
	dst, src, shares := pointer("dst"), pointer("src"), pointer("shares")
	for sample := range split {
		split[sample].loadMask()
	}
	bit6 := GLOBL("bit6", RODATA|NOPTR)
	DATA(0, U8(0x40))
	second := ZMM()
	VPBROADCASTB(bit6, second)
	loop(pointer("groups"), func() {
		packed := [3]vec{}
		for i := range packed {
			packed[i] = avx512.load(Mem{Base: src, Disp: 64 * i})
		}
		var sums [3][4]vec
		for sample := range split {
			t := newTableIndex(split[sample].pick(packed), second)
			for out := range sums {
				place := Mem{Base: shares, Disp: (3*sample + out) * 4 * 256}
				for i, v := range t.shares(place) {
					if sample == 0 {
						sums[out][i] = v
					} else {
						VPADDD(v, sums[out][i], sums[out][i])
					}
				}
			}
		}
		for out, plane := range []int{1, 0, 2} { // X, Y, Z
			for i, v := range sums[out] {
				VMOVUPS(v, Mem{Base: dst, Disp: plane*planeBytes + 64*i})
			}
		}
		ADDQ(U32(192), src)
		ADDQ(U32(256), dst)
	})
	finish()
}

// deinterleaver picks one of R, G and B of 64 pixels out of three registers. The order of the pixels is the one that
// becomes theirs when bytes are unpacked, within each quarter of a register, to 32 bits: byte 4j+i of quarter q is pixel
// 16j+4q+i.
type deinterleaver struct {
	front, back Mem // places in the first two registers, and in the third
	inBack      uint64
	mask        Register
}

func newDeinterleaver(sample int) deinterleaver {
	var d deinterleaver
	var place [64]int
	for n := range place {
		q, j, i := n/16, n/4%4, n%4
		place[n] = 3*(16*j+4*q+i) + sample
	}
	name := "split" + string("RGB"[sample])
	d.front = GLOBL(name+"Front", RODATA|NOPTR)
	for n, p := range place {
		DATA(n, U8(p%128))
	}
	d.back = GLOBL(name+"Back", RODATA|NOPTR)
	for n, p := range place {
		DATA(n, U8(p%128))
		if p >= 128 {
			d.inBack |= 1 << n
		}
	}
	return d
}

func (d *deinterleaver) loadMask() {
	bits := GP64()
	MOVQ(U64(d.inBack), bits)
	d.mask = K()
	KMOVQ(bits, d.mask)
}

func (d *deinterleaver) pick(packed [3]vec) vec {
	v, back := avx512.load(d.front), avx512.load(d.back)
	VPERMI2B(packed[1], packed[0], v)
	VPERMB(packed[2], back, d.mask, v)
	return v
}

// tableIndex is 64 samples that index tables of 256 bytes. Such a table is four registers, whose number is the sample's
// two high bits; VPERMB itself looks at the low six.
type tableIndex struct {
	samples                vec
	second, upper, topmost Register // masks: bit 6, bit 7, both
}

func newTableIndex(samples, bit6 vec) tableIndex {
	t := tableIndex{samples, K(), K(), K()}
	VPTESTMB(bit6, samples, t.second)
	VPMOVB2M(samples, t.upper)
	KANDQ(t.second, t.upper, t.topmost)
	return t
}

func (t *tableIndex) lookUp(table Mem) vec {
	v := ZMM()
	VPERMB(table, t.samples, v)
	VPERMB(table.Offset(64), t.samples, t.second, v)
	VPERMB(table.Offset(128), t.samples, t.upper, v)
	VPERMB(table.Offset(192), t.samples, t.topmost, v)
	return v
}

// shares looks up the four bytes of a share and joins them: 16 pixels in each of the results.
func (t *tableIndex) shares(tables Mem) [4]vec {
	var bytes [4]vec
	for i := range bytes {
		bytes[i] = t.lookUp(tables.Offset(256 * i))
	}
	var words, shares [4]vec
	for i := range words {
		words[i], shares[i] = ZMM(), ZMM()
	}
	VPUNPCKLBW(bytes[1], bytes[0], words[0])
	VPUNPCKLBW(bytes[3], bytes[2], words[1])
	VPUNPCKHBW(bytes[1], bytes[0], words[2])
	VPUNPCKHBW(bytes[3], bytes[2], words[3])
	for half := range 2 {
		low, high := words[2*half], words[2*half+1]
		VPUNPCKLWD(high, low, shares[2*half])
		VPUNPCKHWD(high, low, shares[2*half+1])
	}
	return shares
}
