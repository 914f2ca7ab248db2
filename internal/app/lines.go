package app

import (
	"fmt"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/store"
)

// A channel that hangs keeps each of its sends busy until that is given up. It may have so many at once, of the eight workers
// that pages have, and the rest of its pages wait: those by other channels go on.
const (
	maxLines    = 3
	waitForLine = time.Second
)

// lines counts the sends under way by each channel. Its zero value is ready.
type lines struct {
	mu   sync.Mutex
	busy map[string]int
}

// take counts one more by a channel until it is released, or gives [store.Waiting] where it has as many as it may.
func (l *lines) take(method string) (release func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[method] >= maxLines {
		return nil, &store.Waiting{After: waitForLine, For: fmt.Sprintf("%d others are on their way by the same channel", maxLines)}
	}
	if l.busy == nil {
		l.busy = map[string]int{}
	}
	l.busy[method]++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.busy[method]--
	}, nil
}
