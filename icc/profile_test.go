package icc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Space{"rgb2-gamma": RGB, "grey2-gamma": Gray, "cmyk4-mab": CMYK, "lab2-lut16": Lab} {
		p, err := Parse(madeProfiles()[name])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p.Space() != want {
			t.Errorf("%s is %v, want %v", name, p.Space(), want)
		}
	}
	for space, want := range map[Space]string{Gray: "grey 1", RGB: "RGB 3", CMYK: "CMYK 4", Lab: "Lab 3"} {
		if got := space.String() + " " + string(rune('0'+space.Channels())); got != want {
			t.Errorf("space is %q, want %q", got, want)
		}
	}
}

// Parse keeps no reference to the caller's bytes.
func TestParseCopies(t *testing.T) {
	t.Parallel()
	data := bytes.Clone(madeProfiles()["rgb2-table"])
	p, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if _, err := NewTransform(p, Relative); err != nil {
		t.Errorf("after the caller's bytes changed: %v", err)
	}
}

func TestDescription(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ tag, want string }{
		{textDescription("Adobe RGB (1998)"), "Adobe RGB (1998)"},
		{textDescription(strings.Repeat("long ", 40)), strings.TrimSpace(strings.Repeat("long ", 16))},
		{textDescription("line\nbreak\x1b and \xff"), "linebreak and"},
		{localizedText("deDE", "Anzeige", "enUS", "Display P3"), "Display P3"},
		{localizedText("jaJP", "表示", "frFR", "Écran"), "表示"},
		{localizedText("enGB", "Emoji 😀"), "Emoji 😀"},
		{localizedText(), ""},
		{"mluc" + u32(0, 1, 12) + "enUS" + u32(100, 28), ""}, // text outside of the tag
		{"mluc" + u32(0, 1, 13) + "enUS" + u32(0, 28), ""},   // records of another size
		{"mluc" + u32(0, 1), ""},
		{"desc" + u32(0, 1<<31) + "open", "open"}, // longer than the tag
		{"text" + u32(0) + "a text", ""},
		{"desc" + u32(0), ""},
	} {
		p, err := Parse(profileOf(4, "mntr", "RGB ", "XYZ ", "desc", c.tag))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Description(); got != c.want {
			t.Errorf("%q has description %q, want %q", c.tag, got, c.want)
		}
	}
}

// patched is a made profile with bytes changed.
func patched(name string, at int, with string) []byte {
	b := bytes.Clone(madeProfiles()[name])
	copy(b[at:], with)
	return b
}

