package app

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/web"
)

// affectedRoutes tells of a path of the URL whether an affected image is there, and on which route.
type affectedRoutes struct {
	prefixes map[string]string
	struck   map[string][]struck // by route
}

func (a *App) affectedRoutes(list []struck) affectedRoutes {
	r := affectedRoutes{map[string]string{}, map[string][]struck{}}
	for _, s := range list {
		for _, name := range a.config.Watch.Pipelines[s.pipeline].Routes {
			if route, ok := a.config.Gateway.Routes[name]; ok {
				r.prefixes[name], r.struck[name] = route.Prefix, append(r.struck[name], s)
			}
		}
	}
	return r
}

func (r affectedRoutes) find(path string) (string, bool) {
	for name, prefix := range r.prefixes {
		if image, under := strings.CutPrefix(path, prefix); under {
			return name, slices.ContainsFunc(r.struck[name], func(s struck) bool { return s.paths.has(image) })
		}
	}
	return "", false
}

// countDeliveries counts the requests that were answered with an affected image, by the logs of the edges and the gateway.
// What counts was delivered between the first bad image and the containment. A log that cannot be read is named with the reason, and keeps no report from being filed.
func (a *App) countDeliveries(ctx context.Context, s incident.State, list []struck, impact *incident.Impact) {
	routes := a.affectedRoutes(list)
	if len(routes.prefixes) == 0 {
		return
	}
	from, to := a.harmful(s, impact.FirstBad)
	logs := map[string][]incident.DeliveryLog{} // by route, from the gateway outwards
	for _, log := range a.logsOf(routes) {
		report, err := log.read(ctx, from, to, routes.find)
		for _, route := range log.routes {
			logs[route] = append(logs[route], deliveryLog(log.name, route, report, from, err))
		}
	}
	impact.Deliveries, impact.Unchanged, impact.Logs = a.sumDeliveries(logs)
}

// harmful is from when to when an affected image can have been delivered, by the wall clock that logs have; zero where that is
// not known: on a replayed clock of which nobody can tell, all that a log has counts.
func (a *App) harmful(s incident.State, firstBad *time.Time) (from, to time.Time) {
	if firstBad == nil || a.replayed && a.wall == nil {
		return from, to
	}
	to = harmEnded(s, a.now())
	if !a.replayed {
		return *firstBad, to
	}
	return a.wall(*firstBad), a.wall(to.Add(1)) // the clock stood at that moment until then
}

// harmEnded is until when harm was done: until it stopped, and on while a containment was taken back before the cause was gone.
func harmEnded(s incident.State, now time.Time) time.Time {
	switch {
	case s.HarmEnded != nil:
		return s.HarmEnded.At
	case s.Resolved == nil && s.Contained != nil:
		return s.Contained.At
	}
	return now
}

// accessLogs is one log that is to be read.
type accessLogs struct {
	name   string
	routes []string // that it says something of
	read   func(ctx context.Context, from, to time.Time, which func(string) (string, bool)) (delivery.LogReport, error)
}

// logsOf lists the logs of some routes, from the gateway outwards.
func (a *App) logsOf(routes affectedRoutes) []accessLogs {
	names := slices.Sorted(maps.Keys(routes.prefixes))
	var list []accessLogs
	if _, err := os.Stat(AccessLog(a.dir)); err == nil { // the gateway need not run here
		list = append(list, accessLogs{web.GatewayLog, names, func(ctx context.Context, from, to time.Time, which func(string) (string, bool)) (delivery.LogReport, error) {
			a.edge.Settle(ctx)
			return delivery.ReadGatewayLog(ctx, AccessLog(a.dir), from, to, which)
		}})
	}
	for depth := range maxDepth {
		for edge := range a.config.Gateway.Edges {
			behind := slices.DeleteFunc(slices.Clone(names), func(route string) bool {
				edges := a.config.Gateway.Routes[route].Edges
				return depth >= len(edges) || edges[depth] != edge
			})
			if len(behind) == 0 || a.config.Gateway.Edges[edge].AccessLog.Path == "" {
				continue
			}
			list = append(list, accessLogs{edge, behind, func(ctx context.Context, from, to time.Time, which func(string) (string, bool)) (delivery.LogReport, error) {
				return a.config.Gateway.ReadLog(ctx, edge, from, to, which)
			}})
		}
	}
	return list
}

// maxDepth is how many edges stand one before the other at most.
const maxDepth = 10

func deliveryLog(name, route string, r delivery.LogReport, from time.Time, err error) incident.DeliveryLog {
	l := incident.DeliveryLog{Log: name, Route: route, Damaged: r.Damaged}
	if n := r.Answers[route]; n != nil {
		l.Full, l.Partial, l.Unchanged = n.Full, n.Partial, n.Unchanged
	}
	if !from.IsZero() {
		if r.Begins.After(from) && !r.Older {
			l.Begins = &r.Begins
		}
		l.Silent = name != web.GatewayLog && err == nil && r.Last.Before(from) // the gateway writes whatever it answers
	}
	if err != nil {
		l.Problem = journal.Sentence(err)
	}
	return l
}

// sumDeliveries adds up one log of each route.
func (a *App) sumDeliveries(logs map[string][]incident.DeliveryLog) (deliveries, unchanged *int, all []incident.DeliveryLog) {
	var sent, had int
	counted := false
	for _, route := range slices.Sorted(maps.Keys(logs)) {
		list := logs[route]
		outermost := web.GatewayLog
		if edges := a.config.Gateway.Routes[route].Edges; len(edges) > 0 {
			outermost = edges[len(edges)-1]
		}
		if l := countedLog(list, outermost); l != nil {
			l.Counted, l.Inner, counted = true, l.Log != outermost, true
			sent, had = sent+l.Full+l.Partial, had+l.Unchanged
		}
		all = append(all, list...)
	}
	if !counted {
		return nil, nil, all
	}
	return &sent, &had, all
}

// countedLog chooses one of the logs of a route, which stand from the gateway outwards: that of the outermost edge, which has seen every
// request, and those within only what was not answered from a cache. Where it does not tell of the whole time, the one that has counted most.
func countedLog(list []incident.DeliveryLog, outermost string) (most *incident.DeliveryLog) {
	for i := range slices.Backward(list) {
		l := &list[i]
		switch {
		case l.Problem != "" && l.Answers() == 0:
		case l.Log == outermost && !l.Partly():
			return l
		case most == nil || l.Answers() > most.Answers():
			most = l
		}
	}
	return most
}
