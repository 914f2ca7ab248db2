package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// selecting declares the flags that choose images; what they give is known once they are parsed.
func selecting(f flags) func() web.Selection {
	var images list
	over := f.Bool("over", false, "flag.isolate.over")
	software := f.String("software", "", "flag.isolate.software")
	model := f.String("model", "", "flag.isolate.model")
	run := f.String("run", "", "flag.isolate.run")
	lut := f.String("lut", "", "flag.isolate.lut")
	f.Var(&images, "image", "flag.isolate.image")
	return func() web.Selection {
		s := web.SelectionOf(strings.Join(images, "\n"))
		s.Over, s.Software, s.Model, s.Run, s.LUT = *over, *software, *model, *run, *lut
		return s
	}
}

func buildIsolate(f flags) func(given) (any, error) {
	selected := selecting(f)
	plan := f.String("plan", "", "flag.isolate.plan")
	reason := f.String("reason", "", "flag.contain.reason")
	return func(given) (any, error) { return web.Isolate{Selection: selected(), Plan: *plan, Reason: *reason}, nil }
}

func buildNoStore(f flags) func(given) (any, error) {
	route := f.String("route", "", "flag.no-store.route")
	lasting := f.Duration("for", time.Hour, "flag.no-store.for")
	reason := f.String("reason", "", "flag.contain.reason")
	return func(given) (any, error) {
		return incident.NoStoreRoute{Route: *route, Lasting: *lasting, Reason: *reason}, nil
	}
}

func buildPurge(f flags) func(given) (any, error) {
	var paths, tags list
	route := f.String("route", "", "flag.purge.route")
	f.Var(&paths, "path", "flag.purge.path")
	f.Var(&tags, "tag", "flag.purge.tag")
	reason := f.String("reason", "", "flag.contain.reason")
	return func(given) (any, error) {
		return incident.PurgeRoute{Route: *route, Paths: paths, Tags: tags, Reason: *reason}, nil
	}
}

func buildApproveMitigation(f flags) func(given) (any, error) {
	id := f.String("mitigation", "", "flag.mitigation")
	return func(given) (any, error) { return incident.ApproveMitigation{ID: *id}, nil }
}

// backing declares the flags of a roll back; what they give is known once they are parsed.
func backing(f flags) func() (web.RollBack, error) {
	way := f.String("way", "", "flag.back.way")
	commit := f.String("commit", "", "flag.back.commit")
	before := f.String("before", "", "flag.back.before")
	return func() (web.RollBack, error) {
		c := web.RollBack{Way: incident.BackWay(*way), Commit: *commit}
		if *before == "" {
			return c, nil
		}
		at, err := time.Parse(time.RFC3339, *before)
		if err != nil {
			return c, fmt.Errorf("roll back: --before %q: write a time such as 2006-01-02T15:04:05Z: %w", *before, journal.ErrInvalid)
		}
		c.Before = &at
		return c, nil
	}
}

func buildRollBack(f flags) func(given) (any, error) {
	asked := backing(f)
	plan := f.String("plan", "", "flag.back.plan")
	reason := f.String("reason", "", "flag.contain.reason")
	return func(given) (any, error) {
		c, err := asked()
		c.Plan, c.Reason = *plan, *reason
		return c, err
	}
}

func proposed(m web.Mitigation) bool { return m.Status == incident.IsProposed }

func failed(m web.Mitigation) bool { return m.Status == incident.IsFailed }

// printProposed says of a mitigation that waits for a second person for whom, and how they agree.
func (c *cli) printProposed(id string, m web.Mitigation) {
	if !proposed(m) {
		return
	}
	what := web.MitigationText(m.MitigationRequested)
	if len(m.Paged) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.proposed.nobody", m.ID, what))
	} else {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.proposed", m.ID, what, strings.Join(m.Paged, ", ")))
	}
	fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.proposed.agree", id, m.ID))
}

// incidentPlan says what a containment would change, and changes nothing.
func (c *cli) incidentPlan(ctx context.Context, args []string) error {
	f := newWriteFlags("incident plan ID --route R [--purge [--path P...] [--tag T...] | --no-store 2h] | --over | --image P... | --software S | --model M | --run R | --lut L | --back [--way W] [--commit C] [--before T] [--dir D] [--as LOGIN] [--json]")
	route := f.String("route", "", "flag.contain.route")
	caches := cachesOf(f.flags, route)
	selected := selecting(f.flags)
	back := f.Bool("back", false, "flag.back")
	asked := backing(f.flags)
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	sel := selected()
	rollBack, err := asked()
	if err != nil {
		return err
	}
	if one := exactlyOne(*route != "", sel.Check() == nil, *back); !one {
		return misuse(f.usage, "plan")
	}
	ofCaches, err := caches()
	if err != nil {
		return err
	}
	w, err := c.writer(ctx, f)
	if err != nil {
		return err
	}
	defer w.close() // nothing was changed
	if ofCaches != nil {
		return c.planCaches(ctx, f, w, rest[0], ofCaches)
	}
	if *route != "" {
		plan, err := w.planRoute(ctx, rest[0], *route)
		if err != nil {
			return err
		}
		return c.printPlan(f, plan, plan.Said())
	}
	if *back {
		return c.planBack(ctx, f, w, rest[0], rollBack)
	}
	plan, err := w.planIsolation(ctx, rest[0], sel)
	if err != nil {
		return err
	}
	return c.printPlan(f, plan, plan.Said())
}

