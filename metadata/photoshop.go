package metadata

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
)

// Resources of Photoshop that are fields of their own (Photoshop File Formats Specification, Image Resource IDs). Those
// that hold another standard's data, or a picture, are parts of the container.
const (
	resourceCopyright = 0x040a
	resourceURL       = 0x040b
	resourceDigest    = 0x0425
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
		case resourceDigest:
			r.resource(id, "IPTCDigest", hex.EncodeToString(data[:min(len(data), 16)]), part)
		}
		block = block[min(int64(len(block)), (size+1)&^1):]
	}
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
