package lpips

import (
	"fmt"
	"testing"
)

// BenchmarkDistance gives megapixel pairs per second of each network and engine, with seeded weights.
func BenchmarkDistance(b *testing.B) {
	const side = 256
	for _, kind := range Kinds() {
		n := seeded(b, kind)
		p, q := seededPair(side, side)
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
