package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// hangs is a channel that takes nothing and waits for its context.
func hangs(name string, starts *atomic.Int32) Channel {
	return fake{name, func(ctx context.Context, _ Message) error {
		starts.Add(1)
		<-ctx.Done()
		return ctx.Err()
	}}
}

// TestSendIsBounded: channels that hang cost 30 seconds each and no other its
// turn, and what the others took is known in the end.
func TestSendIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var starts atomic.Int32
		var s Sender
		for i := range 2*atOnce + 1 {
			s.Channels = append(s.Channels, hangs(fmt.Sprint("hanging ", i), &starts))
		}
		s.Channels = append(s.Channels, says("console", nil))
		begin := time.Now()
		go func() {
			time.Sleep(channelLimit / 2)
			if n := starts.Load(); n != atOnce {
				t.Errorf("%d channels are tried at once, want %d", n, atOnce)
			}
		}()
		accepted, err := s.Send(t.Context(), Message{})
		if err != nil || !slices.Equal(accepted, []string{"console"}) {
			t.Errorf("Send = %v, %v, want the console", accepted, err)
		}
		if took, want := time.Since(begin), 3*channelLimit; took != want || int(starts.Load()) != len(s.Channels)-1 {
			t.Errorf("Send tried %d channels that hang in %v, want %d in %v", starts.Load(), took, len(s.Channels)-1, want)
		}
	})
}

// TestSendEndsWithItsContext: the caller's time is shorter than the bound.
func TestSendEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var starts atomic.Int32
		var s Sender
		for range 3 * atOnce {
			s.Channels = append(s.Channels, hangs("hanging", &starts))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		_, err := s.Send(ctx, Message{})
		if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || IsPermanent(err) || took != time.Second {
			t.Errorf("Send = %v after %v, want the deadline's error after 1 s, temporary", err, took)
		}
	})
}
