package pngdec

// Options limits what is accepted. The zero value is useful.
type Options struct {
	// MaxPixels limits width × height as declared by the file; 0 means DefaultMaxPixels. Decoding takes the picture's
	// own memory, up to 8 bytes a pixel, and besides a few of its rows and the size of the file.
	MaxPixels int64
}

// Picture is a decoded picture.
type Picture struct {
	Header
	// Pix8 holds Width × Height × Channels values, packed, rows from the top, alpha straight. It is nil if Depth is 16.
	Pix8 []uint8
	// Pix16 is the same in 16 bits. It is nil if Depth is 8.
	Pix16 []uint16
}

// Decoder decodes one file after the other and reuses its buffers, which stay as large as the largest picture needed.
// Its zero value is ready. One goroutine at a time may use it.
type Decoder struct {
	z inflater
	// packed is the image data of a file that has them in several chunks, or too near its end.
	packed []byte
	pix8   []uint8
	pix16  []uint16
	rows   rows
}

// Decode decodes a whole file. The picture's slices are valid until the next call. Every error is an *Error.
func (d *Decoder) Decode(data []byte, o Options) (Picture, error) {
	f, in, err := d.open(data, o)
	if err != nil {
		return Picture{}, err
	}
	p := Picture{Header: f.Header}
	if f.Depth == 16 {
		d.pix16 = sized(d.pix16, f.values())
		p.Pix16 = d.pix16
	} else {
		d.pix8 = sized(d.pix8, f.values())
		p.Pix8 = d.pix8
	}
	if err := d.picture(&f, in, p.Pix8, p.Pix16); err != nil {
		return Picture{}, err
	}
	return p, nil
}

// DecodeInto is Decode of a picture of 8 bits into the caller's memory: pix is in dst if its capacity is enough, and is
// only taken when the limits have been checked. After an error the content of dst is undefined. A picture of 16 bits
// is refused with ErrUnsupported.
func (d *Decoder) DecodeInto(dst []uint8, data []byte, o Options) (pix []uint8, h Header, err error) {
	f, in, err := d.open(data, o)
	if err != nil {
		return nil, Header{}, err
	}
	if f.Depth != 8 {
		return nil, Header{}, refuse(ErrUnsupported, "it has 16 bits a sample where 8 are asked for; decode it with Decode")
	}
	pix = sized(dst, f.values())
	if err := d.picture(&f, in, pix, nil); err != nil {
		return nil, Header{}, err
	}
	return pix, f.Header, nil
}

// compressed is the zlib stream of all IDAT chunks: the first end bytes of data, behind which inputSlack can be read.
type compressed struct {
	data []byte
	end  int
}

// open walks over the chunks and applies the limits.
func (d *Decoder) open(data []byte, o Options) (file, compressed, error) {
	var f file
	c, err := f.begin(data)
	if err != nil {
		return f, compressed{}, err
	}
	// Not even the rest of the file need be read if the picture is too large.
	if err := f.admit(o.MaxPixels, len(data)); err != nil {
		return f, compressed{}, err
	}
	if err := f.preamble(&c, c.check); err != nil {
		return f, compressed{}, err
	}
	in, err := d.gather(&f, &c)
	if err != nil {
		return f, compressed{}, err
	}
	return f, in, f.admit(o.MaxPixels, in.end)
}

// gather returns the image data. Those of one chunk stay where they are, if enough bytes stand behind them.
func (d *Decoder) gather(f *file, c *chunks) (compressed, error) {
	var first []byte
	parts, behind := 0, 0
	d.packed = d.packed[:0]
	err := f.imageData(c, func(body []byte) {
		switch parts++; parts {
		case 1:
			first, behind = body, len(c.data)-c.next+4
			return
		case 2:
			d.packed = append(d.packed, first...)
		}
		d.packed = append(d.packed, body...)
	})
	if err != nil {
		return compressed{}, err
	}
	if parts <= 1 {
		if behind >= inputSlack {
			return compressed{first[:len(first)+inputSlack], len(first)}, nil
		}
		d.packed = append(d.packed, first...)
	}
	end := len(d.packed)
	d.packed = append(d.packed, make([]byte, inputSlack)...)
	return compressed{d.packed, end}, nil
}

// picture inflates the image data row by row into pix8 or pix16.
func (d *Decoder) picture(f *file, in compressed, pix8 []uint8, pix16 []uint16) error {
	largest := 1 + f.rowBytes(f.Width)
	if err := d.z.start(in.data, in.end, f.rawBytes(), largest); err != nil {
		return err
	}
	d.rows.begin(f, pix8, pix16)
	for _, p := range f.passes() {
		if err := d.pass(f, p); err != nil {
			return err
		}
	}
	return d.z.finish()
}

// pass decodes the rows of one pass.
func (d *Decoder) pass(f *file, p pass) error {
	width, height := p.size(&f.Header)
	if width == 0 {
		return nil
	}
	n := f.rowBytes(width)
	d.rows.beginPass(p, width, n)
	for y := range height {
		row, err := d.z.need(1 + n)
		if err != nil {
			return err
		}
		if row[0] > filterPaeth {
			return refuse(ErrDamaged, "row %d has filter type %d, which does not exist", p.y+y*p.dy, row[0])
		}
		d.rows.take(y, row[0], row[1:])
	}
	return nil
}

// sized returns n values of buffer, of undefined content, or new ones if it is too small.
func sized[T any](buffer []T, n int) []T {
	if cap(buffer) < n {
		return make([]T, n)
	}
	return buffer[:n]
}
