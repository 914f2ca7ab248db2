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

// status is how a stretch of a Huffman block ended.
type status int

const (
	statusPaused   status = iota // the limit is reached, or the input passed
	statusEnd                    // the block's end
	statusBadCode                // no such code word
	statusFarMatch               // a match reaches back before the beginning
)

// stream is what the loop over a block of code words works on.
type stream struct {
	in  []byte // compressed data and inputSlack bytes
	out []byte // the last 32 KiB and what is not taken yet

	pos    int // of the next byte of in to load
	end    int // of the compressed data
	op     int // of the next byte to write
	limit  int // of op, where to pause
	buffer uint64
	// held is the number of bits that buffer holds. Bits above them may be set: they are those of in[pos:].
	held uint

	litBits, distBits uint // that index the tables
	lit               [litTableSize]uint32
	dist              [distTableSize]uint32
}

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

// refill makes buffer hold at least 56 bits. It must not be called where pos is 8 bytes past the end.
func (z *stream) refill() {
	z.buffer |= binary.LittleEndian.Uint64(z.in[z.pos:]) << (z.held & 63)
	z.pos += int(63-z.held) >> 3
	z.held |= 56
}

// bits takes n bits, of which buffer must hold enough.
func (z *stream) bits(n uint) uint {
	v := z.buffer & (1<<n - 1)
	z.buffer >>= n
	z.held -= n
	return uint(v)
}

// header reads a block's header (RFC 1951, 3.2.3).
func (z *inflater) header() error {
	if err := z.overrun(); err != nil {
		return err
	}
	z.refill()
	z.final = z.bits(1) == 1
	switch z.bits(2) {
	case 0:
		return z.storedHeader()
	case 1:
		return z.fixedCodes()
	case 2:
		return z.dynamicCodes()
	}
	return z.damaged("a block of a type that does not exist")
}

// storedHeader reads the length of a block of plain bytes (3.2.4), which begins at a byte's edge.
func (z *inflater) storedHeader() error {
	z.bits(z.held & 7)
	size, inverted := z.bits(16), z.bits(16)
	z.pos -= int(z.held / 8)
	z.buffer, z.held = 0, 0
	if err := z.overrun(); err != nil {
		return err
	}
	if size != ^inverted&0xffff {
		return z.damaged("a stored block whose length and its complement differ")
	}
	if size > uint(z.end-z.pos) {
		return refuse(ErrTruncated, "its image data end within a stored block of %d bytes", size)
	}
	z.block, z.stored = blockStored, int(size)
	return nil
}

func (z *inflater) copyStored() {
	n := min(z.stored, z.limit-z.op)
	copy(z.out[z.op:z.op+n], z.in[z.pos:z.pos+n])
	z.op += n
	z.pos += n
	if z.stored -= n; z.stored == 0 {
		z.endBlock()
	}
}

// fixedCodes makes the tables of 3.2.6.
func (z *inflater) fixedCodes() error {
	l := &z.lengths
	for i := range 288 {
		switch {
		case i < 144:
			l[i] = 8
		case i < 256:
			l[i] = 9
		case i < 280:
			l[i] = 7
		default:
			l[i] = 8
		}
	}
	for i := range 32 {
		l[288+i] = 5
	}
	return z.makeTables(288, 32)
}

// makeTables makes both tables from z.lengths, where the distances' lengths follow those of literals and lengths.
func (z *inflater) makeTables(literals, distances int) error {
	n := z.builder.build(z.lit[:], z.lengths[:literals], litMeanings[:], litTableBits, true)
	if n == 0 {
		return z.damaged("an impossible code of literals and lengths")
	}
	z.litBits = uint(n)
	n = z.builder.build(z.dist[:], z.lengths[literals:literals+distances], distMeanings[:], distTableBits, true)
	if n == 0 {
		return z.damaged("an impossible code of distances")
	}
	z.distBits = uint(n)
	z.block = blockHuffman
	return nil
}

// preOrder is the order in which the lengths of the code of code lengths come (3.2.7).
var preOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamicCodes reads the codes that stand before a block (3.2.7).
func (z *inflater) dynamicCodes() error {
	literals, distances, n := int(z.bits(5))+257, int(z.bits(5))+1, int(z.bits(4))+4
	if literals > 286 || distances > 30 {
		return z.damaged("more codes than there are lengths or distances")
	}
	var pre [19]uint8
	for i := range n {
		if i == 13 { // 13 × 3 bits and the 17 before them are what the last refill has for certain
			z.refill()
		}
		pre[preOrder[i]] = uint8(z.bits(3))
	}
	index := z.builder.build(z.pre[:], pre[:], preMeanings[:], preTableBits, false)
	if index == 0 {
		return z.damaged("an impossible code of code lengths")
	}
	if err := z.codeLengths(literals+distances, 1<<index-1); err != nil {
		return err
	}
	if z.lengths[256] == 0 {
		return z.damaged("a block without a code word for its end")
	}
	return z.makeTables(literals, distances)
}

