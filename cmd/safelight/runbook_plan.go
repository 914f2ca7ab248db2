package main

import (
	"context"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/runbook"
	"github.com/safelight-dev/safelight/internal/web"
)

// plan is what a containment would change.
type plan interface{ Said() []phrase.Sentence }

// backPlan says of a roll back also how it is asked for, or why it cannot be.
type backPlan struct{ web.RollBackPlan }

// Said is the plan in sentences.
func (p backPlan) Said() []phrase.Sentence {
	if p.Possible() {
		return append(p.RollBackPlan.Said(), phrase.Of("cli.back.plan", p.SHA256))
	}
	return append(p.RollBackPlan.Said(), phrase.Of("cli.back.not", p.Problem))
}

// planStep says what a step of the runbook would change, and changes nothing.
func (c *cli) planStep(ctx context.Context, args []string) error {
	f := newWriteFlags("incident runbook ID plan STEP [--dir D] [--as LOGIN] [--json]")
	rest, err := f.parse(args, 3, 3)
	if err != nil {
		return err
	}
	about, err := given{cli: c, ctx: ctx, dir: *f.dir, args: rest}.present()
	if err != nil {
		return err
	}
	st, err := about.Incident.StepToPlan(rest[2])
	if err != nil {
		return err
	}
	w, err := c.writer(ctx, f)
	if err != nil {
		return err
	}
	defer w.close() // nothing was changed
	plans, err := plansOf(ctx, w, rest[0], st)
	if err != nil {
		return err
	}
	var said []phrase.Sentence
	for _, p := range plans {
		said = append(said, p.Said()...)
	}
	if len(plans) == 0 {
		said = append(said, phrase.Of("cli.plan.nothing"))
	}
	return c.printPlan(f, plans, said)
}

// plansOf plans what a step has left to do: of images as a whole, else route by route.
func plansOf(ctx context.Context, w writer, id string, st incident.Standing) ([]plan, error) {
	plans := []plan{}
	switch st.Contain {
	case runbook.Isolate:
		p, err := w.planIsolation(ctx, id, web.Selection{Over: true})
		return append(plans, p), err
	case runbook.RollBack:
		p, err := w.planRollBack(ctx, id, web.RollBack{})
		return append(plans, backPlan{p}), err
	}
	for _, route := range st.Routes {
		p, err := planOn(ctx, w, id, route, st)
		if err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	return plans, nil
}

func planOn(ctx context.Context, w writer, id, route string, st incident.Standing) (plan, error) {
	switch st.Contain {
	case runbook.Purge:
		return w.planPurge(ctx, id, incident.PurgeRoute{Route: route})
	case runbook.NoStore:
		return w.planNoStore(ctx, id, incident.NoStoreRoute{Route: route, Lasting: st.Lasting()})
	}
	return w.planRoute(ctx, id, route)
}
