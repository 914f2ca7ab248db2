package telemetry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
)

// check compares the firing alerts of one name, of whichever group, with what is expected.
func (b *bench) check(want unitAlert) (UnitFault, bool) {
	f := UnitFault{Alert: want.Name, At: want.At}
	for _, g := range b.groups {
		for _, rule := range g.Rules() {
			alerting, ok := rule.(*rules.AlertingRule)
			if !ok || alerting.Name() != want.Name {
				continue
			}
			for _, a := range alerting.ActiveAlerts() {
				if a.State == rules.StateFiring {
					f.Got = append(f.Got, alertLine(a.Labels, a.Annotations))
				}
			}
		}
	}
	for _, e := range want.Expected {
		ls := maps.Clone(e.Labels)
		if ls == nil {
			ls = map[string]string{}
		}
		ls[labels.AlertName] = want.Name // which a test need not say
		f.Expected = append(f.Expected, alertLine(labels.FromMap(ls), labels.FromMap(e.Annotations)))
	}
	slices.Sort(f.Got)
	slices.Sort(f.Expected)
	return f, slices.Equal(f.Got, f.Expected)
}

// alertLine is an alert as text: two are the same if and only if their texts are.
func alertLine(ls, annotations labels.Labels) string {
	if annotations.IsEmpty() {
		return ls.String()
	}
	return ls.String() + " annotations " + annotations.String()
}

// unitSample is one sample of an expression.
type unitSample struct {
	labels    labels.Labels
	value     float64
	histogram string
}

func (s unitSample) String() string {
	if s.histogram != "" {
		return s.labels.String() + " " + s.histogram
	}
	return s.labels.String() + " " + strconv.FormatFloat(s.value, 'g', -1, 64)
}

// same compares values exactly, or, where the file asks for it, but for the last bit. NaN is not NaN, as in promtool.
func (s unitSample) same(o unitSample, fuzzy bool) bool {
	if !labels.Equal(s.labels, o.labels) || s.histogram != o.histogram {
		return false
	}
	x, y := s.value, o.value
	return x == y || fuzzy && (math.Nextafter(x, math.Inf(-1)) == y || math.Nextafter(x, math.Inf(1)) == y)
}

// compare evaluates an expression on the series as the rules left them, and compares its samples.
func (b *bench) compare(ctx context.Context, start time.Time, want unitExpr, fuzzy bool) (UnitFault, bool) {
	f := UnitFault{Expr: want.Expr, At: want.At}
	got, err := b.query(ctx, want.Expr, start.Add(time.Duration(want.At)))
	if err != nil {
		f.Err = err
		return f, false
	}
	var expected []unitSample
	for _, e := range want.Expected {
		s := unitSample{value: e.Value}
		if s.labels, err = newParser().ParseMetric(e.Labels); err == nil && e.Histogram != "" {
			s.histogram, err = histogramText(e.Histogram)
		}
		if err != nil {
			f.Err = fmt.Errorf("exp_samples, labels %q: %w", e.Labels, err)
			return f, false
		}
		expected = append(expected, s)
	}
	byLabels := func(a, b unitSample) int { return labels.Compare(a.labels, b.labels) }
	slices.SortStableFunc(got, byLabels)
	slices.SortStableFunc(expected, byLabels)
	if slices.EqualFunc(expected, got, func(a, b unitSample) bool { return a.same(b, fuzzy) }) {
		return f, true
	}
	for _, s := range expected {
		f.Expected = append(f.Expected, s.String())
	}
	for _, s := range got {
		f.Got = append(f.Got, s.String())
	}
	return f, false
}

func (b *bench) query(ctx context.Context, expr string, at time.Time) ([]unitSample, error) {
	if len(expr) > maxExprBytes {
		return nil, fmt.Errorf("expression of %d bytes, at most %d", len(expr), maxExprBytes)
	}
	q, err := b.promql.NewInstantQuery(ctx, b.db, nil, expr, at)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, result.Err
	}
	switch v := result.Value.(type) {
	case promql.Scalar:
		return []unitSample{{value: v.V}}, nil
	case promql.Vector:
		all := make([]unitSample, len(v))
		for i, s := range v {
			all[i] = unitSample{labels: s.Metric.Copy(), value: s.F, histogram: testText(s.H)}
		}
		return all, nil
	}
	return nil, fmt.Errorf("the value is a %s, not a vector or scalar", result.Value.Type())
}

// histogramText reads a histogram and writes it as testText does.
func histogramText(text string) (string, error) {
	if expansion(text) > maxUnitSamples {
		return "", errors.New("a histogram is wanted")
	}
	_, values, err := newParser().ParseSeriesDesc("{} " + text)
	switch {
	case err != nil:
		return "", err
	case len(values) != 1 || values[0].Histogram == nil:
		return "", fmt.Errorf("%q is not one histogram", text)
	}
	return testText(values[0].Histogram), nil
}

func testText(h *histogram.FloatHistogram) string {
	if h == nil {
		return ""
	}
	return h.TestExpression()
}
