package demo

import (
	"fmt"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Sizes of the pictures in pixels; they are square.
const (
	DefaultSize = 256
	MaxSize     = 2048
)

// Renderer draws the catalogue's pictures: numbered product shots in a studio, with the house's logo, ribbon and seal.
// A picture depends only on the seed, its number and the size; it is drawn with integers alone, so that its bytes are
// the same on every 64-bit machine with the same release of Go and of the fonts.
//
// A Renderer draws one picture at a time; give each goroutine its own.
type Renderer struct {
	*canvas
	seed     uint64
	faces    typefaces
	lights   [][]uint16
	products []product
	chroma   *softener
}

// NewRenderer prepares to draw pictures of size×size pixels, from [DefaultSize] to [MaxSize]. It refuses other sizes
// with an error of kind [journal.ErrInvalid].
func NewRenderer(seed uint64, size int) (*Renderer, error) {
	if size < DefaultSize || size > MaxSize {
		return nil, fmt.Errorf("render pictures of %d pixels across: the demo draws %d to %d: %w", size, DefaultSize, MaxSize, journal.ErrInvalid)
	}
	faces, err := newTypefaces()
	if err != nil {
		return nil, err
	}
	return &Renderer{
		canvas: newCanvas(size, newGrain(seed)),
		seed:   seed, faces: faces, lights: newLights(size), products: products(), chroma: newSoftener(size),
	}, nil
}

// Size returns the width and height of the pictures in pixels.
func (rd *Renderer) Size() int { return rd.size }

// Render draws picture n into dst, packed 8-bit sRGB of 3·size² bytes. It panics if dst has another length.
func (rd *Renderer) Render(n int, dst []uint8) {
	if len(dst) != 3*rd.size*rd.size {
		panic("demo: a picture needs three bytes for each of its pixels")
	}
	rd.pix = dst
	s := rd.subjectOf(n)
	thing := rd.products[s.kind]
	rd.place = placing{scale: 1024}
	rd.studio(s)
	rd.place = placing{
		x: unitsAcross/2 + s.between(-170, 170), y: s.between(3240, 3400),
		scale: s.between(960, 1100) * thing.zoom / 100, mirrored: s.r.IntN(2) == 1,
	}
	rd.stand(thing.width)
	thing.draw(rd, s)
	rd.place = placing{scale: 1024}
	rd.brand(s)
	rd.chroma.apply(dst)
	rd.pix = nil
}

// Title returns what picture n shows, such as "Aurelia Mug No 0421".
func (rd *Renderer) Title(n int) string {
	s := rd.subjectOf(n)
	return s.name + " " + rd.products[s.kind].noun + " " + s.number()
}
