package telemetry

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/pipeline"
)

// key writes a sample as name{class,pipeline[,le]}.
func key(s Sample) string {
	var b strings.Builder
	b.WriteString(s.Name + "{" + s.Labels["class"] + "," + s.Labels["pipeline"])
	if le, ok := s.Labels["le"]; ok {
		b.WriteString("," + le)
	}
	return b.String() + "}"
}

func values(samples []Sample) map[string]float64 {
	all := map[string]float64{}
	for _, s := range samples {
		all[key(s)] = s.Value
	}
	return all
}

func TestMeterDeclares(t *testing.T) {
	t.Parallel()
	m := NewMeter()
	if got := m.Samples(); len(got) != 0 {
		t.Errorf("a new meter has %d samples, want none", len(got))
	}
	m.Declare("eu", "hero", nil)
	m.Declare("eu", "hero", nil)
	samples := m.Samples()
	want := 8 + len(deltaE00Bounds) + 3 + len(ssimBounds) + 3 + len(lpipsBounds) + 3
	if len(samples) != want || len(values(samples)) != want {
		t.Errorf("%d samples, %d different; want %d", len(samples), len(values(samples)), want)
	}
	for _, s := range samples {
		if s.Value != 0 || s.Labels["pipeline"] != "eu" || s.Labels["class"] != "hero" {
			t.Errorf("%s = %g, want 0 for eu, hero", key(s), s.Value)
		}
	}
}

func TestMeterCounts(t *testing.T) {
	t.Parallel()
	m := NewMeter()
	m.Declare("eu", "hero", nil)
	m.Observe(Observation{Pipeline: "eu", Class: "hero", DeltaE00P95: 0.4, HasSSIM: true, SSIM: 1})
	m.Observe(Observation{Pipeline: "eu", Class: "hero", DeltaE00P95: 4.5, HasSSIM: true, SSIM: 0.94, DeltaEOver: true, SSIMUnder: true})
	m.Observe(Observation{Pipeline: "eu", Class: "hero", DeltaE00P95: 30, HasLPIPS: true, LPIPS: 0.12, PaletteOver: true, LPIPSOver: true, DeltaEOver: true})
	m.Observe(Observation{Pipeline: "eu", Class: "hero", Failed: true, DeltaEOver: true})
	m.Observe(Observation{Pipeline: "eu", Class: "hero", DeltaE00P95: math.NaN()})
	m.CountQuarantined("eu", "hero")
	m.CountFacesUnsought("eu", "hero")
	got := values(m.Samples())
	for name, want := range map[string]float64{
		"image_checks_total{hero,eu}":                 5,
		"image_check_errors_total{hero,eu}":           2,
		"image_delta_e_over_threshold_total{hero,eu}": 2,
		"image_palette_over_threshold_total{hero,eu}": 1,
		"image_ssim_under_threshold_total{hero,eu}":   1,
		"image_lpips_over_threshold_total{hero,eu}":   1,
		"image_quarantined_total{hero,eu}":            1,
		"image_faces_unsought_total{hero,eu}":         1,
		"image_delta_e_2000_bucket{hero,eu,0.25}":     0,
		"image_delta_e_2000_bucket{hero,eu,0.5}":      1,
		"image_delta_e_2000_bucket{hero,eu,4.0}":      1,
		"image_delta_e_2000_bucket{hero,eu,5.0}":      2,
		"image_delta_e_2000_bucket{hero,eu,20.0}":     2,
		"image_delta_e_2000_bucket{hero,eu,+Inf}":     3,
		"image_delta_e_2000_count{hero,eu}":           3,
		"image_delta_e_2000_sum{hero,eu}":             34.9,
		"image_ssim_bucket{hero,eu,0.95}":             1,
		"image_ssim_bucket{hero,eu,0.999}":            1,
		"image_ssim_bucket{hero,eu,+Inf}":             2,
		"image_ssim_count{hero,eu}":                   2,
		"image_lpips_bucket{hero,eu,0.1}":             0,
		"image_lpips_bucket{hero,eu,0.15}":            1,
		"image_lpips_count{hero,eu}":                  1,
	} {
		if v, ok := got[name]; !ok || math.Abs(v-want) > 1e-9 {
			t.Errorf("%s = %g, want %g", name, v, want)
		}
	}
}

// The share of images within a budget is a bucket, and not interpolated.
func TestBucketsHoldTheBudgets(t *testing.T) {
	t.Parallel()
	for class, b := range pipeline.DefaultBudgets() {
		if b.DeltaE00 > 0 && !slices.Contains(deltaE00Bounds, b.DeltaE00) {
			t.Errorf("%s: no bucket ends at its ΔE00 limit %g", class, b.DeltaE00)
		}
		if b.SSIM > 0 && !slices.Contains(ssimBounds, b.SSIM) {
			t.Errorf("%s: no bucket ends at its SSIM limit %g", class, b.SSIM)
		}
		if b.LPIPS > 0 && !slices.Contains(lpipsBounds, b.LPIPS) {
			t.Errorf("%s: no bucket ends at its LPIPS limit %g", class, b.LPIPS)
		}
	}
}

