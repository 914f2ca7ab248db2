// Package kpi computes what the journal teaches: times, stock of open actions, recurrence.
//
// Each figure says what it counts: its definition, its population and n stand
// beside it, since a mean without its population is no knowledge.
package kpi

import (
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// Case is all that a KPI may look at of one incident.
type Case struct {
	Incident   incident.State
	Prevention prevention.State
}

// Unit is the unit of a figure.
type Unit string

// The units.
const (
	Count   Unit = "count"
	Seconds Unit = "s"
	Ratio   Unit = "ratio" // 0 to 1
)

// Figure is one KPI with what a sceptic asks for.
type Figure struct {
	Key   string   `json:"key"`             // "containedIn30Min"; kpi.KEY and kpi.KEY.definition are its phrases
	Value *float64 `json:"value,omitempty"` // nil where the population is empty
	Unit  Unit     `json:"unit"`
	N     int      `json:"n"`    // size of the population
	Open  int      `json:"open"` // members of the population whose end has not come
}

// Name is the figure's name as a phrase.
func (f Figure) Name() phrase.Sentence { return phrase.Of(phrase.Key("kpi." + f.Key)) }

// Definition says what is counted, over which population.
func (f Figure) Definition() phrase.Sentence {
	return phrase.Of(phrase.Key("kpi." + f.Key + ".definition"))
}

// Compute gives all figures at a moment.
func Compute(cases []Case, now time.Time) []Figure {
	return []Figure{
		openActions(cases),
		overdueActions(cases, now),
		median("resolveAction", actionTimes(cases)),
		median("detectToAck", times(cases, func(s incident.State) *incident.Mark { return s.Ack })),
		median("detectToContain", times(cases, firstContained)),
		median("detectToResolve", times(cases, func(s incident.State) *incident.Mark { return s.Resolved })),
		median("detectToPublish", times(cases, func(s incident.State) *incident.Mark { return s.PublishedAt })),
		clockShare("containedInTime", cases, incident.ClockContain, now),
		clockShare("publishedInTime", cases, incident.ClockPublish, now),
	}
}

func openActions(cases []Case) Figure {
	open, all := 0, 0
	for _, c := range cases {
		for _, a := range c.Prevention.Actions {
			all++
			if a.Closed == nil {
				open++
			}
		}
	}
	return figure("openActions", Count, float64(open), all, open)
}

func overdueActions(cases []Case, now time.Time) Figure {
	overdue, open := 0, 0
	for _, c := range cases {
		for _, a := range c.Prevention.Actions {
			if a.Closed == nil {
				open++
			}
			if a.Overdue(now) {
				overdue++
			}
		}
	}
	return figure("overdueActions", Count, float64(overdue), open, open)
}

func figure(key string, unit Unit, value float64, n, open int) Figure {
	return Figure{Key: key, Value: &value, Unit: unit, N: n, Open: open}
}

// spans holds the finished spans of a population and how many are unfinished.
type spans struct {
	seconds []float64
	open    int
}

func (s *spans) add(from time.Time, to *incident.Mark) {
	if to == nil {
		s.open++
		return
	}
	s.seconds = append(s.seconds, to.At.Sub(from).Seconds())
}

func times(cases []Case, end func(incident.State) *incident.Mark) spans {
	var s spans
	for _, c := range cases {
		s.add(c.Incident.DetectedAt, end(c.Incident))
	}
	return s
}

// firstContained is the end that the clock knows: the first passing probe,
// also when the mitigation has been undone since.
func firstContained(s incident.State) *incident.Mark {
	if c := s.Clock(incident.ClockContain); c != nil && c.StoppedAt != nil {
		return &incident.Mark{At: *c.StoppedAt}
	}
	return s.Contained
}

func actionTimes(cases []Case) spans {
	var s spans
	for _, c := range cases {
		for _, a := range c.Prevention.Actions {
			s.add(a.AddedAt, a.Closed)
		}
	}
	return s
}

// median is the middle of the finished spans; with an even number, the mean of
// the two in the middle. Unfinished ones are counted beside it, not guessed.
func median(key string, s spans) Figure {
	f := Figure{Key: key, Unit: Seconds, N: len(s.seconds), Open: s.open}
	if n := len(s.seconds); n > 0 {
		slices.Sort(s.seconds)
		m := (s.seconds[(n-1)/2] + s.seconds[n/2]) / 2
		f.Value = &m
	}
	return f
}

// clockShare is the share of incidents that met a clock, among those whose
// clock has been decided: stopped, or past its due time. Others are open.
func clockShare(key string, cases []Case, name incident.ClockName, now time.Time) Figure {
	f := Figure{Key: key, Unit: Ratio}
	met := 0
	for _, c := range cases {
		clock := c.Incident.Clock(name)
		switch {
		case clock == nil:
		case clock.Met():
			met++
			f.N++
		case clock.StoppedAt != nil || now.After(clock.DueAt):
			f.N++
		default:
			f.Open++
		}
	}
	if f.N > 0 {
		share := float64(met) / float64(f.N)
		f.Value = &share
	}
	return f
}
