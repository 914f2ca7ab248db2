package container

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// writeSVG writes the text without the elements, comments and attributes that are refused.
func (s *stripper) writeSVG() {
	var cuts []Span
	packets := map[int64][]byte{}
	for i, p := range s.file.Parts {
		span := p.Spans[0]
		if s.keep[i] && s.new[i] == nil {
			continue
		}
		if s.keep[i] && p.Kind != XMP {
			s.unwritable(p)
			return
		} else if s.keep[i] {
			packets[span.Offset] = s.new[i]
		}
		if name, ok := strings.CutPrefix(p.Name, "attribute "); ok {
			span = s.attribute(span, name)
		}
		cuts = append(cuts, span)
	}
	slices.SortFunc(cuts, func(a, b Span) int { return cmp.Compare(a.Offset, b.Offset) })
	at := int64(0)
	for _, c := range cuts {
		if c.Offset >= at {
			s.write(Span{at, c.Offset - at})
			s.out = append(s.out, packets[c.Offset]...)
			at = c.End()
		}
	}
	s.write(Span{at, s.size() - at})
}

// attribute finds an attribute in a start tag, with the blank before it. Where it is not found, nothing is cut, and the
// check of the result says so.
func (s *stripper) attribute(tag Span, name string) Span {
	text := s.cut(tag)
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(name))
		if i <= 0 {
			return Span{tag.Offset, 0}
		}
		i += at
		at = i + len(name)
		rest := bytes.TrimLeft(text[at:], " \t\r\n")
		if !bytes.ContainsRune([]byte(" \t\r\n\"'"), rune(text[i-1])) || len(rest) == 0 || rest[0] != '=' {
			continue
		}
		rest = bytes.TrimLeft(rest[1:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			continue
		}
		if end := bytes.IndexByte(rest[1:], rest[0]); end >= 0 {
			stop := len(text) - len(rest) + end + 2
			return Span{tag.Offset + int64(i), int64(stop - i)}
		}
	}
}
