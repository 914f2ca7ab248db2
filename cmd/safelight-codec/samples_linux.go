package main

import (
	"unsafe"

	"github.com/safelight-dev/safelight/internal/codec"
)

// colour sets the profile of a picture. Where there is an ICC profile it governs, and code points that beside it say how
// Y′CbCr was made of R′G′B′ are not handed on; unspecified ones (2) state nothing.
func colour(p *codec.Picture, icc []byte, primaries, transfer, matrix uint8) {
	p.ICC = icc
	if icc == nil && (primaries != 2 || transfer != 2) {
		p.CICP = [3]uint8{primaries, transfer, matrix}
	}
}

// samples16 sees bytes of the shared memory, which is aligned to pages, as 16-bit samples.
func samples16(b []byte) []uint16 {
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/2)
}

// widen scales samples of bits bits to 16, rounded to the nearest: 0 stays 0 and the largest becomes 65535.
func widen(s []uint16, bits int) {
	if bits <= 0 || bits >= 16 {
		return
	}
	largest := uint32(1)<<bits - 1
	table := make([]uint16, largest+1)
	for v := range table {
		table[v] = uint16((uint32(v)*65535 + largest/2) / largest)
	}
	for i, v := range s {
		s[i] = table[min(uint32(v), largest)]
	}
}

// straighten divides colours by alpha: what is stored premultiplied is handed on straight.
func straighten(out []byte, p codec.Picture) {
	if p.Depth == 16 {
		divideByAlpha(samples16(out[:p.Size()]), p.Channels, 65535)
	} else {
		divideByAlpha(out[:p.Size()], p.Channels, 255)
	}
}

func divideByAlpha[T uint8 | uint16](s []T, channels int, largest uint32) {
	for ; len(s) >= channels; s = s[channels:] {
		alpha := uint32(s[channels-1])
		if alpha == 0 || alpha == largest {
			continue
		}
		for c, v := range s[:channels-1] {
			s[c] = T(min((uint32(v)*largest+alpha/2)/alpha, largest))
		}
	}
}
