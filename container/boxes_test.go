package container

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// TestBoxesBlocksAndText reads the ways in which the formats of boxes, GIF and SVG carry metadata.
func TestBoxesBlocksAndText(t *testing.T) {
	whole := manifest(100)
	icc := strings.Repeat("p", 40)
	c2pa := string(uuidC2PA) + "\x00\x00\x00\x00manifest\x00" + strings.Repeat("\x00", 8) + whole
	for _, c := range []struct {
		name string
		data []byte
		want []string
	}{
		{"AVIF", append(heifOf("avif", boxOf("colr", "prof", icc)+boxOf("udes", "\x00\x00\x00\x00en\x00Beach\x00Ann at the sea\x00sea,sun\x00"), thing{"Exif", "", "", "\x00\x00\x00\x06Exif\x00\x00" + tiffHead}, thing{"mime", "application/rdf+xml", "", packet}), boxOf("uuid", c2pa)...),
			[]string{`Preview|av01 item 2|1|"th"`, "Exif|Exif item 3|1|" + quoted(tiffHead), "XMP|application/rdf+xml item 4|1|" + quoted(packet), "ICC|colr property 1|1|" + quoted(icc), `Text|udes property 2|1|"en\nBeach\nAnn at the sea\nsea,sun"`, "C2PA|uuid C2PA manifest|1|100 bytes"}},
		{"HEIC with compressed items", heifOf("heic", "", thing{"mime", "application/rdf+xml", "deflate", deflated(packet)}, thing{"mime", "application/rdf+xml", "br", brotlied(packet)}, thing{"mime", "text/plain", "", "by Ann"}, thing{"Exif", "", "", "\x00\x00\x00\x00" + tiffHead}),
			[]string{`Preview|av01 item 2|1|"th"`, "XMP|application/rdf+xml item 3|1|" + quoted(packet), "XMP|application/rdf+xml item 4|1|" + quoted(packet), `Other|text/plain item 5|1|"by Ann"`, "Exif|Exif item 6|1|" + quoted(tiffHead)}},
		{"HEIC with boxes of others", []byte(string(heifOf("heic", "")) + boxOf("uuid", string(uuidXMP), packet) + boxOf("mpvd", "video") + boxOf("free", "\x00\x00Ann") + boxOf("moov", boxOf("udta", "place"))),
			[]string{`Preview|av01 item 2|1|"th"`, "XMP|uuid be7acfcb97a942e89c71999491e3afac|1|" + quoted(packet), `Trailer|Samsung mpvd|1|"video"`, `Other|free|1|"\x00\x00Ann"`, `Other|moov/udta|1|"place"`}},
		{"JXL", jxlOf(boxOf("Exif", "\x00\x00\x00\x00", tiffHead), boxOf("xml ", packet), boxOf("jumb", whole[8:]), boxOf("jbrd", "J")),
			[]string{"Exif|Exif|1|" + quoted(tiffHead), "XMP|xml|1|" + quoted(packet), "C2PA|jumb|1|100 bytes", `Other|jbrd|1|"J"`}},
		{"JXL compressed", jxlOf(boxOf("brob", "Exif", brotlied("\x00\x00\x00\x00"+tiffHead)), boxOf("brob", "xml ", brotlied(packet)), boxOf("brob", "jumb", brotlied(whole[8:]))),
			[]string{"Exif|brob Exif|1|" + quoted(tiffHead), "XMP|brob xml|1|" + quoted(packet), "C2PA|brob jumb|1|100 bytes"}},
		{"JXL of a JPEG", jxlOf(jbrdOf("by Ann", "more", seg{0xed, headPhotoshop + irb(0x0404, datasets)}, seg{0xeb, "JP\x02\x11" + u32(1) + whole})),
			[]string{"Other|jbrd|1|143 bytes", "Photoshop|jbrd APP13|1|" + quoted(irb(0x0404, datasets)), "JUMBF|jbrd APP11 box 529|1|100 bytes", `Comment|jbrd COM|1|"by Ann"`, "IIM|jbrd APP13 8BIM 0x0404|1|" + quoted(datasets), `Trailer|jbrd data after the end|1|"more"`}},
		{"JXL codestream", []byte("\xff\x0aXY"), nil},
		{"GIF", gifOf(gifXMP(packet), "\x21\xfe"+gifBlocks("by Ann"), "\x21\xff\x0bICCRGBG1012"+gifBlocks(icc), "\x21\xff\x0bC2PA_GIF\x01\x00\x00"+gifBlocks(manifest(300)), "\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00", "\x21\xff\x0bMGK8BIM0000"+gifBlocks(irb(0x0404, datasets)), "\x21\xf9\x04\x00\x00\x00\x00\x00", "\x21\x01\x0c            "+gifBlocks("Hello")),
			[]string{"XMP|21FF XMP DataXMP|1|" + quoted(packet), `Comment|21FE|1|"by Ann"`, "ICC|21FF ICCRGBG1012|1|" + quoted(icc), "C2PA|21FF C2PA_GIF???|1|300 bytes", "Photoshop|21FF MGK8BIM0000|1|" + quoted(irb(0x0404, datasets)), "IIM|21FF MGK8BIM0000 8BIM 0x0404|1|" + quoted(datasets), `Text|2101 plain text|1|"Hello"`}},
		{"GIF with XMP in blocks", append(gifOf("\x21\xff\x0bXMP DataXMP"+gifBlocks(packet)), "more"...), []string{"XMP|21FF XMP DataXMP|1|" + quoted(packet), `Trailer|data after the end|1|"more"`}},
		{"SVG", []byte(`<?xml version="1.0"?><!--by Ann--><svg xmlns="s" xmlns:r="rdf&quot;" xmlns:dc="dc" xmlns:i="ink" i:docname="/home/ann"><title>A &amp; B</title><metadata><r:RDF xmlns:dc="mine"><dc:x/><!--in--></r:RDF></metadata><g><desc/></g></svg>`),
			[]string{`Comment|comment|1|"by Ann"`, `Text|attribute i:docname|1|"/home/ann"`, `Text|element title|1|"A & B"`, "XMP|element RDF|1|81 bytes", `Text|element desc|1|""`}},
		{"SVG with a manifest", []byte("\xef\xbb\xbf<!DOCTYPE svg><s:svg xmlns:s='s'><metadata><c2pa:manifest xmlns:c2pa='c'>\n" + base64.StdEncoding.EncodeToString([]byte(whole)) + "\n</c2pa:manifest></metadata></s:svg>"), []string{"C2PA|c2pa:manifest|1|100 bytes"}},
	} {
		t.Run(c.name, func(t *testing.T) { parts(t, c.data, c.want) })
	}
}

