package container

import (
	"bytes"
	"encoding/binary"
)

func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// webp reads the chunks of a WebP file (RFC 9649, 2.3 to 2.7) and what follows.
func (r *reader) webp() {
	end := int64(binary.LittleEndian.Uint32(r.data[4:])) + 8
	if end > r.size() {
		r.problem(4, "the file states %d bytes and has %d", end, r.size())
		end = r.size()
	}
	if !r.element("RIFF", Span{0, 12}, Span{8, 4}) {
		return
	}
	at := int64(12)
	for at+8 <= end {
		kind, n := string(r.data[at:at+4]), int64(binary.LittleEndian.Uint32(r.data[at+4:]))
		whole, payload := Span{at, 8 + n + n&1}, Span{at + 8, n}
		if payload.End() > end {
			r.problem(at, "the file ends within its %s chunk of %d bytes", printable(kind), n)
			payload.Length = end - payload.Offset
		}
		whole.Length = min(whole.Length, end-at)
		if !r.element(kind, whole, payload) {
			return
		}
		r.riffChunk(kind, whole, r.cut(payload))
		at = whole.End()
	}
	r.after(at)
}

// infoList takes the texts of a list of the type INFO (Multimedia Programming Interface 1.0, 1991, chapter 2).
func (r *reader) infoList(i int, p Part) {
	data, ok := bytes.CutPrefix(p.Data, []byte("INFO"))
	for ok && len(data) >= 8 && i >= 0 {
		n := min(int64(binary.LittleEndian.Uint32(data[4:])), int64(len(data)-8))
		r.part(Part{Kind: Text, Name: "INFO " + printable(string(data[:4])), Spans: p.Spans, Data: bytes.TrimRight(data[8:8+n], "\x00"), within: i + 1})
		data = data[min(8+n+n&1, int64(len(data))):]
	}
}

// riffChunk takes what a chunk carries.
func (r *reader) riffChunk(kind string, whole Span, data []byte) {
	p := Part{Name: kind, Spans: []Span{whole}, Data: data}
	switch kind {
	case "EXIF", "Exif", "exif":
		p.Kind, p.Data = Exif, exifIn(data)
	case "XMP ", "XMP\x00", "xmp ", "Xmp ":
		p.Kind, p.Name = XMP, "XMP"
	case "ICCP":
		p.Kind = ICC
	case "C2PA":
		p.Kind = jumbfKind(data)
	case "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF":
		return
	case "LIST":
		p.Kind, p.Name = Other, "LIST"
		r.infoList(r.part(p), p)
		return
	default:
		p.Kind, p.Name = Other, printable(kind)
	}
	r.part(p)
}
