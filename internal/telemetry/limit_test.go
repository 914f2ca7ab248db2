package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// A client that would make a million series gets as many as it may have; others are not touched, nor what it has.
func TestLabelBomb(t *testing.T) {
	t.Parallel()
	const limit = 500
	e := openAt(t, Config{MaxSeriesPerClient: limit})
	to := e.OTLP()
	if refused, message := pushed(t, to, "bomber", gauges(10_000, start)); refused != 10_000-limit || !strings.Contains(message, "beyond the limit") {
		t.Errorf("%d refused (%s), want %d", refused, message, 10_000-limit)
	}
	if got := e.db.Head().NumSeries(); got != limit {
		t.Errorf("%d series in memory, want %d", got, limit)
	}
	if refused, message := pushed(t, to, "bomber", gauges(limit, start.Add(time.Second))); refused != 0 {
		t.Errorf("its own series: %d refused (%s), want none", refused, message)
	}
	if refused, message := pushed(t, to, "calm", gauges(10, start.Add(2*time.Second))); refused != 0 {
		t.Errorf("another client: %d refused (%s), want none", refused, message)
	}
	md := pmetric.NewMetrics()
	addPoint(gauge(md, "new"), start, 1)
	w := post(to, "bomber", protobufType, protobuf(t, md))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "limit") {
		t.Errorf("nothing but new series: %d %s %q, want 429 with Retry-After", w.Code, w.Header(), w.Body)
	}
}

// A histogram beyond the limit is refused whole: half of its buckets would lie.
func TestHistogramIsOnePoint(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{MaxSeriesPerClient: 7})
	md := pmetric.NewMetrics()
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("h")
	m.SetEmptyHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	for _, pipeline := range []string{"a", "b"} {
		p := m.Histogram().DataPoints().AppendEmpty()
		p.Attributes().PutStr("pipeline", pipeline)
		p.SetTimestamp(pcommon.NewTimestampFromTime(start))
		p.SetSum(1)
		p.ExplicitBounds().FromRaw([]float64{1, 2})
		p.BucketCounts().FromRaw([]uint64{1, 0, 0})
		p.SetCount(1)
	}
	if refused, message := pushed(t, e.OTLP(), "a", md); refused != 1 || !strings.Contains(message, "1 of 2 points") {
		t.Errorf("%d refused (%s), want one of two points", refused, message)
	}
	twice := pmetric.NewMetrics()
	md.CopyTo(twice)
	points := twice.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Histogram().DataPoints()
	points.At(0).CopyTo(points.At(1))
	if refused, message := pushed(t, e.OTLP(), "a", twice); refused != 0 {
		t.Errorf("the same point twice in a request: %d refused (%s), want none", refused, message)
	}
	if got := count(t, e, `count({__name__=~"h_.+"})`, start); got != 5 {
		t.Errorf("%g series, want the 5 of one histogram", got)
	}
}

// Active is what had a sample within the last hour or two.
func TestSeriesGoInactive(t *testing.T) {
	t.Parallel()
	one := newClients(2).of("a", start)
	add := func(at time.Time, hash uint64) bool {
		one.touch(at)
		return one.fresh([]uint64{hash}) == 0 || one.add([]uint64{hash})
	}
	for _, c := range []struct {
		after time.Duration
		hash  uint64
		want  bool
	}{
		{0, 1, true}, {0, 2, true}, {0, 3, false},
		{70 * time.Minute, 1, true}, {70 * time.Minute, 3, false}, // 2 may still come back
		{140 * time.Minute, 3, true}, {140 * time.Minute, 2, false}, // 2 went, 1 is kept
		{10 * time.Hour, 2, true}, {10 * time.Hour, 4, true}, {10 * time.Hour, 1, false},
	} {
		if got := add(start.Add(c.after), c.hash); got != c.want {
			t.Errorf("after %s, series %d: %t, want %t", c.after, c.hash, got, c.want)
		}
	}
}

func TestClientsAreBounded(t *testing.T) {
	t.Parallel()
	c := newClients(10)
	for i := range maxClients + 50 {
		c.of(strconv.Itoa(i), start.Add(time.Duration(i)*time.Second))
	}
	if len(c.known) != maxClients || c.known["0"] != nil || c.known[strconv.Itoa(maxClients+49)] == nil {
		t.Errorf("%d clients, want %d, those heard last", len(c.known), maxClients)
	}
}

// No client makes a new series where the storage is full.
func TestStorageIsBounded(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{MaxSeries: 30})
	if refused, _ := pushed(t, e.OTLP(), "a", gauges(20, start)); refused != 0 {
		t.Errorf("%d refused, want none", refused)
	}
	md := pmetric.NewMetrics()
	points := gauge(md, "more")
	for i := range 20 {
		addPoint(points, start, 1).Attributes().PutInt("i", int64(i))
	}
	if refused, _ := pushed(t, e.OTLP(), "b", md); refused != 10 {
		t.Errorf("%d refused, want 10", refused)
	}
}

// A thousand attributes on one point or resource are refused at sight: the translator looks each up among all others.
func TestAttributeBomb(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{})
	bomb := pcommon.NewMap()
	for i := range 1000 {
		bomb.PutStr(strconv.Itoa(i), "")
	}
	md := gauges(2, start)
	resource := md.ResourceMetrics().AppendEmpty()
	bomb.CopyTo(resource.Resource().Attributes())
	for range 3 {
		m := resource.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		m.SetName("x")
		addPoint(m.SetEmptyGauge().DataPoints(), start, 1)
	}
	bomb.CopyTo(addPoint(gauge(md, "y"), start, 1).Attributes())
	if refused, message := pushed(t, e.OTLP(), "a", md); refused != 4 || !strings.Contains(message, "4 with labels") {
		t.Errorf("%d refused (%s), want the three of the resource and the point", refused, message)
	}
	if got := count(t, e, `count({__name__=~".+"})`, start); got != 2 {
		t.Errorf("%g series stored, want the 2 that are good", got)
	}
}

// Bodies that are decoded at the same time share the memory of one large one.
func TestDecodingIsBounded(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{})
	done, err := e.decoding(t.Context(), maxBody*2)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.decoding(ctx, 1); !errors.Is(err, errBusy) {
		t.Errorf("beside a large one: %v, want busy", err)
	}
	done()
	if done, err = e.decoding(t.Context(), 1); err != nil {
		t.Fatalf("after it: %v", err)
	}
	done()
}

// Hostile bytes are answered, and neither crash nor store what the limits refuse.
func FuzzOTLP(f *testing.F) {
	e, err := Open(Options{Dir: f.TempDir(), Now: func() time.Time { return start }})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = e.Close() })
	f.Add(protobuf(f, gauges(3, start)), false)
	f.Add([]byte(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asInt":"3","timeUnixNano":"1758945000000000000"}]}}]}]}]}`), true)
	f.Add([]byte(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"h","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"count":"3","scale":25,"positive":{"offset":-5,"bucketCounts":["1","2"]},"timeUnixNano":"1758945000000000000"}]}}]}]}]}`), true)
	f.Fuzz(func(t *testing.T, body []byte, asJSON bool) {
		kind := protobufType
		if asJSON {
			kind = jsonType
		}
		w := post(e.OTLP(), "fuzz", kind, body)
		if w.Code != 200 && w.Code != 400 && w.Code != 429 {
			t.Errorf("%d %q", w.Code, w.Body)
		}
		if w.Code == 200 && asJSON {
			if err := json.NewDecoder(w.Body).Decode(&map[string]any{}); err != nil && err != io.EOF {
				t.Errorf("answer is not JSON: %v", err)
			}
		}
	})
}
