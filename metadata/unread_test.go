package metadata

import (
	"bytes"
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
