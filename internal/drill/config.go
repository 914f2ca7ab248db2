package drill

import (
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Config says when exercises are held, and who takes part.
type Config struct {
	// Every is a number of whole days, up to 31: 24h, 168h.
	Every time.Duration `yaml:"every"`
	// At is the time of day.
	At string `yaml:"at"`
	// TimeZone is that of At.
	TimeZone string `yaml:"timeZone"`
	// To are logins; whoever is on call, and the administrators, where it is empty.
	To []string `yaml:"to"`
}

const day = 24 * time.Hour

// late is how long after its time an exercise may still begin: after an outage at night nobody is disturbed for the one of the
// day before.
const late = time.Hour

// Validate says what is wrong with it, or nil.
func (c Config) Validate() error {
	if c.Every < day || c.Every > 31*day || c.Every%day != 0 {
		return fmt.Errorf("watchdog.synthetic: every %v: write whole days such as 24h, up to 744h: %w", c.Every, journal.ErrInvalid)
	}
	if _, err := time.Parse("15:04", c.At); err != nil {
		return fmt.Errorf("watchdog.synthetic: at %q: write a time of day such as \"10:00\": %w", c.At, journal.ErrInvalid)
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "" {
		return fmt.Errorf("watchdog.synthetic: timeZone %q: write one such as Europe/Paris: %w", c.TimeZone, journal.ErrInvalid)
	}
	return nil
}

// Next is when the first exercise after a time is planned. A configuration that is not valid plans none.
func (c Config) Next(after time.Time) time.Time { return c.planned(after, 1) }

// Last is when the last exercise at a time, or before it, was planned.
func (c Config) Last(now time.Time) time.Time { return c.planned(now, 0) }

// planned counts from the last planned time. The days of an interval are counted in the calendar, so that a restart changes none.
func (c Config) planned(now time.Time, later int) time.Time {
	zone, err := time.LoadLocation(c.TimeZone)
	clock, atErr := time.Parse("15:04", c.At)
	if err != nil || atErr != nil || c.Every < day {
		return time.Time{}
	}
	interval := int(c.Every / day)
	y, m, d := now.In(zone).Date()
	today := int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / int64(day/time.Second))
	back := today % interval
	at := func(back int) time.Time { return time.Date(y, m, d-back, clock.Hour(), clock.Minute(), 0, 0, zone) }
	if at(back).After(now) {
		back += interval
	}
	return at(back - later*interval)
}

// Due tells whether an exercise is to be held now; last is when the last one was, zero for never.
func (c Config) Due(last, now time.Time) bool {
	planned := c.Last(now)
	return !planned.IsZero() && last.Before(planned) && now.Sub(planned) < late
}
