package metadata

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestExif reads every type of value, in both byte orders, by the names of the standard.
func TestExif(t *testing.T) {
	t.Parallel()
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		comment := []byte("UNICODE\x00")
		for _, u := range utf16.Encode([]rune("Zoé à Nîmes")) {
			comment = order.(binary.AppendByteOrder).AppendUint16(comment, u)
		}
		wrong := []byte("UNICODE\x00")
		for _, u := range utf16.Encode([]rune("wrong order")) {
			wrong = reversed(order).(binary.AppendByteOrder).AppendUint16(wrong, u)
		}
		tiff := madeTIFF(order, ascii(0x010f, "Caméra"), short(order, 0x0112, 6), rationals(order, 0x011a, 72, 1),
			ascii(0x8298, "Zoé\x00Éd"), points(0x8769, rationals(order, 0x829a, 1, 320), bytesEntry(0x9000, "0232"),
				bytesEntry(0x9286, string(comment)), bytesEntry(0x927c, "Nikon\x00\x02\x10\x00\x00"), ascii(0xa430, "Zo\xe9"),
				bytesEntry(0xa462, string(wrong))),
			points(0x8825, madeEntry{tag: 0, kind: 1, count: 4, value: "\x02\x03\x00\x00"}, ascii(1, "N"),
				rationals(order, 2, 48, 1, 51, 1, 0, 0), bytesEntry(27, "ASCII\x00\x00\x00GPS")))
		d := mustRead(t, madeJPEG(exifSegment(tiff)))
		for name, want := range map[string]string{
			"Make": "Caméra", "Orientation": "6", "XResolution": "72", "ExposureTime": "0.003125", "ExifVersion": "0232",
			"UserComment": "Zoé à Nîmes", "Copyright": "Zoé\nÉd", "CameraOwnerName": "Zoé", "GPSVersionID": "2 3 0 0",
			"GPSLatitudeRef": "N", "GPSLatitude": "48 51 undef", "GPSProcessingMethod": "GPS",
		} {
			if got := d.values(name); got != want {
				t.Errorf("%v: %s is %q, want %q", order, name, got, want)
			}
		}
		if len(d.MakerNotes) != 1 || d.MakerNotes[0].Maker != "Nikon" {
			t.Errorf("%v: maker notes are %v, want one of Nikon", order, d.MakerNotes)
		}
		if got := unicodeText(wrong[8:], order); got != "wrong order" {
			t.Errorf("%v: a comment in the other order is %q", order, got)
		}
	}
}

// TestIIM reads datasets in the character set that 1:90 states, and without it in the one that they evidently have.
func TestIIM(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sets []string // record, number, value
		want string
	}{
		"UTF-8 stated":    {[]string{"\x01\x5a\x1b%G", "\x02\x50Zoé"}, "Zoé"},
		"UTF-8 evident":   {[]string{"\x02\x50Zoé"}, "Zoé"},
		"Latin-1 stated":  {[]string{"\x01\x5a\x1b.A", "\x02\x50Zo\xc3\xa9"}, "ZoÃ©"},
		"Windows evident": {[]string{"\x02\x50Zo\xe9 \x80"}, "Zoé €"},
		"one of both":     {[]string{"\x02\x19Zo\xc3\xa9", "\x02\x50Zo\xe9"}, "Zoé"},
		"wrong statement": {[]string{"\x01\x5a\x1b%G", "\x02\x50Zo\xe9"}, "Zoé"},
		"repeated":        {[]string{"\x02\x50a", "\x02\x50b"}, "a|b"},
		"zeros":           {[]string{"\x02\x50a\x00\x00"}, "a"},
	} {
		var block []byte
		for _, s := range c.sets {
			block = append(block, madeDataset(s[0], s[1], s[2:])...)
		}
		d := mustRead(t, madeJPEG(iimSegment(block)))
		if got := d.values("By-line"); got != c.want {
			t.Errorf("%s: By-line is %q, want %q", name, got, c.want)
		}
	}
}

// TestIIMLengths reads an extended length, and what a damaged block has before its fault.
func TestIIMLengths(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 40_000)
	extended := append([]byte{iimTag, 2, 120, 0x80, 4, 0, 0, 0x9c, 0x40}, long...)
	sets, problem, _ := readDatasets(extended)
	if problem != "" || len(sets) != 1 || string(sets[0].data) != long {
		t.Errorf("an extended dataset gives %d sets and the problem %q", len(sets), problem)
	}
	for name, damage := range map[string]string{
		"no dataset": "xxxxxx", "a cut one": "\x1c\x02\x50\x00\x09abc", "a length of nine bytes": "\x1c\x02\x50\x80\x09abc",
		"a huge length": "\x1c\x02\x50\x80\x04\xff\xff\xff\xff",
	} {
		sets, problem, _ := readDatasets(append(madeDataset(2, 80, "a"), damage...))
		if len(sets) == 0 || string(sets[0].data) != "a" || problem == "" {
			t.Errorf("before %s: sets %v, problem %q", name, sets, problem)
		}
	}
}

