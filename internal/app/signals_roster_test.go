package app

import (
	"errors"
	"fmt"
	"testing"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
)

func TestRosterIsLimitedForEachSender(t *testing.T) {
	t.Parallel()
	var r roster
	stream := func(n int) intake.Stream { return intake.Stream{Pipeline: "catalogue", Source: fmt.Sprint("s", n)} }
	for n := range 10 {
		r.keep(intake.Stream{Pipeline: "old", Source: fmt.Sprint(n)}, beforeRestart)
	}
	loud := &arrival{sender: "u-1"}
	for n := range maxStreams {
		if err := r.admit(stream(n), loud); err != nil {
			t.Fatalf("stream %d: %v", n, err)
		}
	}
	if err := r.admit(stream(maxStreams), loud); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("one beyond the limit = %v, want too large", err)
	}
	if err := r.admit(stream(7), loud); err != nil {
		t.Errorf("a stream that is there already: %v", err)
	}
	for _, other := range []string{"u-2", ""} {
		if err := r.admit(intake.Stream{Pipeline: "catalogue", Source: "other" + other}, &arrival{sender: other}); err != nil {
			t.Errorf("a stream of %q, who has sent none: %v", other, err)
		}
	}
	r.keep(stream(1), "u-1")
	r.release(loud)
	if err := r.admit(stream(maxStreams), &arrival{sender: "u-1"}); err != nil || r.sent["u-1"] != 2 {
		t.Errorf("after all but one of the streams were kept there is %v, with %d; want room", err, r.sent["u-1"])
	}
	r.drop(stream(1))
	r.drop(stream(1))
	if r.sent["u-1"] != 1 {
		t.Errorf("after one was forgotten the sender has %d, want 1", r.sent["u-1"])
	}
}
