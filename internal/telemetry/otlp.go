package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/storage/remote/otlptranslator/prometheusremotewrite"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/safelight-dev/safelight/internal/journal"
)

const (
	protobufType = "application/x-protobuf"
	jsonType     = "application/json"

	// retrySoon and retryLater are Retry-After in seconds: when the server is busy, and when the client has too many series.
	retrySoon, retryLater = 1, 60
)

// OTLP takes metrics in by OTLP/HTTP: POST of an ExportMetricsServiceRequest as
// protobuf or JSON, plain or gzip. Names become those of Prometheus
// (image.delta_e.over_threshold counted becomes
// image_delta_e_over_threshold_total), deltas are added up.
//
// What can be stored of a request is stored; how many points were refused and why
// stands in the partial success of the answer. Where all of them were refused
// because the client has too many series, the answer is 429. A broken request is
// 400, one that is too large 413, another type or encoding 415, and 503 says that
// the server is busy. An answer has the type of its request.
func (e *Engine) OTLP() http.Handler { return http.HandlerFunc(e.serveOTLP) }

func (e *Engine) serveOTLP(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != protobufType && kind != jsonType {
		http.Error(w, "content type: send "+protobufType+" or "+jsonType, http.StatusUnsupportedMediaType)
		return
	}
	leave, err := e.receive(w, r)
	if err != nil {
		refuseOTLP(w, kind, err)
		return
	}
	defer leave()
	result, err := e.takeOTLP(w, r, kind)
	if err != nil {
		refuseOTLP(w, kind, err)
		return
	}
	e.counts.add("otlp", result)
	if result.overLimit() {
		refuseOTLP(w, kind, fmt.Errorf("%s: %w", result, errTooManySeries))
		return
	}
	answerOTLP(w, kind, result)
}

var (
	errTooManySeries = errors.New("this client has as many series as it may have")
	errEncoding      = errors.New("content encoding: send it plain or as gzip")
)

// takeOTLP reads, decodes and stores a request within the limits.
func (e *Engine) takeOTLP(w http.ResponseWriter, r *http.Request, kind string) (tally, error) {
	body := bodies.Get().(*bytes.Buffer)
	defer func() {
		if body.Reset(); body.Cap() <= maxKept {
			bodies.Put(body)
		}
	}()
	if err := readBody(body, w, r); err != nil {
		return tally{}, err
	}
	done, err := e.decoding(r.Context(), body.Len())
	if err != nil {
		return tally{}, err
	}
	defer done()
	request := pmetricotlp.NewExportRequest()
	if kind == jsonType {
		err = request.UnmarshalJSON(body.Bytes())
	} else {
		err = request.UnmarshalProto(body.Bytes())
	}
	if err != nil {
		return tally{}, fmt.Errorf("decode metrics: %s: %w", firstLine(err.Error()), journal.ErrInvalid)
	}
	result, err := e.ingestOTLP(r.Context(), clientKey(r), request.Metrics())
	if err != nil {
		e.log.Error("store metrics", "error", err)
	}
	return result, err
}

// maxKept is the size of a body whose memory is kept for the next one.
const maxKept = 1 << 20

// bodies are kept: to grow a buffer anew for each request costs as much as to store what is in it. What is decoded is a copy.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readBody reads a body, plain or gzip, of at most maxBody bytes either way.
func readBody(into *bytes.Buffer, w http.ResponseWriter, r *http.Request) error {
	var from io.Reader = http.MaxBytesReader(w, r.Body, maxBody)
	switch encoding := strings.ToLower(r.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(from)
		if err != nil {
			return readError(err)
		}
		from = unzipped
	default:
		return errEncoding
	}
	n, err := into.ReadFrom(io.LimitReader(from, maxBody+1))
	if err != nil {
		return readError(err)
	}
	if n > maxBody {
		return fmt.Errorf("read samples: more than %d bytes after decompression, send less at once: %w", maxBody, journal.ErrTooLarge)
	}
	return nil
}

func readError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fmt.Errorf("read samples: more than %d bytes, send less at once: %w", tooLarge.Limit, journal.ErrTooLarge)
	}
	return fmt.Errorf("read samples: %w: %w", err, journal.ErrInvalid)
}

// ingestOTLP stores what can be stored of the metrics, which it changes.
func (e *Engine) ingestOTLP(ctx context.Context, key string, md pmetric.Metrics) (tally, error) {
	leave, err := e.enter()
	if err != nil {
		return tally{}, fmt.Errorf("store metrics: %w", err)
	}
	defer leave()
	now := e.now()
	from := e.clients.of(key, now)
	in := e.ingestion(ctx, from, now)
	in.whole = true
	total := md.DataPointCount()
	in.screen(md)
	if hasDelta(md) {
		if err := in.addUp(ctx, md); err != nil {
			return tally{}, errors.Join(fmt.Errorf("add deltas up: %w", err), in.Rollback())
		}
	}
	_, err = prometheusremotewrite.NewPrometheusConverter(in).FromMetrics(ctx, md, e.translation)
	if ctx.Err() == nil {
		// What remains are metrics that cannot be translated: the others are stored.
		if err != nil && in.failed == nil {
			in.blame(err)
		}
		err = nil
	}
	if err := in.finish(err); err != nil {
		return tally{}, fmt.Errorf("store metrics: %w", err)
	}
	in.tally.points[malformed] += max(0, total-in.tally.refused()-in.tally.points[stored])
	return in.tally, nil
}

