package pixels

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
)

// convert runs a picture of package image through all stages behind its decoder.
func convert(t *testing.T, m image.Image, background [3]uint8) *Image {
	t.Helper()
	p, err := imagePicture(m, m.Bounds())
	if err != nil {
		t.Fatal(err)
	}
	img := new(Image)
	new(Decoder).show(img, p, formats[1], inspectNothing(nil), Options{Background: background})
	return img
}

func sameAs(t *testing.T, name string, img *Image, want func(x, y int) (uint8, uint8, uint8)) {
	t.Helper()
	for y := range img.Height {
		row := img.Row8(y)
		for x := range img.Width {
			if r, g, b := want(x, y); row[3*x] != r || row[3*x+1] != g || row[3*x+2] != b {
				t.Fatalf("%s: pixel %d,%d is %v, want %d %d %d", name, x, y, row[3*x:3*x+3], r, g, b)
			}
		}
	}
}

func TestOtherLayouts(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	rect := image.Rect(0, 0, 23, 9)
	gray, pal := image.NewGray(rect), image.NewPaletted(rect, nil)
	for range 200 { // indices 200 to 255 lie beyond the palette
		pal.Palette = append(pal.Palette, color.RGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255})
	}
	for _, pix := range [][]uint8{gray.Pix, pal.Pix} {
		for i := range pix {
			pix[i] = uint8(r.Uint32())
		}
	}
	for _, m := range []image.Image{gray, pal} {
		sameAs(t, fmt.Sprintf("%T", m), convert(t, m, [3]uint8{255, 255, 255}), func(x, y int) (uint8, uint8, uint8) {
			if m == pal && int(pal.ColorIndexAt(x, y)) >= len(pal.Palette) {
				return 0, 0, 0
			}
			c := color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)
			return c.R, c.G, c.B
		})
	}
}

// TestCompositing compares with the formula v·α + b·(1 − α) in float64, rounded, for all alphas, straight and
// premultiplied, in 8 and 16 bits.
func TestCompositing(t *testing.T) {
	t.Parallel()
	for v := 0; v < 256; v += 5 {
		for b := 0; b < 256; b += 5 {
			for a := range 256 {
				exact := (float64(v)*float64(a) + float64(b)*float64(255-a)) / 255
				if got := over(uint8(v), uint8(b), uint8(a)); math.Abs(float64(got)-exact) > 0.5 {
					t.Fatalf("over(%d, %d, %d) = %d, want %v rounded", v, b, a, got, exact)
				}
			}
		}
	}
	for _, v := range []uint16{0, 1, 255, 257, 32768, 65534, 65535} {
		for _, b := range []uint16{0, 257, 40000, 65535} {
			for a := 0; a <= 65535; a += 3 {
				exact := (float64(v)*float64(a) + float64(b)*float64(65535-a)) / 65535
				if got := over16(v, b, uint16(a)); math.Abs(float64(got)-exact) > 0.5 {
					t.Fatalf("over16(%d, %d, %d) = %d, want %v rounded", v, b, a, got, exact)
				}
			}
		}
	}
}

func TestPremultipliedAlpha(t *testing.T) {
	t.Parallel()
	m := image.NewRGBA(image.Rect(0, 0, 4, 1))
	copy(m.Pix, []uint8{10, 20, 30, 255, 50, 0, 100, 100, 0, 0, 0, 0, 200, 0, 0, 10})
	want := []uint8{10, 20, 30, 50 + 122, 0 + 122, 100 + 122, 200, 200, 200, 202, 192, 192}
	got := convert(t, m, [3]uint8{200, 200, 200})
	for i := range want {
		if got.RGB8[i] != want[i] || !got.HasAlpha {
			t.Fatalf("RGBA on 200: %v, want %v", got.RGB8, want)
		}
	}
	wide := image.NewRGBA64(m.Rect)
	for x := range 3 {
		c := m.RGBAAt(x, 0)
		wide.SetRGBA64(x, 0, color.RGBA64{257 * uint16(c.R), 257 * uint16(c.G), 257 * uint16(c.B), 257 * uint16(c.A)})
	}
	wide.SetRGBA64(3, 0, color.RGBA64{65535, 65535, 65535, 1})
	got = convert(t, wide, [3]uint8{200, 200, 200})
	for i, v := range want[:9] {
		if d := int(got.RGB16[i]) - 257*int(v); d < -129 || d > 129 { // half of an 8-bit step
			t.Errorf("RGBA64 value %d is %d, want about %d", i, got.RGB16[i], 257*int(v))
		}
	}
	if p := got.RGB16[9:]; p[0] != 51400 || p[1] != 51400 { // white of alpha 1/65535 on grey 200
		t.Errorf("values above their alpha give %v, want them limited", p)
	}
}
