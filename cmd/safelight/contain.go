package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
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
	f.Var(&images, "image", "flag.isolate.image")
	return func() web.Selection {
		s := web.SelectionOf(strings.Join(images, "\n"))
		s.Over, s.Software, s.Model = *over, *software, *model
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
	return func(g given) (any, error) {
		if err := g.routed(*route); err != nil {
			return nil, err
		}
		return incident.NoStoreRoute{Route: *route, Lasting: *lasting, Reason: *reason}, nil
	}
}

// routed refuses a route that the gateway does not have: the domain knows no routes, and a mistyped one would be tried in vain for ever.
func (g given) routed(route string) error {
	config, _, err := app.Load(g.dir)
	if err != nil {
		return err
	}
	if _, ok := config.Gateway.Routes[route]; !ok {
		return fmt.Errorf("contain %s: route %q is not among the gateway's routes in %s: %w", g.args[0], route, app.ConfigName, journal.ErrInvalid)
	}
	return nil
}

func buildApproveMitigation(f flags) func(given) (any, error) {
	id := f.String("mitigation", "", "flag.mitigation")
	return func(given) (any, error) { return incident.ApproveMitigation{ID: *id}, nil }
}

// incidentPlan says what a containment would change, and changes nothing.
func (c *cli) incidentPlan(ctx context.Context, args []string) error {
	f := newWriteFlags("incident plan ID --route R | --over | --image P... | --software S | --model M [--dir D] [--as LOGIN] [--json]")
	route := f.String("route", "", "flag.contain.route")
	selected := selecting(f.flags)
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	sel := selected()
	if chosen := sel.Check() == nil; chosen == (*route != "") {
		return usageError{"incident plan: name a route, or choose images", "usage: safelight " + f.usage}
	}
	w, err := c.writer(ctx, f)
	if err != nil {
		return err
	}
	defer w.close() // nothing was changed
	if *route != "" {
		plan, err := w.planRoute(ctx, rest[0], *route)
		if err != nil {
			return err
		}
		return c.printPlan(f, plan, plan.Said())
	}
	plan, err := w.planIsolation(ctx, rest[0], sel)
	if err != nil {
		return err
	}
	return c.printPlan(f, plan, plan.Said())
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

func (l *local) planIsolation(ctx context.Context, id string, s web.Selection) (web.IsolationPlan, error) {
	return l.app.PlanIsolation(ctx, id, s)
}

func (r *remote) planRoute(ctx context.Context, id, route string) (p web.RoutePlan, err error) {
	return p, r.read(ctx, "/api/v1/incidents/"+url.PathEscape(id)+"/plans/route?route="+url.QueryEscape(route), &p)
}

func (r *remote) planIsolation(ctx context.Context, id string, s web.Selection) (p web.IsolationPlan, err error) {
	return p, r.decode(ctx, "/api/v1/incidents/"+url.PathEscape(id)+"/plans/isolation", s, &p)
}
