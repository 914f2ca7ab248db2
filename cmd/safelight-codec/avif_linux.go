package main

import (
	"fmt"
	"runtime"
	"strings"
	"structs"
	"unsafe"

	"github.com/safelight-dev/safelight/internal/codec"
)

// avifDecoder is the beginning of that struct of avif.h, the same from 0.9 to 1.x: libavif allocates it, and since 1.0
// it only grows at its end.
type avifDecoder struct {
	_                                               structs.HostLayout
	codecChoice, maxThreads, requestedSource        int32
	allowProgressive, allowIncremental              int32
	ignoreExif, ignoreXMP                           int32
	imageSizeLimit, imageDimensionLimit, countLimit uint32
	strictFlags                                     uint32
	image                                           *avifImage
	imageIndex, imageCount                          int32
}

// avifImage is the beginning of that struct, the same in 0.11 and 1.x. What follows stands at avifLayout.transforms.
type avifImage struct {
	_                                         structs.HostLayout
	width, height, depth                      uint32
	yuvFormat, yuvRange, chromaSamplePosition int32
	planes                                    [3]*byte
	rowBytes                                  [3]uint32
	ownsPlanes                                int32
	alpha                                     *byte
	alphaRowBytes                             uint32
	ownsAlpha, alphaPremultiplied             int32
	icc                                       *byte
	iccSize                                   uintptr
	primaries, transfer, matrix               uint16
}

// avifTransforms is the part of avifImage from transformFlags to imir.
type avifTransforms struct {
	_      structs.HostLayout
	flags  uint32
	_      [2]uint32 // pasp
	clap   [8]uint32 // widthN, widthD, heightN, heightD, horizOffN, horizOffD, vertOffN, vertOffD
	angle  uint8     // irot: quarter turns against the clock
	mirror uint8     // imir: 0 exchanges top and bottom, 1 left and right
}

const (
	transformClap = 1 << 1
	transformIrot = 1 << 2
	transformImir = 1 << 3
)

// avifRGB is avifRGBImage; the pixels follow at avifLayout.pixels.
type avifRGB struct {
	_                    structs.HostLayout
	width, height, depth uint32
	format               int32
	_                    [60]uint32 // more than any version has
}

// avifLayout says where versions differ.
type avifLayout struct {
	transforms uintptr // of avifTransforms in avifImage: 1.0 put the content light level before it
	pixels     uintptr // of pixels and rowBytes in avifRGBImage: 1.0 put maxThreads before them
}

var avifLayouts = []struct {
	version string
	layout  avifLayout
}{
	{"0.11.", avifLayout{transforms: 112, pixels: 40}},
	{"1.", avifLayout{transforms: 116, pixels: 48}},
}

// Values of avifResult.
const (
	avifOK             = 0
	avifTruncated      = 20
	avifNoCodec        = 15
	avifNotImplemented = 25
	avifOutOfMemory    = 26
)

type avif struct {
	avifLayout
	version     func() string
	codecs      func(buf *byte)
	create      func() *avifDecoder
	destroy     func(d *avifDecoder)
	setMemory   func(d *avifDecoder, data unsafe.Pointer, size uintptr) int32
	parse       func(d *avifDecoder) int32
	next        func(d *avifDecoder) int32
	resultText  func(result int32) string
	rgbDefaults func(rgb *avifRGB, image *avifImage)
	toRGB       func(image *avifImage, rgb *avifRGB) int32
}

func openAVIF() (codec.Library, error) {
	lib, err := load("libavif.so.16", "libavif.so.15")
	if err != nil {
		return codec.Library{}, err
	}
	var a avif
	err = lib.bind(map[string]any{
		"avifVersion":             &a.version,
		"avifCodecVersions":       &a.codecs,
		"avifDecoderCreate":       &a.create,
		"avifDecoderDestroy":      &a.destroy,
		"avifDecoderSetIOMemory":  &a.setMemory,
		"avifDecoderParse":        &a.parse,
		"avifDecoderNextImage":    &a.next,
		"avifResultToString":      &a.resultText,
		"avifRGBImageSetDefaults": &a.rgbDefaults,
		"avifImageYUVToRGB":       &a.toRGB,
	})
	if err != nil {
		return codec.Library{}, err
	}
	version := a.version()
	for _, known := range avifLayouts {
		if strings.HasPrefix(version, known.version) {
			a.avifLayout = known.layout
			var codecs [256]byte
			a.codecs(&codecs[0])
			return codec.Library{Name: "libavif", Version: fmt.Sprintf("%s (%s)", version, text(codecs[:])), Decode: a.picture}, nil
		}
	}
	return codec.Library{}, fmt.Errorf("libavif %s is none of the versions that this program knows (0.11 and 1.x)", version)
}

