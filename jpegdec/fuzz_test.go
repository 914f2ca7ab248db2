package jpegdec

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"path/filepath"
	"testing"
)

func seeds(f *testing.F) {
	files, err := filepath.Glob("testdata/*.jpg")
	if err != nil || len(files) == 0 {
		f.Fatal("testdata has no JPEGs", err)
	}
	for _, path := range files {
		f.Add(load(f, filepath.Base(path)))
	}
}

// small bounds the work of one input.
var small = Options{MaxPixels: 1 << 18, MaxScans: 30}

// FuzzDecode asks of any bytes that they be refused or decoded alike by assembly and Go, and where image/jpeg decodes
// them too, to the same size and, if the file is a grey baseline JPEG, to nearly the same pixels.
func FuzzDecode(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, file []byte) {
		var d Decoder
		pix, h, err := d.Decode(nil, file, small)
		restore := plain()
		again, _, errAgain := d.Decode(nil, file, small)
		restore()
		if (err == nil) != (errAgain == nil) || !bytes.Equal(pix, again) {
			t.Fatalf("assembly and Go differ: %v, %v", err, errAgain)
		}
		if q, _, err := Quality(file); err == nil && (q < 1 || q > 100) {
			t.Fatalf("its quality is %d", q)
		}
		declared, errHeader := ParseHeader(file)
		if err != nil {
			if e := (*Error)(nil); !errors.As(err, &e) {
				t.Fatalf("%v is no *Error", err)
			}
			return
		}
		if errHeader != nil || declared.Width != h.Width || declared.Height != h.Height || declared.Channels != h.Channels {
			t.Fatalf("decoded %+v, but the header is %+v, %v", h, declared, errHeader)
		}
		if len(pix) != h.Width*h.Height*h.Channels {
			t.Fatalf("%d bytes for %+v", len(pix), h)
		}
		second(t, file, pix, h)
	})
}

// second compares with image/jpeg, which has another inverse DCT and repeats chroma.
func second(t *testing.T, file []byte, pix []uint8, h Header) {
	m, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		return
	}
	if m.Bounds().Dx() != h.Width || m.Bounds().Dy() != h.Height {
		t.Fatalf("image/jpeg has %v, we have %+v", m.Bounds(), h)
	}
	// A run of blocks without coefficients ends with its scan (T.81, G.1.2.2; libjpeg-turbo): image/jpeg takes what is
	// left of a damaged one into the next scan.
	grey, ok := m.(*image.Gray)
	if !ok || h.Progressive {
		return
	}
	// Where coefficients are beyond an encoder's, each decoder has its own rubbish, which mostly ends at black or white:
	// only the blocks that stay clear of both are compared.
	for y := 0; y+8 <= h.Height; y += 8 {
		for x := 0; x+8 <= h.Width; x += 8 {
			compareBlock(t, pix[y*h.Width+x:], h.Width, grey.Pix[y*grey.Stride+x:], grey.Stride)
		}
	}
}

func compareBlock(t *testing.T, a []uint8, strideA int, b []uint8, strideB int) {
	for i := range 64 {
		if v, w := a[i/8*strideA+i%8], b[i/8*strideB+i%8]; v < 8 || v > 247 || w < 8 || w > 247 {
			return
		}
	}
	for i := range 64 {
		if v, w := int(a[i/8*strideA+i%8]), int(b[i/8*strideB+i%8]); v-w > 3 || w-v > 3 {
			t.Fatalf("a grey sample is %d, image/jpeg has %d", v, w)
		}
	}
}

// FuzzScaled asks that a file decodes at every scale or at none, to sizes that are rounded up, alike by assembly and Go.
func FuzzScaled(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, file []byte) {
		var d Decoder
		_, full, errFull := d.Decode(nil, file, small)
		for _, n := range []int{2, 4, 8} {
			o := small
			o.Denominator = n
			pix, h, err := d.Decode(nil, file, o)
			restore := plain()
			again, _, _ := d.Decode(nil, file, o)
			restore()
			if (err == nil) != (errFull == nil) {
				t.Fatalf("at 1/%d %v, at full size %v", n, err, errFull)
			}
			if err != nil {
				continue
			}
			if h.Width != ceilDiv(full.Width, n) || h.Height != ceilDiv(full.Height, n) || len(pix) != h.Width*h.Height*h.Channels {
				t.Fatalf("1/%d of %+v is %+v with %d bytes", n, full, h, len(pix))
			}
			if !bytes.Equal(pix, again) {
				t.Fatalf("at 1/%d assembly and Go differ", n)
			}
		}
	})
}
