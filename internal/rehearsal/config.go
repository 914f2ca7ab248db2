package rehearsal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Config says when rehearsals are held by themselves, each week, and of which pipelines in turn.
type Config struct {
	// On is the day of the week in English: monday.
	On string `yaml:"on"`
	// At is the time of day.
	At string `yaml:"at"`
	// TimeZone is that of At.
	TimeZone string `yaml:"timeZone"`
	// Pipelines take turns, one each week; all of them where it is empty.
	Pipelines []string `yaml:"pipelines"`
}

// late is how long after its time the very first rehearsal may still begin. Each later one that was missed, since nothing ran
// then, is held as soon as anything does: it disturbs nobody.
const late = time.Hour

// Validate says what is wrong with it, or nil.
func (c Config) Validate() error {
	if _, ok := c.weekday(); !ok {
		return fmt.Errorf("watchdog.rehearsal: on %q: write a day such as monday: %w", c.On, journal.ErrInvalid)
	}
	if _, err := time.Parse("15:04", c.At); err != nil {
		return fmt.Errorf("watchdog.rehearsal: at %q: write a time of day such as \"10:30\": %w", c.At, journal.ErrInvalid)
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "" {
		return fmt.Errorf("watchdog.rehearsal: timeZone %q: write one such as Europe/Paris: %w", c.TimeZone, journal.ErrInvalid)
	}
	return nil
}

func (c Config) weekday() (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), c.On) {
			return d, true
		}
	}
	return 0, false
}

// Next is when the first rehearsal after a time is planned. A configuration that is not valid plans none.
func (c Config) Next(after time.Time) time.Time { return c.planned(after, 1) }

// Last is when the last rehearsal at a time, or before it, was planned.
func (c Config) Last(now time.Time) time.Time { return c.planned(now, 0) }

func (c Config) planned(now time.Time, later int) time.Time {
	zone, err := time.LoadLocation(c.TimeZone)
	clock, atErr := time.Parse("15:04", c.At)
	on, ok := c.weekday()
	if err != nil || atErr != nil || !ok {
		return time.Time{}
	}
	y, m, d := now.In(zone).Date()
	back := (int(now.In(zone).Weekday()) - int(on) + 7) % 7
	at := func(back int) time.Time { return time.Date(y, m, d-back, clock.Hour(), clock.Minute(), 0, 0, zone) }
	if at(back).After(now) {
		back += 7
	}
	return at(back - 7*later)
}

// Due tells whether a rehearsal is to be held now; last is when the last scheduled one was, zero for never.
func (c Config) Due(last, now time.Time) bool {
	planned := c.Last(now)
	return !planned.IsZero() && last.Before(planned) && (!last.IsZero() || now.Sub(planned) < late)
}

// Turn is the pipeline that follows the one of the last scheduled rehearsal; all are those that are configured, sorted.
func (c Config) Turn(all []string, last string) string {
	if len(c.Pipelines) > 0 {
		all = c.Pipelines
	}
	if len(all) == 0 {
		return ""
	}
	return all[(slices.Index(all, last)+1)%len(all)]
}
