package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/web"
)

var _ web.AlertsService = (*App)(nil)

// FiringAlerts lists the alerts that have not ended, by group, the gravest first.
func (a *App) FiringAlerts(ctx context.Context) ([]web.AlertGroup, error) {
	rows, scene, err := a.firing(ctx)
	if err != nil {
		return nil, err
	}
	var groups []web.AlertGroup
	for _, of := range byGroup(rows) {
		g := web.AlertGroup{Labels: a.alerts.policy.Group(of[0].Labels)}
		for _, r := range of {
			severity, _ := a.alerts.policy.Severity(r.Labels)
			g.Alerts = append(g.Alerts, web.FiringAlert{
				Alert: r.Alert, Severity: severity, Incident: r.Incident, By: a.alerts.policy.Suppression(r.Labels, scene),
			})
		}
		slices.SortStableFunc(g.Alerts, func(x, y web.FiringAlert) int {
			return cmp.Or(cmp.Compare(x.Severity, y.Severity), x.StartsAt.Compare(y.StartsAt))
		})
		groups = append(groups, g)
	}
	slices.SortStableFunc(groups, func(x, y web.AlertGroup) int {
		return cmp.Or(held(x)-held(y), cmp.Compare(x.Alerts[0].Severity, y.Alerts[0].Severity), x.Alerts[0].StartsAt.Compare(y.Alerts[0].StartsAt))
	})
	return groups, nil
}

// held is 1 for a group whose alerts are all suppressed: it stands below the others.
func held(g web.AlertGroup) int {
	if slices.ContainsFunc(g.Alerts, func(a web.FiringAlert) bool { return !a.By.Any() }) {
		return 0
	}
	return 1
}

// ListedSilences gives the silences in force, to come, and ended lately.
func (a *App) ListedSilences(ctx context.Context) ([]web.ListedSilence, error) {
	found, err := alertService{a}.ListSilences(ctx)
	if err != nil {
		return nil, err
	}
	authors := map[string]string{}
	silences := make([]alert.Silence, len(found))
	for i, f := range found {
		silences[i], authors[f.ID] = f.Silence, f.Author
	}
	alert.SortSilences(silences, a.now())
	list := make([]web.ListedSilence, len(silences))
	for i, s := range silences {
		list[i] = web.ListedSilence{Silence: s, Author: authors[s.ID]}
	}
	return list, nil
}

// OpenWindows names the maintenance windows that are open, and until when.
func (a *App) OpenWindows() map[string]time.Time { return a.alerts.policy.Windows(a.now()) }
