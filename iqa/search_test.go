package iqa

import (
	"math"
	"math/rand/v2"
	"testing"
)

// recipe makes a pair of planes whose parameters a search can move: both are a level, a step, and noise, of which the
// two share a part. Flat bright, black, opposite and noisy pictures, and everything between, are among them.
type recipe struct {
	level, step, noise [2]float64
	shared             float64 // how much of the candidate's noise is the reference's
	period             [2]float64
	whole              bool // integer values, as of a grey 8-bit picture
	seed               uint64
}

func randomRecipe(r *rand.Rand) recipe {
	edge := func() float64 { // prefers the ends
		return min(max(-60+375*r.Float64(), 0), 255)
	}
	size := func() float64 { return math.Pow(10, 3*r.Float64()-1.5) * float64(r.IntN(4)/3*10+1) }
	return recipe{
		level:  [2]float64{edge(), edge()},
		step:   [2]float64{(edge() - 128) * float64(r.IntN(2)), (edge() - 128) * float64(r.IntN(2))},
		noise:  [2]float64{size() * float64(r.IntN(2)), size() * float64(r.IntN(2))},
		shared: r.Float64() * float64(r.IntN(2)),
		period: [2]float64{1 + 20*r.Float64(), 1 + 20*r.Float64()},
		whole:  r.IntN(2) == 0,
		seed:   r.Uint64(),
	}
}

// moved is a recipe nearby.
func (c recipe) moved(r *rand.Rand) recipe {
	for i := range 2 {
		c.level[i] = min(max(c.level[i]+4*r.NormFloat64(), 0), 255)
		c.step[i] *= 1 + 0.1*r.NormFloat64()
		c.noise[i] *= 1 + 0.2*r.NormFloat64()
	}
	if r.IntN(3) == 0 {
		c.seed = r.Uint64()
	}
	return c
}

func (c recipe) planes(w, h int) (Plane, Plane) {
	r := rand.New(rand.NewPCG(c.seed, 7))
	p, q := Plane{w, h, make([]float32, w*h)}, Plane{w, h, make([]float32, w*h)}
	for i := range p.Pix {
		x, y := float64(i%w), float64(i/w)
		na, nb := r.NormFloat64(), r.NormFloat64()
		on := math.Floor(x/c.period[0]) + math.Floor(y/c.period[1])
		odd := on - 2*math.Floor(on/2)
		p.Pix[i] = c.value(0, odd, na)
		q.Pix[i] = c.value(1, odd, c.shared*na+(1-c.shared)*nb)
	}
	return p, q
}

func (c recipe) value(i int, odd, noise float64) float32 {
	v := c.level[i] + c.step[i]*odd + c.noise[i]*noise
	if c.whole {
		v = math.Round(v)
	}
	return float32(min(max(v, 0), 255))
}

// hardest climbs from random recipes to a large error of what a measure takes from pictures of w×h.
func hardest(r *rand.Rand, k kernels, w, h, starts, steps int) (worst float64, at recipe) {
	ws := &Workspace{buf: new(buffers), kernels: k}
	err := func(c recipe) float64 {
		p, q := c.planes(w, h)
		in, _ := planes(p, q)
		full, second := ws.walk(&in, walkSinks{})
		wantFull, wantSecond := reference(p, q)
		if w < smallestMS>>(scales-2) { // MS-SSIM takes the second factor of larger scales only
			return math.Abs(full - wantFull)
		}
		return max(math.Abs(full-wantFull), math.Abs(second-wantSecond))
	}
	for range starts {
		c := randomRecipe(r)
		e := err(c)
		for range steps {
			d := c.moved(r)
			if f := err(d); f > e {
				c, e = d, f
			}
		}
		if e > worst {
			worst, at = e, c
		}
	}
	return worst, at
}

// TestHardestPictures searches for the largest error there is. That is of a picture of a single window, with levels
// between the integers, where no mean hides what rounding a row's mean to float32 does: minutes of this search found
// 9e-7. Larger pictures stay far below.
func TestHardestPictures(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]kernels{"plain": plain, "fastest": fastest()} {
		for _, c := range []struct {
			w, h, starts int
			most         float64
		}{{11, 11, 400, 1e-6}, {18, 14, 40, 4e-7}, {40, 30, 2, 1e-7}} {
			worst, at := hardest(rand.New(rand.NewPCG(14, 1)), k, c.w, c.h, c.starts, 20)
			if worst > c.most {
				t.Errorf("%s, %d×%d: an error of %v, of %+v", name, c.w, c.h, worst, at)
			}
		}
	}
}
