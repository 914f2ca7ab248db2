package intake

import (
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/trend"
)

// Report says how well a detector did: of the alarms that people decided, how many were real.
type Report struct {
	Metric    trend.Metric `json:"metric"`
	Opened    int          `json:"opened"`
	Open      int          `json:"open"`
	Confirmed int          `json:"confirmed"` // by people
	Dismissed int          `json:"dismissed"`
	ByPolicy  int          `json:"byPolicy"` // declared without a person having looked: they say nothing of the detector
}

// Reports counts verifications by metric, in the order of the metrics; those without any are left out.
func Reports(list []Verification) []Report {
	reports := []Report{{Metric: trend.NegativeShare}, {Metric: trend.SignalRate}, {Metric: trend.Storm}}
	for _, v := range list {
		i := slices.IndexFunc(reports, func(r Report) bool { return r.Metric == v.Metric })
		if i < 0 {
			reports = append(reports, Report{Metric: v.Metric})
			i = len(reports) - 1
		}
		r := &reports[i]
		r.Opened++
		switch {
		case v.Status == StatusOpen:
			r.Open++
		case v.Status == StatusDismissed:
			r.Dismissed++
		case v.ByPolicy:
			r.ByPolicy++
		default:
			r.Confirmed++
		}
	}
	return slices.DeleteFunc(reports, func(r Report) bool { return r.Opened == 0 })
}

// Rests tells whether a chart may give no new alarm at a time: one of its
// verifications is open, its incident is not resolved, or it was dismissed less
// than rest ago. resolved tells of the incident of a confirmed one.
func Rests(list []Verification, m trend.Metric, now time.Time, rest time.Duration, resolved func(incident string) bool) bool {
	return slices.ContainsFunc(list, func(v Verification) bool {
		if v.Metric != m {
			return false
		}
		switch v.Status {
		case StatusConfirmed:
			return !resolved(v.Incident)
		case StatusDismissed:
			return now.Before(v.DecidedAt.Add(rest))
		}
		return true
	})
}
