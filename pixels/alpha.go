package pixels

// over composites the straight encoded value v with alpha a on the background b, rounded to nearest:
// exactly v where a is 255 and exactly b where it is 0.
func over(v, b, a uint8) uint8 {
	return uint8((uint32(v)*uint32(a) + uint32(b)*uint32(255-a) + 127) / 255)
}

// over16 is over in 16 bits. The sum stays below 2³² by 98,304.
func over16(v, b, a uint16) uint16 {
	return uint16((uint32(v)*uint32(a) + uint32(b)*uint32(65535-a) + 32767) / 65535)
}

// composite puts straight colours on a background.
func composite[T uint8 | uint16](dst, colour, alpha []T, background [3]T, over func(v, b, a T) T) {
	for i, a := range alpha {
		p, q := colour[3*i:3*i+3:3*i+3], dst[3*i:3*i+3:3*i+3]
		if a == ^T(0) {
			q[0], q[1], q[2] = p[0], p[1], p[2]
			continue
		}
		q[0], q[1], q[2] = over(p[0], background[0], a), over(p[1], background[1], a), over(p[2], background[2], a)
	}
}

func opaque[T uint8 | uint16](alpha []T) bool {
	for _, a := range alpha {
		if a != ^T(0) {
			return false
		}
	}
	return true
}

func wideColour(c [3]uint8) [3]uint16 {
	return [3]uint16{257 * uint16(c[0]), 257 * uint16(c[1]), 257 * uint16(c[2])}
}

// On makes dst the image on another background, in dst's own memory, so that what a transparent picture shows can
// be judged on light and on dark. It is a copy of m where that has no alpha. m and dst must differ.
func (m *Image) On(dst *Image, background [3]uint8) {
	kept8, kept16 := dst.plane8, dst.plane16
	*dst = *m
	dst.plane8, dst.plane16 = kept8, kept16
	if m.Depth == 16 {
		dst.plane16.shown = sized(kept16.shown, len(m.RGB16))
		dst.RGB16 = dst.plane16.shown
		if !m.HasAlpha {
			copy(dst.RGB16, m.RGB16)
			return
		}
		composite(dst.RGB16, m.plane16.colour, m.plane16.alpha, wideColour(background), over16)
		return
	}
	dst.plane8.shown = sized(kept8.shown, len(m.RGB8))
	dst.RGB8 = dst.plane8.shown
	if !m.HasAlpha {
		copy(dst.RGB8, m.RGB8)
		return
	}
	composite(dst.RGB8, m.plane8.colour, m.plane8.alpha, background, over)
}
