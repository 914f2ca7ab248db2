package measure

import (
	"testing"

	"github.com/safelight-dev/safelight/pixels"
)

// TestExhibit: the delivered image stands beside its differences, both within the size, and equal pictures are dark there.
func TestExhibit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ width, height, side, wide, high int }{
		"as it is": {40, 20, 64, 88, 20}, "reduced": {400, 200, 100, 208, 50}, "high": {20, 400, 100, 18, 100}, "a line": {1, 3000, 100, 10, 100},
	} {
		ref, cand := flat(c.width, c.height, grey, grey, 0, 0), flat(c.width, c.height, [3]uint8{200, 120, 120}, grey, 0, 0)
		for half, other := range map[string]*pixels.Image{"drifted": cand, "equal": ref} {
			got, err := Exhibit(ref, other, "", c.side)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if b := got.Bounds(); b.Dx() != c.wide || b.Dy() != c.high {
				t.Errorf("%s: %v, want %d by %d", name, b, c.wide, c.high)
			}
			left, right := got.NRGBAAt(0, 0), got.NRGBAAt(c.wide-1, c.high-1)
			if want := other.RGB8[0]; left.R != want || left.A != 0xff {
				t.Errorf("%s, %s: the delivered half begins with %v, want %d", name, half, left, want)
			}
			if bright := right.R > 60; bright != (half == "drifted") {
				t.Errorf("%s, %s: the heat ends with %v", name, half, right)
			}
		}
	}
	if _, err := Exhibit(flat(10, 10, grey, grey, 0, 0), flat(11, 11, grey, grey, 0, 0), "", 100); err == nil {
		t.Error("a pair of two sizes was drawn")
	}
}
