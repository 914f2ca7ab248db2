package metadata

import (
	"strings"

	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/tiffdir"
)

// exif takes entries out of a TIFF structure. What stays stands where it stood.
func (s stripper) exif(p container.Part) (data []byte, keep bool) {
	whole := s.format == container.TIFF && len(p.Spans) == 1 && p.Spans[0].Offset == 0
	f, err := tiffdir.Parse(p.Data, tiffdir.Limits{})
	if err != nil {
		return nil, false
	}
	changed, some := len(f.Problems) > 0, false // what could not be read goes
	dropped := map[int64]bool{}                 // by the entry's place
	left := maxStripValues
	for i := range f.Directories {
		d := &f.Directories[i]
		picture := !whole && aside(d.Group) // those of a TIFF file are parts of their own
		for _, e := range d.Entries {
			left -= min(len(e.Raw()), maxValueBytes)
			kept, metadata := s.entryStays(entry{d, e, whole, picture, left > 0})
			some = some || kept && metadata
			changed = changed || !kept
			dropped[e.Field] = !kept
		}
	}
	drop := func(_ *tiffdir.Directory, e tiffdir.Entry) bool { return dropped[e.Field] }
	switch {
	case !changed:
		return p.Data, some || whole || s.rules.Keep != nil
	case whole:
		return f.Without(drop).Data, true
	case !some:
		return nil, false
	}
	rest := f.Without(drop)
	return s.shortened(rest), true
}

// maxStripValues is how many bytes of values the rules are shown of one structure. Fields after that come without.
const maxStripValues = 32 << 20

// shortened leaves out what nothing points to, and the end. A maker note may point anywhere.
func (s stripper) shortened(rest *tiffdir.Rest) []byte {
	if s.rules.MakerNotes {
		return rest.Data
	}
	return rest.Data[:rest.ClearUnused()]
}

// entry is one entry that is decided about.
type entry struct {
	*tiffdir.Directory
	tiffdir.Entry
	whole   bool // the structure is a TIFF file
	picture bool // the directory is that of a picture within the picture
	valued  bool // the rules are shown its value
}

// entryStays decides about an entry, and says whether it is there for itself, and not for pixels or other entries.
func (s stripper) entryStays(e entry) (kept, metadata bool) {
	exif := ownTags(e.Group)
	switch {
	case e.picture && !s.rules.Pictures:
		return false, false
	case exif && (e.Tag == tagMakerNote || e.Tag == tagPrivate):
		return s.rules.MakerNotes, true
	case exif && (e.Tag == tagXMP || e.Tag == tagIPTC || e.Tag == tagPhotoshop || e.Tag == tagICC):
		return e.whole, false // in a TIFF file they are parts of their own
	case exif && needed(int(e.Tag)) && !e.says():
		// Without the picture's orientation it would lie on its side: that alone is a reason for Exif.
		return true, e.Tag == tagOrientation && !aside(e.Group)
	}
	field := Field{Standard: Exif, Group: e.Group, Name: exifName(e.Group, e.Tag), ID: int(e.Tag)}
	if e.valued {
		field.Value = exifValue(e.Group, e.Entry)
	}
	return s.keeps(field), true
}

// says tells an entry that holds a text, or room for one where four bytes are enough, whatever its tag is for.
func (e entry) says() bool {
	version := e.Tag == 0x9000 || e.Tag == 0xa000 || e.Tag == 0x9101
	return e.Type == tiffdir.ASCII || version && len(e.Raw()) > 4
}

const tagOrientation = 0x0112

// ownTags tells directories whose tags are those of TIFF and Exif: the others number theirs from 0 (Exif 3.0, 4.6.6).
func ownTags(group string) bool { return group != "GPS" && group != "Interop" }

// aside tells directories of thumbnails and sub-images.
func aside(group string) bool {
	return strings.HasPrefix(group, "SubIFD") || strings.HasPrefix(group, "IFD") && group != "IFD0"
}

// reduced tells directories of a TIFF file that hold a smaller version of another's picture (TIFF 6.0, NewSubfileType
// and SubfileType).
func reduced(d *tiffdir.Directory) bool {
	if kind, ok := d.Entry(0x00fe); ok {
		v, _ := kind.Uint(0)
		return aside(d.Group) && v&1 == 1
	}
	kind, _ := d.Entry(0x00ff)
	v, _ := kind.Uint(0)
	return aside(d.Group) && v == 2
}

// needed tells tags without which pixels, or other tags, would be read otherwise: those that say how pixels are stored,
// in which colours, and how they lie.
func needed(id int) bool {
	switch {
	case id == 0x011d || id == 0x014d || id == 0x0151: // names of pages, inks and printers
		return false
	case stored(id), id == tagOrientation, id == 0xa001, id == 0xa500:
		return true
	case id >= 0x011a && id <= 0x0125, id == 0x0128, id == 0x012d, id == 0x013e, id == 0x013f, id >= 0x014c && id <= 0x0156,
		id == 0x9101, id == 0x9000, id == 0xa000, id == 0x00fe:
		return true
	}
	return false
}
