package metadata

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/tiffdir"
)

// Tags that are read by themselves.
const (
	tagMake      = 0x010f
	tagCopyright = 0x8298
	tagMakerNote = 0x927c
	tagComment   = 0x9286
	tagXPTitle   = 0x9c9b
	tagXPSubject = 0x9c9f
	tagPrivate   = 0xc634 // DNGPrivateData: a maker note under another name
	tagXMP       = 0x02bc
	tagIPTC      = 0x83bb
	tagPhotoshop = 0x8649
	tagICC       = 0x8773

	tagGPSMethod = 27
	tagGPSArea   = 28
)

// exif reads the directories of a TIFF structure.
func (r *reader) exif(data []byte, part int) {
	if r.structures++; r.structures > maxStructures {
		r.passOver(part, "there are more than %d Exif structures", maxStructures)
		return
	}
	f, err := tiffdir.Parse(data, tiffdir.Limits{})
	if err != nil && len(trimZeros(data)) == 0 {
		r.problem(part, "Exif: there is nothing in it")
		return
	}
	if err != nil {
		r.passOver(part, "Exif: %v", err)
		return
	}
	for _, p := range f.Problems {
		tell := r.problem
		if p.Unread {
			tell = r.passOver
		}
		tell(part, "Exif: %s", p.Reason)
	}
	r.structure = data
	for i := range f.Directories {
		d := &f.Directories[i]
		for _, e := range d.Entries {
			r.entry(f, d, e, part)
		}
		r.pictureOf(f, d, part)
	}
}

// pictureOf takes the picture that a directory embeds: a JPEG file by tags of its own, as thumbnails have them, or one
// in the only strip, as previews do; or the plain pixels of an old thumbnail.
func (r *reader) pictureOf(f *tiffdir.File, d *tiffdir.Directory, part int) {
	if r.format == container.TIFF && reduced(d) {
		return // a part of its own
	}
	if jpeg, _, ok := f.Thumbnail(d); ok {
		r.picture(Picture{Kind: "thumbnail", Where: d.Group, Data: jpeg, Part: part})
		return
	}
	strips, _ := d.Pixels()
	if !aside(d.Group) || len(strips) == 0 {
		return
	}
	data, ok := f.Bytes(strips[0].Offset, strips[0].Length)
	switch {
	case !ok:
	case len(strips) == 1 && bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		r.picture(Picture{Kind: "preview", Where: d.Group, Data: data, Part: part})
	case r.format != container.TIFF:
		r.picture(Picture{Kind: "thumbnail", Where: d.Group, Data: data, Part: part})
	}
}

// entry makes a field of an entry.
func (r *reader) entry(f *tiffdir.File, d *tiffdir.Directory, e tiffdir.Entry, part int) {
	field := Field{Standard: Exif, Group: d.Group, Name: exifName(d.Group, e.Tag), ID: int(e.Tag), Part: part}
	if d.Group != "GPS" && d.Group != "Interop" {
		switch e.Tag {
		case tagMakerNote, tagPrivate:
			r.makerNote(f, e, part)
		case tagXMP, tagIPTC, tagPhotoshop, tagICC:
			r.enclosed(e, part)
			return
		}
	}
	if !r.spend(min(len(e.Raw()), maxValueBytes), part) {
		return
	}
	if len(e.Raw()) > maxValueBytes && textual(d.Group, e) {
		r.passOver(part, "Exif: %s of %s has %d bytes, of which %d are read", field.Name, d.Group, len(e.Raw()), maxValueBytes)
	}
	field.Value = exifValue(d.Group, e)
	r.add(field)
}

// enclosed reads what an entry holds of another standard. In a TIFF file that is a part of the container.
func (r *reader) enclosed(e tiffdir.Entry, part int) {
	if r.format == container.TIFF {
		return
	}
	switch e.Tag {
	case tagXMP:
		r.xmp(e.Raw(), part)
	case tagIPTC:
		r.iim(e.Raw(), part)
	case tagPhotoshop:
		r.photoshop(e.Raw(), part)
	case tagICC:
		r.icc(e.Raw(), part)
	}
}

func exifName(group string, tag uint16) string {
	names := exifNames
	switch group {
	case "GPS":
		names = gpsNames
	case "Interop":
		names = interopNames
	}
	if name, ok := names[tag]; ok {
		return name
	}
	return fmt.Sprintf("0x%04x", tag)
}

const (
	// maxStructures bounds those of a file and the pictures within it. Two or three are usual.
	maxStructures = 128
	maxNumbers    = 512 // of one value that are written out
	maxValueBytes = 1 << 20
)

// exifValue writes a value as text.
func exifValue(group string, e tiffdir.Entry) string {
	raw := e.Raw()
	switch {
	case group == "GPS" && (e.Tag == tagGPSMethod || e.Tag == tagGPSArea), group != "GPS" && e.Tag == tagComment:
		return charsetText(raw, e.Order())
	case group != "GPS" && e.Tag >= tagXPTitle && e.Tag <= tagXPSubject:
		return strings.TrimRight(utf16Text(raw[:min(len(raw), maxValueBytes)], binary.LittleEndian), "\x00")
	case e.Tag == tagCopyright && e.Type == tiffdir.ASCII:
		return copyright(raw)
	}
	switch e.Type {
	case tiffdir.ASCII, tiffdir.UTF8:
		return asciiText(raw)
	case tiffdir.Undefined, tiffdir.Byte, tiffdir.SByte:
		switch {
		case meantAsText(group, e.Tag) && len(raw) > 3 && printable(raw) && mostlyASCII(trimZeros(raw)):
			return asciiText(raw)
		case e.Type != tiffdir.Undefined && len(raw) <= maxNumbers:
			return numbers(e)
		}
		return undefined(e)
	}
	if e.Len() > maxNumbers {
		return opaque(raw)
	}
	return numbers(e)
}

