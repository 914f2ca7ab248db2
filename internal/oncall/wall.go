package oncall

import "time"

// wall writes the local wall clock of an instant as if it were UTC, so that
// it can be calculated with.
func wall(at time.Time, zone *time.Location) time.Time {
	_, offset := at.In(zone).Zone()
	return at.UTC().Add(time.Duration(offset) * time.Second)
}

// maxOffset exceeds how far any local clock has been from UTC.
const maxOffset = 27 * time.Hour

// instant is the first moment at which the local wall clock shows w or later:
// the end of the gap where the clock skips w, the first time where it shows w twice.
func instant(w time.Time, zone *time.Location) time.Time {
	at := w.Add(-maxOffset).In(zone) // surely before
	for {
		_, offset := at.Zone()
		end := bound(at)
		t := w.Add(-time.Duration(offset) * time.Second).In(zone)
		switch {
		case t.Before(at):
			return at // skipped
		case end.IsZero() || t.Before(end):
			return t
		}
		at = end.In(zone)
	}
}

// bound is a time after at up to which the local clock is not changed; zero if it
// never is again. On 31 December of a leap year [time.Time.ZoneBounds] gives, for
// zones whose data end in a rule, the morning of that day (it counts 365 days to a
// year), which would never lead on: then the clock is looked at again and again.
func bound(at time.Time) time.Time {
	_, end := at.ZoneBounds()
	if !end.IsZero() && !end.After(at) {
		return at.Add(lookAgain)
	}
	return end
}

// lookAgain is the grain of local time: no clock is changed at another minute.
const lookAgain = 15 * time.Minute

func floorDiv(a, b int64) int64 {
	n := a / b
	if a%b < 0 {
		n--
	}
	return n
}
