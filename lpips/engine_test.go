package lpips

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// fill gives guarded memory random values in ±1, or in 0 to 1.
func fill(t testing.TB, r *rand.Rand, n int, positive bool) []float32 {
	t.Helper()
	v := guarded(t, n)
	for i := range v {
		if v[i] = r.Float32(); !positive {
			v[i] = 2*v[i] - 1
		}
	}
	return v
}

// naiveConvolution is the definition: weights in the order output, input, row, column, sums in float64.
func naiveConvolution(c *conv, weights []float32, src planes, i, x, y, o int) float64 {
	sum := float64(c.bias[o])
	for ci := range c.in {
		for ky := range c.side {
			for kx := range c.side {
				sx, sy := x*c.stride+kx-c.pad, y*c.stride+ky-c.pad
				if sx < 0 || sy < 0 || sx >= src.width || sy >= src.height {
					continue
				}
				sum += float64(weights[((o*c.in+ci)*c.side+ky)*c.side+kx]) * float64(src.from(i, sx, sy)[ci])
			}
		}
	}
	return max(sum, 0)
}

// TestConvolutionFollowsItsDefinition covers every width of a tile and its neighbours, one panel, two, three and four,
// and all the filters of the networks, between guard pages.
func TestConvolutionFollowsItsDefinition(t *testing.T) {
	t.Parallel()
	type shape struct{ in, out, side, stride, pad int }
	shapes := []shape{
		{3, 16, 11, 4, 2}, {3, 64, 3, 2, 0}, {3, 32, 3, 1, 1}, {16, 48, 5, 1, 2}, {16, 16, 1, 1, 0}, {32, 48, 1, 1, 0}, {48, 64, 3, 1, 1}, {5, 32, 2, 1, 0}, {1, 16, 1, 1, 0},
	}
	for _, s := range shapes {
		for _, e := range engines() {
			t.Run(fmt.Sprintf("%+v/%s", s, e.name), func(t *testing.T) {
				t.Parallel()
				for width := 1; width <= 30; width++ {
					convolutionCase(t, e, newConv("", s.in, s.out, s.side, s.stride, s.pad), width, 1+width%3)
				}
			})
		}
	}
}

// convolutionCase convolves two pictures to a size of width×height, into the middle of wider planes.
func convolutionCase(t *testing.T, e *engine, c *conv, width, height int) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(width), uint64(c.in*1000+c.side)))
	src := planes{width: (width-1)*c.stride + c.side - 2*c.pad, height: (height-1)*c.stride + c.side - 2*c.pad, channels: c.in, margin: c.pad}
	if src.width < 1 || src.height < 1 {
		return
	}
	src.data = fill(t, r, int(src.size()), false)
	src.clearMargin()
	weights := fill(t, r, c.out*c.in*c.side*c.side, false)
	c.weights = append(guarded(t, len(weights))[:0], c.pack(weights)...)
	c.bias = fill(t, r, c.out, false)
	const first, after = 16, 16
	dst := planes{width: width, height: height, channels: first + c.out + after, margin: 1}
	dst.data = guarded(t, int(dst.size()))
	for i := range dst.data {
		dst.data[i] = -7
	}
	c.into(new(Workspace), e, dst, src, first)
	at := ""
	if got, want, bad := convolved(c, weights, src, dst, first); bad {
		at = fmt.Sprintf("a value is %v, want %v", got, want)
	}
	untouched := 0
	for _, v := range dst.data {
		if v == -7 {
			untouched++
		}
	}
	if touched := len(dst.data) - untouched; touched != 2*width*height*c.out {
		at += fmt.Sprintf("; %d values were written, want %d", touched, 2*width*height*c.out)
	}
	if at != "" {
		t.Fatalf("%s, width %d: %s", e.name, width, at)
	}
}

// convolved compares all outputs with the definition and returns the first that differs.
func convolved(c *conv, weights []float32, src, dst planes, first int) (got, want float64, bad bool) {
	bound := 1e-6 * float64(c.in*c.side*c.side)
	for i := range 2 * dst.height * dst.width * c.out {
		o, x, y, picture := i%c.out, i/c.out%dst.width, i/c.out/dst.width%dst.height, i/c.out/dst.width/dst.height
		got, want = float64(dst.from(picture, x, y)[first+o]), naiveConvolution(c, weights, src, picture, x, y, o)
		if !(math.Abs(got-want) <= bound) {
			return got, want, true
		}
	}
	return 0, 0, false
}

// TestPoolIsTheMaximum covers both windows, exactly.
func TestPoolIsTheMaximum(t *testing.T) {
	t.Parallel()
	for _, e := range engines() {
		for _, side := range []int{2, 3} {
			for _, channels := range []int{16, 48, 64} {
				for pixels := 0; pixels <= 9; pixels++ {
					r := rand.New(rand.NewPCG(uint64(pixels), uint64(channels)))
					row := (2*pixels + side) * channels
					src := fill(t, r, side*row, true)
					dst := fill(t, r, pixels*channels, true)
					e.pool(dst, src, pixels, channels, row, side)
					for i, got := range dst {
						want := float32(0)
						for y := range side {
							for x := range side {
								want = max(want, src[y*row+(2*(i/channels)+x)*channels+i%channels])
							}
						}
						if got != want {
							t.Fatalf("%s, %d×%d: value %d of %d pixels with %d channels is %v, want %v", e.name, side, side, i, pixels, channels, got, want)
						}
					}
				}
			}
		}
	}
}

// TestFeatureDistanceFollowsItsDefinition compares with float64, and checks that equal features give exactly 0.
func TestFeatureDistanceFollowsItsDefinition(t *testing.T) {
	t.Parallel()
	for _, e := range engines() {
		for _, channels := range []int{16, 64, 192, 512} {
			for pixels := 0; pixels <= 9; pixels++ {
				r := rand.New(rand.NewPCG(uint64(pixels), uint64(channels)))
				a, b := fill(t, r, pixels*channels, true), fill(t, r, pixels*channels, true)
				weights, dst := fill(t, r, channels, true), fill(t, r, pixels, true)
				if pixels > 2 {
					clear(a[:channels])                            // no features against some
					clear(a[channels : 2*channels])                // none against none
					clear(b[channels : 2*channels])                //
					copy(b[2*channels:3*channels], a[2*channels:]) // equal ones
				}
				e.distance(dst, a, b, weights)
				for x, got := range dst {
					want := naiveDistance(a[x*channels:][:channels], b[x*channels:][:channels], weights)
					if math.Abs(float64(got)-want) > 1e-6*(1+want) || want == 0 && got != 0 {
						t.Fatalf("%s: pixel %d of %d with %d channels is %v, want %v", e.name, x, pixels, channels, got, want)
					}
				}
			}
		}
	}
}

func naiveDistance(a, b, weights []float32) float64 {
	var na, nb, sum float64
	for c := range weights {
		na += float64(a[c]) * float64(a[c])
		nb += float64(b[c]) * float64(b[c])
	}
	na, nb = math.Sqrt(na)+1e-10, math.Sqrt(nb)+1e-10
	for c, w := range weights {
		d := float64(a[c])/na - float64(b[c])/nb
		sum += float64(w) * d * d
	}
	return sum
}
