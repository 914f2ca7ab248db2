package pixels

import (
	"image"
	"math"
	"slices"
	"testing"

	"github.com/safelight-dev/safelight/colour"
)

func resized(t *testing.T, m *Image, w, h int, f Filter) *Image {
	t.Helper()
	out, err := m.Resize(w, h, f)
	if err != nil {
		t.Fatal(err)
	}
	if out.Width != w || out.Height != h || out.Depth != m.Depth || len(out.RGB8)+len(out.RGB16) != 3*w*h {
		t.Fatalf("resized to %d×%d it is %d×%d, depth %d, %d+%d values", w, h, out.Width, out.Height, out.Depth, len(out.RGB8), len(out.RGB16))
	}
	return out
}

func TestResizeToTheSameSizeChangesNothing(t *testing.T) {
	t.Parallel()
	m := mustDecode(t, encode(t, "png", noise(37, 23)), Options{})
	for _, f := range []Filter{Area, Lanczos} {
		if got := resized(t, m, 37, 23, f); !slices.Equal(got.RGB8, m.RGB8) {
			t.Errorf("%s: 8-bit pixels changed", f)
		}
		if got := resized(t, m.Wide(), 37, 23, f); !slices.Equal(got.RGB16, m.Wide().RGB16) {
			t.Errorf("%s: 16-bit pixels changed", f)
		}
	}
}

// TestResizeKeepsFlatColours tries every grey in sizes that do not divide each other.
func TestResizeKeepsFlatColours(t *testing.T) {
	t.Parallel()
	for v := range 256 {
		m := &Image{Width: 17, Height: 11, Depth: 8, RGB8: slices.Repeat([]uint8{uint8(v)}, 3*17*11)}
		for _, f := range []Filter{Area, Lanczos} {
			for _, size := range [][2]int{{5, 3}, {1, 1}, {40, 29}} {
				for i, got := range resized(t, m, size[0], size[1], f).RGB8 {
					if got != uint8(v) {
						t.Fatalf("%s to %v: flat %d became %d at %d", f, size, v, got, i)
					}
				}
			}
		}
	}
}

// TestAreaAveragesLight halves a picture: each output pixel is the mean of four in linear light, computed plainly.
func TestAreaAveragesLight(t *testing.T) {
	t.Parallel()
	m := mustDecode(t, encode(t, "png", noise(32, 18)), Options{}).Wide()
	got := resized(t, m, 16, 9, Area)
	for y := range 9 {
		for i := range 48 {
			x, c := i/3, i%3
			sum := 0.0
			for _, p := range [4]uint16{m.Row16(2 * y)[6*x+c], m.Row16(2 * y)[6*x+3+c], m.Row16(2*y + 1)[6*x+c], m.Row16(2*y + 1)[6*x+3+c]} {
				sum += colour.ToLinear(float64(p) / 65535)
			}
			if want := 65535 * colour.ToEncoded(sum/4); math.Abs(float64(got.Row16(y)[i])-want) > 1 {
				t.Fatalf("value %d,%d is %d, want %.2f", i, y, got.Row16(y)[i], want)
			}
		}
	}
}

// TestLanczosKeepsSoftPictures shrinks a soft gradient and enlarges it again: little may be lost, in either direction
// and with the centres where they were.
func TestLanczosKeepsSoftPictures(t *testing.T) {
	t.Parallel()
	soft := image.NewGray16(image.Rect(0, 0, 96, 64))
	for y := range 64 {
		for x := range 96 {
			v := 0.5 + 0.2*math.Sin(float64(x)/9) + 0.2*math.Cos(float64(y)/11)
			soft.Pix[soft.PixOffset(x, y)] = uint8(255 * v)
		}
	}
	m := mustDecode(t, encode(t, "png", soft), Options{})
	back := resized(t, resized(t, m, 48, 32, Lanczos), 96, 64, Lanczos)
	for y := 6; y < 58; y++ { // the border has less of the kernel
		for x := 6; x < 90; x++ {
			if d := int(back.Row16(y)[3*x]) - int(m.Row16(y)[3*x]); d > 700 || d < -700 {
				t.Fatalf("pixel %d,%d went from %d to %d", x, y, m.Row16(y)[3*x], back.Row16(y)[3*x])
			}
		}
	}
}

func TestResizeRefuses(t *testing.T) {
	t.Parallel()
	m := mustDecode(t, encode(t, "png", corners()), Options{})
	if _, err := m.Resize(3, 2, "cubic"); err == nil {
		t.Error("an unknown filter was taken")
	}
	if _, err := m.Resize(0, 2, Area); err == nil {
		t.Error("a width of 0 was taken")
	}
}
