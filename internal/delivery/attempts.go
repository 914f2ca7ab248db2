package delivery

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
)

// attempts gives each order an id. It is the same until the order is known to be done, so that one that is given again is not
// done twice; the same order given later has another, so that it is not taken for the old.
type attempts struct {
	mu   sync.Mutex
	open map[[32]byte]string
}

// maxOpen bounds the orders that never came to an end.
const maxOpen = 1000

func (a *attempts) id(order []byte) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := sha256.Sum256(order)
	if a.open == nil || len(a.open) >= maxOpen {
		a.open = map[[32]byte]string{}
	}
	if a.open[key] == "" {
		a.open[key] = rand.Text()
	}
	return a.open[key]
}

func (a *attempts) done(order []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, sha256.Sum256(order))
}
