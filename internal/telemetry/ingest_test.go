package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"github.com/safelight-dev/safelight/internal/people"
)

// openAt opens an engine whose clock stands at the start of the night.
func openAt(t *testing.T, c Config) *Engine {
	t.Helper()
	return open(t, Options{Config: c, Now: func() time.Time { return start }})
}

// gauges makes a request with one gauge of n series at a time.
func gauges(n int, at time.Time) pmetric.Metrics {
	md := pmetric.NewMetrics()
	points := gauge(md, "temperature")
	for i := range n {
		addPoint(points, at, float64(i)).Attributes().PutStr("sensor", strconv.Itoa(i))
	}
	return md
}

func gauge(md pmetric.Metrics, name string) pmetric.NumberDataPointSlice {
	if md.ResourceMetrics().Len() == 0 {
		md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty()
	}
	m := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().AppendEmpty()
	m.SetName(name)
	return m.SetEmptyGauge().DataPoints()
}

func addPoint(to pmetric.NumberDataPointSlice, at time.Time, v float64) pmetric.NumberDataPoint {
	p := to.AppendEmpty()
	p.SetTimestamp(pcommon.NewTimestampFromTime(at))
	p.SetDoubleValue(v)
	return p
}

func protobuf(t testing.TB, md pmetric.Metrics) []byte {
	t.Helper()
	body, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// post sends a body as a client and gives the answer.
func post(to http.Handler, client, contentType string, body []byte, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1/metrics", bytes.NewReader(body))
	r = r.WithContext(people.NewContext(r.Context(), people.Actor{ID: people.ID(client)}))
	r.Header.Set("Content-Type", contentType)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	to.ServeHTTP(w, r)
	return w
}

// pushed sends metrics as protobuf and gives how many points were refused, and the message.
func pushed(t *testing.T, to http.Handler, client string, md pmetric.Metrics) (refused int64, message string) {
	t.Helper()
	w := post(to, client, protobufType, protobuf(t, md))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != protobufType {
		t.Fatalf("answer %d, %s: %q", w.Code, w.Header(), w.Body)
	}
	answer := pmetricotlp.NewExportResponse()
	if err := answer.UnmarshalProto(w.Body.Bytes()); err != nil {
		t.Fatal(err)
	}
	return answer.PartialSuccess().RejectedDataPoints(), answer.PartialSuccess().ErrorMessage()
}

func count(t *testing.T, e *Engine, expr string, at time.Time) float64 {
	t.Helper()
	points, err := e.Query(t.Context(), expr, at)
	if err != nil {
		t.Fatal(err)
	}
	if len(points) == 0 {
		return 0
	}
	return points[0].Value
}

// Prometheus 3.13 stores these names for these instruments; the table is that of its documentation of OTLP.
func TestNamesArePrometheus(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{})
	md := pmetric.NewMetrics()
	scope := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty()
	number := func(name, unit string, monotonic, sum bool) {
		m := scope.Metrics().AppendEmpty()
		m.SetName(name)
		m.SetUnit(unit)
		if !sum {
			addPoint(m.SetEmptyGauge().DataPoints(), start, 1)
			return
		}
		s := m.SetEmptySum()
		s.SetIsMonotonic(monotonic)
		s.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		p := addPoint(s.DataPoints(), start, 3)
		p.Attributes().PutStr("vcs.ref/head", "main")
	}
	number("image_delta_e_over_threshold", "", true, true)
	number("image.delta_e.over_threshold.two", "{image}", true, true)
	number("decode.duration", "ms", false, false)
	number("queue.length", "1", false, true)
	number("palette.share", "1", false, false)
	h := scope.Metrics().AppendEmpty()
	h.SetName("image.ssim")
	hist := h.SetEmptyHistogram()
	hist.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	p := hist.DataPoints().AppendEmpty()
	p.SetTimestamp(pcommon.NewTimestampFromTime(start))
	p.SetCount(3)
	p.SetSum(2.5)
	p.ExplicitBounds().FromRaw([]float64{0.5, 0.9})
	p.BucketCounts().FromRaw([]uint64{1, 1, 1})
	if n, message := pushed(t, e.OTLP(), "a", md); n != 0 || message != "" {
		t.Fatalf("refused %d: %s", n, message)
	}
	points, err := e.Query(t.Context(), `{__name__=~".+"}`, start)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range points {
		text := p.Labels["__name__"]
		for _, label := range []string{"le", "vcs_ref_head"} {
			if v, ok := p.Labels[label]; ok {
				text += " " + label + "=" + v
			}
		}
		got = append(got, fmt.Sprintf("%s %g", text, p.Value))
	}
	slices.Sort(got)
	equal(t, "names", got, []string{
		"decode_duration_milliseconds 1",
		"image_delta_e_over_threshold_total vcs_ref_head=main 3",
		"image_delta_e_over_threshold_two_total vcs_ref_head=main 3",
		"image_ssim_bucket le=+Inf 3", "image_ssim_bucket le=0.5 1", "image_ssim_bucket le=0.9 2",
		"image_ssim_count 3", "image_ssim_sum 2.5",
		"palette_share_ratio 1",
		"queue_length vcs_ref_head=main 3",
	})
}

