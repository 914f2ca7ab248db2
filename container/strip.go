package container

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrRemains means that a part could not be removed, and that there is no result.
var ErrRemains = errors.New("metadata remains")

// Strip returns the same picture without the parts that keep refuses: see [Rewrite].
func Strip(data []byte, keep func(Part) bool) ([]byte, error) {
	return Rewrite(data, func(p Part) ([]byte, bool) { return p.Data, keep(p) })
}

// Rewrite returns the same picture with the parts as edit gives them: the same data, others, or none, where keep is
// false or the data are empty. The coded pixels are the same bytes. JPEG, PNG, WebP, GIF, JPEG XL and SVG become as short as they can; in
// TIFF, AVIF and HEIC, where positions are stated, what is refused is overwritten with zeros where it does not stand at
// the end. The result is parsed again, and edit asked about each of its parts: an error says that something refused
// would be found in it.
//
// What belongs to no part and not to the picture, such as bytes between segments, goes as well wherever a part does,
// and of itself where such a place was passed over.
// Beyond that:
//   - The parts within Photoshop's resources are decided each, Photoshop being the others. A trailer, or data
//     of an application, is kept if all that is found within it is, and as it is.
//   - MPF's index and the pictures that it names are kept together or not at all. Previews that are kept are kept as
//     they are, with what metadata they carry.
//   - Refusing the Exif of a TIFF leaves the entries that say what its pixels are, and zeros what nothing points to.
//     Edited, it is the whole file and as long as it was, as by [tiffdir.File.Without].
//   - A picture that an SVG file shows stays, without what is refused of its own parts.
//   - What could not be read, and would stay, is an error unless an Other part of unknown contents would stay too.
//   - The box that restores a JPEG file from a JPEG XL (jbrd) is kept only if all parts are as they were, those within it
//     as well.
//   - New data are written for Exif, XMP, XMPExtended, IIM, ICC, Comment and Text, wherever their format has a place for
//     them; in AVIF and HEIC they may not be longer than the old ones, and are padded. What cannot be written is an
//     error.
//
// Refusing a profile changes what colours the pixels stand for.
func Rewrite(data []byte, edit func(Part) (data []byte, keep bool)) ([]byte, error) {
	r, err := parse(data, Limits{})
	if err != nil {
		return nil, err
	}
	s := &stripper{reader: r, keep: make([]bool, len(r.file.Parts)), new: map[int][]byte{}, written: map[int]bool{}, owner: map[int64]int{}}
	same := s.decide(edit)
	if s.concealed(edit); s.err != nil {
		return nil, fmt.Errorf("rewrite metadata: %w", s.err)
	}
	if same && !(s.gap && !keepsUnknown(edit)) {
		return data, nil
	}
	s.rewrite(edit)
	if s.err == nil {
		s.err = s.check(edit)
	}
	if s.err != nil {
		return nil, fmt.Errorf("rewrite metadata: %w", s.err)
	}
	return s.out, nil
}

// rewrite writes the file in its format.
func (s *stripper) rewrite(edit func(Part) ([]byte, bool)) {
	switch s.file.Format {
	case JPEG:
		s.writeJPEG()
	case PNG:
		s.writePNG()
	case WebP:
		s.writeWebP()
	case GIF:
		s.writeGIF()
	case JXL:
		s.writeJXL()
	case SVG:
		if s.plain != nil {
			s.writeCodedSVG(edit)
		} else {
			s.writeSVG(edit)
		}
	case TIFF:
		s.writeTIFF()
	case AVIF, HEIC:
		s.writeHEIF()
	}
}

// stripper makes a file with some of its parts gone or changed.
type stripper struct {
	*reader
	keep    []bool         // by index of part
	new     map[int][]byte // by index of part: data to stand in its place
	written map[int]bool   // parts whose new data have been written
	owner   map[int64]int  // offset of an element → the part that it holds, none within another
	out     []byte
}

