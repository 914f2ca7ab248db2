package container

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// writeHEIF overwrites what is refused, where it stands: positions in the file are stated in many places. Boxes become
// free space, items vanish from the meta box, and what belonged to no item is zeroed.
func (s *stripper) writeHEIF() {
	s.out = bytes.Clone(s.data)
	s.zeroItems()
	items, properties := map[uint32]bool{}, map[int]bool{}
	for i, p := range s.file.Parts {
		switch {
		case s.keep[i] && s.new[i] != nil && p.holder == inItem:
			s.newItem(p, s.new[i])
		case s.keep[i] && s.new[i] != nil:
			s.unwritable(p)
		case s.keep[i] || p.within > 0:
		case p.holder == inItem:
			items[uint32(p.id)] = true
		case p.holder == inProperty:
			properties[p.id] = true
		default:
			s.freeBox(p.Spans[0])
		}
	}
	if meta, ok := child(s.file.Elements, "meta"); ok && len(items)+len(properties) > 0 {
		s.rewriteMeta(meta, refused{items, properties})
	}
	s.cutEnd()
}

// freeBox turns a box into free space.
func (s *stripper) freeBox(span Span) {
	if span.Length < 8 {
		return
	}
	head := int64(8)
	if be32(s.out[span.Offset:]) == 1 {
		head = min(16, span.Length)
	}
	copy(s.out[span.Offset+4:], "free")
	clear(s.out[span.Offset+head : span.End()])
}

// cutEnd shortens the result by the boxes at its end that are refused, and by a trailer.
func (s *stripper) cutEnd() {
	for _, e := range slices.Backward(s.file.Elements) {
		if _, keep, any := s.holds(e); keep || !any && e.Name != "trailer" {
			return
		}
		s.out = s.out[:e.Span.Offset]
	}
}

// zeroItems overwrites the data of items that are refused, and where all of what is in use is known, everything else
// that no item uses. What an item that stays has in common with one that goes, stays.
func (s *stripper) zeroItems() {
	meta, ok := child(s.file.Elements, "meta")
	if !ok {
		return
	}
	goes := map[uint32]bool{}
	for i, p := range s.file.Parts {
		if p.holder == inItem && !s.keep[i] {
			goes[uint32(p.id)] = true
		}
	}
	h := s.readMeta(meta)
	var used, refused []Span
	for _, it := range h.items {
		if goes[it.id] {
			refused = append(refused, it.extents...)
		} else {
			used = append(used, it.extents...)
		}
	}
	if _, sequence := child(s.file.Elements, "moov"); !sequence && h.simple && len(goes) > 0 {
		for _, e := range s.file.Elements {
			if e.Name == "mdat" {
				refused = append(refused, e.Payload)
			}
		}
	}
	for _, span := range without(refused, used) {
		clear(s.out[span.Offset:span.End()])
	}
}

// without returns what of the spans is in none of the others.
func without(spans, others []Span) (list []Span) {
	slices.SortFunc(others, func(a, b Span) int { return cmp.Compare(a.Offset, b.Offset) })
	for _, s := range spans {
		at := s.Offset
		for _, o := range others {
			if o.Offset >= s.End() {
				break
			}
			if o.Offset > at {
				list = append(list, Span{at, o.Offset - at})
			}
			at = max(at, o.End())
		}
		if at < s.End() {
			list = append(list, Span{at, s.End() - at})
		}
	}
	return list
}

// refused are the items and properties that go.
type refused struct {
	items      map[uint32]bool
	properties map[int]bool
}

// rewriteMeta writes the meta box without the items, and free space of the size that they had.
func (s *stripper) rewriteMeta(meta Element, no refused) {
	out := bytes.Clone(s.bytes(Span{meta.Payload.Offset, min(4, meta.Payload.Length)}))
	for _, e := range meta.Children {
		switch e.Name {
		case "iinf":
			out = append(out, s.entries(e, no)...)
		case "iloc":
			out = append(out, s.places(e, no)...)
		case "iref":
			out = append(out, s.referencesKept(e, no)...)
		case "iprp":
			var body []byte
			for _, c := range e.Children {
				switch c.Name {
				case "ipco":
					body = append(body, s.propertiesKept(c, no)...)
				case "ipma":
					body = append(body, s.associations(c, no)...)
				default:
					body = append(body, s.bytes(c.Span)...)
				}
			}
			out = append(out, made("iprp", body)...)
		default:
			out = append(out, s.bytes(e.Span)...)
		}
	}
	room := s.out[meta.Payload.Offset:meta.Payload.End()]
	if len(out) > len(room) || len(room)-len(out) < 8 && len(out) != len(room) {
		return // the check of the result says what remains
	}
	clear(room[copy(room, out):])
	if rest := room[len(out):]; len(rest) > 0 {
		binary.BigEndian.PutUint32(rest, uint32(len(rest)))
		copy(rest[4:], "free")
	}
}

// bytes is cut, of the result.
func (s *stripper) bytes(span Span) []byte { return s.out[span.Offset:span.End()] }

