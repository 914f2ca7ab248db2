package oncall

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // so that the tests do not depend on the machine's zones

	"github.com/goccy/go-yaml"

	"github.com/safelight-dev/safelight/internal/journal"
)

func rotation(handOff, every, zone string) Config {
	return Config{Rotation: Rotation{
		Members: []string{"ada", "grace", "zoe"}, HandOff: handOff, Every: every, TimeZone: zone, Start: "2025-01-01",
	}}
}

func schedule(t *testing.T, c Config) *Schedule {
	t.Helper()
	s, err := NewSchedule(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func local(t *testing.T, zone, text string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestWho is a weekly rotation as people read it from a calendar.
func TestWho(t *testing.T) {
	t.Parallel()
	s := schedule(t, rotation("monday 09:00", "weekly", "Europe/Paris"))
	for _, row := range []struct{ at, login, until string }{
		{"2025-01-06 09:00", "ada", "2025-01-13 09:00"}, // the first monday on or after the start
		{"2025-01-13 08:59", "ada", "2025-01-13 09:00"},
		{"2025-01-13 09:00", "grace", "2025-01-20 09:00"},
		{"2025-01-26 23:00", "zoe", "2025-01-27 09:00"},
		{"2025-01-27 09:00", "ada", "2025-02-03 09:00"},
		{"2025-01-06 08:59", "zoe", "2025-01-06 09:00"}, // before the start the turns run backwards
		{"2024-12-30 08:59", "grace", "2024-12-30 09:00"},
		{"2025-03-30 12:00", "zoe", "2025-03-31 09:00"},
		{"2025-09-27 06:12", "grace", "2025-09-29 09:00"},
	} {
		login, until := s.Who(local(t, "Europe/Paris", row.at))
		if want := local(t, "Europe/Paris", row.until); login != row.login || !until.Equal(want) {
			t.Errorf("at %s: %s until %v, want %s until %v", row.at, login, until, row.login, want)
		}
	}
	if next := s.Next(local(t, "Europe/Paris", "2025-01-06 10:00")); next.Login != "grace" || !next.From.Equal(local(t, "Europe/Paris", "2025-01-13 09:00")) {
		t.Errorf("next is %+v, want grace from 13 January 09:00", next)
	}
}

// TestSummerTime measures the weeks in which the clocks change.
func TestSummerTime(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		zone, at string
		want     time.Duration
	}{
		{"Europe/Paris", "2025-03-28 12:00", 167 * time.Hour},
		{"Europe/Paris", "2025-04-04 12:00", 168 * time.Hour},
		{"Europe/Paris", "2025-10-24 12:00", 169 * time.Hour},
		{"America/New_York", "2025-03-07 12:00", 167 * time.Hour},
		{"America/New_York", "2025-10-31 12:00", 169 * time.Hour},
		{"Australia/Lord_Howe", "2025-10-03 12:00", 167*time.Hour + 30*time.Minute},
		{"Pacific/Apia", "2011-12-28 12:00", 6 * day}, // 30 December 2011 was skipped
		{"Asia/Kolkata", "2025-03-28 12:00", week},
	} {
		shift := schedule(t, rotation("monday 09:00", "168h", row.zone)).At(local(t, row.zone, row.at))
		if got := shift.Until.Sub(shift.From); got != row.want {
			t.Errorf("%s: the shift around %s lasts %v, want %v", row.zone, row.at, got, row.want)
		}
	}
}

// TestSkippedAndRepeated hands off at times that the wall clock skips or shows twice.
func TestSkippedAndRepeated(t *testing.T) {
	t.Parallel()
	s := schedule(t, rotation("02:30", "daily", "Europe/Paris"))
	for _, row := range []struct{ at, want string }{
		{"2025-03-29T12:00:00Z", "2025-03-30T01:00:00Z"}, // 02:30 is skipped: at the change itself
		{"2025-03-30T00:59:59Z", "2025-03-30T01:00:00Z"},
		{"2025-03-30T01:00:00Z", "2025-03-31T00:30:00Z"},
		{"2025-10-26T00:00:00Z", "2025-10-26T00:30:00Z"}, // the first 02:30, in summer time
		{"2025-10-26T00:30:00Z", "2025-10-27T01:30:00Z"}, // not again an hour later
		{"2025-10-26T01:30:00Z", "2025-10-27T01:30:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, row.at)
		if err != nil {
			t.Fatal(err)
		}
		if _, until := s.Who(at); until.UTC().Format(time.RFC3339) != row.want {
			t.Errorf("at %s the turn ends at %s, want %s", row.at, until.UTC().Format(time.RFC3339), row.want)
		}
	}
}

// TestTenYears walks ten years of several rotations in many zones.
func TestTenYears(t *testing.T) {
	t.Parallel()
	zones := []string{
		"UTC", "Europe/Paris", "Europe/London", "America/New_York", "America/Sao_Paulo", "America/St_Johns", "Asia/Kolkata",
		"Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Africa/Casablanca", "Asia/Tehran", "Antarctica/Troll",
	}
	for _, zone := range zones {
		for _, r := range [][2]string{{"monday 09:00", "weekly"}, {"sunday 00:30", "336h"}, {"02:30", "daily"}, {"09:00", "12h"}, {"00:00", "1h"}} {
			years := 10
			if r[1] == "1h" {
				years = 1
			}
			t.Run(zone+" "+r[1], func(t *testing.T) {
				t.Parallel()
				walkYears(t, schedule(t, rotation(r[0], r[1], zone)), r[0], years)
			})
		}
	}
}

// walkYears checks each shift: no gap, no overlap, members in their order, hand-off on the wall clock.
func walkYears(t *testing.T, s *Schedule, handOff string, years int) {
	at := time.Date(2010, 6, 1, 0, 0, 0, 0, time.UTC)
	end := at.AddDate(years, 0, 0)
	r := rand.New(rand.NewPCG(1, 7))
	odd, count := 0, 0
	p := turns(s).plan
	for last := s.At(at); at.Before(end); count++ {
		shift := s.At(last.Until)
		length := shift.Until.Sub(shift.From)
		if !shift.From.Equal(last.Until) || length <= 0 {
			t.Fatalf("after %+v comes %+v", last, shift)
		}
		inside := shift.From.Add(time.Duration(r.Int64N(int64(length))))
		if got := s.At(inside); got != shift {
			t.Fatalf("at %v the shift is %+v, want %+v", inside, got, shift)
		}
		if got := s.At(shift.Until.Add(-1)); got != shift {
			t.Fatalf("just before the end of %+v the shift is %+v", shift, got)
		}
		since := wall(shift.From, p.zone).Sub(p.anchor)
		if since%p.every != 0 {
			odd++ // a time that the clock skipped
		}
		if turn := index(s, shift.Login) - index(s, last.Login); length > p.every/2 && since%p.every == 0 && (turn+3)%3 != 1 && p.every > time.Hour {
			t.Fatalf("after %+v comes %+v: not the next member", last, shift)
		}
		last, at = shift, shift.Until
	}
	if odd > 2*years {
		t.Errorf("%d of %d hand-offs are not at %s on the wall clock", odd, count, handOff)
	}
}

func index(s *Schedule, login string) int { return slices.Index(turns(s).members, login) }

// turns is the rotation of a schedule that has nothing else.
func turns(s *Schedule) rotating { return s.layers[0].source.(rotating) }

// TestFarAway asks for times that nobody means; the answer must come at once all the same.
func TestFarAway(t *testing.T) {
	t.Parallel()
	s := schedule(t, rotation("09:00", "1h", "Europe/Paris"))
	for _, at := range []time.Time{{}, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2290, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if shift := s.At(at); shift.From.After(at) || !shift.Until.After(at) {
			t.Errorf("at %v the shift is %+v", at, shift)
		}
	}
}

// TestBetween lists what a calendar shows.
func TestBetween(t *testing.T) {
	t.Parallel()
	s := schedule(t, rotation("09:00", "daily", "UTC"))
	from := local(t, "UTC", "2025-01-01 10:00")
	got := ""
	for _, shift := range s.Between(from, from.Add(3*day)) {
		got += shift.Login + " "
	}
	if got != "ada grace zoe ada " {
		t.Errorf("what touches three days is %q, want ada grace zoe ada", got)
	}
	if n := len(s.Between(from, from)); n != 0 {
		t.Errorf("no time at all has %d shifts", n)
	}
	if n := len(s.Between(from, from.AddDate(400, 0, 0))); n != maxShifts {
		t.Errorf("four hundred years are %d shifts, want the bound %d", n, maxShifts)
	}
}

// TestMistakes gives each mistake one sentence.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Config){
		"0 members":               func(c *Config) { c.Rotation.Members = nil },
		"501 members":             func(c *Config) { c.Rotation.Members = make([]string, 501) },
		`login "Ada Lovelace"`:    func(c *Config) { c.Rotation.Members = []string{"Ada Lovelace"} },
		`time zone ""`:            func(c *Config) { c.Rotation.TimeZone = "" },
		`time zone "Europe/Pari"`: func(c *Config) { c.Rotation.TimeZone = "Europe/Pari" },
		`time zone "Local"`:       func(c *Config) { c.Rotation.TimeZone = "Local" },
		`every ""`:                func(c *Config) { c.Rotation.Every = "" },
		`every "0h"`:              func(c *Config) { c.Rotation.Every = "0h" },
		`every "-24h"`:            func(c *Config) { c.Rotation.Every = "-24h" },
		`every "90m"`:             func(c *Config) { c.Rotation.Every = "90m" },
		`every "100000h"`:         func(c *Config) { c.Rotation.Every = "100000h" },
		`start "6 January 2025"`:  func(c *Config) { c.Rotation.Start = "6 January 2025" },
		`start "2025-02-30"`:      func(c *Config) { c.Rotation.Start = "2025-02-30" },
		`start "0001-01-01"`:      func(c *Config) { c.Rotation.Start = "0001-01-01" },
		`hand-off "lundi 09:00"`:  func(c *Config) { c.Rotation.HandOff = "lundi 09:00" },
		`hand-off "monday"`:       func(c *Config) { c.Rotation.HandOff = "monday" },
		`hand-off "monday 25:00"`: func(c *Config) { c.Rotation.HandOff = "monday 25:00" },
		`hand-off ""`:             func(c *Config) { c.Rotation.HandOff = "" },
		"need a weekday":          func(c *Config) { c.Rotation.HandOff = "09:00" },
		"keep to a weekday":       func(c *Config) { c.Rotation.Every = "daily" },
		"contacts: e-mail":        func(c *Config) { c.Contacts = map[string]Contact{"ada": {Email: "ada"}} },
		`contacts: login "A"`:     func(c *Config) { c.Contacts = map[string]Contact{"A": {}} },
	} {
		c := rotation("monday 09:00", "weekly", "Europe/Paris")
		change(&c)
		_, err := NewSchedule(c)
		if err == nil || !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want one sentence with %q, got %v", want, err)
		}
	}
}

