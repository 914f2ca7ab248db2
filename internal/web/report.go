package web

import (
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// SummaryOf is what a list tells of an incident.
func SummaryOf(s incident.State) Summary { return summaryOf(s) }

// ReportOf is what API and command line tell of one incident, in a language.
func ReportOf(c Case, persons []people.Person, lang phrase.Lang, now time.Time) Report {
	r := Report{
		Phase: c.Incident.Phase(), Stage: c.Analysis.Stage(), Incident: c.Incident, Analysis: c.Analysis,
		Prevention: c.Prevention, Lessons: c.Lessons, Retrospective: c.Retrospective, Effects: c.Effects,
	}
	for _, l := range c.Checklist(now) {
		r.Checklist = append(r.Checklist, CheckLine{l.Name, l.Text.In(lang), l.Done})
	}
	for _, t := range timeline(c.Entries, namesOf(persons)) {
		r.Timeline = append(r.Timeline, TimelineLine{t.Seq, t.At, t.Type, t.Duty, t.Who, t.Text.In(lang)})
	}
	return r
}

// ClockLine is a clock in words.
type ClockLine struct {
	Name string // "contain"
	Says string // "12 min 3 s left"
	Span string // what it was set to: "30 min"
}

// ClockLines says where the clocks of an incident stand at a moment.
func ClockLines(s incident.State, lang phrase.Lang, now time.Time) []ClockLine {
	views := clockViews(s, lang, now, false)
	lines := make([]ClockLine, len(views))
	for i, v := range views {
		lines[i] = ClockLine{v.Name.In(lang), v.Says.In(lang), v.Span}
	}
	return lines
}
