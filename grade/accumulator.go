package grade

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Sizes of what an accumulator keeps, whatever the number and size of the pictures.
const (
	perBlock    = 8    // samples of a block
	reach       = 2    // pixels to either side that a sample's slope and edge are measured over: as far as chroma at half size spreads
	maxOpen     = 4096 // blocks that a picture is divided into, about; a little more where its edges cut some
	maxKept     = 8192 // blocks that are kept of many pictures
	minBlock    = 4    // pixels along a block's side
	foldBlocks  = 4    // blocks along the side of what is held out at a time
	folds       = 4
	maxPicture  = 1 << 30 // pixels
	sampleScale = 65535
)

// rook is the column of each sample of a block, the row being its number, in eighths of the block: no two share a row or
// a column, so that the samples see every phase of a coder's 8×8 blocks and no comb of lines.
var rook = [perBlock]int{0, 3, 6, 1, 4, 7, 2, 5}

// sample is one pixel of both pictures, and the reference around it.
type sample struct {
	ref, cand [3]uint16
	edge      uint16 // greatest difference of a component from the pixels within reach, across and down
	dx, dy    int16  // slope of the brightness in halves of a 16-bit step per pixel, held to what fits
}

// block is a square of a picture, and its samples.
type block struct {
	key     uint64 // of the block's content and place; see Accumulator.keep
	x, y    int32  // in blocks
	fold    uint8
	have    uint8 // a bit for each sample that lies within the picture, until the block is packed
	n       uint8 // samples, once it is packed
	samples [perBlock]sample
}

// packed is the block with its samples together at the front.
func (b *block) packed() block {
	p := *b
	p.n = 0
	for i, s := range b.samples {
		if b.have>>i&1 == 1 {
			p.samples[p.n] = s
			p.n++
		}
	}
	p.have = 1<<p.n - 1
	p.key = p.hash()
	return p
}

// Accumulator gathers samples of pairs of pictures, in constant memory (below 6 MB): up to 32 768 of one pair on a fixed
// grid, and 65 536 of any number of pairs. [Accumulator.Fit] finds the transform.
//
// A picture is divided into at most about 4096 square blocks with eight samples each. Of several pictures those blocks
// are kept whose content has the lowest hash, which is a fair draw that does not depend on the order of pictures or on
// how they were divided among accumulators: merged accumulators hold the same as one that saw everything.
//
// It is not safe for concurrent use: give each worker its own and [Accumulator.Merge] them.
type Accumulator struct {
	width, height int
	size          int // of a block, in pixels
	cols, rows    int // of the open picture, in blocks
	begun         bool
	open          []block               // of the open picture, by rows
	above         [perBlock][][3]uint16 // the reference above the samples of each row of them
	aboveRow      [perBlock]int         // which row that is for, -1 for none
	kept          []block
	drawn         bool   // kept has been cut
	highest       uint64 // key of a block that is kept, where it has
	pictures      int
	differs       bool   // some pixel that counts differs
	hidden        []bool // pixels of the open picture that do not count; nil for none
}

// NewAccumulator returns an accumulator that holds nothing yet.
func NewAccumulator() *Accumulator { return &Accumulator{} }

// Begin starts a pair of pictures of the same size, in pixels. Rows added from here on belong to it. It refuses a size
// that is not positive or of more than 2³⁰ pixels. After the first pair of a size it allocates nothing.
func (a *Accumulator) Begin(width, height int) error {
	if width <= 0 || height <= 0 || width > maxPicture/height {
		return fmt.Errorf("sample a pair of %d×%d pixels: want positive sizes and at most %d pixels", width, height, maxPicture)
	}
	a.seal()
	a.width, a.height, a.begun = width, height, true
	a.size = blockSize(width, height)
	a.cols, a.rows = (width+a.size-1)/a.size, (height+a.size-1)/a.size
	a.pictures++
	a.hidden = nil
	a.open = slices.Grow(a.open[:0], a.cols*a.rows)[:a.cols*a.rows]
	for i := range a.open {
		x, y := i%a.cols, i/a.cols
		a.open[i] = block{x: int32(x), y: int32(y), fold: uint8((x/foldBlocks + 2*(y/foldBlocks)) % folds)}
	}
	for i := range a.above {
		a.above[i] = slices.Grow(a.above[i][:0], a.cols)[:a.cols]
		a.aboveRow[i] = -1
	}
	return nil
}

