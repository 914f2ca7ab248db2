package lpips

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// uniform is SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): n values in
// [0, 1) of 24 bits each. testdata/seeded.py has the same.
func uniform(seed uint64, n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		z := seed + uint64(i+1)*0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		values[i] = float32(float64(z>>40) / (1 << 24))
	}
	return values
}

// seededTensors are those of testdata/seeded.py: tensor k of the specification is seeded with 1000·k + 1.
func seededTensors(kind Kind) map[string]Tensor {
	tensors := map[string]Tensor{}
	for k, s := range kind.Specs() {
		n, fan := 1, 1
		for i, d := range s.Shape {
			n *= d
			if i > 0 {
				fan *= d
			}
		}
		v := uniform(uint64(1000*k+1), n)
		switch {
		case strings.HasPrefix(s.Name, "lin"):
		case strings.HasSuffix(s.Name, ".bias"):
			stretch(v, 0.1)
		default:
			stretch(v, float32(math.Sqrt(6/float64(fan))))
		}
		tensors[s.Name] = Tensor{s.Shape, v}
	}
	return tensors
}

// stretch maps [0, 1) to ±bound.
func stretch(v []float32, bound float32) {
	for i := range v {
		v[i] = (v[i]*2 - 1) * bound
	}
}

func seeded(t testing.TB, kind Kind) *Network {
	t.Helper()
	n, err := New(kind, seededTensors(kind))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// seededPair is a picture of noise and the same with up to ±31 added.
func seededPair(width, height int) (a, b Picture) {
	n := 3 * width * height
	seed := uint64(width*65536 + height)
	p, q := uniform(seed, n), uniform(seed+7, n)
	a, b = Picture{Width: width, Height: height}, Picture{Width: width, Height: height}
	for i := range p {
		v := int(p[i] * 256)
		a.RGB8 = append(a.RGB8, uint8(v))
		b.RGB8 = append(b.RGB8, uint8(min(max(v+int(q[i]*63)-31, 0), 255)))
	}
	return a, b
}

// golden is what PyTorch makes of a seeded network and pair.
type golden struct {
	Network       Kind
	Width, Height int
	Torch         float64      // the distance in float32
	Exact         []float64    // its summands in float64
	Features      [][2]float64 // mean and maximum after each layer, in float64
}

func goldens(t *testing.T) []golden {
	t.Helper()
	text, err := os.ReadFile("testdata/seeded.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []golden
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestSeededNetworksAgreeWithPyTorch proves all three graphs, layer by layer, on every engine of this processor.
func TestSeededNetworksAgreeWithPyTorch(t *testing.T) {
	t.Parallel()
	networks := map[Kind]*Network{}
	for _, kind := range Kinds() {
		networks[kind] = seeded(t, kind)
	}
	for _, g := range goldens(t) {
		for _, e := range engines() {
			if e == plain && g.Network == VGG && g.Width > 32 {
				continue // minutes with the race detector, and the smaller size has the same layers
			}
			t.Run(fmt.Sprintf("%s/%dx%d/%s", g.Network, g.Width, g.Height, e.name), func(t *testing.T) {
				t.Parallel()
				n := *networks[g.Network]
				n.engine = e
				g.compare(t, &n)
			})
		}
	}
}

func (g golden) compare(t *testing.T, n *Network) {
	t.Helper()
	a, b := seededPair(g.Width, g.Height)
	var w Workspace
	d, err := n.Distance(&w, a, b)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(d.Value-g.Torch) > 1e-6 {
		t.Errorf("distance %.8f, PyTorch gives %.8f", d.Value, g.Torch)
	}
	for i, want := range g.Exact {
		if math.Abs(d.Stages[i]-want) > 1e-6 {
			t.Errorf("stage %d: %.8f, in float64 it is %.8f", i, d.Stages[i], want)
		}
	}
	if n.engine == plain && n.kind == VGG {
		return // its layers once more would take minutes with the race detector
	}
	p := entrance(n.stages, g.Width, g.Height)
	p.data = make([]float32, p.size())
	a.scale(p, 0)
	b.scale(p, 1)
	for i, s := range n.stages {
		q := exit(n.stages, i, p)
		q.data = make([]float32, q.size())
		s.layer.run(&w, n.engine, q, p)
		p = q
		if mean, most := summary(p); !near(mean, g.Features[i][0]) || !near(most, g.Features[i][1]) {
			t.Errorf("layer %d: features of mean %.7g and maximum %.7g, want %.7g and %.7g", i, mean, most, g.Features[i][0], g.Features[i][1])
		}
	}
}

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-5*math.Abs(want) }

func summary(p planes) (mean, most float64) {
	for i := range 2 {
		for y := range p.height {
			for _, v := range p.from(i, 0, y)[:p.width*p.channels] {
				mean += float64(v)
				most = max(most, float64(v))
			}
		}
	}
	return mean / float64(2*p.width*p.height*p.channels), most
}
