package icc

import (
	"encoding/binary"
	"math"
	"sync"
	"unicode/utf16"
)

// This file writes small profiles of every kind, for the tests that need no others.

// profileOf is a profile of tags, in their order, which are name and content by turns.
func profileOf(major byte, class, space, pcs string, tags ...string) []byte {
	b := make([]byte, 128)
	b[8] = major
	copy(b[12:], class)
	copy(b[16:], space)
	copy(b[20:], pcs)
	copy(b[36:], "acsp")
	copy(b[68:], xyz(0.9642, 1, 0.8249)[8:])
	b = binary.BigEndian.AppendUint32(b, uint32(len(tags)/2))
	at := len(b) + 12*len(tags)/2
	body := ""
	for i := 0; i < len(tags); i += 2 {
		b = append(b, tags[i]...)
		b = binary.BigEndian.AppendUint32(b, uint32(at+len(body)))
		b = binary.BigEndian.AppendUint32(b, uint32(len(tags[i+1])))
		body += tags[i+1] + "\x00\x00\x00"[:(4-len(tags[i+1])&3)&3]
	}
	b = append(b, body...)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

func u16(v ...int) string {
	var b []byte
	for _, v := range v {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	return string(b)
}

func u32(v ...int) string {
	var b []byte
	for _, v := range v {
		b = binary.BigEndian.AppendUint32(b, uint32(v))
	}
	return string(b)
}

func s15Fixed16(v ...float64) (s string) {
	for _, v := range v {
		s += u32(int(math.Round(v * 65536)))
	}
	return s
}

func xyz(x, y, z float64) string { return "XYZ " + u32(0) + s15Fixed16(x, y, z) }

func textDescription(s string) string {
	return "desc" + u32(0, len(s)+1) + s + "\x00" + u32(0, 0) + u16(0) + string(make([]byte, 68))
}

// localizedText has a text in each of some languages, such as enUS.
func localizedText(texts ...string) string {
	records, body := "", ""
	at := 16 + 12*len(texts)/2
	for i := 0; i < len(texts); i += 2 {
		text := ""
		for _, u := range utf16.Encode([]rune(texts[i+1])) {
			text += u16(int(u))
		}
		records += texts[i] + u32(len(text), at+len(body))
		body += text
	}
	return "mluc" + u32(0, len(texts)/2, 12) + records + body
}

func gammaCurve(g float64) string { return "curv" + u32(0, 1) + u16(int(g*256)) }

const identityCurve = "curv\x00\x00\x00\x00\x00\x00\x00\x00"

func tableCurve(n int, f func(float64) float64) string { return "curv" + u32(0, n) + table(n, 2, f) }

// table has n values of a function from 0 to 1, of one or two bytes.
func table(n, size int, f func(float64) float64) (s string) {
	for i := range n {
		s += level(f(float64(i)/float64(n-1)), size)
	}
	return s
}

// level is a value from 0 to 1 as one or two bytes.
func level(v float64, size int) string {
	v = math.Max(0, math.Min(1, v))
	if size == 1 {
		return string([]byte{byte(v*255 + 0.5)})
	}
	return u16(int(v*65535 + 0.5))
}

func functionCurve(kind int, p ...float64) string {
	return "para" + u32(0) + u16(kind, 0) + s15Fixed16(p...)
}

// device is a made-up device: encoded numbers of the connection space for values of its channels.
type device func(v [4]float64) [3]float64

// gridOf samples a device.
func gridOf(channels, points, size int, d device) string {
	var b []byte
	count := 1
	for range channels {
		count *= points
	}
	for i := range count {
		var v [4]float64
		for c := channels - 1; c >= 0; c-- {
			v[c] = float64(i%points) / float64(points-1)
			i /= points
		}
		for _, w := range d(v) {
			b = append(b, level(w, size)...)
		}
	}
	return string(b)
}

var noMatrix = []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}

// oldTable is a lut8Type (size 1) or a lut16Type (2) of curves in and out.
func oldTable(size, channels, points int, before []float64, in, out func(float64) float64, d device) string {
	head, entries := "mft1", 256
	if size == 2 {
		head, entries = "mft2", 64
	}
	s := head + u32(0) + string([]byte{byte(channels), 3, byte(points), 0}) + s15Fixed16(before...)
	if size == 2 {
		s += u16(entries, entries)
	}
	for range channels {
		s += table(entries, size, in)
	}
	s += gridOf(channels, points, size, d)
	for range 3 {
		s += table(entries, size, out)
	}
	return s
}

// parts are those of a lutAToBType, empty where one is missing.
type parts struct {
	a, grid, m, matrix, b string
}

func newTable(channels int, p parts) string {
	at, body := 32, ""
	offset := func(part string) string {
		if part == "" {
			return u32(0)
		}
		off := at + len(body)
		body += part + "\x00\x00\x00"[:(4-len(part)&3)&3]
		return u32(off)
	}
	offsets := offset(p.b) + offset(p.matrix) + offset(p.m) + offset(p.grid) + offset(p.a)
	return "mAB " + u32(0) + string([]byte{byte(channels), 3, 0, 0}) + offsets + body
}

// curves repeats a curve, each on a multiple of four bytes.
func curves(n int, c string) (s string) {
	for range n {
		s += c + "\x00\x00\x00"[:(4-len(c)&3)&3]
	}
	return s
}

func newGrid(channels, points, size int, d device) string {
	head := make([]byte, 20)
	for c := range channels {
		head[c] = byte(points)
	}
	head[16] = byte(size)
	return string(head) + gridOf(channels, points, size, d)
}

// inks is a printer, roughly: paper of L* 95, slightly warm, and four inks; in Lab of version 4.
func inks(v [4]float64) [3]float64 {
	l := 95 * (1 - 0.42*v[0]) * (1 - 0.5*v[1]) * (1 - 0.1*v[2]) * (1 - 0.85*v[3])
	a := (1 + 72*v[1] - 35*v[0]*(1-0.6*v[1]) - 5*v[2]) * (1 - 0.9*v[3])
	b := (3 + 88*v[2]*(1-0.4*v[0]) - 48*v[0] - 6*v[1]) * (1 - 0.9*v[3])
	return [3]float64{l / 100, (a + 128) / 255, (b + 128) / 255}
}

// lamps is a display with some crosstalk, in Lab of version 4.
func lamps(v [4]float64) [3]float64 {
	x := lampsXYZ(v)
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return t*841/108 + 16.0/116
	}
	fx, fy, fz := f(x[0]*xyzRange/d50[0]), f(x[1]*xyzRange), f(x[2]*xyzRange/d50[2])
	return [3]float64{(116*fy - 16) / 100, (500*(fx-fy) + 128) / 255, (200*(fy-fz) + 128) / 255}
}

