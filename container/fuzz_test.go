package container

import (
	"errors"
	"strings"
	"testing"
)

// fuzz proves for the files of one format that parsing them does not panic, that what is found lies in the file, and
// that the limits hold.
func fuzz(f *testing.F, format Format, seeds ...[]byte) {
	for _, s := range seeds {
		if got, ok := Detect(s); !ok || got != format {
			f.Fatalf("the seed is %q, want %q", got, format)
		}
		f.Add(s)
	}
	limits := Limits{Elements: 500, Parts: 100, Part: 1 << 16, Unpacked: 1 << 17, Problems: 5}
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, _ := Detect(data); got != format {
			return
		}
		file, err := Parse(data, limits)
		if err != nil {
			if !errors.Is(err, ErrTooLarge) {
				t.Fatalf("%v is of another kind", err)
			}
			return
		}
		if len(file.Elements) > limits.Elements || len(file.Parts) > limits.Parts || len(file.Problems) > limits.Problems {
			t.Fatalf("%d elements, %d parts, %d problems", len(file.Elements), len(file.Parts), len(file.Problems))
		}
		for _, p := range file.Parts {
			if p.Kind == "" || p.Name == "" || len(p.Spans) == 0 || len(p.Data) > max(len(data), 1<<16) {
				t.Fatalf("part %q %q has %d spans and %d bytes", p.Kind, p.Name, len(p.Spans), len(p.Data))
			}
		}
		tiled(t, file, data)
	})
}

func FuzzJPEG(f *testing.F) {
	fuzz(f, JPEG, jpegOf(), jpegOf(seg{0xe0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x01\x01rgb"}, seg{0xe1, "Exif\x00\x00" + tiffHead}, seg{0xe1, headXMP + packet}),
		jpegOf(seg{0xe1, headExtension + strings.Repeat("A", 32) + u32(3) + u32(0) + "abc"}, seg{0xe2, headICC + "\x01\x01abc"}, seg{0xeb, "JP\x02\x11" + u32(1) + manifest(60)}),
		jpegOf(seg{0xe2, headMPF + string(tiffOf(entry{0xb002, 7, strings.Repeat("\x04\x00\x00\x00", 8)}))}, seg{0xed, headPhotoshop + irb(0x0404, datasets)}, seg{0xe2, "FPXR\x00\x00\x02\x00\x00" + u32(0) + "\xff\xd8\xff"}),
		append(jpegOf(), "AXS!"...), append(jpegOf(), "AXS!\x00\x01\x00\x01\x00\x00\x00\x00IPTC\x00\x00\x00\x00\x00\x00\x00\x00AXS!\x00\x00\x00\x00\x00\x00\x00\x00"...), append(jpegOf(), "\x00\x01\x00\x00\x00\x0a\xa1\xb2\xc3\xd4"...))
}

func FuzzPNG(f *testing.F) {
	fuzz(f, PNG, pngOf(), pngOf(block{"eXIf", tiffHead}, block{"iCCP", "icc\x00\x00" + deflated("abc")}, block{"caBX", manifest(60)}),
		pngOf(block{"zTXt", "Raw profile type iptc\x00\x00" + deflated("\niptc\n 4\n3842494d")}, block{"iTXt", "Author\x00\x01\x00fr\x00Auteur\x00" + deflated("Ève")}))
}

func FuzzWebP(f *testing.F) {
	fuzz(f, WebP, webpOf(), []byte("RIFF\x18\x00\x00\x00WEBPVP8X\n\x00\x00\x00 \x00\x00\x00\x00\x00\x00\x00\x00\x00V/"), webpOf(block{"ICCP", "abc"}, block{"EXIF", tiffHead}, block{"XMP ", packet}, block{"C2PA", manifest(60)}))
}

func FuzzTIFF(f *testing.F) {
	fuzz(f, TIFF, tiffOf(), tiffOf(entry{0x02bc, 1, packet}, entry{0x83bb, 4, "\x50\x02\x1c\x1c\x6e\x6e\x41\x03"}, entry{0x8649, 1, irb(0x0404, datasets)}, entry{0xcd41, 7, manifest(60)}))
}

func FuzzGIF(f *testing.F) {
	fuzz(f, GIF, gifOf(), gifOf(gifXMP(packet), "\x21\xfe"+gifBlocks("by Ann"), "\x21\xff\x0bMGK8BIM0000"+gifBlocks(irb(0x0404, datasets)), "\x21\x01\x0c            "+gifBlocks("Hello")))
}

func FuzzAVIF(f *testing.F) {
	fuzz(f, AVIF, heifOf("avif", ""), append(heifOf("avif", boxOf("colr", "prof", "abc"), thing{"Exif", "", "", "\x00\x00\x00\x00" + tiffHead}), boxOf("uuid", string(uuidC2PA), "\x00\x00\x00\x00manifest\x00", strings.Repeat("\x00", 8), manifest(50))...))
}

func FuzzHEIC(f *testing.F) {
	fuzz(f, HEIC, heifOf("heic", "", thing{"mime", "application/rdf+xml", "deflate", deflated(packet)}, thing{"mime", "application/rdf+xml", "br", brotlied(packet)}))
}

func FuzzJXL(f *testing.F) {
	fuzz(f, JXL, jxlOf(jbrdOf("by Ann", "more", seg{0xed, headPhotoshop + irb(0x0404, datasets)})), jxlOf(boxOf("Exif", "\x00\x00\x00\x00", tiffHead), boxOf("brob", "xml ", brotlied(packet)), boxOf("jumb", manifest(50)[8:])))
}

func FuzzSVG(f *testing.F) {
	fuzz(f, SVG, []byte(`<svg xmlns:r="rdf" r:docname="x"><title>A &amp; B</title><metadata><r:RDF/></metadata><c2pa:manifest>AAAA</c2pa:manifest><!-- x --></svg>`),
		[]byte(`<svg><style>a{mask:url("data:image/png;base64,AAAA")}</style><image href="data:image/jpeg;base64,/9j/&#10;4A=="/><g data-a="b"/><g data-a="b"/></svg>`))
}
