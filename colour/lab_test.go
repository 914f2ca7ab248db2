package colour

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(p, q Lab, tolerance float64) bool {
	return math.Abs(p.L-q.L) <= tolerance && math.Abs(p.A-q.A) <= tolerance && math.Abs(p.B-q.B) <= tolerance
}

// The values are those commonly published for D65; tools round the matrix and the white point differently, hence
// the tolerance.
func TestFromSRGB8Known(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		r, g, b uint8
		want    Lab
	}{
		{255, 0, 0, Lab{53.24, 80.09, 67.20}},
		{0, 255, 0, Lab{87.73, -86.18, 83.18}},
		{0, 0, 255, Lab{32.30, 79.19, -107.86}},
		{0, 255, 255, Lab{91.11, -48.09, -14.13}},
		{255, 255, 0, Lab{97.14, -21.55, 94.48}},
		{119, 119, 119, Lab{50.03, 0, 0}},
	} {
		if got := FromSRGB8(c.r, c.g, c.b); !near(got, c.want, 0.02) {
			t.Errorf("FromSRGB8(%d, %d, %d) = %.3f, want %.3f", c.r, c.g, c.b, got, c.want)
		}
	}
}

func TestGreysAreExactlyNeutral(t *testing.T) {
	t.Parallel()
	if got := FromSRGB8(0, 0, 0); got != (Lab{}) {
		t.Errorf("black is %v, want exactly 0, 0, 0", got)
	}
	if got := FromSRGB8(255, 255, 255); got != (Lab{L: 100}) {
		t.Errorf("white is %v, want exactly 100, 0, 0", got)
	}
	last := -1.0
	for v := range 256 {
		got := FromSRGB8(uint8(v), uint8(v), uint8(v))
		if got.A != 0 || got.B != 0 || got.L <= last {
			t.Errorf("grey %d is %v after L* %v, want neutral and lighter", v, got, last)
		}
		last = got.L
	}
}

// The matrix and its inverse, and the white point as the sum of the primaries.
func TestMatrix(t *testing.T) {
	t.Parallel()
	white := FromLinear(1, 1, 1)
	if math.Abs(white.X-D65.X) > 1e-15 || math.Abs(white.Y-1) > 1e-15 || math.Abs(white.Z-D65.Z) > 1e-15 {
		t.Errorf("white is %v, want %v", white, D65)
	}
	for _, c := range [][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0.2, 0.5, 0.9}} {
		r, g, b := FromLinear(c[0], c[1], c[2]).Linear()
		if math.Abs(r-c[0]) > 1e-14 || math.Abs(g-c[1]) > 1e-14 || math.Abs(b-c[2]) > 1e-14 {
			t.Errorf("%v comes back as %v, %v, %v", c, r, g, b)
		}
	}
}

func TestTransferFunction(t *testing.T) {
	t.Parallel()
	for i := range 65536 {
		v := float64(i) / 65535
		want := v / 12.92
		if v > 0.04045 {
			want = math.Pow((v+0.055)/1.055, 2.4)
		}
		got := ToLinear(v)
		if math.Abs(got-want) > 4e-15*want {
			t.Fatalf("ToLinear(%v) = %v, want %v", v, got, want)
		}
		// IEC 61966-2-1 rounds its constants: the two branches meet to about 3e-8.
		if back := ToEncoded(got); math.Abs(back-v) > 4e-8 {
			t.Fatalf("ToEncoded(ToLinear(%v)) = %v", v, back)
		}
	}
	if got, want := ToLinear(-0.5), -ToLinear(0.5); got != want {
		t.Errorf("ToLinear(-0.5) = %v, want %v", got, want)
	}
	if got, want := ToLinear(1.5), math.Pow(1.555/1.055, 2.4); math.Abs(got-want) > 1e-14 {
		t.Errorf("ToLinear(1.5) = %v, want %v", got, want)
	}
	if got := ToLinear(math.Inf(1)); !math.IsInf(got, 1) && !math.IsNaN(got) {
		t.Errorf("ToLinear(+Inf) = %v, want no number", got)
	}
}

func TestRoundTrip8(t *testing.T) {
	t.Parallel()
	for r := 0; r < 256; r += 5 {
		for g := 0; g < 256; g += 5 {
			for b := 0; b < 256; b += 5 {
				p := FromSRGB8(uint8(r), uint8(g), uint8(b))
				gr, gg, gb := p.SRGB8()
				if int(gr) != r || int(gg) != g || int(gb) != b {
					t.Fatalf("%d, %d, %d comes back as %d, %d, %d", r, g, b, gr, gg, gb)
				}
				if _, _, _, clipped := p.SRGB(); clipped {
					t.Fatalf("%d, %d, %d counts as clipped", r, g, b)
				}
			}
		}
	}
}

