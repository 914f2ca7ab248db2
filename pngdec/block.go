package pngdec

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
