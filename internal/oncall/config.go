package oncall

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Config is the part of safelight.yaml that says who is on call.
type Config struct {
	// Rotation alone is a schedule of one layer, named primary.
	Rotation Rotation `yaml:"rotation"`
	// Schedules by name; one of them is primary, unless Rotation says it.
	Schedules map[string]ScheduleConfig `yaml:"schedules"`
	// Contacts by login say how people are reached beside the console.
	Contacts map[string]Contact `yaml:"contacts"`
}

// Primary is the name of the schedule that is asked where none is named.
const Primary = "primary"

// ScheduleConfig is one schedule: layers over each other.
type ScheduleConfig struct {
	// TimeZone in which hand-offs and hours are meant, such as Europe/Paris.
	TimeZone string `yaml:"timeZone"`
	// Layers from the lowest to the highest: at each time the highest that has somebody says who is on call.
	Layers []Layer `yaml:"layers"`
}

// Layer is a rotation, or a calendar that somebody else keeps.
type Layer struct {
	// Name is said beside the shifts of the layer; may be empty.
	Name     string   `yaml:"name"`
	Rotation Rotation `yaml:",inline"`
	// Calendar is a file or an address (https://…) in iCalendar, in place of a rotation.
	Calendar string `yaml:"calendar"`
	// Only says when the layer holds; always if empty.
	Only []Window `yaml:"only"`
}

// Window is a part of the week by the wall clock.
type Window struct {
	// Days of the week on which it begins, such as monday; every day if empty.
	Days []string `yaml:"days"`
	// Hours are from and until: 09:00-17:00, or past midnight 18:00-08:00; the whole day if empty.
	Hours string `yaml:"hours"`
}

// Rotation passes the duty from one member to the next, the first after the last.
type Rotation struct {
	// Members are logins in their order; who takes more turns is named more often.
	Members []string `yaml:"members"`
	// HandOff is the local time of the change, with its weekday when the turns are of whole weeks: "monday 09:00" or "09:00".
	HandOff string `yaml:"handOff"`
	// Every is the length of a turn: daily, weekly, or whole hours such as 12h or 336h.
	Every string `yaml:"every"`
	// TimeZone in which the hand-off is meant, such as Europe/Paris; in a layer, that of the schedule if empty.
	TimeZone string `yaml:"timeZone"`
	// Start is a date (2025-01-06); the first hand-off on or after it is the first member's.
	Start string `yaml:"start"`
}

// Contact says how one person is reached.
type Contact struct {
	Email string `yaml:"email"`
	// Slack is the member id that Slack shows in a profile, such as U024BE7LH.
	Slack string `yaml:"slack"`
}

// slackMember is the form of a member id of Slack.
var slackMember = regexp.MustCompile(`^[UW][A-Z0-9]{2,30}$`)

const (
	day          = 24 * time.Hour
	week         = 7 * day
	maxTurn      = 366 * day
	maxMembers   = 500
	maxSchedules = 100
	maxLayers    = 20
	maxWindows   = 20
	maxName      = 200 // bytes of a layer's name
)

// Said tells whether anything is said of who is on call: a configuration for
// checks alone needs nobody.
func (c Config) Said() bool {
	return c.Rotation.said() || len(c.Schedules) > 0 || len(c.Contacts) > 0
}

// Validate says in one sentence what is wrong with c, or nil. Whether
// each login has an account is the caller's to check.
func (c Config) Validate() error {
	if _, err := NewSchedules(c); err != nil {
		return err
	}
	for _, login := range slices.Sorted(maps.Keys(c.Contacts)) {
		p := people.Person{Login: login, Email: c.Contacts[login].Email, Role: people.Viewer}
		if err := p.Validate(); err != nil {
			return fmt.Errorf("contacts: %w", err)
		}
		if id := c.Contacts[login].Slack; id != "" && !slackMember.MatchString(id) {
			return fmt.Errorf("contacts: slack of %s is no member id, such as U024BE7LH: %w", login, journal.ErrInvalid)
		}
	}
	return nil
}

// Members lists the logins of all rotations, sorted.
func (c Config) Members() []string {
	list := slices.Clone(c.Rotation.Members)
	for _, s := range c.Schedules {
		for _, l := range s.Layers {
			list = append(list, l.Rotation.Members...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Calendars lists the files and addresses of all layers, sorted.
func (c Config) Calendars() []string {
	var list []string
	for _, s := range c.Schedules {
		for _, l := range s.Layers {
			if l.Calendar != "" {
				list = append(list, l.Calendar)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Resolve makes the files of calendars independent of the working folder.
func (c Config) Resolve(abs func(string) string) {
	for _, s := range c.Schedules {
		for i := range s.Layers {
			s.Layers[i].Calendar = abs(s.Layers[i].Calendar)
		}
	}
}

func (r Rotation) said() bool {
	return len(r.Members) > 0 || r.HandOff+r.Every+r.TimeZone+r.Start != ""
}

// schedules gives all schedules by name, the single rotation among them.
func (c Config) schedules() (map[string]ScheduleConfig, error) {
	all := maps.Clone(c.Schedules)
	if all == nil {
		all = map[string]ScheduleConfig{}
	}
	_, named := all[Primary]
	switch {
	case named && c.Rotation.said():
		return nil, fmt.Errorf("rotation: there is a schedule %s already: say it once: %w", Primary, journal.ErrInvalid)
	case !named && len(all) > 0 && !c.Rotation.said():
		return nil, fmt.Errorf("schedules: none is named %s: name so the one that is paged where no other is asked for: %w", Primary, journal.ErrInvalid)
	case len(all) > maxSchedules:
		return nil, fmt.Errorf("schedules: %d, the limit is %d: %w", len(all), maxSchedules, journal.ErrTooLarge)
	case !named:
		all[Primary] = ScheduleConfig{TimeZone: c.Rotation.TimeZone, Layers: []Layer{{Rotation: c.Rotation}}}
	}
	return all, nil
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
	zone, err := loadZone(r.TimeZone)
	if err != nil {
		return plan{}, err
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

func loadZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" { // Local would be another zone on each machine
		return nil, fmt.Errorf("rotation: time zone %q is not known: write a name such as Europe/Paris: %w", name, journal.ErrInvalid)
	}
	return zone, nil
}

// parseHandOff reads "monday 09:00"; the weekday is -1 when there is none.
func parseHandOff(s string) (weekday int, clock time.Duration, err error) {
	bad := fmt.Errorf("rotation: hand-off %q: write a weekday and a time such as monday 09:00: %w", s, journal.ErrInvalid)
	words := strings.Fields(strings.ToLower(s))
	weekday = -1
	if len(words) == 2 {
		if weekday = parseWeekday(words[0]); weekday < 0 {
			return 0, 0, bad
		}
		words = words[1:]
	}
	if len(words) != 1 {
		return 0, 0, bad
	}
	clock, err = parseClock(words[0])
	if err != nil {
		return 0, 0, bad
	}
	return weekday, clock, nil
}

// parseWeekday gives 0 for sunday to 6 for saturday, -1 for what is no day.
func parseWeekday(s string) int {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(strings.TrimSpace(s), d.String()) {
			return int(d)
		}
	}
	return -1
}

// parseClock reads 09:00 as the time since midnight.
func parseClock(s string) (time.Duration, error) {
	t, err := time.Parse("15:04", strings.TrimSpace(s))
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err
}
