package container

import (
	"bytes"
	"encoding/base64"
	"html"
	"slices"
	"strings"
)

// svgReader is the walk over an SVG file's tags. It is a scanner of its own: the standard library's takes memory by the
// attribute and seconds for a file that is made of them.
type svgReader struct {
	*reader
	names []attribute // declarations of prefixes in force, the innermost last
	open  []svgElement
	begin int64 // of the part that is being read
	depth int   // of open at which that part began
	kind  string
	told  map[string]int // the part of an attribute, by its name and value
	full  bool           // attributes were passed over
}

// svgElement is an element that is open: how many declarations were in force outside.
type svgElement struct {
	name     string
	declared int
}

// Bounds for elements within elements, for prefixes in force, which each part that uses them repeats, and for what is
// unescaped of a text.
const (
	maxSVGDepth = 10_000
	maxNames    = 64
	maxName     = 1 << 10
	maxText     = 1 << 20
)

// svgText reads the text of an SVG file (SVG 2): metadata, titles, descriptions, comments, instructions, and the
// attributes that editors leave.
func (r *reader) svgText() {
	s := &svgReader{reader: r}
	for at := int64(0); at < r.size() && r.err == nil; {
		i := bytes.IndexByte(r.data[at:], '<')
		if i < 0 {
			break
		}
		switch {
		case s.in("metadata"):
			s.loose("text metadata", Span{at, int64(i)}, r.data[at:at+int64(i)])
		case s.in("style"):
			s.images(Span{at, int64(i)}, false)
		}
		at += int64(i)
		if len(s.open) > maxSVGDepth {
			r.conceals(at, "elements lie more than %d deep", maxSVGDepth)
			break
		}
		at = s.markup(at)
	}
	if s.kind != "" {
		r.problem(s.begin, "the file ends within its metadata")
		s.finish(s.open[s.depth].name, Span{s.begin, r.size() - s.begin})
	}
}

// markup reads what begins with a "<", and returns the offset behind it.
func (s *svgReader) markup(at int64) (next int64) {
	rest := s.data[at:]
	for _, m := range []struct{ begin, end string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}, {"<!", ">"}, {"</", ">"}} {
		if !bytes.HasPrefix(rest, []byte(m.begin)) {
			continue
		}
		i := bytes.Index(rest[len(m.begin):], []byte(m.end))
		if m.begin == "<!" {
			i = max(-1, doctypeEnd(rest)-len(m.begin)-len(m.end))
		}
		if i < 0 {
			s.conceals(at, "the file ends within its markup")
			return s.size()
		}
		next = at + int64(len(m.begin)+i+len(m.end))
		s.marked(m.begin, Span{at, next - at}, rest[len(m.begin):len(m.begin)+i:len(m.begin)+i])
		return next
	}
	name := tagName(rest)
	if name == "" {
		return at + 1
	}
	n := tagEnd(rest)
	if n < 0 {
		s.conceals(at, "the file ends within a tag")
		return s.size()
	}
	s.start(name, Span{at, int64(n)})
	if rest[n-2] == '/' {
		s.end(at + int64(n))
	}
	return at + int64(n)
}

// marked takes markup that is no start tag: what it begins with, where it stands, and what is within.
func (s *svgReader) marked(begin string, at Span, within []byte) {
	switch {
	case begin == "<!--" && s.kind == "":
		s.part(Part{Kind: Comment, Name: "comment", Spans: []Span{at}, Data: within})
	case begin == "<!":
		s.doctype(at.Offset, at.End())
	case begin == "<?" && !bytes.HasPrefix(within, []byte("xml")) && !bytes.HasPrefix(within, []byte("xpacket")):
		s.loose("processing instruction", at, within)
	case begin == "<![CDATA[" && s.in("style"):
		s.images(at, false)
	case begin == "<![CDATA[" && s.in("metadata"):
		s.loose("text metadata", at, within)
	case begin == "</":
		s.end(at.End())
	}
}

// tagName is the name of the start tag at the beginning, empty where there is none.
func tagName(tag []byte) string {
	if len(tag) < 2 || !(tag[1]|0x20 >= 'a' && tag[1]|0x20 <= 'z' || tag[1] == '_' || tag[1] >= 0x80) {
		return ""
	}
	n := bytes.IndexAny(tag[:min(len(tag), 256)], " \t\r\n/>")
	if n < 0 {
		return ""
	}
	return string(tag[1:n])
}

// local is a name without its prefix.
func local(name string) string { return name[strings.IndexByte(name, ':')+1:] }

// tagEnd finds where a start tag ends, behind its ">", -1 where it does not.
func tagEnd(tag []byte) int {
	for at := 0; ; {
		i := bytes.IndexAny(tag[at:], `"'>`)
		if i < 0 {
			return -1
		}
		at += i + 1
		if tag[at-1] == '>' {
			return at
		}
		end := bytes.IndexByte(tag[at:], tag[at-1])
		if end < 0 {
			return -1
		}
		at += end + 1
	}
}

// attribute is one of a start tag: its place in the tag and what stands there.
type attribute struct {
	name   string
	quoted []byte // the value as it stands, with its quotes
	from   int    // of the name
	to     int    // behind the value
}

