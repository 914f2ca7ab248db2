package pixels

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLosslessFormatsGiveTheirPixelsBack(t *testing.T) {
	t.Parallel()
	src := noise(37, 23)
	for _, format := range []string{"png", "tiff"} {
		img := mustDecode(t, encode(t, format, src), Options{})
		if img.Format != format || img.Width != 37 || img.Height != 23 || img.Depth != 8 || img.HasAlpha ||
			img.Frames != 1 || img.Orientation != 1 || img.RGB16 != nil || img.Warnings != nil {
			t.Errorf("%s: described as %+v", format, img)
		}
		for y := range 23 {
			for x := range 37 {
				c, p := src.NRGBAAt(x, y), img.Row8(y)[3*x:]
				if p[0] != c.R || p[1] != c.G || p[2] != c.B {
					t.Fatalf("%s: pixel %d,%d is %v, want %v", format, x, y, p[:3], c)
				}
			}
		}
		if img.Row16(0) != nil {
			t.Errorf("%s: Row16 of an 8-bit image is not nil", format)
		}
	}
}

func Test16BitsStay16Bits(t *testing.T) {
	t.Parallel()
	grey := image.NewGray16(image.Rect(0, 0, 5, 4))
	full := image.NewNRGBA64(image.Rect(0, 0, 5, 4))
	for y := range 4 {
		for x := range 5 {
			grey.SetGray16(x, y, color.Gray16{Y: uint16(13107*x + 257*y + 1)})
			full.SetNRGBA64(x, y, color.NRGBA64{R: uint16(1000*x + 7), G: uint16(999 * y), B: 65535, A: 65535})
		}
	}
	for _, format := range []string{"png", "tiff"} {
		for name, src := range map[string]image.Image{"grey": grey, "full": full} {
			img := mustDecode(t, encode(t, format, src), Options{})
			if img.Depth != 16 || img.RGB8 != nil || img.Row8(0) != nil || img.HasAlpha {
				t.Fatalf("%s %s: depth %d, alpha %v", format, name, img.Depth, img.HasAlpha)
			}
			for i := range 20 {
				r, g, b, _ := src.At(i%5, i/5).RGBA()
				if p := img.Row16(i / 5)[3*(i%5):]; uint32(p[0]) != r || uint32(p[1]) != g || uint32(p[2]) != b {
					t.Errorf("%s %s: pixel %d is %v, want %d %d %d", format, name, i, p[:3], r, g, b)
				}
			}
		}
	}
}

func TestWideIsExact(t *testing.T) {
	t.Parallel()
	narrow := mustDecode(t, encode(t, "png", noise(31, 17)), Options{})
	wide := narrow.Wide()
	for i, v := range narrow.RGB8 {
		if wide.RGB16[i] != uint16(v)<<8|uint16(v) {
			t.Fatalf("Wide value %d of %d is %d", i, v, wide.RGB16[i])
		}
	}
	if wide.Wide() != wide || wide.Depth != 16 || wide.RGB8 != nil {
		t.Errorf("Wide of a 16-bit image is another image, or Depth %d", wide.Depth)
	}
}

// TestOrientation checks each of the 8 orientations in each container against the table of CIPA DC-008.
func TestOrientation(t *testing.T) {
	t.Parallel()
	want := [9]string{1: "RGB/KWg", 2: "BGR/gWK", 3: "gWK/BGR", 4: "KWg/RGB", 5: "RK/GW/Bg", 6: "KR/WG/gB", 7: "gB/WG/KR", 8: "Bg/GW/RK"}
	plain := map[string][]byte{}
	for _, f := range []string{"png", "tiff"} {
		plain[f] = encode(t, f, corners())
	}
	for o := uint16(1); o <= 8; o++ {
		files := map[string][]byte{
			"png II":         pngWith(plain["png"], "eXIf", exif(binary.LittleEndian, o)),
			"png MM":         pngWith(plain["png"], "eXIf", exif(binary.BigEndian, o)),
			"tiff":           tiffWith(plain["tiff"], tagOrientation, o),
			"png after IDAT": splice(plain["png"], len(plain["png"])-12, pngChunk("eXIf", exif(binary.BigEndian, o))),
		}
		for name, file := range files {
			img := mustDecode(t, file, Options{})
			if got := letters(img); got != want[o] || img.Orientation != int(o) {
				t.Errorf("%s with orientation %d shows %s (says %d), want %s", name, o, got, img.Orientation, want[o])
			}
		}
	}
}

