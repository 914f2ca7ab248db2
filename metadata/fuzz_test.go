package metadata

import (
	"encoding/binary"
	"testing"
)

// FuzzXMP reads packets in whatever encoding.
func FuzzXMP(f *testing.F) {
	f.Add([]byte(description(`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">T</rdf:li></rdf:Alt></dc:title>`)))
	f.Add([]byte(packet(`<rdf:Description dc:format="a&amp;b"><exif:Flash exif:Mode="1"/></rdf:Description>`)))
	f.Add([]byte("\xff\xfe<\x00a\x00>\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &reader{budget: &budget{Limits: Limits{}.orDefault()}, doc: &Document{}}
		r.xmp(data, 0)
	})
}

// FuzzIIM reads blocks of datasets.
func FuzzIIM(f *testing.F) {
	f.Add(append(madeDataset(1, 90, "\x1b%G"), madeDataset(2, 80, "Zoé")...))
	f.Add([]byte{iimTag, 2, 120, 0x80, 4, 0, 0, 0, 1, 'x'})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &reader{budget: &budget{Limits: Limits{}.orDefault()}, doc: &Document{}}
		r.iim(data, 0)
		r.photoshop(data, 0)
		r.icc(data, 0)
	})
}

// FuzzExif reads TIFF structures.
func FuzzExif(f *testing.F) {
	order := binary.LittleEndian
	f.Add(madeTIFF(order, ascii(0x010f, "m"), points(0x8769, bytesEntry(0x9286, "UNICODE\x00a\x00"), bytesEntry(0x927c, "Nikon\x00"))))
	for _, note := range []string{"\x00\x01\x00\x09\x00\x02\x00\x00\x00\x04Ana\x00", "FUJIFILM\x0c\x00\x00\x00\x01\x00", "Apple iOS\x00\x00\x01MM\x00\x01"} {
		f.Add(madeTIFF(order, ascii(0x010f, "Canon"), points(0x8769, bytesEntry(0x927c, note))))
	}
	f.Add(madeTIFF(binary.BigEndian, points(0x8825, rationals(binary.BigEndian, 2, 48, 1, 51, 1, 0, 0))))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &reader{budget: &budget{Limits: Limits{}.orDefault()}, doc: &Document{}}
		r.exif(data, 0)
	})
}

// FuzzRead reads whole files.
func FuzzRead(f *testing.F) {
	f.Add(madeJPEG(xmpSegment(description("<dc:format>x</dc:format>")), iimSegment(madeDataset(2, 80, "a"))))
	f.Add(madePNG(chunk("tEXt", "Author\x00a")))
	f.Fuzz(func(t *testing.T, data []byte) { _, _ = Read(data, Limits{}) })
}