// value is the value without quotes and escapes.
func (a attribute) value() string { return html.UnescapeString(string(a.quoted[1 : len(a.quoted)-1])) }

// attributes gives each attribute of a start tag that has a prefix or is for data, and a value in quotes.
func attributes(tag []byte, visit func(attribute)) {
	at := bytes.IndexAny(tag, " \t\r\n")
	for at >= 0 && at < len(tag) {
		i := bytes.IndexAny(tag[at:], `"'`)
		if i < 0 {
			return
		}
		from := at + i
		end := bytes.IndexByte(tag[from+1:], tag[from])
		if end < 0 {
			return
		}
		to := from + 1 + end + 1
		name := bytes.TrimRight(tag[at:from], " \t\r\n")
		if equals, ok := bytes.CutSuffix(name, []byte("=")); ok {
			name = bytes.TrimRight(equals, " \t\r\n")
			start := bytes.LastIndexAny(name, " \t\r\n/") + 1
			if name = name[start:]; len(name) < 256 && (bytes.IndexByte(name, ':') > 0 || bytes.HasPrefix(name, []byte("data-"))) {
				visit(attribute{string(name), tag[from:to:to], at + start, to})
			}
		}
		at = to
	}
}

// svgParts are the elements that are metadata, by local name: the last two hold the document as Illustrator has it.
var svgParts = map[string]bool{"xmpmeta": true, "RDF": true, "manifest": true, "title": true, "desc": true, "pgf": true, "aipgf": true}

// tells says that an attribute is about its author: names of files, folders and layers that Inkscape and Illustrator
// leave, and data of programs.
func tells(name string) bool {
	return strings.HasPrefix(name, "data-") || slices.Contains([]string{"label", "docname", "docbase", "export-filename", "absref"}, local(name))
}

func (s *svgReader) start(name string, at Span) {
	if s.kind == "" && (s.in("metadata") || svgParts[local(name)]) {
		s.kind, s.begin, s.depth = local(name), at.Offset, len(s.open)
	}
	s.open = append(s.open, svgElement{name, len(s.names)})
	if s.kind == "" {
		s.images(at, showing[local(name)])
	}
	attributes(s.cut(at), func(a attribute) {
		switch {
		case strings.HasPrefix(a.name, "xmlns:"):
			if len(s.names) < maxNames && len(a.quoted) < maxName {
				s.names = append(s.names, a)
			}
		case s.kind != "" || !tells(a.name):
		default:
			s.tell(a, at)
		}
	})
}

// tell takes an attribute, once where editors repeat it.
func (s *svgReader) tell(a attribute, at Span) {
	key := a.name + "=" + string(a.quoted)
	part, known := s.told[key]
	switch {
	case known && part >= 0:
		if spans := s.file.Parts[part].Spans; spans[len(spans)-1] != at { // no tag may have it twice, and may all the same
			s.file.Parts[part].Spans = append(spans, at)
		}
	case known || a.value() == "":
	case len(s.file.Parts) >= s.limits.Parts/2:
		if !s.full {
			s.conceals(at.Offset+1, "attributes beyond the first %d are not read", s.limits.Parts/2)
		}
		s.full = true
	default:
		if s.told == nil {
			s.told = map[string]int{}
		}
		s.told[key] = s.part(Part{Kind: Text, Name: "attribute " + a.name, Spans: []Span{at}, Data: []byte(a.value())})
	}
}

// end closes the innermost element, whatever its name is.
func (s *svgReader) end(at int64) {
	if len(s.open) == 0 {
		return
	}
	last := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	s.names = s.names[:min(len(s.names), last.declared)]
	if s.kind != "" && len(s.open) <= s.depth {
		s.finish(last.name, Span{s.begin, at - s.begin})
	}
}

// finish takes an element that has been read to its end.
func (s *svgReader) finish(name string, whole Span) {
	p := Part{Kind: Text, Name: "element " + local(name), Spans: []Span{whole}, Data: s.cut(whole)}
	switch s.kind {
	case "title", "desc":
		p.Data = inner(p.Data)
		p.Data = []byte(html.UnescapeString(string(p.Data[:min(len(p.Data), maxText)])))
	case "manifest":
		p.Name = "c2pa:manifest"
		text := strings.Join(strings.Fields(string(inner(p.Data))), "")
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
	s.kind = ""
	s.part(p)
}

// inner returns what stands between an element's tags.
func inner(element []byte) []byte {
	from, to := bytes.IndexByte(element, '>')+1, bytes.LastIndexByte(element, '<')
	if from > to {
		return nil
	}
	return element[from:to:to]
}

// declared adds to an element's start tag the declarations of prefixes that are in force around it, so that it can be
// read alone.
func (s *svgReader) declared(element []byte) []byte {
	cut := bytes.IndexAny(element, " \t\r\n/>")
	if cut < 0 {
		return element
	}
	seen := map[string]bool{}
	attributes(element[:max(cut, tagEnd(element))], func(a attribute) { seen[a.name] = true })
	var add []byte
	for _, a := range slices.Backward(s.names) {
		if !seen[a.name] {
			add = append(append(append(append(add, ' '), a.name...), '='), a.quoted...)
		}
		seen[a.name] = true
	}
	if add == nil {
		return element
	}
	return slices.Concat(element[:cut], add, element[cut:])
}
