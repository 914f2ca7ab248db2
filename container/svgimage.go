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

// showing are the elements whose addresses are those of pictures, whatever type they state: browsers look at the bytes.
var showing = map[string]bool{"image": true, "feImage": true, "img": true, "source": true, "input": true, "video": true}

// dataURL is an address that holds what it leads to (RFC 2397): "data:image/jpeg;base64,…".
type dataURL struct {
	media string // in lower case
	coded bool   // in base 64
	at    int    // of "data:"
	from  int    // of the data
	to    int
}

// maxMedia is the length of what stands before the comma, at most.
const maxMedia = 200

// nextDataURL finds the next such address in a text.
func nextDataURL(text []byte) (found dataURL, ok bool) {
	const scheme = "data:"
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], ':')
		if i < 0 {
			return dataURL{}, false
		}
		at += i + 1
		begin := at - len(scheme)
		if begin < 0 || !bytes.EqualFold(text[begin:at], []byte(scheme)) {
			continue
		}
		head := text[at:min(len(text), at+maxMedia)]
		head = head[:dataEnd(head)]
		comma := bytes.IndexByte(head, ',')
		if comma < 0 && len(head) < maxMedia {
			continue
		}
		found = dataURL{at: begin, from: at + comma + 1}
		found.to = found.from + dataEnd(text[found.from:])
		media := strings.ToLower(strings.Join(strings.Fields(string(head[:max(comma, 0)])), ""))
		found.media, found.coded = strings.CutSuffix(media, ";base64")
		return found, true
	}
}

// dataEnd finds what no data in base 64 hold, and what ends them: a quote, a bracket.
func dataEnd(text []byte) int {
	for at := 0; ; at++ {
		i := bytes.IndexAny(text[at:], `"'()<>&`)
		if i < 0 {
			return len(text)
		}
		at += i
		if text[at] != '&' {
			return at
		}
		for _, quote := range [...]string{"&quot;", "&apos;", "&#34;", "&#39;", "&#x22;", "&#x27;"} {
			if bytes.HasPrefix(text[at:], []byte(quote)) {
				return at
			}
		}
	}
}

// decode64 reads base 64 as browsers do: with spaces, without padding, escaped as addresses are and as XML is.
func decode64(text string) ([]byte, error) {
	if strings.Contains(text, "&") {
		text = html.UnescapeString(text)
	}
	if strings.Contains(text, "%") {
		plain, err := url.PathUnescape(text)
		if err != nil {
			return nil, err
		}
		text = plain
	}
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Join(strings.Fields(text), ""), "="))
}

// images takes the pictures in a start tag, or in a text of styles.
func (s *svgReader) images(at Span, shows bool) {
	text := s.cut(at)
	if shows && bytes.IndexByte(text, '&') >= 0 && dataURLs(html.UnescapeString(string(text))) > dataURLs(string(text)) {
		s.conceals(at.Offset+1, "the address of a picture within is escaped")
	}
	for offset := 0; ; {
		u, ok := nextDataURL(text[offset:])
		if !ok {
			return
		}
		if shows || strings.HasPrefix(u.media, "image/") {
			s.image(u, at.Offset+int64(offset))
		}
		offset += u.to
	}
}

func dataURLs(text string) (n int) {
	for rest := []byte(text); ; n++ {
		u, ok := nextDataURL(rest)
		if !ok {
			return n
		}
		rest = rest[u.to:]
	}
}

// image takes a picture whose address was found behind an offset.
func (s *svgReader) image(u dataURL, offset int64) {
	at, where := offset+int64(u.at), Span{offset + int64(u.from), int64(u.to - u.from)}
	if !u.coded {
		s.conceals(at, "a picture within is not in base64")
		return
	}
	if where.Length == 0 {
		return // an address without a picture
	}
	if !s.room(u.to-u.from, svgImage, at) {
		return
	}
	data, err := decode64(string(s.cut(where)))
	if err != nil {
		s.conceals(at, "a picture within is not in base64: %v", err)
		return
	}
	if isSVG(data) && (data[0] != '<' || dataURLs(string(data)) > 0) { // which may hold others, and so on
		s.conceals(at, "an SVG file within another is not read")
	}
	s.part(Part{Kind: Preview, Name: svgImage, Spans: []Span{where}, Data: data})
}

// imageWithout gives the base 64 of a picture without the parts that are refused, and where it stands.
func (s *stripper) imageWithout(p Part, edit func(Part) ([]byte, bool)) (where Span, text []byte) {
	where = p.Spans[0]
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
