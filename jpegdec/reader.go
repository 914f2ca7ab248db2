package jpegdec

import (
	"bytes"
	"encoding/binary"
)

// padding is what follows the bytes of a segment in reader.buf: more than the longest block can take (64 coefficients of
// 16+15 bits, 248 bytes) and the eight bytes of a load, so that bounds need a check only once a block.
const padding = 512

// cursor is a place in the bits of a segment. It is passed by value so that it stays in registers.
//
// The next bits stand at the top of acc. At least n of them are valid; those below come from the stream too, or are 0,
// so that a refill may OR the same bits in again.
type cursor struct {
	acc uint64
	n   uint64
	pos int // of the next byte to load, in reader.buf
}

// reader gives the bits of one entropy-coded segment: the bytes between two markers, stuffing removed (T.81, F.1.2.3).
//
// The assembly knows the places of the fields: see vector_amd64.go.
type reader struct {
	cursor
	end int    // of the segment in buf; padding follows
	buf []byte // zero from end on
}

// open reads the segment of data that begins at pos and returns the place of the marker that ends it, or len(data).
func (r *reader) open(data []byte, pos int) int {
	*r = reader{buf: r.buf[:0]}
	for pos < len(data) {
		i := bytes.IndexByte(data[pos:], 0xff)
		if i < 0 {
			r.buf, pos = append(r.buf, data[pos:]...), len(data)
			break
		}
		r.buf = append(r.buf, data[pos:pos+i]...)
		pos += i
		after := pos + 1
		for after < len(data) && data[after] == 0xff { // libjpeg takes FF FF 00 for FF 00
			after++
		}
		if after < len(data) && data[after] != 0 {
			break
		}
		if after == len(data) {
			pos = after
			break
		}
		r.buf = append(r.buf, 0xff)
		pos = after + 1
	}
	r.end = len(r.buf)
	r.buf = append(r.buf, zeros[:]...)
	return pos
}

var zeros [padding]byte

// refill leaves at least 56 valid bits in acc.
func (c cursor) refill(buf []byte) cursor {
	c.acc |= binary.BigEndian.Uint64(buf[c.pos:]) >> (c.n & 63)
	c.pos += int((63 - c.n) >> 3)
	c.n |= 56
	return c
}

// beyond says whether more bits were taken than a segment of so many bytes has.
func (c cursor) beyond(end int) bool { return c.pos*8-int(c.n) > end*8 }

// overrun says whether more bits were taken than the segment has.
func (r *reader) overrun() bool { return r.beyond(r.end) }

// bits returns the next size bits, 0 to 15, of which there have to be as many in acc.
func (c cursor) bits(size uint32) uint32 { return uint32(c.acc >> 1 >> (63 - size&63)) }

func (c cursor) skip(size uint32) cursor {
	c.acc <<= size & 63
	c.n -= uint64(size)
	return c
}

// look is the entry of the next bits.
func (c cursor) look(t *table) uint32 { return t.look[c.acc>>(64-lookBits)] }

// special decodes a symbol whose entry e of the look-up has no value, for which 16 bits have to be in acc. ok is false
// where no code begins so.
func (c cursor) special(t *table, e uint32) (after cursor, symbol uint32, ok bool) {
	if e != 0 {
		return c.skip(e & 255), e >> 8, true
	}
	next := uint32(c.acc >> 48)
	for n := uint32(lookBits + 1); n <= 16; n++ {
		if next < t.limit[n] {
			return c.skip(n), uint32(t.symbols[uint8(int32(next>>(16-n))+t.offset[n])]), true
		}
	}
	return c, 0, false
}

// difference decodes the difference of a DC coefficient.
func (c cursor) difference(t *table, buf []byte) (after cursor, diff int32, ok bool) {
	c = c.refill(buf)
	e := c.look(t)
	if e>>16 != 0 {
		return c.skip(e & 255), int32(int16(e >> 16)), true
	}
	c, size, ok := c.special(t, e)
	return c.skip(size), extend(c.bits(size), int(size)), ok
}
