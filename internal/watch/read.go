package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"sync"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/pixels"
)

// readers is how many pairs are being read at once: one waits for the disk
// while the other is copied.
const readers = 2

// loaded is a file that was read, or why it could not be.
type loaded struct {
	data []byte
	err  error
	cut  *rest // of a file over the limit, of which data are the beginning
}

// rest is what is known of a file besides the bytes that are held.
type rest struct {
	sha256 string // of the whole file
	bytes  int64  // all of it
}

// readAhead reads pairs until there are no more names, then closes the work.
func (s *scan) readAhead() {
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for j := range s.reads {
				s.read(j)
				if !send(s.ctx, s.work, j) {
					j.result <- Result{Path: j.path, Err: s.ctx.Err()}
				}
			}
		})
	}
	wg.Wait()
	close(s.work)
}

// read reads both files. It holds memory for both at once: one that waits for
// its second file would block another that does too.
func (s *scan) read(j *job) {
	ref := opened{what: reference, path: filepath.Join(s.o.Reference, filepath.FromSlash(j.reference))}
	cand := opened{what: delivered, path: filepath.Join(s.o.Candidate, filepath.FromSlash(j.path))}
	ref.err = ErrAlone
	if j.reference != "" {
		ref.open(s.o.Limits.MaxBytes)
		defer ref.close()
	}
	cand.open(s.o.Limits.MaxBytes)
	defer cand.close()
	refRoom, _ := roomFor(ref.size)
	candRoom, _ := roomFor(cand.size)
	if err := s.hold(j, refRoom+candRoom); err != nil {
		j.ref.err, j.cand.err = err, err
		return
	}
	j.ref = ref.read(s.buffer(ref.size))
	j.cand = cand.read(s.buffer(cand.size))
}

// hold takes the memory for both files.
func (s *scan) hold(j *job, n int64) error {
	over := s.memory.beyond(n)
	if err := s.o.allows(j.path, s.memory.inFiles+over); err != nil {
		return err
	}
	if err := s.memory.files.Acquire(s.ctx, n-over); err != nil {
		return err
	}
	j.held = n - over
	if over == 0 {
		return nil
	}
	if err := s.memory.pictures.acquire(s.ctx, over); err != nil {
		return err
	}
	j.beyond = over
	return nil
}

// roomFor is the capacity of the buffer that a file is read into: its size, rounded
// up to the next of four steps between two powers of two, so that files of about
// the same size use each other's buffers. class counts the steps.
func roomFor(size int64) (capacity int64, class int) {
	shift := max(bits.Len64(uint64(max(size, 1)-1))-3, 10)
	steps := max((size-1)>>shift+1, 5)
	return steps << shift, 4*shift + int(steps-5)
}

// buffer gives a used buffer where there is one.
func (s *scan) buffer(size int64) []byte {
	capacity, class := roomFor(size)
	if b, ok := s.buffers[class].Get().(*[]byte); ok {
		return (*b)[:size]
	}
	return make([]byte, size, capacity)
}

// release gives memory and buffers of a job's files back.
func (s *scan) release(j *job) {
	for _, f := range [...]*loaded{&j.ref, &j.cand} {
		if data := f.data; data != nil {
			_, class := roomFor(int64(cap(data)))
			s.buffers[class].Put(&data)
		}
		*f = loaded{}
	}
	s.memory.files.Release(j.held)
	if j.beyond > 0 {
		s.memory.pictures.release(j.beyond)
	}
}

// What files are called.
const (
	reference phrase.Key = "picture.reference"
	delivered phrase.Key = "picture.delivered"
)

// opened is a file about to be read, or why it cannot be.
type opened struct {
	what phrase.Key // reference or delivered
	path string
	f    *os.File
	size int64 // bytes to read
	over bool  // there are more bytes than are allowed
	err  error
}

// open opens a regular file. Of one over the limit it asks for a byte more than
// is allowed, so that the decoder's own limit is what refuses it.
func (o *opened) open(limit int64) {
	if limit <= 0 {
		limit = pixels.DefaultMaxBytes
	}
	var info fs.FileInfo
	if o.f, o.err = os.OpenFile(o.path, os.O_RDONLY|nonblock, 0); o.err == nil {
		info, o.err = o.f.Stat()
	}
	switch {
	case errors.Is(o.err, fs.ErrNotExist):
		o.err = fmt.Errorf("%w: %w", phrase.Errorf("picture.missing", phrase.Of(o.what), o.path), journal.ErrNotFound)
	case o.err != nil:
		o.err = phrase.Errorf("picture.unread", phrase.Of(o.what), o.err)
	case !info.Mode().IsRegular():
		o.err = fmt.Errorf("%w: %w", phrase.Errorf("picture.irregular", phrase.Of(o.what), o.path), journal.ErrInvalid)
	default:
		o.size, o.over = min(info.Size(), limit+1), info.Size() > limit
	}
}

func (o *opened) close() {
	if o.f != nil {
		o.f.Close() // nothing was written
	}
}

// read fills the buffer. A file that shrank while it was read comes out short:
// the decoder will say that it is truncated.
func (o *opened) read(buf []byte) loaded {
	if o.err != nil {
		return loaded{err: o.err}
	}
	n, err := io.ReadFull(o.f, buf)
	f := loaded{data: buf[:n]}
	if err == nil && o.over {
		f.cut, err = o.rest(buf)
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return loaded{err: phrase.Errorf("picture.unread", phrase.Of(o.what), err)}
	}
	return f
}

// rest reads the file through to its end: what is kept or taken out of delivery is known by the digest of all of it.
func (o *opened) rest(begin []byte) (*rest, error) {
	h := sha256.New()
	h.Write(begin) // it cannot fail
	n, err := io.Copy(h, o.f)
	if err != nil {
		return nil, err
	}
	return &rest{hex.EncodeToString(h.Sum(nil)), int64(len(begin)) + n}, nil
}

// readFile is one file outside a scan.
func readFile(what phrase.Key, path string, limit int64) loaded {
	o := opened{what: what, path: path}
	o.open(limit)
	defer o.close()
	return o.read(make([]byte, o.size))
}
