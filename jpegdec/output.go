package jpegdec

// plane holds the samples of one component on their way from coefficients to pixels: the last two rows of MCUs, because
// interpolation between rows looks beyond the edge of one.
type plane struct {
	size  int // samples of a block to a side after scaling: 8, 4, 2 or 1
	quant [64]int16
	// latched says that quant is set.
	latched bool
	// left is how many low bits of each coefficient are still to come; −1 before its first scan.
	left [64]int8

	coef               int // place of its first coefficient in Decoder.coef
	coefWide, coefHigh int // blocks there

	width, height int // samples that hold picture
	hx, vx        int // output pixels a sample
	filter        filter

	pix    []uint8
	stride int
	ring   int // rows in pix
	up     []uint8
	upRow  int // the row of samples that up was made of, where it is repeated; −1 for none
}

// slack is how far assembly may read behind a row: one vector. As much stands before the first row.
const slack = 32

// layPlanes computes the sizes after scaling and makes room. libjpeg scales a component that is sampled at half the
// rate by a larger transform in place of interpolation where that fits (jdmaster.c), and so do we.
func (d *Decoder) layPlanes() {
	f := &d.frame
	smallest := 8 / d.opt.Denominator
	for i := range f.n {
		c, p := &f.comps[i], &d.planes[i]
		size := smallest
		for size < 8 && f.maxH*smallest%(c.h*size*2) == 0 && f.maxV*smallest%(c.v*size*2) == 0 {
			size *= 2
		}
		p.size, p.latched = size, false
		for k := range p.left {
			p.left[k] = -1
		}
		p.width, p.height = ceilDiv(f.width*c.h*size, f.maxH*8), ceilDiv(f.height*c.v*size, f.maxV*8)
		p.hx, p.vx = f.maxH*smallest/(c.h*size), f.maxV*smallest/(c.v*size)
		p.filter = chooseFilter(p.hx, p.vx, p.width, smallest > 1)
		p.stride = (c.padWide*size+slack-1)&^(slack-1) + slack
		p.ring = 2 * c.v * size
		p.pix = zeroed(p.pix, p.stride*p.ring+2*slack, false)
		p.up = zeroed(p.up, p.stride*p.hx+2*slack, false)
		p.upRow = -1
	}
}

// place is where the samples of row y begin in pix. Rows beyond the picture repeat its edge.
func (p *plane) place(y int) int {
	return slack + min(max(y, 0), p.height-1)%p.ring*p.stride
}

// row returns the samples of row y, with slack behind them.
func (p *plane) row(y int) []uint8 {
	return p.pix[p.place(y):][: p.width : p.width+slack]
}

// full returns row y of the output for this component, interpolated where need be.
func (p *plane) full(y int) []uint8 {
	at := y / p.vx
	other, bias := at-1, uint16(1)
	if y%p.vx > 0 {
		other, bias = at+1, 2
	}
	switch p.filter {
	case filterH2V1:
		p.rowH2V1(at)
	case filterH1V2:
		p.rowH1V2(at, other, bias)
	case filterH2V2:
		p.rowH2V2(at, other)
	case filterBox:
		if p.hx == 1 {
			return p.row(at)
		}
		if p.upRow != at {
			box(p.up, p.row(at), p.hx)
			p.upRow = at
		}
	default:
		return p.row(at)
	}
	return p.up[:p.width*p.hx]
}

// output is the picture being written.
type output struct {
	pix           []uint8
	width, height int
	channels      int
	transform     transform
	perMCU        int // rows of pixels that a row of MCUs gives
	hold          int // rows of pixels that wait for the next row of MCUs
	next          int // first row that is not written
}

// lay makes room in dst.
func (o *output) lay(d *Decoder, dst *[]uint8) {
	f := &d.frame
	*o = output{
		width: ceilDiv(f.width, d.opt.Denominator), height: ceilDiv(f.height, d.opt.Denominator),
		channels: f.n, transform: f.transform(),
		perMCU: f.maxV * 8 / d.opt.Denominator,
	}
	for i := range f.n {
		if d.planes[i].filter.context() {
			o.hold = f.maxV
		}
	}
	o.pix = zeroed(*dst, o.width*o.height*o.channels, false)
}

// rows writes what can be written after a row of MCUs.
func (o *output) rows(d *Decoder, mcuRow int) {
	until := (mcuRow+1)*o.perMCU - o.hold
	if mcuRow == d.frame.mcusHigh-1 {
		until = o.height
	}
	for ; o.next < min(until, o.height); o.next++ {
		o.row(d, o.next)
	}
}

func (o *output) row(d *Decoder, y int) {
	bytes := o.width * o.channels
	dst := o.pix[y*bytes:][:bytes]
	var rows [4][]uint8
	for i := range o.channels {
		rows[i] = d.planes[i].full(y)
	}
	switch {
	case o.channels == 1:
		copy(dst, rows[0])
	case o.transform == yccToRGB:
		yccRow(dst, rows[0], rows[1], rows[2])
	case o.transform == ycckToKey:
		ycckRow(dst, rows[:])
	default:
		packRow(dst, rows[:o.channels])
	}
}

// transformRun turns the coefficients of a run of MCUs into samples.
func (d *Decoder) transformRun(mcuRow, mcuCol, mcus int) {
	for i := range d.frame.n {
		c := &d.frame.comps[i]
		for y := range c.v {
			d.transform(i, blockRun{from: y, n: mcus * c.h, row: mcuRow*c.v + y, col: mcuCol * c.h})
		}
	}
}

// render turns the coefficients of the whole picture into pixels.
func (d *Decoder) render() {
	for mcuRow := range d.frame.mcusHigh {
		for i := range d.frame.n {
			c := &d.frame.comps[i]
			for y := range c.v {
				row := mcuRow*c.v + y
				d.transform(i, blockRun{from: row, n: c.padWide, row: row})
			}
		}
		d.out.rows(d, mcuRow)
	}
}

// blockRun is a number of blocks of a component that stand side by side.
type blockRun struct {
	from     int // their row among the coefficients that are kept
	n        int
	row, col int // where the first is in the picture, in blocks
}

// transform turns the coefficients of blocks of component i into samples.
func (d *Decoder) transform(i int, b blockRun) {
	p := &d.planes[i]
	coef := d.coef[p.coef+b.from*p.coefWide*64:][:b.n*64]
	top := b.row * p.size % p.ring
	inverse(p.size, p.pix[slack+top*p.stride+b.col*p.size:], p.stride, coef, &p.quant)
}

// inverseGo transforms blocks that stand side by side.
func inverseGo(size int, dst []uint8, stride int, coef []int16, quant *[64]int16) {
	one := idct8
	switch size {
	case 4:
		one = idct4
	case 2:
		one = idct2
	case 1:
		one = idct1
	}
	for i := 0; i < len(coef); i += 64 {
		one(dst[i/64*size:], stride, (*[64]int16)(coef[i:]), quant)
	}
}
