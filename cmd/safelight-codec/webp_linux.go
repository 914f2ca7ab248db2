package main

import (
	"encoding/binary"
	"fmt"
	"structs"
	"unsafe"

	"github.com/safelight-dev/safelight/internal/codec"
)

// The ABI versions that the structs below belong to (webp/decode.h, webp/demux.h). libwebp refuses another major one.
const (
	webpDecoderABI = 0x0209
	webpDemuxABI   = 0x0107
)

// webpFeatures is WebPBitstreamFeatures.
type webpFeatures struct {
	_                                             structs.HostLayout
	width, height, hasAlpha, hasAnimation, format int32
	_                                             [5]uint32
}

// webpConfig is WebPDecoderConfig: features, output buffer (whose union is seen as WebPRGBABuffer), options.
type webpConfig struct {
	_     structs.HostLayout
	input webpFeatures
	// WebPDecBuffer
	colorspace     int32
	width, height  int32
	externalMemory int32
	rgba           unsafe.Pointer
	stride         int32
	size           uintptr
	_              [56]byte // the rest of the union
	_              [4]uint32
	privateMemory  unsafe.Pointer
	options        [19]uint32 // WebPDecoderOptions
}

// Values of WEBP_CSP_MODE and VP8StatusCode.
const (
	modeRGB, modeRGBA = 0, 1
	webpOK            = 0
	webpOutOfMemory   = 1
	webpUnsupported   = 4
	webpSuspended     = 5
	webpNotEnough     = 7
)

// webp is libwebp and, where it is installed, libwebpdemux.
type webp struct {
	version     func() int32
	features    func(data unsafe.Pointer, size uintptr, f *webpFeatures, abi int32) int32
	initConfig  func(c *webpConfig, abi int32) int32
	decode      func(data unsafe.Pointer, size uintptr, c *webpConfig) int32
	freeBuffer  func(b unsafe.Pointer)
	demux       bool
	animNew     func(data *webpData, options unsafe.Pointer, abi int32) unsafe.Pointer
	animInfo    func(dec unsafe.Pointer, info *webpAnimInfo) int32
	animNext    func(dec unsafe.Pointer, buf **byte, timestamp *int32) int32
	animDestroy func(dec unsafe.Pointer)
}

// webpData is WebPData.
type webpData struct {
	_     structs.HostLayout
	bytes unsafe.Pointer
	size  uintptr
}

// webpAnimInfo is WebPAnimInfo.
type webpAnimInfo struct {
	_                                        structs.HostLayout
	width, height, loops, background, frames uint32
	_                                        [4]uint32
}

func openWebP() (codec.Library, error) {
	lib, err := load("libwebp.so.7")
	if err != nil {
		return codec.Library{}, err
	}
	var w webp
	err = lib.bind(map[string]any{
		"WebPGetDecoderVersion":         &w.version,
		"WebPGetFeaturesInternal":       &w.features,
		"WebPInitDecoderConfigInternal": &w.initConfig,
		"WebPDecode":                    &w.decode,
		"WebPFreeDecBuffer":             &w.freeBuffer,
	})
	if err != nil {
		return codec.Library{}, err
	}
	if demux, err := load("libwebpdemux.so.2"); err == nil {
		w.demux = demux.bind(map[string]any{
			"WebPAnimDecoderNewInternal": &w.animNew,
			"WebPAnimDecoderGetInfo":     &w.animInfo,
			"WebPAnimDecoderGetNext":     &w.animNext,
			"WebPAnimDecoderDelete":      &w.animDestroy,
		}) == nil
	}
	if w.initConfig(new(webpConfig), webpDecoderABI) == 0 {
		return codec.Library{}, fmt.Errorf("%s has another ABI than %#x", lib.soname, webpDecoderABI)
	}
	v := w.version()
	return codec.Library{Name: "libwebp", Version: fmt.Sprintf("%d.%d.%d", v>>16&0xff, v>>8&0xff, v&0xff), Decode: w.picture}, nil
}

