package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// Input is what a pack is made from.
type Input struct {
	Quarter kpi.Period
	At      time.Time
	// Facts are of everything: figures name nobody. They have no cases where there is reports.csv alone.
	Facts kpi.Facts
	// Cases are as the reader may see them.
	Cases []kpi.Case
	Rows  []Row // of reports.csv
	Owner func(people.ID) string
	State State
}

// Pack is what is read in a review.
type Pack struct {
	Quarter, Before kpi.Period
	At              time.Time
	Now, Was        kpi.Report
	ReportsOnly     bool // there is no journal: only some figures are known
	Incidents       []Incident
	Overdue         []Action // open at the time of the pack, and late
	Coming          []Action // open, and not late
	Causes          []Cause
	Withheld        int      // overdue actions that the reader may not read
	Unknown         []string // incidents of the quarter that reports.csv has and the journal has not
	Held            *HeldMark
	There           []string // logins of who was there
}

// Incident is an incident of the quarter.
type Incident struct {
	ID, Title, Severity, Pipeline string
	DetectedAt                    time.Time
	Phase                         incident.Phase // empty where it is not known
	Images                        string
	Contained, Published          *time.Duration // after detection
	Cause                         phrase.Spoken  // nil where none is stated
	Tests                         []string       // accepted ones, by name
	Changed                       []string       // actions that were closed with proof
	Open                          int            // actions
	Path                          string         // of its postmortem
}

// Action is an action that is late.
type Action struct {
	Incident, ID, Title, Owner, Due string
	Days                            int // since its due day; negative before it
}

// Cause is a direct cause that came back.
type Cause struct {
	Text      phrase.Spoken
	Domain    postmortem.Domain
	Incidents []string
}

// words are somebody's own, in no language of ours.
type words string

func (w words) In(phrase.Lang) string { return string(w) }

// New makes the pack of a quarter.
func New(in Input) (Pack, error) {
	p := Pack{Quarter: in.Quarter, At: in.At, ReportsOnly: len(in.Facts.Cases) == 0 && len(in.Rows) > 0, Held: in.State.Held}
	p.Before, _ = in.Quarter.Before() // every quarter has one
	if p.ReportsOnly {
		for _, r := range in.Rows {
			in.Facts.Cases = append(in.Facts.Cases, r.CaseOf())
		}
		in.Cases = in.Facts.Cases
	}
	var err error
	if p.Now, err = kpi.Compute(in.Facts, kpi.Query{Period: p.Quarter}, in.At); err != nil {
		return p, err
	}
	if p.Was, err = kpi.Compute(in.Facts, kpi.Query{Period: p.Before}, in.At); err != nil {
		return p, err
	}
	if p.ReportsOnly {
		p.Now.Figures, p.Was.Figures = known(p.Now.Figures), known(p.Was.Figures)
	}
	for _, r := range kpi.Recurring(in.Cases, kpi.Query{Period: p.Quarter}) {
		p.Causes = append(p.Causes, causeOf(r))
	}
	p.incidents(in)
	p.overdue(in)
	if p.Held != nil {
		for _, id := range p.Held.People {
			p.There = append(p.There, in.Owner(id))
		}
	}
	return p, nil
}

func known(figures []kpi.Figure) []kpi.Figure {
	return slices.DeleteFunc(slices.Clone(figures), func(f kpi.Figure) bool { return !slices.Contains(reportKeys, f.Key) })
}

func said(c postmortem.CauseFields) phrase.Spoken {
	if c.Say != nil {
		return *c.Say
	}
	return words(c.Text)
}

func causeOf(r kpi.Recurrence) Cause {
	c := Cause{Text: said(r.Cause.CauseFields), Domain: r.Cause.Domain}
	for _, k := range r.Seen {
		c.Incidents = append(c.Incidents, k.Incident.ID)
	}
	return c
}

// in tells whether a moment is in the quarter.
func (p Pack) in(at time.Time) bool { return !at.Before(p.Quarter.From) && at.Before(p.Quarter.Until) }

