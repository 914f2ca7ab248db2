package telemetry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"

	"github.com/safelight-dev/safelight/internal/journal"
)

const (
	maxQueries    = 4      // of pages, at once; rules do not wait for them
	maxSteps      = 11_000 // of a range query, as Prometheus' API has it
	maxBatch      = 100_000
	defaultLimit  = 2_000_000
	defaultPeriod = 15 * time.Second
)

// Sample is one value of one series.
type Sample struct {
	// Name is the name of the metric, such as image_checks_total.
	Name   string
	Labels map[string]string
	Value  float64
	// Start is when a counter began at 0, if that is known: without it, and without an earlier sample of 0, the
	// first rise of a counter is not seen by rate().
	Start time.Time
}

// Append stores the samples at the given time, all or none of them. A series
// takes samples up to [OutOfOrderWindow] behind the newest one stored. Samples
// that cannot be stored (no name, too old, another value at the same time) give
// an error of kind [journal.ErrInvalid] that names the series.
func (e *Engine) Append(ctx context.Context, at time.Time, samples []Sample) error {
	leave, err := e.enter()
	if err != nil {
		return fmt.Errorf("append samples: %w", err)
	}
	defer leave()
	if len(samples) > maxBatch {
		return fmt.Errorf("append %d samples, at most %d at once: %w", len(samples), maxBatch, journal.ErrTooLarge)
	}
	app := e.db.AppenderV2(ctx)
	for _, s := range samples {
		if err := appendSample(app, at, s); err != nil {
			return errors.Join(fmt.Errorf("append samples at %s: %w", at.UTC().Format(time.RFC3339), err), app.Rollback())
		}
	}
	if err := app.Commit(); err != nil {
		return fmt.Errorf("append %d samples: %w", len(samples), err)
	}
	return nil
}

func appendSample(app storage.AppenderV2, at time.Time, s Sample) error {
	ls, err := s.labels()
	if err != nil {
		return err
	}
	var start int64 // 0 is unknown
	if !s.Start.IsZero() {
		start = s.Start.UnixMilli()
	}
	_, err = app.Append(0, ls, start, at.UnixMilli(), s.Value, nil, nil, storage.AOptions{})
	for _, refused := range []error{
		storage.ErrOutOfBounds, storage.ErrOutOfOrderSample, storage.ErrTooOldSample, storage.ErrDuplicateSampleForTimestamp,
	} {
		if errors.Is(err, refused) {
			return fmt.Errorf("%s%s: %w: %w", s.Name, ls.DropReserved(isName), err, journal.ErrInvalid)
		}
	}
	return err
}

func isName(label string) bool { return label == model.MetricNameLabel }

func (s Sample) labels() (labels.Labels, error) {
	if !model.UTF8Validation.IsValidMetricName(s.Name) {
		return noLabels, fmt.Errorf("name %q: %w", s.Name, journal.ErrInvalid)
	}
	b := labels.NewBuilder(noLabels)
	for name, value := range s.Labels {
		if isName(name) || !model.UTF8Validation.IsValidLabelName(name) || !model.LabelValue(value).IsValid() {
			return noLabels, fmt.Errorf("label %q = %q: %w", name, value, journal.ErrInvalid)
		}
		b.Set(name, value)
	}
	b.Set(model.MetricNameLabel, s.Name)
	return b.Labels(), nil
}

// Point is a value at a time.
type Point struct {
	// Labels are those of the series with __name__; nil within a [Series], which has them.
	Labels map[string]string
	At     time.Time // UTC
	Value  float64
}

// Series is the values of one series in the order of time.
type Series struct {
	Labels map[string]string
	Points []Point
}

func newQueryEngine(o Options) *promql.Engine {
	if o.MaxSamples == 0 {
		o.MaxSamples = defaultLimit
	}
	if o.QueryTimeout == 0 {
		o.QueryTimeout = defaultPeriod
	}
	return promql.NewEngine(promql.EngineOpts{
		Logger:                   o.Log,
		MaxSamples:               o.MaxSamples,
		Timeout:                  o.QueryTimeout,
		LookbackDelta:            lookback,
		NoStepSubqueryIntervalFn: func(int64) int64 { return DefaultInterval.Milliseconds() },
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
		Parser:                   newParser(),
	})
}

