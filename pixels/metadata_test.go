package pixels

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestExifOrientationOfHostileBlocks(t *testing.T) {
	t.Parallel()
	good := exif(binary.LittleEndian, 6)
	patch := func(at int, bytes ...byte) []byte {
		b := append([]byte(nil), good...)
		copy(b[at:], bytes)
		return b
	}
	for _, c := range []struct {
		name string
		data []byte
		want int
	}{
		{"good", good, 6},
		{"empty", nil, 1},
		{"other byte order mark", patch(0, 'X', 'X'), 1},
		{"directory outside", patch(4, 0xff, 0xff, 0xff, 0xff), 1},
		{"65535 entries", patch(8, 0xff, 0xff), 6},
		{"no entries", patch(8, 0, 0), 1},
		{"orientation 0", patch(30, 0, 0), 1},
		{"orientation 9", patch(30, 9, 0), 1},
		{"value as text", patch(24, 2, 0), 1},
		{"value as long", patch(24, 4, 0), 6},
		{"unknown type", patch(24, 99, 0), 1},
		{"value outside", patch(26, 0xff, 0xff, 0xff, 0xff), 1},
		{"cut behind the entry", good[:34], 6},
		{"cut in the entry", good[:33], 1},
	} {
		if got := exifOrientation(c.data); got != c.want {
			t.Errorf("%s: orientation %d, want %d", c.name, got, c.want)
		}
	}
	for n := range good {
		exifOrientation(good[:n]) // must not panic
	}
}

