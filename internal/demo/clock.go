package demo

import (
	"sync"
	"time"
)

// clock is the replayed clock. It remembers when it was moved.
type clock struct {
	mu    sync.Mutex
	moves []move // never empty; the last one is where it stands
}

// move is when, by the wall clock, the replayed one came to a moment.
type move struct{ at, wall time.Time }

func newClock(at time.Time) *clock { return &clock{moves: []move{{at, time.Now()}}} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moves[len(c.moves)-1].at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moves = append(c.moves, move{at, time.Now()})
}

// wall tells when the clock came to a moment or a later one; now, if it has not yet.
func (c *clock) wall(at time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.moves {
		if !m.at.Before(at) {
			return m.wall
		}
	}
	return time.Now()
}
