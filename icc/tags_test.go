package icc

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestFromCICP(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		primary, transfer uint8
		srgb              bool
	}{{1, 13, true}, {2, 2, true}, {1, 2, true}, {12, 13, false}, {1, 1, false}, {1, 8, false}, {9, 14, false}} {
		p, err := FromCICP(c.primary, c.transfer, 0, true)
		if err != nil {
			t.Fatal(err)
		}
		if p.IsSRGB() != c.srgb || p.Space() != RGB || p.Description() == "" {
			t.Errorf("cICP %d/%d is %v %q, sRGB %v, want %v", c.primary, c.transfer, p.Space(), p.Description(), p.IsSRGB(), c.srgb)
		}
	}
	for _, c := range []struct {
		primary, transfer, matrix uint8
		full                      bool
		says                      string
	}{
		{9, 16, 0, true, "PQ"}, {9, 18, 0, true, "HLG"}, {3, 13, 0, true, "primaries 3"}, {1, 9, 0, true, "function 9"},
		{1, 13, 1, true, "matrix 1"}, {1, 13, 0, false, "full range false"},
	} {
		_, err := FromCICP(c.primary, c.transfer, c.matrix, c.full)
		if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v gives %v, want ErrUnsupported with %q", c, err, c.says)
		}
	}
}

// Every combination has a transform whose white is white and whose black is black.
func TestEveryCICP(t *testing.T) {
	t.Parallel()
	for primary := range primaries {
		for transfer := range transfers {
			p, err := FromCICP(primary, transfer, 0, true)
			if err != nil {
				t.Fatal(err)
			}
			for _, intent := range allIntents {
				tr, err := NewTransform(p, intent)
				if err != nil {
					t.Fatal(err)
				}
				got := make([]uint8, 6)
				tr.Row8(got, []uint8{255, 255, 255, 0, 0, 0})
				if got[0] != 255 || got[1] != 255 || got[2] != 255 || got[3] != 0 || got[4] != 0 || got[5] != 0 {
					t.Errorf("cICP %d/%d, intent %d: white and black become %v", primary, transfer, intent, got)
				}
			}
		}
	}
}

// The curves against what H.273 and the standards behind it write: the light of a signal, and of the signal's light.
func TestTransfers(t *testing.T) {
	t.Parallel()
	camera := func(l float64) float64 { // BT.709, BT.601, BT.2020
		if l < 0.018053968510807 {
			return 4.5 * l
		}
		return 1.09929682680944*math.Pow(l, 0.45) - 0.09929682680944
	}
	forward := map[uint8]func(l float64) float64{
		1: camera, 6: camera, 14: camera, 15: camera,
		4: func(l float64) float64 { return math.Pow(l, 1/2.2) },
		5: func(l float64) float64 { return math.Pow(l, 1/2.8) },
		7: func(l float64) float64 {
			if l < 0.0228 {
				return 4 * l
			}
			return 1.1115*math.Pow(l, 0.45) - 0.1115
		},
		8:  func(l float64) float64 { return l },
		13: func(l float64) float64 { return encoded(l, 1) },
		17: func(l float64) float64 { return math.Pow(48*l/52.37, 1/2.6) },
	}
	for code, c := range transfers {
		for i := range 101 {
			light := float64(i) / 100
			if got := c.at(forward[code](light)); math.Abs(got-light) > 2e-4 { // ST 240 is not continuous
				t.Errorf("transfer %d: light %v comes back as %v", code, light, got)
			}
		}
	}
}

func TestFromPNG(t *testing.T) {
	t.Parallel()
	sRGB := &[8]uint32{31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000}
	for _, c := range []struct {
		gamma uint32
		chrm  *[8]uint32
		srgb  bool
	}{
		{45455, nil, true}, {45455, sRGB, true}, {0, sRGB, true}, {0, nil, true}, {45454, nil, true}, {45500, nil, true},
		{50000, nil, false}, {100000, sRGB, false}, {55556, nil, false},
		{45455, &[8]uint32{31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000}, false},
	} {
		p, err := FromPNG(c.gamma, c.chrm)
		if err != nil {
			t.Fatal(err)
		}
		if p.IsSRGB() != c.srgb {
			t.Errorf("gamma %d, chromaticities %v: IsSRGB is %v, want %v", c.gamma, c.chrm, p.IsSRGB(), c.srgb)
		}
	}
	for _, c := range []struct {
		gamma uint32
		chrm  *[8]uint32
	}{
		{1, nil}, {math.MaxUint32, nil}, {45455, &[8]uint32{}}, {45455, &[8]uint32{31270, 32900, 64000, 33000, 64000, 33000, 15000, 6000}},
		{45455, &[8]uint32{31270, 32900, 64000, 0, 30000, 60000, 15000, 6000}}, {45455, &[8]uint32{31270, math.MaxUint32, 64000, 33000, 30000, 60000, 15000, 6000}},
	} {
		if _, err := FromPNG(c.gamma, c.chrm); !errors.Is(err, ErrDamaged) {
			t.Errorf("gamma %d, chromaticities %v give %v, want ErrDamaged", c.gamma, c.chrm, err)
		}
	}
}

func FuzzTags(f *testing.F) {
	f.Add(uint8(12), uint8(13), uint32(45455), uint32(31270), uint32(32900), uint32(64000), uint32(33000), uint32(30000), uint32(60000), uint32(15000), uint32(6000))
	f.Fuzz(func(t *testing.T, primary, transfer uint8, gamma, a, b, c, d, e, g, h, i uint32) {
		fromCICP, err := FromCICP(primary, transfer, 0, true)
		if err != nil {
			mustBeKind(t, err)
		}
		fromPNG, err := FromPNG(gamma, &[8]uint32{a, b, c, d, e, g, h, i})
		if err != nil {
			mustBeKind(t, err)
		}
		for _, p := range []*Profile{fromCICP, fromPNG} {
			if p == nil {
				continue
			}
			tr, err := NewTransform(p, Relative)
			if err != nil {
				t.Fatalf("%q: %v", p.Description(), err)
			}
			dst := make([]uint8, 9)
			tr.Row8(dst, []uint8{255, 255, 255, 0, 0, 0, 9, 200, 30})
			if p == fromPNG && (dst[0] != 255 || dst[1] != 255 || dst[2] != 255 || dst[3] != 0) {
				t.Errorf("gamma %d: white and black become %v", gamma, dst[:6])
			}
		}
	})
}
