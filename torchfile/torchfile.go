package torchfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// The kinds of errors.
var (
	// ErrFormat marks a file that is no weight file, or is damaged.
	ErrFormat = errors.New("not a readable PyTorch weight file")
	// ErrForbidden marks a file that wants something run that is no part of rebuilding tensors.
	ErrForbidden = errors.New("forbidden in a weight file")
	// ErrTooLarge marks a file that is over a limit.
	ErrTooLarge = errors.New("weight file over a limit")
	// ErrUnsupported marks what PyTorch can store and this package does not read.
	ErrUnsupported = errors.New("unsupported in a weight file")
	// ErrNotFound marks a name that the file does not have.
	ErrNotFound = errors.New("no such tensor")
)

// Limits bound what a file may cost. A zero field means its default.
type Limits struct {
	Bytes       int64 // of the file; 1 GiB
	PickleBytes int64 // of each pickle in it; 8 MiB
	Opcodes     int   // run by each pickle; 1,000,000
	Depth       int   // of the stack; 100,000 values
	Memo        int   // remembered values; 100,000
	Tensors     int   // named ones; 10,000
	TensorBytes int64 // of the values of one loaded tensor, as float32; 256 MiB
}

func (l Limits) withDefaults() Limits {
	set(&l.Bytes, 1<<30)
	set(&l.PickleBytes, 8<<20)
	set(&l.Opcodes, 1_000_000)
	set(&l.Depth, 100_000)
	set(&l.Memo, 100_000)
	set(&l.Tensors, 10_000)
	set(&l.TensorBytes, 256<<20)
	return l
}

func set[T int | int64](limit *T, value T) {
	if *limit <= 0 {
		*limit = value
	}
}

// File is an open weight file: a dictionary of tensors. Its methods may be called by several goroutines if the reader it
// was opened on allows that.
type File struct {
	limits  Limits
	names   []string
	tensors map[string]*tensor
}

// Open reads the names and shapes of the tensors of a file of size bytes. r must stay readable while the File is used.
func Open(r io.ReaderAt, size int64, limits Limits) (*File, error) {
	limits = limits.withDefaults()
	if size > limits.Bytes {
		return nil, fmt.Errorf("open a weight file of %d bytes: %d are allowed: %w", size, limits.Bytes, ErrTooLarge)
	}
	head := make([]byte, min(size, int64(len(legacyMagic))))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("open a weight file: %w", err)
	}
	read := openZip
	if bytes.HasPrefix(head, []byte(legacyMagic)) {
		read = openLegacy
	} else if !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return nil, fmt.Errorf("open a weight file: it starts like neither of PyTorch's containers: %w", ErrFormat)
	}
	root, err := read(r, size, limits)
	if err != nil {
		return nil, fmt.Errorf("open a weight file: %w", err)
	}
	f := &File{limits: limits, tensors: map[string]*tensor{}}
	if err := f.collect(root); err != nil {
		return nil, fmt.Errorf("open a weight file: %w", err)
	}
	return f, nil
}

// collect takes the tensors of a dictionary, or of the dictionary that stands in it as "state_dict", as in the files
// that training programs leave.
func (f *File) collect(root any) error {
	d, ok := root.(*dict)
	if !ok {
		return fmt.Errorf("it holds no dictionary of tensors: %w", ErrFormat)
	}
	if inner, ok := d.get("state_dict").(*dict); ok {
		d = inner
	}
	for _, p := range d.pairs {
		name, isName := p.key.(string)
		t, isTensor := p.value.(*tensor)
		if !isName || !isTensor {
			continue
		}
		if f.tensors[name] == nil {
			f.names = append(f.names, name)
		}
		f.tensors[name] = t
		if len(f.names) > f.limits.Tensors {
			return fmt.Errorf("it has more than %d tensors: %w", f.limits.Tensors, ErrTooLarge)
		}
	}
	if len(f.names) == 0 {
		return fmt.Errorf("its dictionary holds no tensors: %w", ErrFormat)
	}
	return nil
}

// Names lists the tensors in the order of the file.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Shape returns the lengths of a tensor's dimensions; it is empty for a single number. It returns false for a name that
// the file does not have.
func (f *File) Shape(name string) ([]int, bool) {
	t := f.tensors[name]
	if t == nil {
		return nil, false
	}
	return slices.Clone(t.shape), true
}

// Load reads the values of a tensor in row-major order. Half, bfloat16 and double become float32; whole numbers are
// ErrUnsupported, since no weights are.
func (f *File) Load(name string) ([]float32, error) {
	t := f.tensors[name]
	if t == nil {
		return nil, fmt.Errorf("load tensor %q: %w", name, ErrNotFound)
	}
	values, err := t.load(f.limits)
	if err != nil {
		return nil, fmt.Errorf("load tensor %q: %w", name, err)
	}
	return values, nil
}