// Hide says which pixels of the pair that was begun do not count, by rows: those that a transparent picture does not show.
// It is called before the rows are added, and the mask must stay as it is until the next pair. It panics if the mask does
// not have the pair's size.
func (a *Accumulator) Hide(mask []bool) {
	if !a.begun || len(mask) != a.width*a.height {
		panic(errMask)
	}
	a.hidden = mask
}

// hides says whether a pixel does not count.
func (a *Accumulator) hides(x, y int) bool { return a.hidden != nil && a.hidden[y*a.width+x] }

// blockSize is the side of a block: the smallest that keeps their number, edges aside, within maxOpen. A picture that is
// long and thin would have many cut blocks, so the count with them is what is held to twice that.
func blockSize(width, height int) int {
	size := max(minBlock, int(math.Ceil(math.Sqrt(float64(width)*float64(height)/maxOpen))))
	for ((width+size-1)/size)*((height+size-1)/size) > maxKept {
		size++
	}
	return size
}

// errRow is what AddRow8 and AddRow16 panic with.
var errRow = errors.New("grade: a row needs three samples of each picture for each pixel of the width, and a row number within the height given to Begin")

// errMask is what Hide panics with.
var errMask = errors.New("grade: a mask needs one value for each pixel of the size given to Begin")

// AddRow8 adds row y of the pair that was begun: packed 8-bit sRGB, three samples a pixel. Rows come from the top, each
// once; out of order they lose the vertical slopes, on which finding edges depends. It allocates nothing. It panics if
// the rows do not have the width, or y the height, that was given to [Accumulator.Begin].
func (a *Accumulator) AddRow8(y int, ref, cand []uint8) { addRow(a, y, ref, cand, 257) }

// AddRow16 is [Accumulator.AddRow8] for 16-bit sRGB.
func (a *Accumulator) AddRow16(y int, ref, cand []uint16) { addRow(a, y, ref, cand, 1) }

// addRow takes the samples that lie in a row, and looks at those that lie within reach above and below.
func addRow[T uint8 | uint16](a *Accumulator, y int, ref, cand []T, scale uint16) {
	if !a.begun || y < 0 || y >= a.height || len(ref) != 3*a.width || len(cand) != 3*a.width {
		panic(errRow)
	}
	a.differs = a.differs || unequal(a, y, ref, cand)
	for i := range perBlock {
		offset := a.offset(i)
		if (y+reach)%a.size == offset {
			lookAbove(a, i, y+reach, ref, scale)
		}
		if y%a.size == offset {
			take(a, i, y, ref, cand, scale)
		}
		if y >= reach && (y-reach)%a.size == offset {
			lookBelow(a, i, y-reach, ref, scale)
		}
	}
}

// unequal says whether pixels that count differ.
func unequal[T uint8 | uint16](a *Accumulator, y int, ref, cand []T) bool {
	if a.hidden == nil {
		return !slices.Equal(ref, cand)
	}
	for x := range a.width {
		if !a.hides(x, y) && !slices.Equal(ref[3*x:3*x+3], cand[3*x:3*x+3]) {
			return true
		}
	}
	return false
}

// offset is the place of the i-th eighth of a block in it, in pixels.
func (a *Accumulator) offset(i int) int { return (2*i + 1) * a.size / (2 * perBlock) }

// row are the blocks that row y crosses.
func (a *Accumulator) row(y int) []block { return a.open[y/a.size*a.cols:][:a.cols] }

// lookAbove keeps the colours above the samples of row y.
func lookAbove[T uint8 | uint16](a *Accumulator, i, y int, ref []T, scale uint16) {
	for bx, x := 0, a.offset(rook[i]); x < a.width; bx, x = bx+1, x+a.size {
		a.above[i][bx] = pixel(ref, x, scale)
	}
	a.aboveRow[i] = y
}

// take takes the i-th samples of a row of blocks.
func take[T uint8 | uint16](a *Accumulator, i, y int, ref, cand []T, scale uint16) {
	blocks, known := a.row(y), a.aboveRow[i] == y
	for bx, x := 0, a.offset(rook[i]); x < a.width; bx, x = bx+1, x+a.size {
		if a.hides(x, y) {
			continue
		}
		s := &blocks[bx].samples[i]
		*s = sample{ref: pixel(ref, x, scale), cand: pixel(cand, x, scale)}
		left, right := max(x-reach, 0), min(x+reach, a.width-1)
		l, r := pixel(ref, left, scale), pixel(ref, right, scale)
		s.edge = max(apart(s.ref, l), apart(s.ref, r))
		if right > left {
			s.dx = slope(l, r, right-left)
		}
		if known {
			s.edge = max(s.edge, apart(s.ref, a.above[i][bx]))
			s.dy = slope(a.above[i][bx], s.ref, reach)
		}
		blocks[bx].have |= 1 << i
	}
}

