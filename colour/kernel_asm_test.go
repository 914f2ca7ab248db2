//go:build amd64 && !purego

package colour

import (
	"math"
	"testing"
)

// Every sample, in every channel and at every place of a group, has its shares in X, Y and Z.
func TestAssemblyAddsUpTheSharesOfEverySample(t *testing.T) {
	t.Parallel()
	row := make([]uint8, 3*blockN)
	for name, f := range forms() {
		if f == plainForm {
			continue
		}
		k := &block{form: f}
		for first := range 256 {
			for i := range blockN {
				row[3*i], row[3*i+1], row[3*i+2] = uint8(first+i), uint8(first-i), uint8(first+3*i)
			}
			k.ref.from8(f, row, &k.tail8[0])
			for i := range blockN {
				r, g, b := &weights8[0][row[3*i]], &weights8[1][row[3*i+1]], &weights8[2][row[3*i+2]]
				for plane, out := range []int{1, 0, 2} { // Y, X, Z
					if got, want := int32(math.Float32bits(k.ref[plane][i])), r[out]+g[out]+b[out]; got != want {
						t.Fatalf("%s: pixel %d, %v: plane %d is %d, want %d", name, i, row[3*i:3*i+3], plane, got, want)
					}
				}
			}
		}
	}
}
