package trend

import "time"

// lies finds the newest episode of a metric that a day or an hour lies in, and tells whether it lies in one that turned
// out to be an incident, by whichever metric.
func lies(at cell, metric Metric, episodes []Episode) (own *Episode, incident bool) {
	for i := range episodes {
		e := &episodes[i]
		if !e.holds(at) {
			continue
		}
		incident = incident || e.Outcome == Confirmed
		if e.Metric == metric && (own == nil || e.From.After(own.From)) {
			own = e
		}
	}
	return own, incident
}

// holds tells whether a day or an hour lies in an episode.
func (e *Episode) holds(at cell) bool {
	return at.end.After(e.From) && (e.Outcome == Open || e.Until.IsZero() || at.start.Before(e.Until))
}

// over tells whether an episode has ended. An incident that would end at this very moment goes on: a caller may say now
// of one that is not over.
func (e *Episode) over(now time.Time) bool {
	if e.Outcome == Open || e.Until.IsZero() || now.Before(e.Until) {
		return false
	}
	return e.Outcome != Confirmed || now.After(e.Until)
}
