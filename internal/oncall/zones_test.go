package oncall

import (
	"archive/zip"
	"fmt"
	"hash/fnv"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// zones reads every zone of the database that the Go distribution carries, and time/tzdata embeds.
func zones(t *testing.T) map[string]*time.Location {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	all := map[string]*time.Location{}
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		file, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		if all[f.Name], err = time.LoadLocationFromTZData(f.Name, data); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// changes lists the instants of ten years at which a zone's clocks change.
func changes(zone *time.Location) []time.Time {
	var list []time.Time
	at := time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC).In(zone)
	for end := at.AddDate(10, 0, 0); ; {
		next := bound(at)
		if next.IsZero() || next.After(end) {
			return list
		}
		if _, before := next.Add(-1).In(zone).Zone(); before != offsetAt(next, zone) {
			list = append(list, next)
		}
		at = next.In(zone)
	}
}

func offsetAt(at time.Time, zone *time.Location) int {
	_, offset := at.In(zone).Zone()
	return offset
}

// TestTheLastDayOfALeapYear asks on the days on which package time gives bounds of a zone that do not lead on: every answer
// must come, and be the ordinary one.
func TestTheLastDayOfALeapYear(t *testing.T) {
	t.Parallel()
	for name, zone := range zones(t) {
		p, err := Rotation{Members: []string{"ada", "grace"}, HandOff: "09:30", Every: "daily", TimeZone: "UTC", Start: "2028-12-30"}.parse()
		if err != nil {
			t.Fatal(err)
		}
		p.zone = zone
		turning := rotating{[]string{"ada", "grace"}, p}
		for at := time.Date(2028, 12, 30, 12, 0, 0, 0, zone); at.Year() < 2029 || at.Day() < 3; at = at.AddDate(0, 0, 1) {
			want := time.Date(at.Year(), at.Month(), at.Day(), 9, 30, 0, 0, zone)
			if shift := turning.at(at); !shift.From.Equal(want) || !shift.Until.Equal(want.AddDate(0, 0, 1)) {
				t.Errorf("%s: at %v the shift is %+v", name, at, shift)
			}
		}
	}
}

// sampled are rotations of which each zone tries some; all zones together try all of them, at many hours of the day.
func sampled(name string) []Rotation {
	h := fnv.New32a()
	h.Write([]byte(name)) // never fails
	n := int(h.Sum32() >> 3)
	var list []Rotation
	for i, every := range []string{"daily", "weekly", "12h", "336h"} {
		minutes := (n*7 + i*433) % (24 * 60) / 15 * 15
		if i == n%4 {
			minutes = []int{0, 120, 150, 180}[n/4%4] // where most clocks change
		}
		handOff := fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
		if every == "weekly" || every == "336h" {
			handOff = "sunday " + handOff // most clocks change on a Sunday
		}
		list = append(list, Rotation{Members: []string{"ada", "grace", "zoe"}, HandOff: handOff, Every: every, TimeZone: "UTC", Start: "2018-01-04"})
	}
	return list
}

// TestOnCall3261EveryZoneOverEveryChangeOfTheClocks is named after Grafana OnCall's issue 3261, in which a whole schedule
// moved by an hour when summer time began. In every zone, over every change of ten years, there is no gap, no overlap,
// and each hand-off is at its time on the wall clock, or where the clock skips that, at the change itself.
func TestOnCall3261EveryZoneOverEveryChangeOfTheClocks(t *testing.T) {
	t.Parallel()
	all, tried := zones(t), 0
	for name, zone := range all {
		seen := changes(zone)
		tried += len(seen)
		for _, r := range sampled(name) {
			p, err := r.parse()
			if err != nil {
				t.Fatal(err)
			}
			p.zone = zone
			turning := rotating{r.Members, p}
			for _, change := range seen {
				if err := holds(turning, change, r); err != nil {
					t.Errorf("%s, every %s from %s, around %v: %v", name, r.Every, r.HandOff, change.UTC(), err)
				}
			}
		}
	}
	if len(all) < 590 || tried < 3500 {
		t.Errorf("%d zones with %d changes were tried, want all of some 600 and 3,700", len(all), tried)
	}
}

// holds follows the turns around a change of the clocks.
func holds(turning rotating, change time.Time, r Rotation) error {
	_, clock, _ := parseHandOff(r.HandOff)
	reach := 2*turning.every + 2*day
	last := turning.at(change.Add(-reach))
	for last.Until.Before(change.Add(reach)) {
		shift := turning.at(last.Until)
		switch {
		case !shift.From.Equal(last.Until) || !shift.From.Before(shift.Until):
			return fmt.Errorf("after %+v comes %+v", last, shift)
		case turning.at(shift.Until.Add(-1)) != shift || turning.at(shift.From.Add(shift.Until.Sub(shift.From)/2)) != shift:
			return fmt.Errorf("%+v is not the shift all through", shift)
		case (index3(shift.Login)-index3(last.Login)+3)%3 != 1 && !shift.From.Equal(change):
			return fmt.Errorf("after %s comes %s at %v", last.Login, shift.Login, shift.From)
		}
		if err := onTheWall(turning, shift.From, change, clock); err != nil {
			return err
		}
		last = shift
	}
	return nil
}

func index3(login string) int { return map[string]int{"ada": 0, "grace": 1, "zoe": 2}[login] }

// onTheWall holds a hand-off against the clock of package time.
func onTheWall(turning rotating, handOff, change time.Time, clock time.Duration) error {
	shown := handOff.In(turning.zone)
	off := (time.Duration(shown.Hour())*time.Hour + time.Duration(shown.Minute())*time.Minute - clock) % turning.every
	if off%(12*time.Hour) == 0 && (turning.every%day != 0 || off == 0) {
		return nil
	}
	if handOff.Equal(change) && skips(turning.zone, change, clock, turning.every) {
		return nil
	}
	return fmt.Errorf("the clock shows %s at a hand-off that is meant at %v", shown.Format("Mon 15:04 MST"), clock)
}

// skips tells whether a change of the clocks leaves out a time at which turns of a length end.
func skips(zone *time.Location, change time.Time, clock, every time.Duration) bool {
	before, after := wall(change.Add(-1), zone).Add(1), wall(change, zone)
	step := min(every, day)
	for w := before.Truncate(day).Add(-day + clock); w.Before(after); w = w.Add(step) {
		if !w.Before(before) {
			return true
		}
	}
	return false
}

// TestHoursOnEveryWall holds windows of a layer against the wall clock in every zone, over each change of ten years: they
// open and close when the clock shows it, and each window is followed by the gap and the gap by the next window.
func TestHoursOnEveryWall(t *testing.T) {
	t.Parallel()
	for name, zone := range zones(t) {
		h := fnv.New32a()
		h.Write([]byte(name)) // never fails
		from := int(h.Sum32()>>3) % 24
		open, err := parseWindows([]Window{{Hours: fmt.Sprintf("%02d:00-%02d:30", from, (from+9)%24)}}, zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range changes(zone) {
			for at := change.Add(-30 * time.Hour); at.Before(change.Add(30 * time.Hour)); at = at.Add(103 * time.Minute) {
				begin, end, inside := open.around(at)
				if at.Before(begin) || !at.Before(end) {
					t.Fatalf("%s: around %v is %v to %v", name, at, begin, end)
				}
				shown := (wall(at, zone).Hour()*60 + wall(at, zone).Minute() - from*60 + 24*60) % (24 * 60)
				near := at.Sub(change).Abs() < 25*time.Hour // where a clock shows hours twice or skips them, the first time counts
				if want := shown < 9*60+30; inside != want && !near {
					t.Fatalf("%s: at %v, which the wall shows as %v, inside is %v", name, at.UTC(), at.In(zone), inside)
				}
				if b, e, other := open.around(end); !b.Equal(end) || other == inside || !e.After(b) {
					t.Fatalf("%s: after %v to %v comes %v to %v", name, begin, end, b, e)
				}
			}
		}
	}
}
