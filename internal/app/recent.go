package app

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/web"
)

// recentLogs keeps what the logs of edges have told of the last hour for a while: a page that refreshes itself asks every few seconds.
type recentLogs struct {
	mu sync.Mutex
	by map[string]recentLog // by edge
}

type recentLog struct {
	delivery.Recent
	at time.Time
}

// recentKept is how long.
const recentKept = time.Minute

// recentOf reads the log of an edge, or gives what it told a moment ago.
func (a *App) recentOf(ctx context.Context, edge string) delivery.Recent {
	a.recent.mu.Lock()
	defer a.recent.mu.Unlock()
	if was, ok := a.recent.by[edge]; ok && time.Since(was.at) < recentKept {
		return was.Recent
	}
	now := time.Now() // logs have wall time
	found, err := a.config.Gateway.Recent(ctx, edge, now.Add(-web.PlanRecent))
	if ctx.Err() != nil {
		return found // whoever asked has gone: that is nothing of the log
	}
	if err != nil {
		a.log.Warn("what was delivered lately is not known from the log of an edge", "edge", edge, "problem", err.Error())
	}
	if a.recent.by == nil {
		a.recent.by = map[string]recentLog{}
	}
	a.recent.by[edge] = recentLog{found, now}
	return found
}

// lately is which images of some routes were delivered in the last hour, as far as logs tell.
type lately struct {
	prefixes []string
	paths    []map[string]bool // of URLs, by one log each
	logs     []string          // that tell; none where nothing is known
	covered  bool              // each route has a log that sees every delivery
}

// deliveredLately asks the logs of some routes.
func (a *App) deliveredLately(ctx context.Context, routes []string) lately {
	l := lately{covered: true}
	for _, route := range routes {
		l.prefixes = append(l.prefixes, a.config.Gateway.Routes[route].Prefix)
		if !a.routeLately(ctx, route, &l) {
			l.covered = false
		}
	}
	return l
}

// routeLately asks the log of the outermost edge of a route. Where that does not tell of the whole hour, those further in are asked too,
// down to the gateway's: they see only what was not answered from a cache. It tells whether every delivery was seen.
func (a *App) routeLately(ctx context.Context, route string, l *lately) (covered bool) {
	r := a.config.Gateway.Routes[route]
	for n, edge := range slices.Backward(r.Edges) {
		if a.config.Gateway.Edges[edge].AccessLog.Path == "" {
			continue
		}
		found := a.recentOf(ctx, edge)
		if found.Covered || len(found.Paths) > 0 {
			l.add(edge, found.Paths)
		}
		if found.Covered {
			return n == len(r.Edges)-1
		}
	}
	a.edge.Settle(ctx)
	if err := a.quarantine.deliveries.Refresh(ctx); err != nil {
		a.log.Warn("what was delivered lately is not known from the gateway's log", "error", err)
		return false
	}
	paths, all := a.quarantine.deliveries.Since(r.Prefix, time.Now().Add(-web.PlanRecent))
	if all || len(paths) > 0 {
		l.add(web.GatewayLog, paths)
	}
	return all && len(r.Edges) == 0
}

// add takes in what one log tells.
func (l *lately) add(log string, paths map[string]bool) {
	if !slices.Contains(l.logs, log) {
		l.logs = append(l.logs, log)
	}
	l.paths = append(l.paths, paths)
}

// has tells whether an image was delivered on one of the routes.
func (l lately) has(image string) bool {
	return slices.ContainsFunc(l.prefixes, func(prefix string) bool {
		return slices.ContainsFunc(l.paths, func(paths map[string]bool) bool { return paths[prefix+image] })
	})
}

// all are the images that were.
func (l lately) all() map[string]bool {
	images := map[string]bool{}
	for _, paths := range l.paths {
		for path := range paths {
			for _, prefix := range l.prefixes {
				if image, below := strings.CutPrefix(path, prefix); below && delivery.Serves(image) {
					images[image] = true
				}
			}
		}
	}
	return images
}

// of says how many of some images were.
func (l lately) of(images []string) web.Recent {
	n := 0
	for _, image := range images {
		if l.has(image) {
			n++
		}
	}
	return l.number(n)
}

// which says how many images were that some test holds of.
func (l lately) which(is func(image string) bool) web.Recent {
	n := 0
	for image := range l.all() {
		if is(image) {
			n++
		}
	}
	return l.number(n)
}

func (l lately) number(n int) web.Recent {
	if len(l.logs) == 0 {
		return web.Recent{}
	}
	return web.Recent{Delivered: &n, Logs: l.logs, AtLeast: !l.covered}
}

// count says how many images were.
func (l lately) count() web.Recent { return l.number(len(l.all())) }
