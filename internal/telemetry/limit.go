package telemetry

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
)

const (
	// maxClients bounds the memory of clients; beyond, the one silent for longest is forgotten and begins anew.
	maxClients = 1000
	// activeFor is the least time for which a series counts as active after a sample.
	activeFor = time.Hour

	maxSlotWait = 2 * time.Second // for one of the requests that are worked on at once
	readTimeout = 30 * time.Second
	// maxBody bounds a request as it comes and as it is decompressed, and all that are decoded at the same time: two
	// bytes of a hostile one become a hundred.
	maxBody = 16 << 20
)

// maxIngests is how many requests are decoded and stored at once.
func maxIngests() int { return max(4, 2*runtime.GOMAXPROCS(0)) }

// clients knows who sends how many series.
type clients struct {
	limit int // of active series of each

	mu    sync.Mutex
	known map[string]*client
}

// client is one sender of series.
type client struct {
	limit int

	mu sync.Mutex
	// The series with a sample since turned, and those with one in the period before: hashes of their labels.
	current, previous map[uint64]struct{}
	turned, seen      time.Time
	deltas            *deltas // nil before the first delta
}

func newClients(limit int) *clients { return &clients{limit: limit, known: map[string]*client{}} }

// clientKey names who sends: the actor of the token, else the address.
func clientKey(r *http.Request) string {
	if by := people.FromContext(r.Context()); by.ID != "" {
		return string(by.ID)
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func (c *clients) of(key string, now time.Time) *client {
	c.mu.Lock()
	defer c.mu.Unlock()
	one, ok := c.known[key]
	if !ok {
		if len(c.known) >= maxClients {
			c.forgetOne()
		}
		one = &client{limit: c.limit, current: map[uint64]struct{}{}, turned: now}
		c.known[key] = one
	}
	one.touch(now)
	return one
}

// forgetOne forgets the client that has been silent for longest.
func (c *clients) forgetOne() {
	var oldest string
	for key, one := range c.known {
		if oldest == "" || one.seen.Before(c.known[oldest].seen) {
			oldest = key
		}
	}
	c.known[oldest].close()
	delete(c.known, oldest)
}

func (c *clients) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, one := range c.known {
		one.close()
		delete(c.known, key)
	}
}

func (c *client) touch(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = now
	switch since := now.Sub(c.turned); {
	case since >= 2*activeFor:
		c.current, c.previous, c.turned = map[uint64]struct{}{}, nil, now
	case since >= activeFor:
		c.current, c.previous, c.turned = map[uint64]struct{}{}, c.current, now
	}
}

func (c *client) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deltas != nil {
		c.deltas.close()
		c.deltas = nil
	}
}

// fresh counts the series that are not active, and keeps the others so.
func (c *client) fresh(hashes []uint64) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, h := range hashes {
		if _, ok := c.current[h]; ok {
			continue
		}
		if _, ok := c.previous[h]; !ok {
			n++
			continue
		}
		delete(c.previous, h)
		c.current[h] = struct{}{}
	}
	return n
}

// add makes the series active, all or none of them.
func (c *client) add(hashes []uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.current)+len(c.previous)+len(hashes) > c.limit {
		return false
	}
	for _, h := range hashes {
		c.current[h] = struct{}{}
	}
	return true
}

var errBusy = errors.New("too many requests at once: send it again in a second")

// receive waits for one of the slots of requests. The reading of a body that does not come to its end holds a slot no
// longer than readTimeout.
func (e *Engine) receive(w http.ResponseWriter, r *http.Request) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(r.Context(), maxSlotWait)
	defer cancel()
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, errBusy
	}
	// A recorder in a test, or a connection without deadlines, has none: the limit of the server holds.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTimeout))
	return func() { <-e.slots }, nil
}

// decoding waits until a body of so many bytes may be decoded beside the others.
func (e *Engine) decoding(ctx context.Context, size int) (done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, maxSlotWait)
	defer cancel()
	weight := int64(min(size, maxBody))
	if e.memory.Acquire(ctx, weight) != nil {
		return nil, errBusy
	}
	return func() { e.memory.Release(weight) }, nil
}
