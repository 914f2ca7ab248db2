package tiffdir

import (
	"encoding/binary"
	"math"
	"slices"
)

// field is one entry to write; sub is a directory that it points to.
type field struct {
	tag  uint16
	typ  Type
	vals []byte
	sub  []dir
}

// dir is a directory to write.
type dir []field

// build writes a structure: the chain of directories, each followed by its values and what it points to.
type build struct {
	order binary.ByteOrder
	big   bool
	out   []byte
}

func (b *build) put(v uint64, size int) {
	buf := make([]byte, 8)
	switch size {
	case 2:
		b.order.PutUint16(buf, uint16(v))
	case 4:
		b.order.PutUint32(buf, uint32(v))
	case 8:
		b.order.PutUint64(buf, v)
	}
	b.out = append(b.out, buf[:size]...)
}

func (b *build) patch(at, v int, size int) {
	if size == 8 {
		b.order.PutUint64(b.out[at:], uint64(v))
	} else {
		b.order.PutUint32(b.out[at:], uint32(v))
	}
}

func (b *build) file(chain ...dir) []byte {
	mark, word := "II", 4
	if b.order == binary.ByteOrder(binary.BigEndian) {
		mark = "MM"
	}
	b.out = []byte(mark)
	if b.big {
		word = 8
		b.put(43, 2)
		b.put(8, 2)
		b.put(0, 2)
	} else {
		b.put(42, 2)
	}
	b.chain(chain, len(b.out), word)
	return b.out
}

// chain writes directories and the pointer to the first one at the place given.
func (b *build) chain(chain []dir, pointer, word int) {
	b.out = append(b.out, make([]byte, max(0, pointer+word-len(b.out)))...)
	for _, d := range chain {
		b.patch(pointer, len(b.out), word)
		b.put(uint64(len(d)), map[bool]int{false: 2, true: 8}[b.big])
		at := make([]int, len(d))
		for i, f := range d {
			count := len(f.vals) / max(1, f.typ.Size())
			if f.sub != nil {
				count = len(f.sub)
			}
			b.put(uint64(f.tag), 2)
			b.put(uint64(f.typ), 2)
			b.put(uint64(count), word)
			at[i] = len(b.out)
			b.out = append(b.out, append(slices.Clone(f.vals[:min(word, len(f.vals))]), make([]byte, word)...)[:word]...)
		}
		pointer = len(b.out)
		b.put(0, word)
		for i, f := range d {
			b.values(f, at[i], word)
		}
	}
}

func (b *build) values(f field, at, word int) {
	if len(f.vals) > word {
		b.patch(at, len(b.out), word)
		b.out = append(b.out, f.vals...)
	}
	if len(f.sub) == 1 {
		b.chain(f.sub, at, word)
	}
	if len(f.sub) > 1 {
		table := len(b.out)
		b.patch(at, table, word)
		b.out = append(b.out, make([]byte, len(f.sub)*word)...)
		for i := range f.sub {
			b.chain(f.sub[i:i+1], table+i*word, word)
		}
	}
}

// number writes values of one size.
func (b *build) number(size int, values ...uint64) []byte {
	w := build{order: b.order}
	for _, v := range values {
		w.put(v, size)
	}
	return w.out
}

// sample has every kind of directory.
func sample(order binary.ByteOrder, big bool) []byte {
	b := &build{order: order, big: big}
	pointer := Long
	if big {
		pointer = IFD8
	}
	return b.file(
		dir{
			{tag: 0x010f, typ: ASCII, vals: []byte("Maker & Co\x00tail")},
			{tag: 0x0112, typ: Short, vals: b.number(2, 6)},
			{tag: TagSubIFDs, typ: pointer, sub: []dir{{{tag: 0x0100, typ: Long, vals: b.number(4, 320)}}, {{tag: 0x0100, typ: Long, vals: b.number(4, 160)}}}},
			{tag: TagExif, typ: pointer, sub: []dir{{
				{tag: 0x829a, typ: Rational, vals: b.number(4, 1, 250)},
				{tag: 0x9204, typ: SRational, vals: b.number(4, math.MaxUint32, 3)},
				{tag: TagInterop, typ: pointer, sub: []dir{{{tag: 1, typ: ASCII, vals: []byte("R98\x00")}}}},
			}}},
			{tag: TagGPS, typ: pointer, sub: []dir{{{tag: 2, typ: Rational, vals: b.number(4, 48, 1, 51, 1, 30, 1)}}}},
		},
		dir{{tag: 0x0103, typ: Short, vals: b.number(2, 6)}},
	)
}
