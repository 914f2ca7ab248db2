package jpegdec

import (
	"bytes"
	"fmt"
)

// Header is what a file says of its picture, before any of it is decoded.
type Header struct {
	// Width and Height in pixels; what Decode returns has them after scaling.
	Width, Height int
	// Channels of the output: 1 grey, 3 R′G′B′, 4 CMYK.
	Channels int
	// Chroma is how the second and third component are sampled, "4:2:0" for example, or the factors of all
	// components, "2x2 2x1 1x1", where no such name exists; "" for grey.
	Chroma string
	// Progressive says that the picture comes in scans of growing precision.
	Progressive bool
	// Inverted says that 255 stands for no ink, as Adobe's programs write CMYK. It is true for every CMYK file with
	// an Adobe marker.
	Inverted bool
}

// transform is how components become output channels.
type transform int

const (
	keep      transform = iota // grey, R′G′B′ and CMYK as they are stored
	yccToRGB                   // Y′CbCr to R′G′B′
	ycckToKey                  // YCCK to CMYK
)

// component is one of the frame's components: what the file says of it, and what follows for its size.
type component struct {
	id   byte
	h, v int // sampling factors, 1 to 4
	tq   int // its quantisation table

	blocksWide, blocksHigh int // blocks that hold picture
	padWide, padHigh       int // blocks of whole MCUs
}

// frame is the frame header with the application markers that say how to read it.
type frame struct {
	width, height int
	progressive   bool
	comps         [4]component
	n             int // components
	maxH, maxV    int
	mcusWide      int
	mcusHigh      int

	seen           bool
	jfif, adobe    bool
	adobeTransform byte
}

// ParseHeader reads a file up to its first scan and allocates nothing for the picture. It refuses what Decode would
// refuse for its kind; errors are *Error.
func ParseHeader(data []byte) (Header, error) {
	var f frame
	w := walker{data: data}
	if err := w.start(); err != nil {
		return Header{}, err
	}
	for {
		marker, err := w.next()
		if err != nil {
			return Header{}, err
		}
		if bare(marker) {
			continue
		}
		if marker == markEOI || marker == markSOI {
			return Header{}, damaged("it has no picture before marker %#02x", marker)
		}
		body, err := w.segment(marker)
		if err != nil {
			return Header{}, err
		}
		if marker == markSOS {
			if !f.seen {
				return Header{}, damaged("its first scan comes before its frame header")
			}
			return f.header(), nil
		}
		if err := f.read(marker, body); err != nil {
			return Header{}, err
		}
	}
}

// read takes what concerns the frame from a marker: the frame header itself and the JFIF and Adobe markers.
func (f *frame) read(marker byte, body []byte) error {
	if reason := refusal(marker); reason != "" {
		return unsupported("%s", reason)
	}
	switch {
	case marker < markSOF0:
		return damaged("it has marker %#02x, which does not exist", marker)
	case isFrame(marker):
		return f.readFrame(marker, body)
	case marker == markAPP0 && len(body) >= 14 && bytes.HasPrefix(body, []byte("JFIF\x00")):
		f.jfif = true
	case marker == markAPP14 && len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")):
		f.adobe, f.adobeTransform = true, body[11]
	}
	return nil
}

// readFrame reads a SOF segment (T.81, B.2.2).
func (f *frame) readFrame(marker byte, body []byte) error {
	if f.seen {
		return damaged("it has two frame headers")
	}
	if len(body) < 6 || len(body) != 6+3*int(body[5]) {
		return damaged("its frame header has the wrong length")
	}
	if body[0] != 8 {
		return unsupported("it has %d bits a sample; only 8 can be decoded", body[0])
	}
	f.height, f.width = int(body[1])<<8|int(body[2]), int(body[3])<<8|int(body[4])
	f.n, f.progressive, f.seen = int(body[5]), marker == markSOF2, true
	switch {
	case f.height == 0:
		return unsupported("its height is left to a later marker (DNL)")
	case f.width == 0 || f.n == 0:
		return damaged("its frame header declares an empty picture")
	case f.n != 1 && f.n != 3 && f.n != 4:
		return unsupported("it has %d components; 1, 3 or 4 can be decoded", f.n)
	}
	for i := range f.n {
		c, b := &f.comps[i], body[6+3*i:]
		c.id, c.h, c.v, c.tq = b[0], int(b[1]>>4), int(b[1]&15), int(b[2])
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return damaged("component %d has the sampling factors %dx%d, which do not exist", c.id, c.h, c.v)
		}
		if c.tq > 3 {
			return damaged("component %d names quantisation table %d, which does not exist", c.id, c.tq)
		}
	}
	return f.layOut()
}

