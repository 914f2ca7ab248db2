package codec

import (
	"bytes"
	"encoding/binary"
	"image"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/pixels"
)

// conversion is one way to make a file and to decode it by the format's own tool.
type conversion struct {
	name  string
	wide  bool // from 16-bit samples
	alpha bool
	grey  bool
	make  string // the tool and its arguments; in.png becomes file
	back  string // the tool that makes out.png of it; empty where it is in.png again
	file  string
	// What must be said of the picture beside its samples.
	depth, channels int
	chroma          string
	cicp            [3]uint8
	// exact, if set, makes of the tool's sample the exact one.
	exact func(uint16) uint16
}

func (c conversion) format() string { return c.file[strings.IndexByte(c.file, '.')+1:] }

var conversions = []conversion{
	{name: "webp lossy", make: "cwebp -q 85 in.png -o a.webp", back: "dwebp a.webp -o out.png", file: "a.webp", depth: 8, channels: 3, chroma: "4:2:0"},
	{name: "webp lossy alpha", alpha: true, make: "cwebp -q 85 in.png -o a.webp", back: "dwebp a.webp -o out.png", file: "a.webp", depth: 8, channels: 4, chroma: "4:2:0"},
	{name: "webp lossless", make: "cwebp -lossless in.png -o a.webp", back: "dwebp a.webp -o out.png", file: "a.webp", depth: 8, channels: 3},
	{name: "webp lossless alpha", alpha: true, make: "cwebp -lossless -exact in.png -o a.webp", back: "dwebp a.webp -o out.png", file: "a.webp", depth: 8, channels: 4},

	{name: "avif 4:2:0", make: "avifenc -s 9 -y 420 in.png a.avif", back: "avifdec a.avif out.png", file: "a.avif", depth: 8, channels: 3, chroma: "4:2:0", cicp: [3]uint8{1, 13, 6}},
	{name: "avif 4:2:2", make: "avifenc -s 9 -y 422 in.png a.avif", back: "avifdec a.avif out.png", file: "a.avif", depth: 8, channels: 3, chroma: "4:2:2", cicp: [3]uint8{1, 13, 6}},
	{name: "avif 4:4:4 alpha", alpha: true, make: "avifenc -s 9 -y 444 in.png a.avif", back: "avifdec a.avif out.png", file: "a.avif", depth: 8, channels: 4, chroma: "4:4:4", cicp: [3]uint8{1, 13, 6}},
	{name: "avif premultiplied", alpha: true, make: "avifenc -s 9 -p in.png a.avif", back: "avifdec a.avif out.png", file: "a.avif", depth: 8, channels: 4, chroma: "4:4:4", cicp: [3]uint8{1, 13, 6}},
	{name: "avif 10 bit", wide: true, make: "avifenc -s 9 -d 10 in.png a.avif", back: "avifdec -d 16 a.avif out.png", file: "a.avif", depth: 16, channels: 3, chroma: "4:4:4", cicp: [3]uint8{1, 13, 6}},
	{name: "avif 12 bit alpha PQ", wide: true, alpha: true, make: "avifenc -s 9 -d 12 --cicp 9/16/9 in.png a.avif", back: "avifdec -d 16 a.avif out.png", file: "a.avif", depth: 16, channels: 4, chroma: "4:4:4", cicp: [3]uint8{9, 16, 9}},
	{name: "avif 4:0:0", make: "avifenc -s 9 -y 400 in.png a.avif", back: "avifdec a.avif out.png", file: "a.avif", depth: 8, channels: 3, cicp: [3]uint8{1, 13, 6}},

	{name: "heic", make: "heif-enc -q 80 in.png -o a.heic", back: "heif-convert a.heic out.png", file: "a.heic", depth: 8, channels: 3, chroma: "4:2:0"},
	{name: "heic 4:4:4", make: "heif-enc -q 80 -p chroma=444 in.png -o a.heic", back: "heif-convert a.heic out.png", file: "a.heic", depth: 8, channels: 3, chroma: "4:4:4"},
	{name: "heic alpha", alpha: true, make: "heif-enc -q 80 in.png -o a.heic", back: "heif-convert a.heic out.png", file: "a.heic", depth: 8, channels: 4, chroma: "4:2:0"},
	{name: "heic 10 bit", wide: true, make: "heif-enc -q 80 -b 10 in.png -o a.heic", back: "heif-convert a.heic out.png", file: "a.heic", depth: 16, channels: 3, chroma: "4:2:0",
		// heif-convert shifts 10 bits to 16, so that white is 65472.
		exact: func(v uint16) uint16 { return uint16((uint32(v>>6)*65535 + 511) / 1023) }},

	{name: "jxl lossy", make: "cjxl -d 1 in.png a.jxl", back: "djxl a.jxl out.png", file: "a.jxl", depth: 8, channels: 3, cicp: [3]uint8{1, 13, 0}},
	{name: "jxl lossless alpha", alpha: true, make: "cjxl -d 0 in.png a.jxl", back: "djxl a.jxl out.png", file: "a.jxl", depth: 8, channels: 4, cicp: [3]uint8{1, 13, 0}},
	{name: "jxl 16 bit", wide: true, make: "cjxl -d 1 in.png a.jxl", back: "djxl a.jxl out.png", file: "a.jxl", depth: 16, channels: 3, cicp: [3]uint8{1, 13, 0}},
	{name: "jxl lossless 16 bit", wide: true, make: "cjxl -d 0 in.png a.jxl", file: "a.jxl", depth: 16, channels: 3, cicp: [3]uint8{1, 13, 0}},
	{name: "jxl grey", grey: true, make: "cjxl -d 1 in.png a.jxl", back: "djxl a.jxl out.png", file: "a.jxl", depth: 8, channels: 1, cicp: [3]uint8{1, 13, 0}},
}

