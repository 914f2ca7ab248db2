package pixels

import (
	"bytes"
	"encoding/binary"
	"math"
)

// shapeISO reads the properties of the items of an AVIF or HEIC file (ISO/IEC 23008-12, 6.5, and 14496-12, 8.11): the
// largest of the sizes, whether any has more than 8 bits, and whether there are auxiliary pictures, such as alpha.
// It is an upper bound: decodeNative refuses a picture beyond it.
func shapeISO(data []byte, o Options) (shape, error) {
	var s shape
	var most int64
	known := false
	visitBoxes(inBox(inBox(inBox(data, "meta", 4), "iprp", 0), "ipco", 0), func(kind string, body []byte) {
		switch {
		case kind == "ispe" && len(body) >= 12:
			w, h := int64(binary.BigEndian.Uint32(body[4:])), int64(binary.BigEndian.Uint32(body[8:]))
			if w <= math.MaxInt32 && h <= math.MaxInt32 && w*h > most {
				s.width, s.height, most = int(w), int(h), w*h
			}
		case kind == "av1C" && len(body) >= 3:
			s.wide, known = s.wide || body[2]&0x40 != 0, true // high_bitdepth
		case kind == "hvcC" && len(body) >= 19:
			s.wide, known = s.wide || body[17]&7 != 0 || body[18]&7 != 0, true // bits of luma and chroma, less 8
		case kind == "pixi" && len(body) >= 5:
			for _, bits := range body[5:min(5+int(body[4]), len(body))] {
				s.wide = s.wide || bits > 8
			}
		case kind == "auxC":
			s.alpha = true
		}
	})
	if most == 0 || !known {
		return unknownShape(o), nil
	}
	s.native()
	return s, nil
}

// unknownShape is the most that may come.
func unknownShape(o Options) shape {
	s := shape{width: int(o.MaxPixels), height: 1, wide: true, alpha: true}
	s.native()
	return s
}

// inBox returns what stands in the first box of a kind, behind some bytes.
func inBox(data []byte, kind string, skip int) (inside []byte) {
	visitBoxes(data, func(k string, body []byte) {
		if k == kind && inside == nil && len(body) >= skip {
			inside = body[skip:]
		}
	})
	return inside
}

// visitBoxes walks over boxes (ISO/IEC 14496-12, 4.2) up to the first that does not fit.
func visitBoxes(data []byte, visit func(kind string, body []byte)) {
	for len(data) >= 8 {
		size, head := uint64(binary.BigEndian.Uint32(data)), uint64(8)
		switch {
		case size == 0: // to the end
			size = uint64(len(data))
		case size == 1 && len(data) >= 16:
			size, head = binary.BigEndian.Uint64(data[8:]), 16
		}
		if size < head || size > uint64(len(data)) {
			return
		}
		visit(string(data[4:8]), data[head:size])
		data = data[size:]
	}
}

// shapeJXL reads the size header of JPEG XL (ISO/IEC 18181-1, annex D): at most 16 bits a channel and alpha, but 8 bits
// without where all that follows has its default.
func shapeJXL(data []byte, o Options) (shape, error) {
	if !bytes.HasPrefix(data, []byte("\xff\x0a")) {
		code := inBox(data, "jxlc", 0)
		if code == nil {
			code = inBox(data, "jxlp", 4)
		}
		data = code
	}
	if !bytes.HasPrefix(data, []byte("\xff\x0a")) {
		return unknownShape(o), nil
	}
	b := bits{data: data[2:]}
	w, h := b.size()
	plain := b.take(1) == 1
	if b.over || w > math.MaxInt32 || h > math.MaxInt32 {
		return unknownShape(o), nil
	}
	s := shape{width: int(w), height: int(h), wide: !plain, alpha: !plain}
	s.native()
	return s, nil
}

// bits are read from the lowest of each byte on.
type bits struct {
	data []byte
	at   int
	over bool // more were asked for than there are
}

func (b *bits) take(n int) (v int64) {
	for i := range n {
		if b.at/8 >= len(b.data) {
			b.over = true
			return 0
		}
		v |= int64(b.data[b.at/8]>>(b.at%8)&1) << i
		b.at++
	}
	return v
}

// size reads a SizeHeader (D.2).
func (b *bits) size() (w, h int64) {
	small := b.take(1) == 1
	side := func() int64 {
		if small {
			return 8 * (1 + b.take(5))
		}
		return 1 + b.take([...]int{9, 13, 18, 30}[b.take(2)])
	}
	h = side()
	ratios := [...][2]int64{{1, 1}, {12, 10}, {4, 3}, {3, 2}, {16, 9}, {5, 4}, {2, 1}}
	if r := b.take(3); r > 0 {
		return h * ratios[r-1][0] / ratios[r-1][1], h
	}
	return side(), h
}
