package telemetry

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gogo/protobuf/proto"
	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
)

const (
	writeV1Type = "application/x-protobuf"
	writeV2Type = "application/x-protobuf;proto=io.prometheus.write.v2.Request"
)

// series1 makes a series of remote write 1.0 with the samples (minutes after the start, value).
func series1(name string, labels string, samples ...float64) prompb.TimeSeries {
	ts := prompb.TimeSeries{Labels: []prompb.Label{{Name: "__name__", Value: name}}}
	for pair := range strings.FieldsSeq(labels) {
		name, value, _ := strings.Cut(pair, "=")
		ts.Labels = append(ts.Labels, prompb.Label{Name: name, Value: value})
	}
	for i := 0; i < len(samples); i += 2 {
		at := start.Add(time.Duration(samples[i] * float64(time.Minute)))
		ts.Samples = append(ts.Samples, prompb.Sample{Timestamp: at.UnixMilli(), Value: samples[i+1]})
	}
	return ts
}

func write1(t testing.TB, series ...prompb.TimeSeries) []byte {
	t.Helper()
	body, err := proto.Marshal(&prompb.WriteRequest{
		Timeseries: series,
		Metadata:   []prompb.MetricMetadata{{Type: prompb.MetricMetadata_COUNTER, MetricFamilyName: "a_total", Help: "Of a."}, {Type: -7}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return snappy.Encode(nil, body)
}

// write2 makes a request of remote write 2.0 of the same series; each has a start of its counter one minute before.
func write2(t testing.TB, series ...prompb.TimeSeries) []byte {
	t.Helper()
	symbols := writev2.NewSymbolTable()
	request := writev2.Request{}
	for _, s := range series {
		ts := writev2.TimeSeries{Metadata: writev2.Metadata{Type: writev2.Metadata_METRIC_TYPE_COUNTER, HelpRef: symbols.Symbolize("help")}}
		for _, l := range s.Labels {
			ts.LabelsRefs = append(ts.LabelsRefs, symbols.Symbolize(l.Name), symbols.Symbolize(l.Value))
		}
		for _, p := range s.Samples {
			ts.Samples = append(ts.Samples, writev2.Sample{Timestamp: p.Timestamp, Value: p.Value, StartTimestamp: s.Samples[0].Timestamp - 60_000})
		}
		request.Timeseries = append(request.Timeseries, ts)
	}
	request.Symbols = symbols.Symbols()
	body, err := proto.Marshal(&request)
	if err != nil {
		t.Fatal(err)
	}
	return snappy.Encode(nil, body)
}

func written(w *httptest.ResponseRecorder) string {
	return fmt.Sprintf("%d %s", w.Code, w.Header().Get("X-Prometheus-Remote-Write-Samples-Written"))
}

// Both versions store the good rest, say what was refused, and take duplicates and late samples.
func TestRemoteWrite(t *testing.T) {
	t.Parallel()
	for kind, encode := range map[string]func(testing.TB, ...prompb.TimeSeries) []byte{writeV1Type: write1, writeV2Type: write2} {
		e := openAt(t, Config{MaxAhead: time.Hour})
		to := e.RemoteWrite()
		v2 := kind == writeV2Type
		answer := func(code int, samples string) string {
			if !v2 {
				samples = ""
			}
			return fmt.Sprintf("%d %s", code, samples)
		}
		for _, c := range []struct {
			what   string
			series []prompb.TimeSeries
			want   string
			says   string
		}{
			{"first", []prompb.TimeSeries{series1("a_total", "p=x", 0, 1, 1, 2, 2, 3), series1("b_total", "", 2, 1)}, answer(204, "4"), ""},
			{"again", []prompb.TimeSeries{series1("a_total", "p=x", 0, 1, 1, 2, 2, 3)}, answer(204, "3"), ""},
			{"late", []prompb.TimeSeries{series1("a_total", "p=x", -20, 0.5)}, answer(204, "1"), ""},
			{"backwards", []prompb.TimeSeries{series1("a_total", "p=x", 5, 6, 4, 5)}, answer(204, "2"), ""},
			{"too late and too early", []prompb.TimeSeries{series1("a_total", "p=x", -61, 0, 6, 7, 61, 0), series1("c_total", "", 6, 1)}, answer(400, "2"), "2 of 4 points"},
			{"another value", []prompb.TimeSeries{series1("a_total", "p=x", 6, 4)}, answer(400, "0"), "another value"},
			{"a label twice", []prompb.TimeSeries{series1("d_total", "p=x p=y", 0, 1), series1("e_total", "", 0, 1)}, answer(400, "1"), "labels"},
			{"no name", []prompb.TimeSeries{series1("", "p=x", 0, 1)}, answer(400, "0"), "labels"},
		} {
			w := post(to, "a", kind, encode(t, c.series...), "Content-Encoding", "snappy")
			if got := written(w); got != c.want || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("%s, %s: %q %q, want %q and %q", kind, c.what, got, w.Body, c.want, c.says)
			}
		}
		if got := count(t, e, "count_over_time(a_total[1h])*100 + a_total", start.Add(6*time.Minute)); got != 707 && !v2 || got != 807 && v2 {
			t.Errorf("%s: %g, want 7 samples (8 with the zero at the start) that end at 7", kind, got)
		}
	}
}

func TestRemoteWriteRefuses(t *testing.T) {
	t.Parallel()
	e := openAt(t, Config{MaxSeriesPerClient: 2})
	good := write1(t, series1("a", "", 0, 1))
	for name, c := range map[string]struct {
		kind, encoding string
		body           []byte
		want           int
	}{
		"not snappy":       {writeV1Type, "snappy", []byte("text"), 400},
		"not protobuf":     {writeV1Type, "snappy", snappy.Encode(nil, []byte("text")), 400},
		"not protobuf, 2":  {writeV2Type, "snappy", snappy.Encode(nil, []byte("text")), 400},
		"another encoding": {writeV1Type, "gzip", good, 415},
		"another type":     {jsonType, "snappy", good, 415},
		"another message":  {"application/x-protobuf;proto=other", "snappy", good, 415},
		"too large":        {writeV1Type, "snappy", make([]byte, maxBody+1), 413},
		"a bomb":           {writeV1Type, "snappy", []byte("\xff\xff\xff\xff\x0f"), 413},
		"too large within": {writeV1Type, "snappy", snappy.Encode(nil, make([]byte, maxBody+1)), 413},
		"good":             {writeV1Type, "snappy", good, 204},
	} {
		if w := post(e.RemoteWrite(), "a", c.kind, c.body, "Content-Encoding", c.encoding); w.Code != c.want {
			t.Errorf("%s: %d %q, want %d", name, w.Code, w.Body, c.want)
		}
	}
	w := post(e.RemoteWrite(), "a", writeV2Type, write2(t, series1("b", "", 0, 1), series1("c", "", 0, 1), series1("d", "", 0, 1)))
	if got := written(w); got != "400 1" || !strings.Contains(w.Body.String(), "2 of new series") {
		t.Errorf("over the limit in part: %q %q, want 400 and 1 stored", got, w.Body)
	}
	w = post(e.RemoteWrite(), "a", writeV1Type, write1(t, series1("e", "", 0, 1)))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("over the limit wholly: %d %q, want 429 with Retry-After", w.Code, w.Body)
	}
}

func FuzzRemoteWrite(f *testing.F) {
	e, err := Open(Options{Dir: f.TempDir(), Now: func() time.Time { return start }})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = e.Close() })
	for _, v2 := range []bool{false, true} {
		encode := write1
		if v2 {
			encode = write2
		}
		body, err := snappy.Decode(nil, encode(f, series1("a", "x=y", 0, 1, 1, 2)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, v2)
	}
	f.Fuzz(func(t *testing.T, body []byte, v2 bool) {
		kind := writeV1Type
		if v2 {
			kind = writeV2Type
		}
		w := post(e.RemoteWrite(), "fuzz", kind, snappy.Encode(nil, body))
		if w.Code != 204 && w.Code != 400 && w.Code != 429 {
			t.Errorf("%d %q", w.Code, w.Body)
		}
	})
}
