package container

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
)

// item is one item of a HEIF file: a picture, or what is said about one.
type item struct {
	id       uint32
	kind     string // "Exif", "mime", "hvc1" …
	mime     string
	encoding string
	entry    Span   // its box in iinf
	extents  []Span // in the file
}

// heif is what the meta box of a file says.
type heif struct {
	items  []*item
	byID   map[uint32]*item
	thumbs map[uint32]bool // items that are thumbnails of others
	idat   Span
	simple bool // all items lie in the file or in idat
}

// isPart says that an item is no picture of the file's own.
func (it *item) isPart(h *heif) bool {
	return slices.Contains([]string{"Exif", "mime", "uri ", "jumb", "c2pa"}, it.kind) || h.thumbs[it.id]
}

// heif reads an AVIF or HEIC file (ISO/IEC 23008-12): its boxes, the items of its meta box, its properties.
func (r *reader) heif() {
	r.topBoxes()
	meta, _ := child(r.file.Elements, "meta")
	for _, e := range r.file.Elements {
		if r.err != nil {
			return
		}
		if e.Name == "meta" && e.Span == meta.Span {
			r.metaBox(e)
		} else {
			r.heifBox(e)
		}
	}
}

// heifBox takes what a box beside the meta box carries.
func (r *reader) heifBox(e Element) {
	switch e.Name {
	case "uuid":
		r.uuidBox(e)
	case "jumb":
		r.jxlBox(e.Name, e, nil)
	case "moov":
		r.userData(e.Children, "moov")
	case "mpvd", "sefd":
		r.part(Part{Kind: Trailer, Name: "Samsung " + e.Name, Spans: []Span{e.Span}, Data: r.cut(e.Payload)})
	case "ftyp", "mdat", "moof", "mfra", "styp", "sidx", "pdin", "trailer":
	case "free", "skip", "wide":
		if data := r.cut(e.Payload); len(bytes.Trim(data, "\x00")) > 0 {
			r.part(Part{Kind: Other, Name: e.Name, Spans: []Span{e.Span}, Data: data})
		}
	default:
		r.part(Part{Kind: Other, Name: printable(e.Name), Spans: []Span{e.Span}, Data: r.cut(e.Payload)})
	}
}

// userData takes the boxes of sequences that are for users' data.
func (r *reader) userData(list []Element, path string) {
	for _, e := range list {
		switch e.Name {
		case "udta", "meta":
			r.part(Part{Kind: Other, Name: path + "/" + e.Name, Spans: []Span{e.Span}, Data: r.cut(e.Payload)})
		case "uuid":
			r.uuidBox(e)
		case "trak":
			r.userData(e.Children, path+"/trak")
		}
	}
}

// metaBox takes the items that are metadata or thumbnails, and the properties that are metadata.
func (r *reader) metaBox(meta Element) {
	h := r.readMeta(meta)
	for _, it := range h.items {
		if r.err != nil {
			return
		}
		r.item(h, it)
	}
	if iprp, ok := child(meta.Children, "iprp"); ok {
		ipco, _ := child(iprp.Children, "ipco")
		for i, e := range ipco.Children {
			r.property(i+1, e)
		}
	}
	for _, e := range meta.Children {
		if e.Name == "uuid" {
			r.uuidBox(e)
		}
	}
}

func (r *reader) readMeta(meta Element) *heif {
	h := &heif{byID: map[uint32]*item{}, thumbs: map[uint32]bool{}, simple: true}
	for _, e := range meta.Children {
		switch e.Name {
		case "iinf":
			for _, entry := range e.Children {
				r.itemEntry(h, entry)
			}
		case "idat":
			h.idat = e.Payload
		case "iref":
			primary, _ := child(meta.Children, "pitm")
			r.references(h, e, primary)
		}
	}
	if e, ok := child(meta.Children, "iloc"); ok {
		r.locations(h, e)
	}
	return h
}

// fields reads numbers of a box; beyond the end it gives zeros and is not ok.
type fields struct {
	data []byte
	at   int
	bad  bool
}

func (f *fields) uint(size int) uint64 {
	if len(f.data)-f.at < size {
		f.bad, f.at = true, len(f.data)
		return 0
	}
	v := uint64(0)
	for range size {
		v = v<<8 | uint64(f.data[f.at])
		f.at++
	}
	return v
}

