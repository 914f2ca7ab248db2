// Package pixels decodes an image file into upright, colour-managed pixels within limits.
//
// A file goes through four stages, each in its own file:
//
//	formats.go   the format is told from the content, never from the name
//	inspect_*.go the container is walked: frames, Exif orientation, colour profile, cut or whole
//	convert.go   the decoder's picture becomes packed R′G′B′, alpha composited on the background
//	upright.go   the rows are put where the Exif orientation wants them
//
// Limits on bytes and pixels are checked before pixels are allocated, since a file of 15 bytes can
// declare 58593×58596 of them.
//
// Colours are encoded sRGB. A profile or tag that says otherwise is not applied yet: the pixels are read as
// sRGB and [Image.Warnings] says so. Alpha is composited on [Options.Background] in encoded sRGB, as
// browsers do, from straight alpha: a fully transparent pixel becomes exactly the background.
package pixels

import (
	"bytes"
	"fmt"
	"image"
	"io"
	"strings"
)

// Limits used where Options leaves them zero.
const (
	DefaultMaxBytes  = 64 << 20
	DefaultMaxPixels = 100_000_000
)

// Version changes when the same file may give other pixels than before.
const Version = "pixels 1"

// Options says what is accepted and how alpha is composited. The zero value is useful.
type Options struct {
	// MaxBytes limits the size of the file; 0 means DefaultMaxBytes.
	MaxBytes int64
	// MaxPixels limits width × height as declared by the file; 0 means DefaultMaxPixels.
	// Decoding takes up to about 25 bytes a pixel for a moment (progressive CMYK JPEG), 5 to 10 as a rule.
	MaxPixels int64
	// Background is the encoded sRGB colour on which alpha is composited. Its zero value means
	// white; for black set Black.
	Background [3]uint8
	// Black composites alpha on black; Background is then not read.
	Black bool
	// Name is the file's name or path. If set, and its extension names another format than
	// the content, Warnings says so.
	Name string
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.MaxPixels <= 0 {
		o.MaxPixels = DefaultMaxPixels
	}
	switch {
	case o.Black:
		o.Background = [3]uint8{}
	case o.Background == [3]uint8{}:
		o.Background = [3]uint8{255, 255, 255}
	}
	return o
}

// Image is a decoded, upright, opaque image.
type Image struct {
	// Width and Height are in pixels, after Orientation was applied.
	Width, Height int
	// Depth is the number of bits a channel has, 8 or 16.
	Depth int
	// RGB8 is packed R′G′B′, 3 bytes a pixel, rows from the top without padding. It is nil if Depth is 16.
	RGB8 []uint8
	// RGB16 is the same in 16 bits. It is nil if Depth is 8.
	RGB16 []uint16
	// Format is jpeg, png, gif, webp or tiff, told from the content.
	Format string
	// Chroma is how finely the file codes colour beside lightness, "4:4:4" or "4:2:0" for example; empty for
	// formats that code every pixel's red, green and blue, and for grey.
	Chroma string
	// HasAlpha says that at least one pixel was not fully opaque, so that the background shows.
	HasAlpha bool
	// Frames is 1, or the number of pages of a TIFF file, of which the first was decoded.
	Frames int
	// Orientation is the Exif orientation, 1 to 8, that has been applied; 1 if there was none.
	Orientation int
	// Warnings are sentences on what the pixels do not show: a profile not applied, a wrong name, more pages.
	Warnings []string

	// buf8 and buf16 are the backing arrays that DecodeInto reuses.
	buf8  []uint8
	buf16 []uint16
}

// Decode reads r to its end, at most o.MaxBytes, and decodes it. Every error of the file is an *Error;
// an error of r comes back wrapped.
func Decode(r io.Reader, o Options) (*Image, error) {
	o = o.withDefaults()
	// One byte more than allowed tells a file that is over the limit from one that just fits.
	data, err := io.ReadAll(io.LimitReader(r, max(o.MaxBytes, o.MaxBytes+1)))
	if err != nil {
		return nil, fmt.Errorf("read image: %w", err)
	}
	return DecodeBytes(data, o)
}

