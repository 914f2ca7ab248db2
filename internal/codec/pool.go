package codec

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/pixels"
)

// Options bound the children. The zero value is useful.
type Options struct {
	// Program is the path of the child's program; empty looks beside the running program, then on PATH.
	Program string
	// Children is how many decode at the same time, and how many of a format are kept; 0 means GOMAXPROCS.
	Children int
	// Timeout is how long one file may take, by the wall clock; 0 means 30 s.
	Timeout time.Duration
	// Memory is what a child may take beside the shared memory, in bytes that it may write to; 0 means 4 GiB.
	Memory int64
	// Files is the number of files after which a child is replaced; 0 means 1000.
	Files int
	// Strict refuses to decode where the kernel has no system call filter; else Capabilities says so, and the limits
	// on memory, time and files must do.
	Strict bool
}

func (o Options) withDefaults() Options {
	if o.Children <= 0 {
		o.Children = runtime.GOMAXPROCS(0)
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Memory <= 0 {
		o.Memory = 4 << 30
	}
	if o.Files <= 0 {
		o.Files = 1000
	}
	return o
}

// mostPixels bounds what a caller may allow: 16 GiB of address space in the shared memory.
const mostPixels = 1 << 31

// What a child may keep between two files: memory of its own, beyond which it is replaced, and filled shared memory,
// beyond which that is emptied. Both in bytes.
const (
	keepMemory = 256 << 20
	keepShared = 128 << 20
)

// patience is how long a reason not to start a child is believed, such as a missing library: a million files shall not
// start a million processes, and a library installed meanwhile shall be found.
const patience = 30 * time.Second

// Pool keeps the children. Its methods may be called by several goroutines at once.
type Pool struct {
	o     Options
	slots chan struct{} // one taken by each decoding
	// What a child may keep between two files, in bytes: keepMemory and keepShared, but for tests.
	keepMemory, keepShared int64

	mu       sync.Mutex // guards what follows
	closed   bool
	nursery  *nursery // starts children; nil before the first
	idle     []*child // the longest idle first; of each format at most as many as may decode at once
	problems map[string]problem
}

// problem is why a format cannot be decoded here, for a while.
type problem struct {
	err   error
	until time.Time
}

// New makes a pool; it starts no child yet.
func New(o Options) *Pool {
	o = o.withDefaults()
	return &Pool{
		o: o, slots: make(chan struct{}, o.Children), keepMemory: keepMemory, keepShared: keepShared,
		problems: map[string]problem{},
	}
}

// Close waits for running decodings and ends all children.
func (p *Pool) Close() {
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		c.kill()
	}
	p.idle, p.closed = nil, true
	if p.nursery != nil {
		p.nursery.close()
		p.nursery = nil
	}
	for range cap(p.slots) {
		<-p.slots
	}
}

// Decode decodes a whole file of a format by name, one of Formats. It is a pixels.NativeDecoder whose pictures stay valid.
// It waits where all children are busy.
func (p *Pool) Decode(format string, data []byte, maxPixels int64) (pixels.Native, error) {
	return p.decode(new(buffers), format, data, maxPixels)
}

// Decoder returns a pixels.NativeDecoder for one goroutine, which reuses its memory: a picture is valid until that
// very decoder is asked again.
func (p *Pool) Decoder() pixels.NativeDecoder {
	b := new(buffers)
	return func(format string, data []byte, maxPixels int64) (pixels.Native, error) {
		return p.decode(b, format, data, maxPixels)
	}
}

func (p *Pool) decode(b *buffers, format string, data []byte, maxPixels int64) (pixels.Native, error) {
	if !slices.Contains(Formats, format) {
		return pixels.Native{}, pixels.NativeError(pixels.ErrUnsupported, format, pixels.TextRemark("safelight-codec knows no such format"))
	}
	maxPixels = min(max(maxPixels, 0), mostPixels)
	p.slots <- struct{}{}
	defer func() { <-p.slots }()
	n, again, err := p.try(p.take, b, format, data, maxPixels)
	if again {
		n, _, err = p.try(p.fresh, b, format, data, maxPixels)
	}
	return n, err
}

// try decodes with a child of the given source. Where the child dies that has decoded other files before, one of those
// may have been the cause: the file at hand is to be tried again with a fresh child. Not so where it ran out of time,
// which would take as long again.
func (p *Pool) try(source func(string, capacity) (*child, error), b *buffers, format string, data []byte, maxPixels int64) (n pixels.Native, again bool, err error) {
	c, err := source(format, needs(int64(len(data)), maxPixels))
	if err != nil {
		return n, false, pixels.NativeError(pixels.ErrUnsupported, format, reasonOf(err))
	}
	n, err = c.decode(b, data, maxPixels, p.o.Timeout)
	again = c.dead && c.files > 1 && !c.late
	p.give(c)
	return n, again, err
}

