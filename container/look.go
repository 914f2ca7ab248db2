package container

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/tiffdir"
)

// Bounds for what is looked for in parts whose kind is not known: bytes of a file that are searched, and TIFF structures
// that are tried.
const (
	maxLooked = 64 << 20
	maxTried  = 16
	maxMails  = 16
	maxSigns  = 1 << 15 // of "@" in one part
)

// lookInto looks into the parts that are of no known kind for those that are: applications put them anywhere, and
// readers that search for them show them.
func (r *reader) lookInto() {
	searched, tried := 0, 0
	for i := 0; i < len(r.file.Parts); i++ { // chunks behind the end are added, and may be of no known kind either
		p := r.file.Parts[i]
		if p.Kind != Other && p.Kind != Trailer || p.Name == "jbrd" || r.err != nil {
			continue
		}
		if searched += len(p.Data); searched > maxLooked {
			r.conceals(offsetOf(p.Spans), "%s and what follows is not looked into: the file has more than %d bytes of unknown contents", p.Name, maxLooked)
			return
		}
		from := len(r.file.Parts)
		if p.Kind != Trailer || !r.chunksBehind(p) {
			r.look(p, &tried)
		}
		for j := from; j < len(r.file.Parts); j++ {
			if r.file.Parts[j].within == 0 {
				r.file.Parts[j].within = i + 1
			}
		}
	}
}

// chunksBehind reads chunks that stand behind the end of a PNG or WebP file, which readers show all the same, and says
// whether parts came of each and nothing follows them.
func (r *reader) chunksBehind(p Part) (all bool) {
	size, kind := 0, 4
	order, more := binary.ByteOrder(binary.BigEndian), int64(12)
	switch r.file.Format {
	case PNG:
	case WebP:
		size, kind, order, more = 4, 0, binary.LittleEndian, 8
	default:
		return false
	}
	data, all := p.Data, true
	for len(data) >= 8 {
		n, name := int64(order.Uint32(data[size:])), string(data[kind:kind+4])
		if n > int64(len(data)-8) || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz ") != "" || !r.counts() {
			return false
		}
		from := len(r.file.Parts)
		if body := data[8 : 8+n : 8+n]; r.file.Format == PNG {
			r.chunk(name, p.Spans[0], body)
		} else {
			r.riffChunk(name, p.Spans[0], body)
			n += n & 1
		}
		all = all && len(r.file.Parts) > from
		data = data[min(n+more, int64(len(data))):]
	}
	return all && len(data) == 0
}

// look searches for packets of XMP, TIFF structures, positions and addresses; and a trailer for a JPEG file, whose
// metadata are its own.
func (r *reader) look(p Part, tried *int) {
	data := p.Data
	if at := nextJPEG(data); at >= 0 && p.Kind == Trailer {
		r.part(Part{Kind: Preview, Name: p.Name + ", a picture", Spans: p.Spans, Data: data[at:]})
		data = data[:at]
	}
	if packet := packetIn(data); packet != nil {
		r.part(Part{Kind: XMP, Name: "XMP in " + p.Name, Spans: p.Spans, Data: packet})
	}
	for at := 0; *tried < maxTried; at += 4 {
		i := nextTIFF(data[at:])
		if i < 0 {
			break
		}
		*tried++
		if at += i; sane(data[at:]) {
			r.part(Part{Kind: Exif, Name: "Exif in " + p.Name, Spans: p.Spans, Data: data[at:]})
			break
		}
	}
	texts := func(name, text string) {
		if text != "" {
			r.part(Part{Kind: Text, Name: name, Spans: p.Spans, Data: []byte(text)})
		}
	}
	texts("ISO6709 GPSCoordinates", positionIn(data))
	latitude, serial := goProIn(data)
	texts("GPMF GPSLatitude", latitude)
	texts("GPMF SerialNumber", serial)
	texts("text e-mail", mailsIn(data))
}

// nextJPEG finds where a JPEG file may begin, -1 where none does: in a film its first three bytes stand by chance, so the
// marker behind them must be that of a segment, and that must end where another begins, or with the data.
func nextJPEG(data []byte) int {
	for from := 0; ; from++ {
		i := bytes.Index(data[from:], []byte("\xff\xd8\xff"))
		if i < 0 {
			return -1
		}
		from += i
		head := data[from+3:]
		for len(head) > 0 && head[0] == 0xff { // fill bytes
			head = head[1:]
		}
		if len(head) < 3 || head[0] < 0xc0 || head[0] >= 0xd0 && head[0] <= markerEOI {
			continue
		}
		if n := be16(head[1:]) + 1; n > 2 && (n >= int64(len(head)) || head[n] == 0xff) {
			return from
		}
	}
}

