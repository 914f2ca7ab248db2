package main

import "github.com/safelight-dev/safelight/internal/codec"

// upright is what makes a decoded AVIF picture the one to be shown: first the clean aperture, then quarter turns, then a
// mirroring (ISO/IEC 23000-22, 7.3.6.7).
type upright struct {
	x, y, width, height int
	turns               int // against the clock, 0 to 3
	mirrored            bool
	mirror              uint8 // 0 exchanges top and bottom, 1 left and right
}

// upright reads the transformations of a picture of the given size.
func (t *avifTransforms) upright(width, height int) (upright, error) {
	u := upright{width: width, height: height}
	if t.flags&transformClap != 0 {
		okX, okY := false, false
		u.x, u.width, okX = aperture(t.clap[0], t.clap[1], t.clap[4], t.clap[5], width)
		u.y, u.height, okY = aperture(t.clap[2], t.clap[3], t.clap[6], t.clap[7], height)
		if !okX || !okY {
			return u, codec.Faultf(codec.StatusDamaged, "its clean aperture does not lie within its pixels")
		}
	}
	if t.flags&transformIrot != 0 {
		u.turns = int(t.angle & 3)
	}
	if t.flags&transformImir != 0 {
		u.mirrored, u.mirror = true, t.mirror
	}
	return u, nil
}

// aperture returns begin and length of the clean aperture in one direction of full pixels: its centre lies offset from
// the picture's (ISO/IEC 14496-12, 12.1.4). It must fall on whole pixels.
func aperture(lengthN, lengthD, offsetN, offsetD uint32, full int) (begin, length int, ok bool) {
	if lengthD == 0 || offsetD == 0 || lengthN%lengthD != 0 {
		return 0, 0, false
	}
	length = int(lengthN / lengthD)
	twice := 2 * int64(int32(offsetN))
	if int32(offsetD) < 0 || twice%int64(offsetD) != 0 {
		return 0, 0, false
	}
	twice = twice/int64(offsetD) + int64(full) - int64(length)
	begin = int(twice / 2)
	return begin, length, twice%2 == 0 && begin >= 0 && length > 0 && begin+length <= full
}

// identity says that a picture is to be shown as it is.
func (u upright) identity(p codec.Picture) bool {
	return u.width == p.Width && u.height == p.Height && u.turns == 0 && !u.mirrored
}

// size is that of the picture to be shown.
func (u upright) size() (width, height int) {
	if u.turns%2 == 1 {
		return u.height, u.width
	}
	return u.width, u.height
}

// apply puts the pixels of the decoded picture p from src to where they are shown in dst.
func (u upright) apply(dst, src []byte, p codec.Picture) {
	n := p.Channels * p.Depth / 8
	w, h := u.size()
	for y := range h {
		for x := range w {
			i := u.y*p.Width + u.x + u.source(x, y, p.Width)
			copy(dst[:n], src[n*i:n*i+n])
			dst = dst[n:]
		}
	}
}

// source is the offset, in pixels from the aperture's corner, of the pixel that is shown at (x, y).
func (u upright) source(x, y, stride int) int {
	w, h := u.size()
	if u.mirrored && u.mirror == 0 {
		y = h - 1 - y
	} else if u.mirrored {
		x = w - 1 - x
	}
	switch u.turns {
	case 1:
		x, y = u.width-1-y, x
	case 2:
		x, y = u.width-1-x, u.height-1-y
	case 3:
		x, y = y, u.height-1-x
	}
	return y*stride + x
}
