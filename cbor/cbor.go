// Package cbor reads CBOR (RFC 8949) strictly and within limits.
//
// It reads what is well-formed by RFC 8949, Appendix C, and nothing else: reserved lengths, a break where none may be,
// an indefinite string of chunks of another type and bytes behind the item are errors. Text must be UTF-8 and a map
// may not hold a key twice (both of section 5.3.1), since two readers that take two of the values would differ in what
// they believe was signed.
//
// A [Value] aliases the bytes that it was read from.
package cbor

import (
	"bytes"
	"errors"
	"iter"
)

// Kinds of error, for errors.Is.
var (
	// ErrMalformed means that the bytes are not one well-formed, valid item.
	ErrMalformed = errors.New("CBOR malformed")
	// ErrTooLarge means that they hold more than the limits allow.
	ErrTooLarge = errors.New("CBOR too large")
)

// Kind is the type of an item.
type Kind uint8

// The kinds. Missing is what [Value.Get] and [Value.At] give where there is nothing.
const (
	Missing Kind = iota
	Unsigned
	Negative
	Bytes
	Text
	Array
	Map
	Tag
	Bool
	Null
	Undefined
	Simple
	Float
)

var kindNames = [...]string{"nothing", "unsigned integer", "negative integer", "byte string", "text string", "array", "map", "tag",
	"boolean", "null", "undefined", "simple value", "floating-point number"}

// String is the name that RFC 8949 gives the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Value is one item with everything in it. The zero Value is of kind Missing, and every method of it is safe.
type Value struct {
	kind  Kind
	n     uint64  // of Unsigned, Negative (-1-n), Tag, Bool, Simple and Float (its bits)
	data  []byte  // of Bytes and Text
	items []Value // of Array; of Map, key and value in turn; of Tag, the one item inside
}

// Kind is the type of the item.
func (v Value) Kind() Kind { return v.kind }

// Len is the number of bytes of a string, of items of an array, of pairs of a map, otherwise 0.
func (v Value) Len() int {
	switch v.kind {
	case Bytes, Text:
		return len(v.data)
	case Array:
		return len(v.items)
	case Map:
		return len(v.items) / 2
	}
	return 0
}

// Int is an integer that fits.
func (v Value) Int() (int64, bool) {
	switch {
	case v.kind == Unsigned && v.n < 1<<63:
		return int64(v.n), true
	case v.kind == Negative && v.n < 1<<63:
		return -1 - int64(v.n), true
	}
	return 0, false
}

// Text is a text string.
func (v Value) Text() (string, bool) {
	if v.kind != Text {
		return "", false
	}
	return string(v.data), true
}

// String is a text string's text, and empty for every other kind.
func (v Value) String() string {
	s, _ := v.Text()
	return s
}

// Bytes is a byte string's bytes. They are the file's own and must not be changed.
func (v Value) Bytes() ([]byte, bool) { return v.data, v.kind == Bytes }

// Bool is a boolean.
func (v Value) Bool() (value, ok bool) { return v.n == 1, v.kind == Bool }

// At is item i of an array.
func (v Value) At(i int) Value {
	if v.kind != Array || i < 0 || i >= len(v.items) {
		return Value{}
	}
	return v.items[i]
}

// Items are the items of an array, none of every other kind.
func (v Value) Items() []Value {
	if v.kind != Array {
		return nil
	}
	return v.items
}

// Get is the value of a map under a text key.
func (v Value) Get(key string) Value {
	for k, item := range v.Pairs() {
		if k.kind == Text && string(k.data) == key {
			return item
		}
	}
	return Value{}
}

// GetInt is the value of a map under an integer key.
func (v Value) GetInt(key int64) Value {
	for k, item := range v.Pairs() {
		if n, ok := k.Int(); ok && n == key {
			return item
		}
	}
	return Value{}
}

// Pairs are keys and values of a map, in the order of the file.
func (v Value) Pairs() iter.Seq2[Value, Value] {
	return func(yield func(Value, Value) bool) {
		if v.kind != Map {
			return
		}
		for i := 0; i+1 < len(v.items); i += 2 {
			if !yield(v.items[i], v.items[i+1]) {
				return
			}
		}
	}
}

// Tagged is the number of a tag and the item inside.
func (v Value) Tagged() (number uint64, inside Value, ok bool) {
	if v.kind != Tag {
		return 0, Value{}, false
	}
	return v.n, v.items[0], true
}

// Untagged is the item without the tags around it.
func (v Value) Untagged() Value {
	for v.kind == Tag {
		v = v.items[0]
	}
	return v
}

// Equal says whether two values are the same item: kind by kind, maps in the order of the file.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind || v.n != w.n || len(v.items) != len(w.items) || !bytes.Equal(v.data, w.data) {
		return false
	}
	for i := range v.items {
		if !v.items[i].Equal(w.items[i]) {
			return false
		}
	}
	return true
}
