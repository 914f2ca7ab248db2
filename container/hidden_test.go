package container

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// oldItem turns the entry of item 3 of a HEIF file into one of version 0, which has no type.
func oldItem(kind, mime string) []byte {
	now := "\x02\x00\x00\x00\x00\x03\x00\x00mime\x00application/rdf+xml\x00\x00"
	old := "\x00\x00\x00\x00\x00\x03\x00\x00" + kind + "\x00" + mime + "\x00\x00"
	old += strings.Repeat("\x00", max(0, len(now)-len(old)))
	return bytes.Replace(heifOf("avif", "", thing{"mime", "application/rdf+xml", "", "<x> " + secret}), []byte(now), []byte(old), 1)
}

// elsewhere says of item 3 that it lies within another item.
func elsewhere() []byte {
	return bytes.Replace(heifOf("avif", "", thing{"Exif", "", "", "\x00\x00\x00\x00" + tiffHead + secret}), []byte(u16(3)+u16(0)+"\x00\x00"+u16(1)), []byte(u16(3)+u16(2)+"\x00\x00"+u16(1)), 1)
}

// TestHidden finds what stands in places that readers seldom look at, and takes it out or refuses to.
func TestHidden(t *testing.T) {
	for _, c := range []struct {
		name    string
		data    []byte
		kind    Kind   // of the part that holds the secret; empty if none does
		refused string // what the error says; empty if the file can be stripped
	}{
		{"an item without a type", oldItem("x", "application/rdf+xml"), XMP, ""},
		{"an item named Exif", oldItem("Exif", ""), Exif, ""},
		{"an item of a type with a parameter", heifOf("heic", "", thing{"mime", "Application/RDF+XML; charset=utf-8", "", "<x>" + secret}), XMP, ""},
		{"an item within another", elsewhere(), "", "item 3 lies where nothing is"},
		{"an item that is not compressed", heifOf("heic", "", thing{"mime", "application/rdf+xml", "gzip", secret}), "", ""},
		{"the name of a profile", pngOf(block{"iCCP", secret + "\x00\x00" + deflated("p")}), Text, ""},
		{"the name of a palette", pngOf(block{"sPLT", secret + "\x00\x08"}), Text, ""},
		{"more than how often", gifOf("\x21\xff\x0bNETSCAPE2.0\x03\x01\x02\x00" + gifBlocks(secret)), Other, ""},
		{"a text chunk in another case", pngOf(block{"iTXt", "xml:com.adobe.xmp\x00\x00\x00\x00\x00<x>" + secret}), XMP, ""},
		{"a text that is a packet", pngOf(block{"tEXt", "Comment\x00<x:xmpmeta>" + secret + "</x:xmpmeta>"}), XMP, ""},
		{"a chunk in small letters", webpOf(block{"xmp ", secret}), XMP, ""},
		{"text in metadata of SVG", []byte("<svg><metadata>by " + secret + "<x/></metadata></svg>"), Text, ""},
		{"CDATA in metadata of SVG", []byte("<svg><metadata><![CDATA[" + secret + "]]></metadata></svg>"), Text, ""},
		{"an instruction in SVG", []byte("<?author " + secret + "?><svg/>"), Text, ""},
		{"data in SVG", []byte("<svg data-author='" + secret + "'/>"), Text, ""},
		{"a label in SVG", []byte("<svg><g inkscape:label='" + secret + "'/></svg>"), Text, ""},
		{"an entity of SVG", []byte("<!DOCTYPE svg [<!ENTITY e '" + secret + "'>]><svg><desc>&e;</desc></svg>"), Text, "declares entities"},
		{"SVG of another type", []byte("<!DOCTYPE foo><svg><desc>" + secret + "</desc></svg>"), Text, ""},
		{"SVG behind a comment", []byte("<!--" + strings.Repeat("x", 20_000) + "--><svg><desc>" + secret + "</desc></svg>"), Text, ""},
		{"an entity with a bracket", []byte("<!DOCTYPE svg [<!ENTITY a ']'><!ENTITY b '<desc>'>]><svg><desc>" + secret + "</desc></svg>"), Text, "declares entities"},
		{"more than a delay", gifOf("\x21\xf9\x04\x00\x00\x00\x00" + gifBlocks(secret)), "", "graphic control block"},
	} {
		t.Run(c.name, func(t *testing.T) { hidden(t, c.data, c.kind, c.refused) })
	}
}

