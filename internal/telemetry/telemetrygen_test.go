//go:build telemetrygen

package telemetry

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The OpenTelemetry Collector's own generator sends each type of metric in each temporality, and all of it is stored.
// It is no part of the project: `go install …/cmd/telemetrygen@v0.161.0` takes minutes.
func TestTelemetrygen(t *testing.T) {
	t.Parallel()
	binary := os.Getenv("SAFELIGHT_TELEMETRYGEN")
	if binary == "" {
		t.Fatal("name the telemetrygen of the OpenTelemetry Collector in SAFELIGHT_TELEMETRYGEN")
	}
	for kind, series := range map[string]string{
		"Gauge": "gen_gauge", "Sum": "gen_sum_total", "Histogram": "gen_histogram_count", "ExponentialHistogram": "gen_exponentialhistogram",
	} {
		for _, temporality := range []string{"cumulative", "delta"} {
			t.Run(kind+" "+temporality, func(t *testing.T) {
				t.Parallel()
				e := open(t, Options{})
				server := httptest.NewServer(e.OTLP())
				t.Cleanup(server.Close)
				said, err := exec.CommandContext(t.Context(), binary, "metrics", "--otlp-http", "--otlp-insecure",
					"--otlp-endpoint", strings.TrimPrefix(server.URL, "http://"), "--metric-type", kind, "--aggregation-temporality", temporality,
					"--otlp-metric-name", "gen_"+strings.ToLower(kind), "--metrics", "20", "--rate", "0", "--interval", "10ms",
					"--telemetry-attributes", `pipeline="web"`).CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, said)
				}
				points, err := e.Query(t.Context(), "count_over_time("+series+`{pipeline="web"}[1h])`, time.Now().Add(time.Minute))
				if err != nil || len(points) != 1 || points[0].Value < 1 {
					t.Errorf("%s: %v, %v; want its samples\n%s", series, points, err, said)
				}
			})
		}
	}
}
