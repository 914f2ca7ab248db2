package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/notify"
)

// TestWhoAsksForAPauseIsLeftAlone: a channel that answers 429 is asked once, although many pages wait for it, and gets them all
// when its time is over.
func TestWhoAsksForAPauseIsLeftAlone(t *testing.T) {
	t.Parallel()
	var asked []time.Time
	const pause = 2 * time.Second
	h := newHouseWith(t, func(h *house) {
		h.live = true
		h.channel.begin = func(context.Context, notify.Message) error {
			h.channel.mu.Lock()
			defer h.channel.mu.Unlock()
			if asked = append(asked, time.Now()); len(asked) == 1 {
				return &notify.Limited{After: pause, Err: errors.New("429")}
			}
			return nil
		}
	})
	for range 20 {
		h.declare()
	}
	h.idle()
	h.channel.mu.Lock()
	defer h.channel.mu.Unlock()
	if len(asked) < 2 || asked[1].Sub(asked[0]) < pause {
		t.Errorf("the channel was asked at %v, want nothing for %v after the first", asked, pause)
	}
}
