package metadata

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// iimTag begins a dataset (IIM 4.2, 1.5).
const iimTag = 0x1c

// maxDatasets bounds those of a block. Some dozens are usual.
const maxDatasets = 20_000

// dataset is one of a block.
type dataset struct {
	record, number byte
	data           []byte
	raw            []byte // with its header
}

// readDatasets cuts a block into its datasets. The problem tells what stands where a dataset should, and unread that it
// was passed over.
func readDatasets(block []byte) (sets []dataset, problem string, unread bool) {
	for len(block) >= 5 {
		if len(sets) == maxDatasets {
			return sets, "there are more than " + strconv.Itoa(maxDatasets) + " datasets", true
		}
		if block[0] != iimTag {
			if !slices.ContainsFunc(block, isNoPadding) {
				return sets, "", false // padding
			}
			return sets, "what follows the last dataset is none", true
		}
		head, size := 5, int(block[3])<<8|int(block[4])
		if size >= 0x8000 { // extended: the number of bytes of the length (IIM 4.2, 1.5 d)
			n := size & 0x7fff
			if n > 4 || n == 0 || len(block) < head+n {
				return sets, "the length of a dataset has " + strconv.Itoa(n) + " bytes", true
			}
			size = 0
			for _, c := range block[head : head+n] {
				size = size<<8 | int(c)
			}
			head += n
		}
		if size > len(block)-head {
			return append(sets, dataset{block[1], block[2], block[head:], nil}), "the last dataset is cut off", false
		}
		sets = append(sets, dataset{block[1], block[2], block[head : head+size], block[:head+size]})
		block = block[head+size:]
	}
	return sets, "", false
}

// isNoPadding tells what no writer fills up with: zeros, blanks, line ends and bytes of ones.
func isNoPadding(c byte) bool { return c != 0 && c != ' ' && c != '\r' && c != '\n' && c != 0xff }

// iim reads a block of datasets.
func (r *reader) iim(block []byte, part int) {
	sets, problem, unread := readDatasets(block)
	switch {
	case unread:
		r.passOver(part, "IPTC: %s", problem)
	case problem != "":
		r.problem(part, "IPTC: %s", problem)
	}
	text := decoder(sets)
	for _, set := range sets {
		if !r.spend(len(set.data), part) {
			return
		}
		f := set.field(text)
		f.Part = part
		if f.ID == iimPreview {
			r.picture(Picture{Kind: "preview", Where: "IPTC 2:202", Data: set.data, Part: part})
			continue
		}
		r.add(f)
	}
}

// field makes a field of a dataset.
func (s dataset) field(text func([]byte) string) Field {
	def := iimSets[int(s.record)<<8|int(s.number)]
	f := Field{Standard: IIM, Group: iimRecord(s.record), Name: def.name, ID: int(s.record)<<8 | int(s.number)}
	if f.Name == "" {
		f.Name = strconv.Itoa(int(s.record)) + ":" + strconv.Itoa(int(s.number))
	}
	switch {
	case def.form == iimNumber && len(s.data) <= 4:
		f.Value = strconv.FormatUint(bigEndian(s.data), 10)
	case f.ID == iimCharset:
		f.Value = charsetName(s.data)
	case def.form == iimBinary || !printable(s.data):
		f.Value = opaque(s.data)
	default:
		f.Value = text(s.data)
	}
	return f
}

const (
	iimCharset = 1<<8 | 90
	iimPreview = 2<<8 | 202
)

func iimRecord(record byte) string {
	switch record {
	case 1:
		return "Envelope"
	case 2:
		return "Application"
	case 3:
		return "NewsPhoto"
	case 7, 8, 9:
		return "ObjectData"
	}
	return "Record" + strconv.Itoa(int(record))
}

// decoder finds the character set of a block: that which dataset 1:90 states by the escape sequences of ISO 2022, or,
// since most writers state none, UTF-8 where all text is, and Windows-1252 otherwise.
func decoder(sets []dataset) func([]byte) string {
	for _, s := range sets {
		if s.record != 1 || s.number != iimCharset&0xff {
			continue
		}
		switch charsetName(s.data) {
		case "UTF-8":
			return latinOrUTF8
		case "ISO 8859-1":
			return latin1
		}
	}
	for _, s := range sets {
		if s.record == 2 && !utf8.Valid(s.data) && printable(s.data) {
			return latin1
		}
	}
	return latinOrUTF8
}

// charsetName names a character set by its escape sequence; an unknown one by what follows the escapes.
func charsetName(sequence []byte) string {
	switch string(sequence) {
	case "\x1b%G", "\x1b%/G", "\x1b%/H", "\x1b%/I":
		return "UTF-8"
	case "\x1b.A", "\x1b-A", "\x1b/A", "\x1b,A", "\x1b.A\x1b-A", "\x1b(B\x1b.A":
		return "ISO 8859-1"
	}
	return latin1([]byte(strings.ReplaceAll(string(sequence[:min(len(sequence), 32)]), "\x1b", "ESC ")))
}

// latinOrUTF8 takes a text as UTF-8 where it is, and what is not as Windows-1252.
func latinOrUTF8(b []byte) string {
	s := strings.TrimRight(string(b), "\x00")
	if utf8.ValidString(s) {
		return s
	}
	return mend(s)
}

func latin1(b []byte) string {
	b = trimZeros(b)
	ascii := true
	for _, c := range b {
		ascii = ascii && c < 0x80
	}
	if ascii {
		return string(b)
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = windows1252(c)
	}
	return string(runes)
}

func trimZeros(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}

// printable tells that bytes may be text: no control characters but those of lines, and zeros at the end.
func printable(b []byte) bool {
	for _, c := range trimZeros(b) {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b {
			return false
		}
	}
	return true
}
