package oncall

import (
	"slices"
	"time"
)

// The limits of messages to one person by one channel. What is over them waits for seconds, and goes out with all that has
// come meanwhile in one message: whoever has had five pages in five minutes is awake.
const (
	burstWithin = 5 * time.Minute
	burst       = 5 // messages that go out one by one
	afterBurst  = 2 * time.Second
	stormWithin = time.Hour
	storm       = 30 // messages after which more of them only drown the person
	inStorm     = 30 * time.Second
)

// StormMemory is how long a message counts.
const StormMemory = stormWithin

// Awake tells whether somebody who has had messages at these times is awake already, and need not be told one thing first.
func Awake(before []time.Time, now time.Time) bool {
	return slices.ContainsFunc(before, func(at time.Time) bool { return now.Sub(at) < burstWithin })
}

// NextMessage says when the next message may go to a person by a channel, given when those before it did. What has to wait
// joins the next message instead of being one of its own: nothing is dropped.
func NextMessage(before []time.Time, now time.Time) time.Time {
	var last time.Time
	inBurst, inHour := 0, 0
	for _, at := range before {
		if at.After(now) {
			continue // the clock has been set back: no page waits until it has caught up
		}
		if now.Sub(at) < burstWithin {
			inBurst++
		}
		if now.Sub(at) < stormWithin {
			inHour++
		}
		if at.After(last) {
			last = at
		}
	}
	wait := time.Duration(0)
	switch {
	case inHour >= storm:
		wait = inStorm
	case inBurst >= burst:
		wait = afterBurst
	}
	if next := last.Add(wait); next.After(now) {
		return next
	}
	return now
}
