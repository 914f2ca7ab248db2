package watch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/pixels"
)

// readers is how many pairs are being read at once: one waits for the disk
// while the other is copied.
const readers = 2

// loaded is a file that was read, or why it could not be.
type loaded struct {
	data []byte
	err  error
	held int64 // of scan.memory.files
}

// readAhead reads pairs until there are no more names, then closes the work.
func (s *scan) readAhead() {
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for j := range s.reads {
				j.ref = s.read("reference", s.o.Reference, j.path)
				j.cand = s.read("delivered image", s.o.Candidate, j.path)
				if !send(s.ctx, s.work, j) {
					j.result <- Result{Path: j.path, Err: s.ctx.Err()}
				}
			}
		})
	}
	wg.Wait()
	close(s.work)
}

// read reads a file within the memory; release gives it back.
func (s *scan) read(what, dir, path string) loaded {
	path = filepath.Join(dir, filepath.FromSlash(path))
	f, size, err := open(what, path, s.o.Limits.MaxBytes)
	if err != nil {
		return loaded{err: err}
	}
	defer f.Close()
	held, err := hold(s.ctx, s.memory.files, size, s.memory.inFiles)
	if err != nil {
		return loaded{err: err}
	}
	data, err := slurp(f, what, s.buffer(size))
	return loaded{data, err, held}
}

// buffer gives a used buffer where one is large enough.
func (s *scan) buffer(size int64) []byte {
	if b, ok := s.buffers.Get().(*[]byte); ok && int64(cap(*b)) >= size {
		return (*b)[:size]
	}
	return make([]byte, size, size+size/4) // the next file is likely to be of about this size
}

func (s *scan) release(f *loaded) {
	if data := f.data; data != nil {
		s.buffers.Put(&data)
	}
	s.memory.files.Release(f.held)
	*f = loaded{}
}

// open opens a regular file and gives the bytes to read of it: one more than
// is allowed of a larger one, so that the decoder's own limit is what refuses it.
func open(what, path string, limit int64) (*os.File, int64, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, fmt.Errorf("read the %s %s: there is no such file: %w", what, path, journal.ErrNotFound)
	case err != nil:
		return nil, 0, fmt.Errorf("read the %s: %w", what, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file: %w", path, journal.ErrInvalid)
	}
	if err != nil {
		f.Close() // nothing was written
		return nil, 0, fmt.Errorf("read the %s: %w", what, err)
	}
	if limit <= 0 {
		limit = pixels.DefaultMaxBytes
	}
	return f, min(info.Size(), limit+1), nil
}

// slurp fills the buffer from a file. One that shrank while it was read comes
// out short: the decoder will say that it is truncated.
func slurp(f io.Reader, what string, buf []byte) ([]byte, error) {
	n, err := io.ReadFull(f, buf)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the %s: %w", what, err)
	}
	return buf[:n], nil
}
