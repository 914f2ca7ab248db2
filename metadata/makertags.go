package metadata

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/safelight-dev/safelight/personal"
	"github.com/safelight-dev/safelight/tiffdir"
)

// makerTag is a tag of a maker's directory that names a person, a place or a device.
type makerTag struct {
	name   string
	entity personal.Entity
}

// makerLayout says where a maker's directory begins in his note, and what offsets in it count from.
type makerLayout struct {
	head  string // what the note begins with
	skip  int    // bytes before the directory
	whole bool   // offsets count from the Exif structure's beginning, and not from the note's
	tags  map[uint16]makerTag
}

var (
	serialNumber   = makerTag{"SerialNumber", DeviceID}
	internalSerial = makerTag{"InternalSerialNumber", DeviceID}
)

// makerLayouts are those makers whose directories are easily read, as documented by ExifTool's tables. Canon's note has no
// head, and comes last.
var makerLayouts = []makerLayout{
	{"Nikon\x00\x02", 10, false, map[uint16]makerTag{0x001d: serialNumber, 0x00a0: serialNumber}},
	{"Panasonic\x00", 12, true, map[uint16]makerTag{0x0025: internalSerial, 0x0066: {"BabyName", personal.Person},
		0x0067: {"Location", Location}, 0x0069: {"Country", Location}, 0x006b: {"State", Location}, 0x006d: {"City", Location}, 0x006f: {"Landmark", Location}}},
	{"FUJIFILM", 8, false, map[uint16]makerTag{0x0010: internalSerial}},
	{"AOC\x00", 6, true, map[uint16]makerTag{0x0229: serialNumber}},
	{"OLYMP\x00", 8, true, map[uint16]makerTag{0x0404: serialNumber}},
	{"Apple iOS\x00", 14, false, map[uint16]makerTag{0x0011: {"ContentIdentifier", DeviceID}, 0x002b: {"PhotoIdentifier", DeviceID}}},
	{"", 0, true, map[uint16]makerTag{0x0009: {"OwnerName", personal.Person}, 0x000c: serialNumber, 0x0096: internalSerial}},
}

// largestStructure bounds what is copied for reading a note whose offsets count from the structure's beginning.
const largestStructure = 4 << 20

// makerFields reads from a note who owns the camera, its serial numbers, and places: as much of notes as is about persons
// and easily read. A note remains possibly personal all the same.
func (r *reader) makerFields(e tiffdir.Entry, maker string, part int) {
	for _, layout := range makerLayouts {
		if !bytes.HasPrefix(e.Raw(), []byte(layout.head)) || layout.head == "" && !strings.EqualFold(maker, "Canon") {
			continue
		}
		directory, ok := layout.directory(r.structure, e)
		if !ok {
			return
		}
		for _, entry := range directory.Entries {
			if tag, known := layout.tags[entry.Tag]; known && r.spend(min(len(entry.Raw()), maxValueBytes), part) {
				r.add(Field{Standard: Exif, Group: groupMaker, Name: tag.name, ID: int(entry.Tag), Value: makerValue(entry), Part: part})
			}
		}
		return
	}
}

// groupMaker is the group of fields of makers' notes.
const groupMaker = "MakerNote"

// directory reads the maker's directory: by a copy of the bytes that its offsets count from, with a header in front
// that points to it.
func (l makerLayout) directory(structure []byte, e tiffdir.Entry) (*tiffdir.Directory, bool) {
	base, at, order := e.Raw(), l.skip, e.Order()
	switch {
	case l.head == "Nikon\x00\x02" && len(base) > l.skip:
		f, err := tiffdir.Parse(base[l.skip:], tiffdir.Limits{Directories: 1}) // a whole structure of its own
		return first(f, err)
	case l.head == "FUJIFILM" && len(base) >= 12:
		order = binary.LittleEndian
		at = int(binary.LittleEndian.Uint32(base[8:]))
	case l.head == "Apple iOS\x00" && len(base) >= 14:
		order = binary.BigEndian
	case l.head == "AOC\x00" && len(base) >= 6 && base[4] == 'M':
		order = binary.BigEndian
	}
	if l.whole {
		base, at = structure, at+int(e.Offset)
	}
	if len(base) < 8 || len(base) > largestStructure || at < 8 && !l.whole || at > len(base) {
		return nil, false
	}
	copied := bytes.Clone(base)
	mark := "II*\x00"
	if order == binary.ByteOrder(binary.BigEndian) {
		mark = "MM\x00*"
	}
	copy(copied, mark)
	order.PutUint32(copied[4:], uint32(at))
	f, err := tiffdir.Parse(copied, tiffdir.Limits{Directories: 1})
	return first(f, err)
}

func first(f *tiffdir.File, err error) (*tiffdir.Directory, bool) {
	if err != nil || len(f.Directories) == 0 {
		return nil, false
	}
	return &f.Directories[0], true
}

// makerValue is text where the bytes are, whatever their type, and a number otherwise.
func makerValue(e tiffdir.Entry) string {
	if e.Type == tiffdir.ASCII || e.Type == tiffdir.Undefined || e.Type == tiffdir.Byte {
		if text := strings.TrimSpace(asciiText(e.Raw())); text != "" && printable([]byte(text)) {
			return text
		}
	}
	return exifValue(groupMaker, e)
}

// makerRule is the rule of a field of a note, by its name.
func makerRule(name string) rule {
	for _, layout := range makerLayouts {
		for _, tag := range layout.tags {
			if tag.name == name {
				return rule{Personal, tag.entity, likely, tag.entity != DeviceID, ""}
			}
		}
	}
	return rule{class: Personal}
}
