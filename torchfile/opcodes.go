package torchfile

import (
	"encoding/binary"
	"fmt"
	"math"
)

// opcodes are those of protocols 2 to 4 that build dictionaries of tensors (Python, Lib/pickletools.py).
var opcodes map[byte]func(*machine) error

func init() { // the table and the functions in it would refer to each other
	opcodes = map[byte]func(*machine) error{
		0x80: opProto, 0x95: opFrame, '.': func(*machine) error { return errStop },
		'(': func(m *machine) error { m.marks = append(m.marks, len(m.stack)); return nil },
		'0': func(m *machine) error { _, err := m.pop(); return err },
		'1': func(m *machine) error { _, err := m.popMark(); return err },
		'N': constant(nil), 0x88: constant(true), 0x89: constant(false),
		'J': opInt32, 'K': opUint(1), 'M': opUint(2), 0x8a: opLong, 'G': opFloat,
		'U': opString(1), 'T': opString(4), 'X': opString(4), 0x8c: opString(1),
		']': func(m *machine) error { m.push(&list{}); return nil },
		'}': func(m *machine) error { m.push(&dict{}); return nil },
		')': func(m *machine) error { m.push(tuple{}); return nil },
		'l': opList, 'd': opDict, 't': opTuple, 0x85: opTupleOf(1), 0x86: opTupleOf(2), 0x87: opTupleOf(3),
		'a': opAppend, 'e': opAppends, 's': opSetItem, 'u': opSetItems,
		'q': opPut(1), 'r': opPut(4), 0x94: func(m *machine) error { return m.remember(uint32(len(m.memo))) },
		'h': opGet(1), 'j': opGet(4),
		'c': opGlobal, 0x93: opStackGlobal, 'R': opReduce, 'b': opBuild, 'Q': opPersistent,
	}
}

// names are the opcodes that run something else, which a refusal calls by name.
var names = map[byte]string{
	'i': "INST", 'o': "OBJ", 0x81: "NEWOBJ", 0x92: "NEWOBJ_EX", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4", 'P': "PERSID",
	'I': "INT", 'L': "LONG", 'F': "FLOAT", 'S': "STRING", 'V': "UNICODE", 'p': "PUT", 'g': "GET", '2': "DUP",
	0x8b: "LONG4", 0x8d: "BINUNICODE8", 0x8e: "BINBYTES8", 'B': "BINBYTES", 'C': "SHORT_BINBYTES", 0x8f: "EMPTY_SET",
	0x90: "ADDITEMS", 0x91: "FROZENSET", 0x96: "BYTEARRAY8", 0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER",
}

func nameOf(op byte) string {
	if name := names[op]; name != "" {
		return name
	}
	return fmt.Sprintf("0x%02x", op)
}

func constant(v any) func(*machine) error {
	return func(m *machine) error { m.push(v); return nil }
}

func opProto(m *machine) error {
	v, err := m.byte()
	if err == nil && (v < 2 || v > 4) {
		return fmt.Errorf("its pickle has protocol %d, 2 to 4 are read: %w", v, ErrUnsupported)
	}
	return err
}

// opFrame skips the length of a frame, which only helps a reader that buffers.
func opFrame(m *machine) error {
	_, err := m.bytes(8)
	return err
}

func opInt32(m *machine) error {
	v, err := m.number(4)
	m.push(int64(int32(v)))
	return err
}

func opUint(n int) func(*machine) error {
	return func(m *machine) error {
		v, err := m.number(n)
		m.push(int64(v))
		return err
	}
}

// opLong reads an integer of up to eight bytes. The ten bytes of the magic number give 0, since nobody needs them.
func opLong(m *machine) error {
	n, err := m.byte()
	if err != nil {
		return err
	}
	b, err := m.bytes(int64(n))
	if err != nil {
		return err
	}
	if n > 8 && string(b) != legacyMagic[4:14] {
		return fmt.Errorf("its pickle has an integer of %d bytes: %w", n, ErrUnsupported)
	}
	var v int64
	if n <= 8 {
		for i, c := range b {
			v |= int64(c) << (8 * i)
		}
		if n > 0 && n < 8 && b[n-1] >= 0x80 {
			v -= 1 << (8 * n)
		}
	}
	m.push(v)
	return nil
}

func opFloat(m *machine) error {
	b, err := m.bytes(8)
	if err != nil {
		return err
	}
	m.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	return nil
}

// opString reads a string after its length of n bytes. The byte strings of Python 2 are read as what they hold.
func opString(n int) func(*machine) error {
	return func(m *machine) error {
		size, err := m.number(n)
		if err != nil {
			return err
		}
		if size > maxName {
			return fmt.Errorf("its pickle has a text of %d bytes, %d are allowed: %w", size, maxName, ErrTooLarge)
		}
		b, err := m.bytes(int64(size))
		m.push(string(b))
		return err
	}
}

func opList(m *machine) error {
	v, err := m.popMark()
	m.push(&list{v})
	return err
}

func opTuple(m *machine) error {
	v, err := m.popMark()
	m.push(tuple(v))
	return err
}

func opTupleOf(n int) func(*machine) error {
	return func(m *machine) error {
		if len(m.stack)-m.floor() < n {
			return errUnderflow
		}
		from := len(m.stack) - n
		t := append(tuple(nil), m.stack[from:]...)
		m.stack = append(m.stack[:from], t)
		return nil
	}
}

func opDict(m *machine) error {
	values, err := m.popMark()
	if err != nil {
		return err
	}
	d := &dict{}
	m.push(d)
	return d.add(values)
}

// add sets keys and values, which follow each other.
func (d *dict) add(values []any) error {
	if len(values)%2 != 0 {
		return fmt.Errorf("its pickle has a key without a value: %w", ErrFormat)
	}
	for i := 0; i < len(values); i += 2 {
		d.pairs = append(d.pairs, pair{values[i], values[i+1]})
	}
	return nil
}

func opAppend(m *machine) error {
	v, err := m.pop()
	if err != nil {
		return err
	}
	return m.extend([]any{v})
}

func opAppends(m *machine) error {
	v, err := m.popMark()
	if err != nil {
		return err
	}
	return m.extend(v)
}

func (m *machine) extend(values []any) error {
	top, err := m.top()
	if err != nil {
		return err
	}
	l, ok := top.(*list)
	if !ok {
		return fmt.Errorf("its pickle appends to what is no list: %w", ErrFormat)
	}
	l.items = append(l.items, values...)
	return nil
}

func opSetItem(m *machine) error {
	value, err := m.pop()
	if err != nil {
		return err
	}
	key, err := m.pop()
	if err != nil {
		return err
	}
	return m.setItems([]any{key, value})
}

func opSetItems(m *machine) error {
	v, err := m.popMark()
	if err != nil {
		return err
	}
	return m.setItems(v)
}

func (m *machine) setItems(values []any) error {
	top, err := m.top()
	if err != nil {
		return err
	}
	d, ok := top.(*dict)
	if !ok {
		return fmt.Errorf("its pickle sets keys of what is no dictionary: %w", ErrFormat)
	}
	return d.add(values)
}

func opPut(n int) func(*machine) error {
	return func(m *machine) error {
		key, err := m.number(n)
		if err != nil {
			return err
		}
		return m.remember(key)
	}
}

func opGet(n int) func(*machine) error {
	return func(m *machine) error {
		key, err := m.number(n)
		if err != nil {
			return err
		}
		return m.recall(key)
	}
}
