package container

import (
	"bytes"
	"hash/crc32"
	"slices"
	"strings"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// png reads the chunks of a PNG file (third edition, 5.3) up to IEND, and what follows.
func (r *reader) png() {
	at := int64(len(pngSignature))
	if !r.element("PNGh", Span{0, at}, Span{0, at}) {
		return
	}
	for at+8 <= r.size() {
		n, kind := be32(r.data[at:]), string(r.data[at+4:at+8])
		whole, payload := Span{at, n + 12}, Span{at + 8, n}
		if whole.End() > r.size() {
			r.problem(at, "the file ends within its %s chunk of %d bytes", printable(kind), n)
			whole.Length = r.size() - at
			payload.Length = min(n, r.size()-payload.Offset)
		} else if crc := r.data[payload.End():]; crc32.ChecksumIEEE(r.data[at+4:payload.End()]) != uint32(be32(crc)) {
			r.problem(at, "the CRC of the %s chunk does not match", printable(kind))
		}
		if !r.element(kind, whole, payload) {
			return
		}
		r.chunk(kind, whole, r.cut(payload))
		at = whole.End()
		if kind == "IEND" {
			r.after(at)
			return
		}
	}
	r.problem(r.size(), "the file ends before its IEND chunk")
}

// after takes what follows the end of a file.
func (r *reader) after(end int64) {
	if end < r.size() {
		s := Span{end, r.size() - end}
		r.element("trailer", s, s)
		r.trailer(s)
	}
}

// pictureChunks are those that say what the pixels are, and those of animation.
var pictureChunks = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true, "cHRM": true, "gAMA": true, "sBIT": true, "sRGB": true,
	"cICP": true, "mDCV": true, "cLLI": true, "bKGD": true, "hIST": true, "pHYs": true, "sPLT": true, "acTL": true, "fcTL": true,
	"fdAT": true, "iDOT": true, "CgBI": true, "oFFs": true, "sTER": true, "gIFg": true, "mDCv": true, "cLLi": true,
}

// chunk takes what a chunk carries.
func (r *reader) chunk(kind string, whole Span, data []byte) {
	p := Part{Name: kind, Spans: []Span{whole}, Data: data}
	switch kind {
	case "eXIf", "exIf":
		p.Kind, p.Data = Exif, exifIn(data)
	case "zxIf": // of a draft: a zero, the length, and a zlib stream
		if len(data) < 5 {
			return
		}
		p.Kind, p.Data = Exif, exifIn(r.inflate(data[5:], "the zxIf chunk", whole.Offset))
	case "iCCP":
		p.Kind, p.Data = ICC, r.compressed(data, kind, whole.Offset)
		r.chunkName(p, data, r.part(p)+1)
		return
	case "sPLT":
		r.chunkName(p, data, 0)
		return
	case "caBX":
		p.Kind = jumbfKind(data)
	case "tEXt":
		r.keyword(p, data)
		return
	case "zTXt":
		r.keyword(p, nil)
		return
	case "iTXt":
		r.international(p)
		return
	default:
		if pictureChunks[kind] {
			return
		}
		p.Kind, p.Name = Other, printable(kind)
	}
	r.part(p)
}

// chunkNames are those that programs give to profiles and palettes, in small letters.
var chunkNames = []string{"", "icc", "icc profile", "icc-profile", "palette", "photoshop icc profile", "srgb", "display p3", "adobe rgb (1998)", "skia", "kcgcolorspacesrgb",
	"kcgcolorspacedisplayp3", "kcgcolorspacegenericrgb", "1"}

// chunkName takes the name of a profile or a palette, which is free text, unless it is a customary one.
func (r *reader) chunkName(p Part, data []byte, within int) {
	name, _, _ := bytes.Cut(data, []byte{0})
	if !slices.Contains(chunkNames, strings.ToLower(string(name))) {
		r.part(Part{Kind: Text, Name: p.Name + " name", Spans: p.Spans, Data: name, within: within})
	}
}

