package main

import (
	"fmt"
	"strings"
	"structs"
	"unsafe"

	"github.com/safelight-dev/safelight/internal/codec"
)

// heifError is struct heif_error, which libheif returns by value.
type heifError struct {
	_             structs.HostLayout
	code, subcode int32
	message       *byte
}

// heifNCLX is the beginning of heif_color_profile_nclx.
type heifNCLX struct {
	_                           structs.HostLayout
	version                     uint8
	_                           [3]uint8
	primaries, transfer, matrix int32
}

// Values of the enumerations of heif.h.
const (
	heifOK          = 0
	heifUnsupported = 4 // Unsupported_feature; 3 is Unsupported_filetype
	heifNoMemory    = 6
	heifEndOfData   = 100
	heifOverLimit   = 1000
	heifHEVC        = 1
	heifRGB         = 1
	heifInterleaved = 10 // the channel
	chromaRGB       = 10
	chromaRGBA      = 11
	chromaRGB16LE   = 14
	chromaRGBA16LE  = 15
)

type heif struct {
	version       func() string
	hasDecoder    func(format int32) int32
	alloc         func() unsafe.Pointer
	free          func(ctx unsafe.Pointer)
	setThreads    func(ctx unsafe.Pointer, n int32)
	read          func(ctx, data unsafe.Pointer, size uintptr, options unsafe.Pointer) heifError
	images        func(ctx unsafe.Pointer) int32
	primary       func(ctx unsafe.Pointer, handle *unsafe.Pointer) heifError
	release       func(handle unsafe.Pointer)
	width, height func(handle unsafe.Pointer) int32
	bits          func(handle unsafe.Pointer) int32
	hasAlpha      func(handle unsafe.Pointer) int32
	premultiplied func(handle unsafe.Pointer) int32
	iccSize       func(handle unsafe.Pointer) uintptr
	icc           func(handle, data unsafe.Pointer) heifError
	nclx          func(handle unsafe.Pointer, out **heifNCLX) heifError
	nclxFree      func(n *heifNCLX)
	decode        func(handle unsafe.Pointer, image *unsafe.Pointer, colorspace, chroma int32, options unsafe.Pointer) heifError
	imageWidth    func(image unsafe.Pointer, channel int32) int32
	imageHeight   func(image unsafe.Pointer, channel int32) int32
	imageBits     func(image unsafe.Pointer, channel int32) int32
	plane         func(image unsafe.Pointer, channel int32, stride *int32) *byte
	imageRelease  func(image unsafe.Pointer)
}

func openHEIF() (codec.Library, error) {
	lib, err := load("libheif.so.1")
	if err != nil {
		return codec.Library{}, err
	}
	h := new(heif)
	if err := lib.bind(h.functions()); err != nil {
		return codec.Library{}, err
	}
	// Newer versions keep the decoders in plugins, which are read now or, shut in, never.
	var initialise func(params unsafe.Pointer) heifError
	if lib.optional("heif_init", &initialise) {
		if e := initialise(nil); e.code != heifOK {
			return codec.Library{}, fmt.Errorf("%s: %s", lib.soname, e.text())
		}
	}
	if h.hasDecoder(heifHEVC) == 0 {
		return codec.Library{}, fmt.Errorf("libheif %s has no decoder for HEVC", h.version())
	}
	return codec.Library{Name: "libheif", Version: h.version(), Decode: h.picture}, nil
}

func (h *heif) functions() map[string]any {
	return map[string]any{
		"heif_get_version":                             &h.version,
		"heif_have_decoder_for_format":                 &h.hasDecoder,
		"heif_context_alloc":                           &h.alloc,
		"heif_context_free":                            &h.free,
		"heif_context_set_max_decoding_threads":        &h.setThreads,
		"heif_context_read_from_memory_without_copy":   &h.read,
		"heif_context_get_number_of_top_level_images":  &h.images,
		"heif_context_get_primary_image_handle":        &h.primary,
		"heif_image_handle_release":                    &h.release,
		"heif_image_handle_get_width":                  &h.width,
		"heif_image_handle_get_height":                 &h.height,
		"heif_image_handle_get_luma_bits_per_pixel":    &h.bits,
		"heif_image_handle_has_alpha_channel":          &h.hasAlpha,
		"heif_image_handle_is_premultiplied_alpha":     &h.premultiplied,
		"heif_image_handle_get_raw_color_profile_size": &h.iccSize,
		"heif_image_handle_get_raw_color_profile":      &h.icc,
		"heif_image_handle_get_nclx_color_profile":     &h.nclx,
		"heif_nclx_color_profile_free":                 &h.nclxFree,
		"heif_decode_image":                            &h.decode,
		"heif_image_get_width":                         &h.imageWidth,
		"heif_image_get_height":                        &h.imageHeight,
		"heif_image_get_bits_per_pixel_range":          &h.imageBits,
		"heif_image_get_plane_readonly":                &h.plane,
		"heif_image_release":                           &h.imageRelease,
	}
}

