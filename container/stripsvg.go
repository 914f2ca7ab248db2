package container

import (
	"cmp"
	"slices"
	"strings"
)

// writeSVG writes the text without the elements, comments and attributes that are refused.
func (s *stripper) writeSVG(edit func(Part) ([]byte, bool)) {
	var cuts []Span
	packets := map[int64][]byte{}
	for i, p := range s.file.Parts {
		span := p.Spans[0]
		if p.within > 0 || s.keep[i] && s.new[i] == nil {
			continue
		}
		if p.Name == svgImage {
			where, text := s.imageWithout(p, edit)
			cuts, packets[where.Offset] = append(cuts, where), text
			continue
		}
		if s.keep[i] && p.Kind != XMP {
			s.unwritable(p)
			return
		} else if s.keep[i] {
			packets[span.Offset] = s.new[i]
		}
		if name, ok := strings.CutPrefix(p.Name, "attribute "); ok {
			for _, tag := range p.Spans {
				cuts = append(cuts, s.attribute(tag, name))
			}
			continue
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

// attribute finds an attribute in a start tag. Where it is not found, nothing is cut, and the check of the result says
// so.
func (s *stripper) attribute(tag Span, name string) (found Span) {
	found = Span{tag.Offset, 0}
	attributes(s.cut(tag), func(a attribute) {
		if a.name == name {
			found = Span{tag.Offset + int64(a.from), int64(a.to - a.from)}
		}
	})
	return found
}
