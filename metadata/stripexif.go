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
	drop := func(d *tiffdir.Directory, e tiffdir.Entry) bool {
		kept, metadata := s.entryStays(d, e, whole)
		some = some || kept && metadata
		changed = changed || !kept
		return !kept
	}
	for i := range f.Directories {
		for _, e := range f.Directories[i].Entries {
			drop(&f.Directories[i], e)
		}
	}
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

// shortened leaves out what nothing points to at the end. A maker note may point anywhere.
func (s stripper) shortened(rest *tiffdir.Rest) []byte {
	end := int64(8)
	for _, used := range rest.Used {
		end = max(end, used.Offset+used.Length)
	}
	if s.rules.MakerNotes || !rest.Exact || end > int64(len(rest.Data)) {
		return rest.Data
	}
	return rest.Data[:end]
}

// entryStays decides about an entry, and says whether it is there for itself, and not for pixels or other entries.
func (s stripper) entryStays(d *tiffdir.Directory, e tiffdir.Entry, whole bool) (kept, metadata bool) {
	pointer := d.Group != "GPS" && d.Group != "Interop"
	switch {
	case !whole && !s.rules.Pictures && aside(d.Group), whole && !s.rules.Pictures && reduced(d):
		return false, false
	case pointer && (e.Tag == tagMakerNote || e.Tag == tagPrivate):
		return s.rules.MakerNotes, true
	case pointer && (e.Tag == tagXMP || e.Tag == tagIPTC || e.Tag == tagPhotoshop || e.Tag == tagICC):
		return whole, false // in a TIFF file they are parts of their own
	case pointer && needed(int(e.Tag)):
		// Without the picture's orientation it would lie on its side: that alone is a reason for Exif.
		return true, e.Tag == tagOrientation && !aside(d.Group)
	}
	return s.keeps(Field{Standard: Exif, Group: d.Group, Name: exifName(d.Group, e.Tag), ID: int(e.Tag), Value: exifValue(d.Group, e)}), true
}

const tagOrientation = 0x0112

// aside tells directories of thumbnails and sub-images.
func aside(group string) bool {
	return strings.HasPrefix(group, "SubIFD") || strings.HasPrefix(group, "IFD") && group != "IFD0"
}

// reduced tells directories of a TIFF file that hold a smaller version of another's picture (TIFF 6.0, NewSubfileType).
func reduced(d *tiffdir.Directory) bool {
	kind, ok := d.Entry(0x00fe)
	v, _ := kind.Uint(0)
	return ok && v&1 == 1 && aside(d.Group)
}

// needed tells tags without which pixels, or other tags, would be read otherwise: those that say how pixels are stored,
// in which colours, and how they lie.
func needed(id int) bool {
	switch {
	case stored(id), id == tagOrientation, id == 0xa001, id == 0xa500:
		return true
	case id >= 0x011a && id <= 0x0125, id == 0x0128, id == 0x012d, id == 0x013e, id == 0x013f, id >= 0x014c && id <= 0x0156,
		id == 0x9101, id == 0x9000, id == 0xa000, id == 0x00fe:
		return true
	}
	return false
}