// packetIn cuts a packet of XMP out of other data.
func packetIn(data []byte) []byte {
	for _, m := range [][2]string{{"<x:xmpmeta", "</x:xmpmeta>"}, {"<?xpacket begin", "<?xpacket end"}, {"<rdf:RDF", "</rdf:RDF>"}} {
		from := bytes.Index(data, []byte(m[0]))
		if from < 0 {
			continue
		}
		if to := bytes.LastIndex(data[from:], []byte(m[1])); to >= 0 {
			end := from + to + len(m[1])
			if rest := bytes.IndexByte(data[end:], '>'); m[1] == "<?xpacket end" && rest >= 0 {
				end += rest + 1
			}
			return data[from:end]
		}
		return data[from:]
	}
	return nil
}

// nextTIFF finds where a TIFF structure may begin.
func nextTIFF(data []byte) int {
	little, big := bytes.Index(data, []byte("II*\x00")), bytes.Index(data, []byte("MM\x00*"))
	if little < 0 || big >= 0 && big < little {
		return big
	}
	return little
}

// sane says that a TIFF structure has a directory with a value in it.
func sane(data []byte) bool {
	dirs, err := tiffdir.Parse(data, tiffdir.Limits{})
	if err != nil || len(dirs.Directories) == 0 {
		return false
	}
	for _, e := range dirs.Directories[0].Entries {
		if len(e.Raw()) > 0 {
			return true
		}
	}
	return false
}

// iso6709 is a position as films have it (ISO 6709, annex H).
var iso6709 = regexp.MustCompile(`[+-][0-9]{2,6}(\.[0-9]+)?[+-][0-9]{3,7}(\.[0-9]+)?([+-][0-9.]+)?/?`)

// positionIn finds where a film was taken, in its box ©xyz or behind the key that Apple has for it.
func positionIn(data []byte) string {
	for _, key := range []string{"\xa9xyz", "ISO6709"} {
		if _, rest, ok := bytes.Cut(data, []byte(key)); ok {
			if found := iso6709.Find(rest[:min(len(rest), 64<<10)]); found != nil {
				return string(found)
			}
		}
	}
	return ""
}

// goProIn reads the latitude and the camera's serial number in GPMF: a key of four letters, a type, the size and the
// number of values, the values.
func goProIn(data []byte) (latitude, serial string) {
	if !bytes.Contains(data, []byte("DEVC")) {
		return "", ""
	}
	if _, rest, ok := bytes.Cut(data, []byte("GPS5l")); ok && len(rest) >= 7 {
		latitude = strconv.FormatFloat(float64(int32(be32(rest[3:])))/1e7, 'f', -1, 64)
	}
	if _, rest, ok := bytes.Cut(data, []byte("CASNc")); ok && len(rest) >= 3 {
		n := int(rest[0]) * int(be16(rest[1:]))
		serial = printable(string(bytes.Trim(rest[3:min(len(rest), 3+n)], "\x00")))
	}
	return latitude, serial
}

// mailsIn finds e-mail addresses, in UTF-16 as well: zeros are passed over.
func mailsIn(data []byte) string {
	var found []string
	for at, signs := 0, 0; len(found) < maxMails && signs < maxSigns; signs++ {
		i := bytes.IndexByte(data[at:], '@')
		if i < 0 {
			break
		}
		at += i + 1
		// Zeros between letters go; 128 bytes on either side are more than an address has in practice.
		before := bytes.ReplaceAll(data[max(0, at-129):at-1], []byte{0}, nil)
		behind := bytes.ReplaceAll(data[at:min(len(data), at+128)], []byte{0}, nil)
		who := before[len(bytes.TrimRightFunc(before, inAddress)):]
		host := string(behind[:len(behind)-len(bytes.TrimLeftFunc(behind, inAddress))])
		host = strings.TrimRight(host, ".-_+%")
		if dot := strings.LastIndexByte(host, '.'); len(who) > 1 && dot > 1 && len(host)-dot > 2 && strings.Trim(strings.ToLower(host[dot+1:]), "abcdefghijklmnopqrstuvwxyz") == "" {
			found = append(found, string(who)+"@"+host)
		}
	}
	return strings.Join(found, "\n")
}

func inAddress(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("._%+-", c)
}
