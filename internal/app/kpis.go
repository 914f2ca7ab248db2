package app

import (
	"context"

	"github.com/safelight-dev/safelight/internal/kpi"
)

// KPIs computes the figures of a query as of now. They name no incident, so that restricted ones count among them for everybody.
func (a *App) KPIs(ctx context.Context, q kpi.Query) (kpi.Report, error) {
	facts, err := a.kpiFacts(ctx)
	if err != nil {
		return kpi.Report{}, err
	}
	return kpi.Compute(facts, q, a.now())
}

// kpiFacts gathers what figures are computed from.
func (a *App) kpiFacts(ctx context.Context) (kpi.Facts, error) {
	var facts kpi.Facts
	states, err := a.Incidents(ctx)
	if err != nil {
		return facts, err
	}
	for _, s := range states {
		entries, err := a.stream(ctx, s.ID)
		if err != nil {
			return facts, err
		}
		c, err := foldCase(entries)
		if err != nil {
			return facts, err
		}
		facts.Cases = append(facts.Cases, kpi.Case{Incident: c.Incident, Analysis: c.Analysis, Prevention: c.Prevention, Entries: entries})
	}
	if facts.Caught, err = a.LastCaught(ctx); err != nil {
		return facts, err
	}
	facts.Days, err = a.store.CheckDays(ctx)
	return facts, err
}
