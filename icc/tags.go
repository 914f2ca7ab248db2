package icc

import (
	"fmt"
	"math"
	"sync"
)

// primaries are the colour primaries of ITU-T H.273 (2024), table 2, by code point.
var primaries = map[uint8]struct {
	name string
	gamut
}{
	1:  {"BT.709", bt709},
	4:  {"BT.470 M", gamut{chromaticity{0.310, 0.316}, chromaticity{0.67, 0.33}, chromaticity{0.21, 0.71}, chromaticity{0.14, 0.08}}},
	5:  {"BT.470 BG", gamut{d65, chromaticity{0.64, 0.33}, chromaticity{0.29, 0.60}, chromaticity{0.15, 0.06}}},
	6:  {"BT.601", gamut{d65, chromaticity{0.630, 0.340}, chromaticity{0.310, 0.595}, chromaticity{0.155, 0.070}}},
	7:  {"ST 240", gamut{d65, chromaticity{0.630, 0.340}, chromaticity{0.310, 0.595}, chromaticity{0.155, 0.070}}},
	8:  {"film", gamut{chromaticity{0.310, 0.316}, chromaticity{0.681, 0.319}, chromaticity{0.243, 0.692}, chromaticity{0.145, 0.049}}},
	9:  {"BT.2020", gamut{d65, chromaticity{0.708, 0.292}, chromaticity{0.170, 0.797}, chromaticity{0.131, 0.046}}},
	11: {"DCI P3", gamut{chromaticity{0.314, 0.351}, chromaticity{0.680, 0.320}, chromaticity{0.265, 0.690}, chromaticity{0.150, 0.060}}},
	12: {"Display P3", gamut{d65, chromaticity{0.680, 0.320}, chromaticity{0.265, 0.690}, chromaticity{0.150, 0.060}}},
	22: {"EBU 3213", gamut{d65, chromaticity{0.630, 0.340}, chromaticity{0.295, 0.605}, chromaticity{0.155, 0.077}}},
}

var (
	// The inverse of BT.709's curve, V = 1.0993 L^0.45 - 0.0993 from L = 0.0181, with the constants of BT.2020 in full.
	curve709  = &curve{kind: 3, p: [7]float64{1 / 0.45, 1 / 1.09929682680944, 0.09929682680944 / 1.09929682680944, 1 / 4.5, 0.018053968510807 * 4.5}}
	curve240  = &curve{kind: 3, p: [7]float64{1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4.0, 0.0228 * 4}}
	curveSRGB = &curve{kind: 3, p: [7]float64{2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045}}
	curve428  = &curve{kind: 1, p: [7]float64{2.6, math.Pow(52.37/48, 1/2.6), 0}} // 48 L = 52.37 V^2.6
)

// transfers are the transfer characteristics of ITU-T H.273 (2024), table 3, that have an inverse in display-referred
// sRGB, by code point.
var transfers = map[uint8]struct {
	name string
	*curve
}{
	1:  {"BT.709", curve709},
	4:  {"gamma 2.2", &curve{p: [7]float64{2.2}}},
	5:  {"gamma 2.8", &curve{p: [7]float64{2.8}}},
	6:  {"BT.601", curve709},
	7:  {"ST 240", curve240},
	8:  {"linear", identity()},
	13: {"sRGB", curveSRGB},
	14: {"BT.2020", curve709},
	15: {"BT.2020", curve709},
	17: {"ST 428", curve428},
}

// FromCICP makes the profile of samples that ITU-T H.273 code points describe, as a PNG's cICP or a HEIF's nclx states
// them. Code point 2, unspecified, stands for sRGB's. The samples must be R′G′B′ over their full range: for others, a
// matrix but 0 or a range that is not full, the decoder has to convert first, and they are refused as unsupported.
// High dynamic range (PQ, HLG) is refused by name: there is no one sRGB picture of it.
//
// A camera's curve (BT.709, BT.601, BT.2020) is undone by its inverse, the way it is written in H.273.
func FromCICP(primary, transfer, matrix uint8, fullRange bool) (*Profile, error) {
	if matrix != 0 || !fullRange {
		return nil, unsupported("cICP states matrix %d and full range %v, but pixels must be R′G′B′ of full range", matrix, fullRange)
	}
	if primary == 2 {
		primary = 1
	}
	if transfer == 2 {
		transfer = 13
	}
	switch transfer {
	case 16:
		return nil, unsupported("cICP states the transfer function PQ (16), high dynamic range")
	case 18:
		return nil, unsupported("cICP states the transfer function HLG (18), high dynamic range")
	}
	g, ok := primaries[primary]
	if !ok {
		return nil, unsupported("cICP states colour primaries %d", primary)
	}
	c, ok := transfers[transfer]
	if !ok {
		return nil, unsupported("cICP states transfer function %d", transfer)
	}
	return made(fmt.Sprintf("%s, transfer %s (cICP %d/%d)", g.name, c.name, primary, transfer), mustColorants(g.gamut), c.curve), nil
}

// FromPNG makes the profile that gAMA and cHRM of a PNG describe (PNG, third edition, 11.3.2). Gamma is × 100 000, and
// 0 if there is no gAMA; chromaticities are white, red, green and blue, x before y, × 100 000, and nil without cHRM.
//
// What is missing is sRGB's. 45455 stands for the curve of sRGB and not for the power 2.2: that is what encoders of
// sRGB write beside sRGB's chromaticities; 0.5 % around it are rounding.
func FromPNG(gamma uint32, chromaticities *[8]uint32) (*Profile, error) {
	c, name := curveSRGB, "sRGB"
	switch {
	case gamma == 0 || gamma >= 45228 && gamma <= 45682:
	case gamma < 1_000 || gamma > 1_000_000:
		return nil, damaged("the gamma of gAMA is %.5f", float64(gamma)/100_000)
	default:
		c, name = &curve{p: [7]float64{100_000 / float64(gamma)}}, fmt.Sprintf("gamma %.5f", float64(gamma)/100_000)
	}
	g := bt709
	if chromaticities != nil {
		at := func(i int) chromaticity {
			return chromaticity{float64(chromaticities[i]) / 100_000, float64(chromaticities[i+1]) / 100_000}
		}
		g = gamut{at(0), at(2), at(4), at(6)}
		name += " with own primaries"
	}
	m, ok := g.colorants()
	if !ok {
		return nil, damaged("the chromaticities %v of cHRM span no colours", *chromaticities)
	}
	return made(name+" (PNG)", m, c), nil
}

// made is the profile of colorants with one curve.
func made(description string, m matrix, c *curve) *Profile {
	p := &Profile{description: description, space: RGB, version: 4, class: "mntr", made: &shaper{curves: []*curve{c, c, c}, matrix: m}}
	p.srgb = sync.OnceValue(p.measuresSRGB)
	return p
}