// letters spells an image of the colours of corners.
func letters(img *Image) string {
	var b strings.Builder
	for y := range img.Height {
		if y > 0 {
			b.WriteByte('/')
		}
		for x := range img.Width {
			p := img.Row8(y)[3*x:]
			name := map[[3]uint8]string{{255, 0, 0}: "R", {0, 255, 0}: "G", {0, 0, 255}: "B", {}: "K", {255, 255, 255}: "W", {128, 128, 128}: "g"}
			b.WriteString(name[[3]uint8(p)])
		}
	}
	return b.String()
}

// TestOrientationOfLargerPictures turns more rows than are turned at once, in JPEG, WebP and 16 bits, and compares
// with the stored picture.
func TestOrientationOfLargerPictures(t *testing.T) {
	t.Parallel()
	jpg := encode(t, "jpeg", noise(21, 35))
	deep := image.NewGray16(image.Rect(0, 0, 19, 33))
	for i := range deep.Pix {
		deep.Pix[i] = uint8(i * 7)
	}
	png := encode(t, "png", deep)
	lossy := unbase64(t, webpLossy)
	stored := map[string]*Image{}
	for name, file := range map[string][]byte{"jpeg": jpg, "png": png, "webp": lossy} {
		stored[name] = mustDecode(t, file, Options{}).Wide()
	}
	for o := uint16(1); o <= 8; o++ {
		block := exif(binary.LittleEndian, o)
		app1 := append([]byte("Exif\x00\x00"), block...)
		for name, file := range map[string][]byte{
			"jpeg": jpegWith(jpg, 0xe1, app1),
			"png":  pngWith(png, "eXIf", block),
			"webp": webpWith(lossy, "EXIF", map[bool][]byte{true: block, false: app1}[o%2 == 0]),
		} {
			img := mustDecode(t, file, Options{}).Wide()
			if img.Orientation != int(o) || !isTurned(stored[name], img) {
				t.Errorf("%s is not turned as orientation %d asks (says %d)", name, o, img.Orientation)
			}
		}
	}
}

// isTurned finds each stored pixel where the orientation of the shown image puts it.
func isTurned(stored, shown *Image) bool {
	w, h := stored.Width, stored.Height
	for y := range h {
		for x := range w {
			at := [9][2]int{1: {x, y}, 2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y},
				5: {y, x}, 6: {h - 1 - y, x}, 7: {h - 1 - y, w - 1 - x}, 8: {y, w - 1 - x}}[shown.Orientation]
			if !slices.Equal(stored.Row16(y)[3*x:3*x+3], shown.Row16(at[1])[3*at[0]:3*at[0]+3]) {
				return false
			}
		}
	}
	return true
}

func TestWebP(t *testing.T) {
	t.Parallel()
	img := mustDecode(t, unbase64(t, webpLossless), Options{Background: [3]uint8{100, 100, 100}})
	want := []uint8{10, 20, 30, 100, 100, 100, 50, 51, 51, 139, 139, 139}
	if img.Format != "webp" || !img.HasAlpha || !slices.Equal(img.RGB8, want) {
		t.Errorf("lossless WebP: %v alpha %v, want %v", img.RGB8, img.HasAlpha, want)
	}
	// The digest is of the R′G′B′ bytes that libwebp 1.2.4 makes of the same file.
	img = mustDecode(t, unbase64(t, webpLossy), Options{})
	const libwebp = "78e31346fbd0f239f29975b3d9cb54dfb0781b037680d1c605cbf4894c971d51"
	if got := fmt.Sprintf("%x", sha256.Sum256(img.RGB8)); got != libwebp || img.HasAlpha {
		t.Errorf("lossy WebP: digest %s, alpha %v; libwebp makes %s", got, img.HasAlpha, libwebp)
	}
	img = mustDecode(t, unbase64(t, webpAlpha), Options{Black: true})
	for i, v := range img.RGB8 {
		if mid := []int{100, 26, 15}[i%3]; !img.HasAlpha || int(v) < mid-4 || int(v) > mid+4 {
			t.Fatalf("lossy WebP with alpha 128 on black: value %d is %d, want about %d", i, v, mid)
		}
	}
}

