package container

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
)

const (
	tiffHead = "II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	packet   = `<x:xmpmeta xmlns:x="adobe:ns:meta/"/>`
	datasets = "\x1c\x02\x50\x00\x03Ann"
)

// found lists the parts as "Kind name ×spans data", long data by its length.
func found(f *File) []string {
	var out []string
	for _, p := range f.Parts {
		data := fmt.Sprintf("%q", p.Data)
		if len(p.Data) > 48 {
			data = fmt.Sprint(len(p.Data), " bytes")
		}
		out = append(out, fmt.Sprintf("%s|%s|%d|%s", p.Kind, p.Name, len(p.Spans), data))
	}
	return out
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// TestParts reads each way in which a format carries metadata.
func TestParts(t *testing.T) {
	guid := strings.Repeat("A1", 16)
	whole := manifest(100)
	icc := strings.Repeat("p", 40)
	hex := fmt.Sprintf("\niptc\n  %d\n%x\n", len(datasets), datasets)
	spelled := fmt.Sprintf("\nIPTC profile\n %d\n%X", len(irb(0x0404, datasets)), irb(0x0404, datasets))
	for _, c := range []struct {
		name string
		data []byte
		want []string
	}{
		{"JPEG Exif", jpegOf(seg{0xe1, "Exif\x00\x00" + tiffHead}), []string{"Exif|APP1|1|" + quoted(tiffHead)}},
		{"JPEG Exif in two segments", jpegOf(seg{0xe1, "Exif\x00\x00" + tiffHead}, seg{0xe1, "Exif\x00\x00and more"}), []string{"Exif|APP1|2|" + quoted(tiffHead+"and more")}},
		{"JPEG two Exif", jpegOf(seg{0xe1, "Exif\x00\x00" + tiffHead}, seg{0xe1, "\x00\x00EXIF\x00\xff" + tiffHead}), []string{"Exif|APP1|1|" + quoted(tiffHead), "Exif|APP1|1|" + quoted(tiffHead)}},
		{"JPEG XMP and its extension out of order", jpegOf(seg{0xe1, headXMP + packet}, seg{0xe1, headExtension + guid + u32(6) + u32(3) + "def"}, seg{0xe1, headExtension + guid + u32(6) + u32(0) + "abc"}),
			[]string{"XMP|APP1|1|" + quoted(packet), "XMPExtended|APP1 extension " + guid + `|2|"abcdef"`}},
		{"JPEG XMP without header", jpegOf(seg{0xe1, packet}), []string{"XMP|APP1 without header|1|" + quoted(packet)}},
		{"JPEG profile out of order", jpegOf(seg{0xe2, headICC + "\x02\x02def"}, seg{0xe2, headICC + "\x01\x02abc"}), []string{`ICC|APP2|2|"abcdef"`}},
		{"JPEG manifest", jpegOf(seg{0xeb, "JP\x02\x11" + u32(1) + whole[:60]}, seg{0xeb, "JP\x02\x11" + u32(2) + whole[:8] + whole[60:]}), []string{"C2PA|APP11 box 529|2|100 bytes"}},
		{"JPEG resources over two segments", jpegOf(seg{0xed, headPhotoshop + irb(0x0404, datasets)[:14]}, seg{0xed, headPhotoshop + irb(0x0404, datasets)[14:] + irb(0x040c, strings.Repeat("h", 28)+"\xff\xd8")}),
			[]string{"Photoshop|APP13|2|62 bytes", "IIM|APP13 8BIM 0x0404|2|" + quoted(datasets), `Preview|APP13 8BIM 0x040c|2|"\xff\xd8"`}},
		{"JPEG resource without size", jpegOf(seg{0xed, headPhotoshop + "8BIM\x04\x04\x00\x00\x00\x00\x00\x00" + datasets}), []string{"Photoshop|APP13|1|" + quoted("8BIM\x04\x04\x00\x00\x00\x00\x00\x00"+datasets), "IIM|APP13 8BIM 0x0404|1|" + quoted(datasets)}},
		{"JPEG thumbnails", jpegOf(seg{0xe0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x01\x01rgb"}, seg{0xe0, "JFXX\x00\x10\xff\xd8"}), []string{`Preview|JFIF thumbnail, RGB 1×1|1|"rgb"`, `Preview|JFXX thumbnail, type 0x10|1|"\xff\xd8"`}},
		{"JPEG FlashPix", jpegOf(seg{0xe2, "FPXR\x00\x00\x02\x00\x00" + u32(0) + "head\xff\xd8\xff"}, seg{0xe2, "FPXR\x00\x00\x02\x00\x00" + u32(7) + "more"}), []string{`Preview|APP2 FPXR stream 0|2|"\xff\xd8\xffmore"`}},
		{"JPEG comment and others", jpegOf(seg{0xfe, "by Ann"}, seg{0xec, "Ducky\x00\x01"}, seg{0xee, "Adobe\x00\x64"}), []string{`Comment|COM|1|"by Ann"`, `Other|APP12 Ducky|1|"Ducky\x00\x01"`}},
		{"PNG", pngOf(block{"eXIf", tiffHead}, block{"iCCP", "icc\x00\x00" + deflated(icc)}, block{"caBX", whole}, block{"tIME", "\x07\xe9\x0b\x1a\x09\x00\x00"}),
			[]string{"Exif|eXIf|1|" + quoted(tiffHead), "ICC|iCCP|1|" + quoted(icc), "C2PA|caBX|1|100 bytes", `Other|tIME|1|"\a\xe9\v\x1a\t\x00\x00"`}},
		{"PNG texts", pngOf(block{"tEXt", "exif:GPSLatitude\x0048/1"}, block{"zTXt", "Comment\x00\x00" + deflated("hello")}, block{"iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00" + packet}, block{"iTXt", "Author\x00\x01\x00fr\x00Auteur\x00" + deflated("Ève")}),
			[]string{`Text|tEXt exif:GPSLatitude|1|"48/1"`, `Text|zTXt Comment|1|"hello"`, "XMP|iTXt XML:com.adobe.xmp|1|" + quoted(packet), `Text|iTXt Author|1|"Ève"`}},
		{"PNG raw profiles", pngOf(block{"zTXt", "Raw profile type iptc\x00\x00" + deflated(hex)}, block{"tEXt", "Raw profile type iptc\x00" + spelled}, block{"tEXt", "Raw profile type APP1\x00\ngeneric profile\n 5\n" + fmt.Sprintf("%x", "Exif\x00\x00"+tiffHead)},
			block{"tEXt", "Raw profile type xmp\x00\nxmp\n 5\n" + fmt.Sprintf("%x", packet)}, block{"zTXt", "Raw profile type iptc\x00\x00" + deflated(datasets)}),
			[]string{"IIM|zTXt Raw profile type iptc|1|" + quoted(datasets), "Photoshop|tEXt Raw profile type iptc|1|" + quoted(irb(0x0404, datasets)), "IIM|tEXt Raw profile type iptc 8BIM 0x0404|1|" + quoted(datasets),
				"Exif|tEXt Raw profile type APP1|1|" + quoted(tiffHead), "XMP|tEXt Raw profile type xmp|1|" + quoted(packet), "IIM|zTXt Raw profile type iptc|1|" + quoted(datasets)}},
		{"WebP", webpOf(block{"ICCP", icc}, block{"EXIF", "Exif\x00\x00" + tiffHead}, block{"XMP ", packet}, block{"C2PA", whole}, block{"NOTE", "abc"}),
			[]string{"ICC|ICCP|1|" + quoted(icc), "Exif|EXIF|1|" + quoted(tiffHead), "XMP|XMP|1|" + quoted(packet), "C2PA|C2PA|1|100 bytes", `Other|NOTE|1|"abc"`}},
		{"TIFF", tiffOf(entry{0x02bc, 1, packet}, entry{0x83bb, 4, "\x50\x02\x1c\x1c\x6e\x6e\x41\x03"}, entry{0x8649, 1, irb(0x0404, datasets)}, entry{0x8773, 7, icc}, entry{0xcd41, 7, whole}),
			[]string{"Exif|TIFF|1|280 bytes", "XMP|IFD0 0x02bc|1|" + quoted(packet), "IIM|IFD0 0x83bb|1|" + quoted("\x1c\x1c\x02\x50\x03\x41\x6e\x6e"), "Photoshop|IFD0 0x8649|1|" + quoted(irb(0x0404, datasets)),
				"IIM|IFD0 0x8649 8BIM 0x0404|1|" + quoted(datasets), "ICC|IFD0 0x8773|1|" + quoted(icc), "C2PA|IFD0 0xcd41|1|100 bytes"}},
		{"TIFF with a segment of JPEG for datasets", tiffOf(entry{0x83bb, 7, headPhotoshop + irb(0x0404, datasets+datasets)[:22]}), []string{"Exif|TIFF|1|62 bytes", "Photoshop|IFD0 0x83bb|1|" + quoted(irb(0x0404, datasets+datasets)[:22]), "IIM|IFD0 0x83bb 8BIM 0x0404|1|" + quoted(datasets+"\x1c\x02")}},
	} {
		t.Run(c.name, func(t *testing.T) { parts(t, c.data, c.want) })
	}
}

// parts compares what is found with what a file was made of.
func parts(t *testing.T, data []byte, want []string) {
	t.Helper()
	f, err := Parse(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := found(f); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s\n%v", strings.Join(got, "\n"), strings.Join(want, "\n"), f.Problems)
	}
	tiled(t, f, data)
}

// tiled checks that the elements stand behind one another without a gap, the last up to the end, and that each part's
// spans lie in the file.
func tiled(t *testing.T, f *File, data []byte) {
	t.Helper()
	at := int64(0)
	for _, e := range f.Elements {
		if f.Format == TIFF {
			break
		}
		if e.Span.Offset != at || e.Payload.Offset < at || e.Payload.End() > e.Span.End() || e.Payload.Length < 0 {
			t.Fatalf("%s stands at %v with the payload %v, want it at %d", e.Name, e.Span, e.Payload, at)
		}
		at = e.Span.End()
	}
	if f.Format != TIFF && at != int64(len(data)) && len(f.Problems) == 0 {
		t.Errorf("the elements end at %d of %d", at, len(data))
	}
	for _, p := range f.Parts {
		for _, s := range p.Spans {
			if s.Offset < 0 || s.Length <= 0 || s.End() > int64(len(data)) {
				t.Fatalf("%s %s lies at %v of %d", p.Kind, p.Name, s, len(data))
			}
		}
	}
}

// TestTrailers reads what stands behind a picture's end.
func TestTrailers(t *testing.T) {
	base := jpegOf()
	end := len(base)
	afcp := func(at int) string {
		return "AXS!\x00\x01\x00\x01\x00\x00\x00\x00" + "IPTC" + u32(len(datasets)) + u32(at+24) + datasets + "AXS!" + u32(at) + "\x00\x00\x00\x00"
	}
	for _, c := range []struct {
		name, trailer string
		want          []string
	}{
		{"zeros", "\x00\x00\x00\x00", nil},
		{"a video", "\x00\x00\x00\x18ftypmp42", []string{`Trailer|MotionPhoto, an MP4 file|1|"\x00\x00\x00\x18ftypmp42"`}},
		{"AFCP", afcp(end), []string{"Trailer|AFCP|1|" + quoted(afcp(end)), "IIM|AFCP IPTC|1|" + quoted(datasets)}},
		{"AFCP that was moved", afcp(end + 999), []string{"Trailer|AFCP|1|" + quoted(afcp(end+999)), "IIM|AFCP IPTC|1|" + quoted(datasets)}},
		{"FotoStation", datasets + u16(1) + u32(len(datasets)+10) + "\xa1\xb2\xc3\xd4", []string{"Trailer|FotoStation|1|" + quoted(datasets+u16(1)+u32(len(datasets)+10)+"\xa1\xb2\xc3\xd4"), "IIM|FotoStation IPTC|1|" + quoted(datasets)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := append(bytes.Clone(base), c.trailer...)
			f, err := Parse(data, Limits{})
			if err != nil || len(f.Problems) > 0 {
				t.Fatal(err, f.Problems)
			}
			parts(t, data, c.want)
		})
	}
}

// TestFurtherPictures finds a picture by MPF's index, and tells it from what follows.
func TestFurtherPictures(t *testing.T) {
	index := func(offset int) []byte {
		le := func(v int) string { return string([]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)}) }
		entries := le(0x030000) + le(500) + le(0) + le(0) + le(0x010001) + le(4) + le(offset) + le(0)
		return jpegOf(seg{0xe2, headMPF + string(tiffOf(entry{0xb002, 7, entries}))})
	}
	first := index(0)
	// The index's TIFF structure stands behind SOI, the segment's header and "MPF\0".
	data := append(index(len(first)+3-10), "???\xff\xd8\xff\xd9more"...)
	f, err := Parse(data, Limits{})
	if err != nil || len(f.Problems) > 0 {
		t.Fatal(err, f.Problems)
	}
	want := []string{"MPF|APP2 MPF|1|58 bytes", `Preview|MPF picture 2, type 0x010001|1|"\xff\xd8\xff\xd9"`, `Trailer|data after the end|1|"???"`, `Trailer|data after the end|1|"more"`}
	if got := found(f); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestDamage gives files that are broken in one way, and looks for what is still read and what is said.
func TestDamage(t *testing.T) {
	exif := seg{0xe1, "Exif\x00\x00" + tiffHead}
	png := pngOf(block{"tEXt", "Author\x00Ann"})
	for _, c := range []struct {
		name string
		data []byte
		kind Kind
		says string
	}{
		{"cut within a segment", jpegOf(exif)[:20], Exif, "the file ends within its APP1 segment"},
		{"no EOI", bytes.TrimSuffix(jpegOf(exif), []byte("\xff\xd9")), Exif, "before its EOI"},
		{"bytes between segments", append([]byte("\xff\xd8\xff\xfe\x00\x02lost"), jpegOf(exif)[2:]...), Exif, "4 bytes stand between two segments"},
		{"a segment without length", append([]byte("\xff\xd8\xff\xfe\x00\x00"), jpegOf(exif)[2:]...), Exif, "states a length of 0"},
		{"CRC", bytes.Replace(png, []byte("Ann"), []byte("Bob"), 1), Text, "CRC of the tEXt chunk"},
		{"cut within a chunk", png[:46], Text, "within its tEXt chunk"},
		{"no zlib stream", pngOf(block{"zTXt", "Author\x00\x00Ann"}), Text, "not compressed as it says"},
		{"half a zlib stream", pngOf(block{"zTXt", "Author\x00\x00" + deflated(strings.Repeat("Ann", 999))[:12]}), Text, "the zTXt chunk ends after"},
		{"RIFF is shorter", webpOf(block{"EXIF", tiffHead})[:60], Exif, "and has 60"},
		{"two pieces with one number", jpegOf(seg{0xe2, headICC + "\x01\x02a"}, seg{0xe2, headICC + "\x01\x02b"}), ICC, "two pieces with the number 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse(c.data, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := f.First(c.kind); !ok {
				t.Errorf("got %v, want a part of kind %s", found(f), c.kind)
			}
			if said := fmt.Sprint(f.Problems); !strings.Contains(said, c.says) {
				t.Errorf("got %s, want %q", said, c.says)
			}
			tiled(t, f, c.data)
		})
	}
}

// TestProblemsQuoteNoKeyword: problems are kept, and a keyword is somebody's own words.
func TestProblemsQuoteNoKeyword(t *testing.T) {
	f, err := Parse(pngOf(block{"tEXt", "Raw profile type of Ann\x00no digits"}, block{"tEXt", "Photo of Ann\x00" + strings.Repeat("a", 100)}), Limits{Part: 50})
	if err != nil || len(f.Problems) != 2 {
		t.Fatalf("got %v, %v", f.Problems, err)
	}
	if said := fmt.Sprint(f.Problems); strings.Contains(said, "Ann") || !strings.Contains(said, "tEXt") {
		t.Errorf("got %s", said)
	}
}

// TestLimits refuses what passes a limit of the whole, and gives no more than allowed of one part.
func TestLimits(t *testing.T) {
	many := make([]seg, 100)
	for i := range many {
		many[i] = seg{markerCOM, "x"}
	}
	if _, err := Parse(jpegOf(many...), Limits{Elements: 50}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("100 segments of 50 allowed: %v", err)
	}
	if _, err := Parse(jpegOf(many...), Limits{Parts: 50}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("100 parts of 50 allowed: %v", err)
	}
	bomb := deflated(strings.Repeat("\x00", 8<<20))
	f, err := Parse(pngOf(block{"zTXt", "a\x00\x00" + bomb}, block{"iCCP", "icc\x00\x00" + bomb}), Limits{Part: 1 << 20, Unpacked: 3 << 19})
	if err != nil || len(f.Parts) != 2 || len(f.Parts[0].Data) != 1<<20 || len(f.Parts[1].Data) != 1<<19 || len(f.Problems) != 2 {
		t.Errorf("got %v, %v, %v; want 1 MiB, and the half that is left", err, found(f), f.Problems)
	}
	for _, in := range []string{"", "GIF", "\x89PNG", "RIFF\x00\x00\x00\x00WAVE"} {
		if _, err := Parse([]byte(in), Limits{}); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: got %v, want ErrFormat", in, err)
		}
	}
}