func (w *webp) picture(in, out []byte, maxPixels int64) (codec.Picture, error) {
	var c webpConfig
	if w.initConfig(&c, webpDecoderABI) == 0 {
		return codec.Picture{}, codec.Faultf(codec.StatusOutOfMemory, "")
	}
	if status := w.features(start(in), uintptr(len(in)), &c.input, webpDecoderABI); status != webpOK {
		return codec.Picture{}, webpFault(status)
	}
	p := codec.Picture{Width: int(c.input.width), Height: int(c.input.height), Depth: 8, Channels: 3, Frames: 1, ICC: riffChunk(in, "ICCP")}
	if c.input.hasAlpha != 0 || c.input.hasAnimation != 0 {
		p.Channels = 4
	}
	if c.input.format == 1 {
		p.Chroma = "4:2:0"
	}
	if err := codec.Admit(p, out, maxPixels); err != nil {
		return p, err
	}
	if c.input.hasAnimation != 0 {
		return w.firstFrame(p, in, out)
	}
	c.colorspace = modeRGB
	if p.Channels == 4 {
		c.colorspace = modeRGBA
	}
	c.externalMemory, c.rgba, c.stride, c.size = 1, start(out), int32(p.Width*p.Channels), uintptr(p.Size())
	status := w.decode(start(in), uintptr(len(in)), &c)
	w.freeBuffer(unsafe.Pointer(&c.colorspace))
	if status != webpOK {
		return p, webpFault(status)
	}
	return p, nil
}

// firstFrame draws the first frame of an animation on its canvas.
func (w *webp) firstFrame(p codec.Picture, in, out []byte) (codec.Picture, error) {
	if !w.demux {
		return p, codec.Faultf(codec.StatusUnsupported, "it is animated, and libwebpdemux is not installed (Debian: libwebpdemux2)")
	}
	dec := w.animNew(&webpData{bytes: start(in), size: uintptr(len(in))}, nil, webpDemuxABI)
	if dec == nil {
		return p, codec.Faultf(codec.StatusDamaged, "its animation cannot be read")
	}
	defer w.animDestroy(dec)
	var (
		info      webpAnimInfo
		canvas    *byte
		timestamp int32
	)
	if w.animInfo(dec, &info) == 0 || int(info.width) != p.Width || int(info.height) != p.Height {
		return p, codec.Faultf(codec.StatusDamaged, "its animation has another size than it declares")
	}
	p.Frames = int(info.frames)
	if w.animNext(dec, &canvas, &timestamp) == 0 || canvas == nil {
		return p, codec.Faultf(codec.StatusDamaged, "its first frame cannot be decoded")
	}
	copy(out, unsafe.Slice(canvas, p.Size()))
	return p, nil
}

func webpFault(status int32) error {
	switch status {
	case webpOutOfMemory:
		return codec.Faultf(codec.StatusOutOfMemory, "")
	case webpUnsupported:
		return codec.Faultf(codec.StatusUnsupported, "it uses a feature that libwebp does not know")
	case webpSuspended, webpNotEnough:
		return codec.Faultf(codec.StatusTruncated, "")
	}
	return codec.Faultf(codec.StatusDamaged, "its bitstream is not WebP (libwebp status %d)", status)
}

// riffChunk returns the body of the first chunk of that name in a RIFF file (RFC 9649, section 2.3), or nil.
func riffChunk(data []byte, name string) []byte {
	for rest := data[min(len(data), 12):]; len(rest) >= 8; {
		n := uint64(binary.LittleEndian.Uint32(rest[4:]))
		if n > uint64(len(rest)-8) {
			return nil
		}
		if string(rest[:4]) == name {
			return rest[8 : 8+n]
		}
		rest = rest[min(8+n+n&1, uint64(len(rest))):]
	}
	return nil
}
