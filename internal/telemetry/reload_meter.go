package telemetry

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// RulesLoaded says whether the last attempt to load the rules was good, and at what time. The names are Prometheus' own
// for its configuration, with rules in place of config.
func (m *Meter) RulesLoaded(good bool, at time.Time) {
	m.whole.RLock()
	defer m.whole.RUnlock()
	value := 0.0
	if good {
		value = 1
		m.gauge("safelight_rules_last_reload_success_timestamp_seconds", "When rules were loaded last.").Set(float64(at.Unix()))
	}
	m.gauge("safelight_rules_last_reload_successful", "Whether the last attempt to load the rules was good.").Set(value)
}

// gauge gives the gauge of a name, made at its first use.
func (m *Meter) gauge(name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	var there prometheus.AlreadyRegisteredError
	if err := m.registry.Register(g); errors.As(err, &there) {
		if known, ok := there.ExistingCollector.(prometheus.Gauge); ok {
			return known
		}
	} else if err != nil {
		panic(fmt.Sprintf("telemetry: register %s: %v", name, err)) // the name is written wrong above
	}
	return g
}