func FuzzExifOrientation(f *testing.F) {
	f.Add(exif(binary.LittleEndian, 6))
	f.Add(exif(binary.BigEndian, 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := exifOrientation(data); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}

// TestFirstExifCounts has two Exif segments: applying both would turn twice.
func TestFirstExifCounts(t *testing.T) {
	t.Parallel()
	seg := func(o uint16) []byte { return append([]byte("Exif\x00\x00"), exif(binary.BigEndian, o)...) }
	file := jpegWith(jpegWith(encode(t, "jpeg", noise(9, 5)), 0xe1, seg(3)), 0xe1, seg(6))
	if img := mustDecode(t, file, Options{}); img.Orientation != 6 || img.Width != 5 {
		t.Errorf("orientation %d, %d wide; want that of the first segment, 6 and 5", img.Orientation, img.Width)
	}
}

// Colorants of R′G′B′ spaces, adapted to D50, as profiles hold them.
var (
	colorantsP3   = [3][3]float64{{0.51512, 0.24120, -0.00105}, {0.29198, 0.69225, 0.04189}, {0.15710, 0.06657, 0.78407}}
	colorantsSRGB = [3][3]float64{{0.43607, 0.22249, 0.01392}, {0.38515, 0.71687, 0.09708}, {0.14307, 0.06061, 0.71410}}
)

// profile returns a display profile with the transfer function of sRGB, of version 2 or 4.
func profile(description string, version int, colorants [3][3]float64) []byte {
	be := binary.BigEndian
	fixed := func(v float64) []byte { return be.AppendUint32(nil, uint32(int32(math.Round(v*65536)))) }
	type tag struct {
		name string
		body []byte
	}
	tags := []tag{{"desc", descriptionTag(description, version)}}
	for i, name := range []string{"rXYZ", "gXYZ", "bXYZ"} {
		c := colorants[i]
		tags = append(tags, tag{name, slices.Concat([]byte("XYZ \x00\x00\x00\x00"), fixed(c[0]), fixed(c[1]), fixed(c[2]))})
	}
	curve := slices.Concat([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"), fixed(2.4), fixed(1/1.055), fixed(0.055/1.055), fixed(1/12.92), fixed(0.04045))
	for _, name := range []string{"rTRC", "gTRC", "bTRC"} {
		tags = append(tags, tag{name, curve})
	}
	icc := make([]byte, 128)
	icc[8] = byte(version)
	copy(icc[12:], "mntrRGB XYZ ")
	copy(icc[36:], "acsp")
	copy(icc[68:], slices.Concat(fixed(0.9642), fixed(1), fixed(0.8249)))
	icc = be.AppendUint32(icc, uint32(len(tags)))
	at := len(icc) + 12*len(tags)
	var bodies []byte
	for _, t := range tags {
		for len(bodies)%4 != 0 {
			bodies = append(bodies, 0)
		}
		icc = be.AppendUint32(be.AppendUint32(append(icc, t.name...), uint32(at+len(bodies))), uint32(len(t.body)))
		bodies = append(bodies, t.body...)
	}
	icc = append(icc, bodies...)
	be.PutUint32(icc, uint32(len(icc)))
	return icc
}

func descriptionTag(description string, version int) []byte {
	be := binary.BigEndian
	if version == 2 {
		return append(be.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(description)+1)), description+"\x00"...)
	}
	units := utf16.Encode([]rune(description))
	tag := be.AppendUint32(be.AppendUint32([]byte("mluc\x00\x00\x00\x00"), 1), 12)
	tag = be.AppendUint32(be.AppendUint32(append(tag, "enUS"...), uint32(2*len(units))), 28)
	for _, u := range units {
		tag = be.AppendUint16(tag, u)
	}
	return tag
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

// TestColourIsManaged paints one orange in every container, tagged in every way, and looks at what comes out.
func TestColourIsManaged(t *testing.T) {
	t.Parallel()
	flat := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	draw.Draw(flat, flat.Rect, image.NewUniform(color.NRGBA{200, 120, 60, 255}), image.Point{}, draw.Src)
	jpg, png, webp, tif := encode(t, "jpeg", flat), encode(t, "png", flat), unbase64(t, webpLossy), encode(t, "tiff", flat)
	p3, srgb := profile("Display P3", 4, colorantsP3), profile("sRGB IEC61966-2.1", 2, colorantsSRGB)
	iccp := func(icc []byte) []byte { return append([]byte("icc\x00\x00"), deflated(icc)...) }
	app2 := func(seq byte, part []byte) []byte {
		return append([]byte{'I', 'C', 'C', '_', 'P', 'R', 'O', 'F', 'I', 'L', 'E', 0, seq, 2}, part...)
	}
	split := jpegWith(jpegWith(jpg, 0xe2, app2(2, p3[150:])), 0xe2, app2(1, p3[:150]))
	plain, vivid, pale := [3]uint8{200, 120, 60}, [3]uint8{213, 115, 42}, [3]uint8{228, 182, 132}
	soft := mustDecode(t, webp, Options{}).RGB8
	for _, c := range []struct {
		name   string
		file   []byte
		colour string
		want   [3]uint8
		warns  string
	}{
		{"jpeg", split, "Display P3", vivid, ""},
		{"png", pngWith(png, "iCCP", iccp(p3)), "Display P3", vivid, ""},
		{"tiff", tiffWithProfile(tif, p3), "Display P3", vivid, ""},
		{"jpeg sRGB", jpegWith(jpg, 0xe2, app2(1, srgb)), "sRGB IEC61966-2.1", plain, ""},
		{"png sRGB", pngWith(png, "iCCP", iccp(srgb)), "sRGB IEC61966-2.1", plain, ""},
		{"webp", webpWith(webp, "ICCP", p3), "Display P3", [3]uint8{}, ""},
		{"webp sRGB", webpWith(webp, "ICCP", srgb), "sRGB IEC61966-2.1", [3]uint8(soft), ""},
		{"broken profile", pngWith(png, "iCCP", []byte("icc\x00\x00junk")), NoProfile, plain, "profile is not applied"},
		{"junk profile", jpegWith(jpg, 0xe2, app2(1, []byte("junk"))), NoProfile, plain, "profile is not applied"},
		{"gamma 1", pngWith(png, "gAMA", []byte{0, 1, 0x86, 0xa0}), "gamma 1.00000", pale, ""},
		{"gamma of sRGB", pngWith(png, "gAMA", []byte{0, 0, 0xb1, 0x8f}), "gamma 0.45455", plain, ""},
		{"sRGB over gamma", pngWith(pngWith(png, "gAMA", []byte{0, 1, 0x86, 0xa0}), "sRGB", []byte{0}), "sRGB", plain, ""},
		{"cICP P3", pngWith(png, "cICP", []byte{12, 13, 0, 1}), "cICP 12/13", vivid, ""},
		{"cICP sRGB over profile", pngWith(pngWith(png, "cICP", []byte{1, 13, 0, 1}), "iCCP", iccp(p3)), "cICP 1/13", plain, ""},
		{"cICP PQ", pngWith(png, "cICP", []byte{9, 16, 0, 1}), NoProfile, plain, "cICP 9/16 is not applied"},
		{"cICP of video", pngWith(png, "cICP", []byte{1, 1, 1, 0}), NoProfile, plain, "PNG does not have"},
		{"none", tif, NoProfile, plain, ""},
		{"pages", twoPages(tif), NoProfile, plain, "holds 2 pictures"},
	} {
		m := mustDecode(t, c.file, Options{})
		warnings := said(m)
		if m.Colour != c.colour || (c.warns == "") != (warnings == "") || !strings.Contains(warnings, c.warns) {
			t.Errorf("%s: colour %q, warnings %q; want %q, %q", c.name, m.Colour, warnings, c.colour, c.warns)
		}
		if c.name == "webp" { // of a soft picture: vivid is not what it was
			if slices.Equal(m.RGB8, soft) {
				t.Errorf("%s: the profile changed nothing", c.name)
			}
			continue
		}
		for i, v := range c.want {
			if d := int(m.RGB8[i]) - int(v); d < -3 || d > 3 { // JPEG
				t.Errorf("%s: colour %v, want %v", c.name, m.RGB8[:3], c.want)
				break
			}
		}
	}
}

// TestColourOfEveryLayout converts grey, 16 bits and alpha by a profile: alpha stays, and grey stays grey.
func TestColourOfEveryLayout(t *testing.T) {
	t.Parallel()
	p3 := append([]byte("icc\x00\x00"), deflated(profile("Display P3", 2, colorantsP3))...)
	grey := image.NewGray(image.Rect(0, 0, 4, 4))
	deep := image.NewNRGBA64(grey.Rect)
	sheer := image.NewNRGBA(grey.Rect)
	for i := range 16 {
		grey.Pix[i] = uint8(16 * i)
		deep.SetNRGBA64(i%4, i/4, color.NRGBA64{257 * 200, 257 * 120, 257 * 60, 65535})
		sheer.SetNRGBA(i%4, i/4, color.NRGBA{200, 120, 60, uint8(17 * i)})
	}
	m := mustDecode(t, pngWith(encode(t, "png", grey), "iCCP", p3), Options{})
	for i, v := range m.RGB8 {
		if d := int(v) - 16*(i/3); d < -1 || d > 1 {
			t.Errorf("grey %d became %d", 16*(i/3), v)
		}
	}
	m = mustDecode(t, pngWith(encode(t, "png", deep), "iCCP", p3), Options{})
	if p := m.RGB16; p[0]>>8 < 212 || p[0]>>8 > 216 || m.Depth != 16 {
		t.Errorf("in 16 bits the orange became %v", p[:3])
	}
	m = mustDecode(t, pngWith(encode(t, "png", sheer), "iCCP", p3), Options{Black: true})
	if p := m.RGB8[45:]; p[0] < 212 || p[0] > 216 || !m.HasAlpha || m.RGB8[0] != 0 {
		t.Errorf("with alpha the orange became %v, and %v where it is transparent", p, m.RGB8[:3])
	}
}

// twoPages puts a second directory before the first of a file.
func twoPages(file []byte) []byte {
	out := tiffWith(file, tagOrientation, 1)
	first := binary.LittleEndian.Uint32(file[4:])
	binary.LittleEndian.PutUint32(out[len(out)-4:], first)
	return out
}

func TestRingOfPagesEnds(t *testing.T) {
	t.Parallel()
	ring := twoPages(encode(t, "tiff", corners()))
	binary.LittleEndian.PutUint32(ring[len(ring)-4:], binary.LittleEndian.Uint32(ring[4:]))
	if img := mustDecode(t, ring, Options{}); img.Frames != maxPages {
		t.Errorf("a directory linked to itself counts as %d pages, want the limit of %d", img.Frames, maxPages)
	}
}
