package postmortem

import (
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// The lines of the checklist, by name.
const (
	LineContained = "contained"
	LinePublished = "published"
	LineRCA       = "rca"
	LineActions   = "actions"
	LineLessons   = "lessons"
)

// Line is one line of the checklist, filled from the journal.
type Line struct {
	Name string
	Text phrase.Sentence
	Done bool
}

// ActionLine is a corrective action as a document shows it.
type ActionLine struct {
	ID     string
	Text   string
	Owner  string
	Due    string // 2025-10-01, or empty
	Done   bool
	Domain Domain
	Impact string // S, M or L
	Effort string // S, M or L
	Ticket string
	Proof  string
}

// Checklist gives the five lines that must be true before closing. now bounds
// what is known: what is marked later than now has not happened.
func Checklist(inc incident.State, pm State, actions []ActionLine, now time.Time) []Line {
	return []Line{
		clockLine(LineContained, inc.Clock(incident.ClockContain), now, happened(inc.Contained, now) || happened(inc.Resolved, now)),
		clockLine(LinePublished, inc.Clock(incident.ClockPublish), now, happened(inc.PublishedAt, now)),
		{LineRCA, phrase.Of("checklist.rca"), coversAllCauses(pm)},
		{LineActions, phrase.Of("checklist.actions"), allFollowed(actions)},
		{LineLessons, phrase.Of("checklist.lessons"), allIntegrated(pm)},
	}
}

// ChecklistAtPublication is the checklist as it will be once the document has
// been published at the given time: the one that is sealed into it.
func ChecklistAtPublication(inc incident.State, pm State, actions []ActionLine, at time.Time) []Line {
	if inc.PublishedAt == nil {
		inc.PublishedAt = &incident.Mark{At: at}
		inc.Clocks = slices.Clone(inc.Clocks)
		if c := inc.Clock(incident.ClockPublish); c != nil {
			c.StoppedAt = &at
		}
	}
	return Checklist(inc, pm, actions, at)
}

func happened(m *incident.Mark, now time.Time) bool { return m != nil && !m.At.After(now) }

// clockLine is done when the clock was met, or, where the severity sets no
// such clock, when it happened at all. The clock keeps its result when the
// mitigation is taken back after the repair.
func clockLine(name string, c *incident.Clock, now time.Time, happened bool) Line {
	if c == nil {
		return Line{name, phrase.Of(phrase.Key("checklist." + name + "-any")), happened}
	}
	done := c.Met() && !c.StoppedAt.After(now)
	return Line{name, phrase.Of(phrase.Key("checklist."+name), span(c.Span())), done}
}

// span writes a policy's duration as people say it, alike in both languages: "30 min", "48 h".
func span(d time.Duration) string {
	if d >= time.Hour && d%time.Hour == 0 {
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return phrase.Duration(phrase.English, d)
}

func coversAllCauses(pm State) bool {
	for _, k := range CauseKinds() {
		if len(pm.CausesOf(k)) == 0 {
			return false
		}
	}
	return true
}

func allFollowed(actions []ActionLine) bool {
	return len(actions) > 0 && !slices.ContainsFunc(actions, func(a ActionLine) bool { return a.Owner == "" || a.Due == "" })
}

func allIntegrated(pm State) bool {
	return len(pm.Lessons) > 0 && !slices.ContainsFunc(pm.Lessons, func(l Lesson) bool { return l.Open || len(l.links()) == 0 })
}
