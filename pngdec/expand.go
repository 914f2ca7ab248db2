package pngdec

import "encoding/binary"

// expansion is how unfiltered bytes become values.
type expansion int

const (
	expandNot     expansion = iota // 8 bits that are the values
	expandBits                     // grey of 1, 2, 4 bits
	expandLookup2                  // grey of up to 8 bits with a transparent shade, by table
	expandLookup3                  // palette, by table
	expandLookup4                  // palette with alpha, by table
	expandKey                      // RGB with a transparent colour
	expand16                       // 16 bits, big-endian
	expand16Key                    // 16 bits with a transparent colour
)

// expander knows how the rows of a picture become values.
type expander struct {
	how   expansion
	depth int
	// table has the values of each index or shade, the first in the lowest byte.
	table [256]uint32
	// key is the transparent colour, as tRNS has it; for 8 bits in the lower byte of each.
	key [3]uint16
	// samples is the number of samples that key is compared with.
	samples int
	// indices holds a row of indices or shades of fewer than 8 bits, a byte each.
	indices []byte
}

func (x *expander) begin(f *file) {
	x.depth, x.samples = f.BitDepth, f.samples()
	for i := range len(f.trns) / 2 {
		if i < len(x.key) {
			x.key[i] = binary.BigEndian.Uint16(f.trns[2*i:])
		}
	}
	x.how = expansionOf(f)
	switch x.how {
	case expandLookup2:
		x.greyTable()
	case expandLookup3, expandLookup4:
		x.paletteTable(f)
	}
	if f.BitDepth < 8 {
		x.indices = sized(x.indices, f.Width+7)
	}
}

func expansionOf(f *file) expansion {
	transparent := f.trns != nil
	switch {
	case f.ColourType == typePalette && transparent:
		return expandLookup4
	case f.ColourType == typePalette:
		return expandLookup3
	case f.BitDepth == 16 && transparent:
		return expand16Key
	case f.BitDepth == 16:
		return expand16
	case f.ColourType == typeGrey && transparent:
		return expandLookup2
	case f.BitDepth < 8:
		return expandBits
	case transparent:
		return expandKey
	}
	return expandNot
}

// shadeScale is what makes the highest sample of so many bits 255 (13.12).
func shadeScale(depth int) uint32 { return 255 / (1<<depth - 1) }

// greyTable makes pairs of grey and alpha. Of tRNS only the lowest bits count (11.3.1.1).
func (x *expander) greyTable() {
	key := uint32(x.key[0]) & (1<<x.depth - 1)
	for i := range uint32(1) << x.depth {
		x.table[i] = i*shadeScale(x.depth)&0xff | 0xff00
		if i == key {
			x.table[i] &= 0xff
		}
	}
}

// paletteTable makes colours with alpha. An index without an entry is opaque black, as in libpng.
func (x *expander) paletteTable(f *file) {
	for i := range x.table {
		x.table[i] = 0xff000000
		if 3*i < len(f.palette) {
			p := f.palette[3*i : 3*i+3]
			x.table[i] = uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16 | 0xff000000
		}
		if i < len(f.trns) {
			x.table[i] = x.table[i]&0xffffff | uint32(f.trns[i])<<24
		}
	}
}

// to8 makes len(dst) values of 8 bits.
func (x *expander) to8(dst []uint8, line []byte) {
	switch x.how {
	case expandNot:
		copy(dst, line)
	case expandBits:
		unpack(x.indices, line, x.depth, byte(shadeScale(x.depth)))
		copy(dst, x.indices)
	case expandKey:
		keyed8(dst, line, x.key)
	case expandLookup2:
		lookup2(dst, x.unpacked(line), &x.table)
	case expandLookup3:
		lookup3(dst, x.unpacked(line), &x.table)
	case expandLookup4:
		lookup4(dst, x.unpacked(line), &x.table)
	}
}

// unpacked returns a row of indices, a byte each.
func (x *expander) unpacked(line []byte) []byte {
	if x.depth == 8 {
		return line
	}
	unpack(x.indices, line, x.depth, 1)
	return x.indices
}

// unpack takes samples of 1, 2 or 4 bits apart, the first in the highest bits (7.2), and multiplies them. It writes
// whole bytes' worth of them, as far as dst goes.
func unpack(dst, line []byte, depth int, scale byte) {
	perByte, mask := 8/depth, byte(1<<depth-1)
	for i, b := range line {
		d := dst[min(i*perByte, len(dst)):]
		d = d[:min(perByte, len(d))]
		for j := range d {
			d[j] = b >> (8 - depth) & mask * scale
			b <<= depth
		}
	}
}

func lookup2(dst, indices []byte, table *[256]uint32) {
	for i := range len(dst) / 2 {
		binary.LittleEndian.PutUint16(dst[2*i:], uint16(table[indices[i]]))
	}
}

func lookup3(dst, indices []byte, table *[256]uint32) {
	n := len(dst) / 3
	for i := range n - 1 { // whole words: the fourth byte is overwritten by the next pixel
		binary.LittleEndian.PutUint32(dst[3*i:], table[indices[i]])
	}
	v := table[indices[n-1]]
	dst[3*n-3], dst[3*n-2], dst[3*n-1] = byte(v), byte(v>>8), byte(v>>16)
}

func lookup4(dst, indices []byte, table *[256]uint32) {
	for i := range len(dst) / 4 {
		binary.LittleEndian.PutUint32(dst[4*i:], table[indices[i]])
	}
}

// keyed8 adds alpha to RGB: 0 for the one transparent colour.
func keyed8(dst, line []byte, key [3]uint16) {
	r, g, b := byte(key[0]), byte(key[1]), byte(key[2])
	for i := range len(dst) / 4 {
		d, s := dst[4*i:4*i+4], line[3*i:3*i+3]
		d[0], d[1], d[2], d[3] = s[0], s[1], s[2], 0xff
		if s[0] == r && s[1] == g && s[2] == b {
			d[3] = 0
		}
	}
}

// to16 makes len(dst) values of 16 bits.
func (x *expander) to16(dst []uint16, line []byte) {
	if x.how == expand16 {
		swap16(dst, line)
		return
	}
	n := x.samples
	for i := 0; i < len(dst); i += n + 1 {
		d := dst[i : i+n+1]
		transparent := true
		for c := range n {
			d[c] = binary.BigEndian.Uint16(line)
			line = line[2:]
			transparent = transparent && d[c] == x.key[c]
		}
		d[n] = 0xffff
		if transparent {
			d[n] = 0
		}
	}
}

// swap16Scalar reads len(dst) big-endian values.
func swap16Scalar(dst []uint16, line []byte) {
	for i := range dst {
		dst[i] = binary.BigEndian.Uint16(line[2*i:])
	}
}
