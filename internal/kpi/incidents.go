package kpi

import (
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

func (c *count) incidents() Figure {
	open := 0
	for _, k := range c.cohort {
		if k.Incident.Closed == nil {
			open++
		}
	}
	return number("incidents", "", len(c.cohort), len(c.cohort), open)
}

// passage is when an incident passed the points of its way; zero for a point that it has not come to.
type passage struct {
	firstBad, detected, acknowledged, contained, resolved, published time.Time
	publishes                                                        bool // a publication is demanded, or there is one
}

func at(m *incident.Mark) time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.At
}

func passageOf(s incident.State) passage {
	p := passage{
		detected: s.DetectedAt, acknowledged: at(s.Ack), contained: Contained(s), resolved: at(s.Resolved), published: at(s.PublishedAt),
		publishes: s.PublishedAt != nil || s.Clock(incident.ClockPublish) != nil,
	}
	if s.Impact != nil && s.Impact.FirstBad != nil {
		p.firstBad = *s.Impact.FirstBad
	}
	// Whoever removes the cause has taken the incident on, and has ended the harm.
	if p.acknowledged.IsZero() {
		p.acknowledged = p.resolved
	}
	if p.contained.IsZero() {
		p.contained = p.resolved
	}
	return p
}

// Contained is the end that the clock knows: the probe by which the harm had stopped first, also when the mitigation has been undone
// since; zero while there is none.
func Contained(s incident.State) time.Time {
	if s.FirstContained == nil {
		return time.Time{}
	}
	return s.FirstContained.At
}

// leg is a part of the way. One whose start has not come is no member of its population.
type leg struct {
	key      string
	from, to func(passage) time.Time
	of       func(passage) bool // nil: every incident
}

func legs() []leg {
	detected := func(p passage) time.Time { return p.detected }
	acknowledged := func(p passage) time.Time { return p.acknowledged }
	contained := func(p passage) time.Time { return p.contained }
	resolved := func(p passage) time.Time { return p.resolved }
	published := func(p passage) time.Time { return p.published }
	publishes := func(p passage) bool { return p.publishes }
	return []leg{
		{"firstBadToDetect", func(p passage) time.Time { return p.firstBad }, detected, nil},
		{"detectToAck", detected, acknowledged, nil},
		{"ackToContain", acknowledged, contained, nil},
		{"containToResolve", contained, resolved, nil},
		{"resolveToPublish", resolved, published, publishes},
		{"detectToContain", detected, contained, nil},
		{"detectToResolve", detected, resolved, nil},
		{"detectToPublish", detected, published, publishes},
	}
}

// way gives the times of the legs, and of what matters from the detection on.
func (c *count) way() []Figure {
	var list []Figure
	for _, l := range legs() {
		var spans []span
		missing := 0
		for _, k := range c.cohort {
			p := passageOf(k.Incident)
			switch {
			case l.of != nil && !l.of(p):
			case l.from(p).IsZero():
				missing++
			default:
				spans = append(spans, between(l.from(p), l.to(p), c.now))
			}
		}
		f := timesOf(l.key, spans)
		f.Missing = missing
		list = append(list, f)
	}
	return list
}

const (
	containWithin = 30 * time.Minute
	publishWithin = 48 * time.Hour
)

func (c *count) shares() []Figure {
	return []Figure{
		c.within("containedIn30Min", containWithin, func(p passage) (time.Time, bool) { return p.contained, true }),
		c.within("publishedIn48H", publishWithin, func(p passage) (time.Time, bool) { return p.published, p.publishes }),
		c.met("containedInTime", incident.ClockContain),
		c.met("publishedInTime", incident.ClockPublish),
	}
}

// within is the share that came to a point within a time from detection. Whoever has not, and still may, is undecided.
func (c *count) within(key string, d time.Duration, end func(passage) (time.Time, bool)) Figure {
	met, n, open := 0, 0, 0
	for _, k := range c.cohort {
		p := passageOf(k.Incident)
		to, counts := end(p)
		if !counts {
			continue
		}
		n++
		switch due := p.detected.Add(d); {
		case !to.IsZero() && !to.After(due):
			met++
		case to.IsZero() && !c.now.After(due):
			open++
		}
	}
	return share(key, "", met, n, open)
}

// met is the share that met a clock of their severity's policy, pauses aside. A clock that runs and is not over is undecided.
func (c *count) met(key string, name incident.ClockName) Figure {
	met, n, open := 0, 0, 0
	for _, k := range c.cohort {
		clock := k.Incident.Clock(name)
		if clock == nil {
			continue
		}
		n++
		switch {
		case clock.Met():
			met++
		case clock.StoppedAt == nil && !c.now.After(clock.DueAt):
			open++
		}
	}
	return share(key, "", met, n, open)
}

// checklist counts what was true when incidents were closed: a line that was not is waived, with a reason.
func (c *count) checklist() []Figure {
	lines := []string{postmortem.LineContained, postmortem.LinePublished, postmortem.LineRCA, postmortem.LineActions, postmortem.LineLessons}
	open, all := 0, 0
	done := map[string]int{}
	for _, k := range c.cohort {
		if k.Incident.Closed == nil {
			open++
			continue
		}
		for _, l := range lines {
			if _, waived := k.Incident.Waived[l]; !waived {
				done[l]++
				all++
			}
		}
	}
	n := len(c.cohort)
	list := []Figure{share("checklist", "", all, n*len(lines), open*len(lines))}
	for _, l := range lines {
		list = append(list, share("checklistLine", l, done[l], n, open))
	}
	return list
}

// incidentTests is the share of incidents from which an accepted test was made. One that is not closed may still get one.
func (c *count) incidentTests() Figure {
	with, open := 0, 0
	for _, k := range c.cohort {
		if len(k.Prevention.Tests) > 0 {
			with++
		} else if k.Incident.Closed == nil {
			open++
		}
	}
	return share("incidentTests", "", with, len(c.cohort), open)
}

// caught is the share of incidents that today's guards would have caught, of those that left something to try, and the share of good
// changes that they would have stopped.
func (c *count) caught() []Figure {
	would, alarms := Figure{Key: "wouldHaveCaught", Unit: Ratio}, Figure{Key: "falseAlarms", Unit: Ratio}
	measured := c.facts.Caught
	if measured == nil {
		would.Missing = len(c.cohort)
		return []Figure{would, alarms}
	}
	met, n := 0, 0
	for _, k := range c.cohort {
		i := slices.IndexFunc(measured.Cases, func(one prevention.CaughtCase) bool { return one.Incident == k.Incident.ID })
		if i < 0 || !measured.Cases[i].Tried() {
			continue
		}
		n++
		if measured.Cases[i].Caught() {
			met++
		}
	}
	would = share("wouldHaveCaught", "", met, n, 0)
	would.Missing = len(c.cohort) - n
	return []Figure{would, share("falseAlarms", "", measured.Alarms, measured.Controls, 0)}
}
