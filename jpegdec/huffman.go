package jpegdec

import "slices"

// lookBits is how many bits of the stream the first table look-up takes. Ten cover nine of ten symbols of a photograph
// together with the bits of their value, and two tables of each kind stay in the first-level cache.
const lookBits = 10

// table decodes one Huffman code (T.81, annex C).
type table struct {
	// look is indexed by the next lookBits bits. A symbol is the number of zero coefficients that come first (high
	// four bits; 0 for DC) and the size of the value in bits (low four). An entry with a value holds all of it:
	//
	//	bits 0 to 7    bits of the code and of the value together
	//	bits 8 to 15   zero coefficients before it, plus one
	//	bits 16 to 31  its value, which is never 0
	//
	// Without a value (bits 16 to 31 are 0) bits 0 to 7 are those of the code alone, bits 8 to 15 the symbol; an
	// entry of 0 says that the code is longer than lookBits or not in the table.
	look [1 << lookBits]uint32
	// limit[n] is the first 16-bit string that is beyond all codes of up to n bits; offset[n] leads from a code of n
	// bits to its place in symbols.
	limit   [17]uint32
	offset  [17]int32
	symbols [256]uint8
	defined bool
}

// build fills the table from the counts of codes per length and the symbols in code order.
func (t *table) build(counts *[16]uint8, symbols []uint8) error {
	*t = table{defined: true}
	copy(t.symbols[:], symbols)
	code, k := uint32(0), 0
	for n := 1; n <= 16; n++ {
		t.offset[n] = int32(k) - int32(code)
		count := int(counts[n-1])
		if code+uint32(count) > 1<<n {
			return damaged("a Huffman table has more codes of %d bits than there are", n)
		}
		for range count {
			if n <= lookBits {
				t.enter(code, n, symbols[k])
			}
			code++
			k++
		}
		t.limit[n] = code << (16 - n)
		code <<= 1
	}
	return nil
}

// enter fills the look-ups that begin with a code of n bits.
func (t *table) enter(code uint32, n int, symbol uint8) {
	rest := lookBits - n
	base := code << rest
	size := int(symbol & 15)
	for i := range uint32(1) << rest {
		entry := uint32(n) | uint32(symbol)<<8
		if size > 0 && size <= rest {
			v := extend(i>>(rest-size), size)
			entry = uint32(n+size) | (uint32(symbol>>4)+1)<<8 | uint32(uint16(v))<<16
		}
		t.look[base+i] = entry
	}
}

// extend turns the bits of a value into the value (T.81, figure F.12).
func extend(bits uint32, size int) int32 {
	v := int32(bits)
	if size > 0 && bits < 1<<(size-1) {
		v += 1 - 1<<size
	}
	return v
}

// readTables reads a DHT segment (T.81, B.2.4.2).
func (d *Decoder) readTables(body []byte) error {
	for len(body) > 0 {
		if len(body) < 17 {
			return damaged("a Huffman table has the wrong length")
		}
		class, id := body[0]>>4, body[0]&15
		if class > 1 || id > 3 {
			return damaged("Huffman table %#02x does not exist", body[0])
		}
		counts, n := (*[16]uint8)(body[1:17]), 0
		for _, c := range counts {
			n += int(c)
		}
		if n > 256 || len(body) < 17+n {
			return damaged("a Huffman table has the wrong length")
		}
		symbols := body[17 : 17+n]
		t := &d.ac[id]
		if class == 0 {
			t = &d.dc[id]
			if slices.ContainsFunc(symbols, func(s uint8) bool { return s > 15 }) {
				return damaged("a Huffman table gives a difference of DC coefficients more than 15 bits")
			}
		}
		if err := t.build(counts, symbols); err != nil {
			return err
		}
		body = body[17+n:]
	}
	return nil
}
