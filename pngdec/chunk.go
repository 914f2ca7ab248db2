package pngdec

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"strings"
)

const signature = "\x89PNG\r\n\x1a\n"

// kind is a chunk's type (5.4), its four letters from the highest byte on.
type kind uint32

// Kinds that bear on the picture: the critical ones, those of transparency, animation, colour, orientation, and Apple's.
const (
	kindIHDR kind = 'I'<<24 | 'H'<<16 | 'D'<<8 | 'R'
	kindPLTE kind = 'P'<<24 | 'L'<<16 | 'T'<<8 | 'E'
	kindIDAT kind = 'I'<<24 | 'D'<<16 | 'A'<<8 | 'T'
	kindIEND kind = 'I'<<24 | 'E'<<16 | 'N'<<8 | 'D'
	kindTRNS kind = 't'<<24 | 'R'<<16 | 'N'<<8 | 'S'
	kindACTL kind = 'a'<<24 | 'c'<<16 | 'T'<<8 | 'L'
	kindCHRM kind = 'c'<<24 | 'H'<<16 | 'R'<<8 | 'M'
	kindGAMA kind = 'g'<<24 | 'A'<<16 | 'M'<<8 | 'A'
	kindICCP kind = 'i'<<24 | 'C'<<16 | 'C'<<8 | 'P'
	kindSRGB kind = 's'<<24 | 'R'<<16 | 'G'<<8 | 'B'
	kindCICP kind = 'c'<<24 | 'I'<<16 | 'C'<<8 | 'P'
	kindEXIF kind = 'e'<<24 | 'X'<<16 | 'I'<<8 | 'f'
	kindCGBI kind = 'C'<<24 | 'g'<<16 | 'B'<<8 | 'I'
)

func (k kind) String() string {
	return string([]byte{byte(k >> 24), byte(k >> 16), byte(k >> 8), byte(k)})
}

// critical tells chunks that must be understood from ancillary ones, by the case of the first letter.
func (k kind) critical() bool { return k>>29&1 == 0 }

// letters says that the four bytes are letters, as they must be.
func (k kind) letters() bool {
	for _, b := range [4]byte{byte(k >> 24), byte(k >> 16), byte(k >> 8), byte(k)} {
		if b |= 0x20; b < 'a' || b > 'z' {
			return false
		}
	}
	return true
}

// checked says that the chunk's CRC must match: it bears on what is seen. A text with a wrong CRC is left alone.
func (k kind) checked() bool {
	switch k {
	case kindTRNS, kindACTL, kindCHRM, kindGAMA, kindICCP, kindSRGB, kindCICP, kindEXIF:
		return true
	}
	return k.critical()
}

// chunks walks over a file.
type chunks struct {
	data []byte
	at   int // where the current chunk begins
	next int // where the one behind it begins
}

// read goes to the next chunk. The CRC is not checked yet.
func (c *chunks) read() (kind, []byte, error) {
	c.at = c.next
	if len(c.data)-c.at < 12 {
		return 0, nil, refuse(ErrTruncated, "the file ends at byte %d, before its IEND chunk does", len(c.data))
	}
	n := binary.BigEndian.Uint32(c.data[c.at:])
	k := kind(binary.BigEndian.Uint32(c.data[c.at+4:]))
	if !k.letters() || n > math.MaxInt32 {
		return 0, nil, refuse(ErrDamaged, "at byte %d stands no chunk: type %q, length %d", c.at, k.String(), n)
	}
	if int64(n) > int64(len(c.data)-c.at-12) {
		return 0, nil, refuse(ErrTruncated, "the file ends at byte %d, within its %v chunk of %d bytes", len(c.data), k, n)
	}
	body := c.data[c.at+8 : c.at+8+int(n)]
	c.next = c.at + 12 + int(n)
	return k, body, nil
}

// check compares the CRC-32 of the current chunk, which covers its type too (5.5).
func (c *chunks) check(k kind) error {
	end := c.next - 4
	if k.checked() && crc32.ChecksumIEEE(c.data[c.at+4:end]) != binary.BigEndian.Uint32(c.data[end:]) {
		return refuse(ErrDamaged, "the CRC of its %v chunk at byte %d does not match", k, c.at)
	}
	return nil
}

// file is what the chunks before the image data say.
type file struct {
	Header
	palette []byte // PLTE, 3 bytes an entry
	trns    []byte // tRNS, where it has effect
}

// ParseHeader reads what stands before the image data, and allocates nothing unless it fails. It checks signature,
// IHDR, and the order and lengths of the chunks up to the first IDAT; CRCs are checked by [Decoder.Decode]. Where the
// chunks behind IHDR fail, the header is returned with the error as far as it was read.
func ParseHeader(data []byte) (Header, error) {
	var f file
	c, err := f.begin(data)
	if err == nil {
		err = f.preamble(&c, func(kind) error { return nil })
	}
	return f.Header, err
}