func TestRoundTrip16(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(21, 22))
	for range 100_000 {
		r, g, b := uint16(rnd.UintN(65536)), uint16(rnd.UintN(65536)), uint16(rnd.UintN(65536))
		if gr, gg, gb := FromSRGB16(r, g, b).SRGB16(); gr != r || gg != g || gb != b {
			t.Fatalf("%d, %d, %d comes back as %d, %d, %d", r, g, b, gr, gg, gb)
		}
		if p, q := FromSRGB8(uint8(r), uint8(g), uint8(b)), FromSRGB16(uint16(uint8(r))*257, uint16(uint8(g))*257, uint16(uint8(b))*257); !near(p, q, 1e-10) {
			t.Fatalf("8 bits give %v, the same colour in 16 bits %v", p, q)
		}
	}
}

func TestGamutClip(t *testing.T) {
	t.Parallel()
	for _, p := range []Lab{{50, 120, 0}, {50, 0, -120}, {120, 0, 0}, {-5, 0, 0}, {math.NaN(), 0, 0}} {
		r, g, b, clipped := p.SRGB()
		if !clipped {
			t.Errorf("%v does not count as clipped", p)
		}
		for _, v := range []float64{r, g, b} {
			if !(v >= 0 && v <= 1) {
				t.Errorf("%v becomes %v, %v, %v, want 0 to 1", p, r, g, b)
			}
		}
	}
	if r, g, b := (Lab{120, 0, 0}).SRGB8(); r != 255 || g != 255 || b != 255 {
		t.Errorf("lighter than white becomes %d, %d, %d, want white", r, g, b)
	}
}

func TestParseHex(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Lab{"#ff8000": FromSRGB8(255, 128, 0), "#FF8000": FromSRGB8(255, 128, 0), "#000000": {}} {
		if got, err := ParseHex(s); err != nil || got != want {
			t.Errorf("ParseHex(%q) = %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "#", "ff8000", "#ff800", "#ff80000", "#ff80zz", "#+f8000", "#ff 000", "#éééé", "#0x0x0x"} {
		if got, err := ParseHex(s); err == nil {
			t.Errorf("ParseHex(%q) = %v, want an error", s, got)
		}
	}
}

func FuzzParseHex(f *testing.F) {
	for _, s := range []string{"#ff8000", "#FFFFFF", "ff8000", "#ff80zz", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParseHex(s)
		if err != nil {
			return
		}
		if again, err := ParseHex(p.Hex()); err != nil || again != p {
			t.Errorf("ParseHex(%q) = %v, written %q and read %v, %v", s, p, p.Hex(), again, err)
		}
	})
}

// The ramp is ordered by lightness alone, so that it can be read without colour vision.
func TestHeatIsOrderedByLightness(t *testing.T) {
	t.Parallel()
	last := -1.0
	for i := range 101 {
		r, g, b := Heat(float32(i) / 10)
		l := FromSRGB8(r, g, b).L
		if l < last-0.2 || i%10 == 0 && l <= last { // a step of 0.1 may be lost to rounding to 8 bits
			t.Errorf("Heat(%.1f) has L* %.2f after %.2f, want lighter", float32(i)/10, l, last)
		}
		last = l
	}
}

func TestHeatStops(t *testing.T) {
	t.Parallel()
	for deltaE, want := range map[float32][3]uint8{
		-1: {0x00, 0x00, 0x04}, 0: {0x00, 0x00, 0x04}, 1: {0x42, 0x0a, 0x68}, 2: {0x93, 0x26, 0x67}, 3: {0xdd, 0x51, 0x3a},
		5: {0xfc, 0xa5, 0x0a}, 10: {0xfc, 0xff, 0xa4}, 99: {0xfc, 0xff, 0xa4}, float32(math.Inf(1)): {0xfc, 0xff, 0xa4},
	} {
		if r, g, b := Heat(deltaE); [3]uint8{r, g, b} != want {
			t.Errorf("Heat(%v) = %d, %d, %d, want %d", deltaE, r, g, b, want)
		}
	}
	if r, g, b := Heat(float32(math.NaN())); [3]uint8{r, g, b} != [3]uint8{0xfc, 0xff, 0xa4} {
		t.Errorf("Heat(NaN) = %d, %d, %d, want the top of the ramp", r, g, b)
	}
}

func TestHeatRow(t *testing.T) {
	t.Parallel()
	values := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), -1, 10, 9.9999, 1e30}
	for i := range 5000 {
		values = append(values, float32(i)/451)
	}
	row := make([]uint8, 4*len(values))
	HeatRow(row, values)
	for i, v := range values {
		r, g, b := Heat(v)
		for c, want := range []uint8{r, g, b, 255} {
			if got := row[4*i+c]; max(got, want)-min(got, want) > 1 {
				t.Fatalf("sample %d of HeatRow at %v is %d, want %d within 1", c, v, got, want)
			}
		}
	}
}

func BenchmarkHeatRow(b *testing.B) {
	values, row := make([]float32, 4096), make([]uint8, 4*4096)
	for i := range values {
		values[i] = float32(i%1200) / 100
	}
	b.ReportAllocs()
	for b.Loop() {
		HeatRow(row, values)
	}
	reportMegapixels(b, len(values))
}
