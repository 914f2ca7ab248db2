package container

import (
	"bytes"

	"github.com/safelight-dev/safelight/tiffdir"
)

// pictureTags are the entries that say what the pixels are (TIFF 6.0; technical notes; JPEG of both styles).
var pictureTags = func() map[uint16]bool {
	tags := map[uint16]bool{}
	for _, r := range [][2]uint16{
		{0x00fe, 0x0103}, {0x0106, 0x0108}, {0x010a, 0x010a}, {0x0111, 0x0112}, {0x0115, 0x011b}, {0x0120, 0x0125}, {0x0128, 0x0129}, {0x012d, 0x012d},
		{0x013d, 0x0148}, {0x014a, 0x014a}, {0x014c, 0x014c}, {0x014e, 0x014e}, {0x0150, 0x0150}, {0x0152, 0x0159}, {0x015b, 0x015b}, {0x0200, 0x0209},
		{0x0211, 0x0214}, {0x828d, 0x828e}, {0x88ca, 0x88ca}, {0x9216, 0x9217},
	} {
		for t := r[0]; t <= r[1]; t++ {
			tags[t] = true
		}
	}
	return tags
}()

// The entries of a DNG file (1.7.1): all from DNGVersion on are needed to render it, but for those that say more than
// what the pixels are, such as names of files and owners, serial numbers, makers' data, and programs of previews.
const firstDNG, lastDNG = 0xc612, 0xcdff

var dngSecrets = map[uint16]bool{0xc62f: true, 0xc634: true, 0xc65d: true, 0xc68b: true, 0xc68c: true, 0xc716: true, 0xc717: true, 0xc718: true, 0xc719: true, 0xc71b: true, 0xc71c: true, 0xc789: true}

// entryPart is an entry that is a part: where its directory stands, and its tag.
type entryPart struct {
	dir int64
	tag uint16
}

// tiffStripper is what is known of a TIFF while it is rewritten.
type tiffStripper struct {
	*stripper
	base     []byte             // the file, with the values that are replaced
	dirs     *tiffdir.File      // its directories
	bare     bool               // Exif is refused: only what the pixels need stays
	entries  map[entryPart]bool // those that are parts → whether they stay
	pictures map[int64]bool     // directories that are parts, by where they stand → whether they stay
}

// writeTIFF rewrites the directories where they stand and zeros what goes: values that are refused, or, where Exif is,
// all that nothing points to any more.
func (s *stripper) writeTIFF() {
	t := &tiffStripper{stripper: s, base: bytes.Clone(s.data), entries: map[entryPart]bool{}, pictures: map[int64]bool{}}
	for i, p := range s.file.Parts {
		switch {
		case p.holder == inDirectory:
			t.pictures[p.Spans[0].Offset] = s.keep[i]
		case p.holder == inEntry:
			t.entry(i)
		case p.within == 0:
			t.bare = !s.keep[i]
			t.exif(i)
		}
	}
	dirs, err := tiffdir.Parse(t.base, tiffdir.Limits{})
	if err != nil {
		s.fail("%v", err)
		return
	}
	rest := dirs.Without(t.drop)
	s.out = rest.Data
	if t.bare {
		s.out = s.out[:rest.ClearUnused()]
	}
}

// exif takes the file as it was edited, which is the first of its parts.
func (t *tiffStripper) exif(i int) {
	if data, ok := t.new[i]; ok && len(data) != len(t.base) {
		t.fail("the file's own directories must stay as long as they are")
	} else if ok {
		t.base = bytes.Clone(data)
	}
}

// entry decides about an entry that is a part, and replaces its value.
func (t *tiffStripper) entry(i int) {
	p, value, change := t.file.Parts[i], []byte(nil), false
	this := entryPart{p.at, uint16(p.id)}
	if p.Kind == Photoshop {
		kept, all := t.resourcesKept(i)
		t.entries[this] = len(kept) > 0
		value, change = kept, !all
	} else {
		t.entries[this] = t.keep[i]
		value, change = t.new[i]
	}
	if !change || len(value) == 0 {
		return
	}
	if t.dirs == nil { // what is put changes no directory's place
		var err error
		if t.dirs, err = tiffdir.Parse(t.base, tiffdir.Limits{}); err != nil {
			t.fail("%v", err)
			return
		}
	}
	for i := range t.dirs.Directories {
		d := &t.dirs.Directories[i]
		if e, ok := d.Entry(this.tag); ok && d.Offset == this.dir {
			t.put(t.dirs, e, value)
		}
	}
}

// put writes the value of an entry over the one that was there, or behind the end of the file where that is longer.
func (t *tiffStripper) put(dirs *tiffdir.File, e tiffdir.Entry, value []byte) {
	word := int64(4)
	if dirs.Big {
		word = 8
	}
	field := e.Field + 4 + word // where the value stands or its offset
	clear(t.base[e.Offset : e.Offset+int64(len(e.Raw()))])
	at, inside := e.Offset, int64(len(value)) <= word
	switch {
	case inside:
		at = field
	case len(value) > len(e.Raw()):
		t.base = append(t.base, make([]byte, len(value)+len(t.base)%2)...)
		at = int64(len(t.base) - len(value))
	}
	copy(t.base[at:], value)
	if e.Type.Size() != 1 { // of bytes there may be any number
		dirs.Order.PutUint16(t.base[e.Field+2:], uint16(tiffdir.Undefined))
	}
	set := func(at, v int64) {
		if dirs.Big {
			dirs.Order.PutUint64(t.base[at:], uint64(v))
		} else {
			dirs.Order.PutUint32(t.base[at:], uint32(v))
		}
	}
	set(e.Field+4, int64(len(value)))
	if !inside {
		set(field, at)
	}
}

// drop chooses the entries that go.
func (t *tiffStripper) drop(d *tiffdir.Directory, e tiffdir.Entry) bool {
	if keep, part := t.pictures[d.Offset]; part && !keep {
		return true
	}
	if keep, part := t.entries[entryPart{d.Offset, e.Tag}]; part {
		return !keep
	}
	return t.bare && !pictureTags[e.Tag] && (e.Tag < firstDNG || e.Tag > lastDNG || dngSecrets[e.Tag])
}