// TestItemEncodings reads a packet in each encoding that writers use, and tells one that is not known.
func TestItemEncodings(t *testing.T) {
	for encoding, data := range map[string]string{
		"": packet, "deflate": deflated(packet), "compress_zlib": deflated(packet), "br": brotlied(packet), "compress": packet,
	} {
		f, err := Parse(heifOf("heic", "", thing{"mime", "application/rdf+xml", encoding, data}), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		p, _ := f.First(XMP)
		if unknown := encoding == "compress"; string(p.Data) != packet || unknown != (len(f.Problems) == 1 && f.Problems[0].Unread) {
			t.Errorf("%q: got %q and %v", encoding, p.Data, f.Problems)
		}
	}
	f, err := Parse(heifOf("heic", "", thing{"mime", "application/rdf+xml", "deflate", deflated(packet)[2:]}), Limits{})
	if p, _ := f.First(XMP); err != nil || string(p.Data) != packet || len(f.Problems) > 0 {
		t.Errorf("without a header of zlib: got %q, %v, %v", p.Data, f.Problems, err)
	}
}

// TestDeclared makes a packet readable that uses prefixes declared around it.
func TestDeclared(t *testing.T) {
	f, err := Parse([]byte(`<svg xmlns:a="1" xmlns:b="2"><g xmlns:a="&lt;"><rdf:RDF b:x="" xmlns:b="3"><a:b/></rdf:RDF></g></svg>`), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := `<rdf:RDF xmlns:a="&lt;" b:x="" xmlns:b="3"><a:b/></rdf:RDF>`
	if p, _ := f.First(XMP); string(p.Data) != want {
		t.Errorf("got %s, want %s", p.Data, want)
	}
}

// TestNestedElements gives the boxes within boxes, which hashes over a file are made of.
func TestNestedElements(t *testing.T) {
	data := heifOf("avif", boxOf("colr", "nclx"), thing{"Exif", "", "", "\x00\x00\x00\x00" + tiffHead})
	f, err := Parse(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	meta, _ := child(f.Elements, "meta")
	iprp, _ := child(meta.Children, "iprp")
	ipco, _ := child(iprp.Children, "ipco")
	colr, ok := child(ipco.Children, "colr")
	if !ok || string(data[colr.Payload.Offset:colr.Payload.End()]) != "nclx" {
		t.Errorf("meta/iprp/ipco/colr is %+v", colr)
	}
	if iinf, _ := child(meta.Children, "iinf"); len(iinf.Children) != 3 {
		t.Errorf("%d entries for items, want 3", len(iinf.Children))
	}
}

// TestDamagedBoxes gives files of boxes and blocks that are broken in one way.
func TestDamagedBoxes(t *testing.T) {
	exif := thing{"Exif", "", "", "\x00\x00\x00\x00" + tiffHead}
	avif := string(heifOf("avif", "", exif))
	deep := "x"
	for range 100 {
		deep = boxOf("moov", deep)
	}
	for _, c := range []struct{ name, data, says string }{
		{"a box of no size", strings.Replace(avif, u32(len("PICTth")+len(exif.data)+8)+"mdat", "\x00\x00\x00\x02mdat", 1), "box mdat states a size of 2"},
		{"a box beyond the end", avif[:len(avif)-3], "of which"},
		{"an item beyond the end", avif[:len(avif)-3], "item 3 states"},
		{"an item elsewhere", strings.Replace(avif, u16(3)+u16(0)+"\x00\x00"+u16(1), u16(3)+u16(2)+"\x00\x00"+u16(1), 1), "item 3 lies where nothing is"},
		{"iloc cut short", strings.Replace(avif, "\x44\x00"+u16(3), "\x44\x00"+u16(9), 1), "iloc is cut short"},
		{"deep boxes", string(heifOf("avif", "")) + deep, ""},
		{"GIF cut", string(gifOf("\x21\xfe" + gifBlocks("by Ann")))[:24], "ends within a block"},
		{"GIF with no block", string(gifOf("?")), "no block begins with 0x3f"},
		{"SVG cut", "<svg><title>Ann</title><metadata><rdf:RDF about", "ends within a tag"},
		{"SVG cut within its metadata", "<svg><metadata><rdf:RDF>", "ends within its metadata"},
		{"SVG deep", "<svg>" + strings.Repeat("<g>", maxSVGDepth+9), "10000 deep"},
		{"SVG manifest", "<svg><c2pa:manifest>?</c2pa:manifest></svg>", "not in base64"},
		{"JXL bomb", string(jxlOf(boxOf("brob", "xml ", brotlied(strings.Repeat("x", 17<<20))))), "expands to more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse([]byte(c.data), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if said := fmt.Sprint(f.Problems); !strings.Contains(said, c.says) {
				t.Errorf("got %s, want %q", said, c.says)
			}
			tiled(t, f, []byte(c.data))
		})
	}
}

// FuzzRestored reads the fields of jbrd from any bytes.
func FuzzRestored(f *testing.F) {
	f.Add([]byte(jbrdOf("by Ann", "more", seg{0xe1, "abc"}))[8:])
	f.Fuzz(func(t *testing.T, data []byte) {
		j, stream, ok := restoredHead(data)
		if ok && (stream < 0 || stream > len(data) || j.tail < 0 || len(j.apps)+len(j.coms) > maxMarkers) {
			t.Fatalf("%+v, the stream at %d of %d", j, stream, len(data))
		}
	})
}
