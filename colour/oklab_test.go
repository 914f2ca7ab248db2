package colour

import (
	"math"
	"testing"
)

// The table of Ottosson's article, to its three decimals.
func TestOklabPublished(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		xyz  XYZ
		want Oklab
	}{
		{XYZ{0.950, 1.000, 1.089}, Oklab{1.000, 0.000, 0.000}},
		{XYZ{1, 0, 0}, Oklab{0.450, 1.236, -0.019}},
		{XYZ{0, 1, 0}, Oklab{0.922, -0.671, 0.263}},
		{XYZ{0, 0, 1}, Oklab{0.153, -1.415, -0.449}},
	} {
		if got := c.xyz.Oklab(); DeltaEOK(got, c.want) > 1.5e-3 {
			t.Errorf("%v is %.4f, want %.3f", c.xyz, got, c.want)
		}
	}
}

func TestOklabLaws(t *testing.T) {
	t.Parallel()
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				p := OklabFromSRGB8(uint8(r), uint8(g), uint8(b))
				lr, lg, lb := p.Linear()
				if math.Abs(lr-linear8[r]) > 2e-6 || math.Abs(lg-linear8[g]) > 2e-6 || math.Abs(lb-linear8[b]) > 2e-6 {
					t.Fatalf("%d, %d, %d comes back as %v, %v, %v", r, g, b, lr, lg, lb)
				}
				if r == g && g == b && math.Hypot(p.A, p.B) > 1e-7 {
					t.Errorf("grey %d is %v, want it neutral", r, p)
				}
			}
		}
	}
	if got := DeltaEOK(OklabFromSRGB8(0, 0, 0), OklabFromSRGB8(255, 255, 255)); math.Abs(got-1) > 1e-6 {
		t.Errorf("from black to white it is %v, want 1", got)
	}
}

// The values of scikit-image 0.19.3 (deltaE_ciede94) for the colours that the project colour-science tests by.
func TestDeltaE94Published(t *testing.T) {
	t.Parallel()
	reference := Lab{100, 21.57210357, 272.22819350}
	for _, c := range []struct {
		sample Lab
		want   float64
	}{
		{Lab{100, 426.67945353, 72.39590835}, 83.77922550088712},
		{Lab{100, 74.05216981, 276.45318193}, 10.053931954553853},
		{Lab{100, 8.32281957, -73.58297716}, 57.53545370666744},
	} {
		if got := DeltaE94(reference, c.sample); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("DeltaE94 of %v from %v is %.12f, want %.12f", c.sample, reference, got, c.want)
		}
	}
	if got := DeltaE94(reference, reference); got != 0 {
		t.Errorf("a colour differs from itself by %v, want exactly 0", got)
	}
}
