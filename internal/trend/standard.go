package trend

import "math"

// leastExpected is the least that is expected of a day.
const leastExpected = 0.01

// meanRange is the mean range of two standard normal values, 2/√π, by which a moving range becomes a standard
// deviation.
const meanRange = 1.128

// laney is the dispersion of standardised values by their mean moving range: Laney's σz. It is one where days differ
// as chance makes them, and more where they differ by more; it is never taken below one.
func laney(scores []float64) float64 {
	if len(scores) < 2 {
		return 1
	}
	sum := 0.0
	for i := 1; i < len(scores); i++ {
		sum += math.Abs(scores[i] - scores[i-1])
	}
	return max(1, sum/float64(len(scores)-1)/meanRange)
}

// share is Laney's p′: the share of negative signals.
type share struct {
	p     float64 // of the baseline
	mean  float64 // signals a day
	sigma float64 // σz
	buf   []float64
}

func (s *share) usable(d cell) bool { return d.signals > 0 }

func (s *share) learn(days []cell) {
	signals, negative := 0.0, 0.0
	for _, d := range days {
		signals += float64(d.signals)
		negative += float64(d.negative)
	}
	s.mean = signals / max(float64(len(days)), 1)
	s.p = (negative + 0.5) / (signals + 1) // neither 0 nor 1
	s.buf = s.buf[:0]
	for _, d := range days {
		s.buf = append(s.buf, s.raw(d))
	}
	s.sigma = laney(s.buf)
}

// raw is the day's share in binomial standard deviations.
func (s *share) raw(d cell) float64 {
	n := float64(d.signals)
	return (float64(d.negative) - n*s.p) / math.Sqrt(n*s.p*(1-s.p))
}

func (s *share) score(d cell) (float64, bool) {
	if d.signals == 0 {
		return 0, false
	}
	return s.raw(d) / s.sigma, true
}

func (s *share) unit(z, volume float64) float64 {
	return max(0, s.p+z*s.sigma*math.Sqrt(s.p*(1-s.p)*volume))
}

func (s *share) evidence(d cell) int { return d.negative }

func (s *share) plain() bool { return s.sigma <= dispersed && s.mean >= few }

// rate is Laney's u′: the number of signals a day, against what the weekday has.
type rate struct {
	mean    float64 // signals a day
	weekday []float64
	sigma   float64
	buf     []float64
	samples []sample
}

func (r *rate) usable(d cell) bool { return d.whole }

func (r *rate) learn(days []cell) {
	r.samples = r.samples[:0]
	for _, d := range days {
		r.samples = append(r.samples, sample{int(d.start.Weekday()), float64(d.signals)})
	}
	r.mean, r.weekday = factors(r.samples, 7)
	r.buf = r.buf[:0]
	for _, d := range days {
		r.buf = append(r.buf, r.raw(d))
	}
	r.sigma = laney(r.buf)
}

// raw is the day's number in Poisson standard deviations. A weekday that never had a signal is taken to have a few in
// a year.
func (r *rate) raw(d cell) float64 {
	expected := max(r.mean*r.weekday[d.start.Weekday()], leastExpected)
	return (float64(d.signals) - expected) / math.Sqrt(expected)
}

func (r *rate) score(d cell) (float64, bool) {
	if !d.whole {
		return 0, false
	}
	return r.raw(d) / r.sigma, true
}

func (r *rate) unit(z, _ float64) float64 { return max(0, r.mean+z*r.sigma*math.Sqrt(r.mean)) }

func (r *rate) evidence(d cell) int { return d.signals }

func (r *rate) plain() bool { return r.sigma <= dispersed && r.mean >= few }