// DecodeBytes decodes a whole file. It keeps no reference to data.
func DecodeBytes(data []byte, o Options) (*Image, error) {
	img := new(Image)
	if err := DecodeInto(img, data, o); err != nil {
		return nil, err
	}
	return img, nil
}

// DecodeInto is DecodeBytes into an image whose buffers are reused if they are large enough, so that a
// scan that keeps one Image per worker allocates only what the decoders themselves need. Slices taken
// from img before are overwritten. After an error img is empty.
func DecodeInto(img *Image, data []byte, o Options) error {
	o = o.withDefaults()
	return guarded(img, func() error {
		f, err := identify(data, o.MaxBytes)
		if err != nil {
			return err
		}
		c := f.inspect(data)
		if err := admit(f, c, data, o.MaxPixels); err != nil {
			return err
		}
		m, err := f.decode(bytes.NewReader(data))
		if err != nil {
			return decoderError(f.name, err)
		}
		return img.take(m, f, c, o)
	})
}

// guarded runs a decoding into img and leaves img empty unless it succeeds.
//
// The decoders are other people's code fed with hostile bytes: a panic in one of them means a file that it
// cannot handle, and must not end a scan of thousands. This is the one place that recovers.
func guarded(img *Image, decode func() error) (err error) {
	img.reset()
	defer func() {
		if p := recover(); p != nil {
			err = &Error{Kind: ErrDamaged, reason: fmt.Sprintf("the decoder gave up: %v", p)}
		}
		if err != nil {
			img.reset()
		}
	}()
	return decode()
}

// admit refuses, before any pixel is allocated, what is over the limit, animated, cut short or impossible.
func admit(f format, c container, data []byte, maxPixels int64) error {
	cfg, err := f.config(bytes.NewReader(data))
	w, h := int64(cfg.Width), int64(cfg.Height)
	switch {
	case err == nil && w > 0 && h > maxPixels/w:
		return &Error{Kind: ErrTooManyPixels, Format: f.name, Width: cfg.Width, Height: cfg.Height, Limit: maxPixels}
	case c.animated:
		return &Error{Kind: ErrAnimated, Format: f.name, Frames: c.frames}
	case c.cut:
		return &Error{Kind: ErrTruncated, Format: f.name}
	case err != nil:
		return decoderError(f.name, err)
	case w <= 0 || h <= 0:
		return &Error{Kind: ErrDamaged, Format: f.name, reason: "it declares no pixels"}
	case c.fault != "":
		return &Error{Kind: ErrDamaged, Format: f.name, reason: c.fault}
	case c.capacity > 0 && w*h > c.capacity:
		return &Error{Kind: ErrDamaged, Format: f.name,
			reason: fmt.Sprintf("its data cannot hold the %d×%d pixels it declares", w, h)}
	}
	return nil
}

// take converts the decoder's picture and describes it.
func (m *Image) take(src image.Image, f format, c container, o Options) error {
	canvas := canvasOf(src, c)
	m.Width, m.Height = canvas.Dx(), canvas.Dy()
	if c.orientation >= 5 {
		m.Width, m.Height = m.Height, m.Width
	}
	n := 3 * m.Width * m.Height
	var opaque bool
	if row := rows16(src, o.Background); row != nil {
		m.buf16 = sized(m.buf16, n)
		m.Depth, m.RGB16 = 16, m.buf16
		opaque = upright(m.RGB16, canvas, c.orientation, row)
	} else if row := rows8(src, canvas, o.Background); row != nil {
		m.buf8 = sized(m.buf8, n)
		m.Depth, m.RGB8 = 8, m.buf8
		opaque = upright(m.RGB8, canvas, c.orientation, row)
	} else {
		return &Error{Kind: ErrUnsupported, Format: f.name, reason: fmt.Sprintf("its pixel layout %T is unknown", src)}
	}
	m.Chroma = chromaOf(src)
	m.Format, m.HasAlpha, m.Frames, m.Orientation = f.name, !opaque, c.frames, c.orientation
	m.Warnings = warnings(src, c, f.name, o.Name)
	return nil
}