// cachesOf declares the flags of the plan of a purge or a no-store of a route, and gives what it would ask for; nil where it is about neither.
func cachesOf(f flags, route *string) func() (incident.Command, error) {
	var paths, tags list
	purge := f.Bool("purge", false, "flag.plan.purge")
	f.Var(&paths, "path", "flag.purge.path")
	f.Var(&tags, "tag", "flag.purge.tag")
	lasting := f.Duration("no-store", 0, "flag.plan.no-store")
	return func() (incident.Command, error) {
		switch named := len(paths)+len(tags) > 0; {
		case (*purge || *lasting != 0) && *route == "", *purge && *lasting != 0, named && !*purge:
			return nil, misuse("incident plan ID --route R --purge", "plan.caches")
		case *purge:
			return incident.PurgeRoute{Route: *route, Paths: paths, Tags: tags}, nil
		case *lasting != 0:
			return incident.NoStoreRoute{Route: *route, Lasting: *lasting}, nil
		}
		return nil, nil
	}
}

func (c *cli) planCaches(ctx context.Context, f writeFlags, w writer, id string, command incident.Command) error {
	switch x := command.(type) {
	case incident.PurgeRoute:
		plan, err := w.planPurge(ctx, id, x)
		if err != nil {
			return err
		}
		return c.printPlan(f, plan, plan.Said())
	case incident.NoStoreRoute:
		plan, err := w.planNoStore(ctx, id, x)
		if err != nil {
			return err
		}
		return c.printPlan(f, plan, plan.Said())
	}
	return nil
}

func (c *cli) planBack(ctx context.Context, f writeFlags, w writer, id string, asked web.RollBack) error {
	plan, err := w.planRollBack(ctx, id, asked)
	if err != nil {
		return err
	}
	return c.printPlan(f, plan, backPlan{plan}.Said())
}

func exactlyOne(given ...bool) bool {
	n := 0
	for _, is := range given {
		if is {
			n++
		}
	}
	return n == 1
}

func (c *cli) printPlan(f writeFlags, plan any, said []phrase.Sentence) error {
	if *f.asJSON {
		return printJSON(c.stdout, plan)
	}
	for _, s := range said {
		if _, err := fmt.Fprintln(c.stdout, s.In(c.lang())); err != nil {
			return err
		}
	}
	return nil
}

func (l *local) planRoute(ctx context.Context, id, route string) (web.RoutePlan, error) {
	return l.app.PlanRoute(ctx, id, route)
}

func (l *local) planPurge(ctx context.Context, id string, c incident.PurgeRoute) (web.PurgePlan, error) {
	return l.app.PlanPurge(ctx, id, c)
}

func (l *local) planNoStore(ctx context.Context, id string, c incident.NoStoreRoute) (web.NoStorePlan, error) {
	return l.app.PlanNoStore(ctx, id, c)
}

func (r *remote) planPurge(ctx context.Context, id string, c incident.PurgeRoute) (p web.PurgePlan, err error) {
	q := url.Values{"route": {c.Route}, "path": c.Paths, "tag": c.Tags}
	return p, r.read(ctx, "/api/v1/incidents/"+url.PathEscape(id)+"/plans/purge?"+q.Encode(), &p)
}

func (r *remote) planNoStore(ctx context.Context, id string, c incident.NoStoreRoute) (p web.NoStorePlan, err error) {
	q := url.Values{"route": {c.Route}, "for": {c.Lasting.String()}}
	return p, r.read(ctx, "/api/v1/incidents/"+url.PathEscape(id)+"/plans/no-store?"+q.Encode(), &p)
}

func (l *local) planIsolation(ctx context.Context, id string, s web.Selection) (web.IsolationPlan, error) {
	return l.app.PlanIsolation(ctx, id, s)
}

func (r *remote) planRoute(ctx context.Context, id, route string) (p web.RoutePlan, err error) {
	return p, r.read(ctx, "/api/v1/incidents/"+url.PathEscape(id)+"/plans/route?route="+url.QueryEscape(route), &p)
}

func (r *remote) planIsolation(ctx context.Context, id string, s web.Selection) (p web.IsolationPlan, err error) {
	return p, r.decode(ctx, "/api/v1/incidents/"+url.PathEscape(id)+"/plans/isolation", s, &p)
}

func (l *local) planRollBack(ctx context.Context, id string, c web.RollBack) (web.RollBackPlan, error) {
	return l.app.PlanRollBack(ctx, id, c)
}

func (r *remote) planRollBack(ctx context.Context, id string, c web.RollBack) (p web.RollBackPlan, err error) {
	return p, r.decode(ctx, "/api/v1/incidents/"+url.PathEscape(id)+"/plans/roll-back", c, &p)
}