// translation is how names and labels are made: as Prometheus does where nothing is configured.
func translation(promote []string) prometheusremotewrite.Settings {
	c := config.DefaultOTLPConfig
	c.PromoteResourceAttributes = promote
	return prometheusremotewrite.Settings{
		AddMetricSuffixes:                    c.TranslationStrategy.ShouldAddSuffixes(),
		AllowUTF8:                            !c.TranslationStrategy.ShouldEscape(),
		PromoteResourceAttributes:            prometheusremotewrite.NewPromoteResourceAttributes(c),
		LookbackDelta:                        lookback,
		LabelNameUnderscoreSanitization:      c.LabelNameUnderscoreSanitization,
		LabelNamePreserveMultipleUnderscores: c.LabelNamePreserveMultipleUnderscores,
	}
}

// screen drops and counts the points that are refused at sight: by their time, and by how many attributes they have. It
// comes before the translator, which writes target_info for each few minutes between the first and the last point of a
// resource, and looks each attribute up among all others. Exemplars are not kept, and so not translated either.
func (in *ingestion) screen(md pmetric.Metrics) {
	md.ResourceMetrics().RemoveIf(func(r pmetric.ResourceMetrics) bool {
		if r.Resource().Attributes().Len() <= maxLabels {
			return false
		}
		one := pmetric.NewMetrics()
		r.MoveTo(one.ResourceMetrics().AppendEmpty())
		in.refuse(badLabels, one.DataPointCount())
		return true
	})
	eachMetric(md, func(m pmetric.Metric) {
		switch m.Type() {
		case pmetric.MetricTypeGauge:
			m.Gauge().DataPoints().RemoveIf(func(p pmetric.NumberDataPoint) bool { return in.refuses(p, p.Exemplars()) })
		case pmetric.MetricTypeSum:
			m.Sum().DataPoints().RemoveIf(func(p pmetric.NumberDataPoint) bool { return in.refuses(p, p.Exemplars()) })
		case pmetric.MetricTypeHistogram:
			m.Histogram().DataPoints().RemoveIf(func(p pmetric.HistogramDataPoint) bool { return in.refuses(p, p.Exemplars()) })
		case pmetric.MetricTypeExponentialHistogram:
			m.ExponentialHistogram().DataPoints().RemoveIf(func(p pmetric.ExponentialHistogramDataPoint) bool { return in.refuses(p, p.Exemplars()) })
		case pmetric.MetricTypeSummary:
			m.Summary().DataPoints().RemoveIf(func(p pmetric.SummaryDataPoint) bool { return in.refuses(p, pmetric.NewExemplarSlice()) })
		}
	})
}

// dataPoint is what the points of all types have.
type dataPoint interface {
	Timestamp() pcommon.Timestamp
	Attributes() pcommon.Map
}

func (in *ingestion) refuses(p dataPoint, exemplars pmetric.ExemplarSlice) bool {
	if exemplars.Len() > 0 {
		exemplars.RemoveIf(func(pmetric.Exemplar) bool { return true })
	}
	ms := int64(p.Timestamp()) / int64(time.Millisecond)
	switch {
	case ms < in.oldest:
		in.refuse(tooOld, 1)
	case ms > in.newest:
		in.refuse(tooFarAhead, 1)
	case p.Attributes().Len() > maxLabels:
		in.refuse(badLabels, 1)
	default:
		return false
	}
	return true
}

func eachMetric(md pmetric.Metrics, do func(pmetric.Metric)) {
	for _, resource := range md.ResourceMetrics().All() {
		for _, scope := range resource.ScopeMetrics().All() {
			for _, m := range scope.Metrics().All() {
				do(m)
			}
		}
	}
}

func answerOTLP(w http.ResponseWriter, kind string, result tally) {
	answer := pmetricotlp.NewExportResponse()
	if n := result.refused(); n > 0 {
		answer.PartialSuccess().SetRejectedDataPoints(int64(n))
		answer.PartialSuccess().SetErrorMessage(result.String())
	}
	encode := answer.MarshalProto
	if kind == jsonType {
		encode = answer.MarshalJSON
	}
	body, err := encode()
	if err != nil {
		refuseOTLP(w, kind, err)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(body)
}

// refuseOTLP answers with a google.rpc.Status, as OTLP asks for.
func refuseOTLP(w http.ResponseWriter, kind string, err error) {
	status, code := statusOf(err)
	switch status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(retrySoon))
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", strconv.Itoa(retryLater))
	}
	text := firstLine(journal.WithoutKind(err.Error()))
	var body []byte
	if kind == jsonType {
		body, _ = json.Marshal(map[string]any{"code": code, "message": text}) // a number and a text always go
	} else {
		body = protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(code))
		body = protowire.AppendString(protowire.AppendTag(body, 2, protowire.BytesType), text)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// statusOf gives the HTTP status and the code of gRPC that stand for an error.
func statusOf(err error) (status, code int) {
	switch {
	case errors.Is(err, errTooManySeries):
		return http.StatusTooManyRequests, 8 // RESOURCE_EXHAUSTED
	case errors.Is(err, errEncoding):
		return http.StatusUnsupportedMediaType, 3 // INVALID_ARGUMENT
	case errors.Is(err, journal.ErrTooLarge):
		return http.StatusRequestEntityTooLarge, 3
	case errors.Is(err, journal.ErrInvalid):
		return http.StatusBadRequest, 3
	}
	return http.StatusServiceUnavailable, 14 // UNAVAILABLE
}
