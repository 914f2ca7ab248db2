package codec

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unsafe"

	"github.com/safelight-dev/safelight/pixels"
)

// capacity is the size of the areas of a child's shared memory, in bytes. It is address space: memory is taken as
// pages are written.
type capacity struct{ input, output int64 }

const (
	usualInput  = pixels.DefaultMaxBytes
	usualPixels = pixels.DefaultMaxPixels
)

// needs is the capacity for a file of length bytes that may have maxPixels pixels of up to four 16-bit samples.
func needs(length, maxPixels int64) capacity {
	return capacity{max(roundUp(length), usualInput), 8*max(maxPixels, usualPixels) + maxICC}
}

func (c capacity) holds(need capacity) bool { return c.input >= need.input && c.output >= need.output }

func roundUp(n int64) int64 { return (n + 1<<16 - 1) &^ (1<<16 - 1) }

// buffers is memory for one picture.
type buffers struct {
	pix8  []uint8
	pix16 []uint16
}

// child is a running safelight-codec, used by one goroutine at a time.
type child struct {
	format     string
	capacity   capacity
	landlocked bool
	hello      message
	process    *os.Process
	requests   *os.File // its standard input
	answers    *os.File // its standard output
	shared     *os.File
	sharedFD   int      // its descriptor; File.Fd costs system calls each time
	statm      *os.File // the process' memory, in /proc
	lastWords  *tail
	ended      chan struct{} // closed when the process is gone; state is then set
	state      *os.ProcessState
	sequence   uint32
	files      int
	allowed    time.Time // when the limit on CPU time was renewed
	dead       bool      // not to be used again
	late       bool      // it died of the time limit
}

// greet waits for the child's first message.
func (c *child) greet(limit time.Duration) (message, error) {
	c.answers.SetReadDeadline(time.Now().Add(limit))
	m, err := readMessage(c.answers)
	if err == nil {
		return m, nil
	}
	c.kill()
	if words := c.lastWords.String(); words != "" {
		err = errors.New(words)
	}
	return message{}, fmt.Errorf("safelight-codec does not start: %w", err)
}

// decode lets the child decode one file. After any error but a plain refusal of the file the child is dead.
func (c *child) decode(b *buffers, data []byte, maxPixels int64, limit time.Duration) (pixels.Native, error) {
	c.files++
	c.sequence++
	q := request{c.sequence, int64(len(data)), maxPixels, c.capacity.input}
	m, err := c.ask(q, data, limit)
	if err != nil {
		return pixels.Native{}, c.autopsy(err, limit)
	}
	if m.status != StatusOK {
		return pixels.Native{}, c.refusal(m, maxPixels)
	}
	size, err := m.pictureSize(q, c.capacity.output)
	if err != nil {
		return pixels.Native{}, c.autopsy(err, limit)
	}
	n, err := c.fetch(b, m, size)
	if err != nil {
		c.dead = true
		return pixels.Native{}, pixels.NativeError(pixels.ErrDamaged, c.format, pixels.TextRemark("its pixels could not be read back: "+err.Error()))
	}
	return n, nil
}

// ask sends a request and reads the answer to it.
func (c *child) ask(q request, data []byte, limit time.Duration) (message, error) {
	if _, err := c.shared.WriteAt(data, 0); err != nil {
		return message{}, fmt.Errorf("write to the shared memory: %w", err)
	}
	if err := c.limitCPU(limit); err != nil {
		return message{}, err
	}
	deadline := time.Now().Add(limit)
	c.requests.SetWriteDeadline(deadline)
	c.answers.SetReadDeadline(deadline)
	if _, err := c.requests.Write(q.marshal()); err != nil {
		return message{}, err
	}
	m, err := readMessage(c.answers)
	if err == nil && m.sequence != q.sequence {
		return message{}, errNonsense
	}
	return m, err
}

