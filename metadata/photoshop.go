package metadata

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
)

// Resources of Photoshop that are fields of their own (Photoshop File Formats Specification, Image Resource IDs). Those
// that hold another standard's data, or a picture, are parts of the container.
const (
	resourceCopyright = 0x040a
	resourceURL       = 0x040b
	resourceDigest    = 0x0425
	resourceCaption   = 0x03f0
	resourceSlices    = 0x041a
	resourceURLs      = 0x041e
)

// photoshop reads a block of image resources: signature, number, name, length, data, each padded to even.
func (r *reader) photoshop(block []byte, part int) {
	for len(block) >= 12 {
		head := 6 + (int(block[6])+2)&^1
		if len(block) < head+4 {
			return
		}
		id, size := int(binary.BigEndian.Uint16(block[4:])), int64(binary.BigEndian.Uint32(block[head:]))
		block = block[head+4:]
		data := block[:min(size, int64(len(block)))]
		switch id {
		case resourceCopyright:
			r.resource(id, "CopyrightFlag", strconv.FormatUint(bigEndian(data), 10), part)
		case resourceURL:
			r.resource(id, "URL", latinOrUTF8(data), part)
		case resourceCaption:
			r.resource(id, "Caption", latinOrUTF8(pascalText(data)), part)
		case resourceSlices:
			r.wide(id, "Slices", data, part)
		case resourceURLs:
			r.wide(id, "URLList", data, part)
		case resourceDigest:
			r.resource(id, "IPTCDigest", hex.EncodeToString(data[:min(len(data), 16)]), part)
		}
		block = block[min(int64(len(block)), (size+1)&^1):]
	}
}

func (r *reader) wide(id int, name string, data []byte, part int) {
	for _, text := range wideTexts(data) {
		r.resource(id, name, text, part)
	}
}

// pascalText is a text behind a byte for its length.
func pascalText(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b[1:][:min(len(b)-1, int(b[0]))]
}

// wideTexts finds the texts among other data: four bytes for the number of characters, then UTF-16. What stands before a
// text is of many versions, and no number of it looks like one.
func wideTexts(data []byte) (texts []string) {
	const shortest, work = 3, 1 << 20 // work bounds the characters looked at: texts that nearly are some lie over each other
	for at, spent := 0, 0; at+4 <= len(data) && spent < work; {
		n := int64(binary.BigEndian.Uint32(data[at:]))
		if n >= shortest && 2*n <= int64(len(data)-at-4) {
			raw := data[at+4 : at+4+int(2*n)]
			good := readable(raw)
			spent += good
			if good == int(n) {
				texts = append(texts, strings.TrimRight(utf16Text(raw, binary.BigEndian), "\x00"))
				at += 4 + len(raw)
				continue
			}
		}
		at++
	}
	return texts
}

// readable counts the units of a text in UTF-16 up to the first that is no character. A zero may end it.
func readable(raw []byte) int {
	for i := 0; i+1 < len(raw); i += 2 {
		unit := binary.BigEndian.Uint16(raw[i:])
		last := i+2 >= len(raw)
		if unit < 0x20 && unit != '\n' && unit != '\r' && unit != '\t' && !(last && unit == 0) {
			return i / 2
		}
	}
	return len(raw) / 2
}

func (r *reader) resource(id int, name, value string, part int) {
	if r.spend(len(value), part) {
		r.add(Field{Standard: Photoshop, Group: "Photoshop", Name: name, ID: id, Value: value, Part: part})
	}
}

func bigEndian(b []byte) uint64 {
	n := uint64(0)
	for _, c := range b[:min(len(b), 8)] {
		n = n<<8 | uint64(c)
	}
	return n
}
