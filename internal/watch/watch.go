// Package watch reads images from folders and buckets, as they arrive or all at once, and checks them on all cores.
//
// [Scan] walks a folder of delivered images and measures each against the
// image of the same relative name in the folder of references. Results come in
// the order of the walk, whatever core finished first, so that two scans of
// the same folders give the same output. Memory does not grow with the number
// of images: at most a few per core are in flight.
package watch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/pixels"
)

// Result is what became of one image: a check, or why there is none.
type Result struct {
	Path  string // relative to the folders, with slashes
	Check measure.Check
	Err   error
}

// Options says what to scan and how.
type Options struct {
	Reference string // folder of references
	Candidate string // folder of delivered images
	Limits    pixels.Options
	Workers   int                   // 0 means one per core
	NewMeter  func() *measure.Meter // called once per worker
	// Changed, if not nil, tells whether a delivered file is to be measured at
	// all. It is called from one goroutine. A reference that has not been
	// delivered (yet) is then no error.
	Changed func(path string, info fs.FileInfo) bool
}

// Scan measures all images below the folders and hands each result to yield,
// in the order of their names; an error of yield ends the scan. A file that
// cannot be measured is a result with an error, and the scan goes on. A
// reference without a delivered image is such a result too.
func Scan(ctx context.Context, o Options, yield func(Result) error) error {
	if err := checkFolder("references", o.Reference); err != nil {
		return err
	}
	if err := checkFolder("delivered images", o.Candidate); err != nil {
		return err
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pending := make(chan *job, 4*o.Workers) // in order; bounds what is in flight
	work := make(chan *job)
	for range o.Workers {
		go o.worker(work)
	}
	var walkErr error
	go func() {
		defer close(pending)
		defer close(work)
		walkErr = o.walk(ctx, func(path string, err error) error { return submit(ctx, pending, work, &job{path: path, err: err}) })
	}()
	n := 0
	for j := range pending {
		n++
		if err := yield(<-j.done()); err != nil {
			return err
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case walkErr != nil:
		return walkErr
	case n == 0 && o.Changed == nil:
		return fmt.Errorf("scan %s: it holds no files: %w", o.Candidate, journal.ErrInvalid)
	}
	return nil
}

// job is one image on its way through the workers.
type job struct {
	path   string
	err    error // found while walking: nothing to measure
	result chan Result
}

func (j *job) done() <-chan Result { return j.result }

func submit(ctx context.Context, pending, work chan<- *job, j *job) error {
	j.result = make(chan Result, 1)
	select {
	case pending <- j:
	case <-ctx.Done():
		return ctx.Err()
	}
	if j.err != nil {
		j.result <- Result{Path: j.path, Err: j.err}
		return nil
	}
	select {
	case work <- j:
		return nil
	case <-ctx.Done():
		j.result <- Result{Path: j.path, Err: ctx.Err()}
		return ctx.Err()
	}
}

func checkFolder(what, dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("open the folder of %s: %s does not exist: %w", what, dir, journal.ErrInvalid)
	case err != nil:
		return fmt.Errorf("open the folder of %s: %w", what, err)
	case !info.IsDir():
		return fmt.Errorf("open the folder of %s: %s is a file: %w", what, dir, journal.ErrInvalid)
	}
	return nil
}

// worker measures jobs with buffers of its own.
func (o Options) worker(work <-chan *job) {
	p := pair{meter: o.NewMeter(), limits: o.Limits}
	for j := range work {
		check, err := p.measure(filepath.Join(o.Reference, filepath.FromSlash(j.path)), filepath.Join(o.Candidate, filepath.FromSlash(j.path)))
		check.Reference.Path, check.Candidate.Path = j.path, j.path
		j.result <- Result{Path: j.path, Check: check, Err: err}
	}
}

// Compare measures one file against its reference.
func Compare(reference, candidate string, limits pixels.Options, m *measure.Meter) (measure.Check, error) {
	p := pair{meter: m, limits: limits}
	return p.measure(reference, candidate)
}

// Heatmap writes the heat map of two files as a PNG.
func Heatmap(w io.Writer, reference, candidate string, limits pixels.Options) error {
	p := pair{limits: limits}
	ref, err := p.read(&p.ref, "reference", reference)
	if err != nil {
		return err
	}
	cand, err := p.read(&p.cand, "candidate", candidate)
	if err != nil {
		return err
	}
	return measure.WriteHeatmap(w, ref.Image, cand.Image)
}

// pair decodes a reference and a candidate into buffers that it reuses.
type pair struct {
	meter     *measure.Meter
	limits    pixels.Options
	ref, cand pixels.Image
	file      []byte
}

func (p *pair) measure(reference, candidate string) (measure.Check, error) {
	cand, err := p.read(&p.cand, "delivered image", candidate)
	if err != nil {
		return measure.Check{}, err
	}
	ref, err := p.read(&p.ref, "reference", reference)
	if err != nil {
		return measure.Check{}, err
	}
	check, err := p.meter.Measure(ref, cand)
	if err != nil {
		return check, fmt.Errorf("compare %s: %w", candidate, err)
	}
	return check, nil
}

// read reads, hashes and decodes a file within the limits.
func (p *pair) read(into *pixels.Image, what, path string) (measure.Source, error) {
	data, err := p.slurp(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return measure.Source{}, fmt.Errorf("read the %s %s: there is no such file: %w", what, path, journal.ErrNotFound)
	case err != nil:
		return measure.Source{}, fmt.Errorf("read the %s: %w", what, err)
	}
	limits := p.limits
	limits.Name = path
	if err := pixels.DecodeInto(into, data, limits); err != nil {
		return measure.Source{}, fmt.Errorf("decode the %s %s: %w", what, path, err)
	}
	sum := sha256.Sum256(data)
	return measure.Source{Path: path, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(data)), Image: into}, nil
}

// slurp reads a whole file into the shared buffer, up to one byte more than is allowed, so
// that the decoder's own limit is what refuses it.
func (p *pair) slurp(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file: %w", path, journal.ErrInvalid)
	}
	limit := p.limits.MaxBytes
	if limit <= 0 {
		limit = pixels.DefaultMaxBytes
	}
	size := min(info.Size(), limit+1)
	if int64(cap(p.file)) < size {
		p.file = make([]byte, size)
	}
	n, err := io.ReadFull(f, p.file[:size])
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil // it shrank while being read: the decoder will say that it is truncated
	}
	return p.file[:n], err
}
