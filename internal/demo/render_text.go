package demo

import (
	"fmt"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// glyphEm is how many units an em has in the outlines kept by a typeface: 1/64 of glyphSize.
const (
	glyphSize = 256
	glyphEm   = glyphSize * 64
)

// typeface holds the outlines of a font's Latin letters in integers; x/image's own rasteriser works in
// floating point, whose last bits may differ between machines.
type typeface struct {
	outline map[rune]sfnt.Segments
	advance map[rune]int
}

// typefaces are the two cuts that the pictures use.
type typefaces struct{ regular, bold *typeface }

func newTypefaces() (typefaces, error) {
	regular, err := newTypeface(goregular.TTF)
	if err != nil {
		return typefaces{}, err
	}
	bold, err := newTypeface(gobold.TTF)
	return typefaces{regular, bold}, err
}

func newTypeface(ttf []byte) (*typeface, error) {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, fmt.Errorf("parse the built-in font: %w", err)
	}
	t := &typeface{outline: map[rune]sfnt.Segments{}, advance: map[rune]int{}}
	var buf sfnt.Buffer
	for r := rune(' '); r < 0x180; r++ {
		g, err := f.GlyphIndex(&buf, r)
		if err != nil || g == 0 {
			continue
		}
		segments, err := f.LoadGlyph(&buf, g, fixed.I(glyphSize), nil)
		if err != nil {
			return nil, fmt.Errorf("load glyph %q of the built-in font: %w", r, err)
		}
		advance, err := f.GlyphAdvance(&buf, g, fixed.I(glyphSize), 0)
		if err != nil {
			return nil, fmt.Errorf("measure glyph %q of the built-in font: %w", r, err)
		}
		t.outline[r] = append(sfnt.Segments(nil), segments...)
		t.advance[r] = int(advance)
	}
	return t, nil
}

// width is how far text of a size (of the em, in object units) reaches.
func (t *typeface) width(text string, size int) int {
	sum := 0
	for _, r := range text {
		sum += t.advance[r]
	}
	return sum * size / glyphEm
}

// fitting is the size at which text is as wide as width, but at most size.
func (t *typeface) fitting(text string, size, width int) int {
	if w := t.width(text, size); w > width {
		return size * width / w
	}
	return size
}

// anchor says which end of a text stands at its place.
type anchor int

const (
	fromLeft anchor = iota
	centred
)

// lettering is a text and how it is set.
type lettering struct {
	face   *typeface
	text   string
	size   int // of the em, in object units
	anchor anchor
}

// write adds the outlines of a text, its baseline at y. They are upright in a mirrored placing too.
func (c *canvas) write(l lettering, x, y int) {
	place := c.place
	if place.mirrored {
		c.place.x, c.place.mirrored = place.x-2*x*place.scale/1024, false
	}
	if l.anchor == centred {
		x -= l.face.width(l.text, l.size) / 2
	} else if place.mirrored {
		x -= l.face.width(l.text, l.size)
	}
	for _, r := range l.text {
		c.glyph(l.face.outline[r], x, y, l.size)
		x += l.face.advance[r] * l.size / glyphEm
	}
	c.place = place
}

func (c *canvas) glyph(segments sfnt.Segments, x, y, size int) {
	at := func(p fixed.Point26_6) (int, int) { return x + int(p.X)*size/glyphEm, y + int(p.Y)*size/glyphEm }
	var px, py int
	for i, s := range segments {
		ax, ay := at(s.Args[0])
		bx, by := at(s.Args[1])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				c.close()
			}
			c.move(ax, ay)
			px, py = ax, ay
		case sfnt.SegmentOpLineTo:
			c.line(ax, ay)
			px, py = ax, ay
		case sfnt.SegmentOpQuadTo: // raised to a cubic, exactly but for rounding
			c.curve((px+2*ax)/3, (py+2*ay)/3, (bx+2*ax)/3, (by+2*ay)/3, bx, by)
			px, py = bx, by
		case sfnt.SegmentOpCubeTo:
			ex, ey := at(s.Args[2])
			c.curve(ax, ay, bx, by, ex, ey)
			px, py = ex, ey
		}
	}
	if len(segments) > 0 {
		c.close()
	}
}
