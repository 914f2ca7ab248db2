package alert

import (
	"fmt"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Maintenance is a maintenance window that returns every week.
type Maintenance struct {
	// Name is what pages and the API call it.
	Name string `yaml:"name"`
	// Match selects alerts: matchers such as pipeline="catalogue".
	Match []string `yaml:"match"`
	// Start is a day and a time of the local clock: "sunday 02:00".
	Start string `yaml:"start"`
	// Duration is how long it lasts, up to a week.
	Duration time.Duration `yaml:"duration"`
	// TimeZone of the start, such as Europe/Paris; UTC if empty.
	TimeZone string `yaml:"timeZone"`
}

// week bounds a window: longer, it would overlap itself.
const week = 7 * 24 * time.Hour

// window is a parsed [Maintenance].
type window struct {
	name     string
	matchers Matchers
	day      time.Weekday
	hour     int
	minute   int
	lasts    time.Duration
	zone     *time.Location
}

func (m Maintenance) parse() (window, error) {
	w := window{name: m.Name, lasts: m.Duration}
	if m.Name == "" || len(m.Name) > MaxName {
		return w, fmt.Errorf("maintenance window: it needs a name of up to %d bytes: %w", MaxName, journal.ErrInvalid)
	}
	fail := func(err error) (window, error) { return w, fmt.Errorf("maintenance window %q: %w", m.Name, err) }
	var err error
	if w.matchers, err = parseAll(m.Match); err != nil {
		return fail(err)
	}
	if m.Duration <= 0 || m.Duration >= week {
		return fail(fmt.Errorf("duration %v: write more than 0 and less than a week: %w", m.Duration, journal.ErrInvalid))
	}
	if w.zone, err = time.LoadLocation(m.TimeZone); err != nil {
		return fail(fmt.Errorf("time zone %q: write one such as Europe/Paris: %w", m.TimeZone, journal.ErrInvalid))
	}
	day, clock, _ := strings.Cut(strings.ToLower(strings.TrimSpace(m.Start)), " ")
	at, err := time.Parse("15:04", strings.TrimSpace(clock))
	for d := time.Sunday; d <= time.Saturday && err == nil; d++ {
		if strings.ToLower(d.String()) == day {
			w.day, w.hour, w.minute = d, at.Hour(), at.Minute()
			return w, nil
		}
	}
	return fail(fmt.Errorf("start %q: write a day and a time such as \"sunday 02:00\": %w", m.Start, journal.ErrInvalid))
}

// Open tells whether the window is open at a time, and until when. One that is
// not valid never is.
func (m Maintenance) Open(now time.Time) (until time.Time, open bool) {
	w, err := m.parse()
	if err != nil {
		return time.Time{}, false
	}
	return w.covers(now)
}

// parseAll reads matchers, each a text of its own, and refuses what fits everything.
func parseAll(texts []string) (Matchers, error) {
	list, err := parseList(texts)
	if err != nil {
		return nil, err
	}
	return list, list.Validate()
}

func parseList(texts []string) (Matchers, error) {
	var list Matchers
	for _, text := range texts {
		ms, err := ParseMatchers(text)
		if err != nil {
			return nil, err
		}
		list = append(list, ms...)
	}
	return list, nil
}

// covers tells whether the window is open at a time, and until when. Its start
// is meant on the wall clock, its length is time that passes.
func (w window) covers(now time.Time) (until time.Time, open bool) {
	local := now.In(w.zone)
	y, m, d := local.Date()
	back := (int(local.Weekday()) - int(w.day) + 7) % 7
	// The start may be of today and still to come, so last week's is asked too.
	for _, days := range []int{back, back + 7} {
		start := w.startOn(time.Date(y, m, d-days, w.hour, w.minute, 0, 0, time.UTC))
		if until = start.Add(w.lasts); !now.Before(start) && now.Before(until) {
			return until, true
		}
	}
	return time.Time{}, false
}

// startOn is when the window opens; wall is its start on the wall clock,
// written as UTC. Where the clock skips that time it opens at the end of the
// gap, where the clock shows it twice the first time.
func (w window) startOn(wall time.Time) time.Time {
	y, m, d := wall.Date()
	t := time.Date(y, m, d, w.hour, w.minute, 0, 0, w.zone)
	from, until := t.ZoneBounds()
	_, offset := t.Zone()
	switch shown := t.UTC().Add(time.Duration(offset) * time.Second); {
	case shown.After(wall): // skipped, and t is after the gap
		return from
	case shown.Before(wall): // skipped, and t is before the gap
		return until
	case from.IsZero():
		return t
	}
	_, before := from.Add(-time.Second).Zone()
	if first := t.Add(time.Duration(offset-before) * time.Second); before > offset && first.Before(from) {
		return first
	}
	return t
}
