package telemetry

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/regexp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/route"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/scrape"
	apiv1 "github.com/prometheus/prometheus/web/api/v1"
)

const (
	// prometheusVersion is that of the embedded Prometheus, which tells Grafana what it may ask for.
	prometheusVersion = "3.13.5"

	maxForm = 1 << 20 // bytes of a posted query
)

// apiRoutes are the routes of Prometheus' API that are served: those that read.
var apiRoutes = map[string][]string{
	"/query":            {http.MethodGet, http.MethodPost},
	"/query_range":      {http.MethodGet, http.MethodPost},
	"/query_exemplars":  {http.MethodGet, http.MethodPost},
	"/format_query":     {http.MethodGet, http.MethodPost},
	"/parse_query":      {http.MethodGet, http.MethodPost},
	"/series":           {http.MethodGet, http.MethodPost},
	"/labels":           {http.MethodGet, http.MethodPost},
	"/metadata":         {http.MethodGet},
	"/rules":            {http.MethodGet},
	"/alerts":           {http.MethodGet},
	"/status/buildinfo": {http.MethodGet},
}

// PromAPI serves what a Grafana data source of the kind Prometheus asks for, by
// Prometheus' own code: the reading part of its HTTP API, at paths that begin
// with /api/v1/, such as /api/v1/query. Whoever mounts it below /prometheus strips
// that. A query has the limits of [Engine.Query]; one without a time is answered
// for Options.Now.
func (e *Engine) PromAPI() http.Handler {
	router := route.New()
	e.newAPI().Register(router)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, ok := strings.CutPrefix(r.URL.Path, "/api/v1")
		if !ok || !servesAPI(r.Method, path) {
			http.NotFound(w, r)
			return
		}
		if r.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		}
		if !e.admitForm(w, r, path) {
			return
		}
		leave, err := e.enter()
		if err != nil {
			apiError(w, http.StatusServiceUnavailable, "unavailable", "the server is stopping")
			return
		}
		defer leave()
		select {
		case e.queries <- struct{}{}:
		case <-r.Context().Done():
			return
		}
		defer func() { <-e.queries }()
		inner := new(http.Request)
		*inner = *r
		inner.URL = &url.URL{Path: path, RawQuery: r.URL.RawQuery}
		router.ServeHTTP(w, inner)
	})
}

// servesAPI tells whether a route is served; those of label values have the label in their path.
func servesAPI(method, path string) bool {
	if name, ok := strings.CutPrefix(path, "/label/"); ok {
		name, ok = strings.CutSuffix(name, "/values")
		return ok && name != "" && !strings.Contains(name, "/") && method == http.MethodGet
	}
	for _, m := range apiRoutes[path] {
		if m == method {
			return true
		}
	}
	return false
}

// admitForm bounds the form, and says the time of a query that names none.
func (e *Engine) admitForm(w http.ResponseWriter, r *http.Request, path string) bool {
	if err := r.ParseForm(); err != nil {
		apiError(w, http.StatusBadRequest, "bad_data", "error parsing form values: "+firstLine(err.Error()))
		return false
	}
	for _, name := range []string{"query", "match[]"} {
		for _, expr := range r.Form[name] {
			if len(expr) > maxExprBytes {
				apiError(w, http.StatusBadRequest, "bad_data", "invalid parameter \""+name+"\": more than "+strconv.Itoa(maxExprBytes)+" bytes")
				return false
			}
		}
	}
	if path == "/query" && r.Form.Get("time") == "" {
		r.Form.Set("time", e.now().UTC().Format(time.RFC3339Nano))
	}
	return true
}

// apiError answers as Prometheus does.
func apiError(w http.ResponseWriter, status int, kind, text string) {
	body, _ := json.Marshal(map[string]string{"status": "error", "errorType": kind, "error": text}) // texts always go
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// newAPI makes Prometheus' API with nothing to write to and nothing to administrate.
func (e *Engine) newAPI() *apiv1.API {
	passThrough := func(f http.HandlerFunc) http.HandlerFunc { return f }
	return apiv1.NewAPI(
		e.promql, e.db, nil, nil, e.db,
		func(context.Context) apiv1.ScrapePoolsRetriever { return noScrape{e} },
		func(context.Context) apiv1.TargetRetriever { return noScrape{e} },
		func(context.Context) apiv1.AlertmanagerRetriever { return noScrape{e} },
		func() config.Config { return config.DefaultConfig },
		nil, apiv1.GlobalURLOptions{}, passThrough,
		nil, "", false, false, 0, e.log,
		func(context.Context) apiv1.RulesRetriever { return groupList{e} },
		0, 0, 0, false,
		regexp.MustCompile("^$"), // no other origin
		func() (apiv1.RuntimeInfo, error) { return apiv1.RuntimeInfo{}, nil },
		&apiv1.PrometheusVersion{Version: prometheusVersion, GoVersion: runtime.Version(), Branch: "safelight"},
		nil, nil, prometheus.NewRegistry(), prometheus.NewRegistry(), nil,
		false, nil, false, false, false, false, lookback, false, false, nil, nil, apiv1.OpenAPIOptions{}, newParser(),
	)
}

// noScrape stands for the targets of a Prometheus: one that nobody scrapes and that has the metadata of what came in.
type noScrape struct{ engine *Engine }

func (n noScrape) TargetsActive() map[string][]*scrape.Target {
	t := scrape.NewTarget(labels.EmptyLabels(), &config.ScrapeConfig{}, nil, nil)
	t.SetMetadataStore(n.engine.metadata)
	return map[string][]*scrape.Target{"safelight": {t}}
}
func (noScrape) TargetsDropped() map[string][]*scrape.Target { return nil }
func (noScrape) TargetsDroppedCounts() map[string]int        { return nil }
func (noScrape) ScrapePoolConfig(string) (*config.ScrapeConfig, error) {
	return nil, http.ErrNotSupported
}
func (noScrape) ScrapePools() []string            { return nil }
func (noScrape) Alertmanagers() []*url.URL        { return nil }
func (noScrape) DroppedAlertmanagers() []*url.URL { return nil }

// groupList gives the rules to the API.
type groupList struct{ engine *Engine }

func (l groupList) RuleGroups() []*rules.Group {
	l.engine.view.Lock()
	defer l.engine.view.Unlock()
	all := make([]*rules.Group, len(l.engine.groups))
	for i, g := range l.engine.groups {
		all[i] = g.Group
	}
	return all
}

func (l groupList) AlertingRules() []*rules.AlertingRule {
	var all []*rules.AlertingRule
	for _, g := range l.RuleGroups() {
		all = append(all, g.AlertingRules()...)
	}
	return all
}
