package oncall

import (
	"testing"
	"time"
)

// TestOnCall2781And2817HoursAreOfTheLayersZone is named after two issues of Grafana OnCall, in which a window of an
// escalation was read in UTC by one side and in local time by the other: hours are those of the layer's zone, whatever the
// zone of the time that is asked for.
func TestOnCall2781And2817HoursAreOfTheLayersZone(t *testing.T) {
	t.Parallel()
	c := configured(t, `
schedules:
  primary:
    timeZone: Asia/Kolkata
    layers:
      - {members: [ada], handOff: 09:00, every: daily, start: 2025-01-06, only: [{hours: 09:00-17:00}]}
      - {timeZone: America/New_York, members: [zoe], handOff: 09:00, every: daily, start: 2025-01-06, only: [{hours: 09:00-17:00}]}
`)
	s := schedule(t, c)
	for _, row := range []struct{ at, login string }{
		{"2025-06-02T03:29:00Z", ""}, {"2025-06-02T03:30:00Z", "ada"}, {"2025-06-02T11:29:00Z", "ada"}, {"2025-06-02T11:30:00Z", ""},
		{"2025-06-02T12:59:00Z", ""}, {"2025-06-02T13:00:00Z", "zoe"}, {"2025-06-02T20:59:00Z", "zoe"}, {"2025-06-02T21:00:00Z", ""},
		{"2025-12-02T13:59:00Z", ""}, {"2025-12-02T14:00:00Z", "zoe"}, // in winter an hour later
	} {
		at, err := time.Parse(time.RFC3339, row.at)
		if err != nil {
			t.Fatal(err)
		}
		for _, asked := range []time.Time{at, at.In(s.Zone()), at.In(time.FixedZone("", -11*3600))} {
			if login, _ := s.Who(asked); login != row.login {
				t.Errorf("at %v %q is on call, want %q", asked, login, row.login)
			}
		}
	}
}

// TestOnCall1108NoGapInThePast is named after Grafana OnCall's issue 1108, an alarm about gaps that were over: what is
// listed of gaps begins at the moment that is asked from.
func TestOnCall1108NoGapInThePast(t *testing.T) {
	t.Parallel()
	s := schedule(t, configured(t, layered))
	now := local(t, "Europe/Paris", "2025-01-11 12:00") // within a gap that began the day before
	gaps := s.Gaps(now, now.Add(week))
	if len(gaps) != 2 || !gaps[0].From.Equal(now) {
		t.Fatalf("gaps are %+v, want the rest of this one and the next one's beginning", gaps)
	}
	monday := local(t, "Europe/Paris", "2025-01-13 09:00")
	for _, g := range s.Gaps(monday, monday.Add(4*day)) {
		t.Errorf("the week without a gap has %+v", g)
	}
}

// TestIncidentbot222TheSameHandOffAllYear is named after incidentbot's pull request 222: the week's hand-off stays at its
// hour on the wall when summer time ends, and nobody is on call twice or not at all in that week.
func TestIncidentbot222TheSameHandOffAllYear(t *testing.T) {
	t.Parallel()
	s := schedule(t, rotation("monday 10:00", "weekly", "America/Chicago"))
	from := local(t, "America/Chicago", "2025-01-06 10:00")
	list := s.Between(from, from.AddDate(1, 0, 0))
	if len(list) != 53 {
		t.Fatalf("%d turns in the year, want 53", len(list))
	}
	for i, shift := range list {
		if got := shift.From.In(s.Zone()).Format("Mon 15:04"); got != "Mon 10:00" {
			t.Errorf("turn %d begins %s", i, got)
		}
		if i > 0 && list[i-1].Login == shift.Login {
			t.Errorf("turn %d is %s's again", i, shift.Login)
		}
	}
}