// create makes the conversion's file in a folder of its own.
func (c conversion) create(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	m := scene(97, 61, c.alpha)
	switch {
	case c.grey:
		grey := image.NewGray(m.Rect)
		for y := range m.Rect.Dy() {
			for x := range m.Rect.Dx() {
				grey.Set(x, y, m.At(x, y))
			}
		}
		writePNG(t, dir, "in.png", grey)
	case c.wide:
		writePNG(t, dir, "in.png", m)
	default:
		writePNG(t, dir, "in.png", to8(m))
	}
	args := strings.Fields(c.make)
	tool(t, dir, args[0], args[1:]...)
	return dir
}

func TestPixelsAreThoseOfTheFormatsOwnTools(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{})
	for _, c := range conversions {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := c.create(t)
			want := readPNG(t, dir, "in.png")
			if c.back != "" {
				args := strings.Fields(c.back)
				tool(t, dir, args[0], args[1:]...)
				want = readPNG(t, dir, "out.png")
			}
			got, err := p.Decode(c.format(), read(t, dir, c.file), 1e6)
			if err != nil {
				t.Fatal(err)
			}
			checkSame(t, got, want, c.exact)
			if got.Depth != c.depth || got.Channels != c.channels || got.Chroma != c.chroma || got.CICP != c.cicp || got.Frames != 1 || len(got.Warnings) > 0 {
				got.Pix8, got.Pix16, got.ICC = nil, nil, nil
				t.Errorf("got %+v, want depth %d, %d channels, chroma %q, CICP %v, one frame, no warning", got, c.depth, c.channels, c.chroma, c.cicp)
			}
			if want := c.format() != "webp"; got.Upright != want {
				t.Errorf("upright %v, want %v", got.Upright, want)
			}
		})
	}
}

func TestOfSeveralPicturesTheFirstAndTheirNumber(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := to8(scene(64, 64, false))
	writePNG(t, dir, "1.png", first)
	writePNG(t, dir, "2.png", to8(scene(64, 64, true)))
	writePNG(t, dir, "3.png", first)
	writeGIF(t, dir, "a.gif", 4)
	p := pool(t, Options{})
	for _, c := range []struct {
		make, file string
		frames     int
		exact      bool
	}{
		{"img2webp -lossless 1.png 2.png 3.png -o a.webp", "a.webp", 3, true},
		{"avifenc -s 9 -l -y 444 1.png 3.png 1.png a.avif", "a.avif", 3, true},
		{"heif-enc 1.png 3.png -o a.heic", "a.heic", 2, false},
		{"cjxl -d 0 a.gif a.jxl", "a.jxl", 4, false},
	} {
		args := strings.Fields(c.make)
		tool(t, dir, args[0], args[1:]...)
		got, err := p.Decode(conversion{file: c.file}.format(), read(t, dir, c.file), 1e6)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if got.Frames != c.frames {
			t.Errorf("%s: %d frames, want %d", c.file, got.Frames, c.frames)
		}
		if c.exact {
			checkSame(t, got, first, nil)
		}
	}
}

