package main

import "github.com/safelight-dev/safelight/pixels"

// alphaOf is the alpha of each pixel in 16 bits, nil where all are opaque. On white and on black a pixel differs by just
// what its alpha lacks.
func alphaOf(m *pixels.Image) []uint16 {
	if !m.HasAlpha {
		return nil
	}
	var white, black pixels.Image
	m.On(&white, [3]uint8{255, 255, 255})
	m.On(&black, [3]uint8{})
	alpha := make([]uint16, m.Width*m.Height)
	for i := range alpha {
		if m.Depth == 16 {
			alpha[i] = 65535 - (white.RGB16[3*i] - black.RGB16[3*i])
		} else {
			alpha[i] = 257 * uint16(255-(white.RGB8[3*i]-black.RGB8[3*i]))
		}
	}
	return alpha
}

// straight16 is an image's colours in 16 bits as they were before they were put on a background: what shows on black,
// divided by the alpha. Eight bits come back exactly, since rounding to 16 bits takes less from them than half a step at
// any alpha but 0, where the colour is lost and shows nowhere.
func straight16(m *pixels.Image, alpha []uint16) []uint16 {
	var black pixels.Image
	m.Wide().On(&black, [3]uint8{})
	for i, a := range alpha {
		if a == 0 {
			continue
		}
		for c, v := range black.RGB16[3*i : 3*i+3] {
			black.RGB16[3*i+c] = uint16(min((uint64(v)*65535+uint64(a)/2)/uint64(a), 65535))
		}
	}
	return black.RGB16
}

// mostTransparent is the share of pixels that are not opaque above which too few are left to judge by.
const mostTransparent = 0.9

// transparency is what a pair of pictures does not show for certain.
type transparency struct {
	mask  []bool  // pixels that are not opaque in both, and do not count; nil if all count
	share float64 // of those that are not opaque
	alpha bool    // the alpha differs
	shown bool    // something else differs there, seen on the background
}

// transparencyOf compares the transparency of two pictures of the same size and depth.
func transparencyOf(ref, cand *pixels.Image) (t transparency) {
	if !ref.HasAlpha && !cand.HasAlpha {
		return t
	}
	a, b := alphaOf(ref), alphaOf(cand)
	at := func(alpha []uint16, i int) uint16 {
		if alpha == nil {
			return 65535
		}
		return alpha[i]
	}
	t.mask = make([]bool, ref.Width*ref.Height)
	hidden := 0
	for i := range t.mask {
		p, q := at(a, i), at(b, i)
		t.alpha = t.alpha || p != q
		if p == 65535 && q == 65535 {
			continue
		}
		t.mask[i] = true
		hidden++
		t.shown = t.shown || !samePixel(ref, cand, i)
	}
	t.share = float64(hidden) / float64(len(t.mask))
	if t.share > mostTransparent {
		t.mask = nil
	}
	return t
}

func samePixel(a, b *pixels.Image, i int) bool {
	if a.Depth == 16 {
		return [3]uint16(a.RGB16[3*i:]) == [3]uint16(b.RGB16[3*i:])
	}
	return [3]uint8(a.RGB8[3*i:]) == [3]uint8(b.RGB8[3*i:])
}
