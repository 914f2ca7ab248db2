package pixels

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"

	"github.com/safelight-dev/safelight/jpegdec"
	"github.com/safelight-dev/safelight/pngdec"
)

// picture is what a decoder makes of a file: stored values, not upright, alpha straight. One of the sources is set.
type picture struct {
	width, height int
	source8       *source[uint8]
	source16      *source[uint16]
	chroma        string
	// fullWidth and fullHeight are of the whole picture where this is a fraction, else 0.
	fullWidth, fullHeight int
	// What only the decoder could tell, where the container is not walked here: frames, 0 if unknown; whether
	// rotations are done; colour tags, nil if the container's stand.
	frames   int
	upright  bool
	colour   *colourTags
	warnings []Remark
}

// source reads a picture by rows.
type source[T uint8 | uint16] struct {
	// channels of colour: 1 grey, 3 R′G′B′, 4 CMYK with 0 for no ink.
	channels int
	// alpha says that read writes alpha values too.
	alpha bool
	// read writes row y: channels values a pixel, and one of alpha. It allocates nothing.
	read func(colour, alpha []T, y int)
	// own is the whole picture where it is R′G′B′ without alpha in memory that may be taken over.
	own []T
}

// work is the memory of the decoders.
type work struct {
	jpeg  jpegdec.Decoder
	png   pngdec.Decoder
	pix8  []uint8  // the decoded picture
	row8  []uint8  // rows on their way
	pix16 []uint16 // as above
	row16 []uint16
}

func jpegSize(data []byte) (int, int, error) {
	h, err := jpegdec.ParseHeader(data)
	return h.Width, h.Height, err
}

func decodeJPEG(w *work, data []byte, o Options) (picture, error) {
	pix, h, err := w.jpeg.Decode(w.pix8, data, jpegdec.Options{MaxPixels: o.MaxPixels, Denominator: o.Denominator})
	if err != nil {
		return picture{}, err
	}
	w.pix8 = pix
	s := &source[uint8]{channels: h.Channels}
	n := h.Width * h.Channels
	switch {
	case h.Channels == 3:
		s.own = pix
		fallthrough
	default:
		s.read = func(colour, _ []uint8, y int) { copy(colour, pix[n*y:n*(y+1)]) }
	case h.Inverted:
		s.read = func(colour, _ []uint8, y int) {
			for i, v := range pix[n*y : n*(y+1)] {
				colour[i] = 255 - v
			}
		}
	}
	p := picture{width: h.Width, height: h.Height, source8: s, chroma: h.Chroma}
	if o.Denominator > 1 {
		p.fullWidth, p.fullHeight, err = jpegSize(data)
	}
	return p, err
}

func pngSize(data []byte) (int, int, error) {
	h, err := pngdec.ParseHeader(data)
	return h.Width, h.Height, err
}

func decodePNG(w *work, data []byte, o Options) (picture, error) {
	limits := pngdec.Options{MaxPixels: o.MaxPixels}
	h, err := pngdec.ParseHeader(data)
	if err != nil {
		return picture{}, err
	}
	if h.Depth == 8 && h.Channels == 3 { // straight into memory that the image can take over
		pix, h, err := w.png.DecodeInto(w.pix8, data, limits)
		if err != nil {
			return picture{}, err
		}
		w.pix8 = pix
		s := &source[uint8]{channels: 3, own: pix, read: packed(pix, h.Width, 3)}
		return picture{width: h.Width, height: h.Height, source8: s, warnings: pngWarnings(h)}, nil
	}
	p, err := w.png.Decode(data, limits)
	if err != nil {
		return picture{}, err
	}
	out := picture{width: p.Width, height: p.Height, warnings: pngWarnings(p.Header)}
	if p.Depth == 16 {
		out.source16 = interleaved(p.Pix16, p.Width, p.Channels)
	} else {
		out.source8 = interleaved(p.Pix8, p.Width, p.Channels)
	}
	return out, nil
}

func pngWarnings(h pngdec.Header) []Remark {
	if h.TransparencyIgnored {
		return []Remark{remark(LostTransparency)}
	}
	return nil
}

