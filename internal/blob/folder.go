package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// leftoverAge is when a temporary file is certainly a crash's and not
// somebody's upload of this moment.
const leftoverAge = 24 * time.Hour

// Folder keeps blobs in a folder. It is safe for concurrent use, also by
// several processes.
type Folder struct {
	dir string

	mu   sync.Mutex
	held map[Digest]int // how many callers of PutHeld have not let go of it yet
}

// Open opens the blobs below a folder and makes it if it is missing. It
// clears away the temporary files that a crash left behind.
func Open(dir string) (*Folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open blobs: %w", err)
	}
	f := &Folder{dir: dir, held: map[Digest]int{}}
	for _, sub := range []string{f.temporary(), filepath.Join(dir, "sha256")} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return nil, fmt.Errorf("open blobs: %w", err)
		}
	}
	if err := errors.Join(syncFolder(dir), f.clearLeftovers()); err != nil {
		return nil, fmt.Errorf("open blobs %s: %w", dir, err)
	}
	return f, nil
}

func (f *Folder) temporary() string { return filepath.Join(f.dir, "tmp") }

func (f *Folder) path(d Digest) string {
	name := d.String()
	return filepath.Join(f.dir, "sha256", name[:2], name)
}

func (f *Folder) clearLeftovers() error {
	list, err := os.ReadDir(f.temporary())
	if err != nil {
		return err
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < leftoverAge {
			continue // gone meanwhile, or in use
		}
		if err := os.Remove(filepath.Join(f.temporary(), e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Put stores what r gives and returns its digest and size. More than limit
// bytes are [journal.ErrTooLarge] and nothing is stored. A blob that is there
// already is left alone, unless it was damaged: then it is replaced.
func (f *Folder) Put(ctx context.Context, r io.Reader, limit int64) (Digest, int64, error) {
	d, size, free, err := f.PutHeld(ctx, r, limit)
	if err == nil {
		free()
	}
	return d, size, err
}

// PutHeld is [Folder.Put] of what [Folder.Remove] must leave alone until the
// caller has said in the journal that it needs the blob, and calls free.
func (f *Folder) PutHeld(ctx context.Context, r io.Reader, limit int64) (d Digest, size int64, free func(), err error) {
	temp, err := os.CreateTemp(f.temporary(), "put-")
	if err != nil {
		return Digest{}, 0, nil, fmt.Errorf("store blob: %w", err)
	}
	defer os.Remove(temp.Name()) // a no-op once it is renamed
	d, size, err = fill(ctx, temp, r, limit)
	if err := errors.Join(err, temp.Close()); err != nil {
		return Digest{}, 0, nil, fmt.Errorf("store blob: %w", err)
	}
	free = f.hold(d) // before it is looked at whether the blob is there
	if err := f.keep(temp.Name(), d); err != nil {
		free()
		return Digest{}, 0, nil, fmt.Errorf("store blob %s: %w", d, err)
	}
	return d, size, free, nil
}

// hold keeps a blob from being removed until free is called.
func (f *Folder) hold(d Digest) (free func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held[d]++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.held[d]--; f.held[d] == 0 {
			delete(f.held, d)
		}
	}
}

// Remove erases a blob, which may be gone already, and with it what crashes have
// left of others. When it returns, a power cut does not bring the blob back.
// Whoever calls it has made sure that nothing in the journal needs the blob;
// one that somebody of this process is just storing is [journal.ErrConflict].
func (f *Folder) Remove(d Digest) error {
	if err := f.unlink(d); err != nil {
		return fmt.Errorf("erase blob %s: %w", d, err)
	}
	shelf := filepath.Dir(f.path(d))
	if err := syncFolder(shelf); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("erase blob %s: %w", d, err)
	}
	if err := f.clearLeftovers(); err != nil {
		return fmt.Errorf("clear away what a crash left beside blob %s: %w", d, err)
	}
	return nil
}

func (f *Folder) unlink(d Digest) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held[d] > 0 {
		return fmt.Errorf("somebody is storing it at this moment; try again: %w", journal.ErrConflict)
	}
	if err := os.Remove(f.path(d)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// fill copies r into temp and makes it durable.
func fill(ctx context.Context, temp *os.File, r io.Reader, limit int64) (Digest, int64, error) {
	var d Digest
	h := sha256.New()
	size, err := io.Copy(io.MultiWriter(temp, h), io.LimitReader(&contextReader{ctx, r}, min(limit, math.MaxInt64-1)+1))
	switch {
	case err != nil:
		return d, 0, err
	case size > limit:
		return d, 0, fmt.Errorf("more than %d bytes: %w", limit, journal.ErrTooLarge)
	}
	h.Sum(d[:0])
	// Read-only: a blob never changes.
	return d, size, errors.Join(temp.Chmod(0o400), temp.Sync())
}

// contextReader ends an endless copy when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// keep gives a temporary file its name, unless the name is taken by the same bytes.
func (f *Folder) keep(temp string, d Digest) error {
	path := f.path(d)
	shelf := filepath.Dir(path)
	if err := os.Mkdir(shelf, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if f.check(d) != nil {
		if err := os.Rename(temp, path); err != nil {
			return err
		}
	}
	// Also when the blob was there: whoever put it may not have come so far yet.
	return errors.Join(syncFolder(shelf), syncFolder(filepath.Dir(shelf)))
}

// check reads a blob through.
func (f *Folder) check(d Digest) error {
	r, err := f.Open(d)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return errors.Join(err, r.Close())
}

// Open gives the bytes of a blob, or [journal.ErrNotFound]. They are hashed as
// they are read; if they are not what was stored, the last Read gives
// [*DamageError] instead of io.EOF. So trust nothing before io.EOF.
func (f *Folder) Open(d Digest) (io.ReadCloser, error) {
	file, err := os.Open(f.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open blob %s: %w", d, journal.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", d, err)
	}
	return &checkedReader{file: file, want: d, hash: sha256.New()}, nil
}

type checkedReader struct {
	file *os.File
	want Digest
	hash hash.Hash
}

func (r *checkedReader) Read(p []byte) (int, error) {
	n, err := r.file.Read(p)
	r.hash.Write(p[:n])
	if err == io.EOF {
		var found Digest
		r.hash.Sum(found[:0])
		if found != r.want {
			err = &DamageError{Digest: r.want, Found: found}
		}
	}
	return n, err
}

func (r *checkedReader) Close() error { return r.file.Close() }

// Stat gives the size of a blob in bytes, or [journal.ErrNotFound]. It does
// not read the blob.
func (f *Folder) Stat(d Digest) (int64, error) {
	info, err := os.Stat(f.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("look for blob %s: %w", d, journal.ErrNotFound)
	}
	if err != nil {
		return 0, fmt.Errorf("look for blob %s: %w", d, err)
	}
	return info.Size(), nil
}

// Materialise writes a blob to a file of its own name, whose folders are made
// if they are missing. The file is replaced in one step, and only by bytes
// that were checked. It is a copy: an editor at work on it cannot reach the blob.
func (f *Folder) Materialise(d Digest, path string) error {
	doing := fmt.Sprintf("write blob %s to %s", d, path)
	r, err := f.Open(d)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	defer r.Close()
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	temp, err := os.CreateTemp(dir, ".safelight-")
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	defer os.Remove(temp.Name()) // a no-op once it is renamed
	_, err = io.Copy(temp, r)
	if err == nil {
		err = errors.Join(temp.Chmod(0o644), temp.Sync())
	}
	if err := errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if err := syncFolder(dir); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
