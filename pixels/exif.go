package pixels

import "encoding/binary"

var exifPrefix = []byte("Exif\x00\x00")

// tiffTags reads the tag directories of a TIFF file or of Exif, which uses the same form. Every offset
// comes from the file and is checked against its length; nothing is allocated.
type tiffTags struct {
	data  []byte
	order binary.ByteOrder
}

// tiffEntry is one tag with the bytes of its value; value is nil where the file points outside itself.
type tiffEntry struct {
	tag, kind uint16
	order     binary.ByteOrder
	value     []byte
}

// openTIFF reads the header (TIFF 6.0, section 2) and returns the offset of the first directory.
func openTIFF(data []byte) (t tiffTags, first uint32, ok bool) {
	if len(data) < 8 {
		return t, 0, false
	}
	switch string(data[:4]) {
	case "II*\x00":
		t.order = binary.LittleEndian
	case "MM\x00*":
		t.order = binary.BigEndian
	default:
		return t, 0, false
	}
	t.data = data
	return t, t.order.Uint32(data[4:]), true
}

// walk visits the entries of the directory at off and returns the offset of the next one, 0 if it is the last.
// ok is false if the directory or that offset does not lie in the file; entries that do are visited.
func (t tiffTags) walk(off uint32, visit func(tiffEntry)) (next uint32, ok bool) {
	p := int64(off)
	if p+2 > int64(len(t.data)) {
		return 0, false
	}
	end := p + 2 + 12*int64(t.order.Uint16(t.data[p:]))
	for p += 2; p+12 <= min(end, int64(len(t.data))); p += 12 {
		visit(t.entry(t.data[p : p+12]))
	}
	if end+4 > int64(len(t.data)) {
		return 0, false // in Exif that is common and harmless, in a TIFF file it is a cut
	}
	return t.order.Uint32(t.data[end:]), true
}

func (t tiffTags) entry(raw []byte) tiffEntry {
	e := tiffEntry{tag: t.order.Uint16(raw), kind: t.order.Uint16(raw[2:]), order: t.order}
	size := int64(t.order.Uint32(raw[4:])) * typeSize(e.kind)
	if size <= 4 {
		e.value = raw[8 : 8+size]
	} else if at := int64(t.order.Uint32(raw[8:])); at+size <= int64(len(t.data)) {
		e.value = t.data[at : at+size]
	}
	return e
}

// typeSize is the size of one value of a TIFF field type (section 2, "Types"); 0 for unknown ones.
func typeSize(kind uint16) int64 {
	switch kind {
	case 1, 2, 6, 7:
		return 1
	case 3, 8:
		return 2
	case 4, 9, 11:
		return 4
	case 5, 10, 12:
		return 8
	}
	return 0
}

// uint returns the first value of a BYTE, SHORT or LONG entry, and 0 for any other.
func (e tiffEntry) uint() uint64 {
	switch {
	case e.kind == 1 && len(e.value) >= 1:
		return uint64(e.value[0])
	case e.kind == 3 && len(e.value) >= 2:
		return uint64(e.order.Uint16(e.value))
	case e.kind == 4 && len(e.value) >= 4:
		return uint64(e.order.Uint32(e.value))
	}
	return 0
}

// exifOrientation returns the orientation, 1 to 8, that an Exif block states in its first directory, and 1
// if it states none or nothing sensible: a bad tag must not cost the picture.
func exifOrientation(exif []byte) int {
	orientation := 1
	if t, off, ok := openTIFF(exif); ok {
		t.walk(off, func(e tiffEntry) {
			if e.tag == tagOrientation {
				orientation = validOrientation(e.uint())
			}
		})
	}
	return orientation
}

func validOrientation(v uint64) int {
	if v < 1 || v > 8 {
		return 1
	}
	return int(v)
}
