package container

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// secret stands in all parts of the files below.
const secret = "Ann Example, 5 Sea Street"

// rich writes a file of each format with every kind of part that the format has, each with the secret.
func rich() map[string][]byte {
	exif := string(tiffOf(entry{0x010e, 2, secret + "\x00"}))
	xmp := "<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + secret + "</x:xmpmeta>"
	iim := "\x1c\x02\x50\x00" + string([]byte{byte(len(secret))}) + secret
	shop := irb(0x0404, iim) + irb(0x040c, strings.Repeat("h", 28)+"\xff\xd8"+secret) + irb(0x0421, secret)
	store := manifest(80)[:60] + secret + "0123456789"
	store = u32(len(store)) + store[4:]
	return map[string][]byte{
		"jpeg": append(jpegOf(seg{0xe0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x03\x03" + secret + "??"}, seg{0xe1, "Exif\x00\x00" + exif}, seg{0xe1, headXMP + xmp},
			seg{0xe1, headExtension + strings.Repeat("A", 32) + u32(len(secret)) + u32(0) + secret}, seg{0xe2, headICC + "\x01\x01" + secret}, seg{0xed, headPhotoshop + shop}, seg{0xeb, "JP\x02\x11" + u32(1) + store},
			seg{0xe3, "Meta\x00" + secret}, seg{0xfe, secret}, seg{0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01"}), secret...),
		"png": append(pngOf(block{"eXIf", exif}, block{"iCCP", "icc\x00\x00" + deflated(secret)}, block{"caBX", store}, block{"tEXt", "Author\x00" + secret}, block{"iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00" + xmp},
			block{"tEXt", "Raw profile type iptc\x00" + string(hexLines("iptc", []byte(shop)))}, block{"prVt", secret}), secret...),
		"webp": append(webpOf(block{"ICCP", secret}, block{"EXIF", exif}, block{"XMP ", xmp}, block{"C2PA", store}, block{"NOTE", secret}), secret...),
		"gif": append(gifOf(gifXMP(xmp), "\x21\xfe"+gifBlocks(secret), "\x21\xff\x0bICCRGBG1012"+gifBlocks(secret), "\x21\xff\x0bC2PA_GIF\x01\x00\x00"+gifBlocks(store), "\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00",
			"\x21\xff\x0bMGK8BIM0000"+gifBlocks(shop), "\x21\x01\x0c            "+gifBlocks(secret), "\x21\xff\x0bANN     1.0"+gifBlocks(secret)), secret...),
		"jxl": append(jxlOf(boxOf("Exif", "\x00\x00\x00\x00", exif), boxOf("brob", "xml ", brotlied(xmp)), boxOf("jumb", store[8:]), jbrdOf(secret, secret, seg{0xed, headPhotoshop + shop}), boxOf("ANNX", secret)), boxOf("free", secret)...),
		"avif": append(heifOf("avif", boxOf("colr", "prof", secret)+boxOf("av1C", "\x81\x00\x0c\x00")+boxOf("udes", "\x00\x00\x00\x00en\x00", secret), thing{"Exif", "", "", "\x00\x00\x00\x06Exif\x00\x00" + exif}, thing{"mime", "application/rdf+xml", "", xmp}, thing{"mime", "text/plain", "", secret}),
			boxOf("uuid", string(uuidC2PA)+"\x00\x00\x00\x00manifest\x00", strings.Repeat("\x00", 8), store)+boxOf("free", secret)...),
		"heic": []byte(string(heifOf("heic", boxOf("hvcC", "config"), thing{"mime", "application/rdf+xml", "br", brotlied(xmp)}, thing{"Exif", "", "", "\x00\x00\x00\x00" + exif})) + boxOf("uuid", string(uuidXMP), xmp) + boxOf("mdat", "more") + boxOf("mpvd", secret)),
		"tiff": pagesOf(exifEntries(xmp, iim, shop, store)),
		"svg": []byte("<svg xmlns:i='ink' i:docname='" + secret + "'><!--" + secret + "--><title>" + secret + "</title><metadata>" + xmp + "<i:pgf>" + secret + "</i:pgf></metadata><c2pa:manifest>" + base64.StdEncoding.EncodeToString([]byte(store)) +
			"</c2pa:manifest><rect width='5'/></svg>"),
	}
}

func exifEntries(xmp, iim, shop, store string) []entry {
	return []entry{{0x0100, 3, "\x01\x00"}, {0x010e, 2, secret + "\x00"}, {0x02bc, 1, xmp}, {0x83bb, 7, iim}, {0x8649, 7, shop}, {0x8773, 7, secret}, {0xcd41, 7, store}}
}

// pagesOf writes a TIFF file of a picture of five bytes with the entries, and of a reduced picture in IFD1.
func pagesOf(entries []entry) []byte {
	le := binary.LittleEndian
	four := func(v int) string { return string(le.AppendUint32(nil, uint32(v))) }
	entries = append(slices.Clone(entries), entry{0x0111, 4, four(0)}, entry{0x0117, 4, four(5)})
	out := tiffOf(entries...)
	strip := len(out)
	entries[len(entries)-2].data = four(strip)
	out = append(tiffOf(entries...), "PIXEL"+"\x00"...)
	le.PutUint32(out[8+2+12*len(entries):], uint32(len(out)))
	at := len(out) + 2 + 3*12 + 4
	out = append(out, "\x03\x00\xfe\x00\x04\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x02\x04\x00\x01\x00\x00\x00"+four(at)+"\x02\x02\x04\x00\x01\x00\x00\x00"+four(len(secret))+four(0)+secret...)
	return append(out, secret...) // to which nothing points
}

// TestStripEverything leaves no byte of what is refused, and the picture.
func TestStripEverything(t *testing.T) {
	for name, data := range rich() {
		t.Run(name, func(t *testing.T) {
			before, err := Parse(data, Limits{})
			if err != nil || string(before.Format) != name {
				t.Fatal(err, before)
			}
			out, err := Strip(data, func(Part) bool { return false })
			if err != nil {
				t.Fatal(err)
			}
			if at := bytes.Index(out, []byte(secret[:8])); at >= 0 {
				t.Errorf("the secret stands at byte %d of %d", at, len(out))
			}
			after, err := Parse(out, Limits{})
			if err != nil || len(after.Problems) > 0 {
				t.Fatalf("%v, %v", err, after.Problems)
			}
			for _, p := range after.Parts {
				if !frame(after.Format, p) {
					t.Errorf("%s %s remains", p.Kind, p.Name)
				}
			}
			if again, err := Strip(out, func(Part) bool { return false }); err != nil || !bytes.Equal(again, out) && before.Format != TIFF {
				t.Errorf("stripping again: %v, %d bytes instead of %d", err, len(again), len(out))
			}
		})
	}
}

// TestStripOneKind removes each kind that a file has and leaves the others as they were.
func TestStripOneKind(t *testing.T) {
	for name, data := range rich() {
		before, err := Parse(data, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for kind, parts := range byKind(before) {
			t.Run(fmt.Sprint(name, " ", kind), func(t *testing.T) {
				out, err := Strip(data, func(p Part) bool { return p.Kind != kind })
				if err != nil {
					t.Fatal(err)
				}
				after, err := Parse(out, Limits{})
				if err != nil || len(after.Problems) > 0 {
					t.Fatalf("%v, %v", err, after.Problems)
				}
				left := byKind(after)
				for other, want := range byKind(before) {
					got := left[other]
					switch {
					case other == kind && !(kind == Photoshop || kind == Exif && name == "tiff") && len(got) > 0:
						t.Errorf("%d of %d remain", len(got), len(parts))
					case other == kind || other == Photoshop || other == Exif && name == "tiff" || other == Other && name == "jxl" && kind != Other:
					case !slices.EqualFunc(got, want, func(a, b Part) bool { return bytes.Equal(a.Data, b.Data) }):
						t.Errorf("%s: got %d parts, want the same %d", other, len(got), len(want))
					}
				}
			})
		}
	}
}

// byKind sorts the parts, without those of a JPEG file that a JPEG XL restores: they go together.
func byKind(f *File) map[Kind][]Part {
	m := map[Kind][]Part{}
	for _, p := range f.Parts {
		if strings.HasPrefix(p.Name, "jbrd ") {
			continue
		}
		m[p.Kind] = append(m[p.Kind], p)
	}
	return m
}

// TestStripNothing gives the file as it is.
func TestStripNothing(t *testing.T) {
	for name, data := range rich() {
		if out, err := Strip(data, func(Part) bool { return true }); err != nil || !bytes.Equal(out, data) {
			t.Errorf("%s: %v, %d bytes of %d", name, err, len(out), len(data))
		}
	}
}

// TestStripKeepsFurtherPictures corrects MPF's index where what stands before it goes.
func TestStripKeepsFurtherPictures(t *testing.T) {
	data := furtherPicture(seg{0xe1, "Exif\x00\x00" + tiffHead}, seg{0xe1, headXMP + packet})
	out, err := Strip(data, func(p Part) bool { return p.Kind == MPF || p.Kind == Preview })
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(out, Limits{})
	if err != nil || len(f.Problems) > 0 || len(out) >= len(data) {
		t.Fatal(err, f.Problems)
	}
	if p, ok := f.First(Preview); !ok || string(p.Data) != "\xff\xd8\xff\xd9" {
		t.Errorf("got %v", found(f))
	}
	index, _ := f.First(MPF)
	first := binary.LittleEndian.Uint32(index.Data[len(index.Data)-32+4:])
	if end := bytes.Index(out, []byte("\xff\xd9")) + 2; int(first) != end {
		t.Errorf("the index says that the first picture has %d bytes, want %d", first, end)
	}
	if out, err = Strip(data, func(p Part) bool { return p.Kind != MPF }); err != nil || bytes.Contains(out, []byte("\xff\xd8\xff\xd9")) {
		t.Errorf("the picture stays without its index, %v", err)
	}
}

// furtherPicture writes a JPEG file with an index between two segments, and one more picture of four bytes.
func furtherPicture(before, behind seg) []byte {
	le := func(v int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(v))) }
	build := func(size, offset int) []byte {
		entries := le(0x030000) + le(size) + le(0) + le(0) + le(0x010001) + le(4) + le(offset) + le(0)
		return jpegOf(before, seg{0xe2, headMPF + string(tiffOf(entry{0xb002, 7, entries}))}, behind)
	}
	first := build(0, 0)
	header := bytes.Index(first, []byte(headMPF)) + 4
	return append(build(len(first), len(first)-header), "\xff\xd8\xff\xd9"...)
}

// FuzzStrip proves that no file makes Strip panic, and that what it gives has none of what it refuses.
func FuzzStrip(f *testing.F) {
	for _, data := range rich() {
		f.Add(data, byte(0))
		f.Add(data, byte(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, refuse byte) {
		kinds := []Kind{"", Exif, XMP, IIM, Photoshop, ICC, C2PA, Text, Preview, Trailer, Other}
		keep := func(p Part) bool { return refuse != 0 && p.Kind != kinds[int(refuse)%len(kinds)] }
		out, err := Strip(data, keep)
		if err != nil {
			return
		}
		after, err := Parse(out, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range after.Parts {
			if !keep(p) && !frame(after.Format, p) {
				t.Fatalf("%s %s remains", p.Kind, p.Name)
			}
		}
	})
}
