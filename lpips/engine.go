package lpips

import "math"

// engine is one implementation of the inner loops.
type engine struct {
	name string
	// panels is how many panels row takes at once.
	panels int
	// row convolves adjacent pixels.
	row func(t *tile, pixels int)
	// pool writes pixels maxima of each channel over windows of side×side, which are two pixels apart; row is the
	// distance of two rows of src in floats. channels is a multiple of 16.
	pool func(dst, src []float32, pixels, channels, row, side int)
	// distance writes, for each pixel of dst, the sum over the channels of weights·(a/(|a|+1e-10) − b/(|b|+1e-10))².
	// Equal features give exactly 0. len(weights), the number of channels, is a multiple of 16.
	distance func(dst, a, b, weights []float32)
}

// plain is the engine in Go, for processors without another.
var plain = &engine{"plain", 1, plainRow, plainPool, plainDistance}

// plainRow does two pixels and four channels at a time: their sums and factors are what fits in 16 registers.
func plainRow(t *tile, pixels int) {
	for x := 0; x < pixels; x += 2 {
		second := min(x+1, pixels-1) // at an odd end the same pixel twice
		for channel := 0; channel < panel*t.panels; channel += 4 {
			plainQuad(t, x, second, channel)
		}
	}
}

func plainQuad(t *tile, x, second, channel int) {
	n := t.products()
	weights := t.weights[channel/panel*panel*n+channel%panel:]
	bias := t.bias[channel : channel+4 : channel+4]
	p0, p1, p2, p3 := bias[0], bias[1], bias[2], bias[3]
	q0, q1, q2, q3 := p0, p1, p2, p3
	at := 0
	for y := range t.runs {
		p := t.in[x*t.inStep+y*t.inRow:][:t.run]
		q := t.in[second*t.inStep+y*t.inRow:][:t.run]
		for k, a := range p {
			b, w := q[k], weights[at:at+4:at+4]
			p0 += a * w[0]
			q0 += b * w[0]
			p1 += a * w[1]
			q1 += b * w[1]
			p2 += a * w[2]
			q2 += b * w[2]
			p3 += a * w[3]
			q3 += b * w[3]
			at += panel
		}
	}
	out := t.out[x*t.outStep+channel:]
	out[0], out[1], out[2], out[3] = max(p0, 0), max(p1, 0), max(p2, 0), max(p3, 0)
	out = t.out[second*t.outStep+channel:]
	out[0], out[1], out[2], out[3] = max(q0, 0), max(q1, 0), max(q2, 0), max(q3, 0)
}

func plainPool(dst, src []float32, pixels, channels, row, side int) {
	for x := range pixels {
		for c := range channels {
			at := 2*x*channels + c
			most := src[at]
			for y := range side {
				for dx := range side {
					most = max(most, src[at+y*row+dx*channels])
				}
			}
			dst[x*channels+c] = most
		}
	}
}

func plainDistance(dst, a, b, weights []float32) {
	channels := len(weights)
	for x := range dst {
		p, q := a[x*channels:][:channels], b[x*channels:][:channels]
		ip, iq := inverseNorm(p), inverseNorm(q)
		var sum float32
		for c, w := range weights {
			// The conversions keep the products rounded, where an architecture would fuse one with the difference:
			// equal features must give 0.
			d := float32(p[c]*ip) - float32(q[c]*iq)
			sum += w * d * d
		}
		dst[x] = sum
	}
}

func inverseNorm(v []float32) float32 {
	var sum float32
	for _, f := range v {
		sum += f * f
	}
	return 1 / (float32(math.Sqrt(float64(sum))) + 1e-10)
}
