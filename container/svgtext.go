package container

import (
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
)

// maxProlog is how far the first element of an SVG file is looked for.
const maxProlog = 1 << 20

// isSVG says that the file is XML whose first element is svg, in UTF-8 or UTF-16, or compressed.
func isSVG(data []byte) bool {
	if bytes.HasPrefix(data, []byte("\x1f\x8b")) {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return false
		}
		data, _ = io.ReadAll(io.LimitReader(z, 64<<10)) // as far as it goes
	}
	head := data[:min(len(data), maxProlog)]
	if wide, ok := fromUTF16(head[:min(len(head), 64<<10)]); ok {
		head = wide
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	for len(head) > 1 && head[0] == '<' {
		skip := -1
		switch {
		case bytes.HasPrefix(head, []byte("<?")):
			skip = bytes.Index(head, []byte("?>")) + 2
		case bytes.HasPrefix(head, []byte("<!--")):
			skip = bytes.Index(head, []byte("-->")) + 3
		case bytes.HasPrefix(head, []byte("<!DOCTYPE")):
			if bytes.HasPrefix(bytes.TrimLeft(head[9:], " \t\r\n"), []byte("svg")) {
				return true
			}
			skip = doctypeEnd(head)
		default:
			return local(tagName(head)) == "svg"
		}
		if skip < 3 {
			return false
		}
		head = bytes.TrimLeft(head[skip:], " \t\r\n")
	}
	return false
}

// fromUTF16 gives a text as UTF-8 whose byte order mark, or first letters, say that it is UTF-16.
func fromUTF16(data []byte) ([]byte, bool) {
	big := bytes.HasPrefix(data, []byte("\xfe\xff")) || bytes.HasPrefix(data, []byte("\x00<\x00"))
	if !big && !bytes.HasPrefix(data, []byte("\xff\xfe")) && !bytes.HasPrefix(data, []byte("<\x00")) {
		return nil, false
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = uint16(data[2*i+1])<<8 | uint16(data[2*i])
		if big {
			units[i] = uint16(data[2*i])<<8 | uint16(data[2*i+1])
		}
	}
	return []byte(strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")), true
}

// markedUTF16 is fromUTF16 for data that begin with a byte order mark. Letters of one byte behind such a mark are no UTF-16,
// which would make something else of them.
func markedUTF16(data []byte) ([]byte, bool) {
	if !bytes.HasPrefix(data, []byte("\xff\xfe")) && !bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, false
	}
	if !bytes.ContainsFunc(data[2:], func(c rune) bool { return c < '\t' || c > '~' }) {
		return nil, false
	}
	return fromUTF16(data)
}

// xmlEncoding is the encoding that an XML declaration states.
var xmlEncoding = regexp.MustCompile(`^(<\?xml[^>]{0,200}?)\s+encoding\s*=\s*("[^"]*"|'[^']*')`)

// plainSVG unpacks a file and turns it into UTF-8; ok says that it was anything else.
func (r *reader) plainSVG() (text []byte, ok bool) {
	text = r.data
	if bytes.HasPrefix(text, []byte("\x1f\x8b")) {
		z, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return nil, false // isSVG has read it
		}
		text, ok = r.unpack(z, "the compressed file", 0), true
	}
	if !bytes.ContainsRune(text[:min(len(text), 4)], 0) && !bytes.HasPrefix(text, []byte("\xff\xfe")) && !bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return text, ok
	}
	if most := r.limits.Part / 2; int64(len(text)) > most {
		r.conceals(0, "of a text in UTF-16 of %d bytes %d are read", len(text), most)
		text = text[:most]
	}
	if !r.room(2*len(text), "the text in UTF-16", 0) {
		r.conceals(0, "the text in UTF-16 is not read")
		return nil, true
	}
	if wide, is := fromUTF16(text); is {
		return xmlEncoding.ReplaceAll(wide, []byte("$1")), true
	}
	return text, ok
}

// svg reads an SVG file. Its one element is the file. Where it is compressed or in UTF-16, so is every part's span.
func (r *reader) svg() {
	all := Span{0, r.size()}
	r.element("svg", all, all)
	plain, coded := r.plainSVG()
	if !coded {
		r.svgText()
		return
	}
	inner := &reader{data: plain, limits: r.limits, file: &File{Format: SVG}, unpacked: r.unpacked}
	inner.svgText()
	for _, p := range inner.file.Problems {
		tell := r.problem
		if p.Unread {
			tell = r.passOver
		}
		tell(0, "%s", p.Reason)
	}
	for _, p := range inner.unread {
		p.Offset = -1 // it belongs to no part
		r.unread = append(r.unread, p)
	}
	for _, p := range inner.file.Parts {
		p.Spans = []Span{all}
		r.part(p)
	}
	if r.err == nil {
		r.err = inner.err
	}
	r.plain = plain
}

// writeCodedSVG rewrites the text of a file that is compressed or in UTF-16, and compresses it again.
func (s *stripper) writeCodedSVG(edit func(Part) ([]byte, bool)) {
	out, err := Rewrite(s.plain, edit)
	if err != nil {
		s.err = err
		return
	}
	s.out = out
	if s.data[0] == 0x1f {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(out) // into memory: it cannot fail
		z.Close()
		s.out = b.Bytes()
	}
}

// doctypeEnd finds where a document type declaration ends, behind its ">": it may hold declarations of its own, in which
// texts are quoted. It is -1 where there is no end.
func doctypeEnd(rest []byte) int {
	inside := 0
	for at := 1; at < len(rest); at++ {
		end := ""
		switch c := rest[at]; {
		case c == '"' || c == '\'':
			end = string(c)
		case bytes.HasPrefix(rest[at:], []byte("<!--")):
			end = "-->"
		case c == '[':
			inside++
		case c == ']':
			inside--
		case c == '>' && inside <= 0:
			return at + 1
		}
		if end != "" {
			i := bytes.Index(rest[at+1:], []byte(end))
			if i < 0 {
				return -1
			}
			at += i + len(end)
		}
	}
	return -1
}

// namespaceEntity is a declaration that stands for the address of a namespace, as Illustrator writes them.
var namespaceEntity = regexp.MustCompile(`<!ENTITY\s+[\w.-]+\s+("https?://[\w./#-]*"|'https?://[\w./#-]*')\s*>`)

// doctype takes the declarations of entities, whose texts stand wherever their names do: what a reader would see there
// is not looked for.
func (s *svgReader) doctype(at, next int64) {
	text := s.data[at:next:next]
	if !bytes.Contains(namespaceEntity.ReplaceAll(text, nil), []byte("<!ENTITY")) {
		return
	}
	if packet := packetIn(text); packet != nil {
		s.part(Part{Kind: XMP, Name: "XMP in DOCTYPE", Spans: []Span{{at, next - at}}, Data: packet})
	}
	s.part(Part{Kind: Text, Name: "DOCTYPE entities", Spans: []Span{{at, next - at}}, Data: text[:min(len(text), maxText)]})
	s.conceals(at+1, "the document type declares entities, which may stand for any text")
}

// loose takes what stands right within metadata, as text or as CDATA, and instructions to programs.
func (s *svgReader) loose(name string, span Span, text []byte) {
	if s.kind == "" && len(bytes.TrimSpace(text)) > 0 {
		s.part(Part{Kind: Text, Name: name, Spans: []Span{span}, Data: text[:min(len(text), maxText):min(len(text), maxText)]})
	}
}

// in says what the innermost element is.
func (s *svgReader) in(name string) bool {
	return len(s.open) > 0 && local(s.open[len(s.open)-1].name) == name
}
