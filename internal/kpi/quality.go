package kpi

import (
	"maps"
	"slices"
	"time"
)

// Day sums up the checks of one pipeline on one day in UTC.
type Day struct {
	Pipeline string    `json:"pipeline"`
	Day      time.Time `json:"day"`
	Checks   int64     `json:"checks"`
	Over     int64     `json:"over"` // over a limit of their class's budget
	// DeltaE and SSIM are the sums over the images in which they were measured, and how many those are.
	DeltaE  float64 `json:"deltaE"`
	DeltaEs int64   `json:"deltaEs"`
	SSIM    float64 `json:"ssim"`
	SSIMs   int64   `json:"ssims"`
}

func (d *Day) add(o Day) {
	d.Checks += o.Checks
	d.Over += o.Over
	d.DeltaE += o.DeltaE
	d.DeltaEs += o.DeltaEs
	d.SSIM += o.SSIM
	d.SSIMs += o.SSIMs
}

// quality gives, by pipeline, the share of images over budget, how that moved against the period before, and the means of the measures.
func (c *count) quality() []Figure {
	sums := c.sums(c.query.Period)
	was := map[string]Day{}
	if p, ok := c.query.Period.Before(); ok {
		was = c.sums(p)
	}
	var violations, moved, deltaE, ssim []Figure
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		d, n := sums[name], int(sums[name].Checks)
		v := share("budgetViolations", name, int(d.Over), n, 0)
		m := Figure{Key: "qualityTrend", Of: name, Unit: Points, N: n}
		if b := was[name]; b.Checks > 0 && v.Value != nil {
			difference := *v.Value - float64(b.Over)/float64(b.Checks)
			m.Value = &difference
		}
		violations, moved = append(violations, v), append(moved, m)
		deltaE = append(deltaE, mean("meanDeltaE", name, DeltaE, d.DeltaE, d.DeltaEs))
		ssim = append(ssim, mean("meanSSIM", name, SSIM, d.SSIM, d.SSIMs))
	}
	return slices.Concat(violations, moved, deltaE, ssim)
}

func (c *count) sums(p Period) map[string]Day {
	sums := map[string]Day{}
	for _, d := range c.facts.Days {
		if p.contains(d.Day) {
			sum := sums[d.Pipeline]
			sum.add(d)
			sums[d.Pipeline] = sum
		}
	}
	return sums
}

func mean(key, of string, unit Unit, sum float64, n int64) Figure {
	f := Figure{Key: key, Of: of, Unit: unit, N: int(n)}
	if n > 0 {
		v := sum / float64(n)
		f.Value = &v
	}
	return f
}