// begin checks the signature (5.2) and reads IHDR.
func (f *file) begin(data []byte) (chunks, error) {
	c := chunks{data: data, next: len(signature)}
	if len(data) < len(signature) && strings.HasPrefix(signature, string(data)) {
		return c, refuse(ErrTruncated, "the file ends at byte %d, within its signature", len(data))
	}
	if len(data) < len(signature) || string(data[:len(signature)]) != signature {
		return c, refuse(ErrDamaged, "the file does not begin with PNG's signature")
	}
	k, body, err := c.read()
	switch {
	case err != nil:
		return c, err
	case k == kindCGBI:
		return c, refuse(ErrUnsupported, "it is in Apple's variant for iPhones (CgBI), which is no PNG; convert it with pngcrush -revert-iphone-optimizations")
	case k != kindIHDR:
		return c, refuse(ErrDamaged, "its first chunk is %v, not IHDR", k)
	}
	if err := c.check(k); err != nil {
		return c, err
	}
	return c, f.readIHDR(body)
}

// preamble reads the chunks up to the first IDAT, which it leaves unread. Each is given to check.
func (f *file) preamble(c *chunks, check func(kind) error) error {
	for {
		before := *c
		k, body, err := c.read()
		if err != nil {
			return err
		}
		if k == kindIDAT {
			*c = before
			if f.ColourType == typePalette && f.palette == nil {
				return refuse(ErrDamaged, "it has palette indices and no PLTE chunk before them")
			}
			return nil
		}
		if err := check(k); err != nil {
			return err
		}
		if err := f.take(k, body); err != nil {
			return err
		}
	}
}

// take reads a chunk that stands before the image data.
func (f *file) take(k kind, body []byte) error {
	switch k {
	case kindPLTE:
		return f.takePalette(body)
	case kindTRNS:
		f.takeTransparency(body)
	case kindACTL:
		if len(body) == 8 {
			f.Frames = int(min(max(binary.BigEndian.Uint32(body), 1), math.MaxInt32))
		}
	case kindIHDR:
		return refuse(ErrDamaged, "it has a second IHDR chunk")
	case kindIEND:
		return refuse(ErrDamaged, "it has no image data: IEND comes before any IDAT chunk")
	default:
		return unknown(k)
	}
	return nil
}

// unknown refuses critical chunks that no edition knows, as 13.1 demands.
func unknown(k kind) error {
	if k.critical() {
		return refuse(ErrUnsupported, "it needs the critical chunk %v, which is unknown", k)
	}
	return nil
}

// takePalette reads PLTE (11.2.2). Where it is only a suggestion, its length has no effect.
func (f *file) takePalette(body []byte) error {
	if f.palette != nil {
		return refuse(ErrDamaged, "it has a second PLTE chunk")
	}
	f.palette = body
	if f.ColourType != typePalette {
		return nil
	}
	if n := len(body); n == 0 || n%3 != 0 || n > 3*256 {
		return refuse(ErrDamaged, "its palette has %d bytes, not 3 for each of 1 to 256 colours", n)
	}
	f.palette = body[:min(len(body), 3<<f.BitDepth)]
	return nil
}

// takeTransparency reads tRNS (11.3.1.1).
func (f *file) takeTransparency(body []byte) {
	var fits bool
	switch f.ColourType {
	case typeGrey:
		fits = len(body) == 2
	case typeRGB:
		fits = len(body) == 6
	case typePalette:
		fits = len(body) > 0 && len(body) <= len(f.palette)/3
	}
	if !fits || f.trns != nil {
		f.TransparencyIgnored = true
		return
	}
	f.trns = body
	f.Channels++
}

// imageData walks over the IDAT chunks, from the current place of c, and what follows to IEND. Each part that has
// content is given to add.
func (f *file) imageData(c *chunks, add func(body []byte)) error {
	behind := false
	for {
		k, body, err := c.read()
		if err != nil {
			return err
		}
		if err := c.check(k); err != nil {
			return err
		}
		switch {
		case k == kindIEND:
			return nil
		case k == kindIDAT && behind:
			return refuse(ErrDamaged, "its IDAT chunks do not follow each other: one at byte %d stands behind another chunk", c.at)
		case k == kindIDAT && len(body) > 0:
			add(body)
		case k == kindIHDR, k == kindPLTE && f.palette != nil:
			return refuse(ErrDamaged, "it has a second %v chunk", k)
		case k != kindIDAT && k != kindPLTE:
			err = unknown(k)
		}
		if err != nil {
			return err
		}
		behind = behind || k != kindIDAT
	}
}
