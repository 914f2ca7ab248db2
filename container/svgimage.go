package container

import (
	"bytes"
	"encoding/base64"
	"errors"
	"html"
	"net/url"
	"strings"
)

// svgImage names the part of a picture that stands in an SVG file as base 64 and is shown: it is a part of the picture,
// and only its own metadata can go.
const svgImage = "image data"

// nextData finds the next address that is a picture itself, of whatever type it says that it is (RFC 2397): where it
// begins and where its data do, -1 where there is none.
func nextData(text []byte, at int) (begin, data int) {
	for ; ; at++ {
		i := bytes.IndexByte(text[at:], ':')
		if i < 0 {
			return -1, 0
		}
		at += i
		if begin = at - len("data"); begin < 1 || !bytes.EqualFold(text[begin:at], []byte("data")) || !bytes.ContainsAny(text[begin-1:begin], "\"' \t\r\n(") {
			continue
		}
		head := text[at:min(len(text), at+200)]
		if comma := bytes.IndexAny(head, `,"'<>`); comma >= 0 && head[comma] == ',' {
			return begin, at + comma + 1
		}
	}
}

// imageText finds the base 64 of a picture in a start tag: href="data:image/jpeg;base64,…".
func imageText(tag []byte) (from, to int, ok bool) {
	begin, from := nextData(tag, 0)
	if begin < 0 || !bytes.HasSuffix(bytes.ToLower(tag[begin:from]), []byte(";base64,")) {
		return 0, 0, false
	}
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
	more, _ := nextData(tag, to)
	switch {
	case more >= 0:
		s.conceals(at.Offset+1, "a picture within is not in base64, or there are two")
		return
	case !ok || !s.room(to-from, svgImage, at.Offset):
		return
	}
	data, err := imageData(string(tag[from:to]))
	if err != nil {
		s.conceals(at.Offset+1, "a picture within is not in base64: %v", err)
		return
	}
	if isSVG(data) && (data[0] != '<' || holdsData(data)) { // which may hold others, and so on
		s.conceals(at.Offset+1, "an SVG file within another is not read")
	}
	s.part(Part{Kind: Preview, Name: svgImage, Spans: []Span{at}, Data: data})
}

// holdsData says that there is an address that is a picture itself.
func holdsData(text []byte) bool {
	begin, _ := nextData(text, 0)
	return begin >= 0
}

// imageData undoes base 64 with the line breaks of editors, which Inkscape writes as references to characters, and the
// escapes of addresses.
func imageData(text string) ([]byte, error) {
	text = html.UnescapeString(text)
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	text = strings.TrimRight(strings.Join(strings.Fields(text), ""), "=")
	return base64.RawStdEncoding.DecodeString(text)
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
