package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// The states of a clock as a page shows them, always in words too.
const (
	clockRunning = "running"
	clockRisk    = "risk"
	clockOver    = "over"   // runs on past its due time
	clockMet     = "met"    // stopped in time
	clockMissed  = "missed" // stopped too late
	clockFrozen  = "frozen" // never stopped, and the incident is closed
	clockPaused  = "paused"
)

// clockView is a clock as a page shows it at a moment.
type clockView struct {
	Name    phrase.Sentence
	State   string
	Says    phrase.Sentence // "12 min 3 s left"
	Span    string          // what it was set to: "30 min"
	DueAt   time.Time
	Percent int  // of its time that has passed, 0 to 100
	Live    bool // counts on the page
	Clock   incident.ClockName
	Pause   bool // the policy lets it be paused, and it runs
}

func clockViews(s incident.State, lang phrase.Lang, now time.Time, replayed bool) []clockView {
	views := make([]clockView, 0, len(s.Clocks))
	for _, c := range s.Clocks {
		v := clockView{
			Name: phrase.Of(phrase.Key("clock." + string(c.Name))), DueAt: c.DueAt,
			Span: span(lang, c.Span()), Clock: c.Name,
		}
		end := now
		switch {
		case c.StoppedAt != nil:
			end = *c.StoppedAt
		case s.Closed != nil:
			end = s.Closed.At
		default:
			v.Live = !replayed
		}
		v.State, v.Says = clockState(c, s.Closed != nil, end)
		v.Live = v.Live && v.State != clockPaused
		v.Percent = percent(c.Spent(end), c.Span())
		v.Pause = s.Closed == nil && (v.State == clockRunning || v.State == clockRisk) && slices.Contains(s.Policy.Pausable(), string(c.Name))
		views = append(views, v)
	}
	return views
}

// span writes what a clock was set to as people say it: "48 h", not "2 d".
func span(l phrase.Lang, d time.Duration) string {
	if d >= time.Hour && d <= 96*time.Hour && d%time.Hour == 0 {
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
	return phrase.Duration(l, d)
}

// clockState says where a clock stands at end: its stop, the closing, or now.
func clockState(c incident.Clock, closed bool, end time.Time) (string, phrase.Sentence) {
	end = end.Truncate(time.Second)
	switch {
	case c.StoppedAt != nil && c.Met():
		return clockMet, phrase.Of("page.clock.met", end.Sub(c.StartedAt.Truncate(time.Second))-c.Paused)
	case c.StoppedAt != nil:
		return clockMissed, phrase.Of("page.clock.missed", end.Sub(c.DueAt.Truncate(time.Second)))
	case closed:
		return clockFrozen, phrase.Of("page.clock.frozen")
	case c.Stands(end):
		return clockPaused, phrase.Of("page.clock.paused", c.PausedUntil.UTC().Format("2006-01-02 15:04 UTC"))
	case !end.Before(c.DueAt):
		return clockOver, phrase.Of("page.clock.over", end.Sub(c.DueAt.Truncate(time.Second)))
	case !end.Before(c.RiskAt()):
		return clockRisk, phrase.Of("page.clock.left", c.DueAt.Sub(end))
	}
	return clockRunning, phrase.Of("page.clock.left", c.DueAt.Sub(end))
}

func percent(part, whole time.Duration) int {
	if whole <= 0 {
		return 100
	}
	return int(min(max(part*100/whole, 0), 100))
}

// clockText is what the script needs to count on: the due time and the two
// sentences with a place for the duration.
type clockText struct {
	Live                       bool
	Due, Text, Left, Over, Day string
}

// Clock prepares the text of a clock in the page's language.
func (f frame) Clock(v clockView) clockText {
	day := phrase.Duration(f.Lang, 24*time.Hour)
	return clockText{
		Live: v.Live, Due: f.ISO(v.DueAt), Text: v.Says.In(f.Lang),
		Left: f.Say("page.clock.left", "{}"), Over: f.Say("page.clock.over", "{}"), Day: day[len(day)-1:],
	}
}
