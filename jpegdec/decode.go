package jpegdec

// Default limits of Options.
const (
	DefaultMaxPixels = 1 << 28
	DefaultMaxScans  = 100
)

// Options bound the work and choose the size of the output. The zero value decodes at full size within the defaults.
type Options struct {
	// MaxPixels that a file may declare, before scaling; 0 for DefaultMaxPixels.
	MaxPixels int64
	// MaxScans that a file may have; 0 for DefaultMaxScans. Each scan walks the whole picture for a few bytes, and
	// encoders write about ten.
	MaxScans int
	// Denominator scales the output to 1/1, 1/2, 1/4 or 1/8 by smaller transforms: 1 (or 0), 2, 4 or 8. Sizes are
	// rounded up.
	Denominator int
}

// Decoder decodes one file after the other and keeps its buffers between them. The zero value is ready; a Decoder is for
// one goroutine at a time.
type Decoder struct {
	opt   Options
	walk  walker
	frame frame
	quant [4]quantTable
	dc    [4]table
	ac    [4]table

	restart int // MCUs between restart markers, 0 for none
	scans   int
	done    bool // the one scan of a picture that is decoded as it is read

	reader reader
	slots  [10]slot
	preds  [4]int32
	coef   []int16  // all coefficients, or those of a few MCUs
	masks  []uint64 // for each block of a progressive picture, which coefficients are not zero
	planes [4]plane
	out    output
}

// quantTable is in the order of the block, row by row.
type quantTable struct {
	values  [64]int16 // the low 16 bits, which is all that libjpeg-turbo multiplies by
	defined bool
}

// Decode decodes a whole file into packed pixels: one byte for grey, R′G′B′ for colour, CMYK for four components (see
// Header.Inverted), rows from the top without gaps. They are in dst if its capacity is enough, and dst may be written to
// even where an error is returned. Header has the size of the output.
//
// Beside the output a Decoder holds a copy of the longest segment of data between two markers and two rows of MCUs; a
// file in several scans takes 2 bytes more for each sample of its components. Nothing is taken before the limits and the
// least number of bytes that the declared picture needs are checked: a bit a block, which is a byte for 512 grey pixels.
//
// It is strict: a file that ends before its end marker or leaves any coefficient undecided is ErrTruncated, and one with
// a code that does not exist is ErrDamaged, where libjpeg would go on with a warning and make up the rest. Bytes between
// segments that belong to nothing are passed over. All errors are *Error.
func (d *Decoder) Decode(dst []uint8, data []byte, o Options) ([]uint8, Header, error) {
	if err := d.reset(data, o); err != nil {
		return nil, Header{}, err
	}
	for {
		marker, err := d.walk.next()
		if err != nil {
			return nil, Header{}, err
		}
		if marker == markEOI {
			break
		}
		if bare(marker) {
			continue
		}
		if err := d.segment(marker, &dst); err != nil {
			return nil, Header{}, err
		}
	}
	if err := d.finish(); err != nil {
		return nil, Header{}, err
	}
	h := d.frame.header()
	h.Width, h.Height = d.out.width, d.out.height
	return d.out.pix, h, nil
}

// reset forgets the file before, but not its buffers.
func (d *Decoder) reset(data []byte, o Options) error {
	if o.MaxPixels <= 0 {
		o.MaxPixels = DefaultMaxPixels
	}
	if o.MaxScans <= 0 {
		o.MaxScans = DefaultMaxScans
	}
	switch o.Denominator {
	case 0:
		o.Denominator = 1
	case 1, 2, 4, 8:
	default:
		return unsupported("a scale of 1/%d was asked for; 1/1, 1/2, 1/4 and 1/8 exist", o.Denominator)
	}
	d.opt, d.frame = o, frame{}
	d.restart, d.scans, d.done = 0, 0, false
	for i := range 4 {
		d.quant[i].defined, d.dc[i].defined, d.ac[i].defined = false, false, false
	}
	d.walk = walker{data: data}
	return d.walk.start()
}