// textual tells values that are written as the text that they are.
func textual(group string, e tiffdir.Entry) bool {
	return e.Type == tiffdir.ASCII || e.Type == tiffdir.UTF8 || meantAsText(group, e.Tag) || group == "GPS" && (e.Tag == tagGPSMethod || e.Tag == tagGPSArea)
}

// meantAsText tells tags whose value is a text, whatever type a writer gave it.
func meantAsText(group string, tag uint16) bool {
	return group != "GPS" && group != "Interop" && exifRules[tag].text
}

// asciiText reads an Exif text up to its zero. Exif knows ASCII alone (before 3.0); writers put UTF-8 or Windows-1252 there.
func asciiText(raw []byte) string {
	raw = raw[:min(len(raw), maxValueBytes)]
	text, _, _ := bytes.Cut(raw, []byte{0})
	return latinOrUTF8(text)
}

// copyright reads the notices of photographer and editor, which a zero parts (Exif 3.0, 4.6.5).
func copyright(raw []byte) string {
	photographer, rest, _ := bytes.Cut(raw[:min(len(raw), maxValueBytes)], []byte{0})
	editor, _, _ := bytes.Cut(rest, []byte{0})
	if text := strings.TrimSpace(latinOrUTF8(editor)); text != "" {
		return strings.TrimSpace(latinOrUTF8(photographer)) + "\n" + text
	}
	return latinOrUTF8(photographer)
}

// charsetText reads a text that begins with eight bytes for its character set (Exif 3.0, table 6).
func charsetText(raw []byte, order binary.ByteOrder) string {
	raw = raw[:min(len(raw), maxValueBytes)]
	if len(raw) < 8 {
		return asciiText(raw)
	}
	code, text := string(raw[:8]), raw[8:]
	switch {
	case strings.HasPrefix(strings.ToUpper(code), "UNICODE"):
		return unicodeText(text, order)
	case strings.HasPrefix(code, "ASCII"), strings.HasPrefix(code, "JIS"), code == "\x00\x00\x00\x00\x00\x00\x00\x00", code == "        ":
		return asciiText(text)
	}
	return asciiText(raw) // writers that forget the code
}

// unicodeText reads UTF-16 in the byte order that makes more sense: many writers have it wrong. UTF-8 is tried too.
func unicodeText(raw []byte, order binary.ByteOrder) string {
	switch {
	case len(raw) >= 2 && raw[0] == 0xfe && raw[1] == 0xff:
		order = binary.BigEndian
	case len(raw) >= 2 && raw[0] == 0xff && raw[1] == 0xfe:
		order = binary.LittleEndian
	case len(raw) > 2 && bytes.IndexByte(raw, 0) < 0 && printable(raw) && mostlyASCII(raw):
		return latinOrUTF8(raw)
	case sense(raw, reversed(order)) > sense(raw, order):
		order = reversed(order)
	}
	units := make([]uint16, 0, len(raw)/2)
	for ; len(raw) >= 2; raw = raw[2:] {
		unit := order.Uint16(raw)
		if unit == 0 {
			break
		}
		units = append(units, unit)
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
}

func reversed(order binary.ByteOrder) binary.ByteOrder {
	if order == binary.ByteOrder(binary.BigEndian) {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// sense counts the units of UTF-16 that are Latin, or blanks and marks, less those that are no characters.
func sense(raw []byte, order binary.ByteOrder) int {
	n := 0
	for ; len(raw) >= 2; raw = raw[2:] {
		switch unit := order.Uint16(raw); {
		case unit >= 0x20 && unit < 0x250, unit == '\n', unit == '\r':
			n++
		case unit >= 0x3000 && unit < 0x3100: // kana and CJK marks
			n++
		case unit < 0x20 && unit != 0, unit >= 0xe000 && unit < 0xf900, unit >= 0xd800 && unit < 0xe000 && unit&0xff == 0x20:
			n--
		}
	}
	return n
}

func mostlyASCII(raw []byte) bool {
	n := 0
	for _, c := range raw {
		if c >= 0x20 && c < 0x7f || isSpace(c) {
			n++
		}
	}
	return n > len(raw)*9/10
}

// undefined writes bytes: a short text as such, a byte or some as numbers, others by their digest.
func undefined(e tiffdir.Entry) string {
	raw := e.Raw()
	switch {
	case len(raw) >= 4 && len(raw) <= longestText && e.Type == tiffdir.Undefined && isASCII(trimZeros(raw)):
		return string(trimZeros(raw))
	case len(raw) <= 16:
		return numbers(e)
	}
	return opaque(raw)
}

func isASCII(raw []byte) bool {
	for _, c := range raw {
		if c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return len(raw) > 0
}

// numbers writes the numbers of a value with blanks between.
func numbers(e tiffdir.Entry) string {
	var buffer [64]byte
	b := buffer[:0]
	for i := range e.Len() {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendNumber(b, e, i)
	}
	return string(b)
}

func appendNumber(b []byte, e tiffdir.Entry, i int) []byte {
	if num, den, ok := e.Fraction(i); ok && den == 0 {
		if num == 0 {
			return append(b, "undef"...)
		}
		return append(b, "inf"...)
	}
	switch e.Type {
	case tiffdir.Rational, tiffdir.SRational, tiffdir.Float, tiffdir.Double:
		v, _ := e.Float(i)
		return strconv.AppendFloat(b, v, 'g', 10, 64)
	}
	if v, ok := e.Int(i); ok {
		return strconv.AppendInt(b, v, 10)
	}
	v, _ := e.Uint(i)
	return strconv.AppendUint(b, v, 10)
}
