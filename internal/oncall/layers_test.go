package oncall

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/safelight-dev/safelight/internal/journal"
)

// layered is a schedule as people write it: a week of days, nights by two others, weekends by a calendar.
const layered = `
schedules:
  primary:
    timeZone: Europe/Paris
    layers:
      - name: days
        members: [ada, grace]
        handOff: monday 09:00
        every: weekly
        start: 2025-01-06
        only: [{days: [monday, tuesday, wednesday, thursday, friday], hours: 09:00-18:00}]
      - name: nights
        members: [zoe]
        handOff: 18:00
        every: daily
        start: 2025-01-06
        only: [{days: [monday, tuesday, wednesday, thursday], hours: 18:00-09:00}]
  backup:
    timeZone: America/New_York
    layers:
      - {calendar: team.ics}
`

func configured(t *testing.T, text string) Config {
	t.Helper()
	var c Config
	if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestLayers is a schedule of days and nights with a gap at the weekend, as people read it from a calendar.
func TestLayers(t *testing.T) {
	t.Parallel()
	s := schedule(t, configured(t, layered))
	paris := func(text string) time.Time { return local(t, "Europe/Paris", text) }
	for _, row := range []struct{ at, login, layer, from, until string }{
		{"2025-01-06 09:00", "ada", "days", "2025-01-06 09:00", "2025-01-06 18:00"},
		{"2025-01-07 03:00", "zoe", "nights", "2025-01-06 18:00", "2025-01-07 09:00"},
		{"2025-01-10 17:59", "ada", "days", "2025-01-10 09:00", "2025-01-10 18:00"},
		{"2025-01-10 18:00", "", "", "2025-01-10 18:00", "2025-01-13 09:00"},
		{"2025-01-13 08:59", "", "", "2025-01-10 18:00", "2025-01-13 09:00"},
		{"2025-01-13 09:00", "grace", "days", "2025-01-13 09:00", "2025-01-13 18:00"},
	} {
		got := s.At(paris(row.at))
		if got.Login != row.login || got.Layer != row.layer || !got.From.Equal(paris(row.from)) || !got.Until.Equal(paris(row.until)) {
			t.Errorf("at %s: %+v, want %s of %s from %s until %s", row.at, got, row.login, row.layer, row.from, row.until)
		}
	}
	gaps := s.Gaps(paris("2025-01-06 00:00"), paris("2025-01-18 12:00"))
	want := []string{"2025-01-06 00:00/2025-01-06 09:00", "2025-01-10 18:00/2025-01-13 09:00", "2025-01-17 18:00/2025-01-18 12:00"}
	if len(gaps) != len(want) {
		t.Fatalf("gaps are %+v, want %v", gaps, want)
	}
	for i, g := range gaps {
		if got := g.From.In(s.Zone()).Format("2006-01-02 15:04") + "/" + g.Until.In(s.Zone()).Format("2006-01-02 15:04"); got != want[i] {
			t.Errorf("gap %d is %s, want %s", i, got, want[i])
		}
	}
	if next := s.Next(paris("2025-01-10 12:00")); !next.Gap() {
		t.Errorf("after the last day comes %+v, want the gap", next)
	}
}

// TestAHigherLayerWins puts weekends over a rotation without restriction: the rotation's turn goes on below.
func TestAHigherLayerWins(t *testing.T) {
	t.Parallel()
	c := configured(t, `
schedules:
  primary:
    timeZone: UTC
    layers:
      - {members: [ada, grace], handOff: monday 09:00, every: weekly, start: 2025-01-06}
      - {members: [zoe], handOff: 00:00, every: daily, start: 2025-01-06, only: [{days: [saturday, sunday]}]}
`)
	got := said(schedule(t, c).Between(local(t, "UTC", "2025-01-06 12:00"), local(t, "UTC", "2025-01-20 10:00")))
	want := "ada 06T09-11T00, zoe 11T00-12T00, zoe 12T00-13T00, ada 13T00-13T09, grace 13T09-18T00, zoe 18T00-19T00, zoe 19T00-20T00, grace 20T00-20T09, ada 20T09-25T00"
	if got != want {
		t.Errorf("two weeks are\n%s, want\n%s", got, want)
	}
}

func said(list []Shift) string {
	var parts []string
	for _, s := range list {
		who := s.Login
		if s.Gap() {
			who = "nobody"
		}
		parts = append(parts, fmt.Sprintf("%s %s-%s", who, s.From.UTC().Format("02T15"), s.Until.UTC().Format("02T15")))
	}
	return strings.Join(parts, ", ")
}

// TestOverridesWin cuts an override out of a week, a second one out of the first, and takes the week together again.
func TestOverridesWin(t *testing.T) {
	t.Parallel()
	plain := schedule(t, rotation("monday 09:00", "weekly", "UTC"))
	at := func(text string) time.Time { return local(t, "UTC", text) }
	s := plain.WithOverrides([]Shift{
		{Login: "kay", From: at("2025-01-08 12:00"), Until: at("2025-01-10 12:00"), Override: "O-1"},
		{Login: "lin", From: at("2025-01-09 00:00"), Until: at("2025-01-09 06:00"), Override: "O-2"},
		{Login: "", From: at("2025-01-06 12:00"), Until: at("2025-01-10 12:00")},
		{Login: "max", From: at("2025-01-12 12:00"), Until: at("2025-01-12 12:00")},
	})
	week := func(s *Schedule) string { return said(s.Between(at("2025-01-06 12:00"), at("2025-01-13 09:00"))) }
	if got, want := week(s), "ada 06T09-08T12, kay 08T12-09T00, lin 09T00-09T06, kay 09T06-10T12, ada 10T12-13T09"; got != want {
		t.Errorf("the week is\n%s, want\n%s", got, want)
	}
	if shift := s.At(at("2025-01-09 07:00")); shift.Override != "O-1" || shift.Layer != "" {
		t.Errorf("the rest of the first override is %+v", shift)
	}
	if got, want := week(s.WithOverrides(nil)), "ada 06T09-13T09"; got != want {
		t.Errorf("without overrides the week is %s, want %s", got, want)
	}
	if got, want := week(plain), "ada 06T09-13T09"; got != want {
		t.Errorf("the plain schedule has become %s", got)
	}
}

// TestCalendarLayer takes somebody else's calendar as the only layer: before, between and after its events nobody is on call.
func TestCalendarLayer(t *testing.T) {
	t.Parallel()
	list, err := NewSchedules(configured(t, layered))
	if err != nil || len(list) != 2 || list[0].Name() != Primary || list[1].Name() != "backup" || list[1].Calendars()[0] != "team.ics" {
		t.Fatalf("schedules are %v, %v; want primary and backup", list, err)
	}
	at := func(text string) time.Time { return local(t, "UTC", text) }
	empty := list[1]
	if shift := empty.At(at("2025-01-06 12:00")); shift != (Shift{}) {
		t.Errorf("without its calendar %+v is on call", shift)
	}
	if next := empty.Next(at("2025-01-06 12:00")); next != (Shift{}) {
		t.Errorf("after a gap without end comes %+v", next)
	}
	s := empty.WithCalendar("team.ics", []Shift{
		{Login: "ada", From: at("2025-01-08 00:00"), Until: at("2025-01-09 00:00")},
		{Login: "kay", From: at("2025-01-07 00:00"), Until: at("2025-01-08 06:00")},
	})
	got := s.Between(at("2025-01-06 12:00"), at("2025-01-12 00:00"))
	want := []Shift{
		{Until: at("2025-01-07 00:00")}, {Login: "kay", From: at("2025-01-07 00:00"), Until: at("2025-01-08 06:00")},
		{Login: "ada", From: at("2025-01-08 06:00"), Until: at("2025-01-09 00:00")}, {From: at("2025-01-09 00:00")},
	}
	if len(got) != len(want) {
		t.Fatalf("the calendar gives %+v, want %+v", got, want)
	}
	for i := range want {
		if got[i].Login != want[i].Login || !got[i].From.Equal(want[i].From) || !got[i].Until.Equal(want[i].Until) {
			t.Errorf("piece %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

// TestHoursTouchAtMidnight must not cut a turn where one day's hours end and the next day's begin.
func TestHoursTouchAtMidnight(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ only, want string }{
		{"[]", "ada 06T09-13T09"},
		{"[{hours: 00:00-24:00}]", "ada 06T09-13T09"},
		{"[{hours: 08:00-20:00}, {hours: 20:00-08:00}]", "ada 06T09-13T09"},
		{"[{days: [tuesday, wednesday, thursday]}]", "nobody 03T00-07T00, ada 07T00-10T00, nobody 10T00-14T00"},
		{"[{days: [sunday, monday]}]", "ada 06T09-07T00, nobody 07T00-12T00, ada 12T00-13T09"},
		{"[{days: [friday], hours: 18:00-00:00}, {days: [saturday, sunday]}, {days: [monday], hours: 00:00-09:00}]",
			"nobody 06T09-10T18, ada 10T18-13T09"},
	} {
		c := configured(t, `
schedules:
  primary:
    layers:
      - {timeZone: UTC, members: [ada, grace], handOff: monday 09:00, every: weekly, start: 2025-01-06, only: `+row.only+`}
`)
		if got := said(schedule(t, c).Between(local(t, "UTC", "2025-01-06 10:00"), local(t, "UTC", "2025-01-13 09:00"))); got != row.want {
			t.Errorf("only %s: the week is\n%s, want\n%s", row.only, got, row.want)
		}
	}
}

// TestAgainstMinutes holds random schedules against asking each source minute by minute, the highest first.
func TestAgainstMinutes(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 9))
	from := local(t, "Europe/Paris", "2025-03-27 00:00") // summer time begins on the 30th
	for range 60 {
		s := randomSchedule(t, r, from)
		until := from.Add(9 * day)
		list := s.Between(from, until)
		for i, shift := range list {
			if i > 0 && !list[i-1].Until.Equal(shift.From) {
				t.Fatalf("after %+v comes %+v", list[i-1], shift)
			}
		}
		at, i := from, 0
		for ; at.Before(until); at = at.Add(13 * time.Minute) {
			for !list[i].Until.IsZero() && !list[i].Until.After(at) {
				i++
			}
			if want := byAsking(s, at); list[i].Login != want {
				t.Fatalf("at %v %+v is listed, asking each source says %q", at, list[i], want)
			}
		}
	}
}

func byAsking(s *Schedule, at time.Time) string {
	for i := len(s.overrides) - 1; i >= 0; i-- {
		if o := s.overrides[i]; !at.Before(o.From) && at.Before(o.Until) {
			return o.Login
		}
	}
	for i := len(s.layers) - 1; i >= 0; i-- {
		if login := s.layers[i].at(at).Login; login != "" {
			return login
		}
	}
	return ""
}

func randomSchedule(t *testing.T, r *rand.Rand, from time.Time) *Schedule {
	t.Helper()
	var layers []Layer
	for i := range 1 + r.IntN(3) {
		w := Window{Hours: fmt.Sprintf("%02d:%02d-%02d:00", r.IntN(24), 30*r.IntN(2), r.IntN(24))}
		for d := range 7 {
			if r.IntN(2) == 0 {
				w.Days = append(w.Days, time.Weekday(d).String())
			}
		}
		layers = append(layers, Layer{Only: []Window{w}, Rotation: Rotation{
			Members: []string{fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)}, Every: fmt.Sprintf("%dh", 1+r.IntN(40)),
			HandOff: fmt.Sprintf("%02d:15", r.IntN(24)), Start: "2025-01-01", TimeZone: "Europe/Paris",
		}})
	}
	var covers []Shift
	for i := range r.IntN(5) {
		at := from.Add(time.Duration(r.IntN(9*24*60)) * time.Minute)
		covers = append(covers, Shift{Login: fmt.Sprintf("o%d", i), From: at, Until: at.Add(time.Duration(r.IntN(3000)) * time.Minute)})
	}
	return schedule(t, Config{Schedules: map[string]ScheduleConfig{Primary: {Layers: layers}}}).WithOverrides(covers)
}

// TestMistakesOfSchedules gives each mistake one sentence that names the schedule.
func TestMistakesOfSchedules(t *testing.T) {
	t.Parallel()
	const good = "timeZone: UTC, members: [ada], handOff: 09:00, every: daily, start: 2025-01-06"
	for want, text := range map[string]string{
		"none is named primary":         "schedules: {night: {layers: [{" + good + "}]}}",
		"there is a schedule primary":   "rotation: {" + good + "}\nschedules: {primary: {layers: [{" + good + "}]}}",
		"schedule primary: 0 layers":    "schedules: {primary: {timeZone: UTC}}",
		`schedule Night: name "Night"`:  "schedules: {primary: {layers: [{" + good + "}]}, Night: {layers: [{" + good + "}]}}",
		"layer 2: rotation: 0 members":  "schedules: {primary: {timeZone: UTC, layers: [{" + good + "}, {name: x}]}}",
		"not both":                      "schedules: {primary: {layers: [{calendar: a.ics, " + good + "}]}}",
		`time zone ""`:                  "schedules: {primary: {layers: [{calendar: a.ics}]}}",
		`time zone "Paris"`:             "schedules: {primary: {timeZone: Paris, layers: [{" + good + "}]}}",
		`day "lundi"`:                   "schedules: {primary: {layers: [{only: [{days: [lundi]}], " + good + "}]}}",
		`hours "9 to 5"`:                "schedules: {primary: {layers: [{only: [{hours: 9 to 5}], " + good + "}]}}",
		`hours "09:00-25:00"`:           "schedules: {primary: {layers: [{only: [{hours: 09:00-25:00}], " + good + "}]}}",
		"21 windows":                    "schedules: {primary: {layers: [{only: [" + strings.Repeat("{hours: 09:00-10:00},", 21) + "], " + good + "}]}}",
		"name of a layer: one line":     "schedules: {primary: {layers: [{name: \"a\\nb\", " + good + "}]}}",
		"schedules: 101, the limit":     "schedules: {primary: {layers: [{" + good + "}]}" + many(100, ", s%d: {}") + "}",
		"schedule primary: 21 layers: ": "schedules: {primary: {layers: [" + strings.Repeat("{"+good+"},", 21) + "]}}",
	} {
		_, err := NewSchedules(configured(t, text))
		if err == nil || !errors.Is(err, journal.ErrInvalid) && !errors.Is(err, journal.ErrTooLarge) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want one sentence with %q, got %v", want, err)
		}
	}
}

func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}
