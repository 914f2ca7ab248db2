package metadata

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
	"github.com/safelight-dev/safelight/pixels"
)

// scene is a made picture with detail at every size.
func scene(w, h int, seed uint64) *image.RGBA {
	chance := rand.New(rand.NewPCG(1, seed))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	type wave struct{ fx, fy, p, a float64 }
	var waves []wave
	for f := 1.0; f < 16; f *= 1.5 {
		waves = append(waves, wave{f * (chance.Float64() + 0.2), f * (chance.Float64() + 0.2), 7 * chance.Float64(), 1 / f})
	}
	for y := range h {
		for x := range w {
			v := 0.0
			for _, o := range waves {
				v += o.a * math.Sin(o.p+2*math.Pi*(o.fx*float64(x)/float64(w)+o.fy*float64(y)/float64(h)))
			}
			c := uint8(128 + 50*math.Tanh(v)*1.5)
			m.SetRGBA(x, y, color.RGBA{c, c / 2, 255 - c, 255})
		}
	}
	return m
}

// thumbnailOf is a small JPEG file of a part of a picture, changed point by point.
func thumbnailOf(t testing.TB, m image.Image, part image.Rectangle, w, h int, change func(color.RGBA) color.RGBA) []byte {
	t.Helper()
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			r, g, b, _ := m.At(part.Min.X+x*part.Dx()/w, part.Min.Y+y*part.Dy()/h).RGBA()
			c := color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
			if change != nil {
				c = change(c)
			}
			small.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, small, &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func shownOf(t testing.TB, m image.Image) *pixels.Image {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	p, err := pixels.DecodeBytes(out.Bytes(), pixels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// turned is a picture turned by a quarter.
func turned(m image.Image) image.Image {
	b := m.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dy(), b.Dx()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.Set(b.Dy()-1-y, x, m.At(x, y))
		}
	}
	return out
}

// barred is a picture with black bars above and below.
func barred(m image.Image) image.Image {
	b := m.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dx()*3/4))
	for y := range out.Bounds().Dy() {
		for x := range b.Dx() {
			out.Set(x, y, color.Black)
		}
	}
	from := (out.Bounds().Dy() - b.Dy()) / 2
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.Set(x, from+y, m.At(x, y))
		}
	}
	return out
}

// TestStaleThumbnails tells thumbnails of the picture, however they lie and whatever their tone, from those of what it
// was.
func TestStaleThumbnails(t *testing.T) {
	t.Parallel()
	m := scene(480, 320, 2)
	all := m.Bounds()
	bright := func(c color.RGBA) color.RGBA { return color.RGBA{c.R/2 + 127, c.G/2 + 100, c.B/2 + 90, 255} }
	grey := func(color.RGBA) color.RGBA { return color.RGBA{90, 90, 90, 255} }
	cut := image.Rect(60, 40, 420, 280)
	for name, c := range map[string]struct {
		shown     image.Image
		thumbnail []byte
		stale     bool
	}{
		"the same":        {m, thumbnailOf(t, m, all, 160, 107, nil), false},
		"graded":          {m, thumbnailOf(t, m, all, 160, 107, bright), false},
		"on its side":     {turned(m), thumbnailOf(t, m, all, 160, 107, nil), false},
		"with bars":       {m, thumbnailOf(t, barred(m), image.Rect(0, 0, 480, 360), 160, 120, nil), false},
		"less at sides":   {m, thumbnailOf(t, m, image.Rect(80, 0, 400, 320), 96, 96, nil), false},
		"before a crop":   {m.SubImage(cut), thumbnailOf(t, m, all, 160, 107, nil), true},
		"more at sides":   {m.SubImage(image.Rect(80, 0, 400, 320)), thumbnailOf(t, m, all, 160, 107, nil), true},
		"another picture": {m, thumbnailOf(t, scene(480, 320, 3), all, 160, 107, nil), true},
		"of one grey":     {m, thumbnailOf(t, m, all, 160, 107, grey), false},
		"not a picture":   {m, []byte("\xff\xd8\xff\xe0 nothing"), false},
	} {
		d := &Document{Pictures: []Picture{{Kind: "thumbnail", Where: "IFD1", Data: c.thumbnail}}}
		if got := StaleThumbnails(d, shownOf(t, c.shown)); len(got) > 0 != c.stale {
			t.Errorf("%s: stale are %v, want %v", name, got, c.stale)
		}
	}
}

// TestStaleOnPhotographs holds the limit on photographs: thumbnails of them, and of them before a crop at one corner.
func TestStaleOnPhotographs(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(corpora.Dir(t, "photos"), "*.png"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no photographs: %v", err)
	}
	for _, name := range files[:min(len(files), 5)] {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		b := m.Bounds()
		thumbnail, err := pixels.DecodeBytes(thumbnailOf(t, m, b, b.Dx()/5, b.Dy()/5, nil), pixels.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, cut := range []int{0, 8, 25} {
			part := image.Rect(0, 0, b.Dx()*(100-cut)/100, b.Dy()*(100-cut)/100)
			shown := shownOf(t, m.(interface {
				SubImage(image.Rectangle) image.Image
			}).SubImage(part))
			// Less than a twelfth may pass: what is left out then is hardly what somebody wanted to hide.
			c, ok := resemblance(shown, thumbnail)
			if !ok || cut == 0 && c < StaleBelow || cut >= 8 && c >= StaleBelow {
				t.Errorf("%s less %d %%: the correlation is %.3f", filepath.Base(name), cut, c)
			}
		}
	}
}