// fail notes why there is no result.
func (s *stripper) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("%w: %s", ErrRemains, fmt.Sprintf(format, args...))
	}
}

// decide asks about each part, and says whether the file can stay as it is.
func (s *stripper) decide(edit func(Part) ([]byte, bool)) (same bool) {
	same = true
	parts := s.file.Parts
	for i, p := range parts {
		data, keep := edit(p)
		s.keep[i] = keep && (len(data) > 0 || len(p.Data) == 0)
		if s.keep[i] && !bytes.Equal(data, p.Data) {
			s.new[i] = data
		}
		same = same && s.keep[i] && s.new[i] == nil
		if p.within == 0 {
			for _, span := range p.Spans {
				s.owner[span.Offset] = i
			}
		}
	}
	for i, p := range parts {
		for w := p.within; w > 0 && (!s.keep[i] || s.new[i] != nil); w = parts[w-1].within {
			if holder := parts[w-1].Kind; holder == Trailer || holder == Other {
				s.keep[w-1] = false // it is kept as it is, or not at all
			}
		}
		if p.Name == "jbrd" && s.file.Format == JXL && !same {
			s.keep[i] = false
		}
	}
	return same
}

// concealed fails where something could not be read that would stay as it is: nobody knows what it says. Who keeps parts
// of which nothing is known, keeps that too.
func (s *stripper) concealed(edit func(Part) ([]byte, bool)) {
	if len(s.unread) == 0 {
		return
	}
	if keepsUnknown(edit) {
		return
	}
	for _, p := range s.unread {
		part, any := s.owner[p.Offset]
		if gone := any && (!s.keep[part] || s.new[part] != nil); !gone {
			s.fail("%s", p.Reason)
			return
		}
	}
}

// keepsUnknown says that parts stay of which nothing is known.
func keepsUnknown(edit func(Part) ([]byte, bool)) bool {
	_, keep := edit(Part{Kind: Other, Name: "what cannot be read"})
	return keep
}

// holds says what becomes of an element: whether a part is in it, and whether that stays.
func (s *stripper) holds(e Element) (part int, keep, any bool) {
	part, any = s.owner[e.Span.Offset]
	return part, any && s.keep[part], any
}

// write adds bytes of the file to the result.
func (s *stripper) write(span Span) { s.out = append(s.out, s.cut(span)...) }

// resourcesKept returns the image resources of part i that stay, and whether that is all of them.
func (s *stripper) resourcesKept(i int) (kept []byte, all bool) {
	list, rest := splitResources(s.file.Parts[i].Data)
	next, all := 0, s.keep[i] || len(rest) == 0
	within := s.within(i)
	for _, res := range list {
		keep, data := s.keep[i], []byte(nil)
		if next < len(within) && s.file.Parts[within[next]].id == res.id {
			keep, data = s.keep[within[next]], s.new[within[next]]
			next++
		}
		switch {
		case keep && data != nil:
			kept, all = append(kept, s.resource(res, data)...), false
		case keep:
			kept = append(kept, res.whole...)
		default:
			all = false
		}
	}
	if s.keep[i] {
		kept = append(kept, rest...)
	}
	return kept, all
}

// resource writes one with new data, in the place of a part of the resources.
func (s *stripper) resource(old resource, data []byte) []byte {
	if kind := resourceKinds[old.id]; kind == Preview {
		s.fail("a thumbnail of Photoshop's cannot be replaced")
	}
	out := bytes.Clone(old.whole[:6+(int(old.whole[6])+2)&^1])
	out = append(number(out, uint64(len(data)), 4), data...)
	return append(out, make([]byte, len(data)%2)...)
}

// within lists the parts that stand in part i, in their order.
func (s *stripper) within(i int) (list []int) {
	for j, p := range s.file.Parts {
		if p.within == i+1 {
			list = append(list, j)
		}
	}
	return list
}

