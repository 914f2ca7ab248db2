package app

import (
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/incident"
)

// A source that never tells an end (PagerDuty's events without a resolve, an
// Alertmanager that sends none) is heard again once its incident is over: what
// began since is new harm, and what went on all the time is not.
func TestAlertsWithoutAnEndFireAgain(t *testing.T) {
	t.Parallel()
	undated := func(alert.Alert, time.Time) alert.Alert { return foreign("drift", "critical") }
	dated := func(a alert.Alert, at time.Time) alert.Alert { a.StartsAt = at; return a }
	long := func(a alert.Alert, at time.Time) alert.Alert { return ending(dated(a, at), at.Add(24*time.Hour)) }
	first := func(a alert.Alert, _ time.Time) alert.Alert { return dated(a, theStart()) }
	for _, c := range []struct {
		what   string
		source alert.Source
		told   func(a alert.Alert, at time.Time) alert.Alert // as it is told at a time
		again  bool
	}{
		{"a webhook's new start", alert.FromWebhook, dated, true},
		{"a webhook that comes again", alert.FromWebhook, first, false},
		{"an event with its time", alert.FromEvents, dated, true},
		{"an event that repeats its time", alert.FromEvents, first, true},
		{"an event without a time", alert.FromEvents, undated, true},
		{"an alert of the API until tomorrow", alert.FromAPI, long, true},
		{"an alert of the API that comes again", alert.FromAPI, first, false},
		{"an alert of the API without a start, which goes on", alert.FromAPI, undated, false},
		{"another alert of our rule", alert.FromRules, dated, true},
		{"the same alert of our rule", alert.FromRules, first, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			hear := func() {
				t.Helper()
				told := c.told(foreign("drift", "critical"), h.clock())
				told.Source = c.source
				h.take(told)
			}
			hear()
			id := h.newest().ID
			h.tick(time.Minute)
			hear()
			if n := len(h.incidents()); n != 1 {
				t.Fatalf("%d incidents while the first is open, want it alone", n)
			}
			h.do("nora", id, incident.Resolve{Text: "gone"})
			h.tick(time.Minute)
			hear()
			if n, want := len(h.incidents()), map[bool]int{false: 1, true: 2}[c.again]; n != want {
				t.Fatalf("%d incidents after the first was resolved, want %d", n, want)
			}
			if last := h.newest(); c.again && !last.DetectedAt.Equal(h.clock()) {
				t.Errorf("the second was detected at %v, want now, %v", last.DetectedAt, h.clock())
			}
			h.tick(time.Minute)
			hear() // and again: the second is open
			if n, want := len(h.incidents()), map[bool]int{false: 1, true: 2}[c.again]; n != want {
				t.Errorf("%d incidents in the end, want %d", n, want)
			}
		})
	}
}

// A trigger after a resolve is new harm, by whatever clock its sender goes.
func TestTriggerAfterResolveIsNew(t *testing.T) {
	t.Parallel()
	for what, again := range map[string]time.Duration{"a clock that is behind": 52 * time.Minute, "the first timestamp again": 0} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			event := func(starts, ends time.Time) alert.Alert {
				a := foreign("disk", "error")
				a.Source, a.StartsAt, a.EndsAt = alert.FromEvents, starts, ends
				return a
			}
			h.move(time.Hour)
			h.take(event(theStart(), time.Time{}))
			id := h.newest().ID
			h.tick(time.Minute)
			h.take(event(time.Time{}, h.clock()))
			h.do("nora", id, incident.Resolve{Text: "gone"})
			h.tick(time.Minute)
			h.take(event(theStart().Add(again), time.Time{}))
			last := h.newest()
			if last.ID == id || !last.Opened.ActiveAt.Equal(h.clock()) {
				t.Errorf("the newest incident is %s, active at %v; want another than %s, active now", last.ID, last.Opened.ActiveAt, id)
			}
			if rows := h.firingRows(); len(rows) != 1 || rows[0].Incident != last.ID {
				t.Errorf("firing %+v, want one alert with the new incident", rows)
			}
		})
	}
}
