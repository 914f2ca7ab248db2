package grade

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// Kind says of what kind a global transform is.
type Kind string

// Kinds, those of few parameters first. A candidate that fits is called by the first of them that explains what can be
// explained; see [Fit].
const (
	Exposure        Kind = "exposure"          // one gain in linear light
	WhiteBalance    Kind = "white-balance"     // a gain for each channel in linear light
	Gamma           Kind = "gamma"             // a power of encoded values, or an encoding left out or done twice
	Levels          Kind = "levels"            // one gain and offset of encoded values: range, contrast, brightness
	Saturation      Kind = "saturation"        // a way from or to the grey of the same luma
	Channels        Kind = "channels"          // channels exchanged
	Inversion       Kind = "inversion"         // a negative
	Primaries       Kind = "primaries"         // numbers of one RGB space shown as another's
	YCbCr           Kind = "ycbcr-matrix"      // coded by the luma of one standard, decoded by another's
	ToneCurve       Kind = "tone-curve"        // one curve for all channels
	ChannelCurves   Kind = "channel-curves"    // a curve for each channel
	LinearMatrix    Kind = "matrix"            // a 3×3 matrix and an offset in linear light
	CurvesAndMatrix Kind = "curves-and-matrix" // curves, matrix, curves
	Table           Kind = "lut"               // none of these, but a function of the colour
)

// Named is a known transform that comes close to the fit.
type Named struct {
	// Name is one of the list in the package comment, for example "display-p3-read-as-srgb".
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Values are its fitted parameters, nil where it has none: exponent, gain and offset, red, green and blue, ev,
	// saturation.
	Values map[string]float64 `json:"values,omitempty"`
}

// known is a named transform as a function.
type known struct {
	Named
	size int // fitted parameters
	f    func([3]float64) [3]float64
}

func (k *known) apply(in [3]float64) [3]float64 { return k.f(in) }

// each applies a function to all three components.
func each(f func(float64) float64) func([3]float64) [3]float64 {
	return func(in [3]float64) [3]float64 { return [3]float64{f(in[0]), f(in[1]), f(in[2])} }
}

func linear(v float64) float64  { y, _ := sRGB().linear.at(v); return y }
func encoded(v float64) float64 { y, _ := sRGB().encoded.at(v); return y }

// power is a power that is odd, as the transfer functions are.
func power(v, exponent float64) float64 { return math.Copysign(math.Pow(math.Abs(v), exponent), v) }

// fixed are the transforms without parameters.
var fixed = sync.OnceValue(func() []known {
	all := []known{
		{Named{"inverted", Inversion, nil}, 0, each(func(v float64) float64 { return 1 - v })},
		{Named{"full-range-read-as-limited", Levels, nil}, 0, each(func(v float64) float64 { return (v*255 - 16) / 219 })},
		{Named{"limited-range-read-as-full", Levels, nil}, 0, each(func(v float64) float64 { return (v*219 + 16) / 255 })},
		{Named{"encoding-left-out", Gamma, nil}, 0, each(linear)},
		{Named{"encoded-twice", Gamma, nil}, 0, each(encoded)},
		{Named{"monochrome-bt601", Saturation, nil}, 0, mix(bt601, 0)},
		{Named{"monochrome-bt709", Saturation, nil}, 0, mix(bt709, 0)},
		{Named{"monochrome-mean", Saturation, nil}, 0, mix([3]float64{1. / 3, 1. / 3, 1. / 3}, 0)},
		{Named{"monochrome-luminance", Saturation, nil}, 0, luminance},
		{Named{"bt601-read-as-bt709", YCbCr, nil}, 0, recode(bt601, bt709)},
		{Named{"bt709-read-as-bt601", YCbCr, nil}, 0, recode(bt709, bt601)},
	}
	for _, swap := range []struct {
		name  string
		order [3]int
	}{
		{"red-and-blue-swapped", [3]int{2, 1, 0}}, {"red-and-green-swapped", [3]int{1, 0, 2}},
		{"green-and-blue-swapped", [3]int{0, 2, 1}}, {"channels-rotated-gbr", [3]int{1, 2, 0}},
		{"channels-rotated-brg", [3]int{2, 0, 1}},
	} {
		o := swap.order
		all = append(all, known{Named{swap.name, Channels, nil}, 0, func(in [3]float64) [3]float64 {
			return [3]float64{in[o[0]], in[o[1]], in[o[2]]}
		}})
	}
	return append(all, wrongSpaces()...)
})

