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
	addSubtract func(b *buffers, sums, diffs, ref, cand []float32)
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

// exact is the ring of the plain kernels. They compute in float64, which in scalar code costs no more than float32 and
// makes the subtraction of squares harmless as it stands: for each row, mean and mean square of s, then of d.
// Products are rounded explicitly, so that no compiler fuses them into a sum.
type exact struct {
	rows            [ringSlots * group][maps][tile]float64
	local           [maps][tile]float64 // one row, filtered down
	values, squares [fetch]float64
}

// across filters rows of s and d along the row into a slot of the ring.
func across(b *buffers, slot int, in rowsOf) {
	if b.exact == nil {
		b.exact = new(exact)
	}
	e, n := b.exact, in.blocks*lanes
	values, squares := e.values[:n+window-1], e.squares[:n+window-1]
	for r := range in.rows {
		row := &e.rows[slot%ringSlots*group+r]
		for m, src := range [...][]float32{in.sums[r*in.stride:], in.diffs[r*in.stride:]} {
			for i, v := range src[:n+window-1] {
				x := float64(v)
				values[i], squares[i] = x, float64(x*x)
			}
			filterAcross(row[2*m][:n], values)
			filterAcross(row[2*m+1][:n], squares)
		}
	}
}

// filterAcross writes the window's weighted sums along src, which is 10 values longer than dst, of whole blocks. Taps at
// equal distance share a weight; four results at a time share their loads.
func filterAcross(dst, src []float64) {
	for len(dst) >= 4 && len(src) >= window+3 {
		d, s := (*[4]float64)(dst), (*[window + 3]float64)(src)
		d[0] = float64(weight5*s[5]) + float64(weight4*(s[4]+s[6])) + float64(weight3*(s[3]+s[7])) +
			float64(weight2*(s[2]+s[8])) + float64(weight1*(s[1]+s[9])) + float64(weight0*(s[0]+s[10]))
		d[1] = float64(weight5*s[6]) + float64(weight4*(s[5]+s[7])) + float64(weight3*(s[4]+s[8])) +
			float64(weight2*(s[3]+s[9])) + float64(weight1*(s[2]+s[10])) + float64(weight0*(s[1]+s[11]))
		d[2] = float64(weight5*s[7]) + float64(weight4*(s[6]+s[8])) + float64(weight3*(s[5]+s[9])) +
			float64(weight2*(s[4]+s[10])) + float64(weight1*(s[3]+s[11])) + float64(weight0*(s[2]+s[12]))
		d[3] = float64(weight5*s[8]) + float64(weight4*(s[7]+s[9])) + float64(weight3*(s[6]+s[10])) +
			float64(weight2*(s[5]+s[11])) + float64(weight1*(s[4]+s[12])) + float64(weight0*(s[3]+s[13]))
		dst, src = dst[4:], src[4:]
	}
}

// down filters blocks of the ring, whose oldest slot is given, down the columns, and turns the moments into the index.
func down(b *buffers, slot, first, blocks int, totals *[2 * lanes]float64) {
	e, from, to := b.exact, first*lanes, (first+blocks)*lanes
	for j := range group {
		for m := range maps {
			var rows [window][]float64
			for k := range rows {
				rows[k] = e.rows[(slot*group+j+k)%(ringSlots*group)][m][from:to]
			}
			filterDown(e.local[m][from:to], &rows)
		}
		full, second := similarity(b.out[j*tile:][from:to], b.out[(group+j)*tile:][from:to], e.row(from, to), &b.limits)
		totals[0] += full // of all columns: scalar code has no use for a sum of each
		totals[lanes] += second
	}
}

// row is a part of the row that is filtered across and down.
func (e *exact) row(from, to int) (row [maps][]float64) {
	for m := range row {
		row[m] = e.local[m][from:to]
	}
	return row
}

// filterDown writes the window's weighted sums of 11 rows. Cutting all rows to the length of dst lets the
// compiler drop the bounds checks.
func filterDown(dst []float64, rows *[window][]float64) {
	n := len(dst)
	r0, r1, r2, r3, r4, r5 := rows[0][:n], rows[1][:n], rows[2][:n], rows[3][:n], rows[4][:n], rows[5][:n]
	r6, r7, r8, r9, r10 := rows[6][:n], rows[7][:n], rows[8][:n], rows[9][:n], rows[10][:n]
	for i := range dst {
		dst[i] = float64(weight5*r5[i]) + float64(weight4*(r4[i]+r6[i])) + float64(weight3*(r3[i]+r7[i])) +
			float64(weight2*(r2[i]+r8[i])) + float64(weight1*(r1[i]+r9[i])) + float64(weight0*(r0[i]+r10[i]))
	}
}

// similarity writes equation 13 over a row, and the second of its two factors, contrast × structure, and sums both. In
// terms of mean and mean square of s = a + b and of d = a − b they are
//
//	(2 µ_a µ_b + C₁) ÷ (µ_a² + µ_b² + C₁) = 1 − 2 µ_d² ÷ (µ_s² + µ_d² + 2 C₁)
//	(2 σ_ab + C₂) ÷ (σ_a² + σ_b² + C₂)    = 1 − 2 σ_d² ÷ (σ_s² + σ_d² + 2 C₂)
//
// limits are 2 C₁ and 2 C₂. One division serves both. For equal pictures d is 0 and both factors are exactly 1.
func similarity(full, second []float32, row [maps][]float64, limits *[2]float32) (sumFull, sumSecond float64) {
	n := len(full)
	second, means, squares, shifts, errors := second[:n], row[0][:n], row[1][:n], row[2][:n], row[3][:n]
	limit1, limit2 := float64(limits[0]), float64(limits[1])
	for i := range full {
		bright, dark := float64(means[i]*means[i]), float64(shifts[i]*shifts[i])
		vd := max(errors[i]-dark, 0)
		busy := squares[i] - bright + vd + limit2
		bright += dark + limit1
		r := 2 / (bright * busy)
		cs := 1 - float64(float64(vd*bright)*r)
		index := float64((1 - float64(float64(dark*busy)*r)) * cs)
		full[i], second[i] = float32(index), float32(cs)
		sumFull += index
		sumSecond += cs
	}
	return sumFull, sumSecond
}
