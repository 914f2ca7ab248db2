// Package watch reads images from folders and buckets, as they arrive or all at once, and checks them on all cores.
//
// [Scan] walks a folder of delivered images and measures each against the
// image of the same relative name in the folder of references, whose extension
// may differ:
//
//	walk.go    names, in order      → one goroutine
//	read.go    files, read ahead    → a few goroutines, bounded by Options.Memory
//	pair.go    digests, a check     → one goroutine per core, bounded by Options.Memory too
//
// Results come in the order of the walk, whatever core finished first, so that
// two scans of the same folders give the same output. Memory does not grow
// with the number of images. With a [Cache], a scan that was interrupted goes
// on where it was: a pair whose digests are known is not measured again.
package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/pixels"
)

// DefaultMemory bounds a scan where Options.Memory is 0.
const DefaultMemory = 1_000_000_000

// Result is what became of one image: a check, or why there is none.
type Result struct {
	Path   string // relative to the folder of delivered images, with slashes
	Check  measure.Check
	Err    error
	Cached bool  // the check is from the cache
	Read   int64 // bytes of both files
	// What is known of the delivered file, even where there is no check: its digest, its size, its metadata.
	SHA256   string
	Bytes    int64
	Metadata *measure.Metadata

	scan *scan // for Heatmap
}

// Unread tells whether the delivered file could not be read, so that nothing at all is known of it.
func (r Result) Unread() bool { return r.Err != nil && r.SHA256 == "" }

// Cache keeps the checks of earlier scans by a key that stands for all that
// they depend on. Its methods are called by several goroutines.
type Cache interface {
	// Get gives what Put was given for the key, and nil if there is nothing.
	Get(ctx context.Context, key [32]byte) ([]byte, error)
	// Put keeps a check, or fails by itself: no image is broken for that.
	Put(ctx context.Context, key [32]byte, check []byte)
}

// Options says what to scan and how.
type Options struct {
	Reference string // folder of references
	Candidate string // folder of delivered images
	Limits    pixels.Options
	Workers   int                   // 0 means one per core
	NewMeter  func() *measure.Meter // called for each worker
	// Native, if not nil, gives each worker a decoder of the formats that need
	// native libraries.
	Native func() pixels.NativeDecoder
	// NativeVersion, if not nil, names the library that decodes a format, and its
	// version: checks of the cache depend on it.
	NativeVersion func(format string) string
	// Memory bounds, in bytes, what files and pictures in work take together;
	// 0 means DefaultMemory. A pair that needs more is measured alone.
	Memory int64
	// Strict refuses such a pair, so that the bound holds whatever comes; one that
	// takes up to 32 MB is measured all the same.
	Strict bool
	// Screen looks first at JPEG pictures decoded at a fraction of their size,
	// and measures in whole what is not clearly good by that.
	Screen bool
	// Cache, if not nil, saves measuring what has been measured before.
	Cache Cache
	// Changed, if not nil, tells whether a delivered file is to be measured at
	// all. It is called from one goroutine. A reference that has not been
	// delivered (yet) is then no error.
	Changed func(path string, info fs.FileInfo) bool
	// Faces, if not nil, looks for faces in what is delivered. Pictures are then not screened: faces are small.
	Faces *Faces
	// Paths, if not nil, are the delivered images to look at, relative and with
	// slashes; the rest of the folder is not walked. One that is not there (any
	// more) is passed over.
	Paths []string
	// References, if not nil, are the references of Paths in place of those that their names tell. One without is decoded and inspected
	// alone: its error is ErrAlone where nothing is wrong with it.
	References map[string]string
}

// ErrAlone is the error of an image that has no reference to be compared with.
var ErrAlone = errors.New("it has no reference")

