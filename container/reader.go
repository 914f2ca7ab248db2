package container

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
)

// reader collects what is found in one file.
type reader struct {
	data     []byte
	limits   Limits
	file     *File
	err      error // ErrTooLarge: everything stops
	elements int
	unpacked int64
	given    int64 // bytes of all parts
	brotli   *brotli.Reader
	joining  []*assembly
	byKey    map[string]*assembly
	plain    []byte    // the text of an SVG file that is coded otherwise
	passed   bool      // a problem says that something was passed over
	unread   []Problem // those of conceals
	gap      bool      // a JPEG file holds bytes that belong to no segment
}

func (r *reader) problem(offset int64, format string, args ...any) {
	if len(r.file.Problems) < r.limits.Problems {
		r.file.Problems = append(r.file.Problems, Problem{Offset: offset, Reason: fmt.Sprintf(format, args...)})
	}
}

// passOver is problem, for what is there and not read. The first is kept however many problems there are: in the place of
// the last.
func (r *reader) passOver(offset int64, format string, args ...any) {
	if full := len(r.file.Problems) >= r.limits.Problems; full && r.passed {
		return
	} else if full {
		r.file.Problems = r.file.Problems[:r.limits.Problems-1]
	}
	r.passed = true
	r.file.Problems = append(r.file.Problems, Problem{offset, fmt.Sprintf(format, args...), true})
}

// conceals is passOver, for what would stay in a file that is rewritten: such a place is not to be called clean.
func (r *reader) conceals(offset int64, format string, args ...any) {
	r.passOver(offset, format, args...)
	switch most := r.limits.Problems; {
	case len(r.unread) < most:
		r.unread = append(r.unread, Problem{offset, fmt.Sprintf(format, args...), true})
	case len(r.unread) == most: // a file may be made of such places: all others are one, which belongs to no part
		r.unread = append(r.unread, Problem{-1, fmt.Sprintf("there are more than %d places that cannot be read", most), true})
	}
}

// size is the file's length.
func (r *reader) size() int64 { return int64(len(r.data)) }

// cut returns the bytes of a span, as far as they lie in the file.
func (r *reader) cut(s Span) []byte {
	from := min(max(s.Offset, 0), r.size())
	to := min(max(s.End(), from), r.size())
	return r.data[from:to:to]
}

// counts takes one more element; it is false where there are too many.
func (r *reader) counts() bool {
	if r.elements++; r.elements > r.limits.Elements && r.err == nil {
		r.err = fmt.Errorf("find metadata: %w: the file has over %d elements", ErrTooLarge, r.limits.Elements)
	}
	return r.err == nil
}

// element adds one to the end of the file's; it is false where there are too many.
func (r *reader) element(name string, whole, payload Span) bool {
	if !r.counts() {
		return false
	}
	r.file.Elements = append(r.file.Elements, Element{Name: name, Span: whole, Payload: payload})
	return true
}

// part adds a piece of metadata and returns its index; -1 where there are too many.
func (r *reader) part(p Part) int {
	if len(r.file.Parts) >= r.limits.Parts && r.err == nil {
		r.err = fmt.Errorf("find metadata: %w: the file has over %d pieces of metadata", ErrTooLarge, r.limits.Parts)
	}
	if r.err != nil {
		return -1
	}
	if int64(len(p.Data)) > r.limits.Part && p.Kind != Exif && p.Kind != Trailer && p.Kind != Preview {
		r.conceals(offsetOf(p.Spans), "%s has %d bytes, of which %d are read", p.mention(), len(p.Data), r.limits.Part)
		p.Data = p.Data[:r.limits.Part:r.limits.Part]
	}
	// Entries and items may all lie over one another: readers of parts are not to read a file a thousand times.
	if r.given += int64(len(p.Data)); r.given > 4*r.size()+64<<20 {
		r.err = fmt.Errorf("find metadata: %w: its pieces have %d bytes, the file %d", ErrTooLarge, r.given, r.size())
		return -1
	}
	r.file.Parts = append(r.file.Parts, p)
	return len(r.file.Parts) - 1
}

// mention names a part in a problem, which is kept: without the keyword of a text, which is somebody's own words.
func (p Part) mention() string {
	name := p.Name
	if p.Kind == Text {
		name, _, _ = strings.Cut(name, " ")
	}
	return name
}

func offsetOf(spans []Span) int64 {
	if len(spans) == 0 {
		return 0
	}
	return spans[0].Offset
}

// assembly is a part whose data are spread over several elements.
type assembly struct {
	part   int
	pieces []piece
}

// piece is one element's share: order is its number, offset or place in the file.
type piece struct {
	order int64
	data  []byte
}

// join adds a piece to the part with the key, which p describes when it is met first. The data are put together by
// assemble, in the order of the pieces' numbers.
func (r *reader) join(key string, p Part, order int64, span Span, data []byte) {
	a := r.byKey[key]
	if a == nil {
		index := r.part(p)
		if index < 0 {
			return
		}
		if r.byKey == nil {
			r.byKey = map[string]*assembly{}
		}
		a = &assembly{part: index}
		r.byKey[key] = a
		r.joining = append(r.joining, a)
	}
	a.pieces = append(a.pieces, piece{order, data})
	r.file.Parts[a.part].Spans = append(r.file.Parts[a.part].Spans, span)
}