// Luma weights of ITU-R BT.601-7, 2.5.1, and BT.709-6, 3.2.
var (
	bt601 = [3]float64{0.299, 0.587, 0.114}
	bt709 = [3]float64{0.2126, 0.7152, 0.0722}
)

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// mix goes from the grey of the same luma, 0, to the colour, 1, and beyond.
func mix(luma [3]float64, amount float64) func([3]float64) [3]float64 {
	return func(in [3]float64) [3]float64 {
		y := dot(luma, in)
		return [3]float64{y + amount*(in[0]-y), y + amount*(in[1]-y), y + amount*(in[2]-y)}
	}
}

// luminance is the grey of the same luminance.
func luminance(in [3]float64) [3]float64 {
	y := encoded(dot(bt709, [3]float64{linear(in[0]), linear(in[1]), linear(in[2])}))
	return [3]float64{y, y, y}
}

// recode codes to Y′CbCr by the luma weights of one standard and decodes by another's.
func recode(from, to [3]float64) func([3]float64) [3]float64 {
	return func(in [3]float64) [3]float64 {
		y := dot(from, in)
		cb, cr := (in[2]-y)/(1-from[2]), (in[0]-y)/(1-from[0])
		r, b := y+cr*(1-to[0]), y+cb*(1-to[2])
		return [3]float64{r, (y - to[0]*r - to[2]*b) / to[1], b}
	}
}

// families are the transforms with fitted parameters, fitted to cells.
func families(cells []cell) []known {
	ev, gains := fitGains(cells)
	exponent := fitPower(cells)
	gain, offset := fitLevels(cells)
	amount := fitSaturation(cells)
	return []known{
		{Named{"exposure", Exposure, map[string]float64{"ev": math.Log2(ev)}}, 1, scale([3]float64{ev, ev, ev})},
		{Named{whiteBalanceName(cells, gains), WhiteBalance, map[string]float64{"red": gains[0], "green": gains[1], "blue": gains[2]}}, 3, scale(gains)},
		{Named{gammaName(exponent), Gamma, map[string]float64{"exponent": exponent}}, 1, each(func(v float64) float64 { return power(v, exponent) })},
		{Named{"levels", Levels, map[string]float64{"gain": gain, "offset": offset}}, 2, each(func(v float64) float64 { return gain*v + offset })},
		{Named{"saturation", Saturation, map[string]float64{"saturation": amount}}, 1, mix(bt601, amount)},
	}
}

// scale multiplies linear light.
func scale(gains [3]float64) func([3]float64) [3]float64 {
	return func(in [3]float64) [3]float64 {
		return [3]float64{encoded(gains[0] * linear(in[0])), encoded(gains[1] * linear(in[1])), encoded(gains[2] * linear(in[2]))}
	}
}

// fitGains finds the one gain and the three gains of linear light by least squares of encoded values to first order:
// each cell's error in linear light counts by the slope of the encoding. Clipped components say nothing here.
func fitGains(cells []cell) (one float64, three [3]float64) {
	var up, down [3]float64
	for i := range cells {
		c := &cells[i]
		for k := range 3 {
			if c.clip[k] != unclipped {
				continue
			}
			in, out := linear(c.in[k]), linear(c.out[k])
			_, slope := sRGB().encoded.at(out)
			w := c.weight * slope * slope
			up[k] += w * in * out
			down[k] += w * in * in
		}
	}
	for k := range 3 {
		three[k] = ratio(up[k], down[k])
	}
	return ratio(up[0]+up[1]+up[2], down[0]+down[1]+down[2]), three
}

// ratio is a fitted gain: 1 where nothing speaks about it, and never so near zero that it has no logarithm.
func ratio(up, down float64) float64 {
	if down <= 0 {
		return 1
	}
	return max(up/down, 1e-6)
}

// fitPower finds the exponent by Newton's method on its logarithm.
func fitPower(cells []cell) float64 {
	var logs, want, weights []float64
	for i := range cells {
		c := &cells[i]
		for k := range 3 {
			if c.clip[k] == unclipped && c.in[k] > 0 {
				logs, want, weights = append(logs, math.Log(c.in[k])), append(want, c.out[k]), append(weights, c.weight)
			}
		}
	}
	g := 0.0
	for range 5 {
		var up, down float64
		e := math.Exp(g)
		for i, l := range logs {
			v := math.Exp(e * l)
			slope := v * l * e
			up += weights[i] * slope * (want[i] - v)
			down += weights[i] * slope * slope
		}
		if down > 0 {
			g = min(max(g+up/down, -3), 3)
		}
	}
	return math.Exp(g)
}

