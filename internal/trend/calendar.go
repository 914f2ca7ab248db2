package trend

import (
	"slices"
	"time"
)

const (
	// longestHistory bounds what is looked at, whatever a caller hands in.
	longestHistory = 400 * 24 * time.Hour
	// mostSignals bounds a count, so that sums stay exact.
	mostSignals = 1 << 30
)

// cell is an hour or a day of a stream.
type cell struct {
	start, end time.Time
	signals    int
	negative   int
	whole      bool // all of it was watched
}

// hours lays the series out, hour by hour on the clocks of its place, up to the last whole one before now.
func (s Series) hours(now time.Time) []cell {
	place := s.Location
	if place == nil {
		place = time.UTC
	}
	end := now.UTC().Truncate(time.Hour)
	start := s.begin().UTC().Truncate(time.Hour)
	if end.Sub(start) > longestHistory { // Sub saturates, so that this holds for absurd times too
		start = end.Add(-longestHistory)
	}
	n := int(end.Sub(start) / time.Hour)
	if n <= 0 {
		return nil
	}
	cells := make([]cell, n)
	for i := range cells {
		at := start.Add(time.Duration(i) * time.Hour).In(place)
		cells[i] = cell{start: at, end: at.Add(time.Hour), whole: true}
	}
	for _, c := range s.Hours {
		if c.At.Before(start) || !c.At.Before(end) {
			continue
		}
		at := &cells[int(c.At.Sub(start)/time.Hour)]
		at.signals = min(at.signals+min(max(c.Signals, 0), mostSignals), mostSignals)
		at.negative = min(at.negative+min(max(c.Negative, 0), max(c.Signals, 0)), at.signals)
	}
	for i := range cells {
		at := Span{cells[i].start, cells[i].end}
		cells[i].whole = !slices.ContainsFunc(s.Gaps, at.meets)
	}
	return cells
}

// begin is where knowledge of the stream begins.
func (s Series) begin() time.Time {
	if len(s.Hours) == 0 {
		return s.Since
	}
	first := slices.MinFunc(s.Hours, func(a, b Count) int { return a.At.Compare(b.At) }).At
	if first.Before(s.Since) {
		return s.Since
	}
	return first
}

// meets tells whether two spans have a moment in common.
func (s Span) meets(o Span) bool { return s.From.Before(o.Until) && o.From.Before(s.Until) }

// days joins hours into days, the last one only if it is over. Days that begin before the stream was watched are not
// whole.
func days(hours []cell) []cell {
	if len(hours) == 0 {
		return nil
	}
	var all []cell
	for i, h := range hours {
		if i == 0 || !h.start.Before(all[len(all)-1].end) {
			place := h.start.Location()
			y, m, d := h.start.Date()
			day := cell{start: time.Date(y, m, d, 0, 0, 0, 0, place), end: time.Date(y, m, d+1, 0, 0, 0, 0, place)}
			day.whole = h.start.Sub(day.start) < time.Hour
			all = append(all, day)
		}
		day := &all[len(all)-1]
		day.signals = min(day.signals+h.signals, mostSignals)
		day.negative = min(day.negative+h.negative, mostSignals)
		day.whole = day.whole && h.whole
	}
	if hours[len(hours)-1].end.Before(all[len(all)-1].end) {
		all = all[:len(all)-1]
	}
	return all
}