// assemble puts the joined parts together. Of two pieces with one number the first counts.
func (r *reader) assemble() {
	for _, a := range r.joining {
		p := &r.file.Parts[a.part]
		a.sort(p)
		var total int64
		kept := a.pieces[:0]
		for i, c := range a.pieces {
			switch {
			case i > 0 && c.order == kept[len(kept)-1].order && bytes.Equal(c.data, kept[len(kept)-1].data):
				r.problem(offsetOf(p.Spans), "%s has the piece with the number %d twice", p.Name, c.order)
			case i > 0 && c.order == kept[len(kept)-1].order:
				r.conceals(offsetOf(p.Spans), "%s has two pieces with the number %d", p.Name, c.order)
			case total+int64(len(c.data)) > r.limits.Part:
				r.conceals(offsetOf(p.Spans), "%s has more than %d bytes", p.Name, r.limits.Part)
			default:
				kept, total = append(kept, c), total+int64(len(c.data))
			}
		}
		if len(kept) == 1 {
			p.Data = kept[0].data
			continue
		}
		p.Data = make([]byte, 0, total)
		for _, c := range kept {
			p.Data = append(p.Data, c.data...)
		}
	}
}

// sort orders pieces, and the spans with them.
func (a *assembly) sort(p *Part) {
	by := make([]int, len(a.pieces))
	for i := range by {
		by[i] = i
	}
	slices.SortStableFunc(by, func(x, y int) int { return int(min(1, max(-1, a.pieces[x].order-a.pieces[y].order))) })
	pieces, spans := make([]piece, len(by)), make([]Span, len(by))
	for to, from := range by {
		pieces[to], spans[to] = a.pieces[from], p.Spans[from]
	}
	a.pieces, p.Spans = pieces, spans
}

// inflate expands a zlib stream, as far as it goes and the limits allow. The checksum at its end is not asked for: the
// bytes are what a viewer would see.
func (r *reader) inflate(z []byte, name string, at int64) []byte {
	if len(bytes.Trim(z, "\x00")) == 0 {
		r.problem(at, "%s holds nothing", name)
		return nil
	}
	body, err := zlibBody(z)
	if damaged := err != nil && len(z) > 2 && z[0]&15 == 8 && z[1]&0x20 == 0; damaged { // its check alone may be wrong
		r.problem(at, "%s has a damaged header", name)
		body, err = z[2:], nil
	}
	if err != nil {
		r.conceals(at, "%s is not compressed as it says: %v", name, err)
		return nil
	}
	return r.unpack(flate.NewReader(bytes.NewReader(body)), name, at)
}

// zlibBody cuts the header off a zlib stream (RFC 1950, 2.2).
func zlibBody(z []byte) ([]byte, error) {
	const deflate, dictionary = 8, 0x20
	if len(z) < 2 || z[0]&15 != deflate || be16(z)%31 != 0 || z[1]&dictionary != 0 {
		return nil, errors.New("it has no header of zlib")
	}
	return z[2:], nil
}

// expand undoes Brotli, with one decoder for all streams of a file.
func (r *reader) expand(data []byte, name string, at int64) []byte {
	if r.brotli == nil {
		r.brotli = new(brotli.Reader)
	}
	if err := r.brotli.Reset(bytes.NewReader(data)); err != nil {
		r.conceals(at, "%s is not compressed as it says: %v", name, err)
		return nil
	}
	return r.unpack(r.brotli, name, at)
}

// room says that so many bytes may be copied, and takes them.
func (r *reader) room(n int, name string, at int64) bool {
	if int64(n) > r.limits.Unpacked-r.unpacked {
		r.conceals(at, "%s is passed over: what is unpacked of the file comes to more than %d bytes", name, r.limits.Unpacked)
		return false
	}
	r.unpacked += int64(n)
	return true
}

// unpack reads a stream that expands.
func (r *reader) unpack(stream io.Reader, name string, at int64) []byte {
	room := min(r.limits.Part, r.limits.Unpacked-r.unpacked)
	if room <= 0 {
		r.conceals(at, "%s is passed over: what is unpacked of the file comes to more than %d bytes", name, r.limits.Unpacked)
		return nil
	}
	out, err := io.ReadAll(io.LimitReader(stream, room+1))
	switch {
	case int64(len(out)) > room:
		r.conceals(at, "%s expands to more than the %d bytes that are allowed", name, room)
		out = out[:room]
	case errors.Is(err, io.ErrUnexpectedEOF): // all that is there has been read
		r.problem(at, "%s ends after %d bytes", name, len(out))
	case err != nil:
		r.conceals(at, "%s is damaged after %d bytes: %v", name, len(out), err)
	}
	r.unpacked += int64(len(out))
	return out
}

func mapped[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, a := range list {
		out[i] = f(a)
	}
	return out
}

// exifIn leaves out the "Exif\0\0" that JPEG has before the TIFF structure, and writers of other formats have too.
func exifIn(data []byte) []byte {
	if len(data) >= 6 && bytes.EqualFold(data[:4], []byte("Exif")) && data[4] == 0 {
		return data[6:]
	}
	return data
}

func be16(b []byte) int64 { return int64(binary.BigEndian.Uint16(b)) }
func be32(b []byte) int64 { return int64(binary.BigEndian.Uint32(b)) }
