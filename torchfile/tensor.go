package torchfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// storage is a run of numbers in the file, from which tensors are cut.
type storage struct {
	kind  kind
	count int64
	open  func() (io.ReadCloser, error)
}

// tensor is a view of a storage: element (i, j, …) is its value at offset + i·strides[0] + j·strides[1] + …
type tensor struct {
	storage        *storage
	offset         int64
	shape          []int
	strides        []int64
	elements, span int64 // span is how many values of the storage it reaches over, from offset on
}

// maxDimensions is more than any layer has.
const maxDimensions = 8

// newTensor takes the arguments of _rebuild_tensor_v2: storage, offset, shape, strides, and others that only training
// needs.
func newTensor(args tuple) (*tensor, error) {
	if len(args) < 4 || len(args) > 7 {
		return nil, fmt.Errorf("its tensor has %d arguments: %w", len(args), ErrFormat)
	}
	s, isStorage := args[0].(*storage)
	offset, isOffset := args[1].(int64)
	shape, isShape := args[2].(tuple)
	strides, isStrides := args[3].(tuple)
	if !isStorage || !isOffset || !isShape || !isStrides || offset < 0 || len(shape) != len(strides) || len(shape) > maxDimensions {
		return nil, fmt.Errorf("its tensor is made of what is no storage with a shape: %w", ErrFormat)
	}
	t := &tensor{storage: s, offset: offset, elements: 1, span: 1}
	for i := range shape {
		n, isLength := shape[i].(int64)
		step, isStep := strides[i].(int64)
		if !isLength || !isStep {
			return nil, fmt.Errorf("its tensor has a length of %T: %w", shape[i], ErrFormat)
		}
		if err := t.grow(n, step); err != nil {
			return nil, err
		}
	}
	if t.elements == 0 {
		t.span = 0
	}
	if t.span > s.count-offset {
		return nil, fmt.Errorf("its tensor reaches beyond its storage of %d values: %w", s.count, ErrFormat)
	}
	return t, nil
}

// grow adds a dimension. All products stay in an int64: lengths and strides are at most 2³¹.
func (t *tensor) grow(n, step int64) error {
	if n < 0 || step < 0 || n > math.MaxInt32 || step > math.MaxInt32 {
		return fmt.Errorf("its tensor has the length %d with stride %d: %w", n, step, ErrFormat)
	}
	t.shape, t.strides = append(t.shape, int(n)), append(t.strides, step)
	t.elements *= n
	if n > 0 {
		t.span += (n - 1) * step
	}
	if t.elements > math.MaxInt32 || t.span > math.MaxInt32 {
		return fmt.Errorf("its tensor has more than 2³¹ values: %w", ErrTooLarge)
	}
	return nil
}

// load reads the values in row-major order.
func (t *tensor) load(limits Limits) ([]float32, error) {
	k := t.storage.kind
	if k.to32 == nil {
		return nil, fmt.Errorf("its values are of type %s: %w", k.name, ErrUnsupported)
	}
	if most := limits.TensorBytes / 4; t.elements > most || t.span > most {
		return nil, fmt.Errorf("it has %d values, %d are allowed: %w", max(t.elements, t.span), most, ErrTooLarge)
	}
	values, err := t.storage.read(t.offset, t.span)
	if err != nil {
		return nil, fmt.Errorf("read its storage: %w: %w", err, ErrFormat)
	}
	if t.contiguous() {
		return values, nil
	}
	out := make([]float32, 0, t.elements)
	return t.gather(out, values, 0, 0), nil
}

func (t *tensor) contiguous() bool {
	step := int64(1)
	for i := len(t.shape) - 1; i >= 0; i-- {
		if t.shape[i] != 1 && t.strides[i] != step {
			return false
		}
		step *= int64(t.shape[i])
	}
	return true
}

// gather appends the elements of dimension d and those within, which start at a value.
func (t *tensor) gather(out, values []float32, d int, at int64) []float32 {
	if t.elements == 0 {
		return out
	}
	if d == len(t.shape) {
		return append(out, values[at])
	}
	for range t.shape[d] {
		out = t.gather(out, values, d+1, at)
		at += t.strides[d]
	}
	return out
}

// read converts count values from offset on. It reads to the end of the storage, where a zip file's checksum is compared.
func (s *storage) read(offset, count int64) ([]float32, error) {
	r, err := s.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if _, err := io.CopyN(io.Discard, r, offset*s.kind.bytes); err != nil {
		return nil, err
	}
	values := make([]float32, 0, count)
	block := make([]byte, 64<<10)
	for left := count * s.kind.bytes; left > 0; {
		part := block[:min(left, int64(len(block)))]
		if _, err := io.ReadFull(r, part); err != nil {
			return nil, err
		}
		for at := int64(0); at < int64(len(part)); at += s.kind.bytes {
			values = append(values, s.kind.to32(part[at:]))
		}
		left -= int64(len(part))
	}
	_, err = io.Copy(io.Discard, r)
	return values, err
}

func fromFloat(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }

func fromDouble(b []byte) float32 {
	return float32(math.Float64frombits(binary.LittleEndian.Uint64(b)))
}

// fromBrain reads the upper half of a float32.
func fromBrain(b []byte) float32 {
	return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
}

// fromHalf reads an IEEE 754 binary16.
func fromHalf(b []byte) float32 {
	h := uint32(binary.LittleEndian.Uint16(b))
	sign, exponent, fraction := h>>15<<31, h>>10&31, h&1023
	switch exponent {
	case 0: // zero and the numbers below 2⁻¹⁴: a multiple of 2⁻²⁴
		return math.Float32frombits(math.Float32bits(float32(fraction)*0x1p-24) | sign)
	case 31:
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