func TestTransformationsAreApplied(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{})
	dir := t.TempDir()
	m := to8(scene(64, 40, true))
	writePNG(t, dir, "in.png", m)
	for _, c := range []struct {
		name, args string
		want       func(x, y int) (int, int) // where the pixel shown at (x, y) comes from
		width      int
	}{
		{"none", "", func(x, y int) (int, int) { return x, y }, 64},
		{"quarter turn", "--irot 1", func(x, y int) (int, int) { return 63 - y, x }, 40},
		{"half turn", "--irot 2", func(x, y int) (int, int) { return 63 - x, 39 - y }, 64},
		{"three quarters", "--irot 3", func(x, y int) (int, int) { return y, 39 - x }, 40},
		{"top and bottom", "--imir 0", func(x, y int) (int, int) { return x, 39 - y }, 64},
		{"left and right", "--imir 1", func(x, y int) (int, int) { return 63 - x, y }, 64},
		{"aperture", "--clap 20,1,10,1,4,1,-3,1", func(x, y int) (int, int) { return x + 22 + 4, y + 15 - 3 }, 20},
		{"all", "--clap 20,1,10,1,0,1,0,1 --irot 1 --imir 1", func(x, y int) (int, int) {
			x = 9 - x // mirrored last: undone first
			return 22 + 19 - y, 15 + x
		}, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := strings.ReplaceAll(c.name, " ", "") + ".avif"
			args := append([]string{"-s", "9", "-l", "-y", "444"}, strings.Fields(c.args)...)
			tool(t, dir, "avifenc", append(args, "in.png", name)...)
			got, err := p.Decode("avif", read(t, dir, name), 1e6)
			if err != nil {
				t.Fatal(err)
			}
			if got.Width != c.width || !got.Upright {
				t.Fatalf("width %d, upright %v; want %d and upright", got.Width, got.Upright, c.width)
			}
			want := image.NewNRGBA(image.Rect(0, 0, got.Width, got.Height))
			for y := range got.Height {
				for x := range got.Width {
					sx, sy := c.want(x, y)
					want.SetNRGBA(x, y, m.NRGBAAt(sx, sy))
				}
			}
			checkSame(t, got, want, nil)
		})
	}
}

// profile is a valid ICC profile without a tag: enough to be carried, not to be used. Noise behind its header keeps it
// from being compressed to less than libpng believes.
func profile(size int) []byte {
	b := make([]byte, size)
	for i := 132; i < size; i++ {
		b[i] = byte(i * i * 2654435761 >> 13)
	}
	binary.BigEndian.PutUint32(b, uint32(size))
	copy(b[8:], "\x02\x40\x00\x00mntrRGB XYZ ")
	copy(b[36:], "acsp")
	return b
}

func TestProfilesAreCarried(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{})
	dir := t.TempDir()
	icc := profile(400)
	writePNG(t, dir, "plain.png", to8(scene(40, 30, false)))
	if err := writeFile(dir, "p.icc", icc); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(dir, "in.png", withICC(read(t, dir, "plain.png"), icc)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ make, file string }{
		{"cwebp -lossless -metadata icc in.png -o a.webp", "a.webp"},
		{"avifenc -s 9 --icc p.icc plain.png a.avif", "a.avif"},
		{"heif-enc in.png -o a.heic", "a.heic"},
	} {
		args := strings.Fields(c.make)
		tool(t, dir, args[0], args[1:]...)
		got, err := p.Decode(conversion{file: c.file}.format(), read(t, dir, c.file), 1e6)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.ICC, icc) {
			t.Errorf("%s: profile of %d bytes, want the %d put in", c.file, len(got.ICC), len(icc))
		}
		if got.CICP != [3]uint8{} {
			t.Errorf("%s: code points %v beside a profile that governs", c.file, got.CICP)
		}
	}
}

func TestMoreThanMaxPixelsIsRefusedByEachLibrary(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{})
	seen := map[string]bool{}
	for _, c := range conversions {
		if seen[c.format()] {
			continue
		}
		seen[c.format()] = true
		data := read(t, c.create(t), c.file)
		_, err := p.Decode(c.format(), data, 97*61-1)
		var e *pixels.Error
		if !asError(err, &e) || e.Kind != pixels.ErrTooManyPixels || e.Width != 97 || e.Height != 61 || e.Limit != 97*61-1 {
			t.Errorf("%s: got %v, want refused with 97×61 and the limit", c.format(), err)
		}
		if _, err := p.Decode(c.format(), data, 97*61); err != nil {
			t.Errorf("%s: %v at the very limit", c.format(), err)
		}
	}
}