// fetch copies the picture out of the shared memory.
func (c *child) fetch(b *buffers, m message, size int64) (pixels.Native, error) {
	n := pixels.Native{
		Width: int(m.width), Height: int(m.height), Depth: int(m.depth), Channels: int(m.channels),
		CICP: m.cicp, Frames: int(m.frames), Upright: m.flags&flagUpright != 0, Chroma: m.text(0),
	}
	if len(m.texts) > 1 {
		n.Warnings = m.texts[1:]
	}
	var into []byte
	if n.Depth == 16 {
		b.pix16 = sized(b.pix16, int(size/2))
		n.Pix16 = b.pix16
		into = unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(b.pix16))), size)
	} else {
		b.pix8 = sized(b.pix8, int(size))
		n.Pix8, into = b.pix8, b.pix8
	}
	if _, err := c.shared.ReadAt(into, c.capacity.input); err != nil {
		return pixels.Native{}, err
	}
	if m.iccLength > 0 {
		n.ICC = make([]byte, m.iccLength)
		if _, err := c.shared.ReadAt(n.ICC, c.capacity.input+size); err != nil {
			return pixels.Native{}, err
		}
	}
	return n, nil
}

// sized returns a slice of n elements, in s if it is large enough.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// refusal is the error of a file that the library would not decode.
func (c *child) refusal(m message, maxPixels int64) error {
	kind, reason := pixels.ErrDamaged, pixels.TextRemark(m.text(0))
	switch m.status {
	case StatusTruncated:
		kind = pixels.ErrTruncated
	case StatusUnsupported:
		kind = pixels.ErrUnsupported
	case StatusTooManyPixels:
		kind = pixels.ErrTooManyPixels
	case StatusOutOfMemory:
		reason = c.outOfMemory()
	}
	e := pixels.NativeError(kind, c.format, reason)
	if kind == pixels.ErrTooManyPixels {
		e.Width, e.Height, e.Limit = int(m.width), int(m.height), maxPixels
	}
	return e
}

func (c *child) outOfMemory() pixels.Remark { return c.remark(pixels.NativeMemory) }

// remark says what became of this child.
func (c *child) remark(kind pixels.RemarkKind, args ...any) pixels.Remark {
	return pixels.Remark{Kind: kind, Args: append([]any{c.format}, args...)}
}

// autopsy ends a child that did not answer as it should, and says what became of it as the error of the file.
func (c *child) autopsy(err error, limit time.Duration) error {
	c.kill()
	words := c.lastWords.b.String()
	reason := c.remark(pixels.NativeCrash)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) || c.overCPU():
		c.late = true
		reason = c.remark(pixels.NativeTime, limit.String())
	case errors.Is(err, errNonsense):
		reason = c.remark(pixels.NativeNonsense)
	case c.trespassed():
		reason = c.remark(pixels.NativeForbidden)
	case strings.Contains(words, "out of memory") || strings.Contains(words, "bad_alloc") || strings.Contains(words, "cannot allocate memory"):
		reason = c.outOfMemory()
	}
	return pixels.NativeError(pixels.ErrDamaged, c.format, reason)
}

// kill ends the process and releases what belongs to it. It may be called again.
func (c *child) kill() {
	if c.dead && c.shared == nil {
		return
	}
	c.dead = true
	c.process.Kill() // an error means that it is gone already
	<-c.ended
	c.requests.Close()
	c.answers.Close()
	c.shared.Close()
	c.statm.Close() // nil says only that
	c.shared = nil
}

// tail keeps the beginning of what a child says on its standard error: the Go runtime names the cause first.
type tail struct{ b bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	t.b.Write(p[:min(len(p), 4096-min(t.b.Len(), 4096))])
	return len(p), nil
}

// String is the first line of what was said; the process must be gone.
func (t *tail) String() string {
	line, _, _ := strings.Cut(strings.TrimSpace(t.b.String()), "\n")
	return plain(line)
}