// check parses the result and looks for what was to go, for what is new, and for the coded pixels, which were to stay.
func (s *stripper) check(edit func(Part) ([]byte, bool)) error {
	after, err := parse(s.out, Limits{})
	if err != nil {
		return err
	}
	if after.file.Format != s.file.Format {
		return fmt.Errorf("%w: the result would be %s", ErrRemains, after.file.Format)
	}
	for _, p := range after.file.Parts {
		if _, keep := edit(p); !keep && (!frame(after.file.Format, p) || p.Name == svgImage && !bare(p, edit)) {
			return fmt.Errorf("%w: %s, %s", ErrRemains, p.Kind, p.Name)
		}
	}
	for i, data := range s.new {
		p := s.file.Parts[i]
		if s.keep[i] && !after.has(p.Kind, data) && !s.went(i) && !frame(s.file.Format, p) {
			return fmt.Errorf("%w: the new %s, %s, would not be found", ErrRemains, p.Kind, p.Name)
		}
	}
	before, now := s.pixels(), after.pixels()
	if len(before) != len(now) {
		return fmt.Errorf("%w: the picture would have %d pieces instead of %d", ErrRemains, len(now), len(before))
	}
	for i := range before {
		if !bytes.Equal(before[i], now[i]) {
			return fmt.Errorf("%w: piece %d of the picture would change", ErrRemains, i+1)
		}
	}
	return nil
}

// has says that a part of the kind has the data, or these and padding; in an SVG prefixes may have been declared.
func (r *reader) has(kind Kind, data []byte) bool {
	for _, p := range r.file.Parts {
		if p.Kind == kind && r.file.Format == SVG {
			return true
		}
		if p.Kind == kind && bytes.HasPrefix(p.Data, data) && len(bytes.Trim(p.Data[len(data):], " \x00")) == 0 {
			return true
		}
	}
	return false
}

// went says that part i went with what it stood in, which cannot be edited: a trailer, or data of an application.
func (s *stripper) went(i int) bool {
	for w := s.file.Parts[i].within; w > 0; w = s.file.Parts[w-1].within {
		if p := s.file.Parts[w-1]; p.Kind == Trailer || p.Kind == Other {
			return true
		}
	}
	return false
}

// frame says that a part is there whatever is refused: a TIFF is its own Exif, and resources that stay need their
// frame.
func frame(format Format, p Part) bool {
	if p.Kind == Exif && format == TIFF && p.within == 0 {
		return true
	}
	if format == SVG && p.Name == svgImage {
		return true
	}
	if p.Kind != Photoshop {
		return false
	}
	list, rest := splitResources(p.Data)
	for _, res := range list {
		if _, own := resourceKinds[res.id]; !own {
			return false
		}
	}
	return len(rest) == 0
}

// pixelElements are the elements that hold coded pixels and what decodes them, by format; in the others that is found
// by what points to it.
var pixelElements = map[Format]map[string]bool{
	PNG:  {"IHDR": true, "PLTE": true, "IDAT": true, "fdAT": true, "tRNS": true},
	WebP: {"VP8 ": true, "VP8L": true, "ALPH": true, "ANIM": true, "ANMF": true},
	GIF:  {"LSD": true, "GCT": true, "21F9": true, "2C": true, "LCT": true, "TBID": true},
	JXL:  {"jxlc": true, "jxlp": true, "codestream": true},
}

// pixels lists the coded pixels of a file.
func (r *reader) pixels() (list [][]byte) {
	switch r.file.Format {
	case TIFF:
		return mapped(r.tiffPixels(), r.cut)
	case AVIF, HEIC:
		return r.heifPixels()
	}
	for _, e := range r.file.Elements {
		jpegPicture := r.file.Format == JPEG && !applies(e.Name) && e.Name != "trailer"
		if jpegPicture || pixelElements[r.file.Format][e.Name] {
			list = append(list, r.cut(e.Payload))
		}
	}
	return list
}
