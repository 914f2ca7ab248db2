package container

import (
	"bytes"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/tiffdir"
)

// pictureTags are the entries that say what the pixels are (TIFF 6.0; technical notes; JPEG of both styles).
var pictureTags = func() map[uint16]bool {
	tags := map[uint16]bool{}
	for _, r := range [][2]uint16{
		{0x00fe, 0x0103}, {0x0106, 0x0108}, {0x010a, 0x010a}, {0x0111, 0x0112}, {0x0115, 0x011b}, {0x0120, 0x0125}, {0x0128, 0x0129}, {0x012d, 0x012d},
		{0x013d, 0x0148}, {0x014a, 0x014a}, {0x014c, 0x014c}, {0x014e, 0x014e}, {0x0150, 0x0150}, {0x0152, 0x0159}, {0x015b, 0x015b}, {0x0200, 0x0209},
		{0x0211, 0x0214}, {0x828d, 0x828e}, {0x88ca, 0x88ca}, {0x9216, 0x9217}, {0x8773, 0x8773},
	} {
		for t := r[0]; t <= r[1]; t++ {
			tags[t] = true
		}
	}
	return tags
}()

// dngSecrets are the entries of a DNG file (1.7.1) that say more than what the pixels are: names of files and owners,
// serial numbers, makers' data, previews' programs and dates. The others from DNGVersion on are needed to render it.
var dngSecrets = map[uint16]bool{0xc62f: true, 0xc634: true, 0xc65d: true, 0xc68b: true, 0xc68c: true, 0xc716: true, 0xc717: true, 0xc718: true, 0xc719: true, 0xc71b: true, 0xc71c: true, 0xc789: true, 0xcd41: true}

const firstDNG, lastDNG = 0xc612, 0xcdff

// tiffStripper is what is known of a TIFF while it is rewritten.
type tiffStripper struct {
	*stripper
	dirs    *tiffdir.File
	bare    bool           // Exif is refused: only what the pixels need stays
	refused map[int64]bool // offset of the value of an entry that is a part
	shop    map[int64]int  // the same → Photoshop's part, decided resource by resource
	gone    []bool         // by index of directory
	used    []Span         // of the result
	freed   []Span         // values that go
	exact   bool           // used has all that the pixels need
}

// writeTIFF rewrites the directories where they stand and zeros what goes: values that are refused, or, where Exif is,
// all that nothing points to any more.
func (s *stripper) writeTIFF() {
	s.out = bytes.Clone(s.data)
	dirs, err := tiffdir.Parse(s.data, tiffdir.Limits{})
	if err != nil {
		return
	}
	t := &tiffStripper{stripper: s, dirs: dirs, refused: map[int64]bool{}, shop: map[int64]int{}, gone: make([]bool, len(dirs.Directories)), exact: true}
	for i, p := range s.file.Parts {
		switch {
		case p.holder == inEntry && p.Kind == Photoshop:
			t.shop[p.Spans[0].Offset] = i
		case p.holder == inEntry:
			t.refused[p.Spans[0].Offset] = !s.keep[i]
		case p.holder == inDirectory:
			t.gone[p.id] = !s.keep[i]
		case p.within == 0:
			t.bare = !s.keep[i]
		}
	}
	t.unlink()
	head := int64(8)
	if dirs.Big {
		head = 16
	}
	t.used = append(t.used, Span{0, head})
	for i := range dirs.Directories {
		if !t.gone[i] {
			t.directory(&dirs.Directories[i])
		}
	}
	t.zero()
}

// unlink takes directories that go out of their chain, and those that only they, or Exif, point to.
func (t *tiffStripper) unlink() {
	for i := range t.dirs.Directories {
		d := &t.dirs.Directories[i]
		described := d.Group == "ExifIFD" || d.Group == "GPS" || d.Group == "Interop"
		t.gone[i] = t.gone[i] || t.bare && described || d.Parent >= 0 && t.gone[d.Parent]
	}
	for i := range slices.Backward(t.dirs.Directories) {
		d := &t.dirs.Directories[i]
		spans, _ := strips(d)
		if !t.gone[i] {
			continue
		}
		t.freed = append(append(t.freed, Span{d.Offset, d.Length}), spans...)
		for _, e := range d.Entries {
			t.free(e)
		}
		next := uint64(0)
		for j := range t.dirs.Directories {
			if t.dirs.Directories[j].Offset == d.Next {
				next = t.word(t.out[d.Offset+d.Length-t.pointer():])
			}
		}
		if d.Pointer+t.pointer() <= int64(len(t.out)) {
			t.putWord(t.out[d.Pointer:], next)
		}
	}
}

// pointer is the size of one.
func (t *tiffStripper) pointer() int64 {
	if t.dirs.Big {
		return 8
	}
	return 4
}

