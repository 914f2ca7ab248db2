package telemetry

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// KPI is one number of a figure. Its series are gauges: they are computed anew, and may go either way.
type KPI struct {
	Name     string // of the series: one of kpiSeries
	Key      string // label kpi
	Of       string // label of: a pipeline, a domain, a line; may be empty
	Quantile string // label quantile of times: 0.5, 0.9, and 1 for the oldest
	Value    float64
}

// The series of figures, with what they hold.
const (
	KPIRatio      = "safelight_kpi_ratio"
	KPISeconds    = "safelight_kpi_seconds"
	KPICount      = "safelight_kpi_count"
	KPIMean       = "safelight_kpi_mean"
	KPIPopulation = "safelight_kpi_population"
	KPIOpen       = "safelight_kpi_open"
	KPIAtLeast    = "safelight_kpi_at_least"
	kpiTime       = "safelight_kpi_timestamp_seconds"
)

func kpiHelp() map[string]string {
	return map[string]string{
		KPIRatio:      "Shares of the last 90 days, 0 to 1; qualityTrend is a difference of two.",
		KPISeconds:    "Times of the last 90 days by quantile, the open ones estimated with.",
		KPICount:      "Incidents of the last 90 days, and the stock of actions.",
		KPIMean:       "Means of measures over the images checked in the last 90 days.",
		KPIPopulation: "The population n of a figure.",
		KPIOpen:       "How many of its population have no end yet.",
		KPIAtLeast:    "Whether the time is a lower bound, so many having no end yet.",
	}
}

// KPIs replaces all series of figures by these, so that none outlives what it is about.
func (m *Meter) KPIs(list []KPI, at time.Time) {
	m.whole.Lock()
	defer m.whole.Unlock()
	if m.figures == nil {
		m.figures = map[string]*prometheus.GaugeVec{}
		for name, help := range kpiHelp() {
			labels := []string{"kpi", "of"}
			if name == KPISeconds || name == KPIAtLeast {
				labels = append(labels, "quantile")
			}
			m.figures[name] = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
			m.registry.MustRegister(m.figures[name])
		}
	}
	for _, series := range m.figures {
		series.Reset()
	}
	for _, k := range list {
		labels := prometheus.Labels{"kpi": k.Key, "of": strings.ToValidUTF8(k.Of, "\uFFFD")}
		if k.Quantile != "" {
			labels["quantile"] = k.Quantile
		}
		m.figures[k.Name].With(labels).Set(k.Value)
	}
	m.gauge(kpiTime, "When the figures were computed last.").Set(float64(at.Unix()))
}
