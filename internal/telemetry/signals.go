package telemetry

import (
	"math"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// signalSeries are the series of what users say.
type signalSeries struct {
	total *prometheus.CounterVec
	trend *prometheus.GaugeVec
}

func newSignalSeries(r *prometheus.Registry) signalSeries {
	s := signalSeries{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "user_signals_total", Help: "Tickets, posts and reviews that were taken in, by sentiment.",
		}, []string{"source", "sentiment", "pipeline"}),
		trend: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "user_signal_trend", Help: "How far a chart of user signals is from its baseline, in standard deviations; above its limit is an alarm.",
		}, []string{"pipeline", "source", "metric"}),
	}
	r.MustRegister(s.total, s.trend)
	return s
}

// CountSignals counts n signals of a pipeline and source that have one sentiment.
func (m *Meter) CountSignals(pipeline, source, sentiment string, n int) {
	m.whole.RLock()
	defer m.whole.RUnlock()
	m.signals.total.WithLabelValues(valid(source), valid(sentiment), valid(pipeline)).Add(float64(max(n, 0)))
}

// SetTrend says how far a chart is from its baseline, in standard deviations.
// What is not a finite number is left out.
func (m *Meter) SetTrend(pipeline, source, metric string, z float64) {
	if math.IsNaN(z) || math.IsInf(z, 0) {
		return
	}
	m.whole.RLock()
	defer m.whole.RUnlock()
	m.signals.trend.WithLabelValues(valid(pipeline), valid(source), valid(metric)).Set(z)
}

// valid makes a label: Prometheus takes no text that is not UTF-8, and panics.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
