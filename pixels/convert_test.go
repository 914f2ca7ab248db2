package pixels

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
)

// convert runs a picture through its row conversion without orientation.
func convert(t *testing.T, m image.Image, bg [3]uint8) *Image {
	t.Helper()
	img := new(Image)
	if err := img.take(m, formats[0], container{orientation: 1}, Options{Background: bg}); err != nil {
		t.Fatal(err)
	}
	return img
}

func TestYCbCrIsThatOfImageColor(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		for _, size := range [][2]int{{1, 1}, {2, 2}, {3, 5}, {64, 31}, {65, 32}, {67, 33}} {
			m := image.NewYCbCr(image.Rect(0, 0, size[0], size[1]), ratio)
			for _, plane := range [][]uint8{m.Y, m.Cb, m.Cr} {
				for i := range plane {
					plane[i] = uint8(r.Uint32())
				}
			}
			sameAs(t, fmt.Sprint(ratio, size), convert(t, m, [3]uint8{}), func(x, y int) (uint8, uint8, uint8) {
				c := m.YCbCrAt(x, y)
				return color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
			})
		}
	}
}

// TestEveryYCbCr goes through all 2²⁴ triples.
func TestEveryYCbCr(t *testing.T) {
	t.Parallel()
	m := image.NewYCbCr(image.Rect(0, 0, 256, 256), image.YCbCrSubsampleRatio444)
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = uint8(i), uint8(i>>8)
	}
	for luma := range 256 {
		for i := range m.Y {
			m.Y[i] = uint8(luma)
		}
		sameAs(t, fmt.Sprint("Y′ ", luma), convert(t, m, [3]uint8{}), func(x, y int) (uint8, uint8, uint8) {
			return color.YCbCrToRGB(uint8(luma), uint8(x), uint8(y))
		})
	}
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
	gray, cmyk, pal := image.NewGray(rect), image.NewCMYK(rect), image.NewPaletted(rect, nil)
	for range 200 { // indices 200 to 255 lie beyond the palette
		pal.Palette = append(pal.Palette, color.RGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255})
	}
	for _, pix := range [][]uint8{gray.Pix, cmyk.Pix, pal.Pix} {
		for i := range pix {
			pix[i] = uint8(r.Uint32())
		}
	}
	for _, m := range []image.Image{gray, cmyk, pal} {
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
	want := []uint8{10, 20, 30, 50 + 122, 0 + 122, 100 + 122, 200, 200, 200, 255, 192, 192}
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
	if p := got.RGB16[9:]; p[0] != 65535 || p[1] != 65535 {
		t.Errorf("values above their alpha give %v, want them limited", p)
	}
}

func BenchmarkConvert(b *testing.B) {
	rect := image.Rect(0, 0, 1024, 768)
	rgba, nrgba, nrgba64 := image.NewRGBA(rect), image.NewNRGBA(rect), image.NewNRGBA64(rect)
	for _, pix := range [][]uint8{rgba.Pix, nrgba.Pix, nrgba64.Pix} {
		for i := range pix {
			pix[i] = 255 // opaque, as most pictures are
		}
	}
	for _, m := range []image.Image{
		image.NewYCbCr(rect, image.YCbCrSubsampleRatio420), image.NewYCbCr(rect, image.YCbCrSubsampleRatio444),
		&studioYCbCr{YCbCr: image.NewYCbCr(rect, image.YCbCrSubsampleRatio420)},
		rgba, nrgba, nrgba64, image.NewGray(rect),
	} {
		for _, o := range []int{1, 6} {
			b.Run(fmt.Sprintf("%T/orientation%d", m, o), func(b *testing.B) {
				var img Image
				for b.Loop() {
					img.reset()
					if err := img.take(m, formats[0], container{orientation: o}, Options{}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(rect.Dx()*rect.Dy())*float64(b.N)/1e6/b.Elapsed().Seconds(), "MP/s")
			})
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	soft := image.NewNRGBA(image.Rect(0, 0, 768, 512))
	for i := range soft.Pix {
		x, y := i/4%768, i/4/768
		soft.Pix[i] = uint8(128 + 60*math.Sin(float64(x*(1+i%4))/40) + 50*math.Cos(float64(y)/30))
		if i%4 == 3 {
			soft.Pix[i] = 255
		}
	}
	for _, format := range []string{"jpeg", "png"} {
		file := encode(b, format, soft)
		b.Run(format, func(b *testing.B) {
			var img Image
			b.ReportAllocs()
			for b.Loop() {
				if err := DecodeInto(&img, file, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(768*512*float64(b.N)/1e6/b.Elapsed().Seconds(), "MP/s")
		})
	}
}