func (t *tiffStripper) word(b []byte) uint64 {
	if t.dirs.Big {
		return t.dirs.Order.Uint64(b)
	}
	return uint64(t.dirs.Order.Uint32(b))
}

func (t *tiffStripper) putWord(b []byte, v uint64) {
	if t.dirs.Big {
		t.dirs.Order.PutUint64(b, v)
	} else {
		t.dirs.Order.PutUint32(b, uint32(v))
	}
}

// free notes that the value of an entry goes.
func (t *tiffStripper) free(e tiffdir.Entry) {
	t.freed = append(t.freed, Span{e.Offset, int64(len(e.Raw()))})
}

// stays says whether an entry of a directory that stays does.
func (t *tiffStripper) stays(d *tiffdir.Directory, e tiffdir.Entry) bool {
	if part, ok := t.shop[e.Offset]; ok && e.Tag == 0x8649 {
		kept, _ := t.resourcesKept(part)
		return len(kept) > 0
	}
	if _, own := entryKinds[e.Tag]; own {
		return !t.refused[e.Offset]
	}
	if e.Tag == tiffdir.TagSubIFDs {
		return t.subImages(d)
	}
	if !t.bare {
		return true
	}
	return pictureTags[e.Tag] || e.Tag >= firstDNG && e.Tag <= lastDNG && !dngSecrets[e.Tag]
}

// subImages says whether the pointers to a directory's sub-images stay: where one of them does, or where none was found
// and nothing has to go.
func (t *tiffStripper) subImages(d *tiffdir.Directory) bool {
	found := false
	for i := range t.dirs.Directories {
		sub := &t.dirs.Directories[i]
		if sub.Parent < 0 || &t.dirs.Directories[sub.Parent] != d || !strings.HasPrefix(sub.Group, "SubIFD") {
			continue
		}
		if found = true; !t.gone[i] {
			return true
		}
	}
	return !found && !t.bare
}

// directory writes the entries that stay where the directory stands, and notes what they use.
func (t *tiffStripper) directory(d *tiffdir.Directory) {
	count, entry := int64(2), int64(12)
	if t.dirs.Big {
		count, entry = 8, 20
	}
	at := d.Offset + count
	spans, exact := strips(d)
	t.used, t.exact = append(t.used, spans...), t.exact && exact
	next := t.next(d)
	kept := uint64(0)
	for _, e := range d.Entries {
		if !t.stays(d, e) {
			t.free(e)
			continue
		}
		copy(t.out[at:], t.out[e.Field:e.Field+entry])
		if part, ok := t.shop[e.Offset]; ok && e.Tag == 0x8649 {
			t.shorten(e, part, at)
		} else if int64(len(e.Raw())) > t.pointer() {
			t.used = append(t.used, Span{e.Offset, int64(len(e.Raw()))})
		}
		at, kept = at+entry, kept+1
	}
	if t.dirs.Big {
		t.dirs.Order.PutUint64(t.out[d.Offset:], kept)
	} else {
		t.dirs.Order.PutUint16(t.out[d.Offset:], uint16(kept))
	}
	room := t.out[at : d.Offset+d.Length]
	clear(room[copy(room, next):])
	t.used = append(t.used, Span{d.Offset, min(at+t.pointer(), d.Offset+d.Length) - d.Offset})
}

// next returns the bytes of the pointer to the next directory, as it is by now; none where the file ends before it.
func (t *tiffStripper) next(d *tiffdir.Directory) []byte {
	count, entry := int64(2), int64(12)
	if t.dirs.Big {
		count, entry = 8, 20
	}
	if (d.Length-count)%entry != t.pointer() {
		return nil
	}
	return bytes.Clone(t.out[d.Offset+d.Length-t.pointer() : d.Offset+d.Length])
}

// shorten writes the image resources that stay over those that were there.
func (t *tiffStripper) shorten(e tiffdir.Entry, part int, at int64) {
	kept, _ := t.resourcesKept(part)
	value := t.out[e.Offset : e.Offset+int64(len(e.Raw()))]
	clear(value[copy(value, kept):])
	t.putWord(t.out[at+4:], uint64(len(kept)/e.Type.Size()))
	t.used = append(t.used, Span{e.Offset, int64(len(kept))})
}

// zero overwrites what goes. Where the end of the file goes, it becomes shorter.
func (t *tiffStripper) zero() {
	if t.bare && t.exact {
		t.freed = append(t.freed, Span{0, int64(len(t.out))})
	}
	end := int64(0)
	for _, u := range t.used {
		end = max(end, min(u.End(), int64(len(t.out))))
	}
	for _, s := range without(t.freed, t.used) {
		from, to := min(s.Offset, int64(len(t.out))), min(s.End(), int64(len(t.out)))
		clear(t.out[from:max(from, to)])
	}
	if t.bare && t.exact {
		t.out = t.out[:end]
	}
}