func (f *fields) text() string {
	s, _, found := bytes.Cut(f.data[f.at:], []byte{0})
	f.at += len(s)
	if found {
		f.at++
	}
	return string(s)
}

// wide is 4 for a set condition and 2 otherwise: the sizes of ids and counts in different versions.
func wide(condition bool) int {
	if condition {
		return 4
	}
	return 2
}

// itemEntry reads an infe box (ISO/IEC 14496-12, 8.11.6). In versions 0 and 1 an item has no type, but a name and a type
// of contents: all of them are taken for such items.
func (r *reader) itemEntry(h *heif, e Element) {
	f := fields{data: r.cut(e.Payload)}
	version := f.uint(1)
	f.uint(3)
	if e.Name != "infe" {
		return
	}
	it := &item{id: uint32(f.uint(wide(version > 2))), entry: e.Span}
	f.uint(2)
	if version >= 2 {
		it.kind = string(f.data[min(f.at, len(f.data)):min(f.at+4, len(f.data))])
		f.uint(4)
	}
	if f.bad {
		r.conceals(e.Span.Offset, "an entry for an item is cut short")
		return
	}
	name := f.text()
	if version < 2 {
		it.kind = "mime"
	}
	if it.kind == "mime" {
		it.mime, it.encoding = f.text(), f.text()
	}
	if version < 2 && it.mime == "" {
		it.kind = name // such as Exif; of pictures it is any
	}
	h.items = append(h.items, it)
	if h.byID[it.id] == nil {
		h.byID[it.id] = it
	}
}

// references notes which items are thumbnails (8.11.12; ISO/IEC 23008-12, 6.6.1), and with them the tiles that they are
// made of. The primary item is none, whatever is said of it.
func (r *reader) references(h *heif, iref, primary Element) {
	size := wide(iref.Payload.Length > 0 && r.data[iref.Payload.Offset] > 0)
	tiles := map[uint32][]uint32{}
	for _, e := range iref.Children {
		f := fields{data: r.cut(e.Payload)}
		from := uint32(f.uint(size))
		switch e.Name {
		case "thmb":
			h.thumbs[from] = true
		case "dimg":
			for n := f.uint(2); n > 0 && !f.bad; n-- {
				tiles[from] = append(tiles[from], uint32(f.uint(size)))
			}
		}
	}
	f := fields{data: r.cut(primary.Payload)}
	version := f.uint(1)
	f.uint(3)
	delete(h.thumbs, uint32(f.uint(wide(version > 0))))
	for from, list := range tiles {
		for _, to := range list {
			if h.thumbs[from] {
				h.thumbs[to] = true
			}
		}
	}
}

// maxExtents bounds the pieces of all items together.
const maxExtents = 1 << 14

// locations reads iloc (8.11.3).
func (r *reader) locations(h *heif, e Element) {
	f := fields{data: r.cut(e.Payload)}
	version := f.uint(1)
	f.uint(3)
	sizes := f.uint(2)
	offset, length, base, index := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if version == 0 {
		index = 0
	}
	total := 0
	for n := f.uint(wide(version > 1)); n > 0 && !f.bad; n-- {
		id, method := uint32(f.uint(wide(version > 1))), uint64(0)
		if version > 0 {
			method = f.uint(2) & 15
		}
		f.uint(2)
		from := f.uint(base)
		it, count := h.byID[id], f.uint(2)
		for ; count > 0 && !f.bad; count-- {
			f.uint(index)
			at, size := from+f.uint(offset), f.uint(length)
			if total++; total > maxExtents {
				r.conceals(e.Span.Offset, "the items consist of more than %d pieces", maxExtents)
				h.simple = false
				return
			}
			if it != nil && !f.bad {
				r.extent(h, it, method, at, size)
			}
		}
	}
	if f.bad {
		h.simple = false
		r.conceals(e.Span.Offset, "the box iloc is cut short")
	}
}

// extent adds a piece to an item: in the file (method 0) or in idat (1). A size of 0 stands for all that follows.
func (r *reader) extent(h *heif, it *item, method, at, size uint64) {
	within := Span{0, r.size()}
	if method == 1 {
		within = h.idat
	}
	h.simple = h.simple && method <= 1
	if method == 0 && at >= uint64(within.Length) {
		r.problem(it.entry.Offset, "item %d lies behind the end of the file", it.id)
		return
	}
	if method > 1 || at >= uint64(within.Length) {
		r.conceals(it.entry.Offset, "item %d lies where nothing is", it.id)
		return
	}
	s := Span{within.Offset + int64(at), within.Length - int64(at)}
	if size > uint64(s.Length) {
		r.problem(it.entry.Offset, "item %d states %d bytes, of which %d are there", it.id, size, s.Length)
	} else if size > 0 {
		s.Length = int64(size)
	}
	it.extents = append(it.extents, s)
}

