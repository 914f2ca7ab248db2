package oncall

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Config is the part of safelight.yaml that says who is on call.
type Config struct {
	// Rotation is the order in which people are on call.
	Rotation Rotation `yaml:"rotation"`
	// Contacts by login say how people are reached beside the console.
	Contacts map[string]Contact `yaml:"contacts"`
}

// Rotation passes the duty from one member to the next, the first after the last.
type Rotation struct {
	// Members are logins in their order; who takes more turns is named more often.
	Members []string `yaml:"members"`
	// HandOff is the local time of the change, with its weekday when the turns are of whole weeks: "monday 09:00" or "09:00".
	HandOff string `yaml:"handOff"`
	// Every is the length of a turn: daily, weekly, or whole hours such as 12h or 336h.
	Every string `yaml:"every"`
	// TimeZone in which the hand-off is meant, such as Europe/Paris.
	TimeZone string `yaml:"timeZone"`
	// Start is a date (2025-01-06); the first hand-off on or after it is the first member's.
	Start string `yaml:"start"`
}

// Contact says how one person is reached.
type Contact struct {
	Email string `yaml:"email"`
}

const (
	day        = 24 * time.Hour
	week       = 7 * day
	maxTurn    = 366 * day
	maxMembers = 500
)

// Validate says in one sentence what is wrong with c, or nil. Whether
// each login has an account is the caller's to check.
func (c Config) Validate() error {
	if _, err := c.Rotation.parse(); err != nil {
		return err
	}
	for _, login := range slices.Sorted(maps.Keys(c.Contacts)) {
		p := people.Person{Login: login, Email: c.Contacts[login].Email, Role: people.Viewer}
		if err := p.Validate(); err != nil {
			return fmt.Errorf("contacts: %w", err)
		}
	}
	return nil
}

// plan is a rotation that has been read. anchor is the first hand-off as the
// wall clock shows it, written as if it were UTC.
type plan struct {
	anchor time.Time
	every  time.Duration
	zone   *time.Location
}

func (r Rotation) parse() (plan, error) {
	if err := r.checkMembers(); err != nil {
		return plan{}, err
	}
	zone, err := time.LoadLocation(r.TimeZone)
	if err != nil || r.TimeZone == "" || r.TimeZone == "Local" { // Local would be another zone on each machine
		return plan{}, fmt.Errorf("rotation: time zone %q is not known: write a name such as Europe/Paris: %w", r.TimeZone, journal.ErrInvalid)
	}
	every, err := parseEvery(r.Every)
	if err != nil {
		return plan{}, err
	}
	start, err := time.Parse(time.DateOnly, strings.TrimSpace(r.Start))
	if err != nil || start.Year() < 1970 || start.Year() > 9000 {
		return plan{}, fmt.Errorf("rotation: start %q: write a date such as 2025-01-06: %w", r.Start, journal.ErrInvalid)
	}
	weekday, clock, err := parseHandOff(r.HandOff)
	if err != nil {
		return plan{}, err
	}
	switch {
	case weekday < 0 && every%week == 0:
		return plan{}, fmt.Errorf("rotation: hand-off %q: turns of whole weeks need a weekday, such as monday 09:00: %w", r.HandOff, journal.ErrInvalid)
	case weekday >= 0 && every%week != 0:
		return plan{}, fmt.Errorf("rotation: hand-off %q: every %s does not keep to a weekday; write the time alone: %w", r.HandOff, r.Every, journal.ErrInvalid)
	case weekday >= 0:
		start = start.AddDate(0, 0, (weekday-int(start.Weekday())+7)%7)
	}
	return plan{anchor: start.Add(clock), every: every, zone: zone}, nil
}

func (r Rotation) checkMembers() error {
	if n := len(r.Members); n == 0 || n > maxMembers {
		return fmt.Errorf("rotation: %d members: name 1 to %d: %w", n, maxMembers, journal.ErrInvalid)
	}
	for _, login := range r.Members {
		if err := (people.Person{Login: login, Role: people.Viewer}).Validate(); err != nil {
			return fmt.Errorf("rotation: %w", err)
		}
	}
	return nil
}

func parseEvery(s string) (time.Duration, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "daily":
		return day, nil
	case "weekly":
		return week, nil
	}
	d, err := time.ParseDuration(strings.TrimSpace(s))
	if err != nil || d < time.Hour || d > maxTurn || d%time.Hour != 0 {
		return 0, fmt.Errorf("rotation: every %q: use daily, weekly or whole hours from 1h to %dh: %w", s, maxTurn/time.Hour, journal.ErrInvalid)
	}
	return d, nil
}

// parseHandOff reads "monday 09:00"; the weekday is -1 when there is none.
func parseHandOff(s string) (weekday int, clock time.Duration, err error) {
	bad := fmt.Errorf("rotation: hand-off %q: write a weekday and a time such as monday 09:00: %w", s, journal.ErrInvalid)
	words := strings.Fields(strings.ToLower(s))
	weekday = -1
	if len(words) == 2 {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if words[0] == strings.ToLower(d.String()) {
				weekday = int(d)
			}
		}
		if weekday < 0 {
			return 0, 0, bad
		}
		words = words[1:]
	}
	if len(words) != 1 {
		return 0, 0, bad
	}
	t, err := time.Parse("15:04", words[0])
	if err != nil {
		return 0, 0, bad
	}
	return weekday, time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}
