package iqa

// The window of SSIM: 11×11 Gaussian with σ = 1.5, separable, normalised to 1.
const (
	window = 11
	radius = window / 2
)

// Weights of the window from its edge (taps 0 and 10) to its middle (tap 5): exp(−d²/2σ²) ÷ Σ, for d = 5 to 0.
const (
	weight0 = 0.00102838008447911
	weight1 = 0.007598758135239185
	weight2 = 0.03600077212843083
	weight3 = 0.10936068950970002
	weight4 = 0.2130055377112537
	weight5 = 0.26601172486179436
)

// Constants (K₁L)² and (K₂L)² with K₁ = 0.01, K₂ = 0.03, L = 255.
const (
	c1 = (0.01 * 255) * (0.01 * 255)
	c2 = (0.03 * 255) * (0.03 * 255)
)

// kernels are the loops over pixels. The plain ones are always compiled; where the processor has AVX2 and FMA, others
// do the same on whole vectors.
type kernels struct {
	across      func(b *buffers, slot int, in rowsOf)
	down        func(b *buffers, slot, first, blocks int, totals *[2 * lanes]float64)
	addSubtract func(sums, diffs, ref, cand []float32)
	mix8        func(b *buffers, sums, diffs []float32, ref, cand []uint8)
	mix16       func(b *buffers, sums, diffs []float32, ref, cand []uint16)
	halve       func(dst, upper, lower []float32)
	squares8    func(b *buffers, ref, cand []uint8)
}

var plain = kernels{across, down, addSubtract, mix8, mix16, halve, squares8}

// rowsOf is what across reads: rows stride apart, each of 10 values more than its blocks give results.
type rowsOf struct {
	sums, diffs          []float32
	stride, blocks, rows int
}

// across filters rows of s and d along the row into a slot of the ring.
//
// The plain kernels compute in float64, which in scalar code costs no more than float32 and makes the subtraction of
// squares harmless as it stands. Products are rounded explicitly, so that no compiler fuses them into a sum.
func across(b *buffers, slot int, in rowsOf) {
	n := in.blocks * lanes
	for r := range in.rows {
		for m, src := range [...][]float32{in.sums[r*in.stride:], in.diffs[r*in.stride:]} {
			values, squares := b.wide[0][:n+window-1], b.wide[1][:n+window-1]
			for i, v := range src[:n+window-1] {
				x := float64(v)
				values[i], squares[i] = x, float64(x*x)
			}
			at := (slot%ringSlots*group+r)*ringRow + 2*m*pitch
			means, variances := b.ring[at:][:n], b.ring[at+pitch:][:n]
			for i := range means {
				mean := along(values[i:])
				means[i], variances[i] = float32(mean), float32(along(squares[i:])-float64(mean*mean))
			}
		}
	}
}

// along weighs the first 11 values. Taps at equal distance from the middle share a weight.
func along(v []float64) float64 {
	s := (*[window]float64)(v)
	return float64(weight5*s[5]) + float64(weight4*(s[4]+s[6])) + float64(weight3*(s[3]+s[7])) +
		float64(weight2*(s[2]+s[8])) + float64(weight1*(s[1]+s[9])) + float64(weight0*(s[0]+s[10]))
}

// columns are the 14 rows of one moment of a block that a step reads.
type columns [window + group - 1][lanes]float64

// under weighs the 11 rows from j on.
func (c *columns) under(j, k int) float64 {
	s := (*[window][lanes]float64)(c[j:])
	return float64(weight5*s[5][k]) + float64(weight4*(s[4][k]+s[6][k])) + float64(weight3*(s[3][k]+s[7][k])) +
		float64(weight2*(s[2][k]+s[8][k])) + float64(weight1*(s[1][k]+s[9][k])) + float64(weight0*(s[0][k]+s[10][k]))
}

// down filters blocks of the ring, whose oldest slot is given, down the columns, and turns the moments into the index.
func down(b *buffers, slot, first, blocks int, totals *[2 * lanes]float64) {
	var mean, energy [2]columns // of s, of d
	for block := first; block < first+blocks; block++ {
		for r := range mean[0] {
			at := (slot*group+r)%(ringSlots*group)*ringRow + block*lanes
			for m := range 2 {
				means, variances := b.ring[at+2*m*pitch:][:lanes], b.ring[at+(2*m+1)*pitch:][:lanes]
				for k, v := range means {
					x := float64(v)
					mean[m][r][k], energy[m][r][k] = x, float64(variances[k])+float64(x*x)
				}
			}
		}
		out := b.out[block*lanes:]
		for j := range group {
			for k := range lanes {
				full, second := similarity(moment(&mean[0], &energy[0], j, k), moment(&mean[1], &energy[1], j, k), &b.limits)
				out[j*tile+k], out[(group+j)*tile+k] = float32(full), float32(second)
				totals[k] += full
				totals[lanes+k] += second
			}
		}
	}
}

// moment is the mean and the variance of the window of row j and column k.
func moment(mean, energy *columns, j, k int) [2]float64 {
	m := mean.under(j, k)
	return [2]float64{m, energy.under(j, k) - float64(m*m)}
}

// similarity is equation 13 in terms of the moments of s = a + b and d = a − b, and the second of its two factors,
// contrast × structure:
//
//	(2 µ_a µ_b + C₁) ÷ (µ_a² + µ_b² + C₁) = 1 − 2 µ_d² ÷ (µ_s² + µ_d² + 2 C₁)
//	(2 σ_ab + C₂) ÷ (σ_a² + σ_b² + C₂)    = 1 − 2 σ_d² ÷ (σ_s² + σ_d² + 2 C₂)
//
// limits are 2 C₁ and 2 C₂. For equal pictures d is 0 and both factors are exactly 1.
func similarity(s, d [2]float64, limits *[2]float32) (full, second float64) {
	md := float64(d[0] * d[0])
	vd := max(d[1], 0)
	bright := float64(s[0]*s[0]) + md + float64(limits[0])
	busy := s[1] + vd + float64(limits[1])
	second = 1 - 2*vd/busy
	return float64((1 - 2*md/bright) * second), second
}
