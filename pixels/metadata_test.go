package pixels

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
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

// profile returns an ICC profile with only a description, of version 2 or 4.
func profile(description string, version int) []byte {
	be := binary.BigEndian
	var tag []byte
	if version == 2 {
		tag = append(be.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(description)+1)), description+"\x00"...)
	} else {
		units := utf16.Encode([]rune(description))
		tag = be.AppendUint32(be.AppendUint32([]byte("mluc\x00\x00\x00\x00"), 1), 12)
		tag = be.AppendUint32(be.AppendUint32(append(tag, "enUS"...), uint32(2*len(units))), 28)
		for _, u := range units {
			tag = be.AppendUint16(tag, u)
		}
	}
	icc := make([]byte, 128, 400)
	copy(icc[36:], "acsp")
	icc = be.AppendUint32(icc, 2)
	icc = be.AppendUint32(be.AppendUint32(append(icc, "cprt"...), 0), 0)
	icc = be.AppendUint32(be.AppendUint32(append(icc, "desc"...), uint32(len(icc)+12)), uint32(len(tag)))
	return append(icc, tag...)
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func TestColourWarnings(t *testing.T) {
	t.Parallel()
	jpg, png, webp, tif := encode(t, "jpeg", corners()), encode(t, "png", corners()), unbase64(t, webpLossy), encode(t, "tiff", corners())
	p3, srgb := profile("Display P3", 4), profile("sRGB IEC61966-2.1", 2)
	iccp := func(icc []byte) []byte { return append([]byte("icc\x00\x00"), deflated(icc)...) }
	app2 := func(seq byte, part []byte) []byte {
		return append([]byte{'I', 'C', 'C', '_', 'P', 'R', 'O', 'F', 'I', 'L', 'E', 0, seq, 2}, part...)
	}
	split := jpegWith(jpegWith(jpg, 0xe2, app2(2, p3[150:])), 0xe2, app2(1, p3[:150]))
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"jpeg", split, `profile "Display P3" is not applied; the colours were read as sRGB`},
		{"png", pngWith(png, "iCCP", iccp(p3)), `"Display P3"`},
		{"webp", webpWith(webp, "ICCP", p3), `"Display P3"`},
		{"jpeg sRGB", jpegWith(jpg, 0xe2, app2(1, srgb)), ""},
		{"png sRGB", pngWith(png, "iCCP", iccp(srgb)), ""},
		{"webp sRGB", webpWith(webp, "ICCP", profile("sRGB v4", 4)), ""},
		{"linear sRGB", webpWith(webp, "ICCP", profile("linear sRGB", 4)), "linear sRGB"},
		{"compact sRGB", webpWith(webp, "ICCP", profile("c2", 2)), ""},
		{"broken profile", pngWith(png, "iCCP", []byte("icc\x00\x00junk")), "unreadable"},
		{"no name", webpWith(webp, "ICCP", []byte("junk")), "unreadable"},
		{"gamma 1", pngWith(png, "gAMA", []byte{0, 1, 0x86, 0xa0}), "gamma 1.00000"},
		{"gamma of sRGB", pngWith(png, "gAMA", []byte{0, 0, 0xb1, 0x8f}), ""},
		{"sRGB over gamma", pngWith(pngWith(png, "gAMA", []byte{0, 1, 0x86, 0xa0}), "sRGB", []byte{0}), ""},
		{"cICP P3", pngWith(png, "cICP", []byte{12, 13, 0, 1}), "cICP 12/13"},
		{"cICP sRGB over profile", pngWith(pngWith(png, "cICP", []byte{1, 13, 0, 1}), "iCCP", iccp(p3)), ""},
		{"pages", twoPages(tif), "holds 2 pages"},
		{"none", tif, ""},
	} {
		got := strings.Join(mustDecode(t, c.file, Options{}).Warnings, "|")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: warnings %q, want %q", c.name, got, c.want)
		}
	}
	if ws := convert(t, image.NewCMYK(image.Rect(0, 0, 2, 2)), [3]uint8{}).Warnings; len(ws) != 1 || !strings.Contains(ws[0], "CMYK") {
		t.Errorf("CMYK: warnings %q", ws)
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

func TestHostileProfiles(t *testing.T) {
	t.Parallel()
	for _, version := range []int{2, 4} {
		good := profile("Display P3", version)
		if name, ok := profileName(good); name != "Display P3" || !ok {
			t.Errorf("version %d: name %q, %v", version, name, ok)
		}
		for n := range good {
			if name, _ := profileName(good[:n]); name == "Display P3" && n < len(good)-1 {
				t.Errorf("version %d cut at %d of %d is read whole", version, n, len(good))
			}
		}
		for bit := range 8 * len(good) {
			broken := append([]byte(nil), good...)
			broken[bit/8] ^= 1 << (bit % 8)
			if name, _ := profileName(broken); len(name) > 3*80 {
				t.Errorf("version %d, bit %d: a name of %d bytes", version, bit, len(name))
			}
		}
	}
}
