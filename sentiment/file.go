package sentiment

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// A model file is the magic, the SHA-256 of what it holds, and that, compressed by gzip: the version of the features and the
// bits (a byte each), the threshold (float64), the length of the report (uint32) and the report in JSON, the number of
// features with a weight (uint32), and of each the distance of its bucket from that of the one before (uvarint) and three
// weights (float32). Numbers are little-endian.
const (
	magic     = "safelight sentiment 1\n"
	minBits   = 10
	maxBits   = 22
	maxReport = 64 << 10
	maxWeight = 1e6 // sums of which are finite
	// MaxModel is the largest file that is read as a model, in bytes.
	MaxModel = 64 << 20
	// maxHeld is the most that a file can hold: all buckets full.
	maxHeld = 1<<10 + maxReport + (1<<maxBits)*(1+4*len(classes))
)

// held is what a file holds, before it is compressed.
func (m *Model) held() ([]byte, error) {
	report, err := json.Marshal(m.report)
	if err != nil {
		return nil, fmt.Errorf("write the report of a sentiment model: %w", err)
	}
	b := []byte{featuresVersion, byte(m.bits)}
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(m.threshold))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(report)))
	b = append(b, report...)
	count := len(b)
	b = binary.LittleEndian.AppendUint32(b, 0)
	last, n := 0, uint32(0)
	for i := 0; i < len(m.weights); i += len(classes) {
		w := [len(classes)]float32(m.weights[i:])
		if w == [len(classes)]float32{} {
			continue
		}
		at := i / len(classes)
		b = binary.AppendUvarint(b, uint64(at-last))
		last, n = at, n+1
		for _, v := range w {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	binary.LittleEndian.PutUint32(b[count:], n)
	return b, nil
}

// seal names the version of a model by what it holds.
func (m *Model) seal() error {
	held, err := m.held()
	if err != nil {
		return err
	}
	m.version = versionOf(sha256.Sum256(held))
	return nil
}

func versionOf(digest [sha256.Size]byte) string { return "model-" + hex.EncodeToString(digest[:6]) }

// Save writes a model.
func (m *Model) Save(w io.Writer) error {
	held, err := m.held()
	if err != nil {
		return err
	}
	digest := sha256.Sum256(held)
	var b bytes.Buffer
	b.WriteString(magic)
	b.Write(digest[:])
	z := gzip.NewWriter(&b)
	if _, err := z.Write(held); err != nil {
		return fmt.Errorf("compress a sentiment model: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("compress a sentiment model: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write a sentiment model: %w", err)
	}
	return nil
}

// Load reads a model that [Model.Save] wrote. It refuses with [ErrFormat] what is damaged, is something else or was trained
// by a version of this package that saw other features, and with [ErrTooLarge] more than [MaxModel] bytes.
func Load(r io.Reader) (*Model, error) {
	head := make([]byte, len(magic)+sha256.Size)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:len(magic)]) != magic {
		return nil, fmt.Errorf("read sentiment model: it does not begin as one: %w", ErrFormat)
	}
	packed := &io.LimitedReader{R: r, N: MaxModel}
	z, err := gzip.NewReader(packed)
	if err != nil {
		return nil, fmt.Errorf("read sentiment model: %v: %w", err, ErrFormat)
	}
	held, err := io.ReadAll(io.LimitReader(z, int64(maxHeld)+1))
	switch {
	case packed.N <= 0 || len(held) > maxHeld:
		return nil, fmt.Errorf("read sentiment model: over %d bytes: %w", MaxModel, ErrTooLarge)
	case err != nil:
		return nil, fmt.Errorf("read sentiment model: %v: %w", err, ErrFormat)
	}
	digest := sha256.Sum256(held)
	if !bytes.Equal(digest[:], head[len(magic):]) {
		return nil, fmt.Errorf("read sentiment model: its checksum does not fit, copy it again: %w", ErrFormat)
	}
	m := &Model{version: versionOf(digest)}
	if err := m.parse(held); err != nil {
		return nil, fmt.Errorf("read sentiment model: %w", err)
	}
	return m, nil
}

// parse reads what a file holds.
func (m *Model) parse(b []byte) error {
	const fixed = 1 + 1 + 8 + 4
	if len(b) < fixed {
		return fmt.Errorf("it is cut short: %w", ErrFormat)
	}
	if b[0] != featuresVersion {
		return fmt.Errorf("it was trained on features of version %d, this is version %d: train it again: %w", b[0], featuresVersion, ErrFormat)
	}
	m.bits = uint(b[1])
	m.threshold = math.Float64frombits(binary.LittleEndian.Uint64(b[2:]))
	if m.bits < minBits || m.bits > maxBits || math.IsNaN(m.threshold) {
		return fmt.Errorf("its %d bits or its threshold make no sense: %w", m.bits, ErrFormat)
	}
	size := binary.LittleEndian.Uint32(b[10:])
	b = b[fixed:]
	if size > maxReport || int(size)+4 > len(b) {
		return fmt.Errorf("its report is cut short: %w", ErrFormat)
	}
	if err := json.Unmarshal(b[:size], &m.report); err != nil {
		return fmt.Errorf("its report: %v: %w", err, ErrFormat)
	}
	return m.parseWeights(b[size:])
}

func (m *Model) parseWeights(b []byte) error {
	n := int(binary.LittleEndian.Uint32(b))
	b = b[4:]
	if n > 1<<m.bits || n*(1+4*len(classes)) > len(b) {
		return fmt.Errorf("its %d features do not fit: %w", n, ErrFormat)
	}
	m.weights = make([]float32, len(classes)<<m.bits)
	at := uint64(0)
	for i := range n {
		distance, used := binary.Uvarint(b)
		if used <= 0 || distance >= 1<<m.bits || len(b)-used < 4*len(classes) || distance == 0 && i > 0 {
			return fmt.Errorf("feature %d is damaged: %w", i+1, ErrFormat)
		}
		b = b[used:]
		if at += distance; at >= 1<<m.bits {
			return fmt.Errorf("feature %d is out of range: %w", i+1, ErrFormat)
		}
		for k := range classes {
			v := math.Float32frombits(binary.LittleEndian.Uint32(b))
			if !(abs(float64(v)) <= maxWeight) {
				return fmt.Errorf("a weight of feature %d is no sensible number: %w", i+1, ErrFormat)
			}
			m.weights[len(classes)*int(at)+k] = v
			b = b[4:]
		}
	}
	if len(b) > 0 {
		return fmt.Errorf("%d bytes follow its last feature: %w", len(b), ErrFormat)
	}
	return nil
}
