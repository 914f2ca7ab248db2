package delivery

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

// Limits of [Config.Recent], which a person waits for.
const (
	maxRecentBytes = 64 << 20 // unpacked, the newest of the log
	maxRecentTime  = 3 * time.Second
	maxRecentPaths = maxPaths
	nearEnough     = 64 << 10 // bytes before the first line in question that are read all the same
)

// Recent is what the log of an edge says of the last while.
type Recent struct {
	Paths map[string]bool // of URLs that were answered with a file, or with that the client had it already
	// Covered tells whether the log tells of the whole time. Where it does not, more may have been delivered.
	Covered bool
}

// Recent reads which paths an edge has delivered since a time: of its log only the end that tells of it, within limits of bytes and time. It
// gives what it has read even with an error.
func (c Config) Recent(ctx context.Context, edge string, since time.Time) (Recent, error) {
	parse, err := c.logParser(edge)
	if err != nil {
		return Recent{}, err
	}
	return readRecent(ctx, "edge "+edge, c.Edges[edge].AccessLog.Path, parse, since, maxRecentBytes)
}

func readRecent(ctx context.Context, whose, name string, parse parser, since time.Time, limit int64) (Recent, error) {
	ctx, stop := context.WithTimeout(ctx, maxRecentTime)
	defer stop()
	found := Recent{Paths: map[string]bool{}}
	full := false
	r := logReader{parse: parse, from: since, left: limit, within: maxRecentTime, which: func(path string) (string, bool) {
		if full = len(found.Paths) >= maxRecentPaths; !full {
			found.Paths[path] = true
		}
		return "", false
	}}
	files, older, err := openLogs(name, since)
	defer closeAll(files)
	slices.SortFunc(files, func(a, b *os.File) int { return cmp.Compare(modified(b), modified(a)) }) // what was written last is read whatever becomes of the rest
	for _, f := range files {
		if err == nil {
			err = r.tail(ctx, f)
		}
	}
	lately := r.report.Last.After(since) // a log that nobody writes to any more tells nothing
	begun := older || !r.report.Begins.IsZero() && !r.report.Begins.After(since)
	found.Covered = err == nil && lately && begun && !full && !r.clipped
	if err != nil {
		err = fmt.Errorf("read the access log of %s: %w", whose, err)
	}
	return found, err
}

func modified(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return info.ModTime().UnixNano()
}

// tail reads the lines of one file that were written since the time in question, and a few before them; of more than may be read the last.
func (r *logReader) tail(ctx context.Context, f *os.File) error {
	if strings.HasSuffix(f.Name(), ".gz") {
		return r.file(ctx, f)
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	start := r.seek(f, info.Size())
	if first := info.Size() - r.left; start < first {
		start, r.clipped = first, true
	}
	in := bufio.NewReaderSize(io.NewSectionReader(f, start, math.MaxInt64-start), maxLine)
	if start > 0 {
		if _, _, err := wholeLine(in); errors.Is(err, io.EOF) { // the rest of a line
			return nil
		}
	}
	r.left -= info.Size() - start
	return r.lines(ctx, in)
}

// seek finds where in a file, whose lines stand in the order of time, those since the time in question begin, or a little before.
func (r *logReader) seek(f io.ReaderAt, size int64) int64 {
	lo, hi := int64(0), size
	for hi-lo > nearEnough {
		mid := (lo + hi) / 2
		if at := r.timeAfter(f, mid); !at.IsZero() && at.Before(r.from) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// timeAfter gives the time of the first line that begins after a place and can be read; zero where none does soon.
func (r *logReader) timeAfter(f io.ReaderAt, at int64) time.Time {
	in := bufio.NewReader(io.NewSectionReader(f, at, 2*nearEnough))
	for n := 0; ; n++ {
		line, _, err := wholeLine(in)
		if err != nil {
			return time.Time{}
		}
		if a, ok := r.parse(line); ok && n > 0 {
			return a.at
		}
	}
}
