package torchfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// machine runs one pickle. Values are nil, bool, int64, float64, string, tuple, *list, *dict, global, *storage and
// *tensor. Values are shared, never copied, so that what a pickle builds takes no more memory than its own length.
type machine struct {
	r        byteReader
	limits   Limits
	read     int64 // bytes
	work     int   // opcodes, and values that they copied
	stack    []any
	marks    []int
	memo     map[uint32]any
	storages map[string]*storage
}

type byteReader interface {
	io.Reader
	io.ByteReader
}

type (
	tuple []any
	list  struct{ items []any }
	dict  struct{ pairs []pair }
	pair  struct{ key, value any }
	// global is a function or class by its full name. Only names of the table globals become one.
	global string
)

// get returns the last value of a string key, nil without one.
func (d *dict) get(key string) any {
	for i := len(d.pairs) - 1; i >= 0; i-- {
		if d.pairs[i].key == any(key) {
			return d.pairs[i].value
		}
	}
	return nil
}

func newMachine(r io.Reader, limits Limits) *machine {
	b, ok := r.(byteReader)
	if !ok {
		b = bufio.NewReader(r)
	}
	return &machine{r: b, limits: limits, memo: map[uint32]any{}, storages: map[string]*storage{}}
}

var errStop = errors.New("stop")

// run runs to the STOP opcode and returns the one value that must be left.
func (m *machine) run() (any, error) {
	for {
		if err := m.charge(1); err != nil {
			return nil, err
		}
		op, err := m.byte()
		if err != nil {
			return nil, err
		}
		switch err := m.step(op); {
		case errors.Is(err, errStop):
			if len(m.stack) != 1 || len(m.marks) != 0 {
				return nil, fmt.Errorf("its pickle leaves %d values: %w", len(m.stack), ErrFormat)
			}
			return m.stack[0], nil
		case err != nil:
			return nil, err
		}
	}
}

// charge counts work before it is done.
func (m *machine) charge(n int) error {
	if n > m.limits.Opcodes-m.work {
		return fmt.Errorf("its pickle has more than %d opcodes: %w", m.limits.Opcodes, ErrTooLarge)
	}
	m.work += n
	return nil
}

// step runs one opcode.
func (m *machine) step(op byte) error {
	do, ok := opcodes[op]
	if !ok {
		return fmt.Errorf("its pickle uses the opcode %s: %w", nameOf(op), ErrForbidden)
	}
	if err := do(m); err != nil {
		return err
	}
	if len(m.stack) > m.limits.Depth || len(m.marks) > m.limits.Depth {
		return fmt.Errorf("its pickle stacks more than %d values: %w", m.limits.Depth, ErrTooLarge)
	}
	return nil
}

func (m *machine) byte() (byte, error) {
	if err := m.spend(1); err != nil {
		return 0, err
	}
	b, err := m.r.ReadByte()
	if err != nil {
		return 0, cutOff(err)
	}
	return b, nil
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("its pickle is cut off: %w", ErrFormat)
	}
	return fmt.Errorf("read its pickle: %w: %w", err, ErrFormat)
}

// spend counts bytes before they are read.
func (m *machine) spend(n int64) error {
	if n > m.limits.PickleBytes-m.read {
		return fmt.Errorf("its pickle has more than %d bytes: %w", m.limits.PickleBytes, ErrTooLarge)
	}
	m.read += n
	return nil
}

// bytes reads n bytes. It takes memory as they arrive: a length is not believed before.
func (m *machine) bytes(n int64) ([]byte, error) {
	if err := m.spend(n); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(m.r, n))
	if err != nil {
		return nil, cutOff(err)
	}
	if int64(len(b)) < n {
		return nil, cutOff(io.EOF)
	}
	return b, nil
}

// number reads a little-endian number of n bytes, n ≤ 4.
func (m *machine) number(n int) (uint32, error) {
	var v uint32
	for i := range n {
		b, err := m.byte()
		if err != nil {
			return 0, err
		}
		v |= uint32(b) << (8 * i)
	}
	return v, nil
}

// line reads up to a newline, which it drops.
func (m *machine) line() (string, error) {
	var b []byte
	for {
		c, err := m.byte()
		if err != nil {
			return "", err
		}
		if c == '\n' {
			return string(b), nil
		}
		if b = append(b, c); len(b) > maxName {
			return "", fmt.Errorf("its pickle has a name of more than %d bytes: %w", maxName, ErrTooLarge)
		}
	}
}

// maxName bounds names of functions, storages and tensors.
const maxName = 1024

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

var errUnderflow = fmt.Errorf("its pickle takes more than it stacked: %w", ErrFormat)

// pop takes the last value, which must lie above the last mark.
func (m *machine) pop() (any, error) {
	if len(m.stack) <= m.floor() {
		return nil, errUnderflow
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return v, nil
}

func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

// top is the last value, left where it is.
func (m *machine) top() (any, error) {
	v, err := m.pop()
	if err == nil {
		m.push(v)
	}
	return v, err
}

// popMark takes all values above the last mark, and the mark.
func (m *machine) popMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, errUnderflow
	}
	from := m.floor()
	values := append([]any(nil), m.stack[from:]...)
	m.stack, m.marks = m.stack[:from], m.marks[:len(m.marks)-1]
	return values, nil
}

func (m *machine) remember(key uint32) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	if m.memo[key] = v; len(m.memo) > m.limits.Memo {
		return fmt.Errorf("its pickle remembers more than %d values: %w", m.limits.Memo, ErrTooLarge)
	}
	return nil
}

func (m *machine) recall(key uint32) error {
	v, ok := m.memo[key]
	if !ok {
		return fmt.Errorf("its pickle recalls what it never remembered: %w", ErrFormat)
	}
	m.push(v)
	return nil
}
