package container

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"strings"

	"github.com/andybalholm/brotli"
)

// The files of the tests: each builder writes the frame of a format around what a test gives it.

// seg is one segment of a JPEG file, without a payload where it stands alone.
type seg struct {
	marker  byte
	payload string
}

// jpegOf writes a JPEG file whose picture is not there: one table and a scan of four bytes stand for it.
func jpegOf(segs ...seg) []byte {
	out := []byte("\xff\xd8")
	for _, s := range append(segs, seg{0xdb, strings.Repeat("\x01", 65)}, seg{markerSOS, "\x01\x01\x00\x00\x3f\x00"}) {
		out = append(out, 0xff, s.marker)
		out = binary.BigEndian.AppendUint16(out, uint16(len(s.payload)+2))
		out = append(out, s.payload...)
	}
	return append(out, "\x12\xff\x00\xff\xd0\x34\xff\xd9"...)
}

// block is one chunk of a PNG or WebP file.
type block struct{ kind, data string }

// pngOf writes a PNG file of one grey pixel with the chunks before its image data.
func pngOf(blocks ...block) []byte {
	out := []byte(pngSignature)
	blocks = append([]block{{"IHDR", "\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00"}}, blocks...)
	for _, b := range append(blocks, block{"IDAT", deflated("\x00\x80")}, block{"IEND", ""}) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(b.data)))
		body := b.kind + b.data
		out = append(out, body...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(body)))
	}
	return out
}

// webpOf writes an extended WebP file with the chunks behind a lossless picture of one pixel.
func webpOf(blocks ...block) []byte {
	body := []byte("WEBP")
	flags := byte(0)
	for _, b := range blocks {
		flags |= map[string]byte{"ICCP": 0x20, "EXIF": 0x08, "XMP ": 0x04}[b.kind]
	}
	all := append([]block{{"VP8X", string([]byte{flags}) + "\x00\x00\x00\x00\x00\x00\x00\x00\x00"}, {"VP8L", "\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"}}, blocks...)
	for _, b := range all {
		body = append(body, b.kind...)
		body = binary.LittleEndian.AppendUint32(body, uint32(len(b.data)))
		body = append(body, b.data...)
		if len(b.data)%2 == 1 {
			body = append(body, 0)
		}
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// entry is one field of a TIFF directory.
type entry struct {
	tag, typ uint16
	data     string
}

// tiffOf writes a little-endian TIFF structure of one directory.
func tiffOf(entries ...entry) []byte {
	le := binary.LittleEndian
	out := le.AppendUint16([]byte("II*\x00\x08\x00\x00\x00"), uint16(len(entries)))
	at := 8 + 2 + 12*len(entries) + 4
	var values []byte
	for _, e := range entries {
		size := map[uint16]int{1: 1, 2: 1, 3: 2, 4: 4, 7: 1}[e.typ]
		out = le.AppendUint16(out, e.tag)
		out = le.AppendUint16(out, e.typ)
		out = le.AppendUint32(out, uint32(len(e.data)/size))
		if len(e.data) <= 4 {
			out = append(out, (e.data + "\x00\x00\x00\x00")[:4]...)
			continue
		}
		out = le.AppendUint32(out, uint32(at+len(values)))
		values = append(values, e.data...)
		if len(values)%2 == 1 {
			values = append(values, 0)
		}
	}
	return append(append(out, 0, 0, 0, 0), values...)
}

// irb writes one of Photoshop's image resources.
func irb(id int, data string) string {
	out := binary.BigEndian.AppendUint16([]byte("8BIM"), uint16(id))
	out = binary.BigEndian.AppendUint32(append(out, 0, 0), uint32(len(data)))
	out = append(out, data...)
	if len(data)%2 == 1 {
		out = append(out, 0)
	}
	return string(out)
}

func deflated(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write([]byte(s)) // into memory: it cannot fail
	z.Close()
	return b.String()
}

// manifest writes a superbox of the type of manifest stores, with padding to a size.
func manifest(size int) string {
	box := "\x00\x00\x00\x1ejumd" + string(c2paType) + "\x03c2pa\x00"
	box += strings.Repeat("m", max(0, size-8-len(box)))
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(box)+8))) + "jumb" + box
}

func u32(v int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(v))) }
func u16(v int) string { return string(binary.BigEndian.AppendUint16(nil, uint16(v))) }

// boxOf writes a box; a FullBox begins its data with version and flags.
func boxOf(kind string, data ...string) string {
	body := strings.Join(data, "")
	return u32(len(body)+8) + kind + body
}

// thing is an item of a HEIF file.
type thing struct{ kind, mime, encoding, data string }

