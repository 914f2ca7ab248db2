package app

import (
	"context"
	"time"

	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/telemetry"
)

const (
	// kpisEvery is how old the series of figures may be: they are of months.
	kpisEvery = 10 * time.Minute
	// kpiDays is the window of the series, today included: about a quarter, and without the leap at its end.
	kpiDays = 90
)

// countKPIs computes the figures of the last 90 days, and makes series of them.
func (a *App) countKPIs(ctx context.Context) error {
	now := a.now()
	today := now.UTC().Truncate(aDay)
	until := today.Add(aDay)
	facts, err := a.kpiFacts(ctx)
	if err != nil {
		return err
	}
	r, err := kpi.Compute(facts, kpi.Query{Period: kpi.Period{From: until.AddDate(0, 0, -kpiDays), Until: until}}, now)
	if err != nil {
		return err
	}
	var list []telemetry.KPI
	for _, f := range r.Figures {
		list = append(list, seriesOfKPI(f)...)
	}
	a.meter.KPIs(list, now)
	return nil
}

// seriesOfKPI gives a figure as series. What has no value has no series, but a population.
func seriesOfKPI(f kpi.Figure) []telemetry.KPI {
	of := func(name, quantile string, v float64) telemetry.KPI {
		return telemetry.KPI{Name: name, Key: f.Key, Of: f.Of, Quantile: quantile, Value: v}
	}
	list := []telemetry.KPI{of(telemetry.KPIPopulation, "", float64(f.N)), of(telemetry.KPIOpen, "", float64(f.Open))}
	if f.Value == nil {
		return list
	}
	switch f.Unit {
	case kpi.Seconds:
		list = append(list, of(telemetry.KPISeconds, "0.5", *f.Value), of(telemetry.KPIAtLeast, "0.5", truth(f.AtLeast)),
			of(telemetry.KPISeconds, "0.9", *f.P90), of(telemetry.KPIAtLeast, "0.9", truth(f.P90AtLeast)))
		if f.Max != nil {
			list = append(list, of(telemetry.KPISeconds, "1", *f.Max))
		}
	case kpi.Count:
		list = append(list, of(telemetry.KPICount, "", *f.Value))
	case kpi.Ratio, kpi.Points:
		list = append(list, of(telemetry.KPIRatio, "", *f.Value))
	default:
		list = append(list, of(telemetry.KPIMean, "", *f.Value))
	}
	return list
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
