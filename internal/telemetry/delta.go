package telemetry

import (
	"context"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/deltatocumulativeprocessor"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/metric/noop"
)

// deltas adds the deltas of one client up. Its sums are lost with the process, or after an hour without a delta, and
// begin at 0 again: a reset, which rate() and increase() take for what it is.
type deltas struct {
	processor processor.Metrics
}

// newDeltas makes the processor that Prometheus itself uses, with a limit on the streams.
func newDeltas(limit int) (*deltas, error) {
	factory := deltatocumulativeprocessor.NewFactory()
	settings := processor.Settings{
		ID:                component.NewID(factory.Type()),
		TelemetrySettings: component.TelemetrySettings{MeterProvider: noop.NewMeterProvider()},
	}
	// It changes the metrics in place, which is all that is wanted of it.
	next, err := consumer.NewMetrics(func(context.Context, pmetric.Metrics) error { return nil })
	if err != nil {
		return nil, err
	}
	p, err := factory.CreateMetrics(context.Background(), settings,
		&deltatocumulativeprocessor.Config{MaxStale: time.Hour, MaxStreams: limit}, next)
	if err != nil {
		return nil, err
	}
	return &deltas{processor: p}, p.Start(context.Background(), nil)
}

func (d *deltas) close() { _ = d.processor.Shutdown(context.Background()) } // cancels its cleaning, and has no error

// addUp makes deltas cumulative, and drops and counts those that cannot be added.
func (in *ingestion) addUp(ctx context.Context, md pmetric.Metrics) error {
	sums, err := in.client.sums()
	if err != nil {
		return err
	}
	before := md.DataPointCount()
	if err := sums.processor.ConsumeMetrics(ctx, md); err != nil {
		return err
	}
	in.tally.points[staleDelta] += before - md.DataPointCount()
	return nil
}

// sums gives the client's deltas, made at the first.
func (c *client) sums() (*deltas, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deltas == nil {
		made, err := newDeltas(c.limit)
		if err != nil {
			return nil, err
		}
		c.deltas = made
	}
	return c.deltas, nil
}

func hasDelta(md pmetric.Metrics) bool {
	found := false
	eachMetric(md, func(m pmetric.Metric) {
		temporality := pmetric.AggregationTemporalityUnspecified
		switch m.Type() {
		case pmetric.MetricTypeSum:
			temporality = m.Sum().AggregationTemporality()
		case pmetric.MetricTypeHistogram:
			temporality = m.Histogram().AggregationTemporality()
		case pmetric.MetricTypeExponentialHistogram:
			temporality = m.ExponentialHistogram().AggregationTemporality()
		}
		found = found || temporality == pmetric.AggregationTemporalityDelta
	})
	return found
}
