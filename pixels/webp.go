package pixels

import (
	"image"
	"io"

	"golang.org/x/image/webp"
)

// studioYCbCr is the picture of a lossy WebP file. VP8 codes luma in 16..235 and chroma in 16..240 (RFC 6386, 9.2),
// while image.YCbCr stands for the full range of JPEG: read as that, a picture comes out pale,
// by ΔE00 of several units. alpha is nil if there is none.
type studioYCbCr struct {
	*image.YCbCr
	alpha *image.NYCbCrA
}

func readWebP(r io.Reader) (image.Image, error) {
	src, err := webp.Decode(r)
	switch m := src.(type) {
	case *image.YCbCr:
		return &studioYCbCr{YCbCr: m}, err
	case *image.NYCbCrA:
		return &studioYCbCr{YCbCr: &m.YCbCr, alpha: m}, err
	}
	return src, err
}

// source converts rows to R′G′B′.
func (m *studioYCbCr) source() *source[uint8] {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	half := (w + 1) / 2 // VP8 is always 4:2:0
	cb, cr := make([]uint8, w), make([]uint8, w)
	return &source[uint8]{channels: 3, alpha: m.alpha != nil, read: func(colour, alpha []uint8, y int) {
		near := y / 2
		far := min(max(near-1+2*(y%2), 0), (h-1)/2)
		upsample(cb, m.Cb[near*m.CStride:][:half], m.Cb[far*m.CStride:][:half])
		upsample(cr, m.Cr[near*m.CStride:][:half], m.Cr[far*m.CStride:][:half])
		for i, v := range m.Y[y*m.YStride:][:w] {
			p := colour[3*i : 3*i+3 : 3*i+3]
			p[0], p[1], p[2] = studioRGB(v, cb[i], cr[i])
		}
		if m.alpha != nil {
			copy(alpha, m.alpha.A[y*m.alpha.AStride:][:w])
		}
	}}
}

// upsample fills a row with chroma interpolated from the sample row nearest to it and the next nearest, weighted
// 9 : 3 : 3 : 1 in the rounding of libwebp (src/dsp/upsampling.c): what other decoders show, to the byte.
func upsample(dst, near, far []uint8) {
	w := len(dst)
	edge := func(i int) uint8 { return uint8((3*uint32(near[i]) + uint32(far[i]) + 2) >> 2) }
	dst[0] = edge(0)
	for i := 1; i <= (w-1)/2; i++ {
		nl, nr, fl, fr := uint32(near[i-1]), uint32(near[i]), uint32(far[i-1]), uint32(far[i])
		sum := nl + nr + fl + fr + 8
		dst[2*i-1] = uint8(((sum+2*(nr+fl))>>3 + nl) >> 1)
		dst[2*i] = uint8(((sum+2*(nl+fr))>>3 + nr) >> 1)
	}
	if w%2 == 0 {
		dst[w-1] = edge((w - 1) / 2)
	}
}

// studioRGB converts by ITU-R BT.601 from studio range, in the fixed-point form of libwebp (src/dsp/yuv.h), so that the
// same samples give the same bytes as in browsers: coefficients × 2¹⁴, of which 8 bits go with the
// product and 6 at the end.
func studioRGB(y, cb, cr uint8) (r, g, b uint8) {
	yy, u, v := int32(y), int32(cb), int32(cr)
	yy = yy * 19077 >> 8
	return clamp6(yy + v*26149>>8 - 14234),
		clamp6(yy - u*6419>>8 - v*13320>>8 + 8708),
		clamp6(yy + u*33050>>8 - 17685)
}

// clamp6 returns v >> 6 limited to 0..255.
func clamp6(v int32) uint8 { return uint8(min(max(v>>6, 0), 255)) }
