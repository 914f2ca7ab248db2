package app

import (
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/store"
)

// A channel that hangs keeps each of its sends busy until that is given up. It may have so many at once, of the eight workers
// that pages have, and the rest of its pages wait: those by other channels go on.
const (
	maxLines    = 3
	waitForLine = time.Second
	maxPause    = 10 * time.Second
)

// lines counts the sends under way by each channel, and knows which has asked for a pause. Its zero value is ready.
type lines struct {
	mu    sync.Mutex
	busy  map[string]int
	until map[string]time.Time
}

// pause has nothing sent by a channel for a while, as it has asked (HTTP 429): what waits must not ask it again one by one. Who
// was refused waits as long as was asked for, the others for maxPause at most: they may go to somebody else.
func (l *lines) pause(method string, after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until == nil {
		l.until = map[string]time.Time{}
	}
	l.until[method] = time.Now().Add(min(after, maxPause))
}

// free gives nil while one more may be sent by a channel, and [store.Waiting] where it has as many as it may, or pauses.
func (l *lines) free(method string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait := time.Until(l.until[method]); wait > 0 {
		return &store.Waiting{After: wait, For: phrase.Of("page.effect.waits.pause")}
	}
	if l.busy[method] >= maxLines {
		return &store.Waiting{After: waitForLine, For: phrase.Of("page.effect.waits.line", maxLines)}
	}
	return nil
}

// take counts one more by a channel until it is released.
func (l *lines) take(method string) (release func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy == nil {
		l.busy = map[string]int{}
	}
	l.busy[method]++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.busy[method]--
	}
}
