package delivery

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxPaths bounds how many paths [Deliveries] remembers.
const maxPaths = 1_000_000

// Deliveries tells from a gateway's access log whether the origin of a path was
// delivered since some time. It reads on where it stopped, over a rotation too,
// and remembers for each path when it was delivered last.
type Deliveries struct {
	name string

	mu     sync.Mutex
	file   *os.File
	offset int64 // of the first line that has not been read
	last   map[string]int64
	paths  int // how many are remembered at most
	// The log tells nothing of the time before begins, nor up to doubt: lines
	// of that time are gone or damaged. Unix nanoseconds.
	begins, doubt int64
	damaged       bool // the last line was, so that the doubt lasts until the next
}

// NewDeliveries reads the access log of a name, which need not be there yet.
func NewDeliveries(name string) *Deliveries { return &Deliveries{name: name, paths: maxPaths} }

// Refresh reads what has been written since.
func (d *Deliveries) Refresh(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.refresh(ctx); err != nil {
		return fmt.Errorf("read the access log %s: %w", d.name, err)
	}
	return nil
}

// Close gives the file back.
func (d *Deliveries) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.forget()
}

// Last tells when a path of the URL was last delivered from the origin, at or
// after since; zero where it was not. covered is false where the log cannot
// tell: there is none, or it has lost lines of that time. What [Gateway] has
// delivered in the last second is there only after [Control.Settle] and [Deliveries.Refresh].
func (d *Deliveries) Last(path string, since time.Time) (at time.Time, covered bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	from := since.UnixNano()
	if n, ok := d.last[path]; ok && n >= from {
		return time.Unix(0, n).UTC(), true
	}
	full := len(d.last) >= d.paths // and the path may be one that was left out
	if _, known := d.last[path]; known {
		full = false
	}
	return time.Time{}, d.file != nil && !full && !d.damaged && from >= d.begins && from > d.doubt
}

// Since gives the paths below a prefix that were delivered from the origin at or after a time. covered is false where the log
// cannot tell of the whole time; the paths are then those that it knows of.
func (d *Deliveries) Since(prefix string, since time.Time) (paths map[string]bool, covered bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	from := since.UnixNano()
	paths = map[string]bool{}
	for path, at := range d.last {
		if at >= from && strings.HasPrefix(path, prefix) {
			paths[path] = true
		}
	}
	return paths, d.file != nil && len(d.last) < d.paths && !d.damaged && from >= d.begins && from > d.doubt
}

// Latest names the paths below a prefix that are known to have been delivered last, the latest first, most at most.
func (d *Deliveries) Latest(prefix string, most int) (paths []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for path, at := range d.last {
		if !strings.HasPrefix(path, prefix) || len(paths) == most && at <= d.last[paths[most-1]] {
			continue
		}
		i, _ := slices.BinarySearchFunc(paths, at, func(p string, at int64) int { return cmp.Compare(at, d.last[p]) })
		paths = slices.Insert(paths, i, path)
		paths = paths[:min(len(paths), most)]
	}
	return paths
}

func (d *Deliveries) forget() error {
	file := d.file
	d.file, d.offset, d.last, d.begins, d.doubt, d.damaged = nil, 0, nil, 0, 0, false
	if file == nil {
		return nil
	}
	return file.Close()
}

func (d *Deliveries) refresh(ctx context.Context) error {
	if d.file == nil {
		if err := d.begin(ctx); err != nil || d.file == nil {
			return err
		}
	}
	for range 3 { // rotations while we read
		if err := d.readOn(ctx, d.file); err != nil {
			return err
		}
		next, aside, err := d.rotated()
		if err != nil || next == nil {
			return err
		}
		if aside {
			// What was written before the rotation is in the old file for good.
			if err = d.readOn(ctx, d.file); err != nil {
				return errors.Join(err, next.Close())
			}
			err = d.file.Close()
		} else {
			err = d.forget()
			// Nobody knows what was in what is gone.
			d.last, d.begins = map[string]int64{}, time.Now().UnixNano()
		}
		d.file, d.offset = next, 0
		if err != nil {
			return err
		}
	}
	return nil
}

// begin opens the log. Where an older part of it is left, the parts before that may be gone.
func (d *Deliveries) begin(ctx context.Context) error {
	d.last = map[string]int64{}
	old, err := os.Open(d.name + ".1")
	switch {
	case err == nil:
		defer old.Close()
		d.begins = math.MaxInt64 // until its first line
		if err := d.readOn(ctx, old); err != nil {
			return errors.Join(err, d.forget())
		}
		d.offset = 0
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	d.file, err = os.Open(d.name)
	if errors.Is(err, fs.ErrNotExist) {
		return d.forget()
	}
	return err
}

// rotated gives the file that has taken the name of ours, or nil, and whether
// ours was moved aside: otherwise it was cut off or removed.
func (d *Deliveries) rotated() (next *os.File, aside bool, err error) {
	ours, err := d.file.Stat()
	if err != nil {
		return nil, false, err
	}
	now, err := os.Stat(d.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil // it is being moved aside just now
	case err != nil:
		return nil, false, err
	case os.SameFile(ours, now) && now.Size() >= d.offset:
		return nil, false, nil
	}
	moved, err := os.Stat(d.name + ".1")
	aside = err == nil && os.SameFile(ours, moved)
	next, err = os.Open(d.name)
	return next, aside, err
}

// readOn takes in the lines of a file from where we stopped.
func (d *Deliveries) readOn(ctx context.Context, f *os.File) error {
	in := bufio.NewReaderSize(io.NewSectionReader(f, d.offset, math.MaxInt64-d.offset), maxLine)
	for n := 0; ; n++ {
		if n%10_000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, size, err := wholeLine(in)
		if errors.Is(err, io.EOF) {
			return nil // a last line without its end is read again when it has one
		}
		if err != nil {
			return err
		}
		d.offset += size
		d.take(line)
	}
}

// wholeLine reads one line with its end and tells its size; of a line that is
// too long it gives nothing.
func wholeLine(in *bufio.Reader) (line []byte, size int64, err error) {
	line, err = in.ReadSlice('\n')
	size = int64(len(line))
	for err == bufio.ErrBufferFull {
		var more []byte
		more, err = in.ReadSlice('\n')
		size += int64(len(more))
		line = nil
	}
	return line, size, err
}

// take remembers one line.
func (d *Deliveries) take(line []byte) {
	if line != nil && len(bytes.TrimSpace(line)) == 0 {
		return // where a torn line was ended
	}
	var a access
	if err := json.Unmarshal(line, &a); err != nil || a.At.IsZero() {
		d.damaged = true
		return
	}
	at := a.At.UnixNano()
	if d.begins == math.MaxInt64 {
		d.begins = at
	}
	if d.damaged {
		// The damaged line was written before this one, give or take what waits in memory.
		d.doubt, d.damaged = max(d.doubt, at+int64(flushEvery)), false
	}
	if !a.reached() {
		return
	}
	if was, known := d.last[a.Path]; known || len(d.last) < d.paths {
		d.last[a.Path] = max(was, at)
	}
}

// reached tells whether the answer put a version of the origin's into a
// client's hands, or found it there already.
func (a access) reached() bool {
	return a.Source == sourceOrigin && ((a.Status == 200 || a.Status == 206) && a.Bytes > 0 || a.Status == 304)
}
