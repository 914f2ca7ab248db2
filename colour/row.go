package colour

// cacheBits sizes the cache of pairs that a call keeps on its stack: pictures repeat their colours, and after a
// colour error they repeat the same pairs. It is small enough to be cleared for every row.
const cacheBits = 9

// pairCache remembers ΔE00 of pairs of 8-bit colours, directly mapped. Key 0 is the pair of two blacks, which is
// equal and never looked up, so the zero value is empty.
type pairCache struct {
	key   [1 << cacheBits]uint64
	value [1 << cacheBits]float32
}

// DeltaERow8 writes the CIEDE2000 difference of each pixel of a row. ref and cand are packed 8-bit sRGB, three
// samples a pixel. Equal pixels give exactly 0; all others are within 1e-4 of [DeltaE2000] of the exact colours, save
// where two hues are opposite to within rounding and the formula itself jumps. The bits are the same on every machine.
// It allocates nothing. It panics if ref or cand do not have exactly three samples for each element of dst.
func DeltaERow8(dst []float32, ref, cand []uint8) {
	mustMatch(len(dst), len(ref), len(cand))
	var cache pairCache
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
		if cache.key[slot] != key {
			l1, a1, b1 := labOf(linear8[p[0]], linear8[p[1]], linear8[p[2]])
			l2, a2, b2 := labOf(linear8[q[0]], linear8[q[1]], linear8[q[2]])
			cache.key[slot] = key
			cache.value[slot] = float32(deltaE(l1, a1, b1, l2, a2, b2))
		}
		dst[i] = cache.value[slot]
	}
}

// DeltaERow16 is [DeltaERow8] for 16-bit sRGB. Sixteen bits seldom repeat a pair exactly, so it keeps only the last.
func DeltaERow16(dst []float32, ref, cand []uint16) {
	mustMatch(len(dst), len(ref), len(cand))
	table := linear16()
	var last [2]uint64 // two blacks, which are equal: the difference 0 belongs to it
	var value float32
	for i := range dst {
		p, q := ref[3*i:3*i+3:3*i+3], cand[3*i:3*i+3:3*i+3]
		pair := [2]uint64{
			uint64(p[0]) | uint64(p[1])<<16 | uint64(p[2])<<32,
			uint64(q[0]) | uint64(q[1])<<16 | uint64(q[2])<<32,
		}
		if pair[0] == pair[1] {
			dst[i] = 0
			continue
		}
		if pair != last {
			l1, a1, b1 := labOf(float64(table[p[0]]), float64(table[p[1]]), float64(table[p[2]]))
			l2, a2, b2 := labOf(float64(table[q[0]]), float64(table[q[1]]), float64(table[q[2]]))
			last, value = pair, float32(deltaE(l1, a1, b1, l2, a2, b2))
		}
		dst[i] = value
	}
}

func mustMatch(pixels, ref, cand int) {
	if ref != 3*pixels || cand != 3*pixels {
		panic("colour: a row needs three reference and three candidate samples for each difference")
	}
}