func fitLevels(cells []cell) (gain, offset float64) {
	q := newNormal(2)
	for i := range cells {
		c := &cells[i]
		for k := range 3 {
			if c.clip[k] == unclipped {
				d := derivative{n: 2, index: [12]int{0, 1}, slope: [12]float64{c.in[k], 1}}
				q.observe(&d, c.weight, c.out[k]-c.in[k])
			}
		}
	}
	x := q.solve()
	return 1 + x[0], x[1]
}

func fitSaturation(cells []cell) float64 {
	var up, down float64
	for i := range cells {
		c := &cells[i]
		y := dot(bt601, c.in)
		for k := range 3 {
			if c.clip[k] == unclipped {
				up += c.weight * (c.in[k] - y) * (c.out[k] - y)
				down += c.weight * (c.in[k] - y) * (c.in[k] - y)
			}
		}
	}
	if down <= 0 {
		return 1
	}
	return up / down
}

// gammaName recognises the quotients of the display gammas in use, within 1.2 %.
func gammaName(exponent float64) string {
	for _, g := range []struct {
		name     string
		exponent float64
	}{
		{"gamma-1.8-read-as-2.2", 2.2 / 1.8}, {"gamma-2.2-read-as-1.8", 1.8 / 2.2},
		{"gamma-2.2-read-as-2.4", 2.4 / 2.2}, {"gamma-2.4-read-as-2.2", 2.2 / 2.4},
		{"gamma-1.8-read-as-2.4", 2.4 / 1.8}, {"gamma-2.4-read-as-1.8", 1.8 / 2.4},
	} {
		if math.Abs(exponent/g.exponent-1) < 0.012 {
			return g.name
		}
	}
	return "gamma"
}

// whiteBalanceName tells an automatic balance by the mean of the picture (grey world) from another: the candidate's
// channels have the same mean of linear light within 2 %, and the reference's have not.
func whiteBalanceName(cells []cell, gains [3]float64) string {
	var ref, cand [3]float64
	for i := range cells {
		for k := range 3 {
			v := linear(cells[i].in[k])
			ref[k] += cells[i].weight * v
			cand[k] += cells[i].weight * v * gains[k]
		}
	}
	grey := func(v [3]float64) bool { return max(v[0], v[1], v[2]) < 1.02*min(v[0], v[1], v[2]) }
	if grey(cand) && !grey(ref) {
		return "grey-world-white-balance"
	}
	return "white-balance"
}

// nearest is the known transform that comes nearest, nil if none is nearer than doing nothing. The few that are nearest
// in encoded values are judged by ΔE00; a parameter more must take away a tenth of what remains.
func nearest(cells []cell) *known {
	type rated struct {
		known
		error float64
	}
	var all []rated
	for _, k := range append(slices.Clone(fixed()), families(cells)...) {
		all = append(all, rated{k, squaredError(cells, clipped{&k})})
	}
	slices.SortStableFunc(all, func(p, q rated) int { return cmp.Compare(p.error, q.error) })
	least := cellEnergy(cells, identity{})
	var best *known
	for i := range all[:8] {
		k := &all[i].known
		if energy := cellEnergy(cells, k) * (1 + 0.1*float64(k.size)); energy < least {
			least, best = energy, k
		}
	}
	return best
}

// squaredError is what the fits make small, without a prior.
func squaredError(cells []cell, t transform) (sum float64) {
	for i := range cells {
		c := &cells[i]
		out := t.apply(c.in)
		for k := range 3 {
			if r, counts := c.misses(k, out[k]); counts {
				sum += c.weight * r * r
			}
		}
	}
	return sum
}

// clipped is a transform whose results are clipped, as those of a picture are. Fits go without: where results are clipped
// they would find no slope.
type clipped struct{ transform }

func (t clipped) apply(in [3]float64) [3]float64 {
	out := t.transform.apply(in)
	for c, v := range out {
		out[c] = min(max(v, 0), 1)
	}
	return out
}
