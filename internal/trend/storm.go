package trend

import (
	"math"
	"time"
)

const (
	// window is the number of hours that are counted together.
	window = 3
	// leastStorm is the number of negative signals in a window without which there is no storm.
	leastStorm = 5
	// stormChance is the chance of a window, by the model, at which there is an alarm. Windows overlap and the counts
	// are whole numbers; simulation set it for one false alarm a year.
	stormChance = 1.0 / 15000
	// stormy is the rho beyond which false alarms come more often than that.
	stormy = 0.05
	// replayed is how many hours are gone through again to know whether a storm is on.
	replayed = 10 * 24
)

// storm is the hourly chart: negative signals in a window against a negative binomial distribution, whose mean is that
// of the same hours on the same weekday and whose dispersion is that of the baseline's windows.
type storm struct {
	days    int
	mean    float64 // negative signals an hour
	weekday []float64
	hour    []float64
	rho     float64 // over-dispersion: variance is mean + rho·mean²

	latched bool
	since   time.Time
	inside  *Episode
	now     reading
}

// reading is one window against its limit.
type reading struct {
	count              int
	expected, variance float64
	limit              int // the least count that is an alarm
}

// judgeStorm replays the chart up to the last hour.
func judgeStorm(hours []cell, episodes []Episode, now time.Time) Verdict {
	s := &storm{}
	for i := max(0, len(hours)-replayed); i < len(hours); i++ {
		if s.weekday == nil || hours[i].start.Hour() == 0 {
			s.learn(hours[:i], episodes)
		}
		s.step(hours[:i+1], episodes)
	}
	if s.inside != nil && s.inside.over(now) {
		s.latched = false
	}
	v := Verdict{Metric: Storm, State: Learning, Direction: Steady, Days: s.days, FalseAlarmEvery: falseAlarmEvery}
	if len(hours) > 0 {
		v.Until = hours[len(hours)-1].end
	}
	if s.days < shortestBaseline && !s.latched {
		return v
	}
	v.State = Quiet
	v.Value, v.Baseline, v.Limit = float64(s.now.count), s.now.expected, float64(s.now.limit-1)
	if s.now.variance > 0 {
		v.Z = (v.Value - v.Baseline) / math.Sqrt(s.now.variance)
	}
	if s.now.limit > 0 && s.now.count >= s.now.limit {
		v.Direction = Worse
	}
	if s.rho > stormy {
		v.FalseAlarmEvery = falseAlarmRough
	}
	if s.latched {
		v.State, v.Since = Alarm, s.since
	}
	return v
}

// learn takes the baseline from the hours before, but for those of incidents and of the storm that is on.
func (s *storm) learn(hours []cell, episodes []Episode) {
	var base []cell
	begin := acceptedFrom(hours, episodes)
	for i := len(hours) - 1; i >= 0 && len(base) < longestBaseline*24; i-- {
		h := hours[i]
		_, incident := lies(h, Storm, episodes)
		if h.start.Before(begin) {
			break
		}
		if h.whole && !incident && !(s.latched && h.end.After(s.since)) {
			base = append(base, h)
		}
	}
	s.days = len(base) / 24
	byDay, byHour := make([]sample, len(base)), make([]sample, len(base))
	for i, h := range base {
		byDay[i] = sample{int(h.start.Weekday()), float64(h.negative)}
		byHour[i] = sample{h.start.Hour(), float64(h.negative)}
	}
	s.mean, s.weekday = factors(byDay, 7)
	_, s.hour = factors(byHour, 24)
	s.disperse(base)
}

// acceptedFrom is where the newest accepted level began, if its episode is over.
func acceptedFrom(hours []cell, episodes []Episode) time.Time {
	from := time.Time{}
	for _, e := range episodes {
		over := len(hours) > 0 && !hours[len(hours)-1].end.Before(e.Until)
		if e.Metric == Storm && e.Outcome == Accepted && over && e.From.After(from) {
			from = e.From
		}
	}
	return from
}

// disperse estimates rho from windows that do not overlap, by the method of moments.
func (s *storm) disperse(base []cell) {
	excess, squares := 0.0, 0.0
	for i := 0; i+window <= len(base); i += window {
		count, expected := 0.0, 0.0
		for _, h := range base[i : i+window] {
			count += float64(h.negative)
			expected += s.expected(h)
		}
		excess += (count-expected)*(count-expected) - expected
		squares += expected * expected
	}
	s.rho = 0
	if squares > 0 {
		s.rho = max(0, excess/squares)
	}
}

// expected is how many negative signals an hour has usually.
func (s *storm) expected(h cell) float64 {
	return max(s.mean*s.weekday[h.start.Weekday()]*s.hour[h.start.Hour()], leastExpected/24)
}

// step judges the window that ends with the last hour.
func (s *storm) step(hours []cell, episodes []Episode) {
	last := hours[len(hours)-1]
	own, incident := lies(last, Storm, episodes)
	if s.inside != nil && own != s.inside {
		s.latched = false
	}
	s.inside = own
	s.now = s.read(hours[max(0, len(hours)-window):])
	switch {
	case own != nil:
		s.latched, s.since = true, own.From
	case incident:
		s.latched = false
	case s.latched && float64(s.now.count) <= s.now.expected:
		s.latched = false
	case !s.latched && s.days >= shortestBaseline && s.now.count >= s.now.limit:
		s.latched, s.since = true, hours[max(0, len(hours)-window)].start
	}
}

// read counts a window.
func (s *storm) read(hours []cell) reading {
	var r reading
	for _, h := range hours {
		r.count += h.negative
		r.expected += s.expected(h)
	}
	// The expectation is itself an estimate from so many hours of the kind.
	rho := s.rho + 1/(float64(max(s.days, 1))*r.expected)
	r.variance = r.expected + rho*r.expected*r.expected
	r.limit = max(leastStorm, tail(r.expected, rho, stormChance))
	return r
}

// The largest mean whose distribution is summed, and the quantile of the normal distribution beyond which stormChance
// lies.
const (
	largestSum  = 500
	stormNormal = 3.82
)

// tail is the least count whose chance to be reached or passed is below chance, under the negative binomial
// distribution of that mean and variance mean + rho·mean²; Poisson where rho is zero. Far from zero the normal
// distribution corrected for skewness (Cornish and Fisher) is near enough.
func tail(mean, rho, chance float64) int {
	if mean > largestSum {
		variance := mean + rho*mean*mean
		skewness := (1 + 2*rho*mean) / math.Sqrt(variance)
		z := stormNormal + (stormNormal*stormNormal-1)*skewness/6
		return int(min(mean+z*math.Sqrt(variance), mostSignals)) + 1
	}
	p := math.Exp(-mean)
	if rho > 0 {
		p = math.Exp(-math.Log1p(rho*mean) / rho)
	}
	left := 1.0
	for k := 0; ; k++ {
		if left < chance || k > 100*largestSum {
			return k
		}
		left -= p
		p *= mean * (1 + rho*float64(k)) / ((1 + rho*mean) * float64(k+1))
	}
}
