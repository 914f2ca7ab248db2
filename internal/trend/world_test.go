package trend

import (
	"math"
	"math/rand/v2"
	"time"
)

// world draws a stream of signals. rho is how much its days differ beyond chance: the intra-class correlation of the
// negative share (beta-binomial), and the squared coefficient of variation of the rate (negative binomial).
type world struct {
	rng  *rand.Rand
	mean float64 // signals a day
	p    float64 // negative share
	rho  float64
}

func newWorld(seed uint64, mean, rho float64) *world {
	return &world{rand.New(rand.NewPCG(seed, 4)), mean, 0.15, rho}
}

// week and diurnal are how a shop's customers write: the factors of the weekdays from Sunday on, and the parts of a
// day's signals that fall into each hour.
var (
	week    = [7]float64{0.6, 1.15, 1.15, 1.1, 1.1, 1.1, 0.8}
	diurnal = [24]float64{.0075, .0038, .0038, .0038, .0038, .0075, .015, .03, .053, .068, .072, .068, .057, .061, .068, .068,
		.064, .061, .053, .045, .042, .034, .023, .011}
	monday = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
)

// gamma draws from the gamma distribution of scale one (Marsaglia and Tsang, ACM TOMS 26(3), 2000).
func (w *world) gamma(shape float64) float64 {
	if shape < 1 {
		return w.gamma(shape+1) * math.Pow(w.rng.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	for {
		x := w.rng.NormFloat64()
		v := 1 + x/math.Sqrt(9*d)
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(w.rng.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func (w *world) poisson(mean float64) int {
	if mean > 30 {
		return int(max(0, math.Round(mean+math.Sqrt(mean)*w.rng.NormFloat64())))
	}
	n, limit := 0, math.Exp(-mean)
	for p := w.rng.Float64(); p > limit; p *= w.rng.Float64() {
		n++
	}
	return n
}

// shift is what is planted: factors of the rate and of the negative share.
type shift struct{ rate, share float64 }

var none = shift{1, 1}

// draw gives a day's mean and negative share.
func (w *world) draw(start time.Time, s shift) (mean, p float64) {
	mean, p = w.mean*week[start.Weekday()]*s.rate, min(w.p*s.share, 0.95)
	if w.rho > 0 {
		mean *= w.gamma(1/w.rho) * w.rho
		a, b := w.gamma(p*(1/w.rho-1)), w.gamma((1-p)*(1/w.rho-1))
		p = a / (a + b)
	}
	return mean, p
}

func (w *world) day(start time.Time, s shift) cell {
	mean, p := w.draw(start, s)
	d := cell{start: start, end: start.AddDate(0, 0, 1), whole: true, signals: w.poisson(mean)}
	d.negative = w.negative(d.signals, p)
	return d
}

func (w *world) negative(n int, p float64) int {
	negative := 0
	for range n {
		if w.rng.Float64() < p {
			negative++
		}
	}
	return negative
}

// hours gives the counts of a day's hours, from the hour from on.
func (w *world) hours(start time.Time, s shift) []Count {
	mean, p := w.draw(start, s)
	counts := make([]Count, 24)
	for h := range counts {
		n := w.poisson(mean * diurnal[h])
		counts[h] = Count{start.Add(time.Duration(h) * time.Hour), n, w.negative(n, p)}
	}
	return counts
}

// stream is the series of so many days, with a shift from one day on.
func (w *world) stream(days, shifted int, s shift) Series {
	series := Series{Since: monday}
	for d := range days {
		planted := none
		if d >= shifted {
			planted = s
		}
		series.Hours = append(series.Hours, w.hours(monday.AddDate(0, 0, d), planted)...)
	}
	return series
}

// until is the series as it was known at a moment.
func (s Series) until(now time.Time) Series {
	for i, c := range s.Hours {
		if !c.At.Before(now) {
			s.Hours = s.Hours[:i:i]
			break
		}
	}
	return s
}
