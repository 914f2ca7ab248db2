package telemetry

import (
	"math"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const signalsTotal = "user_signals_total"

// signalSeries are the series of what users say.
type signalSeries struct {
	total *prometheus.CounterVec
	trend *prometheus.GaugeVec
	began *beginnings
}

// beginnings are when the counters of a pipeline and source were 0.
type beginnings struct {
	mu sync.Mutex
	at map[[2]string]time.Time
}

func newSignalSeries(r *prometheus.Registry) signalSeries {
	s := signalSeries{
		began: &beginnings{at: map[[2]string]time.Time{}},
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: signalsTotal, Help: "Tickets, posts and reviews that were taken in, by sentiment.",
		}, []string{"source", "sentiment", "pipeline"}),
		trend: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "user_signal_trend", Help: "How far a chart of user signals is from its baseline, in standard deviations; above its limit is an alarm.",
		}, []string{"pipeline", "source", "metric"}),
	}
	r.MustRegister(s.total, s.trend)
	return s
}

// DeclareSignals makes the counters of a pipeline and source appear at 0 as of a
// time, which is to be before the next [Engine.Append]: the rise from there is
// seen by rate(), also where signals are counted before it. A second call changes nothing.
func (m *Meter) DeclareSignals(pipeline, source string, at time.Time) {
	m.whole.RLock()
	defer m.whole.RUnlock()
	b := m.signals.began
	b.mu.Lock()
	defer b.mu.Unlock()
	key := [2]string{valid(pipeline), valid(source)}
	if _, ok := b.at[key]; ok {
		return
	}
	b.at[key] = at
	for _, sentiment := range []string{"negative", "neutral", "positive"} {
		m.signals.total.WithLabelValues(key[1], sentiment, key[0])
	}
}

// ForgetSignals takes the series of a pipeline and source away.
func (m *Meter) ForgetSignals(pipeline, source string) {
	m.whole.RLock()
	defer m.whole.RUnlock()
	b := m.signals.began
	b.mu.Lock()
	defer b.mu.Unlock()
	key := [2]string{valid(pipeline), valid(source)}
	delete(b.at, key)
	by := prometheus.Labels{"pipeline": key[0], "source": key[1]}
	m.signals.total.DeletePartialMatch(by)
	m.signals.trend.DeletePartialMatch(by)
}

// dated says of the counters of signals when they were 0.
func (s signalSeries) dated(all []Sample) []Sample {
	s.began.mu.Lock()
	defer s.began.mu.Unlock()
	for i := range all {
		if all[i].Name == signalsTotal {
			all[i].Start = s.began.at[[2]string{all[i].Labels["pipeline"], all[i].Labels["source"]}]
		}
	}
	return all
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
