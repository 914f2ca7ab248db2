//go:build !race

package pixels

import "testing"

// TestCostIsABound decodes files of every kind and holds what it takes against what was foretold. Under the race detector
// pools drop what they hold and memory grows in other steps.
func TestCostIsABound(t *testing.T) {
	for name, data := range costly(t) {
		c := CostOf(data, Options{})
		said, real := 2*c.Image+c.Work, peak(t, data, Options{})
		if real > said {
			t.Errorf("%s takes %d bytes, %.1f a pixel; foretold were %d, %.1f a pixel", name, real, perPixel(real, c), said, perPixel(said, c))
		}
		if said > 2*real {
			t.Errorf("%s takes %d bytes, %.1f a pixel; foretold were as many as %d, %.1f a pixel", name, real, perPixel(real, c), said, perPixel(said, c))
		}
	}
}
