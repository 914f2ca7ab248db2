package pngdec

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// DefaultMaxPixels is the limit where Options leaves it zero.
const DefaultMaxPixels = 100_000_000

// Colour types of IHDR (11.2.1).
const (
	typeGrey      = 0
	typeRGB       = 2
	typePalette   = 3
	typeGreyAlpha = 4
	typeRGBA      = 6
)

// Header is what a file says about its picture before the image data.
type Header struct {
	// Width and Height are in pixels, at least 1.
	Width, Height int
	// BitDepth is the number of bits of a sample, or of a palette index, in the file: 1, 2, 4, 8 or 16.
	BitDepth int
	// ColourType is IHDR's: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.
	ColourType int
	// Channels is the number of values of a decoded pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. A palette becomes
	// colours, a transparent colour becomes alpha.
	Channels int
	// Depth is the number of bits of a decoded value: 16 if the file has 16, else 8.
	Depth int
	// Interlaced says that the rows come in the seven passes of Adam7.
	Interlaced bool
	// Frames is 1, or the number of frames of an animation, of which only the default image is decoded.
	Frames int
	// TransparencyIgnored says that a tRNS chunk stands in the wrong place or has a wrong length, so that it has no
	// effect on the pixels, as in libpng.
	TransparencyIgnored bool
}

// values is the number of values of the decoded picture. [Header.admit] has made sure that it fits an int.
func (h *Header) values() int { return h.Width * h.Height * h.Channels }

// samples is the number of samples of a pixel in the file.
func (h *Header) samples() int {
	return [...]int{typeGrey: 1, typeRGB: 3, typePalette: 1, typeGreyAlpha: 2, typeRGBA: 4}[h.ColourType]
}

// bytesPerPixel is the distance of a byte to the one that filters call left of it (9.2).
func (h *Header) bytesPerPixel() int { return max(1, h.samples()*h.BitDepth/8) }

// rowBytes is the length of a filtered row of so many pixels, without its filter type.
func (h *Header) rowBytes(width int) int {
	n := int64(width) * int64(h.samples()*h.BitDepth)
	return int((n + 7) / 8)
}

// rawBytes is the length of the inflated image data: all rows of all passes, each with its filter type.
func (h *Header) rawBytes() int64 {
	var n int64
	for _, p := range h.passes() {
		if w, rows := p.size(h); w > 0 {
			n += int64(rows) * (1 + int64(h.rowBytes(w)))
		}
	}
	return n
}

// readIHDR reads the header's 13 bytes (11.2.1).
func (h *Header) readIHDR(body []byte) error {
	if len(body) != 13 {
		return refuse(ErrDamaged, "its IHDR chunk has %d bytes, not 13", len(body))
	}
	w, ht := binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
	if w == 0 || ht == 0 || w > math.MaxInt32 || ht > math.MaxInt32 {
		return refuse(ErrDamaged, "it declares %d×%d pixels, and each side must be from 1 to 2³¹-1", w, ht)
	}
	*h = Header{Width: int(w), Height: int(ht), BitDepth: int(body[8]), ColourType: int(body[9]), Depth: 8, Frames: 1}
	if !validType(body[9], body[8]) {
		return refuse(ErrDamaged, "colour type %d with %d bits a sample does not exist", body[9], body[8])
	}
	if body[10] != 0 || body[11] != 0 || body[12] > 1 {
		return refuse(ErrUnsupported, "it uses compression %d, filter method %d, interlace method %d: only 0, 0, and 0 or 1 are known",
			body[10], body[11], body[12])
	}
	if h.BitDepth == 16 {
		h.Depth = 16
	}
	h.Channels = h.samples()
	if h.ColourType == typePalette {
		h.Channels = 3
	}
	h.Interlaced = body[12] == 1
	return nil
}

// validType knows the combinations of table 11.1.
func validType(colourType, depth uint8) bool {
	switch colourType {
	case typeGrey:
		return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16
	case typePalette:
		return depth == 1 || depth == 2 || depth == 4 || depth == 8
	case typeRGB, typeGreyAlpha, typeRGBA:
		return depth == 8 || depth == 16
	}
	return false
}

// admit refuses what is over the limit, and what so many bytes of image data cannot stand for: deflate expands 1032 to
// 1 at best (258 bytes by two bits).
func (h *Header) admit(maxPixels int64, size int) error {
	if maxPixels <= 0 {
		maxPixels = DefaultMaxPixels
	}
	if int64(h.Height) > maxPixels/int64(h.Width) {
		return refuse(ErrTooLarge, "it declares %d×%d pixels, over the limit of %d", h.Width, h.Height, maxPixels)
	}
	// 16 bytes a pixel stand for the rows before and after expansion together, in the worst case.
	if over, n := bits.Mul64(uint64(h.Width)*uint64(h.Height), 16); over != 0 || n > math.MaxInt {
		return refuse(ErrTooLarge, "it declares %d×%d pixels, more than this machine can address", h.Width, h.Height)
	}
	if h.rawBytes() > 1032*int64(size) {
		return refuse(ErrDamaged, "%d bytes of image data cannot hold the %d×%d pixels that it declares", size, h.Width, h.Height)
	}
	return nil
}
