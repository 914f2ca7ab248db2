package metadata

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/container"
)

// TestUnread tells what was passed over from what is damaged and read for all that.
func TestUnread(t *testing.T) {
	t.Parallel()
	bomb := zipBomb(t)
	xmp := func(packet string) []byte { return madeJPEG(xmpSegment(packet)) }
	comment := func(size int) []byte {
		return madeTIFF(binary.BigEndian, bytesEntry(0x9286, "ASCII\x00\x00\x00"+strings.Repeat("a", size)))
	}
	within := func(n int) []byte {
		file := madeJPEG(segment(0xfe, "Zoe Martin"))
		for range n {
			file = madeJPEG(exifSegment(madeTIFF(binary.BigEndian, points(0x8769, bytesEntry(0x927c, string(file))))))
		}
		return file
	}
	whole := description("<dc:source>1</dc:source>")
	for name, row := range map[string]struct {
		file []byte
		want string // of the reason, empty where all is read
	}{
		"a packet":                      {xmp(whole), ""},
		"a packet that ends too early":  {xmp(strings.TrimSuffix(whole, "</x:xmpmeta>")), ""},
		"a packet with padding":         {xmp(whole + strings.Repeat(" ", 99) + "\x00"), ""},
		"a fault in a packet":           {xmp(strings.Replace(whole, "</dc:source>", "</dc:source></x>", 1)), "closes nothing"},
		"entities":                      {xmp(`<!DOCTYPE x [<!ENTITY e "z">]>` + whole), "document type"},
		"text beside elements":          {xmp(strings.Replace(whole, "</dc:source>", "</dc:source>Zoe", 1)), "stands beside"},
		"text before an element":        {xmp(description("<dc:a>Zoe<rdf:Bag><rdf:li>1</rdf:li></rdf:Bag></dc:a>")), "stands beside"},
		"text behind a packet":          {xmp(whole + "Zoe"), "stands beside"},
		"text outside of RDF":           {xmp(strings.Replace(whole, "<rdf:RDF", "<x:a>Zoe</x:a><rdf:RDF", 1)), "outside of rdf:RDF"},
		"text for descriptions":         {xmp(packet("Zoe Martin")), "where elements should"},
		"text for a description":        {xmp(description("Zoe Martin")), "where elements should"},
		"text for items":                {xmp(description("<dc:a><rdf:Bag>Zoe Martin</rdf:Bag></dc:a>")), "where elements should"},
		"an attribute of no namespace":  {xmp(strings.Replace(whole, "<rdf:Description", `<rdf:Description creator="Zoe"`, 1)), "no namespace"},
		"an old attribute":              {xmp(strings.Replace(whole, "rdf:about=", "about=", 1)), ""},
		"a byte of ones behind":         {xmp(whole + "\xff"), ""},
		"an end that is cut off":        {xmp(whole + `<?xpacket end="w`), ""},
		"an instruction that is cut":    {xmp(whole + `<?x Zoe Martin`), "it has no"},
		"a document type alone":         {xmp(`<!DOCTYPE x:xmpmeta>` + whole), ""},
		"Exif of nothing":               {madeJPEG(segment(0xe1, "Exif\x00\x00")), ""},
		"Exif of zeros":                 {madeJPEG(segment(0xe1, "Exif\x00\x00"+strings.Repeat("\x00", 20))), ""},
		"lines behind datasets":         {madeTIFF(binary.BigEndian, bytesEntry(0x83bb, "\x1c\x02\x19\x00\x01a"+" \r\n\xff\xff\xff")), ""},
		"a name behind padding":         {madeTIFF(binary.BigEndian, bytesEntry(0x83bb, "\x1c\x02\x19\x00\x01a"+strings.Repeat("\x00", 99)+"\xd7\xde")), "is none"},
		"a text for a profile":          {madeJPEG(segment(0xe2, "ICC_PROFILE\x00\x01\x01Zoe Martin")), "no profile"},
		"half a profile of no text":     {madeJPEG(segment(0xe2, "ICC_PROFILE\x00\x01\x01\x00\x01\x02\x03")), ""},
		"markup as a value":             {xmp(description(`<dc:a rdf:parseType="Literal"><b>Zoe</b></dc:a>`)), "holds markup"},
		"two values":                    {xmp(description("<dc:a><rdf:Bag/><rdf:Bag><rdf:li>Zoe</rdf:li></rdf:Bag></dc:a>")), "more than one value"},
		"a bomb":                        {madePNG(chunk("zTXt", "Comment\x00\x00"+bomb), chunk("zTXt", "Comment\x00\x00"+bomb)), "are allowed"},
		"a wrong checksum":              {append(madePNG()[:29], append([]byte("zero"), madePNG()[33:]...)...), ""},
		"a text of 2 MiB":               {comment(2 << 20), "of which 1048576 are read"},
		"a text of a MiB":               {comment(1<<20 - 8), ""},
		"pictures in pictures":          {within(2), ""},
		"deeper":                        {within(3), "deep within each other"},
		"too many datasets":             {madeTIFF(binary.BigEndian, bytesEntry(0x83bb, strings.Repeat("\x1c\x02\x19\x00\x01a", 20_001))), "more than 20000 datasets"},
		"what is no dataset":            {madeTIFF(binary.BigEndian, bytesEntry(0x83bb, "\x1c\x02\x19\x00\x01a"+"Zoe Martin")), "is none"},
		"padding behind datasets":       {madeTIFF(binary.BigEndian, bytesEntry(0x83bb, "\x1c\x02\x19\x00\x01a"+strings.Repeat("\x00", 9))), ""},
		"no Exif":                       {madeJPEG(segment(0xe1, "Exif\x00\x00Zoe Martin, 12 rue des Lilas")), "Exif:"},
		"a type that nobody knows":      {madeTIFF(binary.BigEndian, ascii(0x010f, "x"), madeEntry{tag: 0x0110, kind: 99, count: 1, value: "Zoe "}), "unknown type"},
		"bytes between segments":        {madeJPEG(segment(0xfe, "x"), []byte("Zoe"), segment(0xfe, "x")), "between two segments"},
		"padding between segments":      {madeJPEG(segment(0xfe, "x"), make([]byte, 3), segment(0xfe, "x")), ""},
		"it, in a picture within":       {madeJPEG(exifSegment(madeTIFF(binary.BigEndian, points(0x8769, bytesEntry(0x927c, string(xmp(whole+"Zoe"))))))), "stands beside"},
		"it, behind many other faults":  {slices.Concat(madePNG()[:33], faultyChunks(100), chunk("iTXt", "Author\x00"), madePNG()[33:]), "within its header"},
		"many faults and nothing worse": {slices.Concat(madePNG()[:33], faultyChunks(100), madePNG()[33:]), ""},
	} {
		d := mustRead(t, row.file)
		unread := d.Unread()
		if (row.want == "") != (len(unread) == 0) || !strings.Contains(reasons(d), row.want) {
			t.Errorf("%s: unread are %q for %s, want %q", name, unread, reasons(d), row.want)
		}
		out, err := Strip(row.file, Rules{Keep: KeepClasses(Rights, Description)})
		if err == nil && len(mustRead(t, out).Unread()) > 0 || err != nil && (row.want == "" || !errors.Is(err, container.ErrRemains) && !errors.Is(err, ErrRemains)) {
			t.Errorf("%s: stripped with %v, and it is not to be read in full", name, err)
		}
	}
}

