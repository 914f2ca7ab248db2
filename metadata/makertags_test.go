package metadata

import (
	"encoding/binary"
	"strings"
	"testing"
)

// TestMakerFields reads owners and serial numbers from notes as their makers lay them out.
func TestMakerFields(t *testing.T) {
	t.Parallel()
	big, little := binary.ByteOrder(binary.BigEndian), binary.ByteOrder(binary.LittleEndian)
	directory := func(order binary.ByteOrder, entries ...madeEntry) string {
		return string(writeDirectory(nil, order, entries))
	}
	long := madeEntry{tag: 0x000c, kind: 4, count: 1, value: "\x00\x00\x04\xd2"}
	for name, c := range map[string]struct{ maker, note, want string }{
		"Canon":     {"Canon", directory(big, ascii(0x0009, "Ana"), long), "OwnerName=Ana SerialNumber=1234"},
		"Nikon":     {"NIKON", "Nikon\x00\x02\x10\x00\x00" + string(madeTIFF(little, ascii(0x001d, "0030079"))), "SerialNumber=0030079"},
		"Panasonic": {"Panasonic", "Panasonic\x00\x00\x00" + directory(big, ascii(0x0066, "Bea"), ascii(0x006d, "Pau")), "BabyName=Bea City=Pau"},
		"Fujifilm":  {"FUJIFILM", "FUJIFILM\x0c\x00\x00\x00" + directory(little, ascii(0x0010, "FF1")), "InternalSerialNumber=FF1"},
		"Pentax":    {"PENTAX", "AOC\x00MM" + directory(big, ascii(0x0229, "123")), "SerialNumber=123"},
		"Olympus":   {"OLYMPUS", "OLYMP\x00\x01\x00" + directory(big, ascii(0x0404, "456")), "SerialNumber=456"},
		"Apple":     {"Apple", "Apple iOS\x00\x00\x01MM" + directory(big, ascii(0x0011, "U-1")), "ContentIdentifier=U-1"},
		"another":   {"Other", directory(big, ascii(0x0009, "Ana")), ""},
		"damaged":   {"FUJIFILM", "FUJIFILM\xff\xff\xff\xff", ""},
		"cut":       {"NIKON", "Nikon\x00\x02\x10\x00\x00MM", ""},
	} {
		d := mustRead(t, madeJPEG(exifSegment(madeTIFF(big, ascii(0x010f, c.maker), points(0x8769, bytesEntry(0x927c, c.note))))))
		var got []string
		for _, f := range d.Fields {
			if f.Group == groupMaker {
				got = append(got, f.Name+"="+f.Value)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if n := len(d.Personal()); n != len(got)+1 {
			t.Errorf("%s: %d findings, want one for each of %q and one for the note", name, n, got)
		}
	}
}
