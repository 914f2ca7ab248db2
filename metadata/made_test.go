package metadata

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"
)

// madeJPEG is a JPEG file of segments and a scan, which nobody decodes here.
func madeJPEG(segments ...[]byte) []byte {
	file := []byte{0xff, 0xd8}
	for _, s := range segments {
		file = append(file, s...)
	}
	return append(file, "\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x55\xff\xd9"...)
}

func segment(marker byte, payload string) []byte {
	s := []byte{0xff, marker, 0, 0}
	binary.BigEndian.PutUint16(s[2:], uint16(len(payload)+2))
	return append(s, payload...)
}

func xmpSegment(packet string) []byte {
	return segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+packet)
}

func exifSegment(tiff []byte) []byte { return segment(0xe1, "Exif\x00\x00"+string(tiff)) }

func iimSegment(block []byte) []byte {
	resource := "8BIM\x04\x04\x00\x00" + string(binary.BigEndian.AppendUint32(nil, uint32(len(block)))) + string(block)
	if len(block)%2 == 1 {
		resource += "\x00"
	}
	return segment(0xed, "Photoshop 3.0\x00"+resource)
}

func madeDataset(record, number byte, value string) []byte {
	s := []byte{iimTag, record, number, 0, 0}
	binary.BigEndian.PutUint16(s[3:], uint16(len(value)))
	return append(s, value...)
}

// madePNG is a PNG file of chunks between its header and its end.
func madePNG(chunks ...[]byte) []byte {
	file := []byte("\x89PNG\r\n\x1a\n")
	file = append(file, chunk("IHDR", "\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00")...)
	for _, c := range chunks {
		file = append(file, c...)
	}
	file = append(file, chunk("IDAT", "x\x9cc\x00\x00\x00\x02\x00\x01")...)
	return append(file, chunk("IEND", "")...)
}

func chunk(kind, data string) []byte {
	c := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	c = append(c, kind...)
	c = append(c, data...)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
}

// madeEntry is an entry of a directory to be made: its value as bytes, or the directory that it points to.
type madeEntry struct {
	tag, kind uint16
	count     int
	value     string
	points    []madeEntry
}

func ascii(tag uint16, text string) madeEntry {
	return madeEntry{tag: tag, kind: 2, count: len(text) + 1, value: text + "\x00"}
}

func short(order binary.ByteOrder, tag uint16, v uint16) madeEntry {
	b := make([]byte, 2)
	order.PutUint16(b, v)
	return madeEntry{tag: tag, kind: 3, count: 1, value: string(b)}
}

func rationals(order binary.ByteOrder, tag uint16, numbers ...uint32) madeEntry {
	b := make([]byte, 4*len(numbers))
	for i, n := range numbers {
		order.PutUint32(b[4*i:], n)
	}
	return madeEntry{tag: tag, kind: 5, count: len(numbers) / 2, value: string(b)}
}

func bytesEntry(tag uint16, value string) madeEntry {
	return madeEntry{tag: tag, kind: 7, count: len(value), value: value}
}

func points(tag uint16, entries ...madeEntry) madeEntry {
	return madeEntry{tag: tag, kind: 4, count: 1, points: entries}
}

// madeTIFF is a TIFF structure of one directory and those that it points to.
func madeTIFF(order binary.ByteOrder, entries ...madeEntry) []byte {
	b := []byte("II*\x00\x08\x00\x00\x00")
	if order == binary.ByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*\x00\x00\x00\x08")
	}
	return writeDirectory(b, order, entries)
}

func writeDirectory(b []byte, order binary.ByteOrder, entries []madeEntry) []byte {
	at := len(b)
	b = append(b, make([]byte, 2+12*len(entries)+4)...)
	order.PutUint16(b[at:], uint16(len(entries)))
	for i, e := range entries {
		field := at + 2 + 12*i
		order.PutUint16(b[field:], e.tag)
		order.PutUint16(b[field+2:], e.kind)
		order.PutUint32(b[field+4:], uint32(e.count))
		switch {
		case e.points != nil:
			order.PutUint32(b[field+8:], uint32(len(b)))
			b = writeDirectory(b, order, e.points)
		case len(e.value) <= 4:
			copy(b[field+8:], e.value)
		default:
			order.PutUint32(b[field+8:], uint32(len(b)))
			b = append(b, e.value...)
			if len(b)%2 == 1 {
				b = append(b, 0)
			}
		}
	}
	return b
}

// packet is an XMP packet around the inside of rdf:RDF.
func packet(inside string) string {
	return `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ` +
		`xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
		`xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" ` +
		`xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:exif="http://ns.adobe.com/exif/1.0/" ` +
		`xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/">` + inside + `</rdf:RDF></x:xmpmeta><?xpacket end="w"?>`
}

func description(inside string) string {
	return packet(`<rdf:Description rdf:about="">` + inside + `</rdf:Description>`)
}

func mustRead(t testing.TB, file []byte) *Document {
	t.Helper()
	d, err := Read(file, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// values gives the values of a document's fields of a name, joined by bars.
func (d *Document) values(name string) string {
	var found []string
	for _, f := range d.Fields {
		if f.Name == name {
			found = append(found, f.Value)
		}
	}
	return strings.Join(found, "|")
}