// gather puts an item's pieces together.
func (r *reader) gather(it *item) []byte {
	if len(it.extents) == 1 {
		return r.cut(it.extents[0])
	}
	var total int64
	for _, s := range it.extents {
		total += s.Length
	}
	if total > min(r.limits.Part, r.limits.Unpacked-r.unpacked) {
		r.conceals(it.entry.Offset, "item %d has %d bytes, more than is allowed", it.id, total)
		return nil
	}
	r.unpacked += total
	return slices.Concat(mapped(it.extents, r.cut)...)
}

// item takes one that is no picture of the file's own.
func (r *reader) item(h *heif, it *item) {
	p := Part{Kind: Other, Name: fmt.Sprintf("%s item %d", printable(it.kind), it.id), Spans: slices.Clone(it.extents), holder: inItem, id: int(it.id)}
	if len(it.extents) == 0 {
		return
	}
	switch it.kind {
	case "Exif":
		p.Kind, p.Data = Exif, exifItem(r.gather(it))
	case "mime":
		p.Name = fmt.Sprintf("%s item %d", printable(it.mime), it.id)
		if kind, _, _ := strings.Cut(strings.ToLower(it.mime), ";"); strings.TrimSpace(kind) == "application/rdf+xml" {
			p.Kind = XMP
		}
		p.Data = r.decoded(it, p.Name)
	case "uri ", "jumb", "c2pa":
		p.Data = r.gather(it)
		if len(p.Data) > 8 && string(p.Data[4:8]) == "jumb" {
			p.Kind = jumbfKind(p.Data)
		}
	default:
		if !h.thumbs[it.id] {
			return
		}
		p.Kind, p.Data = Preview, r.gather(it)
	}
	r.part(p)
}

// decoded undoes the content encoding of an item: those of RFC 9110, 8.4.1, and compress_zlib, which libheif writes, as it
// does deflate without the header of zlib.
func (r *reader) decoded(it *item, name string) []byte {
	data, at := r.gather(it), it.extents[0].Offset
	switch it.encoding {
	case "":
		return data
	case "deflate", "compress_zlib":
		if _, err := zlibBody(data); err != nil && it.encoding == "deflate" {
			return r.unpack(flate.NewReader(bytes.NewReader(data)), name, at)
		}
		return r.inflate(data, name, at)
	case "br":
		return r.expand(data, name, at)
	case "gzip":
		stream, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			r.conceals(at, "%s is not compressed as it says: %v", name, err)
			return nil
		}
		return r.unpack(stream, name, at)
	}
	r.conceals(at, "%s is encoded in a way that is not known", name)
	return data
}

// exifItem finds the TIFF structure behind the offset that an item or box of Exif begins with (ISO/IEC 23008-12, A.2.1).
func exifItem(data []byte) []byte {
	if isTIFF(data) || len(data) < 4 {
		return data
	}
	if skip := be32(data) + 4; skip < int64(len(data)) && isTIFF(data[skip:]) {
		return data[skip:]
	}
	return exifIn(data[4:])
}

// property takes one of the item properties.
func (r *reader) property(index int, e Element) {
	data := r.cut(e.Payload)
	p := Part{Name: fmt.Sprintf("%s property %d", printable(e.Name), index), Spans: []Span{e.Span}, holder: inProperty, id: index}
	switch {
	case e.Name == "colr" && len(data) > 4 && (string(data[:4]) == "prof" || string(data[:4]) == "rICC"):
		p.Kind, p.Data = ICC, data[4:]
	case (e.Name == "udes" || e.Name == "altt") && len(data) > 4: // what people say of a picture (ISO/IEC 23008-12, 6.5.20, 6.5.21)
		p.Kind, p.Data = Text, bytes.Trim(bytes.ReplaceAll(data[4:], []byte{0}, []byte("\n")), "\n")
	case e.Name == "crtt" || e.Name == "mdft" || e.Name == "uuid":
		p.Kind, p.Data = Other, data
	default:
		return
	}
	r.part(p)
}
