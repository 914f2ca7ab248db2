package jpegdec

import (
	"bytes"
	"encoding/binary"
)

// padding is what follows the bytes of a segment in reader.buf: more than the longest block can take (64 coefficients of
// 16+15 bits, 248 bytes) and the eight bytes of a load, so that bounds need a check only once a block.
const padding = 512

// reader gives the bits of one entropy-coded segment: the bytes between two markers, stuffing removed (T.81, F.1.2.3).
//
// The next bits stand at the top of acc. At least n of them are valid; those below come from the stream too, or are 0,
// so that a refill may OR the same bits in again.
//
// The assembly knows the places of the fields: see vector_amd64.go.
type reader struct {
	acc uint64
	n   uint64
	pos int    // of the next byte to load, in buf
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
func (r *reader) refill() {
	r.acc |= binary.BigEndian.Uint64(r.buf[r.pos:]) >> (r.n & 63)
	r.pos += int((63 - r.n) >> 3)
	r.n |= 56
}

// overrun says whether more bits were taken than the segment has.
func (r *reader) overrun() bool { return r.pos*8-int(r.n) > r.end*8 }

// take returns the next size bits, of which there have to be as many in acc.
func (r *reader) take(size int) uint32 {
	v := uint32(r.acc >> 32 >> (32 - uint(size)&63) & (1<<32 - 1))
	r.skip(size)
	return v
}

func (r *reader) skip(size int) {
	r.acc <<= uint(size) & 63
	r.n -= uint64(size)
}

// symbol decodes one symbol, for which 16 bits have to be in acc. ok is false where no code begins so.
func (r *reader) symbol(t *table) (symbol uint8, ok bool) {
	next := uint32(r.acc >> 48)
	for n := 1; n <= 16; n++ {
		if next < t.limit[n] {
			r.skip(n)
			return t.symbols[uint8(int32(next>>(16-n))+t.offset[n])], true
		}
	}
	return 0, false
}
