package main

import (
	"fmt"
	"structs"
	"unsafe"

	"github.com/safelight-dev/safelight/internal/codec"
	"github.com/safelight-dev/safelight/pixels"
)

// jxlInfo is JxlBasicInfo, the same from 0.7 to 0.11.
type jxlInfo struct {
	_                                          structs.HostLayout
	container                                  int32
	width, height                              uint32
	bits, exponentBits                         uint32
	intensityTarget, minNits                   float32
	relativeToMaxDisplay                       int32
	linearBelow                                float32
	usesOriginalProfile, havePreview, animated int32
	orientation                                int32
	colourChannels, extraChannels              uint32
	alphaBits, alphaExponentBits               uint32
	alphaPremultiplied                         int32
	previewWidth, previewHeight                uint32
	ticksNumerator, ticksDenominator, loops    uint32
	timecodes                                  int32
	intrinsicWidth, intrinsicHeight            uint32
	_                                          [100]uint8
}

// jxlExtra is the beginning of JxlExtraChannelInfo.
type jxlExtra struct {
	_    structs.HostLayout
	kind int32
	_    [124]uint8
}

// jxlColour is JxlColorEncoding.
type jxlColour struct {
	_                structs.HostLayout
	space, white     int32
	whiteXY          [2]float64
	primaries        int32
	_                int32
	red, green, blue [2]float64
	transfer         int32
	_                int32
	gamma            float64
	intent           int32
	_                int32
}

// jxlFormat is JxlPixelFormat.
type jxlFormat struct {
	_                    structs.HostLayout
	channels             uint32
	dataType, endianness int32
	align                uintptr
}

// Values of the enumerations of jxl/decode.h, types.h and color_encoding.h.
const (
	jxlSuccess       = 0
	jxlError         = 1
	jxlNeedInput     = 2
	jxlNeedBuffer    = 5
	jxlBasicInfo     = 0x40
	jxlColorEncoding = 0x100
	jxlFrame         = 0x400
	jxlFullImage     = 0x1000
	jxlUint8         = 2
	jxlUint16        = 3
	jxlTargetData    = 1
	jxlOriginal      = 0
	jxlBlack         = 4 // JXL_CHANNEL_BLACK
	jxlD65           = 1
	jxlSRGB          = 1
	jxl2100          = 9
	jxlP3            = 11
	jxlTransferSRGB  = 13
	jxlTransferGamma = 65535
)

type jxl struct {
	version    func() uint32
	create     func(memory unsafe.Pointer) unsafe.Pointer
	destroy    func(dec unsafe.Pointer)
	subscribe  func(dec unsafe.Pointer, events int32) int32
	unpremul   func(dec unsafe.Pointer, on int32) int32
	setInput   func(dec, data unsafe.Pointer, size uintptr) int32
	process    func(dec unsafe.Pointer) int32
	info       func(dec unsafe.Pointer, info *jxlInfo) int32
	extra      func(dec unsafe.Pointer, index uintptr, info *jxlExtra) int32
	prefer     func(dec unsafe.Pointer, c *jxlColour) int32
	bufferSize func(dec unsafe.Pointer, f *jxlFormat, size *uintptr) int32
	setBuffer  func(dec unsafe.Pointer, f *jxlFormat, buffer unsafe.Pointer, size uintptr) int32
	colour     func(dec unsafe.Pointer, target int32, c *jxlColour) int32
	iccSize    func(dec unsafe.Pointer, target int32, size *uintptr) int32
	icc        func(dec unsafe.Pointer, target int32, icc unsafe.Pointer, size uintptr) int32
}

