package jpegdec

// Markers (ITU-T T.81, table B.1).
const (
	markTEM   = 0x01
	markSOF0  = 0xc0
	markSOF2  = 0xc2
	markDHT   = 0xc4
	markJPG   = 0xc8
	markDAC   = 0xcc
	markSOF15 = 0xcf
	markRST0  = 0xd0
	markRST7  = 0xd7
	markSOI   = 0xd8
	markEOI   = 0xd9
	markSOS   = 0xda
	markDQT   = 0xdb
	markDRI   = 0xdd
	markDHP   = 0xde
	markEXP   = 0xdf
	markAPP0  = 0xe0
	markAPP14 = 0xee
	markJPG0  = 0xf0
	markLS    = 0xf7 // the frame header of JPEG-LS (T.87)
	markJPG13 = 0xfd
)

// walker goes from marker to marker.
type walker struct {
	data []byte
	pos  int
}

// next finds the next marker. Bytes before it that are none are passed over, as libjpeg does with a warning.
func (w *walker) next() (byte, error) {
	for w.pos+1 < len(w.data) {
		if w.data[w.pos] != 0xff {
			w.pos++
			continue
		}
		for w.pos+1 < len(w.data) && w.data[w.pos+1] == 0xff { // fill bytes (T.81, B.1.1.2)
			w.pos++
		}
		if w.pos+1 < len(w.data) && w.data[w.pos+1] != 0 {
			w.pos += 2
			return w.data[w.pos-1], nil
		}
		w.pos++
	}
	w.pos = len(w.data)
	return 0, truncated("it ends without its end marker")
}

// segment returns the bytes behind the length field of a marker that has one, and goes past them.
func (w *walker) segment(marker byte) ([]byte, error) {
	if len(w.data)-w.pos < 2 {
		return nil, truncated("it ends within marker %#02x", marker)
	}
	n := int(w.data[w.pos])<<8 | int(w.data[w.pos+1])
	if n < 2 {
		return nil, damaged("marker %#02x has the impossible length %d", marker, n)
	}
	if len(w.data)-w.pos < n {
		return nil, truncated("it ends within marker %#02x", marker)
	}
	body := w.data[w.pos+2 : w.pos+n]
	w.pos += n
	return body, nil
}

// start goes past the SOI marker, which has to be the first two bytes.
func (w *walker) start() error {
	if len(w.data) < 2 || w.data[0] != 0xff || w.data[1] != markSOI {
		return damaged("it does not begin as a JPEG does")
	}
	w.pos = 2
	return nil
}

// bare says whether a marker stands alone, without a length behind it.
func bare(marker byte) bool { return marker == markTEM || marker >= markRST0 && marker <= markRST7 }

// isFrame says whether a marker begins a frame, of whatever coding.
func isFrame(marker byte) bool {
	return marker >= markSOF0 && marker <= markSOF15 && marker != markDHT && marker != markJPG && marker != markDAC
}

// refusal says why a file with this marker is not decoded, or is "".
func refusal(marker byte) string {
	switch marker {
	case 0xc3:
		return "it uses lossless coding"
	case 0xc5, 0xc6, 0xc7, markDHP, markEXP:
		return "it uses hierarchical coding"
	case 0xc9, 0xca:
		return "it uses arithmetic coding"
	case 0xcb:
		return "it uses lossless arithmetic coding"
	case 0xcd, 0xce, 0xcf:
		return "it uses hierarchical arithmetic coding"
	case markLS:
		return "it is JPEG-LS"
	}
	if marker == markJPG || marker >= markJPG0 && marker <= markJPG13 {
		return "it uses an extension of JPEG"
	}
	return ""
}
