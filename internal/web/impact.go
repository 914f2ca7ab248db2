package web

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// ImpactSaid is what the impact report says first. Its numbers are not broken at the end of a line.
func (p incidentModel) ImpactSaid() string {
	return grouped.ReplaceAllString(p.Incident.Impact.Say(p.Lang), "$1\u00a0$2")
}

// grouped finds where French groups the digits of a number.
var grouped = regexp.MustCompile(`([0-9]) ([0-9]{3})\b`)

// Filed says one filing of the impact report.
func (p incidentModel) Filed(f incident.Filing) string {
	said := p.Say("page.impact.filing", strconv.Itoa(f.Number), p.Moment(f.At), p.who.Of(f.By), f.Affected, f.Checked, f.WorstDelta)
	if f.Deliveries == nil {
		return said
	}
	return said + " · " + p.Say("page.impact.answers", *f.Deliveries)
}

// Percent writes a share as people say it.
func (p incidentModel) Percent(part, of int) string {
	share := 0.0
	if of > 0 {
		share = 100 * float64(part) / float64(of)
	}
	return p.Say("page.impact.percent", phrase.Decimal(p.Lang, share, 1))
}

// Named is a name, or what stands for it where there is none or no room for more.
func (p incidentModel) Named(name string, others bool) string {
	switch {
	case others:
		return "…"
	case name == "":
		return "–"
	}
	return name
}

// Counts names whether a log is part of the sum.
func (p incidentModel) Counts(l incident.DeliveryLog) postmortem.Counted {
	return postmortem.CountedOf(l)
}

// compareModel shows a picture before and after, with a control of radio buttons: so it needs no script, has labels, and
// takes the arrow keys.
type compareModel struct {
	frame
	Name, Path, Before, After string
}

// Stops are how much of the delivered version is shown, in percent.
func (compareModel) Stops() []int { return []int{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100} }

// Compare gives the control for one image of the impact report.
func (p incidentModel) Compare(n int, i incident.ImageProof) compareModel {
	return compareModel{p.frame, fmt.Sprint("compare-", n), i.Path, p.Blob(i.Reference), p.Blob(i.Candidate)}
}
