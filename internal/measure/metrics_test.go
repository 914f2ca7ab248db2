package measure

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/lpips"
	"github.com/safelight-dev/safelight/pixels"
)

// soft is a picture of soft colours, with noise of the given strength on it.
func soft(w, h, noise int) *pixels.Image {
	m := flat(w, h, grey, grey, 0, 0)
	r := rand.New(rand.NewPCG(7, uint64(noise)))
	for y := range h {
		for x := range w {
			p := m.RGB8[3*(y*w+x):]
			for c := range 3 {
				v := 128 + 60*math.Sin(float64(x+9*c)/17) + 50*math.Cos(float64(y-5*c)/23)
				if noise > 0 {
					v += float64(r.IntN(2*noise+1) - noise)
				}
				p[c] = uint8(v)
			}
		}
	}
	return m
}

func measured(t *testing.T, o Options, ref, cand *pixels.Image) Check {
	t.Helper()
	o.Class = pipeline.Product
	c, err := NewMeter(o).Measure(source(ref), source(cand))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// missing lists the metrics that were not measured.
func missing(c Check) []string {
	var names []string
	for _, n := range c.NotMeasured {
		names = append(names, n.Metric)
	}
	return names
}

// TestEachMetricIsMeasuredWhereItIsWanted asks for nothing, for a budget and for everything.
func TestEachMetricIsMeasuredWhereItIsWanted(t *testing.T) {
	t.Parallel()
	ref, cand := soft(200, 180, 0), soft(200, 180, 12)
	plain := measured(t, Options{}, ref, cand)
	if plain.MSSSIM != nil || plain.PSNR != nil || plain.LPIPS != nil || !slices.Equal(missing(plain), []string{MetricLPIPS}) {
		t.Errorf("without limits: %+v", plain)
	}
	limited := measured(t, Options{Budget: pipeline.Budget{MSSSIM: 0.9999, SSIM: 0.01}}, ref, cand)
	if limited.MSSSIM == nil || limited.PSNR != nil || limited.Metrics["msSsim"] != *limited.MSSSIM || limited.Thresholds["msSsim"] != 0.9999 {
		t.Errorf("with a limit on MS-SSIM: %+v", limited)
	}
	if len(limited.Findings) != 1 || limited.Findings[0].Metric != MetricMSSSIM || !limited.Overs().MSSSIM {
		t.Errorf("findings %+v, want MS-SSIM under its limit", limited.Findings)
	}
	full := measured(t, Options{Full: true, Missing: NotMeasured{Reason: "no weights", Remedy: "pull"}}, ref, cand)
	if full.PSNR == nil || full.SSIMRGB == nil || *full.MSSSIM != *limited.MSSSIM || *full.SSIM != *plain.SSIM {
		t.Errorf("in full: %+v", full)
	}
	if n := full.NotMeasured; len(n) != 1 || n[0].Metric != MetricLPIPS || n[0].Reason != "no weights" || n[0].Remedy != "pull" {
		t.Errorf("LPIPS without weights: %+v", n)
	}
	small := measured(t, Options{Full: true}, soft(100, 180, 0), soft(100, 180, 12))
	if small.MSSSIM != nil || small.PSNR == nil || !slices.Contains(missing(small), MetricMSSSIM) {
		t.Errorf("a picture too small for five scales: %+v", small)
	}
	text, err := json.Marshal(measured(t, Options{Full: true}, ref, ref))
	if err != nil || !strings.Contains(string(text), `"overall":"Infinity"`) {
		t.Errorf("equal pictures in JSON: %s, %v", text, err)
	}
}

// seeded is AlexNet with random weights.
func seeded(t *testing.T) *lpips.Network {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	tensors := map[string]lpips.Tensor{}
	for _, s := range lpips.Alex.Specs() {
		n := 1
		for _, d := range s.Shape {
			n *= d
		}
		data := make([]float32, n)
		for i := range data {
			data[i] = r.Float32() * 0.05
			if len(s.Shape) == 4 && s.Shape[0] > 1 {
				data[i] -= 0.025
			}
		}
		tensors[s.Name] = lpips.Tensor{Shape: s.Shape, Data: data}
	}
	n, err := lpips.New(lpips.Alex, tensors)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLPIPSIsMeasuredByTheNetworkThatIsHere(t *testing.T) {
	t.Parallel()
	o := Options{Network: seeded(t), Budget: pipeline.Budget{LPIPS: 1e-9}}
	ref, cand := soft(96, 80, 0), soft(96, 80, 30)
	if c := measured(t, o, ref, ref); c.LPIPS == nil || c.LPIPS.Distance != 0 || len(c.Findings) != 0 {
		t.Errorf("equal pictures: %+v, %v", c.LPIPS, c.Findings)
	}
	c := measured(t, o, ref, cand)
	if c.LPIPS == nil || c.LPIPS.Net != lpips.Alex || c.LPIPS.Distance <= 0 || c.Metrics["lpips"] != c.LPIPS.Distance || !c.Overs().LPIPS {
		t.Errorf("LPIPS %+v, metrics %v, findings %v", c.LPIPS, c.Metrics, c.Findings)
	}
	want, err := o.Network.Distance(new(lpips.Workspace), lpips.Picture{Width: 96, Height: 80, RGB8: ref.RGB8}, lpips.Picture{Width: 96, Height: 80, RGB8: cand.RGB8})
	if err != nil || want.Value != c.LPIPS.Distance {
		t.Errorf("the kernel gives %v (%v), the check %v", want.Value, err, c.LPIPS.Distance)
	}
	if c := measured(t, o, soft(2000, 900, 0), soft(2000, 900, 9)); c.LPIPS.Width != 1526 || c.LPIPS.Height != 686 {
		t.Errorf("a large picture was measured at %d×%d", c.LPIPS.Width, c.LPIPS.Height)
	}
	if c := measured(t, o, soft(20, 20, 0), soft(20, 20, 9)); c.LPIPS != nil || !slices.Contains(missing(c), MetricLPIPS) {
		t.Errorf("a picture too small for the network: %+v", c.LPIPS)
	}
	o.Budget.RequireLPIPS, o.Network = true, nil
	if c := measured(t, o, ref, ref); len(c.Findings) != 1 || c.Findings[0].Metric != MetricLPIPS {
		t.Errorf("demanded and without a network: %v", c.Findings)
	}
}

// TestReferenceOfAnotherSizeIsFitted delivers half the reference's size.
func TestReferenceOfAnotherSizeIsFitted(t *testing.T) {
	t.Parallel()
	large := soft(200, 121, 0)
	half, err := large.Resize(100, 61, pixels.Area)
	if err != nil {
		t.Fatal(err)
	}
	c := measured(t, Options{Budget: pipeline.Budget{Fit: pixels.Area}}, large, half)
	if c.DeltaE00.Max != 0 || c.Fit == nil || *c.Fit != (Fit{pixels.Area, 200, 121}) || c.Reference.Width != 200 {
		t.Errorf("its own half: max %v, fit %+v", c.DeltaE00.Max, c.Fit)
	}
	if c := measured(t, Options{Budget: pipeline.Budget{Fit: pixels.Lanczos}}, large, half); c.DeltaE00.P95 > 1 {
		t.Errorf("by another filter: %+v", c.DeltaE00)
	}
	for name, o := range map[string]struct {
		fit  pixels.Filter
		w, h int
	}{"no policy": {"", 100, 61}, "another shape": {pixels.Area, 100, 70}, "unknown filter": {"cubic", 100, 61}} {
		_, err := NewMeter(Options{Budget: pipeline.Budget{Fit: o.fit}}).Measure(source(large), source(soft(o.w, o.h, 0)))
		if err == nil {
			t.Errorf("%s was measured", name)
		}
	}
}

// TestTransparencyIsJudgedOnLightAndDark loses the alpha of a white logo, which nobody sees on white.
func TestTransparencyIsJudgedOnLightAndDark(t *testing.T) {
	t.Parallel()
	decode := func(alpha uint8) *pixels.Image {
		m := image.NewNRGBA(image.Rect(0, 0, 40, 40))
		for i := range 1600 {
			m.SetNRGBA(i%40, i/40, color.NRGBA{255, 255, 255, alpha})
		}
		m.SetNRGBA(0, 0, color.NRGBA{255, 255, 255, 0})
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		img, err := pixels.DecodeBytes(b.Bytes(), pixels.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	c := measured(t, Options{Budget: pipeline.Budget{DeltaE00: 2}}, decode(128), decode(255))
	if len(c.Backgrounds) != 2 || c.Backgrounds[0].DeltaE00P95 != 0 || c.Backgrounds[1].DeltaE00P95 < 30 {
		t.Fatalf("backgrounds %+v", c.Backgrounds)
	}
	if c.DeltaE00.P95 != c.Backgrounds[1].DeltaE00P95 || c.DeltaE00.Local.Value < 30 || len(c.Findings) != 1 || *c.SSIM != *c.Backgrounds[1].SSIM {
		t.Errorf("the check states %+v and finds %v, want the figures on black", c.DeltaE00, c.Findings)
	}
	if c := measured(t, Options{}, decode(128), decode(128)); c.DeltaE00.Max != 0 || len(c.Backgrounds) != 2 {
		t.Errorf("equal pictures: %+v on %+v", c.DeltaE00, c.Backgrounds)
	}
}

// TestTransparencyIsFittedOnEachBackground delivers a transparent picture at half its reference's size: nothing is wrong
// with it on either background.
func TestTransparencyIsFittedOnEachBackground(t *testing.T) {
	t.Parallel()
	decode := func(side int) *pixels.Image {
		m := image.NewNRGBA(image.Rect(0, 0, side, side))
		for i := range side * side {
			m.SetNRGBA(i%side, i/side, color.NRGBA{200, 30, 40, 128})
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		img, err := pixels.DecodeBytes(b.Bytes(), pixels.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	c := measured(t, Options{Budget: pipeline.Budget{DeltaE00: 1, SSIM: 0.99, Fit: pixels.Area}}, decode(40), decode(20))
	if len(c.Findings) != 0 || c.Fit == nil || len(c.Backgrounds) != 2 || c.Backgrounds[1].DeltaE00P95 != 0 {
		t.Errorf("findings %v, backgrounds %+v, fit %+v", c.Findings, c.Backgrounds, c.Fit)
	}
	heat, err := Heatmap(decode(40), decode(20), pixels.Area)
	if err != nil || heat.Rect.Dx() != 20 || heat.Pix[0] != 0 {
		t.Errorf("its heat map: %v, %v", heat.Rect, err)
	}
}

// TestScreenLetsPassOnlyWhatIsClear screens a picture against variants of itself.
func TestScreenLetsPassOnlyWhatIsClear(t *testing.T) {
	t.Parallel()
	m := NewMeter(Options{Class: pipeline.Product, Budget: pipeline.DefaultBudgets()[pipeline.Product]})
	if !m.CanScreen() {
		t.Fatal("the class product cannot be screened")
	}
	ref, near := soft(64, 64, 0), soft(64, 64, 0)
	for i := 0; i < len(near.RGB8); i += 30 {
		near.RGB8[i]++
	}
	check, clear := m.Screen(source(ref), source(near))
	if !clear || check.Screened == nil || check.Screened.Denominator != 8 {
		t.Errorf("a little noise: clear %v, %+v", clear, check)
	}
	ref.FullWidth, ref.FullHeight, near.FullWidth, near.FullHeight = 509, 512, 509, 512
	if check, clear = m.Screen(source(ref), source(near)); !clear {
		t.Error("a little noise in a picture of 509×512 was not let pass")
	}
	if l := check.DeltaE00.Local; l.Value == 0 || l.Width < 125 || l.Width > 128 || l.Height != 128 || l.X%64 != 0 || l.X+l.Width > 509 || l.Y+l.Height > 512 {
		t.Errorf("the worst place %+v is not one of the whole picture", l)
	}
	drifted := soft(64, 64, 0)
	for i := 0; i < len(drifted.RGB8); i += 3 {
		drifted.RGB8[i] += 12
	}
	patch := soft(64, 64, 0)
	copy(patch.RGB8[:12], []uint8{255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0})
	other := soft(64, 64, 0)
	other.FullWidth++ // the whole pictures differ in size, their reduced forms do not
	for name, cand := range map[string]*pixels.Image{"whole size": other, "drift": drifted, "patch": patch, "size": soft(64, 63, 0), "depth": ref.Wide()} {
		if _, clear := m.Screen(source(ref), source(cand)); clear {
			t.Errorf("%s was let pass", name)
		}
	}
	for name, o := range map[string]Options{
		"lossless":    {Budget: pipeline.Budget{DeltaE00: 1, Lossless: true}},
		"MS-SSIM":     {Budget: pipeline.Budget{DeltaE00: 1, MSSSIM: 0.9}},
		"LPIPS":       {Budget: pipeline.Budget{DeltaE00: 1, RequireLPIPS: true}},
		"LPIPS limit": {Budget: pipeline.Budget{DeltaE00: 1, LPIPS: 0.1}, Network: seeded(t)},
		"full":        {Budget: pipeline.Budget{DeltaE00: 1}, Full: true},
		"no limit":    {},
	} {
		if NewMeter(o).CanScreen() {
			t.Errorf("%s can be screened", name)
		}
	}
}