func hidden(t *testing.T, data []byte, kind Kind, refused string) {
	t.Helper()
	if !bytes.Contains(data, []byte(secret)) {
		t.Fatal("the file holds no secret")
	}
	f, err := Parse(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var in []Kind
	for _, p := range f.Parts {
		if bytes.Contains(p.Data, []byte(secret)) {
			in = append(in, p.Kind)
		}
	}
	if kind == "" && len(in) > 0 || kind != "" && (len(in) != 1 || in[0] != kind) {
		t.Errorf("the secret is in parts of the kinds %v, want %q", in, kind)
	}
	tiled(t, f, data)
	out, err := Strip(data, func(Part) bool { return false })
	switch {
	case refused != "" && (!errors.Is(err, ErrRemains) || !strings.Contains(err.Error(), refused)):
		t.Errorf("stripping says %v, want %q", err, refused)
	case refused == "" && (err != nil || bytes.Contains(out, []byte(secret))):
		t.Errorf("stripping says %v; the secret stays: %v", err, bytes.Contains(out, []byte(secret)))
	}
	if out, err := Strip(data, func(Part) bool { return true }); err != nil || !bytes.Equal(out, data) {
		t.Errorf("kept as it is, it becomes %d bytes of %d, %v", len(out), len(data), err)
	}
}

// TestLookedInto finds kinds that are known in parts that are not, and takes them out with these.
func TestLookedInto(t *testing.T) {
	packet := "<x:xmpmeta>" + secret + "</x:xmpmeta>"
	exif := string(tiffOf(entry{0x010e, 2, secret + "\x00"}))
	film := boxOf("ftyp", "isom\x00\x00\x00\x00isom") + boxOf("moov", boxOf("udta", boxOf("\xa9xyz", "\x00\x12\x15\xc7+48.8584+002.2945/")))
	chunk := string(pngOf(block{"eXIf", exif})[len(pngSignature)+25:]) // IDAT and IEND follow it
	goPro := "GoPro\x00DEVC\x00\x01\x00\x38CASNc\x01\x00\x08C1234567GPS5l\x14\x00\x01" + u32(488584000) + strings.Repeat("\x00", 16)
	for _, c := range []struct{ name, data, want string }{
		{"a packet in a chunk", string(pngOf(block{"tXMP", packet})), "XMP|" + packet},
		{"a packet in a segment", string(jpegOf(seg{0xe2, headXMP + packet})), "XMP|" + packet},
		{"a packet behind the end", string(jpegOf()) + "..." + packet, "XMP|" + packet},
		{"Exif in a segment", string(jpegOf(seg{0xe3, "Meta\x00\x00" + exif})), "Exif|" + exif},
		{"Exif in a box", string(heifOf("avif", "")) + boxOf("uuid", "JpgTiffExif->JP2", exif), "Exif|" + exif},
		{"a packet in a second meta box", string(heifOf("avif", "")) + boxOf("meta", "\x00\x00\x00\x00", boxOf("xml ", packet)), "XMP|" + packet},
		{"a chunk behind the end of PNG", string(pngOf()) + chunk, "Exif|" + exif},
		{"a chunk behind the end of WebP", string(webpOf()) + "XMP \x03\x00\x00\x00abc\x00", "XMP|abc"},
		{"a film behind the end", string(jpegOf()) + film, "Text|+48.8584+002.2945/"},
		{"a film's box", string(heifOf("heic", "")) + film[20:], "Text|+48.8584+002.2945/"},
		{"a JPEG file behind the end", string(jpegOf()) + string(jpegOf(seg{0xe1, "Exif\x00\x00" + exif})), "Preview|" + string(jpegOf(seg{0xe1, "Exif\x00\x00" + exif}))},
		{"a list of texts", string(webpOf(block{"LIST", "INFOICMT\x03\x00\x00\x00Ann\x00"})), "Text|Ann"},
		{"a position of GoPro", string(jpegOf(seg{0xe6, goPro})), "Text|48.8584"},
		{"a camera of GoPro", string(jpegOf(seg{0xe6, goPro})), "Text|C1234567"},
		{"an address", string(gifOf("\x21\xff\x0bANN     1.0" + gifBlocks("by ann.x@example.org."))), "Text|ann.x@example.org"},
		{"an address in UTF-16", string(jpegOf(seg{0xea, "A\x00n\x00n\x00@\x00e\x00x\x00.\x00o\x00r\x00g\x00"})), "Text|Ann@ex.org"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse([]byte(c.data), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, p := range f.Parts {
				found = found || string(p.Kind)+"|"+string(p.Data[:min(len(p.Data), len(c.want))]) == c.want || strings.HasPrefix(string(p.Kind)+"|"+string(p.Data), c.want)
			}
			if !found {
				t.Errorf("got %+v, want %q", f.Parts, c.want)
			}
			tiled(t, f, []byte(c.data))
			kind, _, _ := strings.Cut(c.want, "|")
			if out, err := Strip([]byte(c.data), func(p Part) bool { return string(p.Kind) != kind }); err != nil || strings.Contains(string(out), secret) {
				t.Errorf("stripped of it: %v", err)
			}
		})
	}
}

// TestCodedSVG reads and strips SVG in UTF-16 and compressed.
func TestCodedSVG(t *testing.T) {
	wide := func(mark string, text string) []byte {
		out := []byte(mark)
		for _, c := range []byte(text) {
			if mark == "\xfe\xff" {
				out = append(out, 0, c)
			} else {
				out = append(out, c, 0)
			}
		}
		return out
	}
	packed := func(data []byte) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(data) // into memory: it cannot fail
		z.Close()
		return b.Bytes()
	}
	text := `<?xml version="1.0" encoding="UTF-16"?><svg><desc>` + secret + `</desc><rect/></svg>`
	for name, data := range map[string][]byte{"little": wide("\xff\xfe", text), "big": wide("\xfe\xff", text), "without mark": wide("", text), "gzip": packed([]byte(strings.Replace(text, "16", "8", 1))), "both": packed(wide("\xff\xfe", text))} {
		f, err := Parse(data, Limits{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p, _ := f.First(Text); p.Text() != secret {
			t.Errorf("%s: got %+v", name, f.Parts)
		}
		tiled(t, f, data)
		out, err := Strip(data, func(Part) bool { return false })
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r, err := parse(out, Limits{})
		left := string(out)
		if r != nil && r.plain != nil {
			left = string(r.plain)
		}
		if err != nil || strings.Contains(left, secret) || !strings.Contains(left, "<rect/>") || strings.Contains(left, "UTF-16") {
			t.Errorf("%s: %q, %v", name, left, err)
		}
		if same, err := Strip(data, func(Part) bool { return true }); err != nil || !bytes.Equal(same, data) {
			t.Errorf("%s: kept as it is, it changes, %v", name, err)
		}
	}
}

// TestImageInSVG takes the metadata out of a picture that an SVG file shows, and leaves the picture.
func TestImageInSVG(t *testing.T) {
	code := base64.StdEncoding.EncodeToString
	image := func(data []byte) []byte {
		return []byte(`<svg><image width="3" xlink:href="data:image/jpeg;base64,` + code(data) + `"/></svg>`)
	}
	data := image(jpegOf(seg{markerCOM, secret}))
	f, err := Parse(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := f.First(Preview); !bytes.Contains(p.Data, []byte(secret)) {
		t.Errorf("got %+v", f.Parts)
	}
	for range 2 {
		if data, err = Strip(data, func(Part) bool { return false }); err != nil || !bytes.Equal(data, image(jpegOf())) {
			t.Fatalf("it becomes %s, %v", data, err)
		}
	}
	within := image([]byte("<svg><desc>" + secret + "</desc></svg>"))
	if within, err = Strip(within, func(Part) bool { return false }); err != nil || !bytes.Equal(within, image([]byte("<svg></svg>"))) {
		t.Errorf("an SVG file within another becomes %s, %v", within, err)
	}
	within = image(image(jpegOf()))
	if _, err := Strip(within, func(Part) bool { return false }); !errors.Is(err, ErrRemains) {
		t.Errorf("an SVG file within two others: %v", err)
	}
}

// TestDataURLs finds the pictures of an SVG file however their addresses are written, and takes their metadata out.
func TestDataURLs(t *testing.T) {
	with, without := jpegOf(seg{markerCOM, strings.Repeat(secret, 9)}), base64.StdEncoding.EncodeToString(jpegOf())
	code := base64.StdEncoding.EncodeToString(with)
	lines := func(end string) string { return code[:76] + end + code[76:] }
	image := func(url string) string { return `<svg><image href="` + url + `"/></svg>` }
	for name, svg := range map[string]string{
		"lines as Inkscape ends them":    image("data:image/jpeg;base64," + lines("&#10;")),
		"lines as Illustrator ends them": image("data:image/jpeg;base64," + lines("&#xA;\n\t")),
		"without padding":                image("data:image/jpg;base64," + strings.TrimRight(code, "=")),
		"escaped as addresses are":       image("data:image/jpeg;base64," + strings.NewReplacer("/", "%2F", "+", "%2b", "=", "%3D").Replace(code)),
		"a parameter":                    image("data:image/jpeg;charset=utf-8;base64," + code),
		"capitals":                       image("DATA:Image/JPEG;BASE64," + code),
		"a space":                        image(" data:image/jpeg; base64," + code),
		"no type":                        image("data:;base64," + code),
		"another type":                   image("data:application/octet-stream;base64," + code),
		"lines of their own":             image("data:image/jpeg;base64," + lines("\r\n")),
		"two addresses":                  `<svg><image xlink:href="data:image/png;base64,iVBORw0KGgo=" href="data:image/jpeg;base64,` + code + `"/></svg>`,
		"a picture of HTML":              `<svg><foreignObject><img src="data:image/jpeg;base64,` + code + `"/></foreignObject></svg>`,
		"an attribute of style":          `<svg><g style="mask:url(data:image/jpeg;base64,` + code + `)"/></svg>`,
		"in quotes, in a style":          `<svg><g style="mask:url(&quot;data:image/jpeg;base64,` + code + `&quot;)"/></svg>`,
		"an element of style":            `<svg><style>g{mask:url(data:image/jpeg;base64,` + code + `)}</style></svg>`,
		"CDATA in style":                 `<svg><style><![CDATA[g{mask:url("data:image/jpeg;base64,` + code + `")}]]></style></svg>`,
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Parse([]byte(svg), Limits{})
			if err != nil || len(f.Problems) > 0 {
				t.Fatalf("%v, %v", f, err)
			}
			found := slices.ContainsFunc(f.Parts, func(p Part) bool { return p.Kind == Preview && bytes.Equal(p.Data, with) })
			if !found {
				t.Errorf("got %+v", f.Parts)
			}
			out, err := Strip([]byte(svg), func(Part) bool { return false })
			if err != nil || !bytes.Contains(out, []byte(without)) {
				t.Errorf("it becomes %s, %v", out, err)
			}
		})
	}
}

// TestDataURLsUnread says what of an SVG file's pictures nobody reads, and is silent about what is no picture.
func TestDataURLsUnread(t *testing.T) {
	for svg, want := range map[string]string{
		`<svg><image href="data:image/jpeg;base64,/9j/4A*"/></svg>`:                  "not in base64",
		`<svg><image href="data:image/svg+xml,%3Csvg/%3E"/></svg>`:                   "not in base64",
		`<svg><image href="d&#97;ta:image/jpeg;base64,AAAA"/></svg>`:                 "is escaped",
		`<svg><image href="a.jpg"/><a href="data:text/plain,hello"/></svg>`:          "",
		`<svg><style>@font-face{src:url(data:font/woff2;base64,AAAA)}</style></svg>`: "",
		`<svg><style>a{fill:#fff}</style><g data-x="metadata: 1,2"/></svg>`:          "",
	} {
		f, err := Parse([]byte(svg), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, p := range f.Problems {
			got += p.Reason
		}
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", svg, got, want)
		}
		if _, err := Strip([]byte(svg), func(Part) bool { return false }); (err != nil) != (want != "") {
			t.Errorf("%s: stripped with %v", svg, err)
		}
	}
}

// TestRepeatedAttributes reads an attribute that editors repeat once, and takes all of them out.
func TestRepeatedAttributes(t *testing.T) {
	svg := []byte("<svg>" + strings.Repeat("<g data-name='"+secret+"'/>", 5000) + "<g data-name='other'/></svg>")
	f, err := Parse(svg, Limits{})
	if err != nil || len(f.Problems) > 0 || len(f.Parts) != 2 {
		t.Fatalf("%d parts, %v, %v", len(f.Parts), f.Problems, err)
	}
	if out, err := Strip(svg, func(Part) bool { return false }); err != nil || bytes.Contains(out, []byte("data-name")) {
		t.Errorf("it becomes %.200s, %v", out, err)
	}
	many := []byte("<svg>")
	for i := range 5000 {
		many = fmt.Appendf(many, "<g data-n='%d'/>", i)
	}
	if f, err = Parse(many, Limits{}); err != nil || len(f.Problems) != 1 {
		t.Errorf("%d problems, %v", len(f.Problems), err)
	}
}

// TestBehindChunks looks at what follows chunks behind the end of a file, and into chunks that are not known there.
func TestBehindChunks(t *testing.T) {
	t.Parallel()
	packet := "<x:xmpmeta>" + secret + "</x:xmpmeta>"
	png := func(kind, data string) string { return u32(len(data)) + kind + data + "\x00\x00\x00\x00" }
	for name, data := range map[string]string{
		"PNG, a packet":          string(pngOf()) + png("tEXt", "Title\x00hello") + packet,
		"PNG, a pixel chunk":     string(pngOf()) + png("tEXt", "Title\x00hello") + png("IDAT", packet),
		"PNG, a chunk unknown":   string(pngOf()) + png("tEXt", "Title\x00hello") + png("teSt", packet),
		"WebP, a packet":         string(webpOf()) + "EXIF\x0c\x00\x00\x00II*\x00\x08\x00\x00\x00\x00\x00\x00\x00" + packet,
		"WebP, a chunk unknown":  string(webpOf()) + "EXIF\x0c\x00\x00\x00II*\x00\x08\x00\x00\x00\x00\x00\x00\x00" + "TEST" + string(rune(len(packet))) + "\x00\x00\x00" + packet,
		"PNG, a packet alone":    string(pngOf()) + packet,
		"PNG, one chunk unknown": string(pngOf()) + png("teSt", packet),
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Parse([]byte(data), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if packets := byKind(f)[XMP]; len(packets) == 0 || !bytes.Contains(packets[0].Data, []byte(secret)) {
				t.Errorf("the packets are %v", packets)
			}
			out, err := Strip([]byte(data), func(Part) bool { return false })
			if err != nil || bytes.Contains(out, []byte(secret)) {
				t.Errorf("stripping says %v; the secret stays: %v", err, bytes.Contains(out, []byte(secret)))
			}
			if out, err := Strip([]byte(data), func(p Part) bool { return p.Kind != XMP }); err != nil || bytes.Contains(out, []byte(secret)) {
				t.Errorf("stripping the packet alone says %v; the secret stays: %v", err, bytes.Contains(out, []byte(secret)))
			}
		})
	}
}

// TestStripGap takes out what stands between segments where nothing else is to go, unless unknown things may stay.
func TestStripGap(t *testing.T) {
	t.Parallel()
	data := bytes.Replace(jpegOf(), []byte("\xff\xda"), []byte(secret+"\xff\xda"), 1)
	out, err := Strip(data, func(Part) bool { return false })
	if err != nil || bytes.Contains(out, []byte(secret)) {
		t.Errorf("error %v, the text stays: %v", err, bytes.Contains(out, []byte(secret)))
	}
	if f, err := Parse(out, Limits{}); err != nil || len(f.Problems) > 0 {
		t.Errorf("the result has problems: %v, %v", f, err)
	}
	if out, err = Strip(data, func(Part) bool { return true }); err != nil || !bytes.Equal(out, data) {
		t.Errorf("kept whole it is changed, error %v", err)
	}
}
