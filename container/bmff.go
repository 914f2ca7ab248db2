package container

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"slices"
)

// formatOfBrands tells AVIF and HEIC by the brands of ftyp, which is a file's first box (ISO/IEC 23008-12, 10; AV1
// Image File Format, 5).
func formatOfBrands(data []byte) Format {
	if len(data) < 16 || string(data[4:8]) != "ftyp" {
		return ""
	}
	end := min(be32(data), int64(len(data)), 512)
	var brands []string
	for at := int64(8); at+4 <= end; at += 4 {
		if at != 12 { // the minor version
			brands = append(brands, string(data[at:at+4]))
		}
	}
	has := func(of ...string) bool {
		return slices.ContainsFunc(brands, func(b string) bool { return slices.Contains(of, b) })
	}
	switch {
	case has("avif", "avis"):
		return AVIF
	case has("heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1", "mif2"):
		return HEIC
	}
	return ""
}

func isAVIF(data []byte) bool { return formatOfBrands(data) == AVIF }
func isHEIC(data []byte) bool { return formatOfBrands(data) == HEIC }

// boxesWithin are the boxes that consist of boxes, and what stands before those.
var boxesWithin = map[string]int64{
	"moov": 0, "trak": 0, "mdia": 0, "minf": 0, "stbl": 0, "dinf": 0, "edts": 0, "mvex": 0, "moof": 0, "traf": 0, "mfra": 0, "udta": 0,
	"meta": 4, "iprp": 0, "ipco": 0, "iref": 4, "iinf": 6, "ipro": 6, "sinf": 0, "schi": 0, "grpl": 0,
}

const maxBoxDepth = 12

// boxes reads the boxes of a range (ISO/IEC 14496-12, 4.2), and those within. What is no box ends it: then the last
// element given ends before the range does.
func (r *reader) boxes(within Span, depth int) (list []Element) {
	for at, end := within.Offset, within.End(); end-at >= 8; {
		e, ok := r.box(at, end)
		if !ok || !r.counts() {
			return list
		}
		if skip, container := boxesWithin[e.Name]; container && depth < maxBoxDepth {
			if e.Name == "iinf" && e.Payload.Length > 0 && r.data[e.Payload.Offset] > 0 {
				skip += 2 // a count of 32 bits
			}
			if e.Payload.Length >= skip {
				e.Children = r.boxes(Span{e.Payload.Offset + skip, e.Payload.Length - skip}, depth+1)
			}
		}
		list, at = append(list, e), e.Span.End()
	}
	return list
}

// box reads the header of one box. A box that goes beyond the range is cut.
func (r *reader) box(at, end int64) (e Element, ok bool) {
	size, head := be32(r.data[at:]), int64(8)
	e.Name = string(r.data[at+4 : at+8])
	switch {
	case size == 0:
		size = end - at
	case size == 1 && end-at >= 16:
		head = 16
		size = int64(min(binary.BigEndian.Uint64(r.data[at+8:]), 1<<62))
	}
	if size < head {
		r.conceals(at, "the box %s states a size of %d bytes", printable(e.Name), size)
		return e, false
	}
	if size > end-at {
		r.problem(at, "the box %s states %d bytes, of which %d are there", printable(e.Name), size, end-at)
		size = end - at
	}
	e.Span, e.Payload = Span{at, size}, Span{at + head, size - head}
	return e, true
}

// child returns the first box of the name.
func child(list []Element, name string) (Element, bool) {
	i := slices.IndexFunc(list, func(e Element) bool { return e.Name == name })
	if i < 0 {
		return Element{}, false
	}
	return list[i], true
}

// topBoxes reads all boxes of the file; what follows the last is a trailer.
func (r *reader) topBoxes() {
	r.file.Elements = r.boxes(Span{0, r.size()}, 0)
	end := int64(0)
	if n := len(r.file.Elements); n > 0 {
		end = r.file.Elements[n-1].Span.End()
	}
	if r.err == nil {
		r.after(end)
	}
}

// User types of boxes.
var (
	uuidC2PA, _ = hex.DecodeString("d8fec3d61b0e483c92975828877ec481") // C2PA 2.2, A.5
	uuidXMP, _  = hex.DecodeString("be7acfcb97a942e89c71999491e3afac") // XMP specification part 3, 1.2.7
)

// uuidBox takes a box of a user type.
func (r *reader) uuidBox(e Element) {
	data := r.cut(e.Payload)
	p := Part{Kind: Other, Name: "uuid", Spans: []Span{e.Span}, Data: data}
	if len(data) >= 16 {
		p.Name, p.Data = "uuid "+hex.EncodeToString(data[:16]), data[16:]
		switch {
		case bytes.Equal(data[:16], uuidXMP):
			p.Kind = XMP
		case bytes.Equal(data[:16], uuidC2PA):
			r.manifestBox(p)
			return
		}
	}
	r.part(p)
}

// manifestBox takes what a C2PA box is for (version and flags, then its purpose, a string): a manifest store stands
// behind the offset of 8 bytes that a further box has. Boxes for hash trees are no metadata of their own.
func (r *reader) manifestBox(p Part) {
	purpose, rest, ok := bytes.Cut(p.Data[min(4, len(p.Data)):], []byte{0})
	switch name := string(purpose); {
	case ok && len(rest) > 8 && (name == "manifest" || name == "original" || name == "update"):
		p.Kind, p.Name, p.Data = jumbfKind(rest[8:]), "uuid C2PA "+name, rest[8:]
	default:
		p.Name = "uuid C2PA " + printable(name[:min(len(name), 20)])
	}
	r.part(p)
}
