package lpips

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkDistance gives megapixel pairs per second of each network and engine, with random weights.
func BenchmarkDistance(b *testing.B) {
	const side = 512
	for _, kind := range Kinds() {
		n := random(b, kind, 1)
		p, q := noise(side, side, 2), noise(side, side, 3)
		for _, e := range engines() {
			n.engine = e
			b.Run(fmt.Sprintf("%s/%s", kind, e.name), func(b *testing.B) {
				var w Workspace
				b.ReportAllocs()
				for b.Loop() {
					if _, err := n.Distance(&w, p, q); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(side*side/1e6*float64(b.N)/b.Elapsed().Seconds(), "MP-pairs/s")
			})
		}
	}
}

func random(t testing.TB, kind Kind, seed uint64) *Network {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	tensors := map[string]Tensor{}
	for _, s := range kind.Specs() {
		n := 1
		for _, d := range s.Shape {
			n *= d
		}
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(r.NormFloat64()) * .05
		}
		tensors[s.Name] = Tensor{s.Shape, v}
	}
	n, err := New(kind, tensors)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func noise(w, h int, seed uint64) Picture {
	r := rand.New(rand.NewPCG(seed, 0))
	p := Picture{Width: w, Height: h, RGB8: make([]uint8, 3*w*h)}
	for i := range p.RGB8 {
		p.RGB8[i] = uint8(r.Uint32())
	}
	return p
}
