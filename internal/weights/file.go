package weights

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/lpips"
)

// A file of weights is
//
//	the eight bytes "SLWGHT1\n"
//	the length of the header, uint32
//	the header, JSON: the network, and of each tensor name, shape, SHA-256 and where it came from
//	the values of the tensors in the order of the header, float32
//
// in little-endian byte order. Its length follows from the header.
const magic = "SLWGHT1\n"

// maxHeader bounds the header: 60 tensors of at most a few hundred bytes each.
const maxHeader = 256 << 10

func fileName(kind lpips.Kind) string { return string(kind) + ".weights" }

// pack is the content of a file.
type pack struct {
	kind    lpips.Kind
	tensors []tensor
}

// tensor is one entry of a header, with its values.
type tensor struct {
	Name   string `json:"name"`
	Shape  []int  `json:"shape"`
	SHA256 string `json:"sha256"` // of the values, float32 in little-endian order
	From   string `json:"from"`   // the base name of a file, or an address
	// Published says that the file it came from was the published one, byte for byte; where the digest of the tensor
	// is known, that decides.
	Published bool `json:"published,omitempty"`

	data []float32
}

type header struct {
	Network lpips.Kind `json:"network"`
	Tensors []tensor   `json:"tensors"`
}

func (p *pack) get(name string) *tensor {
	for i := range p.tensors {
		if p.tensors[i].Name == name {
			return &p.tensors[i]
		}
	}
	return nil
}

// missing lists the parts of which a tensor is missing.
func (p *pack) missing() []Part {
	var parts []Part
	for _, part := range []Part{Convolutions, Distance} {
		if slices.ContainsFunc(specsOf(p.kind, part), func(s lpips.Spec) bool { return p.get(s.Name) == nil }) {
			parts = append(parts, part)
		}
	}
	return parts
}

func (p *pack) published() bool {
	return !slices.ContainsFunc(p.tensors, func(t tensor) bool { return !t.isPublished(p.kind) })
}

func (t tensor) isPublished(kind lpips.Kind) bool {
	if want := digests[kind][t.Name]; want != "" {
		return t.SHA256 == want
	}
	return t.Published
}

func (p *pack) digest() string {
	h := sha256.New()
	for _, t := range p.tensors {
		fmt.Fprintln(h, t.Name, t.Shape, t.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (p *pack) from() []string {
	var from []string
	for _, t := range p.tensors {
		if !slices.Contains(from, t.From) {
			from = append(from, t.From)
		}
	}
	return from
}

// put sets tensors, and keeps all in the order of the network, so that equal packs are equal files.
func (p *pack) put(tensors []tensor) {
	var all []tensor
	for _, s := range p.kind.Specs() {
		at := slices.IndexFunc(tensors, func(t tensor) bool { return t.Name == s.Name })
		if at >= 0 {
			all = append(all, tensors[at])
		} else if old := p.get(s.Name); old != nil {
			all = append(all, *old)
		}
	}
	p.tensors = all
}

// readPack reads a file and checks all of it.
func readPack(path string, kind lpips.Kind) (*pack, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read weights: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read weights: %w", err)
	}
	p, err := decode(f, info.Size(), kind)
	if err != nil {
		return nil, fmt.Errorf("read weights %s: %w: import or pull them again: %w", path, err, journal.ErrInvalid)
	}
	return p, nil
}

// decode reads a file of size bytes. It takes no more memory than the network's own tensors need.
func decode(r io.Reader, size int64, kind lpips.Kind) (*pack, error) {
	h, length, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	if h.Network != kind {
		return nil, fmt.Errorf("it holds network %.20q, want %s", h.Network, kind)
	}
	want := int64(len(magic)) + 4 + length
	for i, t := range h.Tensors {
		n, ok := expected(kind, t)
		if !ok || slices.ContainsFunc(h.Tensors[:i], func(other tensor) bool { return other.Name == t.Name }) {
			return nil, fmt.Errorf("its tensor %.80q does not belong there", t.Name)
		}
		want += 4 * int64(n)
	}
	if size != want {
		return nil, fmt.Errorf("it has %d bytes, want %d", size, want)
	}
	for i := range h.Tensors {
		if err := h.Tensors[i].read(r, kind); err != nil {
			return nil, err
		}
	}
	return &pack{kind, h.Tensors}, nil
}

func readHeader(r io.Reader) (header, int64, error) {
	var h header
	head := make([]byte, len(magic)+4)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:len(magic)]) != magic {
		return h, 0, errors.New("it is no file of weights")
	}
	length := int64(binary.LittleEndian.Uint32(head[len(magic):]))
	if length > maxHeader {
		return h, 0, fmt.Errorf("its header of %d bytes is over %d", length, maxHeader)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, 0, errors.New("its header is cut off")
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, 0, fmt.Errorf("its header is damaged: %w", err)
	}
	// The header has no digest of its own. What json takes for the same, such as keys in capitals, is damage too.
	if again, err := json.Marshal(h); err != nil || !bytes.Equal(again, text) {
		return h, 0, errors.New("its header is damaged")
	}
	return h, length, nil
}

// expected gives the number of values that the network wants of a tensor, and false if it wants no such tensor.
func expected(kind lpips.Kind, t tensor) (int, bool) {
	for _, s := range kind.Specs() {
		if s.Name == t.Name && slices.Equal(s.Shape, t.Shape) {
			n := 1
			for _, length := range s.Shape {
				n *= length
			}
			return n, true
		}
	}
	return 0, false
}

func (t *tensor) read(r io.Reader, kind lpips.Kind) error {
	n, _ := expected(kind, *t)
	raw := make([]byte, 4*n)
	if _, err := io.ReadFull(r, raw); err != nil {
		return fmt.Errorf("its tensor %s is cut off: %w", t.Name, err)
	}
	if got := sum(raw); got != t.SHA256 {
		return fmt.Errorf("its tensor %s has the SHA-256 %s, want %.80s", t.Name, got, t.SHA256)
	}
	t.data = make([]float32, n)
	for i := range t.data {
		t.data[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return nil
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// littleEndian gives the bytes of values, of which digests are taken.
func littleEndian(values []float32) []byte {
	b := make([]byte, 0, 4*len(values))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// encode is the inverse of decode.
func (p *pack) encode() ([]byte, error) {
	text, err := json.Marshal(header{p.kind, p.tensors})
	if err != nil {
		return nil, fmt.Errorf("write weights: %w", err)
	}
	var b bytes.Buffer
	b.WriteString(magic)
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(text))))
	b.Write(text)
	for _, t := range p.tensors {
		b.Write(littleEndian(t.data))
	}
	return b.Bytes(), nil
}

// write puts the pack into a folder, whole or not at all.
func (p *pack) write(dir string) (err error) {
	data, err := p.encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write weights: %w", err)
	}
	f, err := os.CreateTemp(dir, ".weights-*")
	if err != nil {
		return fmt.Errorf("write weights: %w", err)
	}
	path := filepath.Join(dir, fileName(p.kind))
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write weights: %w", errors.Join(err, remove(f.Name())))
	}
	return syncFolder(dir)
}

// remove removes a file, which may be gone already.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncFolder makes a rename last.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write weights: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("write weights: %w", err)
	}
	return nil
}
