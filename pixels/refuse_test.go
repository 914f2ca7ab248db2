package pixels

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// bombs declare far more pixels than they hold.
func bombs() map[string][]byte {
	header := []byte{0, 0, 0x20, 0, 0, 0, 0x20, 0, 8, 2, 0, 0, 0} // 8192×8192, R′G′B′, within the limit
	hollow := slices.Concat([]byte(pngSignature), pngChunk("IHDR", header), pngChunk("IDAT", deflated([]byte("nothing"))), pngChunk("IEND", nil))
	return map[string][]byte{
		"hollow png": hollow,
		"webp":       []byte("RIFF\x20\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\xff\xff\xff\x0f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
		"gif":        []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00\x3b"),
		"jpeg":       []byte("\xff\xd8\xff\xc0\x00\x0b\x08\xe4\xe1\xe4\xe4\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"),
		"png":        greyPNG(58593, 58596),
	}
}

func animatedGIF(t testing.TB) []byte {
	t.Helper()
	frame := image.NewPaletted(image.Rect(0, 0, 2, 2), color.Palette{color.White, color.Black})
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame, frame, frame}, Delay: []int{1, 1, 1}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	png, jpg := encode(t, "png", noise(30, 20)), encode(t, "jpeg", noise(30, 20))
	spoilt := bytes.Clone(png)
	spoilt[len(spoilt)/2] ^= 1
	apng := pngWith(png, "acTL", []byte{0, 0, 0, 12, 0, 0, 0, 0})
	flat := encode(t, "png", image.NewGray(image.Rect(0, 0, 16, 16)))
	hollow := append(greyPNG(8192, 8192), flat[33:]...)
	heif := []byte("\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heic....")
	for _, c := range []struct {
		name string
		data []byte
		o    Options
		kind error
		says string
	}{
		{"empty", nil, Options{}, ErrNotImage, "the file is empty"},
		{"text", []byte("<!DOCTYPE html>"), Options{}, ErrNotImage, "<!DOCTYP"},
		{"html with svg", []byte("<!doctype html><html><svg>"), Options{}, ErrNotImage, "not an image"},
		{"large", png, Options{MaxBytes: 100}, ErrTooLarge, "over the limit of 100 bytes"},
		{"many pixels", png, Options{MaxPixels: 599}, ErrTooManyPixels, "30×20 pixels, over the limit of 599"},
		{"many frames", animatedGIF(t), Options{MaxFrames: 2}, ErrTooManyFrames, "3 pictures, over the limit of 2"},
		{"many frames of png", apng, Options{MaxFrames: 2}, ErrTooManyFrames, "12 pictures"},
		{"animated webp", unbase64(t, webpAnimated), Options{}, ErrAnimated, "webp is animated"},
		{"cut jpeg", jpg[:len(jpg)-1], Options{}, ErrTruncated, "jpeg is cut short"},
		{"bad checksum", spoilt, Options{}, ErrDamaged, "png is damaged"},
		{"hollow png", hollow, Options{}, ErrDamaged, "cannot hold the 8192×8192 pixels"},
		{"too many scans", scans(jpg, 101), Options{}, ErrDamaged, "scan"},
		{"tiles", tiffWith(tiffWith(encode(t, "tiff", tall()), tagTileWidth, 1024), tagTileLength, 1024), Options{}, ErrDamaged, "tiles"},
		{"lossless jpeg", bytes.Replace(jpg, []byte{0xff, 0xc0}, []byte{0xff, 0xc3}, 1), Options{}, ErrUnsupported, "jpeg cannot be decoded"},
		{"avif", []byte("\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avif"), Options{}, ErrUnsupported, "avif cannot be decoded: it needs safelight-codec"},
		{"heic", heif, Options{}, ErrUnsupported, "heic"},
		{"movie", []byte("\x00\x00\x00\x14ftypisom\x00\x00\x00\x00isom"), Options{}, ErrNotImage, "not an image"},
		{"jxl", []byte("\xff\x0a\x00\x10"), Options{}, ErrUnsupported, "jxl"},
		{"psd", []byte("8BPS\x00\x01"), Options{}, ErrUnsupported, "Photoshop"},
		{"svg", []byte("<?xml version='1.0'?>\n<svg xmlns="), Options{}, ErrUnsupported, "SVG"},
	} {
		img, err := DecodeBytes(c.data, c.o)
		var typed *Error
		if img != nil || !errors.Is(err, c.kind) || !errors.As(err, &typed) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v saying %q", c.name, err, c.kind, c.says)
		}
	}
}