func lampsXYZ(v [4]float64) [3]float64 {
	r, g, b := math.Pow(v[0], 2), math.Pow(v[1], 2), math.Pow(v[2], 2)
	return [3]float64{
		(0.46*r + 0.34*g + 0.1642*b) / xyzRange,
		(0.24*r + 0.68*g + 0.08*b) / xyzRange,
		(0.02*r + 0.1*g + 0.7049*b) / xyzRange,
	}
}

// legacy takes a device of version 4's 16-bit Lab to that of version 2.
func legacy(d device) device {
	return func(v [4]float64) [3]float64 {
		w := d(v)
		return [3]float64{w[0] * toFF00, w[1] * toFF00, w[2] * toFF00}
	}
}

// darker is a second rendering of a device.
func darker(d device) device {
	return func(v [4]float64) [3]float64 {
		w := d(v)
		return [3]float64{0.08 + 0.8*w[0], w[1], w[2]}
	}
}

func straight(v float64) float64 { return v }

func bent(v float64) float64 { return v * (0.6 + 0.4*v) }

// same is a device whose samples are the connection space.
func same(v [4]float64) [3]float64 { return [3]float64(v[:3]) }

// primaryTags are colorants near those of Adobe RGB, with a curve.
func primaryTags(curve string) []string {
	return []string{
		"wtpt", xyz(0.9505, 1, 1.0891),
		"rXYZ", xyz(0.6097, 0.3111, 0.0195), "gXYZ", xyz(0.2053, 0.6257, 0.0609), "bXYZ", xyz(0.1492, 0.0632, 0.7446),
		"rTRC", curve, "gTRC", curve, "bTRC", curve,
	}
}