func (p *Pack) incidents(in Input) {
	rows := map[string]Row{}
	for _, r := range in.Rows {
		rows[r.ID] = r
	}
	seen := map[string]bool{}
	for _, c := range in.Cases {
		seen[c.Incident.ID] = true
		if p.in(c.Incident.DetectedAt) {
			p.Incidents = append(p.Incidents, incidentOf(c, rows[c.Incident.ID], p.ReportsOnly))
		}
	}
	for _, r := range in.Rows {
		if p.in(r.DetectedAt) && !seen[r.ID] {
			p.Unknown = append(p.Unknown, r.ID)
		}
	}
	slices.SortFunc(p.Incidents, func(a, b Incident) int {
		return cmp.Or(a.DetectedAt.Compare(b.DetectedAt), strings.Compare(a.ID, b.ID))
	})
}

func incidentOf(c kpi.Case, row Row, reportsOnly bool) Incident {
	s := c.Incident
	i := Incident{
		ID: s.ID, Title: s.Opened.Title, Severity: string(s.Severity), Pipeline: s.Opened.Pipeline, DetectedAt: s.DetectedAt,
		Images: row.Images, Path: row.Path, Open: row.ActionsOpen,
		Contained: since(s.DetectedAt, kpi.Contained(s)), Published: since(s.DetectedAt, markAt(s.PublishedAt)),
	}
	if direct := c.Analysis.CausesOf(postmortem.Direct); len(direct) > 0 {
		i.Cause = said(direct[0].CauseFields)
	} else if row.Cause != "" {
		i.Cause = words(row.Cause)
	}
	if reportsOnly {
		return i
	}
	i.Phase, i.Open = s.Phase(), 0
	if i.Images == "" && s.Impact != nil {
		i.Images = fmt.Sprint(s.Impact.Affected)
	}
	for _, t := range c.Prevention.Tests {
		i.Tests = append(i.Tests, t.Name)
	}
	for _, a := range c.Prevention.Actions {
		if a.Closed == nil {
			i.Open++
		} else {
			i.Changed = append(i.Changed, a.ID+" "+a.Title)
		}
	}
	return i
}

func markAt(m *incident.Mark) time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.At
}

func since(from, to time.Time) *time.Duration {
	if to.IsZero() {
		return nil
	}
	d := to.Sub(from)
	return &d
}

// overdue lists the actions of all incidents that are late now, and those that are coming: whoever sits together today decides on them.
func (p *Pack) overdue(in Input) {
	all := 0
	for _, c := range in.Facts.Cases {
		for _, a := range c.Prevention.Actions {
			if a.Overdue(in.At) {
				all++
			}
		}
	}
	for _, c := range in.Cases {
		for _, a := range c.Prevention.Actions {
			open := Action{c.Incident.ID, a.ID, a.Title, in.Owner(a.Owner), a.Due, late(a, in.At)}
			switch {
			case a.Overdue(in.At):
				p.Overdue = append(p.Overdue, open)
			case a.Closed == nil:
				p.Coming = append(p.Coming, open)
			}
		}
	}
	p.Withheld = all - len(p.Overdue)
	slices.SortFunc(p.Overdue, byDue)
	slices.SortFunc(p.Coming, byDue)
}

func byDue(a, b Action) int {
	return cmp.Or(strings.Compare(a.Due, b.Due), strings.Compare(a.Incident, b.Incident), strings.Compare(a.ID, b.ID))
}

func late(a prevention.Action, now time.Time) int {
	due, err := time.Parse(prevention.DateLayout, a.Due)
	if err != nil {
		return 0
	}
	return int(now.Sub(due) / (24 * time.Hour))
}

// Change is a figure beside itself a quarter before.
type Change struct {
	Now, Was kpi.Figure
	Moved    int // 1 better, -1 worse, 0 as it was, or not to be compared
}

// Changes lists the figures in their order.
func (p Pack) Changes() []Change {
	var list []Change
	for _, f := range p.Now.Figures {
		c := Change{Now: f, Was: kpi.Figure{Key: f.Key, Of: f.Of, Unit: f.Unit}}
		if was := kpi.Find(p.Was.Figures, f.Key, f.Of); was != nil {
			c.Was = *was
		}
		// A lower bound compares with nothing, and a trend is a comparison already.
		if f.Value != nil && c.Was.Value != nil && c.Was.N > 0 && !f.AtLeast && !c.Was.AtLeast && f.Unit != kpi.Points {
			c.Moved = f.Better() * cmp.Compare(*f.Value, *c.Was.Value)
		}
		list = append(list, c)
	}
	return list
}