// TestYAML reads the configuration as a person writes it.
func TestYAML(t *testing.T) {
	t.Parallel()
	text := `
rotation:
  members: [ada, grace]
  handOff: Monday 09:00
  every: weekly
  timeZone: Europe/Paris
  start: 2025-01-06
contacts:
  ada: {email: ada@example.org}
`
	var c Config
	if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if login, _ := schedule(t, c).Who(local(t, "Europe/Paris", "2025-01-15 12:00")); login != "grace" || c.Contacts["ada"].Email != "ada@example.org" {
		t.Errorf("%s is on call, contacts %v; want grace and the address of ada", login, c.Contacts)
	}
}

// FuzzRotation must end with an error or a schedule that knows somebody.
func FuzzRotation(f *testing.F) {
	f.Add("monday 09:00", "weekly", "2025-01-06", int64(1758946320))
	f.Add("02:30", "1h", "2025-03-30", int64(-1))
	f.Fuzz(func(t *testing.T, handOff, every, start string, unix int64) {
		c := rotation(handOff, every, "Europe/Paris")
		c.Rotation.Start = start
		s, err := NewSchedule(c)
		if err != nil {
			return
		}
		at := time.Unix(unix%9e9, 0)
		if shift := s.At(at); shift.Login == "" || shift.From.After(at) || !shift.Until.After(at) {
			t.Errorf("at %v the shift is %+v", at, shift)
		}
	})
}