// codeLengths reads n code lengths by the table z.pre.
func (z *inflater) codeLengths(n int, mask uint64) error {
	l := &z.lengths
	for i := 0; i < n; {
		if err := z.overrun(); err != nil {
			return err
		}
		z.refill()
		e := z.pre[z.buffer&mask&(preTableSize-1)]
		z.bits(uint(e & 0xff))
		value, times := uint8(0), 1
		switch symbol := e >> 16; symbol {
		case 16:
			if i == 0 {
				return z.damaged("a repetition of no code length")
			}
			value, times = l[i-1], 3+int(z.bits(2))
		case 17:
			times = 3 + int(z.bits(3))
		case 18:
			times = 11 + int(z.bits(7))
		default:
			value = uint8(symbol)
		}
		if times > n-i {
			return z.damaged("more code lengths than it announced")
		}
		for range times {
			l[i] = value
			i++
		}
	}
	return z.overrun()
}

// huffmanScalar goes on within a block of code words until limit, the block's end or a fault.
func (z *stream) huffmanScalar() status {
	in, out := z.in, z.out
	pos, op, buffer, held := z.pos, z.op, z.buffer, z.held
	litMask := uint64(1)<<z.litBits - 1
	distMask := uint64(1)<<z.distBits - 1
	result := statusPaused
	for pos < z.end+8 && op < z.limit {
		buffer |= binary.LittleEndian.Uint64(in[pos:]) << (held & 63)
		pos += int(63-held) >> 3
		held |= 56
		// Up to three literals of at most litTableBits each, or two and then a length of at most 15 + 5 bits: 42 of 56.
		e := z.lit[buffer&litMask&(litTableSize-1)]
		if e&entryLiteral != 0 {
			buffer >>= e & 63
			held -= uint(e & 63)
			out[op] = byte(e >> 16)
			op++
			e = z.lit[buffer&litMask&(litTableSize-1)]
			if e&entryLiteral != 0 {
				buffer >>= e & 63
				held -= uint(e & 63)
				out[op] = byte(e >> 16)
				op++
				e = z.lit[buffer&litMask&(litTableSize-1)]
				if e&entryLiteral != 0 {
					buffer >>= e & 63
					held -= uint(e & 63)
					out[op] = byte(e >> 16)
					op++
					continue
				}
			}
		}
		if e&entryException != 0 {
			if e&entrySubtable != 0 {
				buffer >>= e & 63
				held -= uint(e & 63)
				e = z.lit[(uint64(e>>16)&0x7fff+buffer&(1<<(e>>8&31)-1))&(litTableSize-1)]
			}
			if e&entryLiteral != 0 {
				buffer >>= e & 63
				held -= uint(e & 63)
				out[op] = byte(e >> 16)
				op++
				continue
			}
			if e&entryException != 0 {
				buffer >>= e & 63
				held -= uint(e & 63)
				result = statusBadCode
				if e&entryEnd != 0 {
					result = statusEnd
				}
				break
			}
		}
		length := int(e>>16) + int(buffer&(1<<(e&63)-1)>>(e>>8&31))
		buffer >>= e & 63
		held -= uint(e & 63)

		buffer |= binary.LittleEndian.Uint64(in[pos:]) << (held & 63)
		pos += int(63-held) >> 3
		held |= 56
		e = z.dist[buffer&distMask&(distTableSize-1)]
		if e&entryException != 0 {
			if e&entrySubtable != 0 {
				buffer >>= e & 63
				held -= uint(e & 63)
				e = z.dist[(uint64(e>>16)&0x7fff+buffer&(1<<(e>>8&31)-1))&(distTableSize-1)]
			}
			if e&entryException != 0 {
				result = statusBadCode
				break
			}
		}
		distance := int(e>>16) + int(buffer&(1<<(e&63)-1)>>(e>>8&31))
		buffer >>= e & 63
		held -= uint(e & 63)
		if distance > op {
			result = statusFarMatch
			break
		}
		copyMatch(out, op, distance, length)
		op += length
	}
	z.pos, z.op, z.buffer, z.held = pos, op, buffer, held
	return result
}

// copyMatch repeats length bytes from distance before op. It may write up to 7 bytes more.
func copyMatch(out []byte, op, distance, length int) {
	src := op - distance
	switch {
	case distance >= 8:
		for i := 0; i < length; i += 8 {
			binary.LittleEndian.PutUint64(out[op+i:], binary.LittleEndian.Uint64(out[src+i:]))
		}
	case distance == 1:
		v := uint64(out[src]) * 0x0101010101010101
		for i := 0; i < length; i += 8 {
			binary.LittleEndian.PutUint64(out[op+i:], v)
		}
	default:
		for i := range length {
			out[op+i] = out[src+i]
		}
	}
}
