package app

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/safelight-dev/safelight/internal/journal"
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
func (a *App) kpiFacts(ctx context.Context) (facts kpi.Facts, err error) {
	if facts.Cases, err = a.kpiCases(ctx); err != nil {
		return facts, err
	}
	if facts.Caught, err = a.LastCaught(ctx); err != nil {
		return facts, err
	}
	facts.Days, err = a.store.CheckDays(ctx)
	return facts, err
}

// figureDesk keeps what figures are computed from: an incident is folded again once something has happened to it.
type figureDesk struct {
	mu    sync.Mutex
	cases map[string]kpi.Case // by id
}

func (a *App) kpiCases(ctx context.Context) ([]kpi.Case, error) {
	a.figures.mu.Lock()
	defer a.figures.mu.Unlock()
	if a.figures.cases == nil {
		a.figures.cases = map[string]kpi.Case{}
	}
	states, err := a.Incidents(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]kpi.Case, len(states))
	for i, s := range states {
		known, ok := a.figures.cases[s.ID]
		if !ok || known.Incident.Seq != s.Seq {
			if known, err = a.kpiCase(ctx, s.ID); err != nil {
				return nil, err
			}
			a.figures.cases[s.ID] = known
		}
		list[i] = known
	}
	return list, nil
}

func (a *App) kpiCase(ctx context.Context, id string) (kpi.Case, error) {
	entries, err := a.stream(ctx, id)
	if err != nil {
		return kpi.Case{}, err
	}
	c, err := foldCase(entries)
	prevention := slices.DeleteFunc(entries, func(e journal.Entry) bool { return !strings.HasPrefix(e.Type, "prevention.") })
	return kpi.Case{Incident: c.Incident, Analysis: c.Analysis, Prevention: c.Prevention, Entries: slices.Clone(prevention)}, err
}