// chromaOf names the chroma subsampling of a decoder's picture.
func chromaOf(src image.Image) string {
	var ratio image.YCbCrSubsampleRatio
	switch src := src.(type) {
	case *image.YCbCr:
		ratio = src.SubsampleRatio
	case *studioYCbCr:
		ratio = src.YCbCr.SubsampleRatio
	default:
		return ""
	}
	digits := strings.TrimPrefix(ratio.String(), "YCbCrSubsampleRatio")
	return strings.Join(strings.Split(digits, ""), ":") // 420 is written 4:2:0
}

// canvasOf is the area to fill: the logical screen of a GIF, of which its frame may cover only a
// part, and the picture itself elsewhere.
func canvasOf(src image.Image, c container) image.Rectangle {
	if !c.canvas.Empty() {
		return c.canvas
	}
	return src.Bounds()
}

func warnings(src image.Image, c container, format, name string) []string {
	var ws []string
	add := func(w string) {
		if w != "" {
			ws = append(ws, w)
		}
	}
	add(CheckName(name, format))
	if _, cmyk := src.(*image.CMYK); cmyk {
		add("CMYK was converted without colour management; the colours are approximate")
	} else {
		add(c.colour.warning())
	}
	if c.frames > 1 {
		add(fmt.Sprintf("the file holds %d pages; only the first was read", c.frames))
	}
	return ws
}

// reset empties the image and keeps its buffers.
func (m *Image) reset() { *m = Image{buf8: m.buf8, buf16: m.buf16} }

// sized returns a slice of n elements, in s if it is large enough.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// Row8 returns row y of an 8-bit image, 3 bytes a pixel, sharing its memory; nil if Depth is 16.
// y must lie in [0, Height).
func (m *Image) Row8(y int) []uint8 {
	if m.Depth != 8 {
		return nil
	}
	return m.RGB8[3*m.Width*y : 3*m.Width*(y+1)]
}

// Row16 returns row y of a 16-bit image, 3 values a pixel, sharing its memory; nil if Depth is 8.
// y must lie in [0, Height).
func (m *Image) Row16(y int) []uint16 {
	if m.Depth != 16 {
		return nil
	}
	return m.RGB16[3*m.Width*y : 3*m.Width*(y+1)]
}

// Wide returns the image in 16 bits, so that it can be compared with another 16-bit image: m itself if it
// has them already, else a copy with each value v as 257·v, which maps 0..255 onto 0..65535 exactly.
func (m *Image) Wide() *Image {
	if m.Depth == 16 {
		return m
	}
	w := *m
	w.Depth, w.RGB8, w.buf8, w.buf16 = 16, nil, nil, nil
	w.RGB16 = make([]uint16, len(m.RGB8))
	for i, v := range m.RGB8 {
		w.RGB16[i] = 257 * uint16(v)
	}
	w.buf16 = w.RGB16
	return &w
}

// Luma returns the plane of luma Y′ = 0.299 R′ + 0.587 G′ + 0.114 B′ (ITU-R BT.601-7, 2.5.1) of the encoded values,
// 0 to 255 at either depth, Width×Height values without padding, in dst if that is large enough.
//
// The weighted sum is taken in integers and divided once, so that a grey v gives exactly v, an image
// and its Wide give the same plane, and every machine gives the same bits.
func (m *Image) Luma(dst []float32) []float32 {
	dst = sized(dst, m.Width*m.Height)
	if m.Depth == 16 {
		src := m.RGB16
		for i := range dst {
			p := src[3*i : 3*i+3 : 3*i+3]
			dst[i] = float32(float64(299*uint32(p[0])+587*uint32(p[1])+114*uint32(p[2])) / 257000)
		}
		return dst
	}
	src := m.RGB8
	for i := range dst {
		p := src[3*i : 3*i+3 : 3*i+3]
		dst[i] = float32(299*int32(p[0])+587*int32(p[1])+114*int32(p[2])) / 1000
	}
	return dst
}