// Scan measures all images below the folders, each against the reference of the
// same name, or of the same name but for the extension where there is just one,
// and hands each result to yield, in the order of their names; an error of yield
// ends the scan. A file that cannot be measured is a result with an error, and
// the scan goes on. A reference without a delivered image is such a result too.
func Scan(ctx context.Context, o Options, yield func(Result) error) error {
	if err := checkFolder("picture.reference.folder", o.Reference); err != nil {
		return err
	}
	if err := checkFolder("picture.candidate.folder", o.Candidate); err != nil {
		return err
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := newScan(ctx, o)
	walked := make(chan error, 1)
	go func() { walked <- s.run() }()
	n := 0
	var stopped error
	for j := range s.pending {
		r := <-j.result
		if stopped == nil && ctx.Err() == nil {
			n++
			if stopped = yield(r); stopped != nil {
				cancel() // and let what is in work end, since it uses what belongs to the caller
			}
		}
	}
	err := <-walked
	s.workers.Wait()
	switch {
	case stopped != nil:
		return stopped
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case n == 0 && o.Changed == nil && o.Paths == nil:
		return fmt.Errorf("scan %s: it holds no files: %w", o.Candidate, journal.ErrInvalid)
	}
	return nil
}

// scan is the machinery of one Scan.
type scan struct {
	ctx    context.Context
	o      Options
	limits pixels.Options // Limits, with a native decoder where there is one
	memory memory
	// What all meters have in common: they belong to the pairs, and a worker has none.
	fingerprint string
	screens     bool
	inspect     func(reference, candidate measure.Source) *measure.Metadata // of a pair that cannot be measured
	compare     func(ref, cand pixels.Cost) int64                           // what measuring takes besides the pictures
	workers     sync.WaitGroup
	buffers     [256]sync.Pool // of *[]byte, for files, by class of size
	pending     chan *job      // in order; bounds what is in flight
	reads       chan *job
	work        chan *job
}

// job is one image on its way through the stages.
type job struct {
	reference string // relative to its folder, like path
	path      string
	ref, cand loaded
	held      int64          // of scan.memory.files
	beyond    int64          // of scan.memory.pictures
	faces     *measure.Faces // what was found in the delivered picture; nil while nobody has looked
	result    chan Result    // takes one
}

func newScan(ctx context.Context, o Options) *scan {
	s := &scan{
		ctx: ctx, o: o,
		pending: make(chan *job, 4*o.Workers), reads: make(chan *job), work: make(chan *job, o.Workers),
	}
	pairs := make([]*pair, o.Workers)
	for i := range pairs {
		pairs[i] = s.newPair()
	}
	s.limits, s.memory = pairs[0].limits, newMemory(o.Memory, pairs)
	meter := o.NewMeter()
	s.fingerprint, s.screens, s.compare = meter.Fingerprint(), pairs[0].screens(), meter.Memory
	if o.Faces != nil {
		s.fingerprint += " faces " + o.Faces.Version
	}
	s.inspect = meter.Inspect
	return s
}

// run starts the stages, walks, and gives the error of the walk when all names
// are on their way.
func (s *scan) run() error {
	defer close(s.pending)
	defer close(s.reads)
	go s.readAhead()
	for range s.o.Workers {
		s.workers.Go(s.worker)
	}
	return s.o.walk(s.ctx, func(reference, path string, err error) error {
		j := &job{reference: reference, path: path, result: make(chan Result, 1)}
		if err != nil {
			j.result <- Result{Path: path, Err: err}
		}
		if !send(s.ctx, s.pending, j) {
			return s.ctx.Err()
		}
		if err == nil && !send(s.ctx, s.reads, j) {
			j.result <- Result{Path: path, Err: s.ctx.Err()}
		}
		return s.ctx.Err()
	})
}

// send hands a job on, or tells that the scan has ended.
func send(ctx context.Context, to chan<- *job, j *job) bool {
	select {
	case to <- j:
		return true
	case <-ctx.Done():
		return false
	}
}

func checkFolder(what phrase.Key, dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", phrase.Errorf("folder.missing", phrase.Of(what), dir), journal.ErrInvalid)
	case err != nil:
		return phrase.Errorf("folder.unread", phrase.Of(what), err)
	case !info.IsDir():
		return fmt.Errorf("%w: %w", phrase.Errorf("folder.irregular", phrase.Of(what), dir), journal.ErrInvalid)
	}
	return nil
}
