package demo

import (
	"fmt"
	"math/rand/v2"
)

// subject is what one picture shows. All of it follows from the seed and the picture's number.
type subject struct {
	r      *rand.Rand
	n      int
	kind   int
	colour rgb // of the product
	accent rgb // of caps, spines, handles
	label  rgb // of the label's paper
	ink    rgb // on the label
	name   string
}

// product is a kind of thing for sale. Its drawing stands on y = 0 in object units, y growing downwards.
type product struct {
	noun  string
	width int // half of what stands on the floor, for the shadow
	zoom  int // per cent: how near the camera goes
	draw  func(*Renderer, *subject)
}

func products() []product {
	return []product{
		{"Bottle", 420, 104, (*Renderer).bottle},
		{"Shoe box", 900, 122, (*Renderer).shoeBox},
		{"Mug", 560, 128, (*Renderer).mug},
		{"Lamp", 430, 104, (*Renderer).lamp},
		{"Tote bag", 760, 112, (*Renderer).bag},
		{"Jar", 560, 126, (*Renderer).jar},
		{"Book", 720, 110, (*Renderer).book},
		{"Headphones", 700, 112, (*Renderer).headphones},
		{"Vase", 430, 100, (*Renderer).vase},
		{"Coffee", 600, 112, (*Renderer).pouch},
		{"Cushion", 880, 112, (*Renderer).cushion},
		{"Serum", 300, 112, (*Renderer).dropper},
	}
}

// names are the lines of the fictional brand.
var names = [...]string{
	"Aurelia", "Solène", "Nimbus", "Marlow", "Fjord", "Ondine", "Calanque", "Hestia", "Linden", "Orme", "Pavot", "Sable",
	"Tamaris", "Velin", "Zéphyr", "Brume", "Cèdre", "Dune", "Écume", "Garance", "Iris", "Jonc", "Lune", "Mistral",
}

// productColours are the colours that the house's things come in; the brand's own among them, as on any shelf.
var productColours = [...]rgb{
	{0x2f, 0x3e, 0x55}, {0xd9, 0xd4, 0xca}, {0x7a, 0x8b, 0x74}, {0xb8, 0x6b, 0x4b}, {0x3a, 0x3a, 0x3d}, {0xc9, 0x9a, 0x9a},
	{0x8f, 0xa6, 0xb5}, {0x6b, 0x4a, 0x3a}, {0xe6, 0xd9, 0xb8}, {0x55, 0x6b, 0x52}, {0xa9, 0x3f, 0x3a}, {0x1e, 0x6f, 0x6b},
	{0xd7, 0xa8, 0x4e}, {0x7b, 0x5d, 0x7d}, {0xec, 0xe8, 0xe1}, {0x4d, 0x5a, 0x8a},
}

// backdrops are the paper rolls of the studio.
var backdrops = [...]rgb{
	{0xd8, 0xd4, 0xce}, {0xc4, 0xcb, 0xd0}, {0xdf, 0xcc, 0xc4}, {0xc3, 0xcb, 0xbd}, {0xe4, 0xdc, 0xcb}, {0xb4, 0xb9, 0xc2},
	{0xc2, 0xd2, 0xd9}, {0xa8, 0xa3, 0x9c}, {0xe6, 0xe4, 0xe1}, {0x8a, 0x95, 0x96}, {0xcf, 0xc2, 0xd0}, {0xb9, 0xa8, 0x98},
}

