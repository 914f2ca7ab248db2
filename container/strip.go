package container

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrRemains means that a part could not be removed, and that there is no result.
var ErrRemains = errors.New("metadata remains")

// Strip returns the same picture without the parts that keep refuses. The coded pixels are the same bytes. JPEG, PNG,
// WebP, GIF, JPEG XL and SVG become shorter; in TIFF, AVIF and HEIC, where positions are stated, what is refused is
// overwritten with zeros where it does not stand at the end. The result is parsed again: an error says that something
// refused would be found in it.
//
// What belongs to no part and not to the picture, such as bytes between segments, goes as well. Beyond that:
//   - The parts within Photoshop's resources are decided each, Photoshop being the others. A trailer is kept if all
//     that is found within it is.
//   - MPF's index and the pictures that it names are kept together or not at all. Previews that are kept are kept as
//     they are, with what metadata they carry.
//   - Refusing the Exif of a TIFF leaves the entries that say what its pixels are, and zeros what nothing points to.
//   - The box that restores a JPEG file from a JPEG XL (jbrd) is kept only if all other parts are.
//
// Refusing a profile changes what colours the pixels stand for.
func Strip(data []byte, keep func(Part) bool) ([]byte, error) {
	r, err := parse(data, Limits{})
	if err != nil {
		return nil, err
	}
	s := &stripper{reader: r, keep: make([]bool, len(r.file.Parts)), owner: map[int64]int{}}
	if s.decide(keep) {
		return data, nil
	}
	switch r.file.Format {
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
		s.writeSVG()
	case TIFF:
		s.writeTIFF()
	case AVIF, HEIC:
		s.writeHEIF()
	}
	if err := s.check(keep); err != nil {
		return nil, fmt.Errorf("strip metadata: %w", err)
	}
	return s.out, nil
}

// stripper makes a file without some of its parts.
type stripper struct {
	*reader
	keep  []bool        // by index of part
	owner map[int64]int // offset of an element → the part that it holds, none within another
	out   []byte
}

// decide asks about each part, and says whether the file can stay as it is.
func (s *stripper) decide(keep func(Part) bool) (all bool) {
	all = true
	parts := s.file.Parts
	for i, p := range parts {
		s.keep[i] = keep(p)
		all = all && s.keep[i]
		if p.within == 0 {
			for _, span := range p.Spans {
				s.owner[span.Offset] = i
			}
		}
	}
	for i, p := range parts {
		if p.within > 0 && parts[p.within-1].Kind == Trailer && !s.keep[i] {
			s.keep[p.within-1] = false
		}
		if p.Name == "jbrd" && s.file.Format == JXL && !all {
			s.keep[i] = false
		}
	}
	return all
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
		keep := s.keep[i]
		if next < len(within) && s.file.Parts[within[next]].id == res.id {
			keep = s.keep[within[next]]
			next++
		}
		if keep {
			kept = append(kept, res.whole...)
		}
		all = all && keep
	}
	if s.keep[i] {
		kept = append(kept, rest...)
	}
	return kept, all
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

// check parses the result and looks for what was to go, and for the coded pixels, which were to stay.
func (s *stripper) check(keep func(Part) bool) error {
	after, err := parse(s.out, Limits{})
	if err != nil {
		return err
	}
	if after.file.Format != s.file.Format {
		return fmt.Errorf("%w: the result would be %s", ErrRemains, after.file.Format)
	}
	for _, p := range after.file.Parts {
		if !keep(p) && !frame(after.file.Format, p) {
			return fmt.Errorf("%w: %s, %s", ErrRemains, p.Kind, p.Name)
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

// frame says that a part is there whatever is refused: a TIFF is its own Exif, and resources that stay need their
// frame.
func frame(format Format, p Part) bool {
	if p.Kind == Exif && format == TIFF && p.within == 0 {
		return true
	}
	list, rest := splitResources(p.Data)
	for _, res := range list {
		if _, own := resourceKinds[res.id]; !own {
			return false
		}
	}
	return p.Kind == Photoshop && len(rest) == 0
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
