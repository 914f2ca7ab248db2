package alert

import (
	"errors"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

func windowOf(t *testing.T, start, zone string, lasts time.Duration) window {
	t.Helper()
	w, err := Maintenance{Name: "w", Match: []string{`pipeline="catalogue"`}, Start: start, Duration: lasts, TimeZone: zone}.parse()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWindowKeepsToTheWallClock(t *testing.T) {
	t.Parallel()
	paris := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		what, start string
		lasts       time.Duration
		from, until string
	}{
		{"winter", "sunday 02:00", 2 * time.Hour, "2025-01-12T02:00:00+01:00", "2025-01-12T04:00:00+01:00"},
		{"summer", "sunday 02:00", 2 * time.Hour, "2025-07-13T02:00:00+02:00", "2025-07-13T04:00:00+02:00"},
		// On 30 March the clock goes from 02:00 to 03:00: 02:30 does not exist.
		{"skipped", "sunday 02:30", time.Hour, "2025-03-30T03:00:00+02:00", "2025-03-30T04:00:00+02:00"},
		{"over the skip", "sunday 01:00", 2 * time.Hour, "2025-03-30T01:00:00+01:00", "2025-03-30T04:00:00+02:00"},
		// On 26 October it shows 02:00 to 03:00 twice.
		{"twice", "sunday 02:30", time.Hour, "2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00"},
		{"over midnight and a week's end", "saturday 23:00", 3 * time.Hour, "2025-05-10T23:00:00+02:00", "2025-05-11T02:00:00+02:00"},
		{"nearly a week", "monday 00:00", 167 * time.Hour, "2025-05-12T00:00:00+02:00", "2025-05-18T23:00:00+02:00"},
	} {
		w := windowOf(t, c.start, "Europe/Paris", c.lasts)
		from, until := paris(c.from), paris(c.until)
		for _, at := range []struct {
			at   time.Time
			want bool
		}{{from.Add(-time.Second), false}, {from, true}, {until.Add(-time.Second), true}, {until, false}} {
			end, open := w.covers(at.at)
			if open != at.want || open && !end.Equal(until) {
				t.Errorf("%s: at %v open %v until %v; want %v until %v", c.what, at.at, open, end, at.want, until)
			}
		}
	}
}

// TestWindowEveryWeek walks a window through years of several zones: it opens
// once a week, when the wall clock shows its start or skips it.
func TestWindowEveryWeek(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca"} {
		for _, start := range []string{"sunday 00:00", "sunday 00:30", "sunday 02:00", "sunday 02:15", "saturday 23:59", "wednesday 12:00"} {
			w := windowOf(t, start, zone, 30*time.Minute)
			at := time.Date(2010, 1, 1, 0, 7, 0, 0, time.UTC)
			opened, weeks := 0, 3*52
			was := false
			for range weeks * 7 * 24 * 4 { // every quarter of an hour
				end, open := w.covers(at)
				if open && !was {
					opened++
					begin := end.Add(-30 * time.Minute).In(w.zone)
					before, after := begin.Add(-time.Second), begin
					minutes := func(x time.Time) int { return x.Hour()*60 + x.Minute() }
					want := w.hour*60 + w.minute
					skipped := minutes(before) < want && minutes(after) > want || before.YearDay() != after.YearDay() && minutes(after) > want
					if minutes(begin) != want && !skipped {
						t.Fatalf("%s %s opens at %v", zone, start, begin)
					}
				}
				was = open
				at = at.Add(15 * time.Minute)
			}
			if opened < weeks-1 || opened > weeks+1 {
				t.Errorf("%s %s opened %d times in %d weeks", zone, start, opened, weeks)
			}
		}
	}
}

func TestMaintenanceIsCheckedStrictly(t *testing.T) {
	t.Parallel()
	good := Maintenance{Name: "n", Match: []string{"a=b"}, Start: "Monday 09:00", Duration: time.Hour}
	if _, err := good.parse(); err != nil {
		t.Fatalf("a good window gave %v", err)
	}
	for what, change := range map[string]func(*Maintenance){
		"no name":     func(m *Maintenance) { m.Name = "" },
		"no matcher":  func(m *Maintenance) { m.Match = nil },
		"all":         func(m *Maintenance) { m.Match = []string{`a=~".*"`} },
		"no day":      func(m *Maintenance) { m.Start = "09:00" },
		"other day":   func(m *Maintenance) { m.Start = "lundi 09:00" },
		"hour":        func(m *Maintenance) { m.Start = "monday 25:00" },
		"zone":        func(m *Maintenance) { m.TimeZone = "Mars/Olympus" },
		"no duration": func(m *Maintenance) { m.Duration = 0 },
		"a week":      func(m *Maintenance) { m.Duration = week },
	} {
		m := good
		change(&m)
		if _, err := m.parse(); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s gave %v, want invalid", what, err)
		}
	}
}
