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
	refused := map[Span]map[string]bool{} // attributes, by their tags
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
				if refused[tag] == nil {
					refused[tag] = map[string]bool{}
				}
				refused[tag][name] = true
			}
			continue
		}
		cuts = append(cuts, span)
	}
	for tag, names := range refused {
		cuts = append(cuts, s.attributes(tag, names)...)
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

// attributes finds attributes of some names in a start tag. Where one is not found, nothing is cut, and the check of the
// result says so.
func (s *stripper) attributes(tag Span, names map[string]bool) (found []Span) {
	attributes(s.cut(tag), func(a attribute) {
		if names[a.name] {
			found = append(found, Span{tag.Offset + int64(a.from), int64(a.to - a.from)})
		}
	})
	return found
}