// Query evaluates a PromQL expression at a time; its value must be a vector or a
// scalar, which gives one point without labels. A wrong expression is an error of
// kind [journal.ErrInvalid] with its position, one that needs too many samples of
// kind [journal.ErrTooLarge], and one that takes too long is
// [context.DeadlineExceeded]. The order is that of the engine: sort() and topk()
// keep theirs.
func (e *Engine) Query(ctx context.Context, expr string, at time.Time) ([]Point, error) {
	if e.upstream != nil {
		return e.queryAbove(ctx, expr, at)
	}
	value, done, err := e.run(ctx, expr, func() (promql.Query, error) {
		return e.promql.NewInstantQuery(ctx, e.db, nil, expr, at)
	})
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	defer done()
	switch v := value.(type) {
	case promql.Scalar:
		return []Point{{At: time.UnixMilli(v.T).UTC(), Value: v.V}}, nil
	case promql.Vector:
		points := make([]Point, len(v))
		for i, s := range v {
			if s.H != nil {
				return nil, fmt.Errorf("query: a native histogram has no single value; use histogram_quantile(): %w", journal.ErrInvalid)
			}
			points[i] = Point{Labels: s.Metric.Map(), At: time.UnixMilli(s.T).UTC(), Value: s.F}
		}
		return points, nil
	}
	return nil, fmt.Errorf("query: the value is a %s, not a vector or scalar: %w", value.Type(), journal.ErrInvalid)
}

// QueryRange evaluates a PromQL expression at from, from+step … up to to, in at
// most 11 000 steps, and returns the series ordered by labels. Errors are as in
// [Engine.Query].
func (e *Engine) QueryRange(ctx context.Context, expr string, from, to time.Time, step time.Duration) ([]Series, error) {
	if step < time.Millisecond || to.Before(from) {
		return nil, fmt.Errorf("query range: a step of 1 ms or more and a time from before to are needed: %w", journal.ErrInvalid)
	}
	if to.Sub(from)/step >= maxSteps {
		return nil, fmt.Errorf("query range: more than %d steps of %s: %w", maxSteps, step, journal.ErrTooLarge)
	}
	if e.upstream != nil {
		return e.rangeAbove(ctx, expr, window{from, to, step})
	}
	value, done, err := e.run(ctx, expr, func() (promql.Query, error) {
		return e.promql.NewRangeQuery(ctx, e.db, nil, expr, from, to, step)
	})
	if err != nil {
		return nil, fmt.Errorf("query range: %w", err)
	}
	defer done()
	matrix, ok := value.(promql.Matrix)
	if !ok {
		return nil, fmt.Errorf("query range: the value is a %s: %w", value.Type(), journal.ErrInvalid)
	}
	series := make([]Series, len(matrix))
	for i, s := range matrix {
		if len(s.Histograms) > 0 {
			return nil, fmt.Errorf("query range: a native histogram has no single value; use histogram_quantile(): %w", journal.ErrInvalid)
		}
		series[i] = Series{Labels: s.Metric.Map(), Points: make([]Point, len(s.Floats))}
		for j, p := range s.Floats {
			series[i].Points[j] = Point{At: time.UnixMilli(p.T).UTC(), Value: p.F}
		}
	}
	return series, nil
}

// run executes a query within the limits. The value is valid until done is called.
func (e *Engine) run(ctx context.Context, expr string, build func() (promql.Query, error)) (v parser.Value, done func(), err error) {
	done, err = e.slot(ctx, expr)
	if err != nil {
		return nil, nil, err
	}
	q, err := build()
	if err != nil {
		done()
		return nil, nil, fmt.Errorf("%w: %w", err, journal.ErrInvalid)
	}
	finish := done
	done = func() { q.Close(); finish() }
	res := q.Exec(ctx)
	if res.Err != nil {
		done()
		return nil, nil, kindOf(ctx, res.Err)
	}
	return res.Value, done, nil
}

// slot waits until one more query of a page may run, and keeps the storage open until done is called.
func (e *Engine) slot(ctx context.Context, expr string) (done func(), err error) {
	if len(expr) > maxExprBytes {
		return nil, fmt.Errorf("expression of %d bytes, at most %d: %w", len(expr), maxExprBytes, journal.ErrTooLarge)
	}
	leave, err := e.enter()
	if err != nil {
		return nil, err
	}
	select {
	case e.queries <- struct{}{}:
		return func() { <-e.queries; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

func kindOf(ctx context.Context, err error) error {
	var tooMany promql.ErrTooManySamples
	var timeout promql.ErrQueryTimeout
	var canceled promql.ErrQueryCanceled
	switch {
	case errors.As(err, &tooMany):
		return fmt.Errorf("%w: %w", err, journal.ErrTooLarge)
	case errors.As(err, &timeout):
		return fmt.Errorf("%w: %w", err, context.DeadlineExceeded)
	case errors.As(err, &canceled) && ctx.Err() != nil:
		return fmt.Errorf("%w: %w", err, ctx.Err())
	}
	return err
}
