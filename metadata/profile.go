package metadata

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
)

const profileHeader = 128

// icc reads the header of a profile, its name and its notice. More than one may be in a file; the first one counts.
func (r *reader) icc(profile []byte, part int) {
	if !isProfile(profile) {
		tell := r.problem
		if worded(profile) {
			tell = r.passOver
		}
		tell(part, "ICC: the %d bytes are no profile", len(profile))
		return
	}
	p := &Profile{
		Version: fmt.Sprintf("%d.%d.%d", profile[8], profile[9]>>4, profile[9]&15),
		Class:   signature(profile[12:]), Space: signature(profile[16:]), PCS: signature(profile[20:]),
		Creator: signature(profile[80:]), Device: strings.TrimSpace(signature(profile[48:]) + " " + signature(profile[52:])),
		Created: profileDate(profile[24:36]), Size: len(profile),
		Description: profileText(profileTag(profile, "desc")), Copyright: profileText(profileTag(profile, "cprt")),
	}
	if r.doc.Profile == nil {
		r.doc.Profile = p
	}
	for _, f := range [...]struct{ name, value string }{
		{"ProfileDescription", p.Description}, {"ProfileCopyright", p.Copyright}, {"ProfileVersion", p.Version}, {"ProfileClass", p.Class},
		{"ColorSpace", p.Space}, {"ConnectionSpace", p.PCS}, {"ProfileCreator", p.Creator}, {"Device", p.Device}, {"ProfileDateTime", p.Created},
	} {
		if f.value != "" {
			r.add(Field{Standard: ICC, Group: "ICC", Name: f.name, Value: f.value, Part: part})
		}
	}
}

func isProfile(b []byte) bool { return len(b) >= profileHeader+4 && string(b[36:40]) == "acsp" }

func signature(b []byte) string {
	return strings.TrimRight(latin1(b[:4]), " \x00")
}

// profileDate reads a dateTimeNumber (ICC.1:2022, 4.2).
func profileDate(b []byte) string {
	var n [6]int
	for i := range n {
		n[i] = int(binary.BigEndian.Uint16(b[2*i:]))
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	if t.Year() != n[0] || int(t.Month()) != n[1] || t.Day() != n[2] || n[0] == 0 {
		return ""
	}
	return t.Format(time.DateTime)
}

// profileTag finds the data of a tag; tags beyond the hundredth are not looked at.
func profileTag(profile []byte, name string) []byte {
	count := min(binary.BigEndian.Uint32(profile[profileHeader:]), 100)
	for table := profile[profileHeader+4:]; count > 0 && len(table) >= 12; count, table = count-1, table[12:] {
		at, size := uint64(binary.BigEndian.Uint32(table[4:])), uint64(binary.BigEndian.Uint32(table[8:]))
		if string(table[:4]) == name && at+size <= uint64(len(profile)) && size >= 12 {
			return profile[at : at+size]
		}
	}
	return nil
}

const longestProfileText = 4096

// profileText reads textType, textDescriptionType (ICC.1:2001-04, 6.5.17 and 18) and multiLocalizedUnicodeType
// (ICC.1:2022, 10.15), of which it takes the English text or the first.
func profileText(tag []byte) string {
	if len(tag) < 12 {
		return ""
	}
	switch string(tag[:4]) {
	case "text":
		return untilZero(tag[8:])
	case "desc":
		size := min(uint64(binary.BigEndian.Uint32(tag[8:])), uint64(len(tag)-12))
		return untilZero(tag[12 : 12+size])
	case "mluc":
		return localized(tag)
	}
	return ""
}

func untilZero(b []byte) string {
	text, _, _ := strings.Cut(string(b[:min(len(b), longestProfileText)]), "\x00")
	return strings.TrimSpace(latinOrUTF8([]byte(text)))
}

func localized(tag []byte) string {
	if len(tag) < 28 {
		return ""
	}
	first := ""
	count := min(binary.BigEndian.Uint32(tag[8:]), 64)
	for records := tag[16:]; count > 0 && len(records) >= 12; count, records = count-1, records[12:] {
		size, at := uint64(binary.BigEndian.Uint32(records[4:])), uint64(binary.BigEndian.Uint32(records[8:]))
		if at+size > uint64(len(tag)) {
			continue
		}
		raw := tag[at : at+min(size, longestProfileText)]
		units := make([]uint16, len(raw)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(raw[2*i:])
		}
		text, _, _ := strings.Cut(string(utf16.Decode(units)), "\x00")
		text = strings.TrimSpace(text)
		if string(records[:2]) == "en" && text != "" {
			return text
		}
		if first == "" {
			first = text
		}
	}
	return first
}
