package trend

import (
	"math"
	"time"
)

const (
	// lambda is the weight of the newest day. 0.2 is the common choice for shifts of about one standard deviation
	// (Montgomery, Introduction to Statistical Quality Control, 9.2).
	lambda = 0.2
	// clip bounds what one day can do, in standard deviations: a single wild day is an outlier and no trend.
	clip = 4.0
	// longestBaseline and shortestBaseline are days.
	longestBaseline  = 56
	shortestBaseline = 14
	// leastEvidence is the number of signals since the change began without which there is no alarm.
	leastEvidence = 5
	// The limits of the daily charts are in standard deviations of the smoothed value. Simulation set them, for one
	// false alarm a year where days differ by chance alone (docs/signals.md has what was measured).
	shareLimit = 2.07
	rateLimit  = 2.28
	// youth widens the limits of a young baseline, whose σz is an estimate from few days: by half at 24 days, by a fifth
	// at 56, for which the limits are set.
	youth = 12
	// falseAlarmEvery is the mean time between false alarms; falseAlarmRough that where days differ by more than chance
	// makes them, which is from a dispersion of dispersed on, or have fewer signals than few.
	falseAlarmEvery = 365 * 24 * time.Hour
	falseAlarmRough = 200 * 24 * time.Hour
	dispersed       = 1.15
	few             = 20
)

// standard turns days into standard deviations from what the baseline expects.
type standard interface {
	// learn takes the days of a baseline.
	learn(days []cell)
	// usable tells whether a day may be in a baseline.
	usable(d cell) bool
	// score is the standardised value of a day; ok is false where the day says nothing.
	score(d cell) (z float64, ok bool)
	// unit turns a smoothed score into the metric's unit; volume is the smoothed 1/signals.
	unit(z, volume float64) float64
	// evidence counts the signals of a day that speak for a change for the worse.
	evidence(d cell) int
	// plain tells whether the baseline's days differ by chance alone and are large enough to say so.
	plain() bool
}

// chart is an EWMA of standardised days over a moving baseline.
type chart struct {
	metric   Metric
	standard standard
	limit    float64 // of the smoothed value, in its standard deviations

	seen  []cell    // days that a baseline may have, oldest first
	days  int       // in the baseline now
	begin time.Time // the baseline has no day before

	smoothed float64
	volume   float64   // smoothed 1/signals
	risen    []risen   // the days since the smoothed value was last at or below the baseline
	evidence int       // in them
	latched  bool      // an alarm is on
	since    time.Time // it began
	inside   *Episode  // the day lies in one
}

// risen is a day with its clipped score.
type risen struct {
	start time.Time
	score float64
}

// day brings the chart one day further.
func (c *chart) day(d cell, episodes []Episode) {
	own, incident := lies(d, c.metric, episodes)
	if c.inside != nil && own != c.inside {
		c.leave()
	}
	switch c.inside = own; {
	case own != nil:
		// A person decides when this alarm is over; until then the baseline stands still.
		c.latched, c.since = true, own.From
		c.smooth(d)
	case incident:
		c.restart()
	default:
		c.smooth(d)
		c.judge()
	}
	if !incident && c.standard.usable(d) {
		c.seen = append(c.seen, d)
	}
}

// leave ends an episode.
func (c *chart) leave() {
	if c.inside.Outcome == Accepted {
		c.begin = c.inside.From
	}
	c.restart()
}

// restart begins anew with the baseline as it is.
func (c *chart) restart() {
	c.smoothed, c.evidence, c.latched = 0, 0, false
}

// smooth is a step of the EWMA.
func (c *chart) smooth(d cell) {
	c.learn()
	z, ok := c.standard.score(d)
	if !ok || c.days < shortestBaseline {
		return
	}
	inverse := 1 / float64(max(d.signals, 1))
	if c.volume == 0 {
		c.volume = inverse
	}
	c.volume = lambda*inverse + (1-lambda)*c.volume
	if c.smoothed <= 0 {
		c.risen, c.evidence = c.risen[:0], 0
	}
	z = max(-clip, min(clip, z))
	c.risen = append(c.risen, risen{d.start, z})
	c.smoothed = lambda*z + (1-lambda)*c.smoothed
	c.evidence += c.standard.evidence(d)
}

// spread is the standard deviation of the smoothed value against the baseline: that of the EWMA and that of the mean
// of as many days as the baseline has.
func (c *chart) spread() float64 {
	days := float64(max(c.days, 1))
	return math.Sqrt(lambda/(2-lambda)+1/days) * (1 + youth/days)
}

// judge sets and ends the alarm.
func (c *chart) judge() {
	switch {
	case c.latched && c.smoothed <= 0:
		c.latched = false // nobody took it up, and it is over
	case !c.latched && c.smoothed > c.limit*c.spread() && c.evidence >= leastEvidence:
		c.latched, c.since = true, changePoint(c.risen)
	}
}

// changePoint estimates when a change of level began that the last of the days
// has shown: the day from which on the scores are most unlikely to be of the
// baseline, which is the maximum-likelihood estimate (Hinkley, Inference about
// the change-point in a sequence of random variables, Biometrika 1970).
func changePoint(days []risen) time.Time {
	var at time.Time
	sum, most := 0.0, math.Inf(-1)
	for i := len(days) - 1; i >= 0; i-- {
		sum += days[i].score
		if likely := sum / math.Sqrt(float64(len(days)-i)); likely > most {
			most, at = likely, days[i].start
		}
	}
	return at
}

// learn takes the baseline: the last days, or the last before the alarm that is on.
func (c *chart) learn() {
	end := len(c.seen)
	for end > 0 && c.latched && !c.seen[end-1].start.Before(c.since) {
		end--
	}
	start := max(0, end-longestBaseline)
	for start < end && c.seen[start].start.Before(c.begin) {
		start++
	}
	c.days = end - start
	c.standard.learn(c.seen[start:end])
}

// verdict says what the chart shows. A decision counts from its moment on, though the day is not over.
func (c *chart) verdict(until, now time.Time) Verdict {
	if c.inside != nil && c.inside.over(now) {
		c.leave()
	}
	unit := func(smoothed float64) float64 { return c.standard.unit(smoothed, c.volume) }
	v := Verdict{Metric: c.metric, State: Learning, Direction: Steady, Days: c.days, Until: until, FalseAlarmEvery: falseAlarmEvery}
	if c.days < shortestBaseline && !c.latched {
		return v
	}
	v.State, v.Z = Quiet, c.smoothed/c.spread()
	v.Value, v.Baseline, v.Limit = unit(c.smoothed), unit(0), unit(c.limit*c.spread())
	if c.latched {
		v.State, v.Since = Alarm, c.since
		if c.inside == nil {
			// Nobody has taken it up: the days since tell better when it began than those that set it off.
			v.Since = changePoint(c.risen)
		}
	}
	if !c.standard.plain() {
		v.FalseAlarmEvery = falseAlarmRough
	}
	switch {
	case v.Z > c.limit:
		v.Direction = Worse
	case v.Z < -c.limit:
		v.Direction = Better
	}
	return v
}
