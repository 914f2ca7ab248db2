package app

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/safelight-dev/safelight/internal/telemetry"
	"github.com/safelight-dev/safelight/internal/web"
)

// site serves the app's pages and endpoints on loopback.
func (h *house) site() string {
	h.t.Helper()
	s, err := web.New(web.Options{
		Service: h.App, Sessions: h.Store().Sessions(), Log: h.log, InsecureCookies: true, Mounts: h.Mounts(), OpenLoopback: true,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	h.t.Cleanup(server.Close)
	return server.URL
}

// meteredService is a program of the user's that counts with OpenTelemetry's own
// SDK; only its clock is ours.
type meteredService struct {
	t       *testing.T
	reader  *sdk.ManualReader
	counter metric.Int64Counter
	begun   time.Time
}

func newMeteredService(t *testing.T, begun time.Time) *meteredService {
	t.Helper()
	reader := sdk.NewManualReader()
	provider := sdk.NewMeterProvider(sdk.WithReader(reader))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	counter, err := provider.Meter("images").Int64Counter("image.delta_e.over_threshold")
	if err != nil {
		t.Fatal(err)
	}
	return &meteredService{t, reader, counter, begun}
}

func (s *meteredService) drift(ctx context.Context, n int64) {
	s.counter.Add(ctx, n, metric.WithAttributes(attribute.String("pipeline", "catalogue")))
}

// push exports what has been counted, as of a moment of the replayed clock.
func (s *meteredService) push(ctx context.Context, url string, at time.Time) {
	s.t.Helper()
	var all metricdata.ResourceMetrics
	if err := s.reader.Collect(ctx, &all); err != nil {
		s.t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			points := m.Data.(metricdata.Sum[int64]).DataPoints
			for i := range points {
				points[i].StartTime, points[i].Time = s.begun, at
			}
		}
	}
	exporter, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(url+"/v1/metrics"), otlpmetrichttp.WithCompression(otlpmetrichttp.GzipCompression))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := exporter.Export(ctx, &all); err != nil {
		s.t.Fatalf("export at %s: %v", at.Format("15:04"), err)
	}
	if err := exporter.Shutdown(ctx); err != nil {
		s.t.Fatal(err)
	}
}

// The rule of the design fires on what OpenTelemetry's SDK sends, after its ten
// minutes, of which the server was away for two in the middle; the one incident
// is opened then and not twice.
func TestOpenTelemetryToIncidentOverARestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	service, url := newMeteredService(t, h.clock().Add(-time.Minute)), h.site()
	minute := func() []telemetry.Alert {
		service.drift(ctx, 7)
		service.push(ctx, url, h.clock())
		alerts, err := h.Evaluate(ctx, h.clock())
		if err != nil {
			t.Fatal(err)
		}
		h.move(time.Minute)
		return alerts
	}
	for i := range 6 {
		for _, a := range minute() {
			if a.State != telemetry.Pending || i > 1 {
				t.Fatalf("minute %d: %s, want pending within the first two minutes", i, a.State)
			}
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.move(2 * time.Minute)
	h.open()
	url = h.site()
	var fired time.Time
	for fired.IsZero() && h.clock().Before(time.Date(2025, 9, 27, 4, 30, 0, 0, time.UTC)) {
		at := h.clock()
		for _, a := range minute() {
			if a.State == telemetry.Firing {
				fired = at
			}
		}
	}
	// Ten minutes of the condition from 04:00 or 04:01, and the outage, which does not count.
	if early, late := time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC), time.Date(2025, 9, 27, 4, 15, 0, 0, time.UTC); fired.Before(early) || fired.After(late) {
		t.Fatalf("fired at %s, want between %s and %s", fired.Format("15:04"), early.Format("15:04"), late.Format("15:04"))
	}
	minute()
	minute()
	open, err := h.Incidents(ctx)
	if err != nil || len(open) != 1 {
		t.Fatalf("%d incidents, %v; want one", len(open), err)
	}
	if s := open[0]; s.Opened.Pipeline != "catalogue" || s.Opened.Rule != "deltaE-spike" || !s.DetectedAt.Equal(fired) {
		t.Errorf("incident of %q by %q at %s, want catalogue, deltaE-spike, %s", s.Opened.Pipeline, s.Opened.Rule, s.DetectedAt, fired)
	}
}
