package app

import (
	"sync"
	"time"
)

// daily is a duty that is due at the start, once a day, and when somebody says so; where it went wrong it is due again
// with the next round. The zero value is due.
type daily struct {
	mu   sync.Mutex
	done time.Time
}

const aDay = 24 * time.Hour

// run does the duty if it is due.
func (d *daily) run(now time.Time, duty func() error) error {
	if !d.take(now) {
		return nil
	}
	err := duty()
	if err != nil {
		d.again()
	}
	return err
}

// take tells whether it is due, and counts it as done: what calls for it meanwhile makes it due anew.
func (d *daily) take(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.done.IsZero() && now.Sub(d.done) < aDay && !now.Before(d.done) {
		return false
	}
	d.done = now
	return true
}

// again makes it due.
func (d *daily) again() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done = time.Time{}
}
