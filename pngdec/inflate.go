package pngdec

import (
	"encoding/binary"
)

const (
	window = 32 << 10 // how far back a match may reach
	// batch is how much is inflated at once: small enough that rows are cut out of the first-level cache's or at least
	// the second's, large enough that starting and stopping costs nothing.
	batch = 32 << 10
	// inputSlack is how many readable bytes must stand behind the compressed data: the loop reads 8 bytes at once, up to
	// 7 bytes behind where it then is, and goes on until it is 8 bytes past the end.
	inputSlack = 32
	// outputSlack is how many bytes a step of the loop may write past its limit: two literals and a match of 258,
	// rounded up to whole words of 32 bytes.
	outputSlack = 320
)

// block is where the stream stands.
type block int

const (
	blockNext    block = iota // before a block's header
	blockStored               // within a stored block
	blockHuffman              // within a block of code words
	blockDone                 // behind the last block
)

// inflater expands one zlib stream (RFC 1950, 1951) piece by piece into a window, and knows how long it may become. The
// input is whole, so that it never stops for want of it.
type inflater struct {
	stream
	block  block
	final  bool // the present block is the last one
	stored int  // bytes left of a stored block

	taken int   // of out: what has been read by the rows
	left  int64 // bytes that the rows still expect
	adler uint32

	builder codeBuilder
	lengths [288 + 32]uint8
	pre     [preTableSize]uint32
}

// start begins with a stream that is to hold so many bytes, in pieces of at most largest. Behind the first end bytes
// of in, inputSlack more can be read.
func (z *inflater) start(in []byte, end int, expected int64, largest int) error {
	if end < 2 {
		return refuse(ErrTruncated, "its image data end within the zlib header")
	}
	// CM must be 8, CINFO at most 7 (a window of 32 KiB), FCHECK right, FDICT 0 (RFC 1950, 2.2; PNG, 10.1).
	cmf, flg := uint(in[0]), uint(in[1])
	if cmf&15 != 8 || cmf>>4 > 7 || (cmf<<8|flg)%31 != 0 || flg&0x20 != 0 {
		return refuse(ErrDamaged, "its image data do not begin as a zlib stream: %02x %02x", cmf, flg)
	}
	z.in, z.end, z.pos = in, end, 2
	z.buffer, z.held = 0, 0
	z.out = sized(z.out, window+batch+largest+outputSlack)
	z.op, z.taken, z.left, z.adler = 0, 0, expected, 1
	z.block, z.final, z.stored = blockNext, false, 0
	return nil
}

// need returns the next n bytes of the stream. They stay until it is called again.
func (z *inflater) need(n int) ([]byte, error) {
	for z.op-z.taken < n {
		if z.block == blockDone {
			return nil, refuse(ErrDamaged, "its image data hold fewer rows than it declares: %d bytes are missing", z.left)
		}
		z.slide(n)
		if err := z.advance(int(min(batch, z.left))); err != nil {
			return nil, err
		}
	}
	row := z.out[z.taken : z.taken+n]
	z.taken += n
	return row, nil
}

// slide moves the window and what is not taken yet to the front of out, if a batch does not fit behind them.
func (z *inflater) slide(n int) {
	if z.op+batch+outputSlack <= len(z.out) {
		return
	}
	from := min(z.taken, max(z.op-window, 0))
	copy(z.out, z.out[from:z.op])
	z.op -= from
	z.taken -= from
}

// finish reads what stands behind the last row: the end of the last block and the checksum.
func (z *inflater) finish() error {
	for z.block != blockDone {
		z.slide(0)
		if err := z.advance(1); err != nil {
			return err
		}
	}
	z.buffer >>= z.held & 7
	z.held &^= 7
	at := z.pos - int(z.held/8)
	if at+4 > z.end {
		return refuse(ErrTruncated, "its image data end within their Adler-32 checksum")
	}
	if binary.BigEndian.Uint32(z.in[at:]) != z.adler {
		return refuse(ErrDamaged, "the Adler-32 checksum of its image data does not match")
	}
	return nil
}

// advance inflates n bytes, or a match's length more, or up to the end of the stream.
func (z *inflater) advance(n int) error {
	before := z.op
	z.limit = z.op + n
	for z.op < z.limit && z.block != blockDone {
		if err := z.step(); err != nil {
			return err
		}
	}
	z.adler = adler32(z.adler, z.out[before:z.op])
	if z.left -= int64(z.op - before); z.left < 0 {
		return refuse(ErrDamaged, "its image data are longer than the rows that it declares")
	}
	return nil
}

// step goes on within the present block.
func (z *inflater) step() error {
	switch z.block {
	case blockNext:
		return z.header()
	case blockStored:
		z.copyStored()
		return nil
	}
	switch z.huffman() {
	case statusEnd:
		z.endBlock()
	case statusBadCode:
		return z.damaged("a code word that does not exist")
	case statusFarMatch:
		return z.damaged("a match that begins before the data")
	}
	return z.overrun()
}

func (z *inflater) endBlock() {
	z.block = blockNext
	if z.final {
		z.block = blockDone
	}
}

// damaged names the fault, unless it was read from behind the end.
func (z *inflater) damaged(what string) error {
	if err := z.overrun(); err != nil {
		return err
	}
	return refuse(ErrDamaged, "its image data contain %s, some %d bytes into them", what, z.pos-int(z.held/8))
}

// overrun says that more bits were consumed than there are.
func (z *inflater) overrun() error {
	if 8*z.pos-int(z.held) > 8*z.end || z.pos >= z.end+8 {
		return refuse(ErrTruncated, "its image data end within the deflate stream, %d bytes of rows early", z.left)
	}
	return nil
}
