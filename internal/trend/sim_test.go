package trend

import (
	"slices"
	"testing"
	"time"
)

// How much is simulated: days without a shift, streams with one, days of the hourly chart. docs/signals.md says so too.
const (
	simulated = 60000
	shifts    = 400
	storms    = 3000
)

func newChart(m Metric) *chart {
	if m == SignalRate {
		return &chart{metric: m, standard: &rate{}, limit: rateLimit}
	}
	return &chart{metric: m, standard: &share{}, limit: shareLimit}
}

// runLength counts the days judged for each false alarm: of a chart with a full baseline where young is false, of
// charts in their days 14 to 42 where it is true.
func runLength(m Metric, w *world, young bool) int {
	alarms, judged := 0, 0
	lives, days, warm := 1, simulated, longestBaseline
	if young {
		lives, days, warm = 300, 42, 0
	}
	for range lives {
		c, at := newChart(m), monday
		for i := range days {
			c.day(w.day(at, none), nil)
			at = at.AddDate(0, 0, 1)
			if i >= warm && c.days >= shortestBaseline {
				judged++
				if c.latched {
					alarms++
				}
			}
			if c.latched {
				c.restart()
			}
			if len(c.seen) > 4*longestBaseline {
				c.seen = slices.Clone(c.seen[2*longestBaseline:])
			}
		}
	}
	return judged / max(alarms, 1)
}

// delay gives the median and the ninth decile of the days until a shift is an alarm; 100 is never.
func delay(m Metric, w *world, s shift) (median, late int) {
	var all []int
	for range shifts {
		c, at := newChart(m), monday
		for range 70 {
			c.day(w.day(at, none), nil)
			at = at.AddDate(0, 0, 1)
			if c.latched {
				c.restart()
			}
		}
		n := 0
		for !c.latched && n < 100 {
			c.day(w.day(at, s), nil)
			at = at.AddDate(0, 0, 1)
			n++
		}
		all = append(all, n)
	}
	slices.Sort(all)
	return all[len(all)/2], all[len(all)*9/10]
}

// planted is a shift by a factor of what a chart watches.
func planted(m Metric, factor float64) shift {
	if m == SignalRate {
		return shift{factor, 1}
	}
	return shift{1, factor}
}

// TestDailyCharts holds what docs/signals.md promises: the run length without a shift, and the delay with one.
func TestDailyCharts(t *testing.T) {
	t.Parallel()
	type promise struct {
		metric    Metric
		mean, rho float64
		mature    int // days between false alarms, at least
		half      int // median days until ×1.5 is seen, at most
		double    int // until ×2 is seen
	}
	for _, p := range []promise{
		{NegativeShare, 3, 0, 200, 55, 15},
		{NegativeShare, 10, 0, 270, 20, 7}, {NegativeShare, 10, 0.02, 200, 20, 7},
		{NegativeShare, 40, 0, 300, 5, 2}, {NegativeShare, 40, 0.02, 200, 8, 3},
		{NegativeShare, 200, 0, 365, 2, 2}, {NegativeShare, 200, 0.02, 200, 6, 3},
		{SignalRate, 3, 0, 300, 12, 5},
		{SignalRate, 10, 0, 365, 6, 3}, {SignalRate, 10, 0.02, 200, 6, 3},
		{SignalRate, 40, 0, 365, 3, 2}, {SignalRate, 40, 0.02, 200, 3, 2},
		{SignalRate, 200, 0, 365, 2, 2}, {SignalRate, 200, 0.02, 200, 3, 2},
	} {
		if raced && p.mean != 40 {
			continue
		}
		w := newWorld(1, p.mean, p.rho)
		mature, young := runLength(p.metric, w, false), runLength(p.metric, w, true)
		half, halfLate := delay(p.metric, w, planted(p.metric, 1.5))
		double, doubleLate := delay(p.metric, w, planted(p.metric, 2))
		t.Logf("%-13s %3.0f a day, rho %.2f: a false alarm in %d days (young: %d); ×1.5 after %d (%d), ×2 after %d (%d)",
			p.metric, p.mean, p.rho, mature, young, half, halfLate, double, doubleLate)
		if mature < p.mature || young < p.mature {
			t.Errorf("%s, %.0f a day, rho %.2f: a false alarm every %d days, young %d, want at least %d", p.metric, p.mean, p.rho,
				mature, young, p.mature)
		}
		if half > p.half || double > p.double {
			t.Errorf("%s, %.0f a day, rho %.2f: ×1.5 seen after %d days and ×2 after %d, want at most %d and %d", p.metric, p.mean,
				p.rho, half, double, p.half, p.double)
		}
	}
}

