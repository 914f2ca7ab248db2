package pixels

import (
	"fmt"
	"math"
	"sync"

	"github.com/safelight-dev/safelight/colour"
)

// Filter is a way to resample, always in linear light: averaging encoded values would darken fine detail.
type Filter string

// Filters.
const (
	// Area weighs each source pixel by the part of it that an output pixel covers: the mean of what is there.
	Area Filter = "area"
	// Lanczos is the windowed sinc of three lobes, stretched when it shrinks. It keeps more detail than Area and
	// may overshoot at edges.
	Lanczos Filter = "lanczos3"
)

// Resize returns the image in another size, of the same depth, opaque as it is shown. The size must be positive.
func (m *Image) Resize(width, height int, f Filter) (*Image, error) {
	if f != Area && f != Lanczos {
		return nil, fmt.Errorf("resize to %d×%d: the filter %q is unknown; use %s or %s", width, height, f, Area, Lanczos)
	}
	if width <= 0 || height <= 0 {
		return nil, fmt.Errorf("resize to %d×%d: the size must be positive", width, height)
	}
	out := *m
	out.Width, out.Height, out.FullWidth, out.FullHeight, out.HasAlpha = width, height, width, height, false
	out.RGB8, out.RGB16, out.plane8, out.plane16 = nil, nil, planes[uint8]{}, planes[uint16]{}
	r := resizer{src: m, across: taps(m.Width, width, f), down: taps(m.Height, height, f)}
	if m.Depth == 16 {
		out.plane16.colour = make([]uint16, 3*width*height)
		out.RGB16 = out.plane16.colour
		r.run(func(y int, row []float32) { encode16(out.Row16(y), row) })
	} else {
		out.plane8.colour = make([]uint8, 3*width*height)
		out.RGB8 = out.plane8.colour
		r.run(func(y int, row []float32) { encode8(out.Row8(y), row) })
	}
	return &out, nil
}

// tap says which source positions make one output position.
type tap struct {
	first   int
	weights []float32 // they add up to 1
}

// taps returns the weights of each of the n output positions over m source positions.
func taps(m, n int, f Filter) []tap {
	scale := float64(m) / float64(n)
	out := make([]tap, n)
	for i := range out {
		if f == Area {
			out[i] = areaTap(m, scale, i)
		} else {
			out[i] = lanczosTap(m, scale, i)
		}
	}
	return out
}

// areaTap weighs by overlap.
func areaTap(m int, scale float64, i int) tap {
	from, to := float64(i)*scale, float64(i+1)*scale
	first := min(int(from), m-1)
	last := min(max(int(math.Ceil(to)), first+1), m)
	return normalised(first, last, func(x int) float64 { return min(to, float64(x+1)) - max(from, float64(x)) })
}

// lanczosTap centres the kernel on the output pixel's centre; at the borders the outer part is left out.
func lanczosTap(m int, scale float64, i int) tap {
	const lobes = 3
	stretch := max(scale, 1)
	centre := (float64(i)+0.5)*scale - 0.5
	first := max(int(math.Ceil(centre-lobes*stretch)), 0)
	last := min(int(math.Floor(centre+lobes*stretch))+1, m)
	return normalised(first, last, func(x int) float64 {
		d := (float64(x) - centre) / stretch
		return sinc(d) * sinc(d/lobes)
	})
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

func normalised(first, last int, weight func(x int) float64) tap {
	sum := 0.0
	for x := first; x < last; x++ {
		sum += weight(x)
	}
	t := tap{first, make([]float32, last-first)}
	for k := range t.weights {
		t.weights[k] = float32(weight(first+k) / sum)
	}
	return t
}

// resizer filters rows across as they are needed and keeps them until no output row needs them.
type resizer struct {
	src          *Image
	across, down []tap
}

func (r *resizer) run(emit func(y int, row []float32)) {
	span := 0
	for _, t := range r.down {
		span = max(span, len(t.weights))
	}
	ring := make([][]float32, span) // source row y stands at y mod span
	for i := range ring {
		ring[i] = make([]float32, 3*len(r.across))
	}
	line, out := make([]float32, 3*r.src.Width), make([]float32, 3*len(r.across))
	ready := 0
	for y, t := range r.down {
		for ready = max(ready, t.first); ready < t.first+len(t.weights); ready++ {
			r.linear(line, ready)
			filterRow(ring[ready%span], line, r.across)
		}
		clear(out)
		for k, w := range t.weights {
			for i, v := range ring[(t.first+k)%span] {
				out[i] += float32(w * v)
			}
		}
		emit(y, out)
	}
}

func filterRow(dst, src []float32, across []tap) {
	for x, t := range across {
		var r, g, b float32
		p := src[3*t.first:]
		for k, w := range t.weights {
			r += float32(w * p[3*k])
			g += float32(w * p[3*k+1])
			b += float32(w * p[3*k+2])
		}
		dst[3*x], dst[3*x+1], dst[3*x+2] = r, g, b
	}
}

// linear writes source row y in linear light, 0 to 1.
func (r *resizer) linear(dst []float32, y int) {
	table := linearTable()
	if r.src.Depth == 16 {
		for i, v := range r.src.Row16(y) {
			dst[i] = table[v]
		}
		return
	}
	for i, v := range r.src.Row8(y) {
		dst[i] = table[257*int(v)]
	}
}

// linearTable is linear light by 16-bit sample.
var linearTable = sync.OnceValue(func() *[65536]float32 {
	t := new([65536]float32)
	for i := range t {
		t[i] = float32(colour.ToLinear(float64(i) / 65535))
	}
	return t
})

// encodedTable is the 16-bit sample by linear light in steps of 1/65535. In the dark, where the curve is steepest, two
// entries lie 13 apart: for 16-bit output the rest is interpolated.
var encodedTable = sync.OnceValue(func() *[65537]float32 {
	t := new([65537]float32)
	for i := range t {
		t[i] = float32(65535 * colour.ToEncoded(min(float64(i)/65535, 1)))
	}
	return t
})

// encoded is the sample, 0 to 65535 with its fraction, of linear light.
func encoded(table *[65537]float32, v float32) float32 {
	at := min(max(v, 0), 1) * 65535
	i := int(at)
	return table[i] + (at-float32(i))*(table[i+1]-table[i])
}

func encode8(dst []uint8, row []float32) {
	table := encodedTable()
	for i, v := range row {
		dst[i] = uint8(encoded(table, v)/257 + 0.5)
	}
}

func encode16(dst []uint16, row []float32) {
	table := encodedTable()
	for i, v := range row {
		dst[i] = uint16(encoded(table, v) + 0.5)
	}
}