func rgbProfile(major byte, curve string) []byte {
	return profileOf(major, "mntr", "RGB ", "XYZ ", append([]string{"desc", textDescription("made")}, primaryTags(curve)...)...)
}

// madeProfiles has one of every kind. They are shared and not to be changed.
var madeProfiles = sync.OnceValue(func() map[string][]byte {
	paper := xyz(0.9, 0.93, 0.7)
	bothMatrix := s15Fixed16(0.9, 0.05, 0.05, 0, 1, 0, 0.02, 0, 0.95, 0.01, 0, 0.02)
	linear := func(v [4]float64) [3]float64 { return [3]float64{0.8*v[0] + 0.1*v[1], v[1], 0.9*v[2] + 0.05*v[0]} }
	return map[string][]byte{
		"rgb2-gamma":     rgbProfile(2, gammaCurve(2.2)),
		"rgb2-identity":  rgbProfile(2, identityCurve),
		"rgb2-table":     rgbProfile(2, tableCurve(300, bent)),
		"rgb4-function0": rgbProfile(4, functionCurve(0, 1.8)),
		"rgb4-function1": rgbProfile(4, functionCurve(1, 2.2, 0.9, 0.1)),
		"rgb4-function2": rgbProfile(4, functionCurve(2, 2.2, 0.9, -0.05, 0.1)),
		"rgb4-function3": rgbProfile(4, functionCurve(3, 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)),
		"rgb4-function4": rgbProfile(4, functionCurve(4, 2.3, 0.95, 0.03, 0.5, 0.1, 0.01, 0.02)),
		"grey2-gamma":    profileOf(2, "mntr", "GRAY", "XYZ ", "wtpt", xyz(0.9642, 1, 0.8249), "kTRC", gammaCurve(1.8)),
		"grey2-lab":      profileOf(2, "scnr", "GRAY", "Lab ", "wtpt", paper, "kTRC", tableCurve(17, bent)),
		"grey4-table": profileOf(4, "prtr", "GRAY", "Lab ", "wtpt", paper,
			"A2B0", oldTable(2, 1, 9, noMatrix, bent, straight, legacy(func(v [4]float64) [3]float64 { return inks([4]float64{3: 1 - v[0]}) }))),
		"rgb2-lut8-lab":   profileOf(2, "mntr", "RGB ", "Lab ", "wtpt", paper, "A2B0", oldTable(1, 3, 9, noMatrix, bent, straight, lamps)),
		"rgb2-lut8-xyz":   profileOf(2, "scnr", "RGB ", "XYZ ", "wtpt", paper, "A2B0", oldTable(1, 3, 7, []float64{0.8, 0.1, 0.05, 0, 0.9, 0.1, 0.1, 0, 0.9}, straight, bent, lampsXYZ)),
		"rgb2-lut16-lab":  profileOf(2, "mntr", "RGB ", "Lab ", "wtpt", paper, "A2B0", oldTable(2, 3, 9, noMatrix, bent, straight, legacy(lamps))),
		"rgb2-lut16-none": profileOf(2, "spac", "RGB ", "Lab ", "wtpt", paper, "A2B0", oldTable(2, 3, 0, noMatrix, straight, straight, same)),
		"rgb4-lut16-lab":  profileOf(4, "mntr", "RGB ", "Lab ", "wtpt", paper, "A2B0", oldTable(2, 3, 9, noMatrix, straight, bent, legacy(darker(lamps))), "A2B1", oldTable(2, 3, 9, noMatrix, straight, straight, legacy(lamps))),
		"rgb2-both":       profileOf(2, "mntr", "RGB ", "Lab ", append(primaryTags(gammaCurve(1.8)), "A2B0", oldTable(2, 3, 5, noMatrix, bent, straight, legacy(darker(lamps))))...),
		"rgb4-both":       profileOf(4, "mntr", "RGB ", "Lab ", append(primaryTags(gammaCurve(1.8)), "A2B0", oldTable(2, 3, 5, noMatrix, bent, straight, legacy(darker(lamps))))...),
		"rgb2-dark":       profileOf(2, "mntr", "RGB ", "Lab ", "A2B0", oldTable(2, 3, 5, noMatrix, bent, straight, legacy(darker(lamps)))),
		"rgb4-lut16-xyz":  profileOf(4, "mntr", "RGB ", "XYZ ", "wtpt", paper, "A2B0", oldTable(2, 3, 17, noMatrix, straight, straight, lampsXYZ)),
		"rgb4-mab-lab8": profileOf(4, "mntr", "RGB ", "Lab ", "wtpt", paper, "A2B0", newTable(3, parts{
			a: curves(3, functionCurve(0, 1.1)), grid: newGrid(3, 9, 1, lamps), m: curves(3, functionCurve(0, 1.05)), matrix: bothMatrix, b: curves(3, tableCurve(33, bent))})),
		"rgb4-mab-lab16":  profileOf(4, "mntr", "RGB ", "Lab ", "wtpt", paper, "A2B0", newTable(3, parts{a: curves(3, tableCurve(5, bent)), grid: newGrid(3, 9, 2, lamps), b: curves(3, identityCurve)})),
		"rgb4-mab-matrix": profileOf(4, "mntr", "RGB ", "XYZ ", "wtpt", paper, "A2B0", newTable(3, parts{m: curves(3, functionCurve(0, 2.2)), matrix: s15Fixed16(0.23, 0.18, 0.0721, 0.12, 0.34, 0.04, 0.01, 0.05, 0.35, 0.001, 0.001, 0.001), b: curves(3, identityCurve)})),
		"rgb4-mab-b":      profileOf(4, "spac", "RGB ", "Lab ", "wtpt", paper, "A2B0", newTable(3, parts{b: curves(3, gammaCurve(1.25))})),
		"rgb4-mab-linear": profileOf(4, "mntr", "RGB ", "XYZ ", "wtpt", paper, "A2B0", newTable(3, parts{grid: newGrid(3, 2, 2, linear), a: curves(3, gammaCurve(2)), m: curves(3, identityCurve), matrix: s15Fixed16(0.23, 0.18, 0.0721, 0.12, 0.34, 0.04, 0.01, 0.05, 0.35, 0, 0, 0), b: curves(3, identityCurve)})),
		"cmyk2-lut8":      profileOf(2, "prtr", "CMYK", "Lab ", "wtpt", paper, "A2B0", oldTable(1, 4, 5, noMatrix, bent, straight, inks)),
		"cmyk2-lut16": profileOf(2, "prtr", "CMYK", "Lab ", "wtpt", paper,
			"A2B0", oldTable(2, 4, 5, noMatrix, bent, straight, legacy(darker(inks))), "A2B1", oldTable(2, 4, 5, noMatrix, bent, straight, legacy(inks)), "A2B2", oldTable(2, 4, 4, noMatrix, straight, bent, legacy(inks))),
		"cmyk4-mab": profileOf(4, "prtr", "CMYK", "Lab ", "wtpt", paper,
			"A2B0", newTable(4, parts{a: curves(4, functionCurve(0, 1.2)), grid: newGrid(4, 5, 1, darker(inks)), b: curves(3, identityCurve)}),
			"A2B1", newTable(4, parts{a: curves(4, functionCurve(0, 1.2)), grid: newGrid(4, 5, 2, inks), m: curves(3, functionCurve(0, 1.1)), matrix: bothMatrix, b: curves(3, gammaCurve(0.95))})),
		"lab2-lut16": profileOf(2, "spac", "Lab ", "Lab ", "wtpt", paper, "A2B0", oldTable(2, 3, 5, noMatrix, straight, straight, same)),
		"lab4-mab":   profileOf(4, "spac", "Lab ", "Lab ", "wtpt", paper, "A2B0", newTable(3, parts{b: curves(3, identityCurve)})),
	}
})
