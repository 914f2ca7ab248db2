package demo

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// What visitors can be served.
type version string

const (
	asApproved  version = "approved"  // the reference
	asDelivered version = "delivered" // what the pipeline has delivered last
	asNobody    version = "unknown"   // neither
)

const (
	quietVisits = 20  // of a minute, at the gateway itself
	edgeVisits  = 300 // behind an edge: its cache is to hold many images
	visitors    = 8   // that ask at once
	crowdPause  = 20 * time.Millisecond
	maxImage    = 16 << 20
)

// shop is where visitors ask for images, each as a browser would, and whatever they are served is compared with the files.
type shop struct {
	goods   catalogue
	address string
	visits  int // in a minute

	mu       sync.Mutex
	n        int  // requests that were answered
	drifting bool // what is delivered now is the night's mistake
	harm     int  // answers with such an image
}

// drift says that what is delivered from now on is the night's mistake.
func (s *shop) drift() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drifting = true
}

// asked is how many requests have been answered so far.
func (s *shop) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

// harmed is how many of them had an image of the night's mistake.
func (s *shop) harmed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.harm
}

// visit asks for one image and tells which version it was.
func (s *shop) visit(ctx context.Context, n int) (version, error) {
	var sum [sha256.Size]byte
	err := get(ctx, "http://"+s.address+"/catalogue/"+s.goods.path(n), func(r *http.Response) error {
		h := sha256.New()
		_, err := io.Copy(h, io.LimitReader(r.Body, maxImage))
		h.Sum(sum[:0])
		return err
	})
	if err != nil {
		return asNobody, fmt.Errorf("visit the shop: %w", err)
	}
	is, err := s.version(n, sum)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	if s.drifting && is == asDelivered {
		s.harm++
	}
	return is, err
}

// version tells which version of an image has a digest.
func (s *shop) version(n int, sum [sha256.Size]byte) (version, error) {
	for _, v := range []struct {
		folder string
		is     version
	}{{s.goods.delivered, asDelivered}, {s.goods.reference, asApproved}} {
		file, err := os.ReadFile(filepath.Join(v.folder, filepath.FromSlash(s.goods.path(n))))
		if err != nil {
			return asNobody, fmt.Errorf("read what visitors should be served: %w", err)
		}
		if sha256.Sum256(file) == sum {
			return v.is, nil
		}
	}
	return asNobody, nil
}

// served has visitors ask for so many of the images from (inclusive) to (exclusive), and complains of the first that is not
// the version that it should be.
func (s *shop) served(ctx context.Context, want version, from, to, requests int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for v := range visitors {
		all.Go(func() {
			for i := v; i < requests && ctx.Err() == nil; i += visitors {
				n := from + i*37%(to-from)
				got, err := s.visit(ctx, n)
				if err == nil && got != want {
					err = fmt.Errorf("visitors are served the %s version of image %d, want the %s one", got, n, want)
				}
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// crowd is visitors who ask on and on.
type crowd struct {
	shop *shop
	end  chan struct{}
	all  sync.WaitGroup

	mu    sync.Mutex
	seen  tally
	wrong error // the first
}

// tally is what a crowd was served.
type tally struct {
	answers, delivered int
	last               time.Time // when the last delivered image had come
}

// crowd lets visitors ask for the images from a number on until they leave.
func (s *shop) crowd(ctx context.Context, from int) *crowd {
	c := &crowd{shop: s, end: make(chan struct{})}
	for v := range visitors {
		c.all.Go(func() {
			tick := time.NewTicker(crowdPause)
			defer tick.Stop()
			for i := v; ; i += visitors {
				n := from + i*37%(s.goods.images-from)
				c.note(s.visit(ctx, n))
				select {
				case <-tick.C:
				case <-c.end: // between two requests, so that each is answered and logged
					return
				}
			}
		})
	}
	return c
}

func (c *crowd) note(is version, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen.answers++
	if is == asDelivered {
		c.seen.delivered, c.seen.last = c.seen.delivered+1, time.Now()
	}
	if err == nil && is == asNobody {
		err = fmt.Errorf("visitors are served an image that is neither delivered nor approved")
	}
	if c.wrong == nil {
		c.wrong = err
	}
}

// leave ends the visits and tells what was seen.
func (c *crowd) leave() (tally, error) {
	close(c.end)
	c.all.Wait()
	return c.seen, c.wrong
}
