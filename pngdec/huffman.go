package pngdec

import "math/bits"

// Decoding tables (RFC 1951, 3.2). The layout follows libdeflate's: one look-up of tableBits bits gives what the code
// word means, how long it is and how many extra bits follow it; code words longer than that lead to a sub-table.
//
// An entry is
//
//	bit 31     a literal: bits 16–23 are the byte, bits 0–7 the length of the code word
//	bit 15     an exception: bit 14 a sub-table, bit 13 the end of the block, neither: no such code word
//	otherwise  a length or a distance: bits 16–30 are its base, bits 8–12 the length of the code word,
//	           bits 0–7 the same and the number of extra bits added up
//
// An entry of a sub-table says how many bits are left of its code word, so that what is consumed adds up. The entry
// that leads to it has its start in bits 16–30, its index bits in 8–12, and tableBits in bits 0–7.
const (
	entryLiteral   = 1 << 31
	entryException = 1 << 15
	entrySubtable  = 1 << 14
	entryEnd       = 1 << 13
)

const (
	maxCodeBits = 15

	litTableBits  = 11
	distTableBits = 8
	preTableBits  = 7

	// The most entries that complete codes of 288, 32 and 19 symbols can need, by zlib's enough.c for 286 and 30, rounded up
	// to powers of two.
	litTableSize  = 4096
	distTableSize = 1024
	preTableSize  = 128
)

// codeBuilder makes decoding tables from the lengths of code words.
type codeBuilder struct {
	count  [maxCodeBits + 1]uint16 // code words of each length
	sorted [288]uint16             // symbols by length, then by value
}

// build fills the table for symbols with these code lengths, of which meaning has the entries without lengths. It
// returns how many bits index it, or 0 if no code has these lengths.
//
// As in zlib, a code may be incomplete only if it is lone, which means that it may have one code word of one bit or none
// at all; the code of code lengths may not.
func (b *codeBuilder) build(table []uint32, lengths []uint8, meaning []uint32, tableBits int, lone bool) int {
	used := b.sort(lengths)
	longest := maxCodeBits
	for longest > 0 && b.count[longest] == 0 {
		longest--
	}
	left := 1 // code words of the present length that are still free
	for n := 1; n <= longest; n++ {
		if left = left<<1 - int(b.count[n]); left < 0 {
			return 0
		}
	}
	if left > 0 && (!lone || longest > 1) {
		return 0
	}
	if left > 0 {
		table[0], table[1] = entryException, entryException
		if longest == 1 {
			table[0] = entryOf(meaning[used[0]], 1)
		}
		return 1
	}
	tableBits = min(tableBits, longest)
	b.fill(table, used, meaning, tableBits)
	return tableBits
}

// sort counts the code words of each length and returns the symbols that have one.
func (b *codeBuilder) sort(lengths []uint8) []uint16 {
	b.count = [maxCodeBits + 1]uint16{}
	for _, n := range lengths {
		b.count[n&maxCodeBits]++
	}
	b.count[0] = 0
	var place [maxCodeBits + 1]uint16
	for n := 1; n < maxCodeBits; n++ {
		place[n+1] = place[n] + b.count[n]
	}
	used := place[maxCodeBits] + b.count[maxCodeBits]
	for symbol, n := range lengths {
		if n != 0 {
			b.sorted[place[n&maxCodeBits]] = uint16(symbol)
			place[n&maxCodeBits]++
		}
	}
	return b.sorted[:used]
}

// entryOf completes a symbol's meaning by the length of its code word, both in bits 8–12 and in the sum of bits 0–7.
// Literals and exceptions have no use for the former, and bear it.
func entryOf(meaning uint32, length int) uint32 { return meaning + uint32(length)<<8 + uint32(length) }

// fill lays out a complete code. Code words stand in the stream with their first bit lowest, so the next one comes by
// an increment from the top. The table of n+1 bits is that of n bits twice, with some entries replaced.
func (b *codeBuilder) fill(table []uint32, used []uint16, meaning []uint32, tableBits int) {
	word, length := uint(0), 1
	for b.count[length] == 0 {
		length++
	}
	size, left := 1<<length, b.count[length]
	for length <= tableBits {
		table[word] = entryOf(meaning[used[0]], length)
		used = used[1:]
		if left--; len(used) > 0 {
			word = nextWord(word, length)
		}
		for left == 0 && length <= tableBits {
			if length++; length <= tableBits {
				copy(table[size:2*size], table[:size])
				size *= 2
			}
			left = b.count[length]
		}
	}
	b.fillSubtables(table, used, meaning, tableBits, word, length)
}

// fillSubtables lays out the code words longer than the table, from word on.
func (b *codeBuilder) fillSubtables(table []uint32, used []uint16, meaning []uint32, tableBits int, word uint, length int) {
	end, start := 1<<tableBits, 0
	prefix := ^uint(0)
	left := int(b.count[length])
	for len(used) > 0 {
		for left == 0 {
			length++
			left = int(b.count[length])
		}
		if head := word & (1<<tableBits - 1); head != prefix {
			// The sub-table is as large as the code words with this prefix need, the shortest of which come first.
			prefix, start = head, end
			index, space := length-tableBits, left
			for space < 1<<index {
				index++
				space = space<<1 + int(b.count[tableBits+index])
			}
			end = start + 1<<index
			table[prefix] = uint32(start)<<16 | entryException | entrySubtable | uint32(index)<<8 | uint32(tableBits)
		}
		e := entryOf(meaning[used[0]], length-tableBits)
		for i := start + int(word>>tableBits); i < end; i += 1 << (length - tableBits) {
			table[i] = e
		}
		used = used[1:]
		left--
		word = nextWord(word, length)
	}
}

// nextWord is the code word after word, bits reversed: the highest bit that is 0 becomes 1, those above it 0.
func nextWord(word uint, length int) uint {
	free := ^word & (1<<length - 1)
	if free == 0 {
		return word
	}
	top := uint(1) << (bits.Len(free) - 1)
	return word&(top-1) | top
}

// Meanings of the symbols of the three codes.
var (
	litMeanings  = lengthMeanings()
	distMeanings = distanceMeanings()
	preMeanings  = precodeMeanings()
)

// lengthMeanings follows the table of 3.2.5. Symbols 286 and 287 stand in the fixed code and mean nothing.
func lengthMeanings() (m [288]uint32) {
	for i := range 256 {
		m[i] = entryLiteral | uint32(i)<<16
	}
	m[256] = entryException | entryEnd
	base := uint32(3)
	for i := range uint32(28) {
		extra := max(i/4, 1) - 1
		m[257+i] = base<<16 | extra
		base += 1 << extra
	}
	m[285] = 258 << 16
	m[286], m[287] = entryException, entryException
	return m
}

// distanceMeanings follows the second table of 3.2.5. Symbols 30 and 31 mean nothing.
func distanceMeanings() (m [32]uint32) {
	base := uint32(1)
	for i := range uint32(30) {
		extra := max(i/2, 1) - 1
		m[i] = base<<16 | extra
		base += 1 << extra
	}
	m[30], m[31] = entryException, entryException
	return m
}

func precodeMeanings() (m [19]uint32) {
	for i := range uint32(19) {
		m[i] = i << 16
	}
	return m
}