func TestTextAndKeyword(t *testing.T) {
	f, _ := Parse(pngOf(block{"tEXt", "Author\x00\xc8ve"}, block{"tEXt", "Author\x00\xc3\x88ve"}), Limits{})
	for _, p := range f.Parts {
		if p.Text() != "Ève" || p.Keyword() != "Author" {
			t.Errorf("got %q by the keyword %q", p.Text(), p.Keyword())
		}
	}
}

// TestTextOfComments: a zero ends no text, and a byte order mark says that it is UTF-16, unless what follows shows that it is not.
func TestTextOfComments(t *testing.T) {
	for in, want := range map[string]string{
		"a hat\x00by \xc8ve":                      "a hat\x00by Ève",
		"a hat\x00by \xc3\x88ve":                  "a hat\x00by Ève",
		"\xff\xfe\xc8\x00v\x00e\x00":              "Ève",
		"\xfe\xff\x00\xc8\x00v\x00e":              "Ève",
		"\xff\xfea\x00\x00\x00\xc8\x00v\x00e\x00": "a\x00Ève",
		"\xfe\xff\x00\xc8\x00v\x00e\x00":          "Ève", // half a letter
		"\xff\xfe\x2d\x4e\x87\x65\x00\x00":        "中文\x00",
		"\xfe\xff\xd8\x00":                        "\ufffd",
		"\xff\xfeeve@example.org":                 "ÿþeve@example.org",
		"\xff\xfe":                                "ÿþ",
		"":                                        "",
	} {
		f, err := Parse(jpegOf(seg{markerCOM, in}), Limits{})
		if err != nil || len(f.Parts) != 1 || f.Parts[0].Text() != want {
			t.Errorf("%q: got %v, %v, want %q", in, f.Parts, err, want)
		}
	}
}

