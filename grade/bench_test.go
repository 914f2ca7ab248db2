package grade

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkMegapixel is a pair of one megapixel: its rows, and the fit.
func BenchmarkMegapixel(b *testing.B) {
	p := scene(1, 1200, 833)
	cand := noisy(3)(p.mapped(look(1)), rand.New(rand.NewPCG(1, 2)))
	b.Run("rows", func(b *testing.B) {
		a := NewAccumulator()
		b.ReportAllocs()
		for b.Loop() {
			add(b, a, p, cand)
		}
	})
	b.Run("fit", func(b *testing.B) {
		a := NewAccumulator()
		add(b, a, p, cand)
		b.ReportAllocs()
		for b.Loop() {
			a.Fit()
		}
	})
}