func openJXL() (codec.Library, error) {
	lib, err := load("libjxl.so.0.11", "libjxl.so.0.10", "libjxl.so.0.9", "libjxl.so.0.8", "libjxl.so.0.7")
	if err != nil {
		return codec.Library{}, err
	}
	j := new(jxl)
	err = lib.bind(map[string]any{
		"JxlDecoderVersion":                  &j.version,
		"JxlDecoderCreate":                   &j.create,
		"JxlDecoderDestroy":                  &j.destroy,
		"JxlDecoderSubscribeEvents":          &j.subscribe,
		"JxlDecoderSetUnpremultiplyAlpha":    &j.unpremul,
		"JxlDecoderSetInput":                 &j.setInput,
		"JxlDecoderProcessInput":             &j.process,
		"JxlDecoderGetBasicInfo":             &j.info,
		"JxlDecoderGetExtraChannelInfo":      &j.extra,
		"JxlDecoderSetPreferredColorProfile": &j.prefer,
		"JxlDecoderImageOutBufferSize":       &j.bufferSize,
		"JxlDecoderSetImageOutBuffer":        &j.setBuffer,
	})
	if err != nil {
		return codec.Library{}, err
	}
	v := j.version()
	version := fmt.Sprintf("%d.%d.%d", v/1000000, v/1000%1000, v%1000)
	if v < 7000 || v >= 12000 {
		return codec.Library{}, fmt.Errorf("libjxl %s is none of the versions that this program knows (0.7 to 0.11)", version)
	}
	return codec.Library{Name: "libjxl", Version: version, Decode: j.picture}, j.bindProfiles(lib, v)
}

// bindProfiles binds the functions that lost an unused argument in 0.9.
func (j *jxl) bindProfiles(lib library, version uint32) error {
	const colour, iccSize, icc = "JxlDecoderGetColorAsEncodedProfile", "JxlDecoderGetICCProfileSize", "JxlDecoderGetColorAsICCProfile"
	if version >= 9000 {
		return lib.bind(map[string]any{colour: &j.colour, iccSize: &j.iccSize, icc: &j.icc})
	}
	var (
		oldColour  func(dec, format unsafe.Pointer, target int32, c *jxlColour) int32
		oldICCSize func(dec, format unsafe.Pointer, target int32, size *uintptr) int32
		oldICC     func(dec, format unsafe.Pointer, target int32, icc unsafe.Pointer, size uintptr) int32
	)
	err := lib.bind(map[string]any{colour: &oldColour, iccSize: &oldICCSize, icc: &oldICC})
	j.colour = func(dec unsafe.Pointer, target int32, c *jxlColour) int32 { return oldColour(dec, nil, target, c) }
	j.iccSize = func(dec unsafe.Pointer, target int32, size *uintptr) int32 { return oldICCSize(dec, nil, target, size) }
	j.icc = func(dec unsafe.Pointer, target int32, icc unsafe.Pointer, size uintptr) int32 {
		return oldICC(dec, nil, target, icc, size)
	}
	return err
}

// decoding is one file in a JxlDecoder.
type decoding struct {
	*jxl
	dec       unsafe.Pointer
	info      jxlInfo
	p         codec.Picture
	out       []byte
	maxPixels int64
}

func (j *jxl) picture(in, out []byte, maxPixels int64) (codec.Picture, error) {
	d := &decoding{jxl: j, out: out, maxPixels: maxPixels}
	if err := d.open(in, jxlBasicInfo|jxlColorEncoding|jxlFullImage); err != nil {
		return codec.Picture{}, err
	}
	err := d.run()
	j.destroy(d.dec)
	if err != nil {
		return codec.Picture{}, err
	}
	d.p.Warnings = append(d.p.Warnings, gainMap(in)...)
	if d.info.animated != 0 {
		d.p.Frames = j.frames(in)
	}
	return d.p, nil
}

func (d *decoding) open(in []byte, events int32) error {
	if d.dec = d.create(nil); d.dec == nil {
		return codec.Faultf(codec.StatusOutOfMemory, "")
	}
	d.subscribe(d.dec, events)
	d.unpremul(d.dec, 1)
	if d.setInput(d.dec, start(in), uintptr(len(in))) != jxlSuccess {
		d.destroy(d.dec)
		return codec.Faultf(codec.StatusDamaged, "libjxl does not take it")
	}
	// The input is not said to end here: libjxl would call a cut file damaged.
	return nil
}

// run follows the decoder's events up to the first full picture.
func (d *decoding) run() error {
	for {
		var err error
		switch event := d.process(d.dec); event {
		case jxlBasicInfo:
			err = d.describe()
		case jxlColorEncoding:
			err = d.profile()
		case jxlNeedBuffer:
			err = d.buffer()
		case jxlFullImage:
			return nil
		case jxlNeedInput:
			return codec.Faultf(codec.StatusTruncated, "")
		default: // jxlSuccess too: it ends without a picture
			return codec.Faultf(codec.StatusDamaged, "libjxl cannot decode it (status %d)", event)
		}
		if err != nil {
			return err
		}
	}
}

