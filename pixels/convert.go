package pixels

import (
	"image"
	"image/color"
)

// rows8 returns the conversion of an 8-bit picture, or nil for any other type. Where the canvas is
// larger than the picture, the background shows.
func rows8(src image.Image, canvas image.Rectangle, bg [3]uint8) rowFunc[uint8] {
	switch m := src.(type) {
	case *image.YCbCr:
		return ycbcrRow(m)
	case *studioYCbCr:
		return studioRow(m, bg)
	case *image.RGBA:
		return rgbaRow(m, bg)
	case *image.NRGBA:
		return nrgbaRow(m, bg)
	case *image.Paletted:
		row := palettedRow(m, bg)
		if m.Rect != canvas {
			row = framed(row, m.Rect, canvas, bg)
		}
		return row
	case *image.Gray:
		return grayRow(m)
	case *image.CMYK:
		return cmykRow(m)
	}
	return nil
}

// rows16 returns the conversion of a 16-bit picture, or nil for any other type.
func rows16(src image.Image, bg [3]uint8) rowFunc[uint16] {
	wide := [3]uint16{257 * uint16(bg[0]), 257 * uint16(bg[1]), 257 * uint16(bg[2])}
	switch m := src.(type) {
	case *image.Gray16:
		return gray16Row(m)
	case *image.RGBA64:
		return rgba64Row(m, wide)
	case *image.NRGBA64:
		return nrgba64Row(m, wide)
	}
	return nil
}

// over composites the straight encoded value v with alpha a on the background b, rounded to nearest:
// exactly v where a is 255 and exactly b where it is 0.
func over(v, b, a uint8) uint8 {
	return uint8((uint32(v)*uint32(a) + uint32(b)*uint32(255-a) + 127) / 255)
}

// over16 is over in 16 bits. The sum stays below 2³² by 98,304.
func over16(v, b, a uint16) uint16 {
	return uint16((uint32(v)*uint32(a) + uint32(b)*uint32(65535-a) + 32767) / 65535)
}

// ycbcrRow converts as color.YCbCrToRGB does, to the bit. The decoders place their pictures at the origin, so that
// groups of pixels that share a chroma sample begin at column 0.
func ycbcrRow(m *image.YCbCr) rowFunc[uint8] {
	w, x0 := m.Rect.Dx(), m.Rect.Min.X
	shift := chromaShift(m.SubsampleRatio)
	return func(dst []uint8, y int) bool {
		luma := m.Y[m.YOffset(x0, y):][:w]
		at := m.COffset(x0, y)
		n := (w-1)>>shift + 1
		cb, cr := m.Cb[at:][:n], m.Cr[at:][:n]
		done := 0
		if shift == 1 {
			done = w &^ 1
			ycbcrPairs(dst[:3*done], luma, cb, cr)
		}
		for x := done; x < w; x++ {
			r, g, b := chroma(cb[x>>shift], cr[x>>shift])
			yy := int32(luma[x]) * 0x10101
			p := dst[3*x : 3*x+3 : 3*x+3]
			p[0], p[1], p[2] = clamp(yy+r), clamp(yy+g), clamp(yy+b)
		}
		return true
	}
}

// ycbcrPairs converts pixels of which each two share their chroma, the most common layout of JPEG.
func ycbcrPairs(dst, luma, cb, cr []uint8) {
	n := len(dst) / 6
	cb, cr = cb[:n], cr[:n]
	for i := range cb {
		r, g, b := chroma(cb[i], cr[i])
		l, p := luma[2*i:2*i+2:2*i+2], dst[6*i:6*i+6:6*i+6]
		yy := int32(l[0]) * 0x10101
		p[0], p[1], p[2] = clamp(yy+r), clamp(yy+g), clamp(yy+b)
		yy = int32(l[1]) * 0x10101
		p[3], p[4], p[5] = clamp(yy+r), clamp(yy+g), clamp(yy+b)
	}
}

// chroma returns what the chroma samples add to each channel, × 2¹⁶.
func chroma(cb, cr uint8) (r, g, b int32) {
	u, v := int32(cb)-128, int32(cr)-128
	return 91881 * v, -22554*u - 46802*v, 116130 * u
}

// clamp returns v >> 16 limited to 0..255.
func clamp(v int32) uint8 {
	if uint32(v)&0xff000000 == 0 {
		return uint8(v >> 16)
	}
	return uint8(^(v >> 31))
}

// chromaShift is the base-2 logarithm of the pixels that share a chroma sample in a row.
func chromaShift(r image.YCbCrSubsampleRatio) int {
	switch r {
	case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
		return 1
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		return 2
	}
	return 0
}

// rgbaRow reads premultiplied alpha, which of the decoders only TIFF yields for files stored that way;
// the others use this type for opaque pictures.
func rgbaRow(m *image.RGBA, bg [3]uint8) rowFunc[uint8] {
	w := m.Rect.Dx()
	return func(dst []uint8, y int) bool {
		src := m.Pix[m.PixOffset(m.Rect.Min.X, y):][:4*w]
		opaque := true
		for len(src) >= 4 && len(dst) >= 3 {
			a := src[3]
			if a == 255 {
				dst[0], dst[1], dst[2] = src[0], src[1], src[2]
			} else {
				opaque = false
				for c := range 3 {
					// Values above alpha are invalid; they must not wrap around.
					dst[c] = uint8(min(uint32(src[c])+uint32(over(0, bg[c], a)), 255))
				}
			}
			src, dst = src[4:], dst[3:]
		}
		return opaque
	}
}