func TestGIFFrameSmallerThanItsScreen(t *testing.T) {
	t.Parallel()
	frame := image.NewPaletted(image.Rect(1, 1, 3, 2), color.Palette{color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 0, 255}})
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{0}, Config: image.Config{Width: 4, Height: 3}})
	if err != nil {
		t.Fatal(err)
	}
	img := mustDecode(t, b.Bytes(), Options{})
	if got, want := letters(img), "WWWW/WRRW/WWWW"; got != want || !img.HasAlpha || img.Width != 4 || img.Height != 3 {
		t.Errorf("frame on its screen shows %s (alpha %v), want %s", got, img.HasAlpha, want)
	}
}

func TestBackground(t *testing.T) {
	t.Parallel()
	src := image.NewNRGBA(image.Rect(0, 0, 3, 1))
	copy(src.Pix, []uint8{200, 100, 50, 0, 200, 100, 50, 128, 200, 100, 50, 255})
	file := encode(t, "png", src)
	for _, c := range []struct {
		o    Options
		want []uint8
	}{
		{Options{}, []uint8{255, 255, 255, 227, 177, 152, 200, 100, 50}},
		{Options{Black: true}, []uint8{0, 0, 0, 100, 50, 25, 200, 100, 50}},
		{Options{Background: [3]uint8{1, 2, 3}}, []uint8{1, 2, 3, 101, 51, 27, 200, 100, 50}},
	} {
		if img := mustDecode(t, file, c.o); !slices.Equal(img.RGB8, c.want) || !img.HasAlpha {
			t.Errorf("on %+v: %v, want %v", c.o, img.RGB8, c.want)
		}
	}
}

