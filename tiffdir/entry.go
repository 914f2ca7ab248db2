package tiffdir

import (
	"bytes"
	"encoding/binary"
	"math"
)

// Type is an entry's type (TIFF 6.0, section 2; BigTIFF adds 16 to 18, Exif 3.0 adds 129).
type Type uint16

const (
	Byte      Type = 1
	ASCII     Type = 2
	Short     Type = 3
	Long      Type = 4
	Rational  Type = 5
	SByte     Type = 6
	Undefined Type = 7
	SShort    Type = 8
	SLong     Type = 9
	SRational Type = 10
	Float     Type = 11
	Double    Type = 12
	IFD       Type = 13
	Long8     Type = 16
	SLong8    Type = 17
	IFD8      Type = 18
	UTF8      Type = 129
)

// Size is the number of bytes of one value, and 0 for an unknown type.
func (t Type) Size() int {
	switch t {
	case Byte, ASCII, SByte, Undefined, UTF8:
		return 1
	case Short, SShort:
		return 2
	case Long, SLong, Float, IFD:
		return 4
	case Rational, SRational, Double, Long8, SLong8, IFD8:
		return 8
	}
	return 0
}

// Entry is one field of a directory. Its methods decode the value and never fail but by their ok.
type Entry struct {
	Tag    uint16
	Type   Type
	Count  int64 // number of values, as stated
	Offset int64 // of the value, from the structure's first byte
	Field  int64 // of the entry itself
	raw    []byte
	order  binary.ByteOrder
}

// Len is the number of values.
func (e Entry) Len() int { return int(e.Count) }

// Raw returns the value's bytes, which alias the file.
func (e Entry) Raw() []byte { return e.raw }

// Order is the byte order of the values, for those that hold numbers of their own.
func (e Entry) Order() binary.ByteOrder { return e.order }

// at returns the bytes of value i.
func (e Entry) at(i int) ([]byte, bool) {
	n := e.Type.Size()
	if i < 0 || n == 0 || i >= len(e.raw)/n {
		return nil, false
	}
	return e.raw[i*n : (i+1)*n], true
}

// Uint returns value i of an integral type; ok is false for others and for negative numbers.
func (e Entry) Uint(i int) (v uint64, ok bool) {
	b, ok := e.at(i)
	if !ok {
		return 0, false
	}
	switch e.Type {
	case Byte, Undefined:
		return uint64(b[0]), true
	case Short:
		return uint64(e.order.Uint16(b)), true
	case Long, IFD:
		return uint64(e.order.Uint32(b)), true
	case Long8, IFD8:
		return e.order.Uint64(b), true
	}
	s, ok := e.signed(b)
	return uint64(s), ok && s >= 0
}

// Int returns value i of an integral type; ok is false for others, and beyond an int64.
func (e Entry) Int(i int) (v int64, ok bool) {
	b, ok := e.at(i)
	if !ok {
		return 0, false
	}
	if s, ok := e.signed(b); ok {
		return s, true
	}
	u, ok := e.Uint(i)
	return int64(u), ok && u <= math.MaxInt64
}

func (e Entry) signed(b []byte) (int64, bool) {
	switch e.Type {
	case SByte:
		return int64(int8(b[0])), true
	case SShort:
		return int64(int16(e.order.Uint16(b))), true
	case SLong:
		return int64(int32(e.order.Uint32(b))), true
	case SLong8:
		return int64(e.order.Uint64(b)), true
	}
	return 0, false
}

// Fraction returns value i of a rational type as it stands: the denominator may be 0.
func (e Entry) Fraction(i int) (num, den int64, ok bool) {
	b, ok := e.at(i)
	if !ok || e.Type != Rational && e.Type != SRational {
		return 0, 0, false
	}
	n, d := e.order.Uint32(b), e.order.Uint32(b[4:])
	if e.Type == SRational {
		return int64(int32(n)), int64(int32(d)), true
	}
	return int64(n), int64(d), true
}

// Float returns value i of any numeric type; ok is false for text and for a fraction over 0.
func (e Entry) Float(i int) (v float64, ok bool) {
	if b, whole := e.at(i); whole && e.Type == Float {
		return float64(math.Float32frombits(e.order.Uint32(b))), true
	} else if whole && e.Type == Double {
		return math.Float64frombits(e.order.Uint64(b)), true
	}
	if num, den, ok := e.Fraction(i); ok {
		return float64(num) / float64(den), den != 0
	}
	if e.Type == Long8 || e.Type == IFD8 {
		u, ok := e.Uint(i)
		return float64(u), ok
	}
	s, ok := e.Int(i)
	return float64(s), ok
}

// Text returns the bytes up to the first NUL, whatever the type: of ASCII, of UTF8, and of the bytes that writers put
// text into. The character set is the caller's question.
func (e Entry) Text() string {
	text, _, _ := bytes.Cut(e.raw, []byte{0})
	return string(text)
}
