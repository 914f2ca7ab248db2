package pngdec

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"slices"
	"testing"
)

// decoded returns the picture's values, whatever its depth.
func (p Picture) decoded() []uint16 {
	if p.Depth == 16 {
		return p.Pix16
	}
	out := make([]uint16, len(p.Pix8))
	for i, v := range p.Pix8 {
		out[i] = uint16(v)
	}
	return out
}

// kinds are the colour types and depths that exist.
var kinds = []struct{ colourType, depth int }{
	{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1}, {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16},
}

// TestEveryKind compares the pixels of every colour type, depth, interlace, transparency, filter, and of awkward sizes
// with those they were made from.
func TestEveryKind(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var d Decoder
	sizes := [][2]int{{1, 1}, {2, 1}, {1, 2}, {3, 3}, {5, 4}, {8, 8}, {9, 7}, {17, 18}, {70, 5}}
	for _, k := range kinds {
		for _, size := range sizes {
			for variant := range 4 {
				p := newDrawing(rng, size[0], size[1], k.colourType, k.depth)
				p.interlaced = variant&1 == 1
				if variant&2 == 2 {
					p.addTransparency(rng)
				}
				for filter := range 6 {
					if filter < 5 {
						p.filter = func(int) int { return filter }
					} else {
						p.filter = func(row int) int { return (row*7 + 3) % 5 }
					}
					name := fmt.Sprintf("type %d depth %d %v variant %d filter %d", k.colourType, k.depth, size, variant, filter)
					checkDrawing(t, &d, name, p)
				}
			}
		}
	}
}

func checkDrawing(t *testing.T, d *Decoder, name string, p *drawing) {
	t.Helper()
	data := p.file()
	got, err := d.Decode(data, Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if want := p.values(); !slices.Equal(got.decoded(), want) {
		t.Fatalf("%s: pixels differ from those the file was made of", name)
	}
	h, err := ParseHeader(data)
	if err != nil || h != got.Header {
		t.Fatalf("%s: ParseHeader says %+v, %v, and the picture %+v", name, h, err, got.Header)
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: image/png: %v", name, err)
	}
	if where := differs(got, m); where != "" {
		t.Fatalf("%s: differs from image/png at %s", name, where)
	}
}

// differs compares with what image/png made of the same file.
func differs(p Picture, m image.Image) string {
	if rgba, ok := m.(*image.RGBA); ok && p.Channels == 3 && p.Depth == 8 { // opaque: the quick way for photographs
		for i := range p.Width * p.Height {
			if !bytes.Equal(p.Pix8[3*i:3*i+3], rgba.Pix[4*i:4*i+3]) {
				return fmt.Sprintf("pixel %d", i)
			}
		}
		return ""
	}
	if m.Bounds() != image.Rect(0, 0, p.Width, p.Height) {
		return fmt.Sprintf("its size %v", m.Bounds())
	}
	for y := range p.Height {
		for x := range p.Width {
			if got, want := p.pixel(x, y), straight(m, x, y); got != want {
				return fmt.Sprintf("(%d, %d): got %04x, want %04x", x, y, got, want)
			}
		}
	}
	return ""
}

// pixel is red, green, blue, alpha in 16 bits.
func (p Picture) pixel(x, y int) (v [4]uint16) {
	at := (y*p.Width + x) * p.Channels
	var c [4]uint16
	for i := range p.Channels {
		if p.Depth == 16 {
			c[i] = p.Pix16[at+i]
		} else {
			c[i] = uint16(p.Pix8[at+i]) * 0x101
		}
	}
	switch p.Channels {
	case 1:
		return [4]uint16{c[0], c[0], c[0], 0xffff}
	case 2:
		return [4]uint16{c[0], c[0], c[0], c[1]}
	case 3:
		return [4]uint16{c[0], c[1], c[2], 0xffff}
	}
	return c
}

// straight is image/png's pixel without premultiplication.
func straight(m image.Image, x, y int) [4]uint16 {
	switch m := m.(type) {
	case *image.NRGBA:
		c := m.NRGBAAt(x, y)
		return [4]uint16{uint16(c.R) * 0x101, uint16(c.G) * 0x101, uint16(c.B) * 0x101, uint16(c.A) * 0x101}
	case *image.NRGBA64:
		c := m.NRGBA64At(x, y)
		return [4]uint16{c.R, c.G, c.B, c.A}
	case *image.Paletted:
		return paletteColour(m, x, y)
	}
	r, g, b, a := m.At(x, y).RGBA() // all others are opaque
	return [4]uint16{uint16(r), uint16(g), uint16(b), uint16(a)}
}

func paletteColour(m *image.Paletted, x, y int) [4]uint16 {
	switch c := m.Palette[m.ColorIndexAt(x, y)].(type) {
	case color.NRGBA:
		return [4]uint16{uint16(c.R) * 0x101, uint16(c.G) * 0x101, uint16(c.B) * 0x101, uint16(c.A) * 0x101}
	default:
		r, g, b, a := c.RGBA()
		return [4]uint16{uint16(r), uint16(g), uint16(b), uint16(a)}
	}
}

// TestEveryBlock goes through what compress/flate makes at each level (stored, fixed and dynamic blocks), with the data
// in one chunk, in chunks of one byte, and of other sizes.
func TestEveryBlock(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var d Decoder
	for level := -2; level <= 9; level++ {
		for _, part := range []int{0, 1, 4096} {
			if part > 0 && level > 1 {
				continue
			}
			p := newDrawing(rng, 150, 120, 6, 8) // 72 KB: more than the window and a batch
			p.level, p.part = level, part
			checkDrawing(t, &d, fmt.Sprintf("level %d, chunks of %d", level, part), p)
		}
	}
}

// TestPaeth compares the predictor with its definition in all 2²⁴ cases.
func TestPaeth(t *testing.T) {
	for a := range 256 {
		for b := range 256 {
			for c := range 256 {
				if got, want := int(paeth(a, b, c)), plainPaeth(a, b, c); got != want {
					t.Fatalf("paeth(%d, %d, %d) = %d, want %d", a, b, c, got, want)
				}
			}
		}
	}
}

// TestWideRows decodes rows that are longer than the window and a batch together.
func TestWideRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var d Decoder
	for _, interlaced := range []bool{false, true} {
		p := newDrawing(rng, 12_000, 6, 6, 16)
		p.interlaced = interlaced
		data := p.file()
		for range 2 { // with buffers that are too small, and with those that are there
			got, err := d.Decode(data, Options{})
			if err != nil || !slices.Equal(got.decoded(), p.values()) {
				t.Fatalf("interlaced %v: %v, or other pixels", interlaced, err)
			}
		}
	}
}

// TestOneDecoder decodes pictures of all kinds and sizes in turn with the same buffers.
func TestOneDecoder(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var d Decoder
	for range 300 {
		k := kinds[rng.IntN(len(kinds))]
		p := newDrawing(rng, 1+rng.IntN(1<<rng.IntN(9)), 1+rng.IntN(40), k.colourType, k.depth)
		p.interlaced, p.part, p.level = rng.IntN(2) == 1, rng.IntN(3)*50, rng.IntN(3)
		if rng.IntN(2) == 1 {
			p.addTransparency(rng)
		}
		got, err := d.Decode(p.file(), Options{})
		if err != nil || !slices.Equal(got.decoded(), p.values()) {
			t.Fatalf("type %d depth %d, %d×%d: %v, or other pixels", k.colourType, k.depth, p.width, p.height, err)
		}
	}
}
