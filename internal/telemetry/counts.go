package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
)

// counts is what the engine tells of itself.
type counts struct {
	kept    *prometheus.Registry // also stored as series of our own
	storage *prometheus.Registry // of the storage: text only

	taken, refused *prometheus.CounterVec
}

func newCounts() *counts {
	c := &counts{kept: prometheus.NewRegistry(), storage: prometheus.NewRegistry()}
	c.taken = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "telemetry_points_total", Help: "Data points of clients that were stored.",
	}, []string{"protocol"})
	c.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "telemetry_refused_points_total", Help: "Data points of clients that were refused, by reason.",
	}, []string{"protocol", "reason"})
	c.kept.MustRegister(c.taken, c.refused)
	for _, protocol := range []string{"otlp", "remote_write"} {
		c.taken.WithLabelValues(protocol)
		for _, reason := range reasonNames[tooOld:] {
			c.refused.WithLabelValues(protocol, reason)
		}
	}
	return c
}

func (c *counts) add(protocol string, t tally) {
	c.taken.WithLabelValues(protocol).Add(float64(t.points[stored]))
	for r := tooOld; r < reasons; r++ {
		if t.points[r] > 0 {
			c.refused.WithLabelValues(protocol, reasonNames[r]).Add(float64(t.points[r]))
		}
	}
}
