package iqa

import (
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
)

// The goldens are what tools of others say; testdata/goldens.py made them, from the pictures that are repeated here.

type golden struct {
	File, Distortion     string
	Width, Height, Depth int
	SSIM, PSNR           float64
	SSIMRGB, PSNRRGB     [3]float64
	MSSSIM               *float64
}

func goldens(t *testing.T) (file struct {
	Tools                  string
	Generated, Photographs []golden
}) {
	t.Helper()
	text, err := os.ReadFile("testdata/goldens.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file
}

// hashed is noise without a generator.
func hashed(x, y, c int) uint32 {
	v := uint32(x)*374761393 + uint32(y)*668265263 + uint32(c)*974634777
	v ^= v >> 13
	v *= 1274126177
	return v ^ v>>16
}

func generatedPicture(w, h int) []uint8 {
	pix := make([]uint8, 0, 3*w*h)
	for y := range h {
		for x := range w {
			r := x*x/7 + 3*y + 40*((x/16+y/16)%2)
			g := 5*x + y*y/11 + x*y%17
			b := 1000 - x + 2*y + (x*7+y*3)%32
			pix = append(pix, uint8(r), uint8(g), uint8(b))
		}
	}
	return pix
}

var distortions = map[string]func(at func(x, y int) int, x, y, c int) int{
	"noise":     func(at func(x, y int) int, x, y, c int) int { return at(x, y) + int(hashed(x, y, c)%21) - 10 },
	"quantised": func(at func(x, y int) int, x, y, _ int) int { return at(x, y)/24*24 + 12 },
	"brighter":  func(at func(x, y int) int, x, y, _ int) int { return at(x, y) + 15 },
	"negative":  func(at func(x, y int) int, x, y, _ int) int { return 255 - at(x, y) },
	"displaced": func(at func(x, y int) int, x, y, _ int) int { return at(x+1, y) },
	"blurred": func(at func(x, y int) int, x, y, _ int) int {
		return (at(x, y) + at(x, y-1) + at(x, y+1) + at(x-1, y) + at(x+1, y)) / 5
	},
}

func distort(pix []uint8, w, h int, name string) []uint8 {
	out := make([]uint8, len(pix))
	for c := range 3 {
		at := func(x, y int) int { return int(pix[3*(min(max(y, 0), h-1)*w+min(max(x, 0), w-1))+c]) }
		for y := range h {
			for x := range w {
				out[3*(y*w+x)+c] = uint8(min(max(distortions[name](at, x, y, c), 0), 255))
			}
		}
	}
	return out
}

// widened gives samples that 8 bits cannot.
func widened(pix []uint8, w, spread int) []uint16 {
	out := make([]uint16, len(pix))
	for i, v := range pix {
		out[i] = uint16(v)*256 + uint16(hashed(i/3%w, i/3/w, i%3)%uint32(spread))
	}
	return out
}

func TestGeneratedPicturesMeasureAsOtherToolsSay(t *testing.T) {
	t.Parallel()
	file := goldens(t)
	for _, g := range file.Generated {
		a := generatedPicture(g.Width, g.Height)
		b := distort(a, g.Width, g.Height, g.Distortion)
		g.File = fmt.Sprintf("%d×%d, %d bits", g.Width, g.Height, g.Depth)
		if g.Depth == 8 {
			for name, k := range implementations() {
				g.check(t, name, k, a, b)
			}
			continue
		}
		var w Workspace
		wa, wb := widened(a, g.Width, 200), widened(b, g.Width, 201)
		scores, err := w.Measure16(wa, wb, g.Width, g.Height)
		rgb, errRGB := w.SSIMRGB16(wa, wb, g.Width, g.Height)
		if err != nil || errRGB != nil {
			t.Fatal(err, errRGB)
		}
		g.compare(t, scores, rgb)
	}
}

func TestPhotographsMeasureAsOtherToolsSay(t *testing.T) {
	t.Parallel()
	dir := corpora.Dir(t, "photos")
	for _, g := range goldens(t).Photographs {
		var pix []uint8
		pix, g.Width, g.Height = photograph(t, filepath.Join(dir, g.File))
		g.check(t, "fastest", fastest(), pix, distort(pix, g.Width, g.Height, g.Distortion))
	}
}

func photograph(t *testing.T, path string) (pix []uint8, width, height int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	m, ok := picture.(*image.RGBA)
	if !ok {
		t.Fatalf("%s is a %T, the test wants 8-bit RGB", path, picture)
	}
	for i := 0; i < len(m.Pix); i += 4 {
		pix = append(pix, m.Pix[i:i+3]...)
	}
	return pix, m.Rect.Dx(), m.Rect.Dy()
}

func (g golden) check(t *testing.T, name string, k kernels, ref, cand []uint8) {
	t.Helper()
	w := Workspace{buf: new(buffers), kernels: k}
	scores, err := w.Measure8(ref, cand, g.Width, g.Height)
	rgb, errRGB := w.SSIMRGB8(ref, cand, g.Width, g.Height)
	if err != nil || errRGB != nil {
		t.Fatal(err, errRGB)
	}
	g.File += ", " + name
	g.compare(t, scores, rgb)
}

// compare wants six digits.
func (g golden) compare(t *testing.T, s Scores, rgb Channels) {
	t.Helper()
	msssim := 0.0
	if g.MSSSIM != nil {
		msssim = *g.MSSSIM
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"SSIM", s.SSIM, g.SSIM},
		{"MS-SSIM", s.MSSSIM, msssim},
		{"SSIM of R′", rgb.R, g.SSIMRGB[0]},
		{"SSIM of G′", rgb.G, g.SSIMRGB[1]},
		{"SSIM of B′", rgb.B, g.SSIMRGB[2]},
		{"SSIM of R′ G′ B′", rgb.Mean, (g.SSIMRGB[0] + g.SSIMRGB[1] + g.SSIMRGB[2]) / 3},
		{"PSNR", float64(s.PSNR.Overall), g.PSNR},
		{"PSNR of R′", float64(s.PSNR.R), g.PSNRRGB[0]},
		{"PSNR of G′", float64(s.PSNR.G), g.PSNRRGB[1]},
		{"PSNR of B′", float64(s.PSNR.B), g.PSNRRGB[2]},
	} {
		if math.Abs(c.got-c.want) > 5e-7 {
			t.Errorf("%s %s: %s = %.9f, want %.9f", g.File, g.Distortion, c.name, c.got, c.want)
		}
	}
	if (g.MSSSIM == nil) != (s.MSSSIMErr != nil) {
		t.Errorf("%s %s: MS-SSIM gives %v and the golden is %v", g.File, g.Distortion, s.MSSSIMErr, msssim)
	}
}
