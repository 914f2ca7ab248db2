package measure

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"math"
	"slices"
	"testing"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/pixels"
)

// flat makes an image of one colour with a patch of another in its top left corner.
func flat(w, h int, base, patch [3]uint8, patchW, patchH int) *pixels.Image {
	m := &pixels.Image{Width: w, Height: h, FullWidth: w, FullHeight: h, Depth: 8, Format: "png", Frames: 1, Orientation: 1, RGB8: make([]uint8, 3*w*h)}
	for y := range h {
		for x := range w {
			c := base
			if x < patchW && y < patchH {
				c = patch
			}
			copy(m.RGB8[3*(y*w+x):], c[:])
		}
	}
	return m
}

func source(m *pixels.Image) Source { return Source{Path: "a.png", SHA256: "00", Bytes: 100, Image: m} }

var (
	grey     = [3]uint8{128, 128, 128}
	red      = [3]uint8{200, 30, 40}
	orange   = [3]uint8{215, 80, 40}
	brandRed = colour.Swatch{Name: "brand red", Lab: colour.FromSRGB8(200, 30, 40)}
)

func measure(t *testing.T, b pipeline.Budget, ref, cand *pixels.Image) Check {
	t.Helper()
	c, err := NewMeter(Options{Class: pipeline.Product, Budget: b, Palette: []colour.Swatch{brandRed}}).Measure(source(ref), source(cand))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEqualImagesAreExactlyEqual(t *testing.T) {
	t.Parallel()
	m := flat(64, 48, grey, red, 8, 8)
	c := measure(t, pipeline.DefaultBudgets()[pipeline.Product], m, m)
	if c.DeltaE00.Max != 0 || c.DeltaE00.Mean != 0 || c.DeltaE00.P99 != 0 || *c.SSIM != 1 || c.WorstPalette() != 0 {
		t.Errorf("equal images: ΔE00 %+v, SSIM %v, palette %v; want exactly 0, 1, 0", c.DeltaE00, *c.SSIM, c.WorstPalette())
	}
	if len(c.Findings) != 0 {
		t.Errorf("equal images have findings %v", c.Findings)
	}
}

// A logo of half a percent of the picture must fire on its own: the 95th
// percentile does not see it, the palette does.
func TestDriftedLogoOfHalfAPercentIsFound(t *testing.T) {
	t.Parallel()
	ref, cand := flat(200, 100, grey, red, 10, 10), flat(200, 100, grey, orange, 10, 10)
	c := measure(t, pipeline.DefaultBudgets()[pipeline.Product], ref, cand)
	if c.DeltaE00.P95 != 0 {
		t.Fatalf("p95 = %v, the test wants a drift that it cannot see", c.DeltaE00.P95)
	}
	want := colour.DeltaE2000(colour.FromSRGB8(200, 30, 40), colour.FromSRGB8(215, 80, 40))
	if len(c.Findings) != 1 || c.Findings[0].Metric != "palette.brand red" || math.Abs(c.Findings[0].Value-want) > 1e-4 {
		t.Fatalf("findings = %+v, want the brand red at ΔE00 %.4f", c.Findings, want)
	}
	if o := c.Overs(); !o.Palette || o.DeltaE || !o.Any() {
		t.Errorf("overs = %+v, want only the palette", o)
	}
	if got := c.Palette[0].Coverage; math.Abs(got-0.005) > 1e-9 {
		t.Errorf("coverage = %v, want 0.005", got)
	}
}

func TestBudgetsAreJudged(t *testing.T) {
	t.Parallel()
	ref, cand := flat(64, 64, grey, grey, 0, 0), flat(64, 64, [3]uint8{150, 120, 120}, grey, 0, 0)
	for name, c := range map[string]struct {
		budget pipeline.Budget
		want   []string
	}{
		"no limits":    {pipeline.Budget{}, nil},
		"colour":       {pipeline.Budget{DeltaE00: 2}, []string{MetricDeltaE00}},
		"ssim":         {pipeline.Budget{SSIM: 0.9999999}, []string{MetricSSIM}},
		"format":       {pipeline.Budget{Formats: []string{"webp"}}, []string{MetricFormat}},
		"lossless":     {pipeline.Budget{Lossless: true}, []string{MetricLossless}},
		"lpips, warns": {pipeline.Budget{LPIPS: 0.08}, nil},
		"lpips, fails": {pipeline.Budget{LPIPS: 0.08, RequireLPIPS: true}, []string{MetricLPIPS}},
	} {
		check := measure(t, c.budget, ref, cand)
		var got []string
		for _, f := range check.Findings {
			got = append(got, f.Metric)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: findings %v, want %v", name, got, c.want)
		}
		if !slices.ContainsFunc(check.NotMeasured, func(n NotMeasured) bool { return n.Metric == MetricLPIPS && n.Remedy != "" }) {
			t.Errorf("%s: LPIPS is not said to be unmeasured", name)
		}
	}
}

func TestChromaIsJudgedWhereTheFormatHasIt(t *testing.T) {
	t.Parallel()
	for chroma, want := range map[string]int{"": 0, "4:4:4": 0, "4:2:0": 1} {
		m := flat(32, 32, grey, grey, 0, 0)
		m.Chroma = chroma
		c := measure(t, pipeline.Budget{Chroma: "4:4:4"}, m, m)
		if len(c.Findings) != want || want == 1 && c.Findings[0].Metric != MetricChroma {
			t.Errorf("chroma %q: findings %v, want %d", chroma, c.Findings, want)
		}
	}
}

func TestOtherDimensionsAreRefused(t *testing.T) {
	t.Parallel()
	_, err := NewMeter(Options{Class: pipeline.Product}).Measure(source(flat(20, 20, grey, grey, 0, 0)), source(flat(20, 21, grey, grey, 0, 0)))
	var d *DimensionError
	if !errors.As(err, &d) || !errors.Is(err, journal.ErrInvalid) {
		t.Fatalf("got %v, want a DimensionError", err)
	}
	if err := WriteHeatmap(&bytes.Buffer{}, flat(2, 2, grey, grey, 0, 0), flat(2, 3, grey, grey, 0, 0), ""); !errors.As(err, &d) {
		t.Errorf("heat map of other dimensions gave %v", err)
	}
}

func TestImageBelowTheWindowHasNoSSIM(t *testing.T) {
	t.Parallel()
	m := flat(10, 10, grey, grey, 0, 0)
	c := measure(t, pipeline.Budget{SSIM: 0.9}, m, m)
	if c.SSIM != nil || len(c.Findings) != 0 {
		t.Errorf("SSIM = %v, findings %v; want none measured and none found", c.SSIM, c.Findings)
	}
	if !slices.ContainsFunc(c.NotMeasured, func(n NotMeasured) bool { return n.Metric == MetricSSIM }) {
		t.Error("SSIM is not said to be unmeasured")
	}
}

func TestDepthsMayDiffer(t *testing.T) {
	t.Parallel()
	m := flat(32, 32, grey, red, 4, 4)
	c := measure(t, pipeline.Budget{}, m, m.Wide())
	if c.DeltaE00.Max != 0 || *c.SSIM != 1 {
		t.Errorf("the same picture in 8 and 16 bit: ΔE00 max %v, SSIM %v; want 0 and 1", c.DeltaE00.Max, *c.SSIM)
	}
}

// The JSON of a check is a contract: these keys must be there.
func TestJSONHasTheContractsKeys(t *testing.T) {
	t.Parallel()
	m := flat(32, 32, grey, red, 8, 8)
	text, err := json.Marshal(measure(t, pipeline.DefaultBudgets()[pipeline.Product], m, m))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Methods              map[string]string
		NotMeasured          []map[string]string
		Reference, Candidate struct {
			Path, SHA256, Format string
			Width, Height        int
		}
		DeltaE00            struct{ Mean, P50, P95, P99, Max, Over any }
		SSIM                any
		Palette             []struct{ Name, Lab, DeltaE00, Coverage any }
		Bytes               map[string]int
		Metrics, Thresholds map[string]float64
		Findings            []any
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	d := v.DeltaE00
	for name, missing := range map[string]bool{
		"methods": v.Methods["deltaE00"] == "" || v.Methods["ssim"] == "", "notMeasured": len(v.NotMeasured) == 0,
		"reference": v.Reference.Width != 32 || v.Reference.SHA256 == "", "deltaE00": d.Mean == nil || d.P50 == nil || d.P95 == nil || d.P99 == nil || d.Max == nil || d.Over == nil,
		"ssim": v.SSIM == nil, "palette": len(v.Palette) != 1 || v.Palette[0].Coverage == nil, "bytes": v.Bytes["candidate"] != 100,
		"thresholds": v.Thresholds["deltaE00"] != 2, "metrics": len(v.Metrics) < 2, "findings": v.Findings == nil,
	} {
		if missing {
			t.Errorf("the JSON lacks %s: %s", name, text)
		}
	}
}

func TestHeatmapIsDarkWhereEqual(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := WriteHeatmap(&out, flat(20, 10, grey, red, 5, 5), flat(20, 10, grey, orange, 5, 5), ""); err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	light := func(x, y int) uint32 { r, g, b, _ := picture.At(x, y).RGBA(); return r + g + b }
	if picture.Bounds().Dx() != 20 || light(2, 2) <= light(15, 8) {
		t.Errorf("drifted pixel has light %d, equal one %d; want the drifted one brighter", light(2, 2), light(15, 8))
	}
}

func TestSummarySaysWhatWasNotMeasured(t *testing.T) {
	t.Parallel()
	var s Summary
	lost := Missing(MetricLPIPS, "missing.screened")
	s.Add(Check{NotMeasured: []NotMeasured{lost, Missing(MetricMSSSIM, notLimited)}})
	s.Add(Check{NotMeasured: []NotMeasured{lost}})
	if len(s.NotMeasured) != 1 || s.NotMeasured[0].Images != 2 || s.NotMeasured[0].Metric != MetricLPIPS {
		t.Errorf("got %+v, want LPIPS missing on two images, and nothing that nobody asked for", s.NotMeasured)
	}
	if s.Measured(MetricLPIPS) || !s.Measured(MetricSSIM) {
		t.Error("LPIPS was measured on none, SSIM on all")
	}
	s.Add(Check{NotMeasured: []NotMeasured{Missing(MetricLPIPS, "missing.window")}})
	if len(s.NotMeasured) != 2 || s.Measured(MetricLPIPS) {
		t.Errorf("got %+v, want two reasons", s.NotMeasured)
	}
	if s.Add(Check{}); !s.Measured(MetricLPIPS) {
		t.Error("one image has LPIPS")
	}
	for i := range 2 * keepGaps {
		s.Add(Check{NotMeasured: []NotMeasured{{Metric: fmt.Sprint(i)}}})
	}
	if len(s.NotMeasured) != keepGaps {
		t.Errorf("%d reasons are kept, want %d", len(s.NotMeasured), keepGaps)
	}
}

func TestSummaryIsExactAndBounded(t *testing.T) {
	t.Parallel()
	var s Summary
	for i := range 1001 {
		c := Check{DeltaE00: DeltaE00{P95: float64(i) / 100}, Bytes: Bytes{Candidate: 2000}, Candidate: File{Path: fmt.Sprintf("%04d", i)}}
		if i > 500 {
			c.Findings = []Finding{{Metric: MetricDeltaE00}}
		}
		s.Add(c)
	}
	s.Finish(pipeline.Thumbnail, pipeline.Budget{AverageBytes: 1999})
	if s.Checked != 1001 || s.Failed != 500 || s.OverDeltaE != 500 || math.Abs(s.MedianP95-5) > 0.011 {
		t.Errorf("summary = checked %d, failed %d, over %d, median %v; want 1001, 500, 500, 5", s.Checked, s.Failed, s.OverDeltaE, s.MedianP95)
	}
	if len(s.Worst) != keepWorst || s.Worst[0].Path != "1000" || s.Worst[9].Path != "0991" {
		t.Errorf("worst = %v, want 1000 down to 0991", s.Worst)
	}
	if len(s.Budget) != 1 || s.Good() {
		t.Errorf("average of 2000 bytes over a limit of 1999: budget findings %v, good %v", s.Budget, s.Good())
	}
}
