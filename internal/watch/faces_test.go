package watch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/pixels"
)

// TestFacesAreSought: in every picture that decodes, with a reference or without; again where the detector failed, or is
// another one; not again where a check is known.
func TestFacesAreSought(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Cache, o.Screen = &memoryCache{checks: map[[32]byte][]byte{}}, true
	o.NewMeter = func() *measure.Meter {
		return measure.NewMeter(measure.Options{
			Class: pipeline.Product, Budget: pipeline.DefaultBudgets()[pipeline.Product], Inspector: &measure.Inspector{Policy: pipeline.DefaultMetadata()},
		})
	}
	write(t, o.Reference, "pair.png", 100, 16)
	write(t, o.Candidate, "pair.png", 100, 16)
	write(t, o.Candidate, "stray.png", 100, 16)
	write(t, o.Reference, "broken.png", 100, 16)
	if err := os.WriteFile(filepath.Join(o.Candidate, "broken.png"), []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	scan := func(version string, surest float64, fault error) map[string]*measure.Metadata {
		t.Helper()
		asked.Store(0)
		o.Faces = &Faces{Version: version, Find: func(_ context.Context, m *pixels.Image) (float64, error) {
			if m.Width != 16 || len(m.RGB8) != 3*16*16 {
				t.Errorf("the detector is shown %d × %d pixels", m.Width, m.Height)
			}
			asked.Add(1)
			return surest, fault
		}}
		results, _, err := scanAll(t, o)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]*measure.Metadata{}
		for name, r := range results {
			if got[name] = r.Metadata; r.Metadata == nil {
				t.Fatalf("%s: nothing is said of what it shows: %+v", name, r)
			}
			missed := slices.ContainsFunc(r.Check.NotMeasured, func(n measure.NotMeasured) bool { return n.Metric == measure.MetricFaces })
			if name == "pair.png" && missed != (fault != nil) {
				t.Errorf("not measured are %+v", r.Check.NotMeasured)
			}
		}
		return got
	}
	for range 2 { // the second time too: what failed is not kept
		got := scan("1", 0, errors.New("it is gone"))
		reasons := map[string]phrase.Key{"pair.png": measure.DetectorFailed, "stray.png": measure.DetectorFailed, "broken.png": measure.NothingShown}
		for name, want := range reasons {
			if n := got[name].FacesUnsought; n == nil || n.Key != want {
				t.Errorf("%s: faces were not looked for because of %+v, want %s", name, n, want)
			}
		}
		if asked.Load() != 2 {
			t.Errorf("asked %d times, want for the pair and the stray", asked.Load())
		}
	}
	for _, step := range []struct {
		version string
		surest  float64
		asked   int64
		held    int
	}{{"1", 0, 2, 0}, {"1", 0.95, 1, 0}, {"2", 0.95, 2, 1}} { // a stray has no check to be known by
		got := scan(step.version, step.surest, nil)
		if asked.Load() != step.asked || len(got["pair.png"].Quarantined()) != step.held {
			t.Errorf("%+v: asked %d times, the pair is held for %+v", step, asked.Load(), got["pair.png"].Quarantined())
		}
		if held := len(got["stray.png"].Quarantined()) > 0; held != (step.surest > 0) {
			t.Errorf("%+v: the stray is held: %v", step, held)
		}
	}
}