// decodeNative lets the native decoder make no more than the header says: that is what memory was reckoned by.
func decodeNative(format string, shape func([]byte, Options) (shape, error)) func(*work, []byte, Options) (picture, error) {
	return func(_ *work, data []byte, o Options) (picture, error) {
		if o.Native == nil {
			return picture{}, &Error{Kind: ErrUnsupported, Format: format, reason: remark(NoCodec)}
		}
		said, err := shape(data, o)
		if err != nil {
			return picture{}, err
		}
		n, err := o.Native(format, data, min(o.MaxPixels, said.pixels()))
		if err != nil {
			return picture{}, beyond(err, format, o)
		}
		if int64(n.Width)*int64(n.Height) > said.pixels() || n.Depth == 16 && !said.wide || n.Channels%2 == 0 && !said.alpha {
			return picture{}, wrongAnswer(format)
		}
		values := n.Width * n.Height * n.Channels
		p := picture{width: n.Width, height: n.Height, chroma: n.Chroma, frames: n.Frames, upright: n.Upright,
			colour: &colourTags{icc: n.ICC, cicp: n.CICP != [3]uint8{}, primaries: n.CICP[0], transfer: n.CICP[1]}}
		for _, w := range n.Warnings {
			p.warnings = append(p.warnings, TextRemark(w))
		}
		switch {
		case n.Width <= 0 || n.Height <= 0 || n.Channels < 1 || n.Channels > 4:
			return p, wrongAnswer(format)
		case n.Depth == 8 && len(n.Pix8) >= values:
			p.source8 = interleaved(n.Pix8, n.Width, n.Channels)
		case n.Depth == 16 && len(n.Pix16) >= values:
			p.source16 = interleaved(n.Pix16, n.Width, n.Channels)
		default:
			return p, wrongAnswer(format)
		}
		return p, nil
	}
}

// beyond tells a picture over the limit from one that is only over what its header says.
func beyond(err error, format string, o Options) error {
	var e *Error
	if !errors.As(err, &e) || e.Kind != ErrTooManyPixels {
		return err
	}
	if int64(e.Width)*int64(e.Height) <= o.MaxPixels {
		return wrongAnswer(format)
	}
	e.Limit = o.MaxPixels
	return e
}

// wrongAnswer is said of a picture that contradicts itself: a hostile file may have taken over the decoder's process.
func wrongAnswer(format string) error {
	return &Error{Kind: ErrDamaged, Format: format, reason: remark(Contradiction)}
}

// decodeWebP takes the native decoder, which is faster and reads animations, and else the one of x/image: both give
// the same bytes.
func decodeWebP(w *work, data []byte, o Options) (picture, error) {
	if o.Native != nil {
		p, err := decodeNative("webp", shapeWebP)(w, data, o)
		if !errors.Is(err, ErrUnsupported) {
			return p, err
		}
	}
	if isAnimatedWebP(data) {
		return picture{}, &Error{Kind: ErrAnimated, Format: "webp", Frames: inspectWebP(data).frames}
	}
	return fromImage(readWebP)(w, data, o)
}

// packed reads rows of values that lie one after the other.
func packed[T uint8 | uint16](pix []T, width, channels int) func(colour, alpha []T, y int) {
	n := width * channels
	return func(colour, _ []T, y int) { copy(colour, pix[n*y:n*(y+1)]) }
}

// interleaved reads a picture of 1 (grey), 2 (grey, alpha), 3 (R′G′B′) or 4 (R′G′B′, alpha) values a pixel.
func interleaved[T uint8 | uint16](pix []T, width, channels int) *source[T] {
	if channels == 1 || channels == 3 {
		return &source[T]{channels: channels, read: packed(pix, width, channels)}
	}
	n := width * channels
	if channels == 2 {
		return &source[T]{channels: 1, alpha: true, read: func(colour, alpha []T, y int) {
			src := pix[n*y : n*(y+1)]
			for x := range alpha {
				colour[x], alpha[x] = src[2*x], src[2*x+1]
			}
		}}
	}
	return &source[T]{channels: 3, alpha: true, read: func(colour, alpha []T, y int) {
		src := pix[n*y : n*(y+1)]
		for x := range alpha {
			p, q := src[4*x:4*x+4:4*x+4], colour[3*x:3*x+3:3*x+3]
			q[0], q[1], q[2], alpha[x] = p[0], p[1], p[2], p[3]
		}
	}}
}

// imageSize makes a size function of a DecodeConfig.
func imageSize(config func(io.Reader) (image.Config, error)) func([]byte) (int, int, error) {
	return func(data []byte) (int, int, error) {
		c, err := config(bytes.NewReader(data))
		return c.Width, c.Height, err
	}
}

// fromImage makes a decoder of one that gives an image.Image.
func fromImage(decode func(io.Reader) (image.Image, error)) func(*work, []byte, Options) (picture, error) {
	return func(_ *work, data []byte, _ Options) (picture, error) {
		m, err := decode(bytes.NewReader(data))
		if err != nil {
			return picture{}, err
		}
		return imagePicture(m, m.Bounds())
	}
}

