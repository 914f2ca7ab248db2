package metadata

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/internal/corpora"
)

// richXMP has a field of each class and each form.
func richXMP() string {
	return description(`<dc:creator><rdf:Seq><rdf:li>Zoé &amp; co</rdf:li></rdf:Seq></dc:creator>` +
		`<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">(c) "Zoé"</rdf:li><rdf:li xml:lang="fr">(c)</rdf:li></rdf:Alt></dc:rights>` +
		`<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Ana Secret</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>` +
		`<exif:GPSLatitude>48,51.5N</exif:GPSLatitude>` +
		`<plus:Licensor><rdf:Seq><rdf:li rdf:parseType="Resource"><plus:LicensorName>L</plus:LicensorName><plus:LicensorURL>u</plus:LicensorURL></rdf:li></rdf:Seq></plus:Licensor>` +
		`<plus:DataMining rdf:resource="http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"/>` +
		`<xmp:Identifier><rdf:Bag><rdf:li rdf:parseType="Resource"><rdf:value>x</rdf:value><xmp:Label>l</xmp:Label></rdf:li></rdf:Bag></xmp:Identifier>`)
}

func richExif(order binary.ByteOrder) []byte {
	return madeTIFF(order, ascii(0x010f, "Canon"), short(order, 0x0112, 6), ascii(0x013b, "Zoé"), ascii(0x8298, "(c) Zoé"),
		points(0x8769, rationals(order, 0x829d, 28, 10), ascii(0xa431, "SecretSerial"), bytesEntry(0x927c, "Secret note")),
		points(0x8825, ascii(1, "N"), rationals(order, 2, 48, 1, 51, 1, 29, 1), ascii(18, "SecretDatum")))
}

func richFiles() map[string][]byte {
	iim := append(append(madeDataset(1, 90, "\x1b%G"), madeDataset(2, 80, "Zoé")...), madeDataset(2, 188, "SecretOwner")...)
	exif := string(richExif(binary.LittleEndian))
	return map[string][]byte{
		"JPEG": madeJPEG(exifSegment(richExif(binary.BigEndian)), xmpSegment(richXMP()), iimSegment(iim), segment(0xfe, "Secret comment")),
		"PNG": madePNG(chunk("eXIf", exif), chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+richXMP()), chunk("tEXt", "Copyright\x00(c) Zoé"),
			chunk("tEXt", "exif:GPSLatitude\x00Secret")),
		"SVG": []byte(`<svg xmlns="http://www.w3.org/2000/svg"><metadata>` + richXMP() + `</metadata><rect width="1" height="1"/></svg>`),
	}
}

// TestStripByClass leaves the rights and nothing that is personal, with the values as they were.
func TestStripByClass(t *testing.T) {
	t.Parallel()
	for name, file := range richFiles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := Strip(file, Rules{Keep: KeepClasses(Rights, Consent, Technical)})
			if err != nil {
				t.Fatal(err)
			}
			for _, gone := range []string{"Secret", "48,51.5N"} {
				if bytes.Contains(out, []byte(gone)) {
					t.Errorf("%q is left in the file", gone)
				}
			}
			before, after := mustRead(t, file), mustRead(t, out)
			for _, f := range after.Fields {
				if f.Class != Rights && f.Class != Consent && f.Class != Technical {
					t.Errorf("%s %s=%s of class %v is left", f.Standard, f.Name, f.Value, f.Class)
				}
			}
			c := Compare(before, after)
			if n := len(c.Changed) + len(c.Added); n > 0 {
				t.Errorf("values changed: %v, %v", c.Changed, c.Added)
			}
			if lost := len(c.Of(Rights).Lost) + len(c.Of(Consent).Lost); lost > 0 {
				t.Errorf("rights are lost: %v", c.Of(Rights).Lost)
			}
			again, err := Strip(out, Rules{Keep: KeepClasses(Rights, Consent, Technical)})
			if err != nil || !bytes.Equal(again, out) {
				t.Errorf("stripped again %d bytes become %d, error %v", len(out), len(again), err)
			}
		})
	}
}