// What is wrong is refused point by point, and the good rest is stored.
func TestPartialSuccess(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{})
	md := gauges(3, start)
	points := gauge(md, "other")
	addPoint(points, start, 1)
	addPoint(points, start.AddDate(10, 0, 0), 1).Attributes().PutStr("absurd", "ten years ahead")
	addPoint(points, start.Add(11*time.Minute), 1).Attributes().PutStr("absurd", "eleven minutes ahead")
	addPoint(points, start.AddDate(-1, 0, 0), 1).Attributes().PutStr("absurd", "a year ago")
	addPoint(points, time.Unix(0, 0), 1).Attributes().PutStr("absurd", "no time")
	p := addPoint(points, start, 1)
	p.SetTimestamp(math.MaxUint64)
	bomb := addPoint(points, start, 1)
	for i := range maxLabels + 1 {
		bomb.Attributes().PutStr("l"+strconv.Itoa(i), "v")
	}
	addPoint(points, start, 1).Attributes().PutStr("long", strings.Repeat("x", maxLabelBytes+1))
	addPoint(points, start, 1).Attributes().PutStr("text", "\xff")
	addPoint(gauge(md, ""), start, 1)
	unspecified := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().AppendEmpty()
	unspecified.SetName("unspecified")
	addPoint(unspecified.SetEmptySum().DataPoints(), start, 1)
	addPoint(unspecified.Sum().DataPoints(), start.Add(time.Second), 1)

	refused, message := pushed(t, e.OTLP(), "a", md)
	if refused != 11 {
		t.Errorf("%d refused, want 11: %s", refused, message)
	}
	for _, want := range []string{"11 of 15 points", "3 too old", "2 too far", "3 with labels", "3 malformed"} {
		if !strings.Contains(message, want) {
			t.Errorf("%q is missing in %q", want, message)
		}
	}
	if got := count(t, e, `count({__name__=~".+"})`, start); got != 4 {
		t.Errorf("%g series stored, want the 4 that are good", got)
	}
}

// The same again is no error and changes nothing; late is stored, too late is refused; another value is refused.
func TestDuplicatesAndLateOnes(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{OutOfOrder: 2 * time.Hour})
	to := e.OTLP()
	push := func(at time.Time, v float64) int64 {
		t.Helper()
		md := pmetric.NewMetrics()
		addPoint(gauge(md, "x"), at, v)
		refused, _ := pushed(t, to, "a", md)
		return refused
	}
	for _, c := range []struct {
		what    string
		at      time.Time
		v       float64
		refused int64
	}{
		{"first", start, 5, 0},
		{"again", start, 5, 0},
		{"another value", start, 6, 1},
		{"late", start.Add(-90 * time.Minute), 3, 0},
		{"too late", start.Add(-121 * time.Minute), 1, 1},
	} {
		if got := push(c.at, c.v); got != c.refused {
			t.Errorf("%s: %d refused, want %d", c.what, got, c.refused)
		}
	}
	if got := count(t, e, "count_over_time(x[3h])*100 + max_over_time(x[3h])*10 + min_over_time(x[3h])", start); got != 253 {
		t.Errorf("stored: %g, want the two samples 3 and 5 (253)", got)
	}
}

