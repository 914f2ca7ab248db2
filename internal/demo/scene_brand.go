package demo

import "github.com/safelight-dev/safelight/colour"

// The palette of the demo's fictional house, as CSS writes it (sRGB). Every picture shows all three, each on more than
// half a per cent of its area.
const (
	BrandRed  = "#C8102E"
	BrandTeal = "#00857C"
	BrandSand = "#E3C9A0"
)

// PaletteRadius is how near (CIE 1976) to a brand colour a reference pixel must be to count as showing it. It is
// wide enough for the noise of JPEG around a flat colour and too narrow for the shaded products.
const PaletteRadius = 10

var (
	brandRed  = rgb{0xc8, 0x10, 0x2e}
	brandTeal = rgb{0x00, 0x85, 0x7c}
	brandSand = rgb{0xe3, 0xc9, 0xa0}
)

// BrandPalette returns the palette for measuring, in the order red, teal, sand.
func BrandPalette() []colour.Swatch {
	swatch := func(name string, c rgb) colour.Swatch {
		return colour.Swatch{Name: name, Lab: colour.FromSRGB8(c[0], c[1], c[2])}
	}
	return []colour.Swatch{swatch("brand red", brandRed), swatch("brand teal", brandTeal), swatch("brand sand", brandSand)}
}

// house is the fictional house's name.
const house = "ORÉE"

// brand lays the catalogue's own elements over the picture: the logo block, the ribbon, the number's seal.
func (rd *Renderer) brand(s *subject) {
	left := s.r.IntN(4) > 0 // most sheets carry the logo on the left
	side := s.between(600, 660)
	at := func(width int) int {
		if left {
			return 150
		}
		return unitsAcross - 150 - width
	}
	rd.logo(box{at(side), 150, at(side) + side, 150 + side})
	left = !left
	reach := s.between(300, 325)
	rd.seal(s, at(2*reach)+reach, 150+reach, reach)
	rd.ribbon(s)
}

// logo is the house's mark in white on the red block: a ring over a doorstep, and the name.
func (rd *Renderer) logo(b box) {
	side, mid := b.right-b.left, (b.left+b.right)/2
	rd.rounded(b, side/16)
	rd.fill(solid(brandRed, 256))
	white := solid(rgb{0xff, 0xff, 0xff}, 256)
	ring, y := side*21/100, b.top+side*38/100
	rd.ellipse(mid, y, ring, ring, false)
	rd.ellipse(mid, y, ring*62/100, ring*62/100, true)
	rd.fill(white)
	rd.write(lettering{rd.faces.bold, house, side * 21 / 100, centred}, mid, b.top+side*85/100)
	rd.fill(white)
}

// seal is the round sand-coloured sticker with the number of the picture.
func (rd *Renderer) seal(s *subject, x, y, reach int) {
	rd.glow(x+14, y+22, reach*112/100, reach*112/100, 70, rgb{20, 16, 14})
	rd.ellipse(x, y, reach, reach, false)
	rd.fill(solid(brandSand, 256))
	ink := solid(rgb{0x4a, 0x35, 0x20}, 256)
	number := s.number()
	rd.write(lettering{rd.faces.bold, number[3:], rd.faces.bold.fitting(number[3:], reach*62/100, reach*3/2), centred}, x, y+reach*22/100)
	rd.fill(ink)
	rd.write(lettering{rd.faces.regular, "No", reach * 32 / 100, centred}, x, y-reach*38/100)
	rd.fill(ink)
}

// ribbon is the teal band with the name of the thing, its end cut like a swallow's tail.
func (rd *Renderer) ribbon(s *subject) {
	title := s.name + "  " + rd.products[s.kind].noun
	size := rd.faces.bold.fitting(title, 250, 2500)
	top, bottom := 3560, 3950
	right := 220 + rd.faces.bold.width(title, size) + 420
	rd.polygon(0, top+36, right-60, top+36, right-200, (top+bottom)/2+18, right-60, bottom+36, 0, bottom+36)
	rd.fill(solid(rgb{16, 20, 20}, 56))
	rd.polygon(0, top, right, top, right-150, (top+bottom)/2, right, bottom, 0, bottom)
	rd.fill(solid(brandTeal, 256))
	rd.write(lettering{rd.faces.bold, title, size, fromLeft}, 220, (top+bottom)/2+size*36/100)
	rd.fill(solid(rgb{0xff, 0xff, 0xff}, 256))
}