// reasons are those for which something was passed over.
func reasons(d *Document) (all string) {
	for _, p := range d.Problems {
		if p.Unread {
			all += p.Reason + "; "
		}
	}
	for _, p := range d.Pictures {
		if p.Document != nil {
			all += reasons(p.Document)
		}
	}
	return all
}

// faultyChunks are chunks of PNG whose checksums are wrong.
func faultyChunks(n int) []byte {
	c := chunk("tEXt", "Software\x00x")
	c[len(c)-1]++
	return bytes.Repeat(c, n)
}

// TestRichFilesAreRead holds that nothing usual counts as unread.
func TestRichFilesAreRead(t *testing.T) {
	t.Parallel()
	files := richFiles()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if unread := mustRead(t, files[name]).Unread(); len(unread) > 0 {
			t.Errorf("%s: %v", name, unread)
		}
	}
}

// TestWherePropertiesHide reads what stands in a packet beside the elements that are properties, and strips it.
func TestWherePropertiesHide(t *testing.T) {
	t.Parallel()
	for name, inside := range map[string]string{
		"an attribute of a value":    `<dc:source dc:creator="zoe@example.org">1</dc:source>`,
		"an attribute of a property": `<dc:subject dc:creator="zoe@example.org"><rdf:Bag><rdf:li>1</rdf:li></rdf:Bag></dc:subject>`,
		"an attribute of an array":   `<dc:subject><rdf:Bag dc:creator="zoe@example.org"><rdf:li>1</rdf:li></rdf:Bag></dc:subject>`,
		"a comment":                  `<!-- zoe@example.org --><dc:source>1</dc:source>`,
	} {
		file := madeJPEG(xmpSegment(description(inside)))
		d := mustRead(t, file)
		if found := says(d.Personal(), possible); !strings.Contains(strings.Join(found, "; "), "zoe@example.org") || len(d.Unread()) > 0 {
			t.Errorf("%s: found %q, unread %q", name, found, d.Unread())
		}
		keep := func(f Field) bool { return f.Name == "dc:source" || strings.HasPrefix(f.Name, "dc:subject[") }
		out, err := Strip(file, Rules{Keep: keep})
		if err != nil || bytes.Contains(out, []byte("zoe")) || len(mustRead(t, out).Fields) != 1 {
			t.Errorf("%s: stripped to %q, %v", name, out, err)
		}
	}
}