// TestStripAll leaves the orientation alone, and TestStripNothing the file as it is.
func TestStripAll(t *testing.T) {
	t.Parallel()
	for name, file := range richFiles() {
		out, err := Strip(file, Rules{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, f := range mustRead(t, out).Fields {
			if f.Name != "Orientation" {
				t.Errorf("%s: %s %s is left", name, f.Standard, f.Name)
			}
		}
	}
}

func TestStripNothing(t *testing.T) {
	t.Parallel()
	for name, file := range richFiles() {
		out, err := Strip(file, Rules{Keep: func(Field) bool { return true }, Pictures: true, MakerNotes: true, Manifests: true, Others: true})
		if err != nil || !bytes.Equal(out, file) {
			t.Errorf("%s: %d bytes become %d, error %v", name, len(file), len(out), err)
		}
	}
}

// TestWrittenXMPReadsTheSame writes a packet with one field less and holds every other leaf to what it was.
func TestWrittenXMPReadsTheSame(t *testing.T) {
	t.Parallel()
	before := mustRead(t, madeJPEG(xmpSegment(richXMP())))
	for _, gone := range before.Fields {
		if strings.Contains(gone.Name, "/?") {
			continue
		}
		out, err := Strip(madeJPEG(xmpSegment(richXMP())), Rules{Keep: func(f Field) bool { return f.Name != gone.Name || f.Value != gone.Value }})
		if err != nil {
			t.Fatal(err)
		}
		c := Compare(before, mustRead(t, out))
		for _, l := range c.Lost {
			if !strings.HasPrefix(l.Name, withoutIndexes(gone.Name)) {
				t.Errorf("without %s, %s is lost too", gone.Name, l.Name)
			}
		}
		if len(c.Added)+len(c.Changed) > 0 || len(c.Lost) == 0 {
			t.Errorf("without %s: added %v, changed %v, lost %v", gone.Name, c.Added, c.Changed, c.Lost)
		}
	}
}

// TestStripCorpus takes all that is personal out of files of others and leaves their rights.
func TestStripCorpus(t *testing.T) {
	t.Parallel()
	n := 0
	err := filepath.WalkDir(corpora.Dir(t, "metadata"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		file, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		before, err := Read(file, Limits{})
		if err != nil {
			return nil // no image
		}
		n++
		out, err := Strip(file, Rules{Keep: KeepClasses(Rights, Description, Technical)})
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
			return nil
		}
		after := mustRead(t, out)
		for _, f := range after.Fields {
			if f.Class == Personal {
				t.Errorf("%s: %s %s=%s is left", filepath.Base(name), f.Standard, f.Name, f.Value)
			}
		}
		for _, c := range Compare(before, after).Of(Rights).Lost {
			if c.Standard != Photoshop {
				t.Errorf("%s: %s %s=%s is lost", filepath.Base(name), c.Standard, c.Name, c.From)
			}
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Errorf("%d files, error %v", n, err)
	}
}

// FuzzStrip holds that what is refused is gone, whatever the file.
func FuzzStrip(f *testing.F) {
	for _, file := range richFiles() {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := Strip(data, Rules{Keep: KeepClasses(Rights)})
		if err != nil {
			return
		}
		d, err := Read(out, Limits{})
		if err != nil {
			t.Fatalf("the result cannot be read: %v", err)
		}
		for _, field := range d.Fields {
			if field.Class == Personal && d.Format != container.TIFF {
				t.Errorf("%s %s is left", field.Standard, field.Name)
			}
		}
	})
}

// TestStripTextsAmongNumbers drops texts that stand among the tags which pixels need.
func TestStripTextsAmongNumbers(t *testing.T) {
	t.Parallel()
	order := binary.ByteOrder(binary.LittleEndian)
	for _, e := range []madeEntry{ascii(0x011d, "Secret"), ascii(0x014d, "Secret"), ascii(0x0151, "Secret"), ascii(0x0128, "Secret"), ascii(0x0140, "Secret")} {
		for name, file := range map[string][]byte{
			"TIFF": madeTIFF(order, short(order, 0x0100, 1), e),
			"JPEG": madeJPEG(exifSegment(madeTIFF(order, short(order, 0x0112, 6), e))),
		} {
			out, err := Strip(file, Rules{Keep: KeepClasses(Rights)})
			if err != nil || bytes.Contains(out, []byte("Secret")) {
				t.Errorf("%s, tag 0x%04x: error %v, the text stays: %v", name, e.tag, err, bytes.Contains(out, []byte("Secret")))
			}
		}
	}
	file := madeJPEG(exifSegment(madeTIFF(order, short(order, 0x0112, 6), points(0x8769, bytesEntry(0x9000, "0232Secret")))))
	if out, err := Strip(file, Rules{}); err != nil || bytes.Contains(out, []byte("Secret")) {
		t.Errorf("a version: error %v, the text stays: %v", err, bytes.Contains(out, []byte("Secret")))
	}
}