// layOut computes how many blocks and MCUs the picture has (T.81, A.1 and A.2).
func (f *frame) layOut() error {
	if f.n == 1 { // the factors of a lone component mean nothing: its MCU is one block (A.2.2)
		f.comps[0].h, f.comps[0].v = 1, 1
	}
	f.maxH, f.maxV = 1, 1
	for i := range f.n {
		f.maxH, f.maxV = max(f.maxH, f.comps[i].h), max(f.maxV, f.comps[i].v)
	}
	f.mcusWide, f.mcusHigh = ceilDiv(f.width, 8*f.maxH), ceilDiv(f.height, 8*f.maxV)
	for i := range f.n {
		c := &f.comps[i]
		if f.maxH%c.h != 0 || f.maxV%c.v != 0 {
			return unsupported("component %d is sampled %d:%d by %d:%d, which is not a whole ratio", c.id, f.maxH, c.h, f.maxV, c.v)
		}
		c.blocksWide, c.blocksHigh = ceilDiv(f.width*c.h, 8*f.maxH), ceilDiv(f.height*c.v, 8*f.maxV)
		c.padWide, c.padHigh = f.mcusWide*c.h, f.mcusHigh*c.v
	}
	return nil
}

// blocks is how many blocks of picture all components have.
func (f *frame) blocks() int64 {
	n := int64(0)
	for i := range f.n {
		n += int64(f.comps[i].blocksWide) * int64(f.comps[i].blocksHigh)
	}
	return n
}

// transform follows libjpeg's rules of which colours the components are: JFIF is Y′CbCr, Adobe's marker says it, and
// without either the component ids R, G, B tell R′G′B′.
func (f *frame) transform() transform {
	ids := [3]byte{f.comps[0].id, f.comps[1].id, f.comps[2].id}
	switch {
	case f.n == 3 && f.jfif:
		return yccToRGB
	case f.n == 3 && f.adobe && f.adobeTransform == 0:
		return keep
	case f.n == 3 && !f.adobe && ids == [3]byte{'R', 'G', 'B'}:
		return keep
	case f.n == 3:
		return yccToRGB
	case f.n == 4 && f.adobe && f.adobeTransform != 0:
		return ycckToKey
	}
	return keep
}

func (f *frame) header() Header {
	return Header{
		Width: f.width, Height: f.height, Channels: f.n, Chroma: f.chroma(), Progressive: f.progressive,
		Inverted: f.n == 4 && f.adobe,
	}
}

// chroma names the sampling.
func (f *frame) chroma() string {
	if f.n == 1 {
		return ""
	}
	a, b, c := f.comps[0], f.comps[1], f.comps[2]
	last := f.comps[f.n-1] // of four, the fourth is sampled as the first in every file that has such a name
	if b.h == c.h && b.v == c.v && a.h%b.h == 0 && a.v%b.v == 0 && (f.n == 3 || last.h == a.h && last.v == a.v) {
		switch [2]int{a.h / b.h, a.v / b.v} {
		case [2]int{1, 1}:
			return "4:4:4"
		case [2]int{2, 1}:
			return "4:2:2"
		case [2]int{1, 2}:
			return "4:4:0"
		case [2]int{2, 2}:
			return "4:2:0"
		case [2]int{4, 1}:
			return "4:1:1"
		case [2]int{4, 2}:
			return "4:1:0"
		}
	}
	s := fmt.Sprintf("%dx%d", a.h, a.v)
	for _, c := range f.comps[1:f.n] {
		s += fmt.Sprintf(" %dx%d", c.h, c.v)
	}
	return s
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
