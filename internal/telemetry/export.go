package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

const (
	exportTimeout = 10 * time.Second
	lastTimeout   = 3 * time.Second // of the export at the end, which the process waits for
	exportTries   = 5
	// Between two tries the wait doubles, from the first up to the longest.
	firstWait, longestWait = time.Second, 30 * time.Second
	maxExportAnswer        = 64 << 10
)

// Exporter sends the series of a [Meter] to an OTLP/HTTP receiver, such as the
// OpenTelemetry Collector. Names stay those of Prometheus, without the _total that
// a receiver adds to a counter.
type Exporter struct {
	meter   *Meter
	config  ExportConfig
	headers http.Header
	client  *http.Client
	log     *slog.Logger
	now     func() time.Time
	wait    func(context.Context, time.Duration) error
	began   time.Time
}

// NewExporter makes an exporter. It reads the environment variable that the
// configuration names. Times are those of now, the wall clock where it is nil.
func NewExporter(m *Meter, c ExportConfig, log *slog.Logger, now func() time.Time) (*Exporter, error) {
	if err := (Config{Export: &c}).Validate(); err != nil {
		return nil, err
	}
	headers, err := credentials(c.Headers, c.TokenEnv)
	if err != nil {
		return nil, fmt.Errorf("series.export: %w", err)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if now == nil {
		now = time.Now
	}
	set(&c.Interval, defaultExportInterval)
	return &Exporter{
		meter: m, config: c, headers: headers, client: straight(exportTimeout),
		log: log, now: now, wait: sleep, began: now(),
	}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run exports at each interval until the context ends, and then once more. A
// receiver that does not answer costs nothing but a line in the log: counters are
// cumulative, and the next export has it all.
func (x *Exporter) Run(ctx context.Context) {
	for x.wait(ctx, x.config.Interval) == nil {
		within, cancel := context.WithTimeout(ctx, x.config.Interval)
		if err := x.Export(within); err != nil && ctx.Err() == nil {
			x.log.Warn("export our series", "error", err)
		}
		cancel()
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTimeout)
	defer cancel()
	if err := x.once(last); err != nil {
		x.log.Warn("export our series at the end", "error", err)
	}
}

// Export sends the series as they stand. It repeats, with waits that grow, what
// the receiver was too busy for or could not be asked, and not what it refused.
func (x *Exporter) Export(ctx context.Context) error {
	wait := firstWait
	for try := 1; ; try++ {
		err := x.once(ctx)
		var busy *busyError
		if err == nil || !errors.As(err, &busy) || try == exportTries {
			return err
		}
		// Not all of the servers that lost one receiver come back at the same moment.
		pause := max(busy.after, wait/2+rand.N(wait/2))
		if x.wait(ctx, min(pause, longestWait)) != nil {
			return err
		}
		wait = min(2*wait, longestWait)
	}
}

// busyError is a failure that may be over in a while.
type busyError struct {
	err   error
	after time.Duration // what the receiver asked for
}

func (e *busyError) Error() string { return e.err.Error() }
func (e *busyError) Unwrap() error { return e.err }

func (x *Exporter) once(ctx context.Context) error {
	body, err := x.encode()
	if err != nil {
		return fmt.Errorf("encode metrics: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, x.config.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("export metrics: %w", err)
	}
	r.Header = x.headers.Clone()
	r.Header.Set("Content-Type", protobufType)
	r.Header.Set("Content-Encoding", "gzip")
	answer, err := x.client.Do(r)
	if err != nil {
		return fmt.Errorf("export metrics: %w", &busyError{err: err})
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(io.LimitReader(answer.Body, maxExportAnswer))
	if err != nil {
		return fmt.Errorf("export metrics: %w", &busyError{err: err})
	}
	return x.judge(answer, said)
}

// judge reads an answer as OTLP 1.9 says: 429, 502, 503 and 504 are worth a repetition, nothing else is.
func (x *Exporter) judge(answer *http.Response, said []byte) error {
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		after, err := strconv.Atoi(answer.Header.Get("Retry-After"))
		if err != nil {
			after = 0
		}
		return &busyError{err: fmt.Errorf("export metrics: the receiver answers %s", answer.Status), after: time.Duration(max(after, 0)) * time.Second}
	}
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("export metrics: the receiver answers %s: %s", answer.Status, firstLine(string(said)))
	}
	result := pmetricotlp.NewExportResponse()
	if err := result.UnmarshalProto(said); err != nil {
		return nil // some receivers say 200 and anything
	}
	if n := result.PartialSuccess().RejectedDataPoints(); n > 0 {
		return fmt.Errorf("export metrics: the receiver refused %d points: %s", n, firstLine(result.PartialSuccess().ErrorMessage()))
	}
	return nil
}

func (x *Exporter) encode() ([]byte, error) {
	body, err := pmetricotlp.NewExportRequestFromMetrics(x.metrics()).MarshalProto()
	if err != nil {
		return nil, err
	}
	var zipped bytes.Buffer
	zip := gzip.NewWriter(&zipped)
	if _, err := zip.Write(body); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return zipped.Bytes(), nil
}

// metrics translates all families of the meter.
func (x *Exporter) metrics() pmetric.Metrics {
	md := pmetric.NewMetrics()
	resource := md.ResourceMetrics().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "safelight")
	scope := resource.ScopeMetrics().AppendEmpty()
	scope.Scope().SetName("github.com/safelight-dev/safelight/internal/telemetry")
	at := span{from: pcommon.NewTimestampFromTime(x.began), to: pcommon.NewTimestampFromTime(x.now())}
	for _, f := range x.meter.families() {
		m := scope.Metrics().AppendEmpty()
		m.SetName(f.GetName())
		m.SetDescription(f.GetHelp())
		at.family(f, m)
	}
	return md
}

// span is the time of an export, from when counters began.
type span struct{ from, to pcommon.Timestamp }

func (s span) family(f *dto.MetricFamily, m pmetric.Metric) {
	switch f.GetType() {
	case dto.MetricType_COUNTER:
		m.SetName(strings.TrimSuffix(f.GetName(), "_total"))
		sum := m.SetEmptySum()
		sum.SetIsMonotonic(true)
		sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		for _, one := range f.GetMetric() {
			s.number(sum.DataPoints().AppendEmpty(), one, one.GetCounter().GetValue()).SetStartTimestamp(s.from)
		}
	case dto.MetricType_HISTOGRAM:
		h := m.SetEmptyHistogram()
		h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		for _, one := range f.GetMetric() {
			s.histogram(h.DataPoints().AppendEmpty(), one)
		}
	case dto.MetricType_SUMMARY:
		summary := m.SetEmptySummary()
		for _, one := range f.GetMetric() {
			s.summary(summary.DataPoints().AppendEmpty(), one)
		}
	default:
		gauge := m.SetEmptyGauge()
		for _, one := range f.GetMetric() {
			v := one.GetGauge().GetValue()
			if one.GetUntyped() != nil {
				v = one.GetUntyped().GetValue()
			}
			s.number(gauge.DataPoints().AppendEmpty(), one, v)
		}
	}
}

func (s span) number(p pmetric.NumberDataPoint, one *dto.Metric, v float64) pmetric.NumberDataPoint {
	p.SetTimestamp(s.to)
	p.SetDoubleValue(v)
	attributes(p.Attributes(), one)
	return p
}

// histogram turns the counts up to each bound into those between two.
func (s span) histogram(p pmetric.HistogramDataPoint, one *dto.Metric) {
	p.SetStartTimestamp(s.from)
	p.SetTimestamp(s.to)
	attributes(p.Attributes(), one)
	h := one.GetHistogram()
	p.SetCount(h.GetSampleCount())
	p.SetSum(h.GetSampleSum())
	var before uint64
	for _, b := range h.GetBucket() {
		p.ExplicitBounds().Append(b.GetUpperBound())
		p.BucketCounts().Append(b.GetCumulativeCount() - before)
		before = b.GetCumulativeCount()
	}
	p.BucketCounts().Append(h.GetSampleCount() - before)
}

func (s span) summary(p pmetric.SummaryDataPoint, one *dto.Metric) {
	p.SetStartTimestamp(s.from)
	p.SetTimestamp(s.to)
	attributes(p.Attributes(), one)
	p.SetCount(one.GetSummary().GetSampleCount())
	p.SetSum(one.GetSummary().GetSampleSum())
	for _, q := range one.GetSummary().GetQuantile() {
		v := p.QuantileValues().AppendEmpty()
		v.SetQuantile(q.GetQuantile())
		v.SetValue(q.GetValue())
	}
}

func attributes(to pcommon.Map, one *dto.Metric) {
	for _, l := range one.GetLabel() {
		to.PutStr(l.GetName(), l.GetValue())
	}
}