func nrgbaRow(m *image.NRGBA, bg [3]uint8) rowFunc[uint8] {
	w := m.Rect.Dx()
	return func(dst []uint8, y int) bool {
		src := m.Pix[m.PixOffset(m.Rect.Min.X, y):][:4*w]
		opaque := true
		for len(src) >= 4 && len(dst) >= 3 {
			a := src[3]
			if a == 255 {
				dst[0], dst[1], dst[2] = src[0], src[1], src[2]
			} else {
				opaque = false
				dst[0], dst[1], dst[2] = over(src[0], bg[0], a), over(src[1], bg[1], a), over(src[2], bg[2], a)
			}
			src, dst = src[4:], dst[3:]
		}
		return opaque
	}
}

// palettedRow composites the palette once. Indices beyond it are opaque black, as in the PNG decoder.
func palettedRow(m *image.Paletted, bg [3]uint8) rowFunc[uint8] {
	w := m.Rect.Dx()
	var table [256][3]uint8
	var sheer [256]bool
	for i, c := range m.Palette[:min(len(m.Palette), 256)] {
		n := straight(c)
		table[i] = [3]uint8{over(n.R, bg[0], n.A), over(n.G, bg[1], n.A), over(n.B, bg[2], n.A)}
		sheer[i] = n.A != 255
	}
	return func(dst []uint8, y int) bool {
		src := m.Pix[m.PixOffset(m.Rect.Min.X, y):][:w]
		seen := false
		for i, v := range src {
			p := dst[3*i : 3*i+3 : 3*i+3]
			p[0], p[1], p[2] = table[v][0], table[v][1], table[v][2]
			seen = seen || sheer[v]
		}
		return !seen
	}
}

// straight returns c with straight alpha, without the detour over premultiplied values where c has them already.
func straight(c color.Color) color.NRGBA {
	return color.NRGBAModel.Convert(c).(color.NRGBA)
}

// framed puts the rows of a picture into a larger canvas.
func framed(row rowFunc[uint8], inner, canvas image.Rectangle, bg [3]uint8) rowFunc[uint8] {
	return func(dst []uint8, y int) bool {
		for i := 0; i+3 <= len(dst); i += 3 {
			dst[i], dst[i+1], dst[i+2] = bg[0], bg[1], bg[2]
		}
		if y >= inner.Min.Y && y < inner.Max.Y {
			row(dst[3*(inner.Min.X-canvas.Min.X):3*(inner.Max.X-canvas.Min.X)], y)
		}
		return false
	}
}

func grayRow(m *image.Gray) rowFunc[uint8] {
	w := m.Rect.Dx()
	return func(dst []uint8, y int) bool {
		for _, v := range m.Pix[m.PixOffset(m.Rect.Min.X, y):][:w] {
			dst[0], dst[1], dst[2] = v, v, v
			dst = dst[3:]
		}
		return true
	}
}

// cmykRow is the conversion without colour management; Image.Warnings says so.
func cmykRow(m *image.CMYK) rowFunc[uint8] {
	w := m.Rect.Dx()
	return func(dst []uint8, y int) bool {
		src := m.Pix[m.PixOffset(m.Rect.Min.X, y):][:4*w]
		for len(src) >= 4 && len(dst) >= 3 {
			dst[0], dst[1], dst[2] = color.CMYKToRGB(src[0], src[1], src[2], src[3])
			src, dst = src[4:], dst[3:]
		}
		return true
	}
}

// be16 reads a big-endian value, as the pictures of package image store them.
func be16(p []uint8) uint16 { return uint16(p[0])<<8 | uint16(p[1]) }

func gray16Row(m *image.Gray16) rowFunc[uint16] {
	w := m.Rect.Dx()
	return func(dst []uint16, y int) bool {
		src := m.Pix[m.PixOffset(m.Rect.Min.X, y):][:2*w]
		for len(src) >= 2 && len(dst) >= 3 {
			v := be16(src)
			dst[0], dst[1], dst[2] = v, v, v
			src, dst = src[2:], dst[3:]
		}
		return true
	}
}

// rgba64Row is rgbaRow in 16 bits.
func rgba64Row(m *image.RGBA64, bg [3]uint16) rowFunc[uint16] {
	w := m.Rect.Dx()
	return func(dst []uint16, y int) bool {
		src := m.Pix[m.PixOffset(m.Rect.Min.X, y):][:8*w]
		opaque := true
		for len(src) >= 8 && len(dst) >= 3 {
			dst[0], dst[1], dst[2] = be16(src), be16(src[2:]), be16(src[4:])
			if a := be16(src[6:]); a != 65535 {
				opaque = false
				for c := range 3 {
					dst[c] = uint16(min(uint32(dst[c])+uint32(over16(0, bg[c], a)), 65535))
				}
			}
			src, dst = src[8:], dst[3:]
		}
		return opaque
	}
}

func nrgba64Row(m *image.NRGBA64, bg [3]uint16) rowFunc[uint16] {
	w := m.Rect.Dx()
	return func(dst []uint16, y int) bool {
		src := m.Pix[m.PixOffset(m.Rect.Min.X, y):][:8*w]
		opaque := true
		for len(src) >= 8 && len(dst) >= 3 {
			dst[0], dst[1], dst[2] = be16(src), be16(src[2:]), be16(src[4:])
			if a := be16(src[6:]); a != 65535 {
				opaque = false
				dst[0], dst[1], dst[2] = over16(dst[0], bg[0], a), over16(dst[1], bg[1], a), over16(dst[2], bg[2], a)
			}
			src, dst = src[8:], dst[3:]
		}
		return opaque
	}
}