// tall is one pixel wide, so that wide tiles would multiply the work.
func tall() image.Image { return image.NewGray(image.Rect(0, 0, 1, 5000)) }

// scans puts n empty scan headers before the end of a JPEG file.
func scans(file []byte, n int) []byte {
	sos := []byte{0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0}
	return splice(file, len(file)-2, bytes.Repeat(sos, n))
}

func TestBombsAreRefusedByTheirHeader(t *testing.T) {
	for name, bomb := range bombs() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := DecodeBytes(bomb, Options{})
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		// That it cannot hold what it declares is the other thing that needs no pixels.
		if !errors.Is(err, ErrTooManyPixels) && !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrDamaged) || allocated > 1<<20 {
			t.Errorf("%s of %d bytes: %v after %d bytes of memory, want a refusal and little", name, len(bomb), err, allocated)
		}
	}
}

// TestCutAtEveryLength cuts a file of each format everywhere. Nothing but an error may come out, and from the
// signature on it is ErrTruncated.
func TestCutAtEveryLength(t *testing.T) {
	t.Parallel()
	m := noise(9, 7)
	files := map[string][]byte{"webp": unbase64(t, webpLossy), "webp lossless": unbase64(t, webpLossless), "webp alpha": unbase64(t, webpAlpha)}
	for _, f := range []string{"jpeg", "png", "gif", "tiff"} {
		files[f] = encode(t, f, m)
	}
	for name, file := range files {
		mustDecode(t, file, Options{})
		for n := range len(file) {
			_, err := DecodeBytes(file[:n], Options{})
			var typed *Error
			if !errors.As(err, &typed) || (n >= 12 && !errors.Is(err, ErrTruncated)) {
				t.Errorf("%s cut at %d of %d: %v, want ErrTruncated", name, n, len(file), err)
			}
		}
	}
}

// TestFlippedBits damages a file of each format in every bit: an error or an image, never a panic, and an image
// keeps to the limit.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	files := [][]byte{unbase64(t, webpAlpha), unbase64(t, webpLossless), unbase64(t, webpAnimated),
		tiffWith(encode(t, "tiff", corners()), tagOrientation, 6),
		pngWith(encode(t, "png", corners()), "eXIf", exif(binary.BigEndian, 6)), animatedGIF(t)}
	const limit = 1 << 20
	for _, file := range files {
		for bit := range 8 * len(file) {
			broken := bytes.Clone(file)
			broken[bit/8] ^= 1 << (bit % 8)
			img, err := DecodeBytes(broken, Options{MaxPixels: limit})
			var typed *Error
			if err != nil && !errors.As(err, &typed) {
				t.Errorf("bit %d: untyped error %v", bit, err)
			}
			if err == nil && img.Width*img.Height > limit {
				t.Errorf("bit %d: %d×%d pixels are over the limit", bit, img.Width, img.Height)
			}
		}
	}
}