// heifOf writes a HEIF file whose picture (item 1) is four bytes, and its thumbnail (item 2) two; further items follow.
// Those of even numbers lie in the meta box itself.
func heifOf(brand string, properties string, things ...thing) []byte {
	all := append([]thing{{kind: "av01", data: "PICT"}, {kind: "av01", data: "th"}}, things...)
	ftyp := boxOf("ftyp", brand, "\x00\x00\x00\x00", "mif1", brand)
	build := func(mdat int) (string, string) {
		entries, places, idat, data := "", "", "", ""
		for i, it := range all {
			tail := it.kind + "\x00"
			if it.kind == "mime" {
				tail += it.mime + "\x00" + it.encoding + "\x00"
			}
			entries += boxOf("infe", "\x02\x00\x00\x00", u16(i+1), "\x00\x00", tail)
			method, at := 0, mdat+len(data)
			if i%2 == 1 && i > 1 {
				method, at = 1, len(idat)
				idat += it.data
			} else {
				data += it.data
			}
			places += u16(i+1) + u16(method) + "\x00\x00" + u16(1) + u32(at) + u32(len(it.data))
		}
		associations := boxOf("ipma", "\x00\x00\x00\x00", u32(1), u16(1), "\x02\x81\x02")
		meta := boxOf("meta", "\x00\x00\x00\x00", boxOf("hdlr", strings.Repeat("\x00", 8)+"pict"+strings.Repeat("\x00", 13)), boxOf("pitm", "\x00\x00\x00\x00\x00\x01"),
			boxOf("iinf", "\x00\x00\x00\x00", u16(len(all)), entries), boxOf("iloc", "\x01\x00\x00\x00\x44\x00", u16(len(all)), places),
			boxOf("iref", "\x00\x00\x00\x00", boxOf("thmb", u16(2), u16(1), u16(1)), boxOf("cdsc", u16(3), u16(1), u16(1))),
			boxOf("iprp", boxOf("ipco", properties), associations), boxOf("idat", idat))
		return meta, data
	}
	meta, _ := build(0)
	meta, data := build(len(ftyp) + len(meta) + 8)
	return []byte(ftyp + meta + boxOf("mdat", data))
}

// jxlOf writes a JPEG XL file in boxes around a codestream of four bytes.
func jxlOf(boxes ...string) []byte {
	return []byte(jxlSignature + boxOf("ftyp", "jxl \x00\x00\x00\x00jxl ") + boxOf("jxlc", "\xff\x0aXY") + strings.Join(boxes, ""))
}

// gifOf writes a GIF file of one pixel with the blocks before it.
func gifOf(blocks ...string) []byte {
	return []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + strings.Join(blocks, "") + "\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b")
}

// gifBlocks cuts data into sub-blocks.
func gifBlocks(data string) (out string) {
	for len(data) > 0 {
		n := min(255, len(data))
		out, data = out+string([]byte{byte(n)})+data[:n], data[n:]
	}
	return out + "\x00"
}

// gifXMP writes an application extension with a packet as it stands, and the trailer that leads readers out of it.
func gifXMP(packet string) string {
	magic := "\x01"
	for i := 255; i >= 0; i-- {
		magic += string([]byte{byte(i)})
	}
	return "\x21\xff\x0bXMP DataXMP" + packet + magic + "\x00"
}

func brotlied(s string) string {
	var b bytes.Buffer
	z := brotli.NewWriter(&b)
	z.Write([]byte(s)) // into memory: it cannot fail
	z.Close()
	return b.String()
}

// jbrdOf writes a box that restores a grey JPEG file without scans, of APP segments, a comment and what follows the end.
func jbrdOf(comment, tail string, apps ...seg) string {
	var out []byte
	n := 0
	bits := func(v, size int) {
		for i := range size {
			if n%8 == 0 {
				out = append(out, 0)
			}
			out[len(out)-1] |= byte(v>>i&1) << (n % 8)
			n++
		}
	}
	stream := ""
	bits(1, 1)
	for _, s := range apps {
		bits(int(s.marker)-0xc0, 6)
		stream += string([]byte{s.marker}) + u16(len(s.payload)+2) + s.payload
	}
	bits(markerCOM-0xc0, 6)
	bits(markerEOI-0xc0, 6)
	for _, s := range apps {
		bits(0, 2)
		bits(len(s.payload)+2, 16)
	}
	bits(len(comment)+2, 16)
	bits(0, 2+4+2+2+2) // a table, a component, four codes
	for range 4 {      // without symbols
		bits(0, 4+17*2)
	}
	bits(1, 2)
	bits(len(tail)-1, 8)
	bits(0, 1)
	return boxOf("jbrd", string(out), brotlied(stream+"\xfe"+u16(len(comment)+2)+comment+tail))
}
