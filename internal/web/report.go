package web

import (
	"slices"
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

// Mitigation is a mitigation for lists.
type Mitigation struct {
	incident.Mitigation
	// Paged names who was paged to agree to it, while it waits for a second person.
	Paged []string `json:"paged,omitempty"`
}

// MitigationsOf lists the mitigations of an incident that are in force or to come, and those that have failed where none has taken
// their place.
func MitigationsOf(s incident.State, persons []people.Person) []Mitigation {
	who := namesOf(persons)
	var list []Mitigation
	for _, m := range s.Mitigations {
		if m.Status.Over() && !s.Fails(m) || m.Kind == incident.KindPurge && m.InForce() { // what is purged is over at once
			continue
		}
		row := Mitigation{Mitigation: m}
		if m.Status == incident.IsProposed {
			for _, id := range s.AskedToApprove(m) {
				row.Paged = append(row.Paged, who.Of(id))
			}
			slices.Sort(row.Paged)
		}
		list = append(list, row)
	}
	return list
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
