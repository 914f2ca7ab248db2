package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/web"
)

// Policies says for each severity, the gravest first, who would be paged now. The lead is whoever leads the incidents of a pipeline.
func (a *App) Policies(ctx context.Context) ([]web.PolicyNow, error) {
	persons, err := a.store.Persons(ctx)
	if err != nil {
		return nil, err
	}
	crew := a.crew(persons, a.now())
	names := map[people.ID]string{}
	for _, p := range persons {
		names[p.ID] = cmp.Or(strings.TrimSpace(p.Name), p.Login)
	}
	var list []web.PolicyNow
	for _, s := range slices.Sorted(maps.Keys(a.config.Watch.Severities)) {
		p := a.policy(s)
		e := p.Escalate()
		now := web.PolicyNow{Severity: s, Policy: p}
		rosters := []oncall.Roster{crew.Roster(e, "")}
		for _, lead := range a.leads(crew) {
			rosters = append(rosters, crew.Roster(e, lead))
		}
		behind := func(targets []pipeline.Target) (list []web.TargetNow) {
			for _, t := range targets {
				list = append(list, web.TargetNow{Target: t, People: reached(rosters, t, names)})
			}
			return list
		}
		for _, step := range e.Steps {
			now.Steps = append(now.Steps, web.StepNow{EscalationStep: step, Targets: behind(step.Page)})
		}
		now.Fallback = behind(oncall.Fallback(e))
		list = append(list, now)
	}
	return list, nil
}

// leads are the accounts that lead the incidents of a pipeline.
func (a *App) leads(crew oncall.Crew) []people.ID {
	var list []people.ID
	for _, p := range a.config.Watch.Pipelines {
		if id := crew.Logins[p.Lead]; id != "" {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func reached(rosters []oncall.Roster, t pipeline.Target, names map[people.ID]string) []web.ReachNow {
	var list []web.ReachNow
	seen := map[people.ID]bool{}
	for _, r := range rosters {
		for _, who := range r[t] {
			if !seen[who.ID] {
				seen[who.ID] = true
				list = append(list, web.ReachNow{Name: cmp.Or(names[who.ID], string(who.ID)), Methods: who.Methods})
			}
		}
	}
	return list
}