func (d *decoding) describe() error {
	if d.jxl.info(d.dec, &d.info) != jxlSuccess {
		return codec.Faultf(codec.StatusDamaged, "libjxl finds no image header")
	}
	d.p = codec.Picture{
		Width: int(d.info.width), Height: int(d.info.height), Depth: 8, Channels: int(d.info.colourChannels), Frames: 1, Upright: true,
	}
	if d.info.orientation >= 5 { // libjxl turns the picture, but not this declaration
		d.p.Width, d.p.Height = d.p.Height, d.p.Width
	}
	if d.info.bits > 8 {
		d.p.Depth = 16
	}
	if d.info.alphaBits > 0 {
		d.p.Channels++
	}
	if d.info.exponentBits > 0 {
		d.p.Warnings = append(d.p.Warnings, pixels.Remark{Kind: pixels.FloatSamples}.String())
	}
	for i := range d.info.extraChannels {
		var extra jxlExtra
		if d.extra(d.dec, uintptr(i), &extra) == jxlSuccess && extra.kind == jxlBlack {
			return codec.Faultf(codec.StatusUnsupported, "it is CMYK")
		}
	}
	return codec.Admit(d.p, d.out, d.maxPixels)
}

// profile says what the decoded values will mean.
func (d *decoding) profile() error {
	var c jxlColour
	if d.info.usesOriginalProfile == 0 && d.colour(d.dec, jxlOriginal, &c) != jxlSuccess {
		// The file was made from a picture in the space of an ICC profile, into which libjxl cannot convert. By itself
		// it would cut the colours down to sRGB; primaries as wide as BT.2100's keep them, and 16 bits their steps.
		c = jxlColour{white: jxlD65, primaries: jxl2100, transfer: jxlTransferSRGB, intent: 1}
		if d.info.colourChannels == 1 {
			c.space = 1 // JXL_COLOR_SPACE_GRAY
		}
		if d.prefer(d.dec, &c) == jxlSuccess {
			d.p.Depth = 16
		}
	}
	if d.colour(d.dec, jxlTargetData, &c) == jxlSuccess && c.cicp(&d.p.CICP) {
		return codec.Admit(d.p, d.out, d.maxPixels)
	}
	var size uintptr
	if d.iccSize(d.dec, jxlTargetData, &size) != jxlSuccess || size > 1<<28 {
		return codec.Faultf(codec.StatusDamaged, "libjxl finds no colour profile")
	}
	d.p.ICC = make([]byte, size)
	if d.icc(d.dec, jxlTargetData, start(d.p.ICC), size) != jxlSuccess {
		return codec.Faultf(codec.StatusDamaged, "libjxl cannot make its colour profile")
	}
	return codec.Admit(d.p, d.out, d.maxPixels)
}

// cicp expresses a colour encoding by the code points of ITU-T H.273, if it can be.
func (c *jxlColour) cicp(code *[3]uint8) bool {
	if c.white != jxlD65 || c.transfer == jxlTransferGamma || c.transfer == 2 || c.space > 1 {
		return false
	}
	primaries := map[int32]uint8{jxlSRGB: 1, jxl2100: 9, jxlP3: 12}[c.primaries]
	if c.space == 1 {
		primaries = 1 // grey has none; its white is theirs
	}
	if primaries == 0 {
		return false
	}
	*code = [3]uint8{primaries, uint8(c.transfer), 0}
	return true
}

// buffer hands the shared memory to the decoder.
func (d *decoding) buffer() error {
	f := jxlFormat{channels: uint32(d.p.Channels), dataType: jxlUint8}
	if d.p.Depth == 16 {
		f.dataType = jxlUint16
	}
	var size uintptr
	if d.bufferSize(d.dec, &f, &size) != jxlSuccess || size != uintptr(d.p.Size()) {
		return codec.Faultf(codec.StatusDamaged, "it decodes to another size than it declares")
	}
	if d.setBuffer(d.dec, &f, start(d.out), size) != jxlSuccess {
		return codec.Faultf(codec.StatusDamaged, "libjxl does not take the memory for its pixels")
	}
	return nil
}

// frames counts the pictures of an animation; what of it is damaged counts no more.
func (j *jxl) frames(in []byte) int {
	d := &decoding{jxl: j}
	if d.open(in, jxlFrame) != nil {
		return 1
	}
	defer j.destroy(d.dec)
	n := 0
	for j.process(d.dec) == jxlFrame {
		n++
	}
	return max(n, 1)
}