// compressed expands what follows a name and a method: the contents of iCCP and zTXt (11.3.2.3, 11.3.3.3).
func (r *reader) compressed(data []byte, kind string, at int64) []byte {
	_, rest, ok := bytes.Cut(data, []byte{0})
	if !ok || len(rest) < 1 {
		r.conceals(at, "the %s chunk ends within its name", kind)
		return nil
	}
	return r.inflate(rest[1:], "the "+kind+" chunk", at)
}

// keyword takes a tEXt or, with no text given, a zTXt chunk.
func (r *reader) keyword(p Part, text []byte) {
	key, rest, _ := bytes.Cut(p.Data, []byte{0})
	if text == nil {
		rest = r.compressed(p.Data, p.Name, p.Spans[0].Offset)
	}
	r.text(p, key, rest)
}

// international takes an iTXt chunk: keyword, whether compressed and how, language, translated keyword, text (11.3.3.4).
func (r *reader) international(p Part) {
	key, rest, _ := bytes.Cut(p.Data, []byte{0})
	if len(rest) < 2 {
		r.conceals(p.Spans[0].Offset, "the iTXt chunk ends within its header")
		return
	}
	packed := rest[0] != 0
	_, rest, _ = bytes.Cut(rest[2:], []byte{0})
	_, text, ok := bytes.Cut(rest, []byte{0})
	if !ok {
		r.conceals(p.Spans[0].Offset, "the iTXt chunk ends within its header")
		return
	}
	if packed {
		text = r.inflate(text, "the iTXt chunk", p.Spans[0].Offset)
	}
	r.text(p, key, text)
}

// text takes a text by its keyword: a packet of XMP, a profile in hexadecimal digits as ImageMagick writes them, or
// just a text.
func (r *reader) text(p Part, key, text []byte) {
	p.Kind, p.Name, p.Data = Text, p.Name+" "+printable(string(key)), text
	switch {
	case strings.EqualFold(string(key), "XML:com.adobe.xmp"):
		p.Kind = XMP
	case bytes.HasPrefix(bytes.ToLower(key), []byte("raw profile type ")):
		r.rawProfile(p, string(bytes.ToLower(key[len("raw profile type "):])))
		return
	case packetIn(text) != nil:
		p.Kind = XMP
	}
	r.part(p)
}

// rawProfile unpacks a profile in hexadecimal digits behind two lines, its type and its length. Some write the bytes
// themselves.
func (r *reader) rawProfile(p Part, kind string) {
	data, ok := hexProfile(p.Data)
	if !ok {
		r.problem(p.Spans[0].Offset, "%s is no profile in hexadecimal digits", p.mention())
		data = p.Data
	}
	p.Data = data
	switch kind {
	case "exif", "app1":
		p.Kind, p.Data = Exif, exifIn(data)
		if _, packet, found := bytes.Cut(data, []byte(headXMP)); found {
			p.Kind, p.Data = XMP, packet
		}
	case "xmp":
		p.Kind = XMP
	case "icc", "icm":
		p.Kind = ICC
	case "iptc", "8bim":
		p.Kind = IIM
		if resource := bytes.Index(data[:min(len(data), 64)], []byte("8BIM")); resource >= 0 {
			p.Kind, p.Data = Photoshop, data[resource:]
		}
	default:
		p.Kind = Other
	}
	if i := r.part(p); i >= 0 && p.Kind == Photoshop {
		r.resources(i)
	}
}

// hexProfile reads "\ntype\n   length\nhex…": "iptc" and "IPTC profile" are both seen as the type.
func hexProfile(text []byte) ([]byte, bool) {
	lines := bytes.SplitN(bytes.TrimLeft(text, "\r\n "), []byte("\n"), 3)
	if len(lines) < 3 {
		return nil, false
	}
	out := make([]byte, 0, len(lines[2])/2)
	high, half := byte(0), false
	for _, c := range lines[2] {
		v, ok := hexDigit(c)
		switch {
		case !ok:
		case half:
			out, half = append(out, high<<4|v), false
		default:
			high, half = v, true
		}
	}
	return out, len(out) > 0
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
