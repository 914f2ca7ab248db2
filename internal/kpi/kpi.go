// Package kpi computes what the journal teaches: times, stock of open actions, recurrence.
//
// Each figure says what it counts: its definition, formula, population and n stand
// beside it, since a number without its population is no knowledge.
//
// The figures of incidents are those of a cohort: of the incidents detected in a period, as
// they stand at the time of computing. What has not ended counts as not ended: a time is
// estimated with the unended ones in it ([Kaplan-Meier]), and a share is of those that are decided.
// So an open incident makes no figure better. Stocks are as of the period's end.
//
// [Kaplan-Meier]: https://doi.org/10.1080/01621459.1958.10501452
package kpi

import (
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// Case is all that a KPI may look at of one incident.
type Case struct {
	Incident   incident.State
	Analysis   postmortem.State
	Prevention prevention.State
	Entries    []journal.Entry // that Prevention was folded from; others may be left out
}

// Facts are what figures are computed from.
type Facts struct {
	Cases []Case
	Days  []Day // of checks
	// Caught is what today's guards would have caught, as it was measured last; nil where it never was.
	Caught *prevention.Caught
}

// Query selects what figures are about.
type Query struct {
	Period     Period
	Severities []pipeline.Severity // of incidents; all where there is none
}

// wants tells whether the incident's severity is selected.
func (q Query) wants(s pipeline.Severity) bool {
	return len(q.Severities) == 0 || slices.Contains(q.Severities, s)
}

// Unit is the unit of a figure.
type Unit string

// The units.
const (
	Count   Unit = "count"
	Seconds Unit = "s"
	Ratio   Unit = "ratio"  // 0 to 1
	Points  Unit = "points" // a difference of two ratios
	DeltaE  Unit = "deltaE00"
	SSIM    Unit = "ssim"
)

// Figure is one KPI with what a sceptic asks for.
type Figure struct {
	Key  string `json:"key"`          // "containedIn30Min"; kpi.KEY, kpi.KEY.definition and kpi.KEY.formula are its phrases
	Of   string `json:"of,omitempty"` // which of several: a pipeline, a domain, a line of the checklist
	Unit Unit   `json:"unit"`
	// Value is a count, a share, a mean, or the median of times. It is nil where the population is empty or nothing is decided yet.
	Value *float64 `json:"value,omitempty"`
	// AtLeast says that so many have not ended that the median is not reached: it is longer than Value.
	AtLeast bool `json:"atLeast,omitempty"`
	// P90 is the time by which nine of ten have ended; see AtLeast.
	P90        *float64 `json:"p90,omitempty"`
	P90AtLeast bool     `json:"p90AtLeast,omitempty"`
	Max        *float64 `json:"max,omitempty"`     // the oldest of a stock
	N          int      `json:"n"`                 // size of the population
	Open       int      `json:"open"`              // members of the population whose end, or outcome, has not come
	Missing    int      `json:"missing,omitempty"` // left out of the population, since it is not known when they began
}

// Name is the figure's name as a phrase.
func (f Figure) Name() phrase.Sentence { return phrase.Of(phrase.Key("kpi." + f.Key)) }

// Definition says what is counted, over which population.
func (f Figure) Definition() phrase.Sentence {
	return phrase.Of(phrase.Key("kpi." + f.Key + ".definition"))
}

// Formula says how the value follows from what is counted.
func (f Figure) Formula() phrase.Sentence {
	return phrase.Of(phrase.Key("kpi." + f.Key + ".formula"))
}

// Report is all figures of a query at a moment.
type Report struct {
	At         time.Time           `json:"at"`
	Period     Period              `json:"period"`
	Severities []pipeline.Severity `json:"severities,omitempty"`
	Figures    []Figure            `json:"figures"`
	Months     []Month             `json:"months,omitempty"`
}

// Month is the figures of one month of the period.
type Month struct {
	Name    string   `json:"name"` // 2025-09
	Figures []Figure `json:"figures"`
}

// Find gives the figure of a key, or nil.
func Find(figures []Figure, key, of string) *Figure {
	i := slices.IndexFunc(figures, func(f Figure) bool { return f.Key == key && f.Of == of })
	if i < 0 {
		return nil
	}
	return &figures[i]
}

// Compute gives all figures of a query at a moment, and those of each month of its period.
func Compute(f Facts, q Query, now time.Time) (Report, error) {
	r := Report{At: now, Period: q.Period, Severities: q.Severities}
	c, err := newCount(f, q, now)
	if err != nil {
		return r, err
	}
	r.Figures = c.figures()
	for _, m := range q.Period.months(f.first(), now) {
		of := q
		of.Period = m
		c, err := newCount(f, of, now)
		if err != nil {
			return r, err
		}
		r.Months = append(r.Months, Month{m.Name, c.figures()})
	}
	return r, nil
}

// first is when the first incident was detected or the first image checked; zero where neither was.
func (f Facts) first() time.Time {
	var first time.Time
	take := func(at time.Time) {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	for _, c := range f.Cases {
		take(c.Incident.DetectedAt)
	}
	for _, d := range f.Days {
		take(d.Day)
	}
	return first
}

// count is what the figures of one period are computed from.
type count struct {
	facts  Facts
	query  Query
	now    time.Time
	stock  time.Time // at which stocks are counted
	cohort []Case    // incidents detected in the period
	all    []Case    // of the severities, detected before the period's end
	acts   []held    // actions of them as of stock
}

func newCount(f Facts, q Query, now time.Time) (*count, error) {
	c := &count{facts: f, query: q, now: now, stock: q.Period.end(now)}
	for _, k := range f.Cases {
		if !q.wants(k.Incident.Severity) || !q.Period.before(k.Incident.DetectedAt) {
			continue
		}
		c.all = append(c.all, k)
		if q.Period.contains(k.Incident.DetectedAt) {
			c.cohort = append(c.cohort, k)
		}
	}
	var err error
	c.acts, err = actionsIn(c.all, q.Period)
	return c, err
}

func (c *count) figures() []Figure {
	return slices.Concat(
		[]Figure{c.incidents()}, c.way(), c.shares(), c.actions(), c.recurrence(), c.checklist(),
		[]Figure{c.incidentTests()}, c.caught(), c.quality(),
	)
}

// share is a part of a population of which some is not decided.
func share(key, of string, met, n, open int) Figure {
	f := Figure{Key: key, Of: of, Unit: Ratio, N: n, Open: open}
	if decided := n - open; decided > 0 {
		v := float64(met) / float64(decided)
		f.Value = &v
	}
	return f
}

func number(key, of string, value, n, open int) Figure {
	v := float64(value)
	return Figure{Key: key, Of: of, Unit: Count, Value: &v, N: n, Open: open}
}