func TestDecoderPanicsBecomeErrors(t *testing.T) {
	t.Parallel()
	var img Image
	// No file is known that makes a decoder panic; a picture without its pixels does it just as well.
	hollow := &image.Gray{Rect: image.Rect(0, 0, 4, 4), Stride: 4}
	err := guarded(&img, func() error {
		p, err := imagePicture(hollow, hollow.Rect)
		if err == nil {
			new(Decoder).show(&img, p, formats[1], inspectNothing(nil), Options{})
		}
		return err
	})
	if !errors.Is(err, ErrDamaged) || img.RGB8 != nil || img.Width != 0 {
		t.Errorf("a panic gave %v and an image %d wide, want ErrDamaged and none", err, img.Width)
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, format, want string }{
		{"a/b.png", "jpeg", "named .png but holds jpeg"},
		{`C:\pictures.png\B.JPG`, "webp", "named .jpg but holds webp"},
		{"x.avif", "png", "named .avif but holds png"},
		{"x.JPEG", "jpeg", ""},
		{"x.tif", "tiff", ""},
		{"x.apng", "png", ""},
		{"x.download", "gif", ""},
		{"x.png/plain", "gif", ""},
		{"", "gif", ""},
	} {
		if got := said(&Image{Warnings: checkName(c.name, c.format)}); got != c.want {
			t.Errorf("checkName(%q, %q) = %q, want %q", c.name, c.format, got, c.want)
		}
	}
	img := mustDecode(t, encode(t, "png", corners()), Options{Name: "hero.jpg"})
	if len(img.Warnings) != 1 || img.Warnings[0].String() != "named .jpg but holds png" {
		t.Errorf("warnings %q", img.Warnings)
	}
}

// TestRemarksAreKeyed: what a decoder says in words is recognised by them, and nothing is lost of what is not.
func TestRemarksAreKeyed(t *testing.T) {
	t.Parallel()
	if r := TextRemark(Remark{Kind: FloatSamples}.String()); r.Kind != FloatSamples || len(r.Args) != 0 {
		t.Errorf("the sentence of %s was read as %+v", FloatSamples, r)
	}
	if r := TextRemark("its tail wags"); r.Kind != Verbatim || r.String() != "its tail wags" {
		t.Errorf("another sentence was read as %+v", r)
	}
	_, err := DecodeBytes([]byte("GIF89a"), Options{MaxBytes: 3})
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *Error", err)
	}
	if key, args := e.Phrase(); key != "pixels.error.too-large" || len(args) != 1 || args[0] != int64(3) {
		t.Errorf("the error is %s %v", key, args)
	}
	if got := (Remark{Kind: OtherChannels, Args: []any{"press", 4, 3}}).String(); got != `the embedded ICC profile "press" is for 4 channels and the picture has 3; the colours were read as sRGB` {
		t.Errorf("said %q", got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, format := range []string{"jpeg", "png", "gif", "tiff"} {
		f.Add(encode(f, format, noise(17, 9)))
		f.Add(encode(f, format, image.NewGray16(image.Rect(0, 0, 3, 3))))
	}
	for _, s := range []string{webpAlpha, webpAnimated, webpLossless, webpLossy} {
		f.Add(unbase64(f, s))
	}
	for _, bomb := range bombs() {
		f.Add(bomb)
	}
	f.Add(animatedGIF(f))
	f.Add(pngWith(encode(f, "png", corners()), "eXIf", exif(binary.BigEndian, 6)))
	f.Add(jpegWith(encode(f, "jpeg", noise(9, 9)), 0xe1, append([]byte("Exif\x00\x00"), exif(binary.LittleEndian, 8)...)))
	f.Fuzz(func(t *testing.T, data []byte) {
		img, err := DecodeBytes(data, Options{MaxBytes: 1 << 20, MaxPixels: 1 << 20, Name: "x.png"})
		if err != nil {
			var typed *Error
			if !errors.As(err, &typed) || err.Error() == "" {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		n := 3 * img.Width * img.Height
		if n == 0 || n > 3<<20 || img.Orientation < 1 || img.Orientation > 8 || len(img.RGB8)+len(img.RGB16) != n {
			t.Fatalf("%d×%d depth %d orientation %d with %d+%d values", img.Width, img.Height, img.Depth, img.Orientation, len(img.RGB8), len(img.RGB16))
		}
	})
}
