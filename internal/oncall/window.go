package oncall

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// windows are the parts of a week in which a layer holds, by the wall clock.
type windows struct {
	parts []part // in their order, with time between each and the next
	zone  *time.Location
}

// part of a week, in seconds since Monday 00:00. It begins in the week, and may
// end in the next one.
type part struct{ from, until int64 }

const (
	daySeconds  = int64(day / time.Second)
	weekSeconds = int64(week / time.Second)
)

// monday is a Monday at 00:00, as seconds of Unix time.
const monday = 4 * daySeconds

// parseWindows reads a restriction. It gives nil where none of the week is left
// out, since hours that touch at midnight must not cut a turn there.
func parseWindows(list []Window, zone *time.Location) (*windows, error) {
	if len(list) > maxWindows {
		return nil, fmt.Errorf("only: %d windows, the limit is %d: %w", len(list), maxWindows, journal.ErrTooLarge)
	}
	var parts []part
	for _, w := range list {
		days, err := w.days()
		if err != nil {
			return nil, err
		}
		from, length, err := w.hours()
		if err != nil {
			return nil, err
		}
		for _, d := range days {
			start := int64((d+6)%7)*daySeconds + from // the week begins on Monday
			parts = append(parts, part{start, start + length})
		}
	}
	parts = joined(parts)
	if len(parts) == 0 || parts[0].until-parts[0].from >= weekSeconds {
		return nil, nil
	}
	return &windows{parts, zone}, nil
}

func (w Window) days() ([]int, error) {
	if len(w.Days) == 0 {
		return []int{0, 1, 2, 3, 4, 5, 6}, nil
	}
	var list []int
	for _, name := range w.Days {
		d := parseWeekday(name)
		if d < 0 {
			return nil, fmt.Errorf("only: day %.40q: write a weekday such as monday: %w", name, journal.ErrInvalid)
		}
		list = append(list, d)
	}
	return list, nil
}

// hours gives the beginning and the length in seconds.
func (w Window) hours() (from, length int64, err error) {
	if strings.TrimSpace(w.Hours) == "" {
		return 0, daySeconds, nil
	}
	first, last, ok := strings.Cut(w.Hours, "-")
	begin, err1 := parseClock(first)
	if strings.TrimSpace(last) == "24:00" {
		last = "00:00"
	}
	end, err2 := parseClock(last)
	if !ok || err1 != nil || err2 != nil {
		return 0, 0, fmt.Errorf("only: hours %.40q: write from and until such as 09:00-17:00: %w", w.Hours, journal.ErrInvalid)
	}
	from, length = int64(begin/time.Second), int64((end-begin)/time.Second)
	if length <= 0 {
		length += daySeconds // past midnight
	}
	return from, length, nil
}

// joined sorts parts and joins those that touch, across the end of the week too.
func joined(parts []part) []part {
	slices.SortFunc(parts, func(a, b part) int { return int(a.from - b.from) })
	var list []part
	for _, p := range parts {
		if n := len(list); n > 0 && p.from <= list[n-1].until {
			list[n-1].until = max(list[n-1].until, p.until)
			continue
		}
		list = append(list, p)
	}
	for len(list) > 1 && list[len(list)-1].until >= list[0].from+weekSeconds {
		last := &list[len(list)-1]
		last.until = max(last.until, list[0].until+weekSeconds)
		list = list[1:]
	}
	return list
}

// around gives the window that contains a time, or the gap between two.
func (w windows) around(at time.Time) (from, until time.Time, inside bool) {
	size := int64(len(w.parts))
	n := (floorDiv(wall(at, w.zone).Unix()-monday, weekSeconds) + 1) * size
	for w.begin(n).After(at) {
		n--
	}
	for w.empty(n) {
		n--
	}
	if end := w.end(n); at.Before(end) {
		return w.begin(n), end, true
	}
	next := n + 1
	for w.empty(next) {
		next++
	}
	return w.end(n), w.begin(next), false
}

// begin is the instant at which the n-th window begins: those of one week after those of the week before.
func (w windows) begin(n int64) time.Time {
	week, i := floorDiv(n, int64(len(w.parts))), n-floorDiv(n, int64(len(w.parts)))*int64(len(w.parts))
	return instant(time.Unix(monday+week*weekSeconds+w.parts[i].from, 0).UTC(), w.zone)
}

func (w windows) end(n int64) time.Time {
	week, i := floorDiv(n, int64(len(w.parts))), n-floorDiv(n, int64(len(w.parts)))*int64(len(w.parts))
	return instant(time.Unix(monday+week*weekSeconds+w.parts[i].until, 0).UTC(), w.zone)
}

// empty tells whether the wall clock skips a window whole.
func (w windows) empty(n int64) bool { return !w.begin(n).Before(w.end(n)) }

// restricted is a source that has somebody in its windows only.
type restricted struct {
	source
	open windows
}

func (r restricted) at(at time.Time) Shift {
	from, until, inside := r.open.around(at)
	if !inside {
		return Shift{From: from, Until: until}
	}
	return r.source.at(at).within(Shift{From: from, Until: until})
}
