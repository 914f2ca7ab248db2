package pixels

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// colourTags is what a file says of its colour space.
type colourTags struct {
	icc      []byte // nil if there is none; empty if it could not be read
	srgb     bool   // PNG sRGB chunk
	gamma    uint32 // PNG gAMA × 100000, 0 if there is none
	cicp     bool   // PNG cICP, as follows (ITU-T H.273)
	primary  byte
	transfer byte
}

// profile notes an embedded ICC profile; nil means none.
func (t *colourTags) profile(icc []byte) {
	if icc != nil {
		t.icc = icc
	}
}

func (t *colourTags) pngChunk(kind string, body []byte) {
	switch {
	case kind == "iCCP":
		t.icc = pngProfile(body)
	case kind == "sRGB":
		t.srgb = true
	case kind == "gAMA" && len(body) >= 4:
		t.gamma = binary.BigEndian.Uint32(body)
	case kind == "cICP" && len(body) >= 2:
		t.cicp, t.primary, t.transfer = true, body[0], body[1]
	}
}

// warning returns a sentence if the file asks for other colours than sRGB, in the order of precedence of
// PNG, third edition, section 4.3: cICP, iCCP, sRGB, gAMA.
func (t *colourTags) warning() string {
	const readAs = "; the colours were read as sRGB"
	switch {
	case t.cicp:
		if t.primary == 1 && t.transfer == 13 {
			return ""
		}
		return fmt.Sprintf("colour space cICP %d/%d is not applied", t.primary, t.transfer) + readAs
	case t.icc != nil:
		name, ok := profileName(t.icc)
		switch {
		case !ok:
			return "the embedded ICC profile is unreadable" + readAs
		case namesSRGB(name):
			return ""
		}
		return fmt.Sprintf("the embedded ICC profile %q is not applied", name) + readAs
	case t.srgb || t.gamma == 0:
		return ""
	}
	// 45455 is 1/2.2, which stands for sRGB; writers round it.
	if t.gamma < 45000 || t.gamma > 46000 {
		return fmt.Sprintf("gamma %.5f is not applied", float64(t.gamma)/100000) + readAs
	}
	return ""
}

// namesSRGB reports whether a profile description means sRGB. Besides the plain name these are the descriptions
// of the compact profiles that web image services embed to save bytes; their short names cannot hold more.
func namesSRGB(description string) bool {
	switch description {
	case "uRGB", "nRGB", "c2", "c2ci", "sGry", "uGry", "nGry":
		return true
	}
	d := strings.ToLower(description)
	return strings.Contains(d, "srgb") && !strings.Contains(d, "linear")
}

// profileName returns the description of an ICC profile (ICC.1:2022, 7.2, 7.3 and 9.2.41), at most 80 bytes of it.
func profileName(icc []byte) (string, bool) {
	const header = 128
	if len(icc) < header+4 || string(icc[36:40]) != "acsp" {
		return "", false
	}
	// 100 tags are more than any profile has.
	count := min(binary.BigEndian.Uint32(icc[header:]), 100)
	table := icc[header+4:]
	for ; count > 0 && len(table) >= 12; count-- {
		if string(table[:4]) == "desc" {
			off, size := uint64(binary.BigEndian.Uint32(table[4:])), uint64(binary.BigEndian.Uint32(table[8:]))
			if off+size > uint64(len(icc)) {
				return "", false
			}
			return description(icc[off : off+size])
		}
		table = table[12:]
	}
	return "", false
}

// description reads a textDescriptionType (ICC.1:2001-04, 6.5.17) or the first record of a
// multiLocalizedUnicodeType (ICC.1:2022, 10.15).
func description(tag []byte) (string, bool) {
	const maxName = 80
	if len(tag) < 12 {
		return "", false
	}
	switch string(tag[:4]) {
	case "desc":
		n := min(uint64(binary.BigEndian.Uint32(tag[8:])), uint64(len(tag)-12), maxName)
		name, _, _ := strings.Cut(string(tag[12:12+n]), "\x00")
		return name, true
	case "mluc":
		if len(tag) < 28 || binary.BigEndian.Uint32(tag[8:]) == 0 {
			return "", false
		}
		size, off := uint64(binary.BigEndian.Uint32(tag[20:])), uint64(binary.BigEndian.Uint32(tag[24:]))
		if off+size > uint64(len(tag)) {
			return "", false
		}
		text := tag[off : off+min(size, maxName)]
		units := make([]uint16, len(text)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(text[2*i:])
		}
		return strings.TrimRight(string(utf16.Decode(units)), "\x00"), true
	}
	return "", false
}
