package container

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/tiffdir"
)

// applies says that a JPEG's segment is for applications.
func applies(name string) bool { return strings.HasPrefix(name, "APP") || name == "COM" }

// writeJPEG writes the segments of the picture and those of parts that stay. Bytes between segments and fill bytes go.
func (s *stripper) writeJPEG() {
	s.pairFurtherPictures()
	var index []int64 // where MPF's TIFF structure stands in the result
	photoshop := false
	for _, e := range s.file.Elements {
		part, keep, any := s.holds(e)
		switch {
		case e.Name == "trailer":
			s.jpegTrailer(e, index)
			continue
		case any && s.file.Parts[part].Kind == Photoshop:
			if !photoshop {
				s.photoshopSegments(part)
			}
			photoshop = true
			continue
		case any && keep && s.new[part] != nil:
			s.once(part, s.newSegments)
			continue
		case e.Name == "APP0" && bytes.HasPrefix(s.cut(e.Payload), []byte("JFIF\x00")):
			s.jfif(e, keep || !any)
			continue
		case applies(e.Name) && !keep && !(e.Name == "APP14" && bytes.HasPrefix(s.cut(e.Payload), []byte("Adobe"))):
			continue
		case any && s.file.Parts[part].Kind == MPF:
			index = append(index, int64(len(s.out))+8)
		}
		s.writeSegment(e)
	}
}

// writeSegment writes one as it stands, from its marker on.
func (s *stripper) writeSegment(e Element) {
	head := int64(4)
	if e.Name == "SOI" || e.Name == "EOI" || e.Name == "TEM" || strings.HasPrefix(e.Name, "RST") {
		head = 2 // no length
	}
	s.write(Span{e.Payload.Offset - head, e.Span.End() - e.Payload.Offset + head})
}

// jfif writes the header of JFIF, without its thumbnail where that is refused.
func (s *stripper) jfif(e Element, whole bool) {
	p := s.cut(e.Payload)
	if whole || len(p) < 14 {
		s.writeSegment(e)
		return
	}
	s.out = append(s.out, "\xff\xe0\x00\x10"...)
	s.out = append(append(s.out, p[:12]...), 0, 0)
}

// photoshopSegments writes the resources that stay, in as many segments as they need.
func (s *stripper) photoshopSegments(part int) {
	kept, all := s.resourcesKept(part)
	if all {
		for _, span := range s.file.Parts[part].Spans {
			s.write(span)
		}
		return
	}
	for piece := range slices.Chunk(kept, 65533-len(headPhotoshop)) {
		s.out = append(s.out, 0xff, markerAPP0+13)
		s.out = binary.BigEndian.AppendUint16(s.out, uint16(2+len(headPhotoshop)+len(piece)))
		s.out = append(append(s.out, headPhotoshop...), piece...)
	}
}

// pairFurtherPictures refuses MPF's indexes and their pictures where one of either is refused.
func (s *stripper) pairFurtherPictures() {
	var all []int
	keep := true
	for i, p := range s.file.Parts {
		if p.Kind == MPF || strings.HasPrefix(p.Name, "MPF picture") {
			all, keep = append(all, i), keep && s.keep[i]
		}
	}
	for _, i := range all {
		s.keep[i] = keep
	}
}

// jpegTrailer writes what stays of what follows the picture, in its order, and corrects MPF's index.
func (s *stripper) jpegTrailer(trailer Element, index []int64) {
	moved := map[int64]int64{}
	var spans []Span
	for i, p := range s.file.Parts {
		if p.within == 0 && s.keep[i] && p.Spans[0].Offset >= trailer.Span.Offset {
			spans = append(spans, p.Spans[0])
		}
	}
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.Offset, b.Offset) })
	for i, span := range spans {
		if i > 0 && span.Offset < spans[i-1].End() {
			moved[span.Offset] = moved[spans[i-1].Offset] + span.Offset - spans[i-1].Offset
			span = Span{spans[i-1].End(), max(0, span.End()-spans[i-1].End())}
		} else {
			moved[span.Offset] = int64(len(s.out))
		}
		s.write(span)
	}
	s.moveIndex(index, moved)
}

// moveIndex corrects the offsets and the first picture's size in MPF's indexes, which stand in the result at the
// offsets given: moved says where what stood behind the picture is now.
func (s *stripper) moveIndex(index []int64, moved map[int64]int64) {
	n := 0
	for _, p := range s.file.Parts {
		if p.Kind != MPF || n >= len(index) {
			continue
		}
		old, at := p.Spans[0].End()-int64(len(p.Data)), index[n]
		n++
		dirs, err := tiffdir.Parse(p.Data, tiffdir.Limits{})
		if err != nil {
			continue
		}
		entries, _ := dirs.Find("IFD0", 0xb002)
		for i := 0; i+16 <= len(entries.Raw()); i += 16 {
			e := s.out[at+entries.Offset+int64(i):]
			offset, size := int64(dirs.Order.Uint32(e[8:])), int64(dirs.Order.Uint32(e[4:]))
			if to, ok := moved[old+offset]; ok && offset != 0 {
				dirs.Order.PutUint32(e[8:], uint32(to-at))
			} else if offset == 0 && size > 0 {
				dirs.Order.PutUint32(e[4:], uint32(s.firstSize()))
			}
		}
	}
}