func TestRefused(t *testing.T) {
	t.Parallel()
	tableWith := func(at int, with string) []byte {
		b := []byte(oldTable(2, 3, 5, noMatrix, straight, straight, same))
		copy(b[at:], with)
		return profileOf(2, "mntr", "RGB ", "Lab ", "A2B0", string(b))
	}
	newWith := func(p parts) []byte { return profileOf(4, "mntr", "RGB ", "Lab ", "A2B0", newTable(3, p)) }
	onePoint := []byte(newGrid(3, 5, 1, same))
	onePoint[1] = 1
	for _, c := range []struct {
		what string
		data []byte
		kind error
		says string
	}{
		{"nothing", nil, ErrDamaged, "too few for a header"},
		{"no signature", patched("rgb2-gamma", 36, "xxxx"), ErrDamaged, "signature"},
		{"too large", make([]byte, MaxProfile+1), ErrUnsupported, "bytes, more than"},
		{"device link", patched("rgb2-gamma", 12, "link"), ErrUnsupported, `class "link"`},
		{"named colours", patched("rgb2-gamma", 12, "nmcl"), ErrUnsupported, `class "nmcl"`},
		{"six colours", patched("rgb2-gamma", 16, "6CLR"), ErrUnsupported, `"6CLR"`},
		{"connection space", patched("rgb2-gamma", 20, "RGB "), ErrDamaged, "connection space"},
		{"no colorants", profileOf(2, "mntr", "RGB ", "XYZ "), ErrDamaged, `"rXYZ"`},
		{"no curves", profileOf(2, "mntr", "RGB ", "XYZ ", primaryTags(identityCurve)[:8]...), ErrDamaged, `"rTRC"`},
		{"no grey curve", profileOf(2, "mntr", "GRAY", "XYZ "), ErrDamaged, `"kTRC"`},
		{"no ink table", profileOf(2, "prtr", "CMYK", "Lab "), ErrDamaged, "A2B0"},
		{"colorant of text", profileOf(2, "mntr", "RGB ", "XYZ ", "rXYZ", textDescription("x")), ErrDamaged, "no XYZ"},
		{"curve of text", rgbProfile(2, textDescription("x")), ErrDamaged, `type "desc"`},
		{"curve cut", rgbProfile(2, "curv"+u32(0, 9)+u16(1, 2)), ErrDamaged, "cut short"},
		{"curve too long", rgbProfile(2, "curv"+u32(0, 40000)+u16(1, 2)), ErrDamaged, "40000 entries"},
		{"curve of nothing", rgbProfile(2, "curv"+u32(0)), ErrDamaged, "cut short"},
		{"function unknown", rgbProfile(4, functionCurve(5, 1)), ErrUnsupported, "unknown function 5"},
		{"function cut", rgbProfile(4, functionCurve(4, 1, 2)), ErrDamaged, "cut short"},
		{"table of text", profileOf(2, "mntr", "RGB ", "Lab ", "A2B0", textDescription(strings.Repeat("x", 50))), ErrDamaged, `type "desc"`},
		{"table cut", profileOf(2, "mntr", "RGB ", "Lab ", "A2B0", "mft2"+u32(0, 0)), ErrDamaged, "cut short"},
		{"table of four channels", tableWith(8, "\x04"), ErrDamaged, "4 channels in"},
		{"table to four channels", tableWith(9, "\x04"), ErrDamaged, "4 out"},
		{"grid of one point", tableWith(10, "\x01"), ErrDamaged, "1 points"},
		{"grid too large", tableWith(10, "\xff"), ErrDamaged, "cut short"},
		{"curves of one entry", tableWith(48, u16(1)), ErrDamaged, "entries"},
		{"curves too long", tableWith(48, u16(0x7fff)), ErrDamaged, "cut short"},
		{"grid missing for inks", profileOf(2, "prtr", "CMYK", "Lab ", "A2B0", oldTable(1, 4, 0, noMatrix, straight, straight, inks)), ErrDamaged, "0 points"},
		{"new grid of one point", newWith(parts{grid: string(onePoint)}), ErrDamaged, "1 points"},
		{"new grid of words", newWith(parts{grid: newGrid(3, 5, 1, same)[:16] + "\x04\x00\x00\x00"}), ErrDamaged, "4 bytes"},
		{"new grid cut", newWith(parts{grid: newGrid(3, 5, 1, same)[:100]}), ErrDamaged, "cut short"},
		{"new matrix cut", newWith(parts{matrix: s15Fixed16(1, 2, 3)}), ErrDamaged, "matrix"},
		{"new curves cut", newWith(parts{b: identityCurve}), ErrDamaged, "cut short"},
		{"new inks without a grid", profileOf(4, "prtr", "CMYK", "Lab ", "A2B0", newTable(4, parts{b: curves(3, identityCurve)})), ErrDamaged, "no grid"},
		{"offset outside", profileOf(4, "mntr", "RGB ", "Lab ", "A2B0", "mAB "+u32(0)+"\x03\x03\x00\x00"+u32(1<<31, 0, 0, 0, 0)), ErrDamaged, "outside"},
	} {
		p, err := Parse(c.data)
		if err == nil {
			_, err = NewTransform(p, Relative)
			if p.IsSRGB() {
				t.Errorf("%s: it counts as sRGB", c.what)
			}
		}
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s gives %v, want %v with %q", c.what, err, c.kind, c.says)
		}
	}
}

