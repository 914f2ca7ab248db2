package container

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"unicode/utf8"
)

// once writes the new data of a part where its first element stood.
func (s *stripper) once(part int, write func(p Part, data []byte)) {
	if !s.written[part] {
		s.written[part] = true
		write(s.file.Parts[part], s.new[part])
	}
}

// unwritable fails for a part that has no place to write others in.
func (s *stripper) unwritable(p Part) { s.fail("%s, %s, cannot be replaced", p.Kind, p.Name) }

// newSegments writes a part of a JPEG file, in as many segments as it needs.
func (s *stripper) newSegments(p Part, data []byte) {
	const room = 65533
	switch p.Kind {
	case Exif:
		for piece := range slices.Chunk(data, room-6) {
			s.putSegment(markerAPP0+1, "Exif\x00\x00", piece)
		}
	case XMP:
		if len(data) > room-len(headXMP) {
			s.fail("a packet of %d bytes has no room in a segment", len(data))
			return
		}
		s.putSegment(markerAPP0+1, headXMP, data)
	case XMPExtended:
		guid, at := p.Name[len(p.Name)-32:], 0
		for piece := range slices.Chunk(data, room-len(headExtension)-40) {
			s.putSegment(markerAPP0+1, headExtension+guid+string(number(number(nil, uint64(len(data)), 4), uint64(at), 4)), piece)
			at += len(piece)
		}
	case ICC:
		pieces := slices.Collect(slices.Chunk(data, room-len(headICC)-2))
		for i, piece := range pieces {
			s.putSegment(markerAPP0+2, headICC+string([]byte{byte(i + 1), byte(len(pieces))}), piece)
		}
	case Comment:
		if len(data) > room {
			s.fail("a comment of %d bytes has no room in a segment", len(data))
			return
		}
		s.putSegment(markerCOM, "", data)
	default:
		s.unwritable(p)
	}
}

func (s *stripper) putSegment(marker byte, head string, data []byte) {
	s.out = append(s.out, 0xff, marker)
	s.out = binary.BigEndian.AppendUint16(s.out, uint16(2+len(head)+len(data)))
	s.out = append(append(s.out, head...), data...)
}

// newChunk writes a part of a PNG file.
func (s *stripper) newChunk(p Part, data []byte) {
	switch p.Kind {
	case Exif:
		s.putChunk("eXIf", "", data)
	case XMP:
		s.putChunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00", data)
	case ICC:
		s.putChunk("iCCP", "ICC profile\x00\x00", zlibbed(data))
	case IIM:
		s.putChunk("zTXt", "Raw profile type iptc\x00\x00", zlibbed(hexLines("iptc", data)))
	case Text:
		if strings.HasSuffix(p.Name, " name") && p.Keyword() == "name" && p.Name[1:4] != "TXt" {
			s.unwritable(p)
			return
		}
		if strings.HasPrefix(p.Name, "iTXt") || utf8.Valid(data) && !ascii(data) {
			s.putChunk("iTXt", p.Keyword()+"\x00\x00\x00\x00\x00", data)
		} else {
			s.putChunk("tEXt", p.Keyword()+"\x00", data)
		}
	default:
		s.unwritable(p)
	}
}

func ascii(data []byte) bool {
	return !bytes.ContainsFunc(data, func(c rune) bool { return c >= utf8.RuneSelf })
}

func (s *stripper) putChunk(kind, head string, data []byte) {
	body := slices.Concat([]byte(kind+head), data)
	s.out = binary.BigEndian.AppendUint32(s.out, uint32(len(body)-4))
	s.out = append(s.out, body...)
	s.out = binary.BigEndian.AppendUint32(s.out, crc32.ChecksumIEEE(body))
}

// hexLines writes a profile as ImageMagick does: its type, its length, and hexadecimal digits, 72 in a line.
func hexLines(kind string, data []byte) []byte {
	out := fmt.Appendf(nil, "\n%s\n%8d\n", kind, len(data))
	for line := range slices.Chunk(data, 36) {
		out = fmt.Appendf(out, "%x\n", line)
	}
	return out
}

func zlibbed(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(data) // into memory: it cannot fail
	z.Close()
	return b.Bytes()
}

// newRIFF writes a part of a WebP file.
func (s *stripper) newRIFF(p Part, data []byte) {
	kind, ok := map[Kind]string{Exif: "EXIF", XMP: "XMP ", ICC: "ICCP"}[p.Kind]
	if !ok {
		s.unwritable(p)
		return
	}
	s.out = append(s.out, kind...)
	s.out = binary.LittleEndian.AppendUint32(s.out, uint32(len(data)))
	s.out = append(append(s.out, data...), make([]byte, len(data)%2)...)
}

// newBlocks writes a part of a GIF file.
func (s *stripper) newBlocks(p Part, data []byte) {
	switch p.Kind {
	case XMP:
		s.out = append(append(s.out, "\x21\xff\x0bXMP DataXMP"...), data...)
		s.out = append(s.out, 1)
		for i := 255; i >= 0; i-- {
			s.out = append(s.out, byte(i))
		}
		s.out = append(s.out, 0)
	case ICC:
		s.putBlocks("\x21\xff\x0bICCRGBG1012", data)
	case IIM:
		s.putBlocks("\x21\xff\x0bMGKIPTC0000", data)
	case Comment:
		s.putBlocks("\x21\xfe", data)
	default:
		s.unwritable(p)
	}
}

func (s *stripper) putBlocks(head string, data []byte) {
	s.out = append(s.out, head...)
	for piece := range slices.Chunk(data, 255) {
		s.out = append(append(s.out, byte(len(piece))), piece...)
	}
	s.out = append(s.out, 0)
}

// newBox writes a part of a JPEG XL file.
func (s *stripper) newBox(p Part, data []byte) {
	switch p.Kind {
	case Exif:
		s.out = append(s.out, made("Exif", slices.Concat(make([]byte, 4), data))...)
	case XMP:
		s.out = append(s.out, made("xml ", data)...)
	default:
		s.unwritable(p)
	}
}

// newItem writes the data of an item of AVIF or HEIC over the old ones, with padding.
func (s *stripper) newItem(p Part, data []byte) {
	raw := slices.Concat(mapped(p.Spans, s.cut)...)
	pad := byte(' ')
	if p.Kind == Exif {
		head := bytes.Index(raw, p.Data)
		if head < 0 {
			s.unwritable(p)
			return
		}
		data, pad = slices.Concat(raw[:head], data), 0
	}
	if len(data) > len(raw) || p.Kind != Exif && !bytes.Equal(raw, p.Data) {
		s.fail("%s, %s, has no room for %d bytes", p.Kind, p.Name, len(data))
		return
	}
	data = append(bytes.Clone(data), bytes.Repeat([]byte{pad}, len(raw)-len(data))...)
	for _, span := range p.Spans {
		data = data[copy(s.out[span.Offset:span.End()], data):]
	}
}