func (e heifError) text() string {
	var b strings.Builder
	for p := e.message; p != nil && *p != 0 && b.Len() < 500; p = (*byte)(unsafe.Add(unsafe.Pointer(p), 1)) {
		b.WriteByte(*p)
	}
	return b.String()
}

func (e heifError) fault() error {
	switch {
	case e.subcode == heifEndOfData:
		return codec.Faultf(codec.StatusTruncated, "")
	case e.subcode == heifOverLimit:
		return codec.Faultf(codec.StatusUnsupported, "libheif: %s", e.text())
	case e.code == heifNoMemory:
		return codec.Faultf(codec.StatusOutOfMemory, "")
	case e.code == heifUnsupported || e.code == heifUnsupported-1:
		return codec.Faultf(codec.StatusUnsupported, "libheif: %s", e.text())
	}
	return codec.Faultf(codec.StatusDamaged, "libheif: %s", e.text())
}

func (h *heif) picture(in, out []byte, maxPixels int64) (codec.Picture, error) {
	ctx := h.alloc()
	if ctx == nil {
		return codec.Picture{}, codec.Faultf(codec.StatusOutOfMemory, "")
	}
	defer h.free(ctx)
	h.setThreads(ctx, 0) // tiles are decoded in this thread
	if e := h.read(ctx, start(in), uintptr(len(in)), nil); e.code != heifOK {
		return codec.Picture{}, e.fault()
	}
	var handle unsafe.Pointer
	if e := h.primary(ctx, &handle); e.code != heifOK {
		return codec.Picture{}, e.fault()
	}
	defer h.release(handle)
	p := h.describe(handle)
	p.Frames = int(h.images(ctx))
	p.Chroma, p.Warnings = hevcChroma(in), gainMap(in)
	if err := codec.Admit(p, out, maxPixels); err != nil {
		return p, err
	}
	var image unsafe.Pointer
	if e := h.decode(handle, &image, heifRGB, chromaOf(p), nil); e.code != heifOK {
		return p, e.fault()
	}
	defer h.imageRelease(image)
	return h.copyOut(image, p, out, h.premultiplied(handle) != 0)
}

// chromaOf is the layout of pixels to ask for.
func chromaOf(p codec.Picture) int32 {
	switch {
	case p.Depth == 16 && p.Channels == 4:
		return chromaRGBA16LE
	case p.Depth == 16:
		return chromaRGB16LE
	case p.Channels == 4:
		return chromaRGBA
	}
	return chromaRGB
}

func (h *heif) describe(handle unsafe.Pointer) codec.Picture {
	p := codec.Picture{Width: int(h.width(handle)), Height: int(h.height(handle)), Depth: 8, Channels: 3, Upright: true}
	if h.bits(handle) > 8 {
		p.Depth = 16
	}
	if h.hasAlpha(handle) != 0 {
		p.Channels = 4
	}
	var icc []byte
	if n := h.iccSize(handle); n > 0 && n < 1<<28 {
		icc = make([]byte, n)
		if e := h.icc(handle, start(icc)); e.code != heifOK {
			icc = nil
		}
	}
	code := heifNCLX{primaries: 2, transfer: 2, matrix: 2}
	var nclx *heifNCLX
	if e := h.nclx(handle, &nclx); e.code == heifOK && nclx != nil {
		code = *nclx
		h.nclxFree(nclx)
	}
	colour(&p, icc, uint8(code.primaries), uint8(code.transfer), uint8(code.matrix))
	return p
}

// copyOut packs the rows of a decoded image, widens samples of 10 or 12 bits, and divides by alpha where needed.
func (h *heif) copyOut(image unsafe.Pointer, p codec.Picture, out []byte, premultiplied bool) (codec.Picture, error) {
	var stride int32
	plane := h.plane(image, heifInterleaved, &stride)
	row := p.Width * p.Channels * p.Depth / 8
	if plane == nil || int(h.imageWidth(image, heifInterleaved)) != p.Width || int(h.imageHeight(image, heifInterleaved)) != p.Height || int(stride) < row {
		return p, codec.Faultf(codec.StatusDamaged, "it decodes to another size than it declares")
	}
	for y := range p.Height {
		copy(out[y*row:(y+1)*row], unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(plane), y*int(stride))), row))
	}
	if p.Depth == 16 {
		widen(samples16(out[:p.Size()]), int(h.imageBits(image, heifInterleaved)))
	}
	if premultiplied && p.Channels == 4 {
		straighten(out, p)
	}
	return p, nil
}
