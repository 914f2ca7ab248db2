package container

import (
	"bytes"
	"fmt"

	"github.com/safelight-dev/safelight/tiffdir"
)

func isTIFF(data []byte) bool {
	if len(data) < 8 {
		return false
	}
	switch string(data[:4]) {
	case "II*\x00", "MM\x00*", "II+\x00", "MM\x00+":
		return true
	}
	return false
}

// Entries of a TIFF that hold metadata of another kind.
var entryKinds = map[uint16]Kind{
	0x02bc: XMP,       // XMP specification part 3, 3
	0x83bb: IIM,       // TIFF/EP
	0x8649: Photoshop, // Adobe Photoshop TIFF Technical Notes
	0x8773: ICC,       // ICC.1, B.5
	0xcd41: C2PA,      // C2PA 2.2, A.3.4
}

// tiff gives the whole file as Exif, which it is, and the entries that hold other kinds. Its elements are the header
// and the directories.
func (r *reader) tiff() {
	dirs, err := tiffdir.Parse(r.data, tiffdir.Limits{})
	if err != nil {
		r.conceals(0, "%v", err)
		return
	}
	header := Span{0, 8}
	if dirs.Big {
		header.Length = 16
	}
	whole := Span{0, r.size()}
	if !r.element("header", header, header) || r.part(Part{Kind: Exif, Name: "TIFF", Spans: []Span{whole}, Data: r.data}) < 0 {
		return
	}
	for _, p := range dirs.Problems {
		if p.Unread {
			r.conceals(p.Offset, "%s", p.Reason)
		} else {
			r.problem(p.Offset, "%s", p.Reason)
		}
	}
	for i := range dirs.Directories {
		d := &dirs.Directories[i]
		s := Span{d.Offset, d.Length}
		if !r.element(d.Group, s, s) {
			return
		}
		for _, e := range d.Entries {
			r.tiffEntry(d, e)
		}
		if reduced(d) {
			r.part(Part{Kind: Preview, Name: d.Group + " reduced picture", Spans: []Span{s}, Data: r.reducedData(dirs, d), holder: inDirectory, id: i})
		}
	}
}

// reduced says that a directory describes a picture of reduced resolution (TIFF 6.0, section 8: NewSubfileType,
// SubfileType), and not the first one of the file.
func reduced(d *tiffdir.Directory) bool {
	if d.Group == "IFD0" {
		return false
	}
	if e, ok := d.Entry(0x00fe); ok {
		v, _ := e.Uint(0)
		return v&1 == 1
	}
	e, _ := d.Entry(0x00ff)
	v, _ := e.Uint(0)
	return v == 2
}

// reducedData is the JPEG file of a reduced picture, or its first strip or tile.
func (r *reader) reducedData(dirs *tiffdir.File, d *tiffdir.Directory) []byte {
	if jpeg, _, ok := dirs.Thumbnail(d); ok {
		return jpeg
	}
	if pixels, _ := d.Pixels(); len(pixels) > 0 {
		return r.cut(Span(pixels[0]))
	}
	return nil
}

// tiffPixels lists where the pixels lie, those of reduced pictures left out.
func (r *reader) tiffPixels() (list []Span) {
	dirs, err := tiffdir.Parse(r.data, tiffdir.Limits{})
	if err != nil {
		return nil
	}
	for i := range dirs.Directories {
		if d := &dirs.Directories[i]; !reduced(d) {
			pixels, _ := d.Pixels()
			for _, p := range pixels {
				list = append(list, Span(p))
			}
		}
	}
	return list
}

func (r *reader) tiffEntry(d *tiffdir.Directory, e tiffdir.Entry) {
	kind, known := entryKinds[e.Tag]
	if !known || len(e.Raw()) == 0 {
		return
	}
	p := Part{Kind: kind, Name: fmt.Sprintf("%s 0x%04x", d.Group, e.Tag), Spans: []Span{{e.Offset, int64(len(e.Raw()))}}, Data: e.Raw(), holder: inEntry, id: int(e.Tag), at: d.Offset}
	switch kind {
	case IIM:
		if e.Type == tiffdir.Long && !r.room(len(e.Raw()), p.Name, e.Offset) {
			return
		}
		p.Data = longsTurned(e)
		if bytes.HasPrefix([]byte(headPhotoshop), p.Data) {
			p.Data = nil // libvips cuts off what it does not count, here before the first resource
		}
		if rest, ok := bytes.CutPrefix(p.Data, []byte(headPhotoshop)); ok || bytes.HasPrefix(p.Data, []byte("8BIM")) {
			kind, p.Kind, p.Data = Photoshop, Photoshop, rest // as libvips writes what it read in a JPEG file
		}
	case C2PA:
		p.Kind = jumbfKind(p.Data)
	}
	if i := r.part(p); i >= 0 && kind == Photoshop {
		r.resources(i)
	}
}

// longsTurned undoes what writers do that store datasets as numbers of four bytes in the file's order: a dataset
// begins with 0x1c.
func longsTurned(e tiffdir.Entry) []byte {
	raw := e.Raw()
	if e.Type != tiffdir.Long || len(raw) < 4 || raw[0] == 0x1c || raw[3] != 0x1c {
		return raw
	}
	out := make([]byte, len(raw))
	for i := 0; i+4 <= len(raw); i += 4 {
		out[i], out[i+1], out[i+2], out[i+3] = raw[i+3], raw[i+2], raw[i+1], raw[i]
	}
	return out
}