// Tags that lie outside the profile are as if they were not there, and the first of a name counts.
func TestTagTable(t *testing.T) {
	t.Parallel()
	b := rgbProfile(2, gammaCurve(2.2))
	binary.BigEndian.PutUint32(b[132+4:], 1<<31) // the description
	p, err := Parse(b)
	if err != nil || p.Description() != "" {
		t.Errorf("a description outside the profile is %q, %v", p.Description(), err)
	}
	if _, err := NewTransform(p, Relative); err != nil {
		t.Errorf("a profile without a description: %v", err)
	}
	p, err = Parse(profileOf(2, "mntr", "RGB ", "XYZ ", "desc", textDescription("first"), "desc", textDescription("second")))
	if err != nil || p.Description() != "first" {
		t.Errorf("of two descriptions %q counts, %v", p.Description(), err)
	}
	b = profileOf(2, "mntr", "RGB ", "XYZ ")
	binary.BigEndian.PutUint32(b[128:], math.MaxUint32)
	if _, err := Parse(b); err != nil {
		t.Errorf("a tag table that is cut: %v", err)
	}
}

// A profile's white point rules absolute rendering only, and a broken one does not stand in the way of the others.
func TestBrokenWhite(t *testing.T) {
	t.Parallel()
	p, err := Parse(profileOf(4, "mntr", "GRAY", "XYZ ", "wtpt", textDescription("white"), "kTRC", gammaCurve(2)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewTransform(p, Relative); err != nil {
		t.Errorf("relative: %v", err)
	}
	if _, err := NewTransform(p, Absolute); !errors.Is(err, ErrDamaged) {
		t.Errorf("absolute: %v, want ErrDamaged", err)
	}
}

func TestIsSRGB(t *testing.T) {
	t.Parallel()
	sRGB := functionCurve(3, 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)
	d65 := func(name, curve string) []byte {
		return profileOf(4, "mntr", "RGB ", "XYZ ", "desc", textDescription(name),
			"rXYZ", xyz(0.43607, 0.22249, 0.01392), "gXYZ", xyz(0.38515, 0.71687, 0.09708), "bXYZ", xyz(0.14307, 0.06061, 0.7141),
			"rTRC", curve, "gTRC", curve, "bTRC", curve)
	}
	rough := tableCurve(18, func(v float64) float64 { return math.Pow((v+0.055)/1.055, 2.4) })
	for _, c := range []struct {
		what string
		data []byte
		want bool
	}{
		{"sRGB by another name", d65("Monitor", sRGB), true},
		{"sRGB by table", d65("sRGB IEC61966-2.1", tableCurve(1024, func(v float64) float64 {
			if v <= 0.04045 {
				return v / 12.92
			}
			return math.Pow((v+0.055)/1.055, 2.4)
		})), true},
		{"a rough curve", d65("Monitor", rough), false},
		{"a rough curve by a compact profile's name", d65("c2", rough), true},
		{"gamma 1.8 by a compact profile's name", d65("c2", gammaCurve(1.8)), false},
		{"another gamut called sRGB", rgbProfile(2, sRGB), false},
		{"grey with sRGB's curve", profileOf(4, "mntr", "GRAY", "XYZ ", "kTRC", sRGB), true},
		{"grey with gamma 1.8", profileOf(4, "mntr", "GRAY", "XYZ ", "kTRC", gammaCurve(1.8)), false},
		{"inks", madeProfiles()["cmyk2-lut8"], false},
		{"Lab", madeProfiles()["lab4-mab"], false},
		{"no colorants", profileOf(2, "mntr", "RGB ", "XYZ "), false},
	} {
		p, err := Parse(c.data)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.IsSRGB(); got != c.want {
			t.Errorf("%s: IsSRGB is %v, want %v", c.what, got, c.want)
		}
	}
}

// The largest grids that a profile has room for, of one-byte values, stay within bounds.
func TestLargestProfile(t *testing.T) {
	for _, c := range []struct {
		space            string
		channels, points int
	}{{"RGB ", 3, 110}, {"CMYK", 4, 34}} {
		nothing := func([4]float64) [3]float64 { return [3]float64{0.5, 0.5, 0.5} }
		data := profileOf(4, "prtr", c.space, "Lab ", "A2B0", newTable(c.channels, parts{grid: newGrid(c.channels, c.points, 1, nothing)}))
		if len(data) < MaxProfile*9/10 || len(data) > MaxProfile {
			t.Fatalf("the profile has %d bytes, want about %d", len(data), MaxProfile)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		transformOf(t, data)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 40<<20 {
			t.Errorf("%s: a profile of 4 MiB takes %d MiB, want at most 40", c.space, took>>20)
		}
		p, err := Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		rowsAreExact(t, c.space, p)
	}
}

func FuzzParse(f *testing.F) {
	for _, data := range madeProfiles() {
		if len(data) < 4096 { // larger ones are slow to vary; FuzzTable has what they have
			f.Add(data)
		}
	}
	src8, src16 := []uint8{0, 0, 0, 0, 255, 255, 255, 255, 1, 128, 200, 9}, []uint16{0, 0, 0, 0, 65535, 65535, 65535, 65535, 1, 3000, 40000, 9}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse(bytes.Clone(data))
		if err != nil {
			mustBeKind(t, err)
			return
		}
		p.IsSRGB()
		for _, intent := range allIntents {
			tr, err := NewTransform(p, intent)
			if err != nil {
				mustBeKind(t, err)
				continue
			}
			tr.Row8(make([]uint8, 36), src8)
			if intent == Relative { // the tables for 16 bits take most of the time
				tr.Row16(make([]uint16, 36), src16)
			}
		}
	})
}

// FuzzTable varies an AToB tag alone, in a profile that is sound.
func FuzzTable(f *testing.F) {
	narrow := []byte(oldTable(2, 3, 2, noMatrix, straight, straight, same))
	small := append(narrow[:48:48], u16(2, 2)+strings.Repeat(u16(0, 65535), 3)+gridOf(3, 2, 2, same)+strings.Repeat(u16(0, 65535), 3)...)
	f.Add(small, uint8(3))
	f.Add([]byte(oldTable(1, 1, 2, noMatrix, bent, straight, same)), uint8(1))
	f.Add([]byte(newTable(3, parts{a: curves(3, gammaCurve(2)), grid: newGrid(3, 2, 1, lamps), m: curves(3, functionCurve(4, 2, 1, 0, 1, 0, 0, 0)), matrix: s15Fixed16(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1), b: curves(3, identityCurve)})), uint8(3))
	f.Add([]byte(newTable(4, parts{a: curves(4, identityCurve), grid: newGrid(4, 2, 2, inks), b: curves(3, tableCurve(3, bent))})), uint8(4))
	f.Fuzz(func(t *testing.T, tag []byte, channels uint8) {
		space := map[uint8]string{1: "GRAY", 3: "RGB ", 4: "CMYK"}[channels]
		if space == "" || len(tag) > MaxProfile/2 {
			return
		}
		for _, pcs := range []string{"Lab ", "XYZ "} {
			p, err := Parse(profileOf(4, "spac", space, pcs, "A2B0", string(tag)))
			if err != nil {
				t.Fatal(err)
			}
			tr, err := NewTransform(p, Perceptual)
			if err != nil {
				mustBeKind(t, err)
				return
			}
			e, err := p.exact(Perceptual)
			if err != nil {
				t.Fatal(err)
			}
			// Functions of any steepness, which new tables can have, are not followed so closely.
			tableFollows(t, tr, e, string(tag[:3]) == "mft")
		}
	})
}

// tableFollows compares a row with the exact transform, or only sees that both give numbers.
func tableFollows(t *testing.T, tr *Transform, e exact, closely bool) {
	t.Helper()
	src := []uint8{0, 0, 0, 0, 255, 255, 255, 255, 1, 128, 200, 9}
	n := tr.Channels()
	dst := make([]uint8, 3*len(src)/n)
	tr.Row8(dst, src)
	for i := range len(src) / n {
		var device [4]float64
		for c := range n {
			device[c] = float64(src[i*n+c]) / 255
		}
		for c, light := range e.linear(device) {
			if light != light {
				t.Fatalf("%v gives no number", device)
			}
			if want := encoded(light, 255); closely && math.Abs(float64(dst[3*i+c])-want) > 1 {
				t.Errorf("pixel %d, channel %d: %d, want %.2f", i, c, dst[3*i+c], want)
			}
		}
	}
}

func mustBeKind(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnsupported) {
		t.Errorf("%v is of no kind", err)
	}
}
