package container

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
)

// svgImage names the part of a picture that stands in an SVG file as base 64 and is shown: it is a part of the picture,
// and only its own metadata can go.
const svgImage = "image data"

// imageText finds the base 64 of a picture in a start tag: href="data:image/jpeg;base64,…".
func imageText(tag []byte) (from, to int, ok bool) {
	from = bytes.Index(tag, []byte("data:image/"))
	if from < 0 {
		return 0, 0, false
	}
	comma := bytes.Index(tag[from:min(len(tag), from+200)], []byte(";base64,"))
	if comma < 0 {
		return 0, 0, false
	}
	from += comma + len(";base64,")
	to = len(tag)
	if end := bytes.IndexAny(tag[from:], `"'>`); end >= 0 {
		to = from + end
	}
	return from, to, true
}

// image takes a picture in base 64.
func (s *svgReader) image(at Span) {
	tag := s.cut(at)
	from, to, ok := imageText(tag)
	if !ok || !s.room(to-from, svgImage, at.Offset) {
		return
	}
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(tag[from:to])), ""))
	if err != nil {
		s.conceals(at.Offset+1, "a picture within is not in base64: %v", err)
		return
	}
	if isSVG(data) { // which may hold others, and so on
		s.conceals(at.Offset+1, "an SVG file within another is not read")
	}
	s.part(Part{Kind: Preview, Name: svgImage, Spans: []Span{at}, Data: data})
}

// imageWithout gives the base 64 of a picture without the parts that are refused, and where it stands.
func (s *stripper) imageWithout(p Part, edit func(Part) ([]byte, bool)) (where Span, text []byte) {
	from, to, _ := imageText(s.cut(p.Spans[0]))
	where = Span{p.Spans[0].Offset + int64(from), int64(to - from)}
	out, err := Rewrite(p.Data, edit)
	switch {
	case errors.Is(err, ErrFormat) || err == nil && bytes.Equal(out, p.Data):
		return where, s.cut(where)
	case err != nil:
		s.err = err
	}
	return where, []byte(base64.StdEncoding.EncodeToString(out))
}

// bare says that a picture is there with nothing that is refused.
func bare(p Part, edit func(Part) ([]byte, bool)) bool {
	out, err := Rewrite(p.Data, edit)
	return errors.Is(err, ErrFormat) || err == nil && bytes.Equal(out, p.Data)
}