// subjectOf chooses what picture n shows. Kinds follow one another, so that each is as frequent as the others.
func (rd *Renderer) subjectOf(n int) *subject {
	r := rand.New(rand.NewPCG(rd.seed, uint64(n)))
	s := &subject{r: r, n: n, kind: n % len(rd.products), name: names[r.IntN(len(names))]}
	s.colour = productColours[r.IntN(len(productColours))]
	for s.accent = s.colour; s.accent == s.colour; {
		s.accent = productColours[r.IntN(len(productColours))]
	}
	s.label, s.ink = rgb{0xf4, 0xf1, 0xea}, rgb{0x2b, 0x2b, 0x2e}
	switch r.IntN(5) {
	case 0:
		s.label, s.ink = brandTeal, rgb{0xf6, 0xf3, 0xec}
	case 1:
		s.label, s.ink = brandSand, rgb{0x3a, 0x2c, 0x1c}
	case 2:
		s.label, s.ink = lit(s.colour, 40), rgb{0xf0, 0xea, 0xde}
	}
	// A small, independent change of shade: no two things on a shelf are from one dye lot.
	for k := range s.colour {
		s.colour[k] = uint8(min(max(int(s.colour[k])+r.IntN(17)-8, 0), 255))
	}
	return s
}

// number is how the catalogue numbers the picture.
func (s *subject) number() string { return fmt.Sprintf("No %04d", s.n) }

// between draws a whole number from low to high.
func (s *subject) between(low, high int) int { return low + s.r.IntN(high-low+1) }

// studio paints the backdrop: a paper sweep under a soft light, darker towards the corners.
func (rd *Renderer) studio(s *subject) {
	base := backdrops[s.r.IntN(len(backdrops))]
	for k := range base {
		base[k] = uint8(min(max(int(base[k])+s.between(-7, 7), 0), 255))
	}
	gain := rd.lights[s.r.IntN(len(rd.lights))]
	horizon, bend := rd.size*s.between(58, 68)/100, rd.size*s.between(8, 16)/100
	offset := s.r.IntN(grainSide * grainSide)
	for y := range rd.size {
		wall := 220 + 50*y/rd.size // of 256
		ground := 258 - 26*(y-horizon)/rd.size
		blend := smooth((y - horizon + bend) * 256 / (2 * bend))
		light := wall + (ground-wall)*blend/256
		rd.studioRow(y, [3]int{int(base[0]) * light, int(base[1]) * light, int(base[2]) * light}, gain, offset)
	}
}

// studioRow paints a row whose colour is given in 1/256 of a step, under a map of gains (4096 for one).
func (rd *Renderer) studioRow(y int, colour [3]int, gain []uint16, offset int) {
	dst := rd.pix[y*rd.size*3:][:rd.size*3]
	gain = gain[y*rd.size:][:rd.size]
	grain := rd.grain[(y*grainSide+offset)%(grainSide*grainSide)&^(grainSide-1):][:grainSide]
	for x, g := range gain {
		noise := int(grain[(x+offset)%grainSide]) + 128
		for k := range 3 {
			dst[3*x+k] = uint8(min(max(colour[k]*int(g)>>12+noise, 0)>>8, 255))
		}
	}
}

// smooth is the cubic step: 0 to 256 between t = 0 and t = 256.
func smooth(t int) int {
	t = min(max(t, 0), 256)
	return t * t * (768 - 2*t) / 65536
}

// newLights makes the maps of gain of the studio's lights: a pool of light and a vignette, for three places of the lamp.
func newLights(size int) [][]uint16 {
	var lights [][]uint16
	for _, lamp := range []point{{350, 330}, {520, 280}, {680, 380}} {
		gain := make([]uint16, size*size)
		for y := range size {
			for x := range size {
				px, py := x*1000/size, y*1000/size
				lampX, lampY := px-lamp.x, py-lamp.y
				near := max(0, 720*720-lampX*lampX-lampY*lampY) * 256 / (720 * 720)
				midX, midY := px-500, py-500
				far := (midX*midX + midY*midY) * 256 / 500_000
				gain[y*size+x] = uint16(3820 + 620*near*near/65536 - 950*far*far/65536)
			}
		}
		lights = append(lights, gain)
	}
	return lights
}

// stand lays the shadows of a thing on the floor: one where it touches, and a soft one away from the window.
func (rd *Renderer) stand(width int) {
	dark := rgb{0x1c, 0x18, 0x16}
	rd.glow(width/3, -10, width*19/10, 330, 78, dark)
	rd.glow(width/9, 6, width*13/10, 130, 130, dark)
	rd.glow(0, 4, width*21/20, 60, 190, dark)
}
