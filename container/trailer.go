package container

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/tiffdir"
)

// behindJPEG takes what follows the image: the pictures that MPF's index names, and trailers.
func (r *reader) behindJPEG(a *jpegApps, end int64) {
	if end >= r.size() {
		return
	}
	all := Span{end, r.size() - end}
	r.element("trailer", all, all)
	var taken []Span
	for _, at := range a.mpfAt {
		taken = append(taken, r.indexed(at, end)...)
	}
	slices.SortFunc(taken, func(x, y Span) int { return int(min(1, max(-1, x.Offset-y.Offset))) })
	for _, s := range append(taken, Span{r.size(), 0}) {
		if s.Offset > end {
			r.trailer(Span{end, s.Offset - end})
		}
		end = max(end, s.End())
	}
}

// indexed takes the pictures of an MPF index (CIPA DC-007, 5.2.3.3) behind the end of the first: entries of 16 bytes
// with attributes, size and offset from the index's own TIFF header.
func (r *reader) indexed(at Span, end int64) (taken []Span) {
	dirs, err := tiffdir.Parse(r.cut(at), tiffdir.Limits{})
	if err != nil {
		r.conceals(at.Offset, "the index of further pictures is damaged: %v", err)
		return nil
	}
	entries, _ := dirs.Find("IFD0", 0xb002)
	for i := 0; i+16 <= len(entries.Raw()); i += 16 {
		e := entries.Raw()[i:]
		s := Span{at.Offset + int64(dirs.Order.Uint32(e[8:])), int64(dirs.Order.Uint32(e[4:]))}
		if dirs.Order.Uint32(e[8:]) == 0 {
			continue // the first picture
		}
		if s.Offset < end || s.Length < 4 || s.Offset > r.size()-4 {
			r.problem(at.Offset, "picture %d of the index lies outside of what follows the first", i/16+1)
			continue
		}
		s.Length = min(s.Length, r.size()-s.Offset)
		r.part(Part{Kind: Preview, Name: fmt.Sprintf("MPF picture %d, type 0x%06x", i/16+1, dirs.Order.Uint32(e)&0xffffff), Spans: []Span{s}, Data: r.cut(s)})
		taken = append(taken, s)
	}
	return taken
}

// trailer takes bytes behind the end of a picture, and the IPTC datasets in those of AFCP and FotoStation. Zeros are
// padding.
func (r *reader) trailer(s Span) {
	data := r.cut(s)
	if len(bytes.Trim(data, "\x00")) == 0 {
		return
	}
	name := "data after the end"
	switch tail := data[max(0, len(data)-12):]; {
	case len(data) >= 12 && string(data[4:8]) == "ftyp":
		name = "MotionPhoto, an MP4 file"
	case bytes.HasSuffix(data, []byte("SEFT")):
		name = "Samsung trailer"
	case len(tail) == 12 && (bytes.HasPrefix(tail, []byte("AXS!")) || bytes.HasPrefix(tail, []byte("AXS*"))):
		name = "AFCP"
	case bytes.HasSuffix(data, []byte("\xa1\xb2\xc3\xd4")):
		name = "FotoStation"
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		name = "a JPEG file"
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		name = "a ZIP file"
	}
	i := r.part(Part{Kind: Trailer, Name: name, Spans: []Span{s}, Data: data})
	switch name {
	case "AFCP":
		r.afcp(i, s)
	case "FotoStation":
		r.fotoStation(i, s)
	}
}

// afcp takes the records of an AXS file concatenation (Tangent AFCP 1.0): the last 12 bytes point to the header, which
// a directory of records (tag, size, offset) follows. Offsets count from the beginning of the file, and are off where a
// program has edited what stands before: then the header is looked for.
func (r *reader) afcp(i int, s Span) {
	data := r.cut(s)
	tail := data[len(data)-12:]
	order := binary.ByteOrder(binary.BigEndian)
	if tail[3] == '*' {
		order = binary.LittleEndian
	}
	stated := int64(order.Uint32(tail[4:]))
	head := int64(bytes.Index(data, tail[:4]))
	if at := stated - s.Offset; at >= 0 && at <= int64(len(data))-12 && bytes.HasPrefix(data[at:], tail[:4]) {
		head = at
	}
	if head >= int64(len(data))-12 {
		return
	}
	shift := s.Offset + head - stated
	records := int64(order.Uint16(data[head+6:]))
	for e := head + 12; records > 0 && e+12 <= int64(len(data)); e, records = e+12, records-1 {
		from := int64(order.Uint32(data[e+8:])) + shift - s.Offset
		to := from + int64(order.Uint32(data[e+4:]))
		if from < 0 || to > int64(len(data)) {
			r.problem(s.Offset+e, "a record of the AFCP trailer lies outside of it")
			continue
		}
		switch tag := string(data[e : e+4]); tag {
		case "IPTC":
			r.part(Part{Kind: IIM, Name: "AFCP IPTC", Spans: []Span{s}, Data: data[from:to:to], within: i + 1})
		case "TEXT":
			r.part(Part{Kind: Text, Name: "AFCP TEXT", Spans: []Span{s}, Data: data[from:to:to], within: i + 1})
		case "Nail", "PrVw":
			if jpeg := bytes.Index(data[from:to], []byte("\xff\xd8\xff")); jpeg >= 0 {
				r.part(Part{Kind: Preview, Name: "AFCP " + tag, Spans: []Span{s}, Data: data[from+int64(jpeg) : to : to], within: i + 1})
			}
		}
	}
}

// fotoStation takes the records of FotoWare's trailer, from the last one on: each ends in tag, size of all and a
// signature.
func (r *reader) fotoStation(i int, s Span) {
	data := r.cut(s)
	for len(data) >= 10 && be32(data[len(data)-4:]) == 0xa1b2c3d4 {
		tag, size := be16(data[len(data)-10:]), be32(data[len(data)-8:])
		if size < 10 || size > int64(len(data)) {
			r.problem(s.Offset, "a record of the FotoStation trailer states a size of %d bytes", size)
			return
		}
		body := data[int64(len(data))-size : len(data)-10 : len(data)-10]
		switch tag {
		case 1:
			r.part(Part{Kind: IIM, Name: "FotoStation IPTC", Spans: []Span{s}, Data: body, within: i + 1})
		case 3, 4:
			r.part(Part{Kind: Preview, Name: "FotoStation preview", Spans: []Span{s}, Data: body, within: i + 1})
		}
		data = data[:int64(len(data))-size]
	}
}
