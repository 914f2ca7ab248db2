package pngdec

import "encoding/binary"

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