// lookBelow completes the i-th samples of row y by what lies below them.
func lookBelow[T uint8 | uint16](a *Accumulator, i, y int, ref []T, scale uint16) {
	blocks, known := a.row(y), a.aboveRow[i] == y
	for bx, x := 0, a.offset(rook[i]); x < a.width; bx, x = bx+1, x+a.size {
		if blocks[bx].have>>i&1 == 0 {
			continue
		}
		s, below := &blocks[bx].samples[i], pixel(ref, x, scale)
		s.edge = max(s.edge, apart(s.ref, below))
		if known {
			s.dy = slope(a.above[i][bx], below, 2*reach)
		}
	}
}

// pixel is a pixel in 16 bits.
func pixel[T uint8 | uint16](row []T, x int, scale uint16) [3]uint16 {
	p := row[3*x : 3*x+3 : 3*x+3]
	return [3]uint16{uint16(p[0]) * scale, uint16(p[1]) * scale, uint16(p[2]) * scale}
}

// apart is the greatest difference of a component.
func apart(p, q [3]uint16) (most uint16) {
	for c := range 3 {
		most = max(most, max(p[c], q[c])-min(p[c], q[c]))
	}
	return most
}

// slope is the change of brightness, (R′ + 2G′ + B′) ÷ 4, per pixel, halved.
func slope(from, to [3]uint16, pixels int) int16 {
	d := int(to[0]) - int(from[0]) + 2*(int(to[1])-int(from[1])) + int(to[2]) - int(from[2])
	return int16(min(max(d/(8*pixels), math.MinInt16), math.MaxInt16))
}

// Merge adds what o has gathered; o is left as it was. Both may go on.
func (a *Accumulator) Merge(o *Accumulator) {
	a.seal()
	for i := range o.kept {
		a.keep(&o.kept[i])
	}
	for i := range o.open {
		a.keep(&o.open[i])
	}
	if a.pictures == 0 {
		a.width, a.height, a.size, a.cols, a.rows = o.width, o.height, o.size, o.cols, o.rows
	}
	a.pictures += o.pictures
	a.differs = a.differs || o.differs
}

// seal ends the open picture.
func (a *Accumulator) seal() {
	for i := range a.open {
		a.keep(&a.open[i])
	}
	a.open, a.begun = a.open[:0], false
}

// keep takes a block into the draw.
func (a *Accumulator) keep(b *block) {
	if b.have == 0 {
		return
	}
	p := b.packed()
	if a.drawn && p.key > a.highest {
		return
	}
	a.kept = append(a.kept, p)
	if len(a.kept) == 2*maxKept {
		a.draw()
	}
}

// draw keeps the blocks of the lowest keys. Blocks of the same key are equal, or the hash has met with a coincidence that
// does no harm.
func (a *Accumulator) draw() {
	a.kept = lowest(a.kept)
	a.drawn, a.highest = true, a.kept[len(a.kept)-1].key
}

func lowest(blocks []block) []block {
	slices.SortFunc(blocks, func(p, q block) int { return cmp.Compare(p.key, q.key) })
	return blocks[:min(len(blocks), maxKept)]
}

// hash mixes a block's place and samples: FNV-1a over 64-bit words, with the finish of splitmix64, since FNV alone leaves
// the upper bits of short inputs nearly equal.
func (b *block) hash() uint64 {
	h := uint64(14695981039346656037)
	mix := func(v uint64) { h = (h ^ v) * 1099511628211 }
	mix(uint64(uint32(b.x))<<32 | uint64(uint32(b.y)))
	for _, s := range b.samples[:b.n] {
		mix(uint64(s.ref[0])<<32 | uint64(s.ref[1])<<16 | uint64(s.ref[2]))
		mix(uint64(s.cand[0])<<32 | uint64(s.cand[1])<<16 | uint64(s.cand[2]))
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// blocks are all that the accumulator holds: by rows for one pair, in the order of their keys for several, so that it
// depends on the content only.
func (a *Accumulator) blocks() []block {
	all := make([]block, 0, len(a.kept)+len(a.open))
	all = append(all, a.kept...)
	for i := range a.open {
		if a.open[i].have != 0 {
			all = append(all, a.open[i].packed())
		}
	}
	if a.pictures > 1 {
		all = lowest(all)
	}
	return all
}
