package iqa

// The window of SSIM: 11×11 Gaussian with σ = 1.5, separable, normalised to 1.
const window = 11

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

// SSIM returns the mean structural similarity of a candidate to its reference, at most 1, higher is better.
//
// It is the index of Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to
// structural similarity", IEEE Transactions on Image Processing 13(4), 2004, equation 13, with the authors' window of
// 11×11 Gaussian weights (equations 14 to 16) and population statistics, over the windows that lie wholly inside
// the image, averaged (equation 17). Nothing is downsampled first.
//
// It is symmetric, and exactly 1 for equal planes. Errors are ErrDimensions and ErrTooSmall (below 11 pixels in
// either direction).
func SSIM(ref, cand Plane) (float64, error) {
	return new(Workspace).SSIM(ref, cand)
}

// Workspace holds the buffers of a measurement, so that a scan that keeps one per worker allocates nothing in
// the steady state. Its memory grows with the width of the images and not with their height. The zero value is
// ready; a Workspace serves one goroutine at a time.
type Workspace struct {
	products moments         // of one row of pixels
	ring     [window]moments // the last 11 rows, filtered across
	local    moments         // one row, filtered across and down
	block    []float64       // backs all of the above
}

// moments are four maps over one row: reference a, candidate b, energy a²+b² and product ab. SSIM needs no
// fifth, since it uses the two variances only as a sum.
type moments [4][]float64

// SSIM is the function SSIM with the buffers of w.
func (w *Workspace) SSIM(ref, cand Plane) (float64, error) {
	if err := measurable(ref, cand, window); err != nil {
		return 0, err
	}
	width, height := ref.Width, ref.Height
	w.fit(width)
	sum := 0.0
	for y := range height {
		row := y * width
		multiply(&w.products, ref.Pix[row:row+width], cand.Pix[row:row+width])
		for m := range w.products {
			filterAcross(w.ring[y%window][m], w.products[m])
		}
		if y < window-1 {
			continue
		}
		for m := range w.local {
			var rows [window][]float64
			for k := range rows {
				rows[k] = w.ring[(y+1+k)%window][m] // from the oldest to the newest
			}
			filterDown(w.local[m], &rows)
		}
		sum += similarity(&w.local)
	}
	return sum / (float64(width-window+1) * float64(height-window+1)), nil
}

// fit cuts the buffers for images of the given width out of one block.
func (w *Workspace) fit(width int) {
	inner := width - window + 1
	need := len(w.products) * (width + (window+1)*inner)
	if cap(w.block) < need {
		w.block = make([]float64, need)
	}
	rest := w.block[:need]
	cut := func(ms *moments, n int) {
		for m := range ms {
			ms[m], rest = rest[:n:n], rest[n:]
		}
	}
	cut(&w.products, width)
	for k := range w.ring {
		cut(&w.ring[k], inner)
	}
	cut(&w.local, inner)
}

// multiply fills the four maps from a row of either plane.
//
// The arithmetic is float64 throughout: in scalar code it costs no more than float32, and the difference of
// E[x²] and µ² then keeps twelve digits on flat bright images, where float32 keeps three.
func multiply(ms *moments, ref, cand []float32) {
	a, b, energy, product := ms[0], ms[1], ms[2], ms[3]
	n := len(a)
	ref, cand, b, energy, product = ref[:n], cand[:n], b[:n], energy[:n], product[:n]
	for i := range a {
		x, y := float64(ref[i]), float64(cand[i])
		a[i], b[i] = x, y
		energy[i] = float64(x*x) + float64(y*y)
		product[i] = float64(x * y)
	}
}

// filterAcross writes the window's weighted sums along src, which is 10 values longer than dst. Taps at equal distance
// share a weight; four results at a time share their loads.
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
	for len(dst) > 0 && len(src) >= window {
		s := (*[window]float64)(src)
		dst[0] = float64(weight5*s[5]) + float64(weight4*(s[4]+s[6])) + float64(weight3*(s[3]+s[7])) +
			float64(weight2*(s[2]+s[8])) + float64(weight1*(s[1]+s[9])) + float64(weight0*(s[0]+s[10]))
		dst, src = dst[1:], src[1:]
	}
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

// similarity sums equation 13 over a row of local moments. For equal planes numerator and denominator are
// computed from bit-equal values (doubling is exact), so that each quotient is exactly 1.
func similarity(local *moments) float64 {
	a, b, energy, product := local[0], local[1], local[2], local[3]
	n := len(a)
	b, energy, product = b[:n], energy[:n], product[:n]
	sum := 0.0
	for i := range a {
		muAB := float64(a[i] * b[i])
		muSquares := float64(a[i]*a[i]) + float64(b[i]*b[i])
		covariance := product[i] - muAB
		variances := energy[i] - muSquares
		sum += float64((2*muAB+c1)*(2*covariance+c2)) / float64((muSquares+c1)*(variances+c2))
	}
	return sum
}