// TestTexts reads PNG's texts and comments, and what ImageMagick leaves of Exif among them.
func TestTexts(t *testing.T) {
	t.Parallel()
	d := mustRead(t, madePNG(chunk("tEXt", "Author\x00Zo\xe9"), chunk("tEXt", "exif:GPSLatitude\x0048/1, 51/1, 0/1"),
		chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+description("<dc:source>s</dc:source>")),
		chunk("tEXt", "parameters\x00a cat\nSteps: 20, Seed: 1")))
	for name, want := range map[string]string{"Author": "Zoé", "exif:GPSLatitude": "48/1, 51/1, 0/1", "dc:source": "s",
		"parameters": "a cat\nSteps: 20, Seed: 1"} {
		if got := d.values(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	classes := map[string]Class{}
	for _, f := range d.Fields {
		classes[f.Name] = f.Class
	}
	if classes["Author"] != Rights || classes["exif:GPSLatitude"] != Personal || classes["parameters"] != Provenance {
		t.Errorf("classes are %v", classes)
	}
	if got := mustRead(t, madeJPEG(segment(0xfe, "hello"))).values("Comment"); got != "hello" {
		t.Errorf("the comment is %q, want hello", got)
	}
}

// TestPicturesWithin finds pictures in maker notes, in IFD1's place and in XMP, and reads their own metadata.
func TestPicturesWithin(t *testing.T) {
	t.Parallel()
	inner := madeJPEG(exifSegment(madeTIFF(binary.BigEndian, ascii(0x010f, "inner"))), segment(0xdb, strings.Repeat("\x01", 65)))
	inner = append(inner[:2], append(segment(0xfe, "c"), inner[2:]...)...)
	outer := madeTIFF(binary.BigEndian, points(0x8769, bytesEntry(0x927c, "Canon-like "+string(inner))),
		madeEntry{tag: 0x0201, kind: 4, count: 1, value: "\x00\x00\x00\x08"}, madeEntry{tag: 0x0202, kind: 4, count: 1, value: "\x00\x00\x00\x10"})
	d := mustRead(t, madeJPEG(exifSegment(outer)))
	if len(d.Pictures) != 2 || d.Pictures[0].Where != "MakerNote" && d.Pictures[1].Where != "MakerNote" {
		t.Fatalf("pictures are %v, want one in IFD0 and one in the maker note", d.Pictures)
	}
	for _, p := range d.Pictures {
		if p.Where == "MakerNote" && (!bytes.Equal(p.Data, inner) || p.Document == nil || p.Document.values("Make") != "inner") {
			t.Errorf("the picture in the maker note has %d bytes and the metadata %v, want %d", len(p.Data), p.Document, len(inner))
		}
	}
}

// TestPictureOfADirectory finds a preview in the strip of a sub-image.
func TestPictureOfADirectory(t *testing.T) {
	t.Parallel()
	order := binary.BigEndian
	number := func(tag uint16, v uint32) madeEntry {
		return madeEntry{tag: tag, kind: 4, count: 1, value: string(order.AppendUint32(nil, v))}
	}
	inner := madeJPEG(segment(0xfe, "inner"))
	at := len(madeTIFF(order, points(0x014a, number(0x00fe, 1), number(0x0111, 0), number(0x0117, 0))))
	tiff := append(madeTIFF(order, points(0x014a, number(0x00fe, 1), number(0x0111, uint32(at)), number(0x0117, uint32(len(inner))))), inner...)
	for name, file := range map[string][]byte{"JPEG": madeJPEG(exifSegment(tiff)), "TIFF": tiff} {
		d := mustRead(t, file)
		if len(d.Pictures) != 1 || d.Pictures[0].Document == nil || d.Pictures[0].Document.values("Comment") != "inner" {
			t.Errorf("%s: pictures are %v, want the one of the sub-image", name, d.Pictures)
		}
		out, err := Strip(file, Rules{Keep: func(Field) bool { return true }, Others: true})
		if err != nil || bytes.Contains(out, []byte("inner")) {
			t.Errorf("%s: the preview is left, error %v", name, err)
		}
	}
}

// TestLimits holds that a file cannot have more read of it than is allowed.
func TestLimits(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a", 1000)
	file := madeJPEG(xmpSegment(description("<dc:subject><rdf:Bag>"+strings.Repeat("<rdf:li>"+text+"</rdf:li>", 50)+"</rdf:Bag></dc:subject>")),
		segment(0xfe, text))
	for name, limits := range map[string]Limits{"text": {Text: 10_000}, "fields": {Fields: 10}, "packet": {Packet: 10_000}} {
		d, err := Read(file, limits)
		if err != nil || len(d.Fields) > 10 || len(d.Problems) == 0 {
			t.Errorf("%s: %d fields, problems %v, error %v", name, len(d.Fields), d.Problems, err)
		}
	}
	many, err := Read(madeJPEG(xmpSegment("<a"), xmpSegment("<a"), xmpSegment("<a")), Limits{Problems: 2})
	if err != nil || len(many.Problems) != 2 {
		t.Errorf("problems are %v, error %v, want two", many.Problems, err)
	}
}
