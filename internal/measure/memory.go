package measure

import (
	"math"

	"github.com/safelight-dev/safelight/pixels"
)

// Fit is how a reference of another size is resampled; empty for not at all.
func (m *Meter) Fit() pixels.Filter { return m.o.Budget.Fit }

// Memory is how much a measurement takes at most besides the pictures, in bytes.
func (m *Meter) Memory(ref, cand pixels.Cost) int64 {
	const rows = 2 << 20
	shown := pairBytes(ref, cand, m.o.Budget.Fit)
	n := rows + shown + 8*int64(max(cand.Width, cand.Height)) // the last: a row of the map of ΔE00 and of its tiles
	if ref.Alpha || cand.Alpha {                              // both on black, and whatever those need to be of one size and depth
		n += shown + channelBytes(ref, 3) + channelBytes(cand, 3)
	}
	if m.o.wantsMSSSIM() { // four scales of two values, a quarter each, in rows that are a bit longer
		n += 8 * (cand.Pixels()/3 + 64*int64(max(cand.Width, cand.Height)+64))
	}
	if m.o.Network != nil && m.o.wantsLPIPS() {
		n += m.lpipsBytes(ref, cand)
	}
	return n
}

// pairBytes is what it takes to bring a pair to one size and depth; see [Fitted].
func pairBytes(ref, cand pixels.Cost, fit pixels.Filter) (n int64) {
	// Sizes are not upright: those that are equal may still differ by a pixel each way.
	if fit != "" && (ref.Width != cand.Width || ref.Height != cand.Height || max(cand.Width, cand.Height)-min(cand.Width, cand.Height) == 1) {
		n += channelBytes(pixels.Cost{Width: cand.Width, Height: cand.Height, Depth: ref.Depth}, 3)
		n += resizeBytes(ref, cand.Width, cand.Height)
	}
	for _, c := range [...]pixels.Cost{ref, cand} {
		if other := max(ref.Depth, cand.Depth); other == 16 && (c.Depth == 8 || c.Narrow) {
			c.Depth = 16
			n += channelBytes(c, 3)
			if c.Alpha {
				n += channelBytes(c, 4)
			}
		}
	}
	return n
}

func channelBytes(c pixels.Cost, channels int64) int64 {
	return c.Pixels() * channels * int64(c.Depth/8)
}

// resizeBytes is what resampling takes besides the result: weights and rows of
// floats, as many as the widest filter spans.
func resizeBytes(from pixels.Cost, w, h int) int64 {
	long, side := int64(max(from.Width, from.Height)), int64(max(w, h, 1))
	span := 6*max(long/int64(max(min(w, h), 1)), 1) + 8
	return 12*long + (span+2)*12*side + 2*side*(4*span+64)
}

// lpipsBytes is what LPIPS takes: two pictures of at most lpipsSide² pixels and
// the features of the network.
func (m *Meter) lpipsBytes(ref, cand pixels.Cost) int64 {
	w, h := shrunkSize(max(cand.Width, 1), max(cand.Height, 1))
	features := int64(0)
	for _, size := range [][2]int{{w, h}, {h, w}} { // upright or not
		if n, err := m.o.Network.Kind().Memory(size[0], size[1]); err == nil {
			features = max(features, n)
		}
	}
	depth := int64(max(ref.Depth, cand.Depth) / 8)
	return features + 2*3*depth*int64(w)*int64(h) + 2*resizeBytes(cand, w, h)
}

// shrunkSize is the size that LPIPS is measured at.
func shrunkSize(w, h int) (int, int) {
	n := float64(w) * float64(h)
	if n <= lpipsSide*lpipsSide {
		return w, h
	}
	scale := lpipsSide / math.Sqrt(n)
	return max(int(float64(w)*scale), 1), max(int(float64(h)*scale), 1)
}

// HeatmapMemory is how much a [Heatmap] takes at most besides the pictures, and
// its PNG, which is no larger than the map and grows, in bytes.
func HeatmapMemory(ref, cand pixels.Cost, fit pixels.Filter) int64 {
	n := 2<<20 + pairBytes(ref, cand, fit) + 4*cand.Pixels() + 9*cand.Pixels()
	if ref.Alpha || cand.Alpha {
		n += pairBytes(ref, cand, fit) + channelBytes(ref, 3) + channelBytes(cand, 3)
	}
	return n
}