// text is a C string in a buffer.
func text(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	return s
}

func (a *avif) picture(in, out []byte, maxPixels int64) (codec.Picture, error) {
	d := a.create()
	if d == nil {
		return codec.Picture{}, codec.Faultf(codec.StatusOutOfMemory, "")
	}
	defer a.destroy(d)
	d.maxThreads = 1
	d.ignoreExif, d.ignoreXMP = 1, 1
	if result := a.setMemory(d, start(in), uintptr(len(in))); result != avifOK {
		return codec.Picture{}, a.fault(result)
	}
	if result := a.parse(d); result != avifOK {
		if cut(in) {
			result = avifTruncated // libavif calls a box that ends beyond the file damaged
		}
		return codec.Picture{}, a.fault(result)
	}
	if err := codec.Admit(a.describe(d, in), out, maxPixels); err != nil {
		return codec.Picture{}, err
	}
	// For the AV1 decoder, whose picture may be larger than the container says; before, it would be taken for damage.
	d.imageSizeLimit = uint32(min(max(maxPixels, 1), 1<<28)) // 0.11 refuses more
	if result := a.next(d); result != avifOK {
		return codec.Picture{}, a.fault(result)
	}
	p := a.describe(d, in) // the coded picture has the last word
	if err := codec.Admit(p, out, maxPixels); err != nil {
		return p, err
	}
	return a.convert(d.image, p, out)
}

func (a *avif) describe(d *avifDecoder, in []byte) codec.Picture {
	m := d.image
	p := codec.Picture{
		Width: int(m.width), Height: int(m.height), Depth: 8, Channels: 3,
		Frames: int(d.imageCount), Upright: true,
	}
	colour(&p, clone(m.icc, m.iccSize), uint8(m.primaries), uint8(m.transfer), uint8(m.matrix))
	if m.depth > 8 {
		p.Depth = 16
	}
	if m.alpha != nil {
		p.Channels = 4
	}
	if m.yuvFormat > 0 && m.yuvFormat < 4 {
		p.Chroma = [...]string{1: "4:4:4", 2: "4:2:2", 3: "4:2:0"}[m.yuvFormat]
	}
	p.Warnings = gainMap(in)
	return p
}

// convert turns the planes into R′G′B′ and applies the transformations, which libavif only reports.
func (a *avif) convert(m *avifImage, p codec.Picture, out []byte) (codec.Picture, error) {
	t, err := (*avifTransforms)(unsafe.Add(unsafe.Pointer(m), a.transforms)).upright(p.Width, p.Height)
	if err != nil {
		return p, err
	}
	target := out
	if !t.identity(p) {
		target = make([]byte, p.Size())
	}
	rgb := new(avifRGB)
	a.rgbDefaults(rgb, m)
	rgb.depth = uint32(p.Depth)
	rgb.format = int32(p.Channels - 3) // AVIF_RGB_FORMAT_RGB is 0, _RGBA 1
	*(*uintptr)(unsafe.Add(unsafe.Pointer(rgb), a.pixels)) = uintptr(start(target))
	*(*uint32)(unsafe.Add(unsafe.Pointer(rgb), a.pixels+8)) = uint32(p.Width * p.Channels * p.Depth / 8)
	result := a.toRGB(m, rgb)
	runtime.KeepAlive(target)
	if result != avifOK {
		return p, a.fault(result)
	}
	if !t.identity(p) {
		t.apply(out, target, p)
		p.Width, p.Height = t.size()
	}
	return p, nil
}

func (a *avif) fault(result int32) error {
	switch result {
	case avifTruncated:
		return codec.Faultf(codec.StatusTruncated, "")
	case avifOutOfMemory:
		return codec.Faultf(codec.StatusOutOfMemory, "")
	case avifNoCodec, avifNotImplemented:
		return codec.Faultf(codec.StatusUnsupported, "libavif: %s", a.resultText(result))
	}
	return codec.Faultf(codec.StatusDamaged, "libavif: %s", a.resultText(result))
}
