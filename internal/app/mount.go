package app

import (
	"net/http"
	"slices"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

const (
	prometheusPrefix = "/prometheus"
	// seriesLimit lies above the limits that telemetry sets itself, whose answers are the protocols' own.
	seriesLimit = 64 << 20
)

// Mounts lists the endpoints for machines, by the edge that serves them.
func (a *App) Mounts() []web.Mount {
	return slices.Concat(a.telemetryMounts(), a.ruleMounts(), a.alertMounts(), a.sourceMounts(), a.signalMounts(), a.runMounts(), a.slackMounts(), a.backlogMounts())
}

// telemetryMounts are series in and out.
func (a *App) telemetryMounts() []web.Mount {
	// Prometheus' own paths for what it takes and answers, below a prefix: /api/v1 is ours.
	below := func(h http.Handler) http.Handler { return http.StripPrefix(prometheusPrefix, h) }
	const api = prometheusPrefix + "/api/v1"
	otlp := a.OTLP()
	return []web.Mount{
		otlp,
		{Pattern: "POST " + api + "/otlp/v1/metrics", Need: otlp.Need, Limit: otlp.Limit, Handler: otlp.Handler},
		{Pattern: "POST " + api + "/write", Need: people.Ingest, Limit: seriesLimit, Handler: a.series.RemoteWrite()},
		{Pattern: api + "/", Need: people.Read, Limit: seriesLimit, Handler: below(a.series.PromAPI())},
		{Pattern: "GET /metrics", Need: people.Read, Handler: http.HandlerFunc(a.metrics)},
	}
}

// OTLP is where OpenTelemetry's metrics come in.
func (a *App) OTLP() web.Mount {
	return web.Mount{Pattern: "POST /v1/metrics", Need: people.Ingest, Limit: seriesLimit, Handler: a.series.OTLP()}
}

// metrics writes our own series as Prometheus scrapes them.
func (a *App) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if err := a.meter.WriteText(w); err != nil {
		a.log.Warn("write the metrics", "error", err) // the scraper has gone
	}
}