// TestPicturesOfAnyFormat reads pictures within an SVG file that are no JPEG files, as far as they may be unpacked.
func TestPicturesOfAnyFormat(t *testing.T) {
	t.Parallel()
	image := func(data []byte) string {
		return `<image href="data:image/png;base64,` + base64.StdEncoding.EncodeToString(data) + `"/>`
	}
	svg := func(images ...string) []byte { return []byte("<svg>" + strings.Join(images, "") + "</svg>") }
	person := madePNG(chunk("tEXt", "Author\x00zoe@example.org"))
	bomb := image(madePNG(chunk("zTXt", "Comment\x00\x00"+zipBomb(t))))
	for name, row := range map[string]struct {
		file  []byte
		found bool
		parts int // that were not read
	}{
		"a PNG file":     {svg(image(person)), true, 0},
		"an SVG file":    {svg(image(svg("<desc>zoe@example.org</desc>"))), true, 0},
		"a bomb":         {svg(bomb), false, 1},
		"several bombs":  {svg(bomb, bomb, bomb, image(person)), true, 3},
		"only a picture": {svg(image(madePNG())), false, 0},
	} {
		d := mustRead(t, row.file)
		found := strings.Contains(strings.Join(says(d.Personal(), possible), "; "), "zoe@example.org")
		if found != row.found || len(d.Unread()) != row.parts {
			t.Errorf("%s: found %v, unread %q", name, found, d.Unread())
		}
	}
}

// TestUnreadNames says of names that are there to take memory that what they name is not read.
func TestUnreadNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 5<<10)
	for name, properties := range map[string]string{
		"an element":   "<dc:" + long + ">b</dc:" + long + ">",
		"an attribute": "<dc:a dc:" + long + `="b"/>`,
		"a prefix":     "<" + long[:100] + `:a xmlns:` + long[:100] + `="urn:a">b</` + long[:100] + ":a>",
		"a text":       "<dc:a>" + strings.Repeat("b", 8<<20) + strings.Repeat("<![CDATA[c]]>", 20) + "</dc:a>",
	} {
		d, err := Read(madePNG(chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+description(properties))), Limits{})
		if err != nil || len(d.Unread()) == 0 {
			t.Errorf("%s: error %v, all is said to be read", name, err)
		}
	}
}

// TestFarText finds an address in a long text, or says that its end is not looked into; data in base 64 are no text.
func TestFarText(t *testing.T) {
	t.Parallel()
	text := func(s string) *Document { return mustRead(t, madePNG(chunk("tEXt", "Comment\x00"+s))) }
	for _, size := range []int{200 << 10, 300 << 10} {
		d := text(strings.Repeat("word ", size/5) + "zoe@example.org")
		if found := len(d.Personal()) > 0; found == (len(d.Unread()) > 0) {
			t.Errorf("behind %d bytes: found %v, unread %q", size, found, d.Unread())
		}
	}
	many := slices.Repeat([][]byte{chunk("tEXt", "Comment\x00"+strings.Repeat("word ", 40<<10))}, 12)
	d := mustRead(t, madePNG(append(many, chunk("tEXt", "Comment\x00zoe@example.org"))...))
	if found := d.Personal(); len(found) > 0 || len(d.Unread()) == 0 {
		t.Errorf("behind many texts: found %v, unread %q", found, d.Unread())
	}
	if d := text(strings.Repeat("QUJD", 100<<10)); len(d.Unread()) > 0 {
		t.Errorf("data are unread: %q", d.Unread())
	}
}