// imagePicture reads a picture of package image, framed by a canvas of which it may cover only a part.
func imagePicture(m image.Image, canvas image.Rectangle) (picture, error) {
	p := picture{width: canvas.Dx(), height: canvas.Dy()}
	switch m := m.(type) {
	case *studioYCbCr:
		p.source8, p.chroma = m.source(), "4:2:0"
	case *image.RGBA:
		p.source8 = premultiplied(func(y int) []uint8 { return rowOf(m.Pix, m.Stride, y, 4*p.width) })
	case *image.NRGBA:
		p.source8 = interleavedRows(func(y int) []uint8 { return rowOf(m.Pix, m.Stride, y, 4*p.width) })
	case *image.Gray:
		p.source8 = &source[uint8]{channels: 1, read: func(colour, _ []uint8, y int) { copy(colour, rowOf(m.Pix, m.Stride, y, p.width)) }}
	case *image.Paletted:
		p.source8 = framed(palette(m), m.Rect, canvas)
	case *image.Gray16:
		p.source16 = &source[uint16]{channels: 1, read: func(colour, _ []uint16, y int) { bigEndian(colour, rowOf(m.Pix, m.Stride, y, 2*p.width)) }}
	case *image.RGBA64:
		p.source16 = premultiplied(wideRows(m.Pix, m.Stride, p.width))
	case *image.NRGBA64:
		p.source16 = interleavedRows(wideRows(m.Pix, m.Stride, p.width))
	default:
		return p, &Error{Kind: ErrUnsupported, reason: remark(UnknownLayout, fmt.Sprintf("%T", m))}
	}
	return p, nil
}

func rowOf(pix []uint8, stride, y, n int) []uint8 { return pix[stride*y:][:n] }

// wideRows gives rows of four values in 16 bits, valid until the next.
func wideRows(pix []uint8, stride, width int) func(y int) []uint16 {
	row := make([]uint16, 4*width)
	return func(y int) []uint16 {
		bigEndian(row, rowOf(pix, stride, y, 8*width))
		return row
	}
}

// bigEndian reads 16-bit values as the pictures of package image store them.
func bigEndian(dst []uint16, src []uint8) {
	for i := range dst {
		dst[i] = uint16(src[2*i])<<8 | uint16(src[2*i+1])
	}
}

func interleavedRows[T uint8 | uint16](row func(y int) []T) *source[T] {
	return &source[T]{channels: 3, alpha: true, read: func(colour, alpha []T, y int) {
		interleaved(row(y), len(alpha), 4).read(colour, alpha, 0)
	}}
}

// premultiplied undoes premultiplication, which of the decoders only TIFF yields for files stored that way; the
// others use this type for opaque pictures. A value above its alpha is invalid and becomes the greatest.
func premultiplied[T uint8 | uint16](row func(y int) []T) *source[T] {
	most := uint32(^T(0))
	return &source[T]{channels: 3, alpha: true, read: func(colour, alpha []T, y int) {
		src := row(y)
		for x := range alpha {
			p, q := src[4*x:4*x+4:4*x+4], colour[3*x:3*x+3:3*x+3]
			a := uint32(p[3])
			alpha[x] = p[3]
			switch a {
			case most:
				q[0], q[1], q[2] = p[0], p[1], p[2]
			case 0:
				q[0], q[1], q[2] = 0, 0, 0
			default:
				for c := range q {
					q[c] = T(min((uint32(p[c])*most+a/2)/a, most))
				}
			}
		}
	}}
}

// palette reads indices. Those beyond the palette are opaque black.
func palette(m *image.Paletted) *source[uint8] {
	var table [256]color.NRGBA
	for i := range table {
		table[i].A = 255
		if i < len(m.Palette) {
			table[i] = color.NRGBAModel.Convert(m.Palette[i]).(color.NRGBA)
		}
	}
	return &source[uint8]{channels: 3, alpha: true, read: func(colour, alpha []uint8, y int) {
		for x, v := range rowOf(m.Pix, m.Stride, y, m.Rect.Dx()) {
			c := table[v]
			colour[3*x], colour[3*x+1], colour[3*x+2], alpha[x] = c.R, c.G, c.B, c.A
		}
	}}
}

// framed puts a picture into a larger canvas that is transparent elsewhere.
func framed(s *source[uint8], inner, canvas image.Rectangle) *source[uint8] {
	if inner == canvas {
		return s
	}
	left := inner.Min.X - canvas.Min.X
	return &source[uint8]{channels: 3, alpha: true, read: func(colour, alpha []uint8, y int) {
		clear(colour)
		clear(alpha)
		if y += canvas.Min.Y - inner.Min.Y; y >= 0 && y < inner.Dy() {
			s.read(colour[3*left:3*(left+inner.Dx())], alpha[left:left+inner.Dx()], y)
		}
	}}
}
