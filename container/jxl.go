package container

import (
	"bytes"
	"strings"
)

const jxlSignature = "\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"

func isJXL(data []byte) bool {
	return strings.HasPrefix(string(data[:min(len(data), 12)]), jxlSignature) || len(data) > 2 && data[0] == 0xff && data[1] == 0x0a
}

// jxl reads a JPEG XL file (ISO/IEC 18181-2): a codestream, which carries no metadata but a profile that is coded as
// the pixels are, or boxes.
func (r *reader) jxl() {
	if r.data[0] == 0xff {
		all := Span{0, r.size()}
		r.element("codestream", all, all)
		return
	}
	r.topBoxes()
	for _, e := range r.file.Elements {
		if r.err != nil {
			return
		}
		if e.Name == "brob" {
			r.brotliBox(e)
			continue
		}
		r.jxlBox(e.Name, e, r.cut(e.Payload))
	}
}

// jxlBox takes what a box carries.
func (r *reader) jxlBox(kind string, e Element, data []byte) {
	p := Part{Name: printable(kind), Spans: []Span{e.Span}, Data: data}
	if e.Name == "brob" {
		p.Name = "brob " + p.Name
	}
	switch kind {
	case "Exif":
		p.Kind, p.Data = Exif, exifItem(data)
	case "xml ":
		p.Kind, p.Name = XMP, strings.TrimSpace(p.Name)
	case "jumb":
		// Superboxes stand as boxes of the file: what hashes them needs the header.
		if e.Name == kind {
			data = r.cut(e.Span)
		} else {
			data = append([]byte{byte((len(data) + 8) >> 24), byte((len(data) + 8) >> 16), byte((len(data) + 8) >> 8), byte(len(data) + 8), 'j', 'u', 'm', 'b'}, data...)
		}
		p.Kind, p.Data = jumbfKind(data), data
	case "jbrd":
		r.restoration(e.Span, data)
		return
	case "uuid":
		r.uuidBox(e)
		return
	case "JXL ", "ftyp", "jxll", "jxlc", "jxlp", "jxli", "jhgm", "trailer":
		return
	case "free", "skip":
		if len(bytes.Trim(data, "\x00")) == 0 {
			return
		}
		p.Kind = Other
	default:
		p.Kind = Other
	}
	r.part(p)
}

// brotliBox takes a compressed box: its own type, then a Brotli stream (9.8).
func (r *reader) brotliBox(e Element) {
	data := r.cut(e.Payload)
	if len(data) < 4 {
		r.conceals(e.Span.Offset, "a compressed box ends within its type")
		return
	}
	kind := string(data[:4])
	r.jxlBox(kind, e, r.expand(data[4:], "the brob box of "+printable(kind), e.Span.Offset))
}
