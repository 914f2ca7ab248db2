package main

import (
	"testing"
	"unsafe"
)

// The numbers are what offsetof and sizeof give in C, on amd64 and arm64 alike, with the headers of libavif 0.11.1,
// libwebp 1.2.4, libjxl 0.7.0 and libheif 1.15.1.
func TestStructsLieAsInC(t *testing.T) {
	t.Parallel()
	var (
		d  avifDecoder
		m  avifImage
		tr avifTransforms
		r  avifRGB
		w  webpConfig
		j  jxlInfo
		c  jxlColour
		n  heifNCLX
		e  heifError
	)
	old := avifLayouts[0].layout
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"avifDecoder.maxThreads", unsafe.Offsetof(d.maxThreads), 4},
		{"avifDecoder.ignoreExif", unsafe.Offsetof(d.ignoreExif), 20},
		{"avifDecoder.imageSizeLimit", unsafe.Offsetof(d.imageSizeLimit), 28},
		{"avifDecoder.image", unsafe.Offsetof(d.image), 48},
		{"avifDecoder.imageCount", unsafe.Offsetof(d.imageCount), 60},
		{"avifImage.depth", unsafe.Offsetof(m.depth), 8},
		{"avifImage.yuvFormat", unsafe.Offsetof(m.yuvFormat), 12},
		{"avifImage.alphaPlane", unsafe.Offsetof(m.alpha), 64},
		{"avifImage.icc", unsafe.Offsetof(m.icc), 88},
		{"avifImage.colorPrimaries", unsafe.Offsetof(m.primaries), 104},
		{"avifImage.matrixCoefficients", unsafe.Offsetof(m.matrix), 108},
		{"avifImage.transformFlags", old.transforms + unsafe.Offsetof(tr.flags), 112},
		{"avifImage.clap", old.transforms + unsafe.Offsetof(tr.clap), 124},
		{"avifImage.irot", old.transforms + unsafe.Offsetof(tr.angle), 156},
		{"avifImage.imir", old.transforms + unsafe.Offsetof(tr.mirror), 157},
		{"avifRGBImage.depth", unsafe.Offsetof(r.depth), 8},
		{"avifRGBImage.format", unsafe.Offsetof(r.format), 12},
		{"avifRGBImage.pixels", old.pixels, 40},
		{"WebPDecoderConfig", unsafe.Sizeof(w), 240},
		{"WebPDecoderConfig.output", unsafe.Offsetof(w.colorspace), 40},
		{"WebPDecoderConfig.output.is_external_memory", unsafe.Offsetof(w.externalMemory), 52},
		{"WebPDecoderConfig.output.u.RGBA.rgba", unsafe.Offsetof(w.rgba), 56},
		{"WebPDecoderConfig.output.u.RGBA.stride", unsafe.Offsetof(w.stride), 64},
		{"WebPDecoderConfig.output.u.RGBA.size", unsafe.Offsetof(w.size), 72},
		{"WebPDecoderConfig.output.private_memory", unsafe.Offsetof(w.privateMemory), 152},
		{"WebPDecoderConfig.options", unsafe.Offsetof(w.options), 160},
		{"WebPBitstreamFeatures", unsafe.Sizeof(w.input), 40},
		{"WebPAnimInfo", unsafe.Sizeof(webpAnimInfo{}), 36},
		{"JxlBasicInfo", unsafe.Sizeof(j), 204},
		{"JxlBasicInfo.bits_per_sample", unsafe.Offsetof(j.bits), 12},
		{"JxlBasicInfo.uses_original_profile", unsafe.Offsetof(j.usesOriginalProfile), 36},
		{"JxlBasicInfo.have_animation", unsafe.Offsetof(j.animated), 44},
		{"JxlBasicInfo.orientation", unsafe.Offsetof(j.orientation), 48},
		{"JxlBasicInfo.alpha_bits", unsafe.Offsetof(j.alphaBits), 60},
		{"JxlColorEncoding", unsafe.Sizeof(c), 104},
		{"JxlColorEncoding.primaries", unsafe.Offsetof(c.primaries), 24},
		{"JxlColorEncoding.transfer_function", unsafe.Offsetof(c.transfer), 80},
		{"JxlColorEncoding.rendering_intent", unsafe.Offsetof(c.intent), 96},
		{"JxlPixelFormat", unsafe.Sizeof(jxlFormat{}), 24},
		{"heif_color_profile_nclx.color_primaries", unsafe.Offsetof(n.primaries), 4},
		{"heif_color_profile_nclx.matrix_coefficients", unsafe.Offsetof(n.matrix), 12},
		{"heif_error", unsafe.Sizeof(e), 16},
		{"heif_error.message", unsafe.Offsetof(e.message), 8},
	} {
		if f.got != f.want {
			t.Errorf("%s: %d, want %d", f.name, f.got, f.want)
		}
	}
	if size := unsafe.Sizeof(jxlExtra{}); size < 44 {
		t.Errorf("jxlExtra has %d bytes; libjxl writes 44", size)
	}
	// libavif 1.0 put the content light level (4 bytes) before the transformations, and maxThreads (4, and 4 of
	// padding) before the pixels.
	if later := avifLayouts[1].layout; later.transforms != old.transforms+4 || later.pixels != old.pixels+8 {
		t.Errorf("layout of 1.x %+v does not follow from that of 0.11 %+v", later, old)
	}
}