// TestDecoderReusesBuffers decodes pictures of all kinds in turn: once the buffers have grown, pixels take no new memory.
func TestDecoderReusesBuffers(t *testing.T) {
	large := noise(400, 300)
	sheer := image.NewNRGBA(large.Rect)
	copy(sheer.Pix, large.Pix)
	sheer.Pix[3] = 7
	turned := pngWith(encode(t, "png", large), "eXIf", exif(binary.BigEndian, 6))
	files := [][]byte{encode(t, "png", large), encode(t, "jpeg", large), encode(t, "png", sheer), turned, encode(t, "png", corners())}
	var d Decoder
	var a, b Image
	round := func() {
		for _, f := range files {
			for _, m := range []*Image{&a, &b} {
				if err := d.Decode(m, f, Options{}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for range 4 {
		round()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const rounds = 5
	for range rounds {
		round()
	}
	runtime.ReadMemStats(&after)
	const picture = 3 * 400 * 300
	if bytes := (after.TotalAlloc - before.TotalAlloc) / rounds; bytes > picture/2 {
		t.Errorf("a round of %d files allocates %d bytes; one picture has %d", 2*len(files), bytes, picture)
	}
	if a.Memory() < picture {
		t.Errorf("the image says that it holds %d bytes", a.Memory())
	}
	if err := d.Decode(&a, []byte("no image"), Options{}); err == nil || a.Width != 0 || a.RGB8 != nil {
		t.Errorf("after an error (%v) the image is %d wide", err, a.Width)
	}
	if err := d.Decode(&a, files[4], Options{}); err != nil || letters(&a) != "RGB/KWg" {
		t.Errorf("reused image shows %s, %v", letters(&a), err)
	}
}

// TestFirstFrame takes the first picture of an animation and says so.
func TestFirstFrame(t *testing.T) {
	t.Parallel()
	apng := pngWith(encode(t, "png", corners()), "acTL", []byte{0, 0, 0, 12, 0, 0, 0, 0})
	for name, c := range map[string]struct {
		file   []byte
		frames int
	}{"gif": {animatedGIF(t), 3}, "png": {apng, 12}} {
		m := mustDecode(t, c.file, Options{})
		if m.Frames != c.frames || said(m) != fmt.Sprintf("the file holds %d pictures; only the first was read", c.frames) {
			t.Errorf("%s: %d frames, warnings %q", name, m.Frames, m.Warnings)
		}
	}
}

// said joins the warnings of an image.
func said(m *Image) string {
	var all []string
	for _, w := range m.Warnings {
		all = append(all, w.String())
	}
	return strings.Join(all, "|")
}

// TestGainMapsAreSaid marks a JPEG in each way that gain maps and further pictures are announced.
func TestGainMapsAreSaid(t *testing.T) {
	t.Parallel()
	jpg := encode(t, "jpeg", corners())
	index := []byte("MPF\x00MM\x00*\x00\x00\x00\x08\x00\x01\xb0\x01\x00\x04\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00")
	for name, c := range map[string]struct {
		marker byte
		body   string
		want   string
	}{
		"adobe": {0xe1, "http://ns.adobe.com/xap/1.0/\x00<x xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/'/>", "gain map"},
		"iso":   {0xe2, "urn:iso:std:iso:ts:21496:-1\x00\x00\x00\x00\x00", "gain map"},
		"mpo":   {0xe2, string(index), "holds 2 pictures"},
		"none":  {0xe1, "http://ns.adobe.com/xap/1.0/\x00<x/>", ""},
	} {
		got := said(mustDecode(t, jpegWith(jpg, c.marker, []byte(c.body)), Options{}))
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: warnings %q, want %q", name, got, c.want)
		}
	}
}

// TestOnAnotherBackground gives what decoding on that background gives, at both depths, turned or not.
func TestOnAnotherBackground(t *testing.T) {
	t.Parallel()
	sheer, deep := image.NewNRGBA(image.Rect(0, 0, 33, 21)), image.NewNRGBA64(image.Rect(0, 0, 33, 21))
	for i := range sheer.Pix {
		sheer.Pix[i] = uint8(i * 7)
	}
	for i := range deep.Pix {
		deep.Pix[i] = uint8(i * 11)
	}
	var dst Image
	for name, m := range map[string]image.Image{"sheer": sheer, "deep": deep, "opaque": noise(33, 21)} {
		file := pngWith(encode(t, "png", m), "eXIf", exif(binary.BigEndian, 6))
		mustDecode(t, file, Options{}).On(&dst, [3]uint8{10, 20, 30})
		want := mustDecode(t, file, Options{Background: [3]uint8{10, 20, 30}})
		if !slices.Equal(dst.RGB8, want.RGB8) || !slices.Equal(dst.RGB16, want.RGB16) || dst.HasAlpha != want.HasAlpha {
			t.Errorf("%s: another background gives other pixels than decoding on it", name)
		}
	}
	var wide Image
	mustDecode(t, encode(t, "png", sheer), Options{}).Wide().On(&wide, [3]uint8{})
	narrow := mustDecode(t, encode(t, "png", sheer), Options{Black: true})
	for i, v := range wide.RGB16 {
		if d := int(v) - 257*int(narrow.RGB8[i]); d < -129 || d > 129 {
			t.Fatalf("value %d is %d on black in 16 bits and %d in 8", i, v, narrow.RGB8[i])
		}
	}
}

func TestDenominator(t *testing.T) {
	t.Parallel()
	jpg := encode(t, "jpeg", noise(100, 61))
	for d, want := range map[int][2]int{1: {100, 61}, 2: {50, 31}, 4: {25, 16}, 8: {13, 8}} {
		if m := mustDecode(t, jpg, Options{Denominator: d}); m.Width != want[0] || m.Height != want[1] || m.FullWidth != 100 || m.FullHeight != 61 {
			t.Errorf("1/%d is %d×%d, want %v", d, m.Width, m.Height, want)
		}
	}
	if _, err := DecodeBytes(encode(t, "png", corners()), Options{Denominator: 2}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("half a PNG: %v", err)
	}
}

func TestDecodeReadsItsReader(t *testing.T) {
	t.Parallel()
	file := encode(t, "png", corners())
	if img, err := Decode(iotest.OneByteReader(bytes.NewReader(file)), Options{}); err != nil || letters(img) != "RGB/KWg" {
		t.Errorf("Decode byte by byte: %v", err)
	}
	if _, err := Decode(bytes.NewReader(file), Options{MaxBytes: int64(len(file))}); err != nil {
		t.Errorf("a file of exactly MaxBytes: %v", err)
	}
	if _, err := Decode(bytes.NewReader(file), Options{MaxBytes: int64(len(file)) - 1}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a file one byte over MaxBytes: %v, want ErrTooLarge", err)
	}
	if _, err := Decode(bytes.NewReader(file), Options{MaxBytes: math.MaxInt64, MaxPixels: math.MaxInt64}); err != nil {
		t.Errorf("without limits: %v", err)
	}
	if _, err := Decode(iotest.ErrReader(io.ErrClosedPipe), Options{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a broken reader: %v", err)
	}
}