// made writes a box.
func made(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(make([]byte, 0, len(body)+8), uint32(len(body)+8))
	return append(append(out, kind...), body...)
}

// number writes the lowest bytes of a number.
func number(out []byte, v uint64, size int) []byte {
	for i := size - 1; i >= 0; i-- {
		out = append(out, byte(v>>(8*i)))
	}
	return out
}

// entries writes iinf.
func (s *stripper) entries(e Element, no refused) []byte {
	f := fields{data: s.bytes(e.Payload)}
	version := f.uint(1)
	size := wide(version > 0)
	var body []byte
	count := uint64(0)
	for _, entry := range e.Children {
		g := fields{data: s.bytes(entry.Payload)}
		v := g.uint(1)
		g.uint(3)
		if id := uint32(g.uint(wide(v > 2))); no.items[id] {
			continue
		}
		body, count = append(body, s.bytes(entry.Span)...), count+1
	}
	return made("iinf", append(number(bytes.Clone(f.data[:min(4, len(f.data))]), count, size), body...))
}

// places writes iloc.
func (s *stripper) places(e Element, no refused) []byte {
	f := fields{data: s.bytes(e.Payload)}
	version := f.uint(1)
	f.uint(3)
	sizes := f.uint(2)
	offset, length, base, index := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if version == 0 {
		index = 0
	}
	idSize := wide(version > 1)
	head, kept, body := f.data[:min(6, len(f.data))], uint64(0), []byte(nil)
	for n := f.uint(idSize); n > 0 && !f.bad; n-- {
		start := f.at
		id := uint32(f.uint(idSize))
		if version > 0 {
			f.uint(2)
		}
		f.uint(2)
		f.uint(base)
		for range f.uint(2) {
			f.uint(index)
			f.uint(offset)
			f.uint(length)
		}
		if !no.items[id] && !f.bad {
			body, kept = append(body, f.data[start:f.at]...), kept+1
		}
	}
	return made("iloc", append(number(bytes.Clone(head), kept, idSize), body...))
}

// referencesKept writes iref without those from and to items that go.
func (s *stripper) referencesKept(e Element, no refused) []byte {
	head := s.bytes(Span{e.Payload.Offset, min(4, e.Payload.Length)})
	size := wide(len(head) > 0 && head[0] > 0)
	out := bytes.Clone(head)
	for _, c := range e.Children {
		f := fields{data: s.bytes(c.Payload)}
		from, count := f.uint(size), f.uint(2)
		var to []byte
		kept := uint64(0)
		for ; count > 0 && !f.bad; count-- {
			if id := f.uint(size); !no.items[uint32(id)] && !f.bad {
				to, kept = number(to, id, size), kept+1
			}
		}
		if kept > 0 && !no.items[uint32(from)] {
			out = append(out, made(c.Name, append(number(number(nil, from, size), kept, 2), to...))...)
		}
	}
	return made("iref", out)
}

// propertiesKept writes ipco: what goes becomes free space, since properties are known by their number.
func (s *stripper) propertiesKept(e Element, no refused) []byte {
	for i, c := range e.Children {
		if no.properties[i+1] {
			s.freeBox(c.Span)
		}
	}
	return s.bytes(e.Span)
}

// associations writes ipma: for a property that goes, the number 0 stands, which means none (ISO/IEC 14496-12, 8.11.14).
func (s *stripper) associations(e Element, no refused) []byte {
	f := fields{data: s.bytes(e.Payload)}
	version := f.uint(1)
	size := 1 + int(f.uint(3)&1)
	out := bytes.Clone(f.data[:min(4, len(f.data))])
	var body []byte
	kept := uint64(0)
	for n := f.uint(4); n > 0 && !f.bad; n-- {
		id, count := f.uint(wide(version > 0)), f.uint(1)
		one := number(number(nil, id, wide(version > 0)), count, 1)
		for ; count > 0; count-- {
			v := f.uint(size)
			if no.properties[int(v&(1<<(8*size-1)-1))] {
				v = 0
			}
			one = number(one, v, size)
		}
		if !no.items[uint32(id)] && !f.bad {
			body, kept = append(body, one...), kept+1
		}
	}
	return made("ipma", append(number(out, kept, 4), body...))
}

// heifPixels lists the data of the items that are pictures and no thumbnails, and the properties that decode them.
func (r *reader) heifPixels() (list [][]byte) {
	meta, ok := child(r.file.Elements, "meta")
	if !ok {
		return nil
	}
	h := r.readMeta(meta)
	for _, it := range h.items {
		if !it.isPart(h) {
			list = append(list, mapped(it.extents, r.cut)...)
		}
	}
	iprp, _ := child(meta.Children, "iprp")
	ipco, _ := child(iprp.Children, "ipco")
	for _, e := range ipco.Children {
		if !slices.Contains([]string{"colr", "udes", "altt", "crtt", "mdft", "uuid", "free"}, e.Name) {
			list = append(list, r.cut(e.Payload))
		}
	}
	return list
}
