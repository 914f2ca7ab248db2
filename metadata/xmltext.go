package metadata

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// packetText gives an XMP packet as UTF-8. A packet may be in UTF-16 or UTF-32 of either byte order (XMP part 1, 7.3.1),
// with a byte order mark or without. Bytes that are not UTF-8 are read as Windows-1252, which is what writers that forget
// to convert leave there.
func packetText(packet []byte) string {
	switch order, width := byteOrder(packet); width {
	case 2:
		return utf16Text(packet, order)
	case 4:
		return utf32Text(packet, order)
	}
	text := string(trimBOM(packet))
	if utf8.ValidString(text) {
		return text
	}
	return mend(text)
}

func trimBOM(b []byte) []byte {
	if len(b) >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf {
		return b[3:]
	}
	return b
}

// byteOrder finds the width of the characters from a byte order mark, or from where the zeros of the first character lie.
func byteOrder(b []byte) (binary.ByteOrder, int) {
	if len(b) < 4 {
		return nil, 1
	}
	switch {
	case b[0] == 0 && b[1] == 0 && (b[2] == 0 && b[3] != 0 || b[2] == 0xfe && b[3] == 0xff):
		return binary.BigEndian, 4
	case b[2] == 0 && b[3] == 0 && (b[1] == 0 && b[0] != 0 || b[0] == 0xff && b[1] == 0xfe):
		return binary.LittleEndian, 4
	case b[0] == 0xfe && b[1] == 0xff || b[0] == 0 && b[1] != 0 && b[2] == 0:
		return binary.BigEndian, 2
	case b[0] == 0xff && b[1] == 0xfe || b[0] != 0 && b[1] == 0 && b[3] == 0:
		return binary.LittleEndian, 2
	}
	return nil, 1
}

func utf16Text(b []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
}

func utf32Text(b []byte, order binary.ByteOrder) string {
	var text strings.Builder
	text.Grow(len(b) / 4)
	for ; len(b) >= 4; b = b[4:] {
		text.WriteRune(rune(order.Uint32(b))) // what is no character becomes U+FFFD
	}
	return strings.TrimPrefix(text.String(), "\ufeff")
}

// mend turns the bytes of a text that are not UTF-8 into characters by Windows-1252.
func mend(text string) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/8)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			r = windows1252(text[i])
		}
		b.WriteRune(r)
		i += size
	}
	return b.String()
}

// high1252 are the characters of Windows-1252 from 0x80 to 0x9f; the five bytes that it leaves open stay controls.
var high1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

func windows1252(c byte) rune {
	if 0x80 <= c && c < 0xa0 {
		return high1252[c-0x80]
	}
	return rune(c)
}

// unescape replaces the five entities of XML and character references. Others are left as they stand: a document type
// that could declare them is not read, which is what keeps a packet from growing.
func unescape(text string) string {
	at := strings.IndexByte(text, '&')
	if at < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for at >= 0 {
		b.WriteString(text[:at])
		text = text[at:]
		end := strings.IndexByte(text[:min(len(text), longestEntity)], ';')
		if r, ok := entity(text, end); ok {
			b.WriteRune(r)
			text = text[end+1:]
		} else {
			b.WriteByte('&')
			text = text[1:]
		}
		at = strings.IndexByte(text, '&')
	}
	b.WriteString(text)
	return b.String()
}

const longestEntity = 12

// entity reads the reference that text begins with and that ends before the semicolon.
func entity(text string, semicolon int) (rune, bool) {
	if semicolon < 2 {
		return 0, false
	}
	switch name := text[1:semicolon]; {
	case name == "lt":
		return '<', true
	case name == "gt":
		return '>', true
	case name == "amp":
		return '&', true
	case name == "quot":
		return '"', true
	case name == "apos":
		return '\'', true
	case name[0] == '#' && len(name) > 2 && name[1]|0x20 == 'x':
		n, err := strconv.ParseUint(name[2:], 16, 32)
		return rune(min(n, utf8.MaxRune+1)), err == nil
	case name[0] == '#':
		n, err := strconv.ParseUint(name[1:], 10, 32)
		return rune(min(n, utf8.MaxRune+1)), err == nil
	}
	return 0, false
}
