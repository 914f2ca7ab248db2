package container

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"slices"
	"strings"
)

// isSVG says that the text is XML whose first element is svg, as far as its first kilobytes tell.
func isSVG(data []byte) bool {
	head := bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 16<<10)], []byte("\xef\xbb\xbf")), " \t\r\n")
	if !bytes.HasPrefix(head, []byte("<")) {
		return false
	}
	for len(head) > 1 && head[0] == '<' {
		skip := -1
		switch {
		case bytes.HasPrefix(head, []byte("<?")):
			skip = bytes.Index(head, []byte("?>")) + 2
		case bytes.HasPrefix(head, []byte("<!--")):
			skip = bytes.Index(head, []byte("-->")) + 3
		case bytes.HasPrefix(head, []byte("<!DOCTYPE")):
			return bytes.HasPrefix(bytes.TrimLeft(head[9:], " \t\r\n"), []byte("svg"))
		default:
			name, _, _ := bytes.Cut(head[1:], []byte(":"))
			if len(name) < 20 && bytes.HasPrefix(head[1+len(name):], []byte(":svg")) {
				return true
			}
			return bytes.HasPrefix(head, []byte("<svg")) && len(head) > 4 && !letter(head[4])
		}
		if skip < 2 {
			return false
		}
		head = bytes.TrimLeft(head[skip:], " \t\r\n")
	}
	return false
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// svgReader is the walk over an SVG file's tokens.
type svgReader struct {
	*reader
	xml   *xml.Decoder
	names []xml.Attr // declarations of prefixes in force, the innermost last
	open  []svgElement
	begin int64 // of the part that is being read
	depth int   // of open at which that part began
	kind  string
}

// svgElement is an element that is open: how many declarations were in force outside.
type svgElement struct {
	name     xml.Name
	declared int
}

// svg reads an SVG file (SVG 2): metadata, titles, descriptions, comments, and the attributes that editors leave. Its
// one element is the file.
func (r *reader) svg() {
	all := Span{0, r.size()}
	r.element("svg", all, all)
	s := &svgReader{reader: r, xml: xml.NewDecoder(bytes.NewReader(r.data))}
	s.xml.Strict = false
	s.xml.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for r.err == nil {
		at := s.xml.InputOffset()
		if len(s.open) > maxSVGDepth {
			r.problem(at, "elements lie more than %d deep", maxSVGDepth)
			return
		}
		token, err := s.xml.RawToken()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				r.problem(at, "the file is no XML any more: %v", err)
			}
			return
		}
		if !r.counts() {
			return
		}
		s.token(token, Span{at, s.xml.InputOffset() - at})
	}
}

func (s *svgReader) token(token xml.Token, at Span) {
	switch t := token.(type) {
	case xml.StartElement:
		s.start(t, at)
	case xml.EndElement:
		s.end(at)
	case xml.Comment:
		if s.kind == "" {
			s.part(Part{Kind: Comment, Name: "comment", Spans: []Span{at}, Data: bytes.Clone(t)})
		}
	}
}

// svgParts are the elements that are metadata, by local name: the last two hold the document as Illustrator has it.
var svgParts = map[string]bool{"xmpmeta": true, "RDF": true, "manifest": true, "title": true, "desc": true, "pgf": true, "aipgf": true}

// Bounds for elements within elements, and for prefixes in force: each part that uses them repeats them.
const (
	maxSVGDepth = 10_000
	maxNames    = 64
	maxName     = 1 << 10
)

func (s *svgReader) start(t xml.StartElement, at Span) {
	inMetadata := len(s.open) > 0 && s.open[len(s.open)-1].name.Local == "metadata"
	if s.kind == "" && (inMetadata || svgParts[t.Name.Local]) {
		s.kind, s.begin, s.depth = t.Name.Local, at.Offset, len(s.open)
	}
	s.open = append(s.open, svgElement{t.Name, len(s.names)})
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns":
			if len(s.names) < maxNames && len(a.Value) < maxName {
				s.names = append(s.names, a)
			}
		case s.kind == "" && tells(a):
			s.part(Part{Kind: Text, Name: "attribute " + a.Name.Space + ":" + a.Name.Local, Spans: []Span{at}, Data: []byte(a.Value)})
		}
	}
}

// tells says that an attribute is about its author: names of files and folders that Inkscape and Illustrator leave.
func tells(a xml.Attr) bool {
	return a.Name.Space != "" && slices.Contains([]string{"docname", "docbase", "export-filename", "absref"}, a.Name.Local)
}

// end closes the innermost element, whatever its name is.
func (s *svgReader) end(at Span) {
	if len(s.open) == 0 {
		return
	}
	last := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	s.names = s.names[:last.declared]
	if s.kind != "" && len(s.open) <= s.depth {
		s.finish(last.name, Span{s.begin, at.End() - s.begin})
		s.kind = ""
	}
}

// finish takes an element that has been read to its end.
func (s *svgReader) finish(name xml.Name, whole Span) {
	p := Part{Kind: Text, Name: "element " + name.Local, Spans: []Span{whole}, Data: s.cut(whole)}
	switch s.kind {
	case "title", "desc":
		p.Data = []byte(html.UnescapeString(string(s.inner(p.Data))))
	case "manifest":
		p.Name = "c2pa:manifest"
		text := strings.Join(strings.Fields(string(s.inner(p.Data))), "")
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			s.problem(whole.Offset, "the manifest is not in base64: %v", err)
		}
		p.Data, p.Kind = data, jumbfKind(data)
	case "xmpmeta", "RDF":
		p.Kind, p.Data = XMP, s.declared(p.Data)
	default:
		p.Kind = Other
	}
	s.part(p)
}

// inner returns what stands between an element's tags.
func (s *svgReader) inner(element []byte) []byte {
	from, to := bytes.IndexByte(element, '>')+1, bytes.LastIndexByte(element, '<')
	if from > to {
		return nil
	}
	return element[from:to:to]
}

// declared adds to an element's start tag the declarations of prefixes that are in force around it, so that it can be
// read alone.
func (s *svgReader) declared(element []byte) []byte {
	tag := element[:bytes.IndexByte(element, '>')+1]
	cut := bytes.IndexAny(tag, " \t\r\n/>")
	if cut < 0 {
		return element
	}
	var add []byte
	seen := map[string]bool{}
	for _, a := range slices.Backward(s.names) {
		if head := []byte("xmlns:" + a.Name.Local + "="); !seen[a.Name.Local] && !bytes.Contains(tag, head) {
			add = append(append(append(add, ' '), head...), '"')
			add = append(append(add, escaped(a.Value)...), '"')
		}
		seen[a.Name.Local] = true
	}
	if add == nil {
		return element
	}
	return slices.Concat(element[:cut], add, element[cut:])
}

func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;").Replace(s)
}