// stormRun lets the hourly chart live for so many days, learning once a week to be quick, and gives the days between its
// alarms.
func stormRun(w *world, days int) (chart *storm, hours []cell, every int) {
	s := &storm{}
	alarms := 0
	for d := range days {
		for i, c := range w.hours(monday.AddDate(0, 0, d), none) {
			hours = append(hours, cell{start: c.At, end: c.At.Add(time.Hour), signals: c.Signals, negative: c.Negative, whole: true})
			if i == 0 && d%7 == 0 {
				s.learn(hours[:len(hours)-1], nil)
			}
			was := s.latched
			s.step(hours, nil)
			if s.latched && !was {
				alarms++
			}
		}
		if len(hours) > 2*longestBaseline*24 {
			hours = slices.Clone(hours[longestBaseline*12:])
		}
	}
	return s, hours, (days - shortestBaseline) / max(alarms, 1)
}

// TestStorm holds the hourly chart's run length and its delay in hours, for storms that begin at ten in the morning.
func TestStorm(t *testing.T) {
	t.Parallel()
	for _, p := range []struct {
		mean, rho         float64
		every, five, tens int // days between false alarms, at least; median hours until ×5 and ×10 are seen, at most
	}{
		{40, 0, 365, 8, 3}, {40, 0.02, 365, 28, 3}, {200, 0, 365, 3, 2}, {200, 0.02, 250, 3, 2}, {1300, 0.02, 250, 2, 1},
	} {
		if raced && p.mean != 200 {
			continue
		}
		w := newWorld(2, p.mean, p.rho)
		s, hours, every := stormRun(w, storms)
		// All of a storm's extra signals are negative ones.
		median := func(factor float64) int {
			var all []int
			for range 60 {
				s.latched = false
				at, n := monday.AddDate(0, 0, storms), 0
				seen := slices.Clone(hours[len(hours)-48:])
				for i, c := range append(w.hours(at, none)[:10], append(w.hours(at, shift{1, factor})[10:], w.hours(at, shift{1, factor})...)...) {
					if i >= 10 {
						c.Negative = w.poisson(w.mean * w.p * week[at.Weekday()] * diurnal[i%24] * factor)
						n++
					}
					seen = append(seen, cell{start: c.At, end: c.At.Add(time.Hour), negative: c.Negative, whole: true})
					if s.step(seen, nil); s.latched && i >= 10 {
						break
					}
				}
				all = append(all, n)
			}
			slices.Sort(all)
			return all[len(all)/2]
		}
		three, five, ten := median(3), median(5), median(10)
		t.Logf("%4.0f a day, %.0f negative, rho %.2f: a false alarm in %d days; ×3 after %d hours, ×5 after %d, ×10 after %d", p.mean,
			p.mean*w.p, p.rho, every, three, five, ten)
		if every < p.every || five > p.five || ten > p.tens {
			t.Errorf("%.0f a day, rho %.2f: a false alarm every %d days, ×5 after %d hours, ×10 after %d; want %d, %d, %d", p.mean, p.rho,
				every, five, ten, p.every, p.five, p.tens)
		}
	}
}