// take returns an idle child of the format with enough shared memory, or a fresh one.
func (p *Pool) take(format string, need capacity) (*child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, c := range slices.Backward(p.idle) {
		if c.format != format {
			continue
		}
		p.idle = slices.Delete(p.idle, i, i+1)
		if c.capacity.holds(need) {
			return c, nil
		}
		c.kill()
	}
	return p.start(format, need)
}

// reasonOf is why there is no child.
func reasonOf(err error) pixels.Remark {
	if errors.Is(err, ErrNoProgram) {
		return pixels.Remark{Kind: pixels.NativeMissing, Args: []any{buildProgram}}
	}
	return pixels.TextRemark(err.Error())
}

// fresh returns a child that has decoded nothing yet.
func (p *Pool) fresh(format string, need capacity) (*child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.start(format, need)
}

// start starts a child, unless that did not go just before. The lock is held: others wait, for some milliseconds once
// in a thousand files.
func (p *Pool) start(format string, need capacity) (*child, error) {
	if p.closed {
		return nil, errors.New("safelight is being shut down")
	}
	if bad := p.problems[format]; time.Now().Before(bad.until) {
		return nil, bad.err
	}
	c, err := p.startNow(format, need)
	if err != nil {
		p.problems[format] = problem{err, time.Now().Add(patience)}
	}
	return c, err
}

// startNow starts a child and hears its greeting.
func (p *Pool) startNow(format string, need capacity) (*child, error) {
	if p.nursery == nil {
		path := p.o.Program
		if path == "" {
			found, err := find()
			if err != nil {
				return nil, err
			}
			path = found
		}
		path, err := filepath.Abs(path) // a child has another working directory
		if err != nil {
			return nil, err
		}
		p.nursery = openNursery(path)
	}
	c, err := p.nursery.start(format, need, p.o.Memory)
	if err != nil {
		return nil, err
	}
	hello, err := c.greet(p.o.Timeout)
	switch {
	case err != nil:
	case hello.status != StatusOK:
		err = fmt.Errorf("%s (Debian: apt install %s)", hello.text(2), packagesFor(format, release()))
	case p.o.Strict && hello.flags&flagSeccomp == 0:
		err = fmt.Errorf("this system cannot shut in its decoder (%s), and the configuration demands it", hello.text(2))
	}
	if err != nil {
		c.kill()
		return nil, err
	}
	c.hello = hello
	return c, nil
}

// give takes a child back, or ends it where it is dead, old or fat.
func (p *Pool) give(c *child) {
	worn := c.dead || c.files >= p.o.Files || c.memory() > p.keepMemory
	if !worn {
		c.emptyShared(p.keepShared)
	}
	if worn {
		c.kill()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}

// Version names the library that decodes a format and its version, "libavif 0.11.1" for example: pictures may differ
// from one to the next. It is empty where there is none. It starts a child if none is there.
func (p *Pool) Version(format string) string {
	p.slots <- struct{}{}
	defer func() { <-p.slots }()
	c, err := p.take(format, needs(0, 0))
	if err != nil {
		return ""
	}
	defer p.give(c)
	return c.hello.text(0) + " " + c.hello.text(1)
}

// Capability is what a format can count on here.
type Capability struct {
	Format string
	// Library and Version are of the library that decodes it; empty with a Problem.
	Library, Version string
	// Sandbox lists what shuts the decoder in: "limits", "seccomp", "landlock".
	Sandbox []string
	// Problem is why the format cannot be decoded, one sentence, empty if it can; or why part of the sandbox is missing.
	Problem string
	// Packages are the Debian packages that give the format.
	Packages string
}

// Capabilities starts a child for each format and says what it found. Its error is ErrNoProgram or of a system that
// cannot run children.
func (p *Pool) Capabilities() ([]Capability, error) {
	if p.o.Program == "" {
		if _, err := find(); err != nil {
			return nil, err
		}
	}
	var all []Capability
	for _, format := range Formats {
		all = append(all, p.capability(format))
	}
	return all, nil
}

func (p *Pool) capability(format string) Capability {
	p.slots <- struct{}{}
	defer func() { <-p.slots }()
	k := Capability{Format: format, Packages: packagesFor(format, release())}
	p.mu.Lock()
	delete(p.problems, format) // it is asked anew, not from memory
	p.mu.Unlock()
	c, err := p.take(format, needs(0, pixels.DefaultMaxPixels))
	if err != nil {
		k.Problem = err.Error()
		return k
	}
	defer p.give(c)
	k.Library, k.Version, k.Problem = c.hello.text(0), c.hello.text(1), c.hello.text(2)
	k.Sandbox = []string{"limits"}
	if c.hello.flags&flagSeccomp != 0 {
		k.Sandbox = append(k.Sandbox, "seccomp")
	}
	if c.landlocked {
		k.Sandbox = append(k.Sandbox, "landlock")
	}
	return k
}
