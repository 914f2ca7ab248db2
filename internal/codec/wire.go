package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

const (
	requestSize = 32
	answerSize  = 40
	// maxTexts limits the texts of one answer, in bytes.
	maxTexts = 16 << 10
	// maxICC limits an ICC profile, in bytes: the largest in use, CMYK tables of many nodes, have 3 MB.
	maxICC = 16 << 20
)

// Status says how a decoding ended.
type Status uint8

// Statuses of an answer.
const (
	StatusOK Status = iota
	StatusDamaged
	StatusTruncated
	StatusUnsupported
	StatusTooManyPixels
	StatusOutOfMemory
	statusEnd
)

// Flags of an answer and, from flagSeccomp on, of a greeting.
const (
	flagUpright = 1 << iota
	flagSeccomp
)

// errNonsense is the error of an answer that no child of ours would give.
var errNonsense = errors.New("the answer is nonsense")

// request asks the child to decode the file at the start of the shared memory.
type request struct {
	sequence  uint32
	length    int64
	maxPixels int64
	output    int64
}

func (r request) marshal() []byte {
	b := make([]byte, requestSize)
	copy(b, "SLQ1")
	binary.LittleEndian.PutUint32(b[4:], r.sequence)
	binary.LittleEndian.PutUint64(b[8:], uint64(r.length))
	binary.LittleEndian.PutUint64(b[16:], uint64(r.maxPixels))
	binary.LittleEndian.PutUint64(b[24:], uint64(r.output))
	return b
}

// readRequest reads a request for a shared memory of the given size.
func readRequest(r io.Reader, size int64) (request, error) {
	var b [requestSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return request{}, err
	}
	q := request{
		sequence:  binary.LittleEndian.Uint32(b[4:]),
		length:    int64(binary.LittleEndian.Uint64(b[8:])),
		maxPixels: int64(binary.LittleEndian.Uint64(b[16:])),
		output:    int64(binary.LittleEndian.Uint64(b[24:])),
	}
	if string(b[:4]) != "SLQ1" || q.length < 0 || q.output < q.length || q.output > size || q.maxPixels < 0 {
		return request{}, fmt.Errorf("request of %d bytes at %d in %d: not of this protocol", q.length, q.output, size)
	}
	return q, nil
}

// message is a greeting or an answer.
type message struct {
	sequence        uint32
	status          Status
	depth, channels uint8
	flags           uint8
	width, height   uint32
	frames          uint32
	cicp            [3]uint8
	iccLength       uint32
	texts           []string
}

func (m message) marshal() []byte {
	b := make([]byte, answerSize, answerSize+256)
	copy(b, "SLA1")
	binary.LittleEndian.PutUint32(b[4:], m.sequence)
	b[8], b[9], b[10], b[11] = uint8(m.status), m.depth, m.channels, m.flags
	binary.LittleEndian.PutUint32(b[12:], m.width)
	binary.LittleEndian.PutUint32(b[16:], m.height)
	binary.LittleEndian.PutUint32(b[20:], m.frames)
	copy(b[24:27], m.cicp[:])
	binary.LittleEndian.PutUint32(b[28:], m.iccLength)
	for _, t := range m.texts {
		t = t[:min(len(t), 1000)]
		if len(b)-answerSize+2+len(t) > maxTexts {
			break
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(len(t)))
		b = append(b, t...)
	}
	binary.LittleEndian.PutUint32(b[32:], uint32(len(b)-answerSize))
	return b
}

// readMessage reads one message. An error other than of r is errNonsense.
func readMessage(r io.Reader) (message, error) {
	var b [answerSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return message{}, err
	}
	m := message{
		sequence: binary.LittleEndian.Uint32(b[4:]),
		status:   Status(b[8]), depth: b[9], channels: b[10], flags: b[11],
		width:     binary.LittleEndian.Uint32(b[12:]),
		height:    binary.LittleEndian.Uint32(b[16:]),
		frames:    binary.LittleEndian.Uint32(b[20:]),
		cicp:      [3]uint8(b[24:27]),
		iccLength: binary.LittleEndian.Uint32(b[28:]),
	}
	length := binary.LittleEndian.Uint32(b[32:])
	if string(b[:4]) != "SLA1" || m.status >= statusEnd || length > maxTexts || b[27] != 0 || string(b[36:]) != "\x00\x00\x00\x00" {
		return message{}, errNonsense
	}
	texts := make([]byte, length)
	if _, err := io.ReadFull(r, texts); err != nil {
		return message{}, err
	}
	for len(texts) > 0 {
		if len(texts) < 2 || len(texts)-2 < int(binary.LittleEndian.Uint16(texts)) {
			return message{}, errNonsense
		}
		n := int(binary.LittleEndian.Uint16(texts))
		m.texts = append(m.texts, plain(string(texts[2:2+n])))
		texts = texts[2+n:]
	}
	return m, nil
}

// plain makes a text of the child fit to be shown: what is not printable could rule a terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

func (m message) text(i int) string {
	if i < len(m.texts) {
		return m.texts[i]
	}
	return ""
}

// pictureSize returns the bytes of the pixels that an answer to q announces, for an output area of the given size, or
// errNonsense where the answer cannot be true.
func (m message) pictureSize(q request, area int64) (int64, error) {
	w, h := int64(m.width), int64(m.height)
	switch {
	case m.sequence != q.sequence,
		m.depth != 8 && m.depth != 16,
		m.channels < 1 || m.channels > 4,
		w == 0 || h == 0 || m.frames == 0,
		h > q.maxPixels/w, // so that the product below cannot overflow: a request allows at most 1<<40 pixels
		m.iccLength > maxICC:
		return 0, errNonsense
	}
	n := w * h * int64(m.channels) * int64(m.depth/8)
	if n > area-int64(m.iccLength) {
		return 0, errNonsense
	}
	return n, nil
}
