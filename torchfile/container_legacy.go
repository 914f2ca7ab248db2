package torchfile

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// legacyMagic is the first pickle of the container before PyTorch 1.6, the number 0x1950a86a20f9469cfc6c.
const legacyMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."

// legacyProtocol is the one version there is of it.
const legacyProtocol = 1001

// openLegacy reads the container before PyTorch 1.6: pickles of the magic number, the protocol's version, the sizes of
// types, the dictionary and the keys of the storages; then for each key its count as int64 and its values.
func openLegacy(r io.ReaderAt, size int64, limits Limits) (any, error) {
	at := &position{r: bufio.NewReader(io.NewSectionReader(r, 0, size))}
	if _, err := newMachine(at, limits).run(); err != nil {
		return nil, err
	}
	version, err := newMachine(at, limits).run()
	if err != nil {
		return nil, err
	}
	if version != any(int64(legacyProtocol)) {
		return nil, fmt.Errorf("its protocol is %.20v, want %d: %w", version, legacyProtocol, ErrUnsupported)
	}
	system, err := newMachine(at, limits).run()
	if err != nil {
		return nil, err
	}
	if d, ok := system.(*dict); !ok || d.get("little_endian") != any(true) {
		return nil, fmt.Errorf("its numbers are not little-endian: %w", ErrUnsupported)
	}
	m := newMachine(at, limits)
	root, err := m.run()
	if err != nil {
		return nil, err
	}
	keys, err := newMachine(at, limits).run()
	if err != nil {
		return nil, err
	}
	return root, placeStorages(r, size, at.n, keys, m.storages)
}

// placeStorages finds where each storage lies, without reading it.
func placeStorages(r io.ReaderAt, size, at int64, keys any, storages map[string]*storage) error {
	list, ok := keys.(*list)
	if !ok {
		return fmt.Errorf("its list of storages is none: %w", ErrFormat)
	}
	for _, k := range list.items {
		key, _ := k.(string)
		s := storages[key]
		if s == nil || s.open != nil {
			return fmt.Errorf("its storage %.80q belongs to no tensor or comes twice: %w", key, ErrFormat)
		}
		var head [8]byte
		if _, err := r.ReadAt(head[:], at); err != nil {
			return fmt.Errorf("its storage %.80q is cut off: %w", key, ErrFormat)
		}
		count := int64(binary.LittleEndian.Uint64(head[:]))
		at += 8
		if count != s.count || count > (size-at)/s.kind.bytes {
			return fmt.Errorf("its storage %.80q has %d values, of %d declared: %w", key, count, s.count, ErrFormat)
		}
		start, n := at, count*s.kind.bytes
		s.open = func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(r, start, n)), nil }
		at += n
	}
	for key, s := range storages {
		if s.open == nil {
			return fmt.Errorf("its storage %.80q is missing: %w", key, ErrFormat)
		}
	}
	return nil
}

// position counts the bytes that were read.
type position struct {
	r *bufio.Reader
	n int64
}

func (p *position) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.n += int64(n)
	return n, err
}

func (p *position) ReadByte() (byte, error) {
	b, err := p.r.ReadByte()
	if err == nil {
		p.n++
	}
	return b, err
}
