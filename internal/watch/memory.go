package watch

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// memory bounds what a scan holds: a quarter for files read ahead, the rest
// for pictures. A pair whose files do not fit into their quarter is read alone,
// and what they take more is taken from the pictures. Who waits for pictures may
// hold files, and nobody who holds pictures waits for files, so that they cannot
// block each other.
type memory struct {
	files    *semaphore.Weighted
	inFiles  int64
	pictures *ledger
}

func newMemory(total int64, pairs []*pair) memory {
	if total <= 0 {
		total = DefaultMemory
	}
	files := max(total/4, 1)
	return memory{semaphore.NewWeighted(files), files, newLedger(max(total-files, 1), pairs)}
}

// beyond is what files take more than the part that is theirs.
func (m memory) beyond(files int64) int64 { return max(files-m.inFiles, 0) }

// need is what a pair takes.
type need struct {
	kind   string // pairs of one kind use the same buffers
	pixels [2]int64
	files  int64 // bytes
	memory int64 // an upper bound, with buffers that are all new
}

// within tells whether buffers that served have room for n.
func (n need) within(served need) bool {
	return n.pixels[0] <= served.pixels[0] && n.pixels[1] <= served.pixels[1] && n.files <= served.files
}

// ledger gives out the memory for pictures together with the pairs whose buffers
// it is. A pair that is not in use keeps its buffers for the next image until
// somebody needs their memory: then it loses them, so that one large picture is
// not held for the rest of a scan.
type ledger struct {
	turn chan struct{} // held by who waits, so that a large pair is not overtaken for ever

	mu     sync.Mutex
	freed  sync.Cond
	total  int64
	held   int64 // by pairs, in use or not, and by files
	active int   // pairs and other pictures in use
	idle   []*pair
}

func newLedger(total int64, pairs []*pair) *ledger {
	l := &ledger{turn: make(chan struct{}, 1), total: total, idle: pairs}
	l.freed.L = &l.mu
	for _, p := range pairs {
		p.share = total / int64(len(pairs))
	}
	return l
}

// take waits for a pair and the memory that it needs. More than there is goes to
// who is alone.
func (l *ledger) take(ctx context.Context, n need) (p *pair, err error) {
	err = l.wait(ctx, func() bool {
		i := l.choose(n)
		if i < 0 {
			return false
		}
		p = l.idle[i]
		more := p.more(n)
		if !l.room(more, p) {
			return false
		}
		l.idle = slices.Delete(l.idle, i, i+1)
		l.held += more
		l.active++
		p.begin(n)
		return true
	})
	return p, err
}

// give takes a pair back with the buffers that it has now.
func (l *ledger) give(p *pair) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.idle = append(l.idle, p)
	l.active--
	l.freed.Broadcast()
}

// acquire waits for memory that is no pair's. Who holds it may wait for a pair,
// unlike one that uses a pair: it does not keep others from having more than there is.
func (l *ledger) acquire(ctx context.Context, n int64) error {
	return l.wait(ctx, func() bool {
		if !l.room(n, nil) {
			return false
		}
		l.held += n
		return true
	})
}

// release gives back what acquire gave.
func (l *ledger) release(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held -= n
	l.freed.Broadcast()
}

// draw waits for memory like take, to use pictures that are no pair's.
func (l *ledger) draw(ctx context.Context, n int64) error {
	return l.wait(ctx, func() bool {
		if !l.room(n, nil) {
			return false
		}
		l.held += n
		l.active++
		return true
	})
}

// drawn gives back what draw gave.
func (l *ledger) drawn(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held -= n
	l.active--
	l.freed.Broadcast()
}

// wait waits until try succeeds, one after the other.
func (l *ledger) wait(ctx context.Context, try func() bool) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	defer context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.freed.Broadcast()
	})()
	l.mu.Lock()
	defer l.mu.Unlock()
	for ctx.Err() == nil {
		if try() {
			return nil
		}
		l.freed.Wait()
	}
	return ctx.Err()
}

// choose finds the pair whose buffers fit, or else one with few; −1 if all are in use.
func (l *ledger) choose(n need) int {
	least := -1
	for i, p := range l.idle {
		if p.fits(n) {
			return i
		}
		if least < 0 || p.held < l.idle[least].held {
			least = i
		}
	}
	return least
}

// room tells whether there are n bytes, and makes room by the buffers of all pairs
// that nobody uses but one.
func (l *ledger) room(n int64, but *pair) bool {
	for _, p := range l.idle {
		if l.held+n <= l.total {
			return true
		}
		if p != but && p.held > 0 {
			l.held -= p.held
			p.trim()
		}
	}
	return l.held+n <= l.total || l.active == 0
}

// leastMemory is what a pair may always take, alone: a bound below it could refuse
// all there is, to save less than the program itself takes.
const leastMemory = 32_000_000

// allows says why a pair is not measured that takes n bytes, where the bound is
// strict.
func (o Options) allows(path string, n int64) error {
	total := o.Memory
	if total <= 0 {
		total = DefaultMemory
	}
	total = max(total, leastMemory)
	if !o.Strict || n <= total {
		return nil
	}
	return fmt.Errorf("%w: %w", phrase.Errorf("picture.memory", path, megabytes(n), megabytes(total)), journal.ErrTooLarge)
}

func megabytes(n int64) string { return strconv.FormatInt((n+999_999)/1_000_000, 10) }
