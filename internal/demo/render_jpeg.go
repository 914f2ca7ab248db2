package demo

import (
	"fmt"
	"image"
	"image/color"
	"image/jpeg"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/jpegdec"
)

// Quality is the JPEG quality of references and of deliveries.
const Quality = 90

// Encoder turns packed RGB into JPEG files with 4:2:0 chroma, reusing its planes. It encodes one picture at a time;
// give each goroutine its own.
type Encoder struct {
	planes  *image.YCbCr
	graded  []uint8
	decoder jpegdec.Decoder
}

// NewEncoder returns an encoder for pictures of size×size pixels. Of an odd size the last column and row are repeated
// for their chroma.
func NewEncoder(size int) *Encoder {
	return &Encoder{
		planes: image.NewYCbCr(image.Rect(0, 0, size, size), image.YCbCrSubsampleRatio420),
		graded: make([]uint8, 3*size*size),
	}
}

// Append encodes pixels at a quality from 1 to 100 and appends the file to dst. It panics if pixels does not have three
// bytes for each pixel of the encoder's size.
func (e *Encoder) Append(dst []byte, pixels []uint8, quality int) ([]byte, error) {
	e.convert(pixels)
	w := appender{dst}
	if err := jpeg.Encode(&w, e.planes, &jpeg.Options{Quality: quality}); err != nil {
		return dst, fmt.Errorf("encode a JPEG file: %w", err)
	}
	return w.data, nil
}

func (e *Encoder) convert(pixels []uint8) {
	size := e.planes.Rect.Dx()
	if len(pixels) != 3*size*size {
		panic("demo: a picture needs three bytes for each of its pixels")
	}
	for y := 0; y < size; y += 2 {
		next := min(y+1, size-1)
		e.convertRows(y, pixels[3*size*y:][:3*size], next, pixels[3*size*next:][:3*size])
	}
}

// convertRows converts two rows: luma of each pixel, chroma of the mean colour of each four. JFIF's transform is
// linear, so that the chroma of the mean is the mean of the chroma.
func (e *Encoder) convertRows(y int, upper []uint8, next int, lower []uint8) {
	p := e.planes
	luma, under := p.Y[y*p.YStride:][:p.YStride], p.Y[next*p.YStride:][:p.YStride]
	cb, cr := p.Cb[y/2*p.CStride:][:p.CStride], p.Cr[y/2*p.CStride:][:p.CStride]
	for x, at := 0, 0; at < len(upper); x, at = x+2, at+6 {
		beside := min(at+3, len(upper)-3)
		a, b, c, d := upper[at:at+3], upper[beside:beside+3], lower[at:at+3], lower[beside:beside+3]
		luma[x], under[x] = lumaOf(a), lumaOf(c)
		if x+1 < p.YStride {
			luma[x+1], under[x+1] = lumaOf(b), lumaOf(d)
		}
		mean := func(k int) uint8 { return uint8((int(a[k]) + int(b[k]) + int(c[k]) + int(d[k]) + 2) >> 2) }
		_, cb[x/2], cr[x/2] = color.RGBToYCbCr(mean(0), mean(1), mean(2))
	}
}

// lumaOf is the luma of [color.RGBToYCbCr], to the bit.
func lumaOf(p []uint8) uint8 {
	return uint8((19595*uint32(p[0]) + 38470*uint32(p[1]) + 7471*uint32(p[2]) + 1<<15) >> 16)
}

// Pixels decodes a JPEG file of the encoder's size into dst, packed RGB of as many bytes as a picture has: what the
// measurement reads of it.
func (e *Encoder) Pixels(dst []uint8, file []byte) error {
	size := e.planes.Rect.Dx()
	h, err := jpegdec.ParseHeader(file)
	if err != nil {
		return fmt.Errorf("decode a JPEG file: %w", err)
	}
	if h.Width != size || h.Height != size || h.Channels != 3 || len(dst) != len(e.graded) {
		return fmt.Errorf("decode a JPEG file: it is not a colour picture of %d by %d pixels: %w", size, size, journal.ErrInvalid)
	}
	if _, _, err := e.decoder.Decode(dst, file, jpegdec.Options{}); err != nil {
		return fmt.Errorf("decode a JPEG file: %w", err)
	}
	return nil
}

// appender is a writer to a slice; with its Flush and WriteByte the JPEG encoder needs no buffer of its own.
type appender struct{ data []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.data = append(a.data, p...)
	return len(p), nil
}

func (a *appender) WriteByte(b byte) error {
	a.data = append(a.data, b)
	return nil
}

func (a *appender) Flush() error { return nil }
