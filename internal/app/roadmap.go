package app

import (
	"context"
	"slices"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// Roadmap lists the actions of all incidents that somebody may read; only the open ones if so wanted.
func (a *App) Roadmap(ctx context.Context, by people.Actor, openOnly bool) ([]web.RoadmapAction, error) {
	rows, err := a.store.Actions(ctx, openOnly)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.Incident)
	}
	slices.Sort(ids)
	persons, err := a.People(ctx)
	if err != nil {
		return nil, err
	}
	var list []web.RoadmapAction
	for _, id := range slices.Compact(ids) {
		c, err := a.Case(ctx, id)
		if err != nil {
			return nil, err
		}
		if c, err = c.For(by); err != nil {
			return nil, err
		}
		list = append(list, web.RoadmapOf(c, loginsOf(persons), a.now(), openOnly)...)
	}
	return list, nil
}
