package oncall

import (
	"testing"
	"time"
)

// TestStorm pages somebody without end: the first pages go out one by one, and none ever waits longer than half a minute.
func TestStorm(t *testing.T) {
	start := time.Date(2026, 11, 27, 4, 12, 0, 0, time.UTC)
	var sent []time.Time
	worst := time.Duration(0)
	for now := start; now.Before(start.Add(time.Hour)); now = now.Add(time.Second) {
		next := NextMessage(sent, now)
		if next.Before(now) {
			t.Fatalf("at %v the next message was due at %v", now.Sub(start), next.Sub(start))
		}
		if worst = max(worst, next.Sub(now)); next.Equal(now) {
			sent = append(sent, now)
		}
	}
	for i, want := range []time.Duration{0, 1, 2, 3, 4, 6, 8} {
		if got := sent[i].Sub(start); got != want*time.Second {
			t.Errorf("message %d went out after %v, want %v", i+1, got, want*time.Second)
		}
	}
	if worst > inStorm {
		t.Errorf("a page waited %v", worst)
	}
	if n := len(sent); n > 160 {
		t.Errorf("%d messages in an hour", n)
	}
	if got := NextMessage(sent, start.Add(2*time.Hour)); !got.Equal(start.Add(2 * time.Hour)) {
		t.Errorf("after the storm the next message is due at %v", got)
	}
}

// TestStormUnderAClockThatIsSetBack holds nothing up by messages that lie in the future now.
func TestStormUnderAClockThatIsSetBack(t *testing.T) {
	now := time.Date(2026, 11, 27, 4, 12, 0, 0, time.UTC)
	var sent []time.Time
	for i := range 40 {
		sent = append(sent, now.Add(time.Hour+time.Duration(i)*time.Second))
	}
	if next := NextMessage(sent, now); !next.Equal(now) {
		t.Errorf("the next message waits for %v", next.Sub(now))
	}
}