// TestCorpora reads the files of others: each that is an image, its elements behind one another.
func TestCorpora(t *testing.T) {
	read := 0
	for _, folder := range []string{"metadata", "c2pa", "formats", "photos"} {
		err := filepath.WalkDir(corpora.Dir(t, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			f, err := Parse(data, Limits{})
			if err == nil {
				read++
				tiled(t, f, data)
			} else if !errors.Is(err, ErrFormat) {
				t.Errorf("%s: %v", path, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if read < 200 {
		t.Errorf("%d files were read, want 200", read)
	}
}

// TestCutScan: wherever a JPEG file ends within its scan, that is told. Nothing is called unread: what is missing is not
// there to be seen by anybody.
func TestCutScan(t *testing.T) {
	var picture bytes.Buffer
	noise := image.NewGray(image.Rect(0, 0, 48, 48))
	for i := range noise.Pix {
		noise.Pix[i] = byte(i * i * 7)
	}
	if err := jpeg.Encode(&picture, noise, nil); err != nil {
		t.Fatal(err)
	}
	whole := picture.Bytes()
	for n := bytes.Index(whole, []byte{0xff, markerSOS}) + 12; n < len(whole); n++ {
		f, err := Parse(whole[:n], Limits{})
		if err != nil {
			t.Fatalf("cut to %d of %d bytes: %v", n, len(whole), err)
		}
		if len(f.Problems) != 1 || f.Problems[0].Reason != "the file ends before its EOI marker" || f.Problems[0].Unread {
			t.Errorf("cut to %d of %d bytes: %+v, want the missing end and nothing unread", n, len(whole), f.Problems)
		}
	}
	if f, err := Parse(whole, Limits{}); err != nil || len(f.Problems) > 0 {
		t.Errorf("whole: %v, %v", f.Problems, err)
	}
}