// segment reads one marker segment and, behind SOS, its scan.
func (d *Decoder) segment(marker byte, dst *[]uint8) error {
	if marker == markSOI {
		return damaged("a second picture begins within the first")
	}
	body, err := d.walk.segment(marker)
	if err != nil {
		return err
	}
	switch marker {
	case markDQT:
		return d.readQuant(body)
	case markDHT:
		return d.readTables(body)
	case markDRI:
		if len(body) != 2 {
			return damaged("its restart interval has the wrong length")
		}
		d.restart = int(body[0])<<8 | int(body[1])
		return nil
	case markSOS:
		return d.scan(body, dst)
	}
	return d.frame.read(marker, body)
}

// readQuant reads a DQT segment (T.81, B.2.4.1).
func (d *Decoder) readQuant(body []byte) error {
	for len(body) > 0 {
		wide, id := body[0]>>4, body[0]&15
		n := 64
		if wide > 0 {
			n = 128
		}
		if id > 3 || wide > 1 {
			return damaged("quantisation table %#02x does not exist", body[0])
		}
		if len(body) < 1+n {
			return damaged("a quantisation table has the wrong length")
		}
		q := &d.quant[id]
		q.defined = true
		for k := range 64 {
			if wide > 0 {
				q.values[zigzag[k]] = int16(uint16(body[1+2*k])<<8 | uint16(body[2+2*k]))
			} else {
				q.values[zigzag[k]] = int16(body[1+k])
			}
		}
		body = body[1+n:]
	}
	return nil
}

// begin is called at the first scan: it checks the limits and makes room for the picture.
func (d *Decoder) begin(stream bool, dst *[]uint8) error {
	f := &d.frame
	if n := int64(f.width) * int64(f.height); n > d.opt.MaxPixels {
		return tooLarge("it declares %dx%d pixels; the limit is %d pixels", f.width, f.height, d.opt.MaxPixels)
	}
	if f.width > 65500 || f.height > 65500 {
		return tooLarge("it declares %dx%d pixels; the limit is 65500 to a side", f.width, f.height)
	}
	// Each block takes a bit in the first scan that has it, and two where that scan has all its coefficients.
	least := f.blocks()
	if !f.progressive {
		least *= 2
	}
	if int64(len(d.walk.data))*8 < least {
		return truncated("it declares %dx%d pixels, which its %d bytes cannot hold", f.width, f.height, len(d.walk.data))
	}
	d.layPlanes()
	d.layCoefficients(stream)
	d.out.lay(d, dst)
	return nil
}

// layCoefficients makes room for the coefficients of all blocks, or of a few MCUs where they are decoded in one go.
func (d *Decoder) layCoefficients(stream bool) {
	total := 0
	for i := range d.frame.n {
		c, p := &d.frame.comps[i], &d.planes[i]
		p.coef = total
		p.coefWide, p.coefHigh = c.padWide, c.padHigh
		if stream {
			p.coefWide, p.coefHigh = d.runLength()*c.h, c.v
		}
		total += p.coefWide * p.coefHigh * 64
	}
	d.coef = zeroed(d.coef, total, !stream)
	if d.frame.progressive {
		d.masks = zeroed(d.masks, total/64, true)
	}
}

// zeroed returns n elements, of b if it has room, and all zero if they have to be.
func zeroed[T any](b []T, n int, zero bool) []T {
	if cap(b) < n {
		return make([]T, n)
	}
	b = b[:n]
	if zero {
		clear(b)
	}
	return b
}

// finish checks that all is there and, where the picture came in several scans, turns its coefficients into pixels.
func (d *Decoder) finish() error {
	if d.scans == 0 {
		return truncated("it has no scan")
	}
	if d.done {
		return nil
	}
	for i := range d.frame.n {
		for k, left := range d.planes[i].left {
			if left != 0 {
				return truncated("its scans leave coefficient %d of component %d undecided", k, d.frame.comps[i].id)
			}
		}
	}
	d.render()
	return nil
}