// firstSize is the size of the result up to the end of the first picture.
func (s *stripper) firstSize() int64 {
	r := reader{data: s.out, limits: Limits{}.orDefault(), file: &File{}}
	for at := int64(0); at < r.size(); {
		seg, next := r.segment(at)
		if seg.marker == 0 || seg.marker == markerEOI {
			return next
		}
		at = next
	}
	return r.size()
}

// writePNG writes the chunks of the picture and those of parts that stay.
func (s *stripper) writePNG() {
	for _, e := range s.file.Elements {
		part, keep, any := s.holds(e)
		switch {
		case e.Name == "trailer" && !keep:
		case any && s.file.Parts[part].Kind == Photoshop:
			s.rawProfileChunk(e, part)
		case e.Name == "sPLT" && any && !keep, e.Name == "iCCP" && keep && s.new[part] == nil && s.loses(part):
			s.renamed(e)
		case any && keep && s.new[part] != nil:
			s.once(part, s.newChunk)
		case any && keep, !any && (pictureChunks[e.Name] || e.Name == "PNGh"):
			s.write(e.Span)
		}
	}
}

// loses says that a part within part i is refused.
func (s *stripper) loses(i int) bool {
	return slices.ContainsFunc(s.within(i), func(j int) bool { return !s.keep[j] })
}

// renamed writes a profile or a palette under a name that says nothing.
func (s *stripper) renamed(e Element) {
	if _, rest, ok := bytes.Cut(s.cut(e.Payload), []byte{0}); ok {
		s.putChunk(e.Name, map[string]string{"iCCP": "icc\x00", "sPLT": "palette\x00"}[e.Name], rest)
	}
}

// rawProfileChunk writes a profile of image resources that stay, as it was or as a zTXt chunk.
func (s *stripper) rawProfileChunk(e Element, part int) {
	kept, all := s.resourcesKept(part)
	if all {
		s.write(e.Span)
	}
	if !all && len(kept) > 0 {
		s.putChunk("zTXt", "Raw profile type iptc\x00\x00", zlibbed(hexLines("iptc", kept)))
	}
}

// writeWebP writes the chunks of the picture and those of parts that stay, and says in VP8X (RFC 9649, 2.7.1) which there
// are.
func (s *stripper) writeWebP() {
	has := map[Kind]bool{}
	extended := int64(-1)
	for _, e := range s.file.Elements {
		part, keep, any := s.holds(e)
		switch {
		case e.Name == "trailer":
			s.endRIFF(extended, has)
			if keep {
				s.write(e.Span)
			}
			return
		case any && !keep:
			continue
		case any && s.new[part] != nil:
			has[s.file.Parts[part].Kind] = true
			s.once(part, s.newRIFF)
			continue
		case any:
			has[s.file.Parts[part].Kind] = true
		case e.Name == "VP8X" && e.Payload.Length > 0:
			extended = int64(len(s.out)) + 8
		}
		s.write(e.Span)
	}
	s.endRIFF(extended, has)
}

func (s *stripper) endRIFF(extended int64, has map[Kind]bool) {
	binary.LittleEndian.PutUint32(s.out[4:], uint32(len(s.out)-8))
	if extended < 0 {
		return
	}
	for kind, flag := range map[Kind]byte{ICC: 0x20, Exif: 0x08, XMP: 0x04} {
		if !has[kind] {
			s.out[extended] &^= flag
		}
	}
}

// writeGIF writes the blocks of the picture and those of parts that stay.
func (s *stripper) writeGIF() {
	for _, e := range s.file.Elements {
		part, keep, any := s.holds(e)
		switch {
		case any && s.file.Parts[part].Kind == Photoshop:
			if kept, all := s.resourcesKept(part); all {
				s.write(e.Span)
			} else if len(kept) > 0 {
				s.putBlocks("\x21\xff\x0bMGK8BIM0000", kept)
			}
		case any && keep && s.new[part] != nil:
			s.once(part, s.newBlocks)
		case any && !keep && s.file.Parts[part].Name == gifLoop:
			if body := s.cut(e.Payload); len(body) >= 16 && string(body[12:14]) == "\x03\x01" {
				s.out = append(append(append(s.out, "\x21\xff"...), body[:16]...), 0)
			}
		case any && !keep, !any && e.Name == "trailer":
		default:
			s.write(e.Span)
		}
	}
}

// writeJXL writes the boxes of the picture and those of parts that stay.
func (s *stripper) writeJXL() {
	for _, e := range s.file.Elements {
		part, keep, any := s.holds(e)
		if keep && s.new[part] != nil {
			s.once(part, s.newBox)
		} else if keep || !any && e.Name != "trailer" && e.Name != "brob" && e.Name != "free" && e.Name != "skip" {
			s.write(e.Span)
		}
	}
}