func TestMeterOrderIsStable(t *testing.T) {
	t.Parallel()
	fill := func(pipelines ...string) []Sample {
		m := NewMeter()
		for _, p := range pipelines {
			m.Declare(p, "hero", nil)
			m.Observe(Observation{Pipeline: p, Class: "ui", DeltaE00P95: 1})
		}
		return m.Samples()
	}
	if a, b := fill("x", "y", "z"), fill("z", "y", "x"); !reflect.DeepEqual(a, b) {
		t.Errorf("the order depends on that of the calls:\n%v\n%v", a, b)
	}
}

func TestMeterIsConcurrent(t *testing.T) {
	t.Parallel()
	m := NewMeter()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 200 {
				m.Observe(Observation{Pipeline: fmt.Sprint(i % 2), Class: "ui", DeltaE00P95: 3, DeltaEOver: true})
				if i == 0 {
					halves(t, values(m.Samples()))
				}
			}
		})
	}
	all.Wait()
	got := values(m.Samples())
	for _, p := range []string{"0", "1"} {
		if v := got["image_delta_e_over_threshold_total{ui,"+p+"}"]; v != 800 {
			t.Errorf("pipeline %s: %g over the threshold, want 800", p, v)
		}
	}
}

// halves checks that no check is seen half counted.
func halves(t *testing.T, got map[string]float64) {
	for _, p := range []string{"0", "1"} {
		checks, over, seen := got["image_checks_total{ui,"+p+"}"], got["image_delta_e_over_threshold_total{ui,"+p+"}"], got["image_delta_e_2000_count{ui,"+p+"}"]
		if checks != over || checks != seen {
			t.Errorf("pipeline %s: %g checks, %g over, %g in the histogram; want one number", p, checks, over, seen)
		}
	}
}

func TestMeterText(t *testing.T) {
	t.Parallel()
	m := NewMeter()
	m.Observe(Observation{Pipeline: "é\"\n", Class: "\xffhero", DeltaE00P95: 1})
	var b bytes.Buffer
	if err := m.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# HELP image_checks_total Images checked, those that could not be measured included.\n# TYPE image_checks_total counter\n",
		"image_checks_total{class=\"\uFFFDhero\",pipeline=\"é\\\"\\n\"} 1\n",
		"# TYPE image_delta_e_2000 histogram\n",
		"image_delta_e_2000_bucket{class=\"\uFFFDhero\",pipeline=\"é\\\"\\n\",le=\"1\"} 1\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, b.String())
		}
	}
}

// From the meter through the storage to the rule of the design, and to a quantile of the histogram.
func TestMeterDrivesTheRule(t *testing.T) {
	t.Parallel()
	e, m := open(t, Options{Groups: shortGroups(t, designShort...)}), NewMeter()
	m.Declare("packshot-eu", "product", nil)
	m.Declare("web", "hero", nil)
	var told []string
	for at := clock("03:50:00"); !at.After(clock("04:12:00")); at = at.Add(30 * time.Second) {
		bad := !at.Before(clock("04:01:30"))
		for range 10 {
			o := Observation{Pipeline: "packshot-eu", Class: "product", DeltaE00P95: 0.4, HasSSIM: true, SSIM: 0.99}
			if bad {
				o.DeltaE00P95, o.DeltaEOver = 4.5, true
			}
			m.Observe(o)
			m.Observe(Observation{Pipeline: "web", Class: "hero", DeltaE00P95: 0.4})
		}
		appendAt(t, e, at, m.Samples()...)
		if at.Second() == 0 {
			for _, a := range evaluate(t, e, at) {
				told = append(told, tell(a))
			}
		}
	}
	equal(t, "the rule on the meter's samples", told, []string{
		"04:02 pending packshot-eu since 04:02:00", "04:12 firing packshot-eu since 04:02:00",
	})
	points, err := e.Query(t.Context(), "histogram_quantile(0.5, sum by (le, pipeline) (rate(image_delta_e_2000_bucket[5m])))", clock("04:12:00"))
	if err != nil {
		t.Fatal(err)
	}
	medians := map[string]bool{}
	for _, p := range points {
		medians[fmt.Sprintf("%s within a bucket: %t", p.Labels["pipeline"], p.Labels["pipeline"] == "web" && p.Value > 0.25 && p.Value < 0.5 || p.Value > 4 && p.Value < 5)] = true
	}
	if got, want := slices.Sorted(maps.Keys(medians)), []string{"packshot-eu within a bucket: true", "web within a bucket: true"}; !slices.Equal(got, want) {
		t.Errorf("medians %v, want those of the observations: %v", points, want)
	}
}
