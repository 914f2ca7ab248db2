package icc

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
)

const maxDescription = 80

// description reads a textDescriptionType (ICC.1:2001-04, 6.5.17) or a multiLocalizedUnicodeType (ICC.1:2022, 10.15).
func description(tag []byte) string {
	if len(tag) < 12 {
		return ""
	}
	count := binary.BigEndian.Uint32(tag[8:])
	switch string(tag[:4]) {
	case "desc":
		return readable(string(tag[12 : 12+min(uint64(count), uint64(len(tag)-12))]))
	case "mluc":
		if len(tag) < 16 || binary.BigEndian.Uint32(tag[12:]) != 12 {
			return ""
		}
		return localized(tag, count)
	}
	return ""
}

// localized returns the English text of a multiLocalizedUnicodeType, or the first if there is none.
func localized(tag []byte, count uint32) string {
	const maxRecords = 256 // more languages than there are translations of a name
	first := ""
	count = min(count, maxRecords)
	for records := tag[16:]; count > 0 && len(records) >= 12; count, records = count-1, records[12:] {
		size, off := uint64(binary.BigEndian.Uint32(records[4:])), uint64(binary.BigEndian.Uint32(records[8:]))
		if off+size > uint64(len(tag)) {
			continue
		}
		text := tag[off : off+min(size, 4*maxDescription)]
		units := make([]uint16, len(text)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(text[2*i:])
		}
		name := readable(string(utf16.Decode(units)))
		if string(records[:2]) == "en" && name != "" {
			return name
		}
		if first == "" {
			first = name
		}
	}
	return first
}

// readable cuts a text at its first zero and at maxDescription characters and keeps what can be printed: the name goes
// into sentences and pages.
func readable(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == maxDescription {
			break
		}
		if r != unicode.ReplacementChar && unicode.IsPrint(r) {
			b.WriteRune(r)
			n++
		}
	}
	return strings.TrimSpace(b.String())
}
