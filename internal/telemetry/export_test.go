package telemetry

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Our own series arrive at an OTLP receiver under the names and with the values that we store ourselves.
func TestExportArrives(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return start.Add(time.Minute) }
	m := NewMeter()
	from := open(t, Options{Meter: m, Now: now})
	to := open(t, Options{Now: now, MaxSamples: 1e6})
	server := httptest.NewServer(to.OTLP())
	t.Cleanup(server.Close)
	for i := range 5 {
		m.Observe(Observation{Pipeline: "web", Class: "hero", DeltaE00P95: float64(i), DeltaEOver: i > 2, HasSSIM: true, SSIM: 0.9})
	}
	pushed(t, from.OTLP(), "a", gauges(3, start))
	x, err := NewExporter(m, ExportConfig{URL: server.URL + "/v1/metrics", Headers: map[string]string{"X-Team": "images"}}, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Export(t.Context()); err != nil {
		t.Fatal(err)
	}
	appendAt(t, from, now(), m.Samples()...)
	const ours = `{__name__=~"image_.+|telemetry_.+"}`
	want, err := from.Query(t.Context(), ours, now())
	if err != nil || len(want) < 40 {
		t.Fatalf("%d of our own series, %v", len(want), err)
	}
	for _, w := range want {
		var by []string
		for name, value := range w.Labels {
			if name == "le" { // the translator writes bounds as OpenTelemetry does, "1" and not "1.0"
				value = strings.TrimSuffix(value, ".0")
			}
			by = append(by, name+`="`+value+`"`)
		}
		expr := `{job="safelight",` + strings.Join(by, ",") + `}`
		if got, err := to.Query(t.Context(), expr, now()); err != nil || len(got) != 1 || got[0].Value != w.Value {
			t.Errorf("%s: %v, %v; want %g", expr, got, err, w.Value)
		}
	}
	for _, name := range []string{"go_goroutines", "process_cpu_seconds_total", "prometheus_tsdb_head_series", "go_gc_duration_seconds_count"} {
		if got := count(t, to, name, now()); got <= 0 {
			t.Errorf("%s is %g at the receiver, want more than 0", name, got)
		}
		if got := count(t, from, "count("+name+")", now()); got != 0 {
			t.Errorf("%s is stored here, want it in /metrics alone", name)
		}
	}
}

// What a busy receiver did not take is sent again, later each time; what it refuses is not.
func TestExportRepeats(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		statuses []int
		after    string
		asked    int32
		fails    bool
	}{
		"at once":        {[]int{200}, "", 1, false},
		"busy twice":     {[]int{503, 429, 200}, "", 3, false},
		"busy for long":  {[]int{503}, "7", exportTries, true},
		"bad gateway":    {[]int{502, 504, 200}, "", 3, false},
		"refused":        {[]int{400, 200}, "", 1, true},
		"not found":      {[]int{404, 200}, "", 1, true},
		"internal error": {[]int{500, 200}, "", 1, true},
	} {
		var asked atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			n := int(asked.Add(1))
			w.Header().Set("Retry-After", c.after)
			w.WriteHeader(c.statuses[min(n, len(c.statuses))-1])
		}))
		x, err := NewExporter(NewMeter(), ExportConfig{URL: server.URL}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var waited []time.Duration
		x.wait = func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }
		if err := x.Export(t.Context()); (err != nil) != c.fails {
			t.Errorf("%s: %v, want an error: %t", name, err, c.fails)
		}
		if n := asked.Load(); n != c.asked {
			t.Errorf("%s: asked %d times, want %d", name, n, c.asked)
		}
		for i, d := range waited {
			least, most := firstWait/2<<i, firstWait<<i
			if c.after != "" {
				least, most = 7*time.Second, max(7*time.Second, most)
			}
			if d < least || d > most {
				t.Errorf("%s: waited %s before try %d, want %s to %s", name, d, i+2, least, most)
			}
		}
		server.Close()
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	x, err := NewExporter(NewMeter(), ExportConfig{URL: gone.URL}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	x.wait = func(context.Context, time.Duration) error { n++; return nil }
	if err := x.Export(t.Context()); err == nil || n != exportTries-1 {
		t.Errorf("nobody there: %v after %d waits, want an error after %d", err, n, exportTries-1)
	}
}

// Run exports at its interval and once more at its end.
func TestExportRuns(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(server.Close)
	x, err := NewExporter(NewMeter(), ExportConfig{URL: server.URL, Interval: time.Second}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ticks := make(chan time.Duration)
	x.wait = func(_ context.Context, d time.Duration) error {
		select {
		case ticks <- d:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var done sync.WaitGroup
	done.Go(func() { x.Run(ctx) })
	for range 3 {
		if d := <-ticks; d != time.Second {
			t.Errorf("waits %s, want the interval", d)
		}
	}
	cancel()
	done.Wait()
	if n := asked.Load(); n != 4 && n != 3 { // the third may have been cut off by the end
		t.Errorf("exported %d times, want 3 or 4", n)
	}
}
