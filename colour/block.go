package colour

import (
	"bytes"
	"math"
	"slices"
)

// blockN is the number of pixels that go through the kernels at once: their planes stay in the first-level cache.
const blockN = 256

type plane [blockN]float32

// labPlanes is a block of [fastLab] (y, a, b), its chroma √(a*²+b*²), and the roots on the way there (of Y, X, Z), whose
// planes later hold the mean hue and what comes of it. Only the assembly knows which plane is which.
type labPlanes [7]plane

// block is the working memory of the kernels.
type block struct {
	ref, cand labPlanes // first in each allocation, and so aligned to cache lines
	delta     plane     // ΔE00
	tallied   tallied
	form      form
	tail8     [2][3 * wideGroup]uint8
	tail16    [2][24]uint16
	cache     pairCache
}

// tallied is what the assembly counts of a row, and its working memory.
type tallied struct {
	index   [16]uint32
	sum     uint64
	over    int32 // times -1
	largest float32
}

// form is one of the forms that the kernels have. All give the same bits.
type form uint8

const (
	plainForm form = iota
	avx2Form
	avx512Form
)

// wideGroup is the number of pixels that the largest kernel takes at once.
const wideGroup = 64

// cacheBits sizes the cache of pairs of the plain Go code: pictures repeat their colours, and after a colour error they
// repeat the same pairs.
const cacheBits = 9

// pairCache remembers ΔE00 of pairs of 8-bit colours, directly mapped. Key 0 is the pair of two blacks, which is
// equal and never looked up, so the zero value is empty.
type pairCache struct {
	key   [1 << cacheBits]uint64
	value [1 << cacheBits]float32
}

// weights8 is the share of each sample of R, G and B in X, Y and Z (relative to white), in units; the fourth number is 0.
// Integers make the sums exact, and the shares of a grey add up to the same X, Y and Z: it stays neutral.
var weights8 = weightTables()

type weights [3][256][4]int32

func weightTables() *weights {
	w := new(weights)
	fixed := func(share float64, v int) int32 { return int32(math.Round(float64(share*linear8[v]) * unit)) }
	for v := range 256 {
		grey := fixed(1, v)
		r, g, b := &w[0][v], &w[1][v], &w[2][v]
		r[0], g[0], b[0] = fixed(nxr, v), fixed(nxg, v), fixed(nxb, v)
		r[1], g[1], b[1] = fixed(yr, v), fixed(yg, v), fixed(yb, v)
		r[2], g[2], b[2] = fixed(nzr, v), fixed(nzg, v), fixed(nzb, v)
		for i, largest := range []*[4]int32{r, g, b} { // X is mostly red, Y green, Z blue
			largest[i] += grey - r[i] - g[i] - b[i]
		}
	}
	return w
}

// lab8 converts an 8-bit colour for the kernels.
func lab8(p []uint8) fastLab {
	r, g, b := &weights8[0][p[0]], &weights8[1][p[1]], &weights8[2][p[2]]
	return labOfXYZ(r[0]+g[0]+b[0], r[1]+g[1]+b[1], r[2]+g[2]+b[2])
}

// lab16 converts a 16-bit colour for the kernels. Only differences of samples are multiplied, so that X, Y and Z of a
// grey are the same.
func lab16(table *[65536]int32, p []uint16) fastLab {
	r, g, b := table[p[0]], table[p[1]], table[p[2]]
	dr, db := float32(r-g), float32(b-g)
	y := g + toInt32(fma(dr, yr, float32(db*yb)))
	x := y + toInt32(fma(dr, nxr-yr, float32(db*(nxb-yb))))
	z := y + toInt32(fma(dr, nzr-yr, float32(db*(nzb-yb))))
	return labOfXYZ(x, y, z)
}

// differences8 sets dst to ΔE00 of its pixels, up to blockN of them. Equal blocks cost a comparison.
func (k *block) differences8(dst []float32, ref, cand []uint8) {
	if bytes.Equal(ref, cand) {
		clear(dst)
		return
	}
	if k.form != plainForm {
		k.assembled8(dst, ref, cand)
		return
	}
	for i := range dst {
		p, q := ref[3*i:3*i+3:3*i+3], cand[3*i:3*i+3:3*i+3]
		kp := uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16
		kq := uint32(q[0]) | uint32(q[1])<<8 | uint32(q[2])<<16
		if kp == kq {
			dst[i] = 0
			continue
		}
		key := uint64(kp)<<32 | uint64(kq)
		slot := key * 0x9e3779b97f4a7c15 >> (64 - cacheBits) // Fibonacci hashing, Knuth, TAOCP 3, 6.4
		if k.cache.key[slot] != key {
			k.cache.key[slot] = key
			k.cache.value[slot] = deltaE(lab8(p), lab8(q))
		}
		dst[i] = k.cache.value[slot]
	}
}

// differences16 is differences8 for 16-bit samples.
func (k *block) differences16(dst []float32, ref, cand []uint16) {
	if slices.Equal(ref, cand) {
		clear(dst)
		return
	}
	table := linear16()
	if k.form != plainForm {
		k.assembled16(dst, ref, cand, table)
		return
	}
	for i := range dst {
		dst[i] = deltaE(lab16(table, ref[3*i:3*i+3:3*i+3]), lab16(table, cand[3*i:3*i+3:3*i+3]))
	}
}
