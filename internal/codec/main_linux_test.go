package codec

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/pixels"
)

// The two children that the tests run: the real one and one that misbehaves.
var realChild, badChild string

func TestMain(m *testing.M) {
	if program := os.Getenv(parentVariable); program != "" {
		hangingParent(program)
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "codec")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	realChild, badChild = filepath.Join(dir, "safelight-codec"), filepath.Join(dir, "misbehave")
	for path, source := range map[string]string{realChild: "../../cmd/safelight-codec", badChild: "./testdata/misbehave"} {
		build := exec.Command("go", "build", "-o", path, source)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build %s: %v\n%s", source, err, out)
			return 1
		}
	}
	return m.Run()
}

// pool makes a pool that ends with the test.
func pool(t testing.TB, o Options) *Pool {
	t.Helper()
	if o.Program == "" {
		o.Program = realChild
	}
	p := New(o)
	t.Cleanup(p.Close)
	return p
}

// debian names the package of each tool and library that the tests need.
var debian = map[string]string{
	"cwebp": "webp", "dwebp": "webp", "img2webp": "webp", "webpmux": "webp", "avifenc": "libavif-bin", "avifdec": "libavif-bin",
	"heif-enc": "libheif-examples", "heif-convert": "libheif-examples", "cjxl": "libjxl-tools", "djxl": "libjxl-tools",
}

// tool runs one of the formats' own tools in the folder.
func tool(t testing.TB, dir, name string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed (Debian: apt install %s)", name, debian[name])
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// scene draws a picture with smooth and with hard parts and some noise, in 16-bit samples; alpha varies if wanted.
func scene(width, height int, alpha bool) *image.NRGBA64 {
	m := image.NewNRGBA64(image.Rect(0, 0, width, height))
	chance := rand.New(rand.NewPCG(1, 2))
	for y := range height {
		for x := range width {
			c := color.NRGBA64{R: uint16(65535 * x / width), G: uint16(65535 * y / height), B: uint16(32768 + chance.IntN(4096)), A: 65535}
			if (x/13+y/7)%5 == 0 {
				c.R, c.B = 65535-c.R, 2000
			}
			if alpha {
				c.A = uint16(65535 * (x + y) / (width + height))
			}
			m.SetNRGBA64(x, y, c)
		}
	}
	return m
}

// to8 keeps the high bytes.
func to8(m *image.NRGBA64) *image.NRGBA {
	n := image.NewNRGBA(m.Rect)
	for i := range n.Pix {
		n.Pix[i] = m.Pix[2*i]
	}
	return n
}

// writePNG writes a picture into the folder and returns its path.
func writePNG(t testing.TB, dir, name string, m image.Image) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func readPNG(t testing.TB, dir, name string) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(read(t, dir, name)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sample is value c of pixel (x, y) in 16 bits, grey and opaque pictures seen as R′G′B′ and alpha.
func sample(n pixels.Native, x, y, c int) int {
	colours := n.Channels - (n.Channels+1)%2
	switch {
	case c == 3 && colours == n.Channels:
		return 65535
	case c == 3:
		c = n.Channels - 1
	case colours == 1:
		c = 0
	}
	i := (y*n.Width+x)*n.Channels + c
	if n.Depth == 16 {
		return int(n.Pix16[i])
	}
	return 257 * int(n.Pix8[i])
}

// checkSame compares a decoded picture with one of another decoder, sample by sample, after exact, if there is one, was
// applied to the other's samples.
func checkSame(t *testing.T, got pixels.Native, want image.Image, exact func(uint16) uint16) {
	t.Helper()
	b := want.Bounds()
	if got.Width != b.Dx() || got.Height != b.Dy() {
		t.Fatalf("size %d×%d, want %d×%d", got.Width, got.Height, b.Dx(), b.Dy())
	}
	differ, worst := 0, 0
	for y := range got.Height {
		for x := range got.Width {
			c := color.NRGBA64Model.Convert(straight(want, x+b.Min.X, y+b.Min.Y)).(color.NRGBA64)
			for i, v := range []uint16{c.R, c.G, c.B, c.A} {
				if exact != nil {
					v = exact(v)
				}
				d := sample(got, x, y, i) - int(v)
				if d = max(d, -d); d > 0 {
					differ++
					worst = max(worst, d)
				}
			}
		}
	}
	if differ > 0 {
		t.Errorf("%d of %d samples differ, at most by %d of 65535", differ, 4*got.Width*got.Height, worst)
	}
}

// straight is At without the loss of going through premultiplied colours, which NRGBA64Model.Convert would have.
func straight(m image.Image, x, y int) color.Color {
	switch m := m.(type) {
	case *image.NRGBA:
		c := m.NRGBAAt(x, y)
		return color.NRGBA64{257 * uint16(c.R), 257 * uint16(c.G), 257 * uint16(c.B), 257 * uint16(c.A)}
	case *image.NRGBA64:
		return m.NRGBA64At(x, y)
	}
	return m.At(x, y)
}
