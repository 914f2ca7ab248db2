// Package pixels decodes an image file into upright, colour-managed pixels within limits.
//
// A file goes through these stages, each in its own file:
//
//	formats.go   the format is told from the content, never from the name
//	inspect_*.go the container is walked: frames, Exif orientation, colour tags
//	admit.go     what is over a limit is refused before memory is taken for it
//	source*.go   the format's decoder makes a picture of stored values, alpha straight
//	managed.go   the values become encoded sRGB, by the profile or tags that the file carries
//	alpha.go     what is not opaque is composited on the background
//	upright.go   the rows are put where the Exif orientation wants them
//
// JPEG and PNG are decoded by jpegdec and pngdec; GIF, TIFF, BMP and still WebP by the standard library and
// golang.org/x/image; animated WebP, AVIF, HEIC and JPEG XL by Options.Native, where there is one.
//
// Colours come out as encoded sRGB, relative colorimetric (see package icc). [Image.Colour] names what the file's
// values were; a file that does not say is read as sRGB. Alpha is composited on [Options.Background] in encoded
// sRGB, as browsers do, from straight alpha: a fully transparent pixel becomes exactly the background.
package pixels

import (
	"fmt"
	"io"
)

// Version changes when the same file may give other pixels than before.
const Version = "pixels 2"

// Limits used where Options leaves them zero.
const (
	DefaultMaxBytes  = 64 << 20
	DefaultMaxPixels = 100_000_000
	DefaultMaxFrames = 10_000
)

// Options says what is accepted and how alpha is composited. The zero value is useful.
type Options struct {
	// MaxBytes limits the size of the file; 0 means DefaultMaxBytes.
	MaxBytes int64
	// MaxPixels limits width × height as declared by the file; 0 means DefaultMaxPixels.
	// Decoding takes up to about 25 bytes a pixel for a moment (progressive CMYK JPEG), 5 to 10 as a rule: see CostOf.
	MaxPixels int64
	// MaxFrames limits the pictures that a file declares, of which only the first is decoded; 0 means DefaultMaxFrames.
	MaxFrames int
	// Background is the encoded sRGB colour on which alpha is composited. Its zero value means
	// white; for black set Black.
	Background [3]uint8
	// Black composites alpha on black; Background is then not read.
	Black bool
	// Name is the file's name or path. If set, and its extension names another format than
	// the content, Warnings says so.
	Name string
	// Denominator scales a JPEG down to 1/2, 1/4 or 1/8 (2, 4, 8) while it is decoded, at a fraction of the cost.
	// Other formats are then refused with ErrUnsupported. 0 and 1 mean full size.
	Denominator int
	// Native decodes formats that need native libraries; nil refuses them and says so.
	Native NativeDecoder
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.MaxPixels <= 0 {
		o.MaxPixels = DefaultMaxPixels
	}
	if o.MaxFrames <= 0 {
		o.MaxFrames = DefaultMaxFrames
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
	// FullWidth and FullHeight are the same, but where the image was decoded at a fraction of its size, of the whole.
	FullWidth, FullHeight int
	// Depth is the number of bits a channel has, 8 or 16.
	Depth int
	// RGB8 is packed R′G′B′, 3 bytes a pixel, rows from the top without padding. It is nil if Depth is 16.
	RGB8 []uint8
	// RGB16 is the same in 16 bits. It is nil if Depth is 8.
	RGB16 []uint16
	// Format is jpeg, png, gif, webp, tiff, bmp, avif, heic or jxl, told from the content.
	Format string
	// Colour names the colour space of the file's values, from which the pixels were converted; NoProfile if the file
	// names none.
	Colour string
	// Chroma is how finely the file codes colour beside lightness, "4:4:4" or "4:2:0" for example; empty for
	// formats that code every pixel's red, green and blue, and for grey.
	Chroma string
	// HasAlpha says that at least one pixel was not fully opaque, so that the background shows.
	HasAlpha bool
	// Frames is 1, or the number of pictures in the file, of which the first was decoded.
	Frames int
	// Orientation is the Exif orientation, 1 to 8, that has been applied; 1 if there was none.
	Orientation int
	// Warnings say what the pixels do not show: an unreadable profile, a wrong name, more pages.
	Warnings []Remark

	// plane8 or plane16 backs RGB8 or RGB16 and, if HasAlpha, keeps what Composite needs.
	plane8  planes[uint8]
	plane16 planes[uint16]
}

// planes are the arrays of an image, reused from one decoding to the next.
type planes[T uint8 | uint16] struct {
	colour []T // straight R′G′B′
	alpha  []T // one value a pixel; empty where all is opaque
	shown  []T // R′G′B′ on the background, where all is not
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
	if err := new(Decoder).Decode(img, data, o); err != nil {
		return nil, err
	}
	return img, nil
}

// Decoder decodes one file after the other and keeps working memory and colour transforms between them. Its zero
// value is ready; it serves one goroutine at a time.
type Decoder struct {
	work work
	// transforms are those of the last profiles, by their kind and digest.
	transforms map[string]managed
}

// Decode decodes a whole file into an image whose buffers are reused if they are large enough. Slices taken from img
// before are overwritten. After an error img is empty. It keeps no reference to data.
func (d *Decoder) Decode(img *Image, data []byte, o Options) error {
	o = o.withDefaults()
	return guarded(img, func() error {
		f, err := identify(data, o.MaxBytes)
		if err != nil {
			return err
		}
		c := f.inspect(data)
		if err := admit(f, c, data, o); err != nil {
			return err
		}
		p, err := f.decode(&d.work, data, o)
		if err != nil {
			return decoderError(f.name, err)
		}
		if err := p.check(f.name, o); err != nil {
			return err
		}
		d.show(img, p, f, c, o)
		return nil
	})
}

// guarded runs a decoding into img and leaves img empty unless it succeeds.
//
// Some decoders are other people's code fed with hostile bytes: a panic in one of them means a file that it
// cannot handle, and must not end a scan of thousands. This is the one place that recovers.
func guarded(img *Image, decode func() error) (err error) {
	img.reset()
	defer func() {
		if p := recover(); p != nil {
			err = &Error{Kind: ErrDamaged, reason: remark(GaveUp, fmt.Sprint(p))}
		}
		if err != nil {
			img.reset()
		}
	}()
	return decode()
}

// reset empties the image and keeps its buffers.
func (m *Image) reset() { *m = Image{plane8: m.plane8, plane16: m.plane16} }

// Memory is the number of bytes that the image's buffers hold, used or not.
func (m *Image) Memory() int64 { return m.plane8.size() + 2*m.plane16.size() }

func (p *planes[T]) size() int64 { return int64(cap(p.colour) + cap(p.alpha) + cap(p.shown)) }

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
	w.Depth, w.RGB8, w.plane8 = 16, nil, planes[uint8]{}
	w.RGB16 = widened(m.RGB8)
	w.plane16 = planes[uint16]{colour: w.RGB16}
	if m.HasAlpha {
		w.plane16 = planes[uint16]{colour: widened(m.plane8.colour), alpha: widened(m.plane8.alpha), shown: w.RGB16}
	}
	return &w
}

func widened(src []uint8) []uint16 {
	dst := make([]uint16, len(src))
	for i, v := range src {
		dst[i] = 257 * uint16(v)
	}
	return dst
}
