package measure

import (
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/pixels"
)

// TestWorstWindowIsThatOfAllWindows compares with every window summed by itself, at sizes that no window divides.
func TestWorstWindowIsThatOfAllWindows(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 5))
	var tl tiles
	for _, size := range []image.Point{{1, 1}, {7, 3}, {15, 40}, {16, 16}, {17, 33}, {100, 63}, {801, 533}, {30, 900}} {
		heat := make([]float32, size.X*size.Y)
		for i := range heat {
			heat[i] = float32(r.ExpFloat64())
		}
		tl.reset(size.X, size.Y)
		_, step := tl.strip()
		for y := 0; y < size.Y; y += step {
			tl.add(y, heat[y*size.X:min(y+step, size.Y)*size.X])
		}
		want := 0.0
		for _, w := range windows(size) {
			total, n := 0.0, 0
			for y := w.Min.Y; y < w.Max.Y; y++ {
				for x := w.Min.X; x < w.Max.X; x++ {
					if y%2 == 0 && x%2 == y/2%2 {
						total, n = total+float64(heat[y*size.X+x]), n+1
					}
				}
			}
			want = max(want, total/float64(n))
		}
		if math.Abs(tl.worst.Value-want) > 1e-4 {
			t.Errorf("%v: the worst window has %v, want %v", size, tl.worst, want)
		}
	}
}

// windows lists all windows of a picture, by the definition.
func windows(size image.Point) []image.Rectangle {
	cell := max(min(size.X, size.Y)/32, 8)
	edges := func(n int) []int {
		var at []int
		for i := range max(n/cell, 1) {
			at = append(at, i*cell)
		}
		return append(at, n)
	}
	var all []image.Rectangle
	xs, ys := edges(size.X), edges(size.Y)
	for j := range max(len(ys)-2, 1) {
		for i := range max(len(xs)-2, 1) {
			all = append(all, image.Rect(xs[i], ys[j], xs[min(i+2, len(xs)-1)], ys[min(j+2, len(ys)-1)]))
		}
	}
	return all
}

// TestPatchThatThePercentileMissesIsFound: 0.6 % of the picture in a plainly other colour, wherever it lies, at both
// depths, and after JPEG has been over it.
func TestPatchThatThePercentileMissesIsFound(t *testing.T) {
	t.Parallel()
	b := pipeline.DefaultBudgets()[pipeline.Product]
	b.SSIM, b.LPIPS, b.Palette = 0, 0, 0
	ref := flat(768, 512, grey, grey, 0, 0)
	for _, at := range []image.Point{{0, 0}, {11, 5}, {301, 202}, {719, 463}, {720, 464}} {
		cand := flat(768, 512, grey, grey, 0, 0)
		for y := at.Y; y < at.Y+48; y++ {
			for x := at.X; x < at.X+48; x++ {
				copy(cand.Row8(y)[3*x:], []uint8{150, 120, 110})
			}
		}
		for depth, c := range map[int]Check{8: measure(t, b, ref, cand), 16: measure(t, b, ref.Wide(), cand.Wide())} {
			l := c.DeltaE00.Local
			if c.DeltaE00.P95 != 0 || len(c.Findings) != 1 || c.Findings[0].Metric != MetricLocal || !c.Overs().Local {
				t.Fatalf("%v, %d bits: p95 %v, findings %+v, want the local one alone", at, depth, c.DeltaE00.P95, c.Findings)
			}
			if place := image.Rect(l.X, l.Y, l.X+l.Width, l.Y+l.Height); !place.In(image.Rectangle{at, at.Add(image.Pt(48, 48))}) || math.Abs(l.Value-c.DeltaE00.Max) > 1e-3 {
				t.Errorf("%v, %d bits: found at %v with %v, want a window within the patch and its ΔE00 %v", at, depth, place, l.Value, c.DeltaE00.Max)
			}
		}
		spoilt, err := recoded(cand, 85)
		if err != nil {
			t.Fatal(err)
		}
		if c := measure(t, b, ref, spoilt); !c.Overs().Local {
			t.Errorf("%v as JPEG: local %+v, want over", at, c.DeltaE00.Local)
		}
	}
}

// TestLocalBudgetLetsCodingPass: what JPEG does to photographs is no local defect in any class that allows JPEG.
func TestLocalBudgetLetsCodingPass(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(corpora.Dir(t, "photos"), "*.png"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no photographs: %v", err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := pixels.DecodeBytes(data, pixels.Options{})
		if err != nil {
			t.Fatal(err)
		}
		small, err := whole.Resize(whole.Width*5/12, whole.Height*5/12, pixels.Area)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range []*pixels.Image{whole, small} {
			cand, err := recoded(ref, 75)
			if err != nil {
				t.Fatal(err)
			}
			for _, class := range []pipeline.Class{pipeline.Product, pipeline.Hero, pipeline.Thumbnail} {
				if c := measure(t, pipeline.Budget{DeltaE00Local: pipeline.DefaultBudgets()[class].DeltaE00Local}, ref, cand); c.Overs().Any() {
					t.Errorf("%s, %d wide: %+v", filepath.Base(f), ref.Width, c.Findings)
				}
			}
		}
	}
}