// Each fault has its status, and the answer the type of its request.
func TestOTLPAnswers(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{})
	good := protobuf(t, gauges(1, start))
	goodJSON, err := pmetricotlp.NewExportRequestFromMetrics(gauges(2, start)).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	zip := func(b []byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, _ = z.Write(b)
		_ = z.Close()
		return out.Bytes()
	}
	for name, c := range map[string]struct {
		kind, encoding string
		body           []byte
		want           int
	}{
		"protobuf":                {protobufType, "", good, 200},
		"nothing in it":           {protobufType, "", nil, 200},
		"JSON":                    {jsonType, "", goodJSON, 200},
		"JSON with a charset":     {"application/json; charset=utf-8", "", goodJSON, 200},
		"JSON, gzip":              {jsonType, "gzip", zip(goodJSON), 200},
		"gzip":                    {protobufType, "gzip", zip(good), 200},
		"broken protobuf":         {protobufType, "", good[:len(good)-3], 400},
		"broken JSON":             {jsonType, "", []byte(`{"resourceMetrics":[`), 400},
		"JSON of wrong types":     {jsonType, "", []byte(`{"resourceMetrics":[{"scopeMetrics":"text"}]}`), 400},
		"not gzip":                {protobufType, "gzip", good, 400},
		"gzip cut off":            {protobufType, "gzip", zip(good)[:20], 400},
		"zstd":                    {protobufType, "zstd", good, 415},
		"text":                    {"text/plain", "", good, 415},
		"no type":                 {"", "", good, 415},
		"too large":               {protobufType, "", make([]byte, maxBody+1), 413},
		"too large when unzipped": {protobufType, "gzip", zip(make([]byte, maxBody+1)), 413},
	} {
		var headers []string
		if c.encoding != "" {
			headers = []string{"Content-Encoding", c.encoding}
		}
		w := post(e.OTLP(), "a", c.kind, c.body, headers...)
		if w.Code != c.want {
			t.Errorf("%s: %d %q, want %d", name, w.Code, w.Body, c.want)
		}
		if kind := w.Header().Get("Content-Type"); c.want != 415 && !strings.HasPrefix(c.kind, kind) {
			t.Errorf("%s: answered as %q, want %s", name, kind, c.kind)
		}
		if strings.HasPrefix(c.kind, jsonType) && c.want == 400 {
			var status struct{ Message string }
			if err := json.Unmarshal(w.Body.Bytes(), &status); err != nil || status.Message == "" {
				t.Errorf("%s: %q, want a status with a message", name, w.Body)
			}
		}
	}
	if got := count(t, e, "count(temperature)", start); got != 2 {
		t.Errorf("%g series, want the two", got)
	}
}

// A server at its limit says so at once, and goes on with what it has.
func TestOTLPIsBusy(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{})
	for range cap(e.slots) {
		e.slots <- struct{}{}
	}
	for name, to := range map[string]http.Handler{"OTLP": e.OTLP(), "remote write": e.RemoteWrite()} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond) // instead of waiting for a slot
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
		r.Header.Set("Content-Type", protobufType)
		w := httptest.NewRecorder()
		to.ServeHTTP(w, r)
		cancel()
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %s, want 503 with Retry-After", name, w.Code, w.Header())
		}
	}
	for range cap(e.slots) {
		<-e.slots
	}
	if refused, message := pushed(t, e.OTLP(), "a", gauges(1, start)); refused != 0 {
		t.Errorf("free again: %d refused, %s", refused, message)
	}
}

// A delta that comes twice is counted once.
func TestDeltasAddUp(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{})
	delta := func(from, to time.Time, v float64) pmetric.Metrics {
		md := pmetric.NewMetrics()
		m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		m.SetName("n")
		s := m.SetEmptySum()
		s.SetIsMonotonic(true)
		s.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
		addPoint(s.DataPoints(), to, v).SetStartTimestamp(pcommon.NewTimestampFromTime(from))
		return md
	}
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	for i, c := range []struct {
		from, to int
		v        float64
		refused  int64
	}{{0, 1, 5, 0}, {1, 2, 7, 0}, {1, 2, 7, 1}, {0, 1, 5, 1}, {2, 3, 1, 0}} {
		if refused, message := pushed(t, e.OTLP(), "a", delta(at(c.from), at(c.to), c.v)); refused != c.refused {
			t.Errorf("delta %d: %d refused (%s), want %d", i, refused, message, c.refused)
		}
	}
	if got := count(t, e, "n_total", at(3)); got != 13 {
		t.Errorf("sum %g, want 13", got)
	}
	if got := count(t, e, "n_total", at(0)); got != 0 {
		t.Errorf("at its start %g, want 0", got)
	}
}

// Many clients at once, with the end in the middle.
func TestConcurrentIngest(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{})
	to := e.OTLP()
	var all sync.WaitGroup
	for i := range 6 {
		body := protobuf(t, gauges(50, start.Add(time.Duration(i)*time.Second)))
		all.Go(func() {
			for j := range 20 {
				if w := post(to, strconv.Itoa((i+j)%4), protobufType, body); w.Code != http.StatusOK && w.Code != http.StatusServiceUnavailable {
					t.Errorf("%d: %q", w.Code, w.Body)
				}
				if i == 0 && j == 15 {
					_ = e.Close()
				}
			}
		})
	}
	all.Wait()
	if w := post(to, "a", protobufType, protobuf(t, gauges(1, start))); w.Code != http.StatusServiceUnavailable {
		t.Errorf("after the end: %d, want 503", w.Code)
	}
}

// Exemplars are not kept, and a broken one does no harm to its point.
func TestExemplarsAreLeftOut(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{})
	md := gauges(0, start)
	m := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().AppendEmpty()
	m.SetName("n")
	m.SetEmptySum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	addPoint(m.Sum().DataPoints(), start, 1).Exemplars().AppendEmpty() // without a value
	if refused, message := pushed(t, e.OTLP(), "a", md); refused != 0 {
		t.Errorf("%d refused: %s", refused, message)
	}
}
