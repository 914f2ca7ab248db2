package container

import "bytes"

// gif reads the blocks of a GIF file (GIF89a, 1990) up to its trailer block, and what follows. The elements have the
// names of C2PA's box hash: "GIF89a", "LSD", "GCT", "21FF" …, "2C", "LCT", "TBID", "3B".
func (r *reader) gif() {
	if r.size() < 13 {
		r.problem(r.size(), "the file ends within its header")
		r.element("GIF89a", Span{0, r.size()}, Span{0, r.size()})
		return
	}
	r.element("GIF89a", Span{0, 6}, Span{0, 6})
	r.element("LSD", Span{6, 7}, Span{6, 7})
	at := r.table("GCT", 13, r.data[10])
	for at < r.size() && r.err == nil {
		switch r.data[at] {
		case 0x21:
			at = r.extensionBlock(at)
		case 0x2c:
			at = r.imageBlock(at)
		case 0x3b:
			r.element("3B", Span{at, 1}, Span{at, 1})
			r.after(at + 1)
			return
		default:
			r.problem(at, "no block begins with 0x%02x", r.data[at])
			r.after(at)
			return
		}
	}
	r.problem(r.size(), "the file ends before its trailer block")
}

// table skips a colour table, where the flags say that there is one.
func (r *reader) table(name string, at int64, flags byte) int64 {
	if flags&0x80 == 0 {
		return at
	}
	s := Span{at, min(3<<(flags&7+1), r.size()-at)}
	r.element(name, s, s)
	return s.End()
}

// subBlocks finds the end of a sequence of sub-blocks, behind the empty one.
func (r *reader) subBlocks(at int64) int64 {
	for at < r.size() {
		n := int64(r.data[at])
		if at += 1 + n; n == 0 {
			return at
		}
	}
	r.problem(r.size(), "the file ends within a block")
	return r.size()
}

// contents puts the sub-blocks of a range together.
func contents(b []byte) []byte {
	var out []byte
	for len(b) > 0 && b[0] > 0 {
		n := min(int(b[0]), len(b)-1)
		out, b = append(out, b[1:1+n]...), b[1+n:]
	}
	return out
}

// imageBlock skips an image: descriptor, colour table, data.
func (r *reader) imageBlock(at int64) int64 {
	s := Span{at, min(10, r.size()-at)}
	r.element("2C", s, s)
	if s.Length < 10 {
		r.problem(r.size(), "the file ends within an image")
		return r.size()
	}
	at = r.table("LCT", s.End(), r.data[at+9])
	if at >= r.size() {
		return at
	}
	end := r.subBlocks(at + 1)
	r.element("TBID", Span{at, end - at}, Span{at, end - at})
	return end
}

// extensionBlock reads an extension and takes what it carries.
func (r *reader) extensionBlock(at int64) int64 {
	if at+2 > r.size() {
		r.problem(at, "the file ends within a block")
		r.element("21", Span{at, 1}, Span{at, 1})
		return r.size()
	}
	end := r.subBlocks(at + 2)
	whole, payload := Span{at, end - at}, Span{at + 2, end - at - 2}
	p := Part{Spans: []Span{whole}}
	switch body := r.cut(payload); r.data[at+1] {
	case 0xff:
		p.Name = "21FF"
		r.application(p, body)
	case 0xfe:
		p.Kind, p.Name, p.Data = Comment, "21FE", contents(body)
		r.part(p)
	case 0x01:
		p.Kind, p.Name, p.Data = Text, "2101 plain text", contents(body)
		if len(body) > 0 {
			p.Data = contents(body[min(len(body), int(body[0])+1):])
		}
		r.part(p)
	case 0xf9:
		p.Name = "21F9"
		if len(body) > 6 {
			r.conceals(at, "a graphic control block has %d bytes more than it needs", len(body)-6)
		}
	default:
		p.Kind, p.Name, p.Data = Other, "extension", contents(body)
		r.part(p)
	}
	r.element(p.Name[:min(4, len(p.Name))], whole, payload)
	return end
}

// gifMagic is the size of what follows a packet of XMP, so that readers of sub-blocks come out behind it (XMP
// specification part 3, 1.1.2): 0x01, then 0xff down to 0x00, then the empty block.
const gifMagic = 258

// gifLoop names a block for the number of repeats that holds more than that.
const gifLoop = "21FF NETSCAPE2.0 with more"

// application takes an application extension: a block of 11 bytes that names it, then its data.
func (r *reader) application(p Part, body []byte) {
	if len(body) < 12 || body[0] != 11 {
		p.Kind, p.Data = Other, contents(body)
		r.part(p)
		return
	}
	id, data := string(body[1:12]), body[12:]
	switch id {
	case "NETSCAPE2.0", "ANIMEXTS1.0":
		if len(data) == 5 && data[0] == 3 && data[4] == 0 || len(data) == 7 && data[0] == 5 && data[6] == 0 {
			return // how often, or after how many bytes
		}
		p.Kind, p.Data, p.Name = Other, contents(data), gifLoop
		r.part(p)
		return
	case "XMP DataXMP":
		p.Kind, p.Data = XMP, contents(data)
		if n := len(data) - gifMagic; n >= 0 && bytes.HasPrefix(data[n:], []byte{0x01, 0xff, 0xfe, 0xfd}) {
			p.Data = data[:n:n]
		}
	case "ICCRGBG1012":
		p.Kind, p.Data = ICC, contents(data)
	case "C2PA_GIF\x01\x00\x00":
		p.Data = contents(data)
		p.Kind = jumbfKind(p.Data)
	case "MGKIPTC0000": // as ImageMagick writes them
		p.Kind, p.Data = IIM, contents(data)
	case "MGK8BIM0000":
		p.Kind, p.Data = Photoshop, contents(data)
	default:
		p.Kind, p.Data = Other, contents(data)
	}
	p.Name += " " + printable(id)
	if i := r.part(p); i >= 0 && p.Kind == Photoshop {
		r.resources(i)
	}
}
