package telemetry

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// handClock is a clock that a test moves.
type handClock struct{ at time.Time }

func (c *handClock) now() time.Time { return c.at }

// sdk is a program with the OpenTelemetry SDK, whose exporter sends to an engine at the times of a replayed clock.
type sdk struct {
	provider *sdkmetric.MeterProvider
	over     metric.Int64Counter
}

// replayedExporter is the SDK's own exporter; it puts the replayed time in place of that of the machine.
type replayedExporter struct {
	sdkmetric.Exporter
	clock     *handClock
	began, at time.Time
}

func (x *replayedExporter) Export(ctx context.Context, rm *metricdata.ResourceMetrics) error {
	since := x.began
	if x.Temporality(sdkmetric.InstrumentKindCounter) == metricdata.DeltaTemporality {
		since = x.at
	}
	for _, scope := range rm.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum := m.Data.(metricdata.Sum[int64])
			for i := range sum.DataPoints {
				sum.DataPoints[i].StartTime, sum.DataPoints[i].Time = since, x.clock.at
			}
		}
	}
	x.at = x.clock.at
	return x.Exporter.Export(ctx, rm)
}

func newSDK(t *testing.T, to string, clock *handClock, temporality metricdata.Temporality) *sdk {
	t.Helper()
	exporter, err := otlpmetrichttp.New(t.Context(),
		otlpmetrichttp.WithEndpointURL(to),
		otlpmetrichttp.WithCompression(otlpmetrichttp.GzipCompression),
		otlpmetrichttp.WithTemporalitySelector(func(sdkmetric.InstrumentKind) metricdata.Temporality { return temporality }))
	if err != nil {
		t.Fatal(err)
	}
	replayed := &replayedExporter{Exporter: exporter, clock: clock, began: clock.at, at: clock.at}
	provider := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(sdkmetric.NewPeriodicReader(replayed, sdkmetric.WithInterval(time.Hour))), // exported by hand
		sdkmetric.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "retoucher"), attribute.String("service.instance.id", "r-1"),
			attribute.String("deployment.environment", "production"))))
	over, err := provider.Meter("images").Int64Counter("image_delta_e_over_threshold")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := provider.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("shut the SDK down: %v", err)
		}
	})
	return &sdk{provider: provider, over: over}
}

// The rule of the design fires on what a program with the OpenTelemetry SDK counts, with one bad image and with many.
func TestSDKFiresTheRule(t *testing.T) {
	t.Parallel()
	for name, temporality := range map[string]metricdata.Temporality{
		"cumulative": metricdata.CumulativeTemporality, "delta": metricdata.DeltaTemporality,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hand := &handClock{at: clock("03:50:00")}
			e := open(t, Options{Now: hand.now, Groups: shortGroups(t, designShort...), Config: Config{Promote: []string{"deployment.environment"}}})
			server := httptest.NewServer(e.OTLP())
			t.Cleanup(server.Close)
			program := newSDK(t, server.URL+"/v1/metrics", hand, temporality)
			by := metric.WithAttributes(attribute.String("pipeline", "packshot-eu"))
			var told []string
			for ; !hand.at.After(clock("04:20:00")); hand.at = hand.at.Add(30 * time.Second) {
				if !hand.at.Before(clock("04:01:30")) && hand.at.Before(clock("04:14:00")) {
					program.over.Add(t.Context(), 7, by)
				}
				if err := program.provider.ForceFlush(t.Context()); err != nil {
					t.Fatalf("export at %s: %v", hand.at, err)
				}
				if hand.at.Second() == 0 {
					for _, a := range evaluate(t, e, hand.at) {
						told = append(told, tell(a))
					}
				}
			}
			// The counter first appears at 7, at 04:01:30; the zero at its start makes it rise.
			equal(t, "the rule on the SDK's counter", told, []string{
				"04:02 pending packshot-eu since 04:02:00", "04:12 firing packshot-eu since 04:02:00", "04:18 resolved packshot-eu since 04:02:00",
			})
			points, err := e.Query(t.Context(), `image_delta_e_over_threshold_total`, clock("04:14:00"))
			if err != nil || len(points) != 1 || points[0].Value != 25*7 {
				t.Fatalf("%v, %v; want one series at 175", points, err)
			}
			want := map[string]string{
				"__name__": "image_delta_e_over_threshold_total", "pipeline": "packshot-eu",
				"job": "retoucher", "instance": "r-1", "deployment_environment": "production",
			}
			if got := points[0].Labels; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("labels %v, want %v", got, want)
			}
		})
	}
}
