package app

import (
	"net/http"
	"slices"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// Mounts lists the endpoints for machines, by the edge that serves them.
func (a *App) Mounts() []web.Mount {
	return slices.Concat(a.telemetryMounts())
}

// telemetryMounts are series in and out.
func (a *App) telemetryMounts() []web.Mount {
	return []web.Mount{
		{Pattern: "GET /metrics", Need: people.Read, Handler: http.HandlerFunc(a.metrics)},
	}
}

// metrics writes our own series as Prometheus scrapes them.
func (a *App) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if err := a.meter.WriteText(w); err != nil {
		a.log.Warn("write the metrics", "error", err) // the scraper has gone
	}
}
