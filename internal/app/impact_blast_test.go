package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
)

// several gives a house two more pipelines.
func several(h *house) {
	h.config.Watch.Pipelines["thumbs"] = pipeline.Pipeline{Reference: "r2", Delivered: "d2", Class: pipeline.Thumbnail, Routes: []string{"small"}}
	h.config.Watch.Pipelines["hero"] = pipeline.Pipeline{Reference: "r3", Delivered: "d3", Class: pipeline.Hero}
}

// checked writes checks as a sweep would: n images of a pipeline, bad of them over, from a moment on, one a second.
func (h *house) checked(pipeline, class string, from time.Time, n, bad int, over store.Over, deltaE float64, model string) {
	h.t.Helper()
	rows := make([]store.CheckRow, n)
	for i := range rows {
		rows[i] = store.CheckRow{
			Pipeline: pipeline, Class: class, Path: fmt.Sprintf("%s/%03d.png", pipeline, i), Candidate: fmt.Sprintf("%s-%03d", from.Format("1504"), i),
			DeltaEP95: 0.2, At: from.Add(time.Duration(i) * time.Second), Model: model, JSON: []byte("{}"),
		}
		if i >= n-bad {
			drifted, err := json.Marshal(measure.Check{Palette: []measure.Swatch{{Name: "red", DeltaE00: deltaE}, {Name: "blue", DeltaE00: 0.1}}})
			if err != nil {
				h.t.Fatal(err)
			}
			rows[i].Over, rows[i].DeltaEP95, rows[i].PaletteWorst, rows[i].JSON = over, deltaE+float64(i)/100, deltaE, drifted
		}
	}
	if err := h.store.AddChecks(h.t.Context(), rows); err != nil {
		h.t.Fatal(err)
	}
}

// TestImpactOverEverythingMeasured finds the same harm in other pipelines, and tells it from what is always so.
func TestImpactOverEverythingMeasured(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, several)
	now := h.clock()
	ago := func(minutes int) time.Time { return now.Add(-time.Duration(minutes) * time.Minute) }
	both := store.OverDeltaE | store.OverPalette
	h.checked("catalogue", "product", ago(300), 5, 0, 0, 0, "gen 1")    // before it all
	h.checked("catalogue", "product", ago(40), 10, 4, both, 5, "gen 2") // the harm
	h.checked("catalogue", "product", ago(20), 10, 6, both, 4, "gen 2") // the same images again
	h.checked("thumbs", "thumbnail", ago(100), 20, 0, 0, 0, "gen 1")
	h.checked("thumbs", "thumbnail", ago(30), 20, 5, store.OverDeltaE, 9, "gen 2") // struck too
	h.checked("hero", "hero", ago(100), 10, 3, store.OverDeltaE, 6, "")
	h.checked("hero", "hero", ago(30), 10, 3, store.OverDeltaE, 6, "")    // as before
	h.checked("gone", "ui", ago(30), 7, 7, store.OverFormat, 0, "")       // over, but not the same harm
	h.checked("late", "product", now.Add(time.Minute), 3, 3, both, 9, "") // after the report
	got := h.impact(h.declare())

	if got.Checked != 30 || got.Affected != 11 || got.OverDeltaE != 11 || got.OverPalette != 6 {
		t.Errorf("checked %d, affected %d, over ΔE %d, over the palette %d; want 30, 6 and 5, 11, 6", got.Checked, got.Affected, got.OverDeltaE, got.OverPalette)
	}
	if got.WorstPath != "thumbs/019.png" || got.WorstDelta != 9.19 || got.MedianDelta != 5.09 {
		t.Errorf("worst %s %v, median %v; want thumbs/019.png 9.19 and 5.09", got.WorstPath, got.WorstDelta, got.MedianDelta)
	}
	if !slices.Equal(got.Pipelines, []string{"catalogue", "thumbs"}) || !slices.Equal(got.Routes, []string{"catalogue", "small"}) {
		t.Errorf("pipelines %v, routes %v; want catalogue and thumbs, catalogue and small", got.Pipelines, got.Routes)
	}
	if !got.Ongoing || !got.Since.Equal(ago(60)) || !got.Until.Equal(now) || !got.FirstBad.Equal(ago(40).Add(6*time.Second)) {
		t.Errorf("ongoing %v, from %v to %v, first bad %v", got.Ongoing, got.Since, got.Until, got.FirstBad)
	}
	if len(got.ByPipeline) != 3 || got.Quiet != 1 {
		t.Fatalf("%d pipelines listed, %d quiet; want catalogue, hero and thumbs, and gone", len(got.ByPipeline), got.Quiet)
	}
	own, hero, thumbs := got.ByPipeline[0], got.ByPipeline[1], got.ByPipeline[2]
	if own.Pipeline != "catalogue" || own.FirstBad.Path != "catalogue/006.png" || own.FirstBad.SHA256 != "0320-006" || own.LastGood.Path != "catalogue/005.png" {
		t.Errorf("catalogue: first bad %+v, last good %+v", own.FirstBad, own.LastGood)
	}
	if hero.Pipeline != "hero" || !hero.AsBefore || hero.Affected != 3 || hero.EarlierAffected != 3 || hero.EarlierChecked != 10 {
		t.Errorf("hero = %+v, want 3 of 10 as before", hero)
	}
	if thumbs.AsBefore || thumbs.Affected != 5 || thumbs.EarlierChecked != 20 || thumbs.MedianDelta != 9.17 {
		t.Errorf("thumbs = %+v, want 5 of 20 where it was none of 20", thumbs)
	}
	if want := []incident.Share{{Class: "product", Checked: 10, Affected: 6}, {Class: "thumbnail", Checked: 20, Affected: 5}}; !slices.Equal(got.ByClass, want) {
		t.Errorf("by class %+v, want %+v", got.ByClass, want)
	}
	if want := []incident.Share{{Model: "gen 2", Checked: 30, Affected: 11}}; !slices.Equal(got.ByVersion, want) {
		t.Errorf("by version %+v, want %+v", got.ByVersion, want)
	}
	if want := []incident.ColourImpact{{Name: "red", Images: 6, Median: 5, Worst: 5}}; !slices.Equal(got.Palette, want) {
		t.Errorf("brand colours %+v, want %+v", got.Palette, want)
	}
}

// TestImpactEndsWithTheRepair counts nothing that was checked after it.
func TestImpactEndsWithTheRepair(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.checked("catalogue", "product", h.clock().Add(-10*time.Minute), 5, 2, store.OverDeltaE, 5, "")
	id := h.declare()
	h.do("nora", id, incident.Acknowledge{})
	h.move(time.Minute)
	h.do("nora", id, incident.Resolve{Text: "the table is back"})
	h.move(time.Hour)
	h.checked("catalogue", "product", h.clock().Add(-10*time.Minute), 5, 5, store.OverDeltaE, 5, "")
	if got := h.impact(id); got.Affected != 2 || got.Checked != 5 {
		t.Errorf("%d of %d affected, want the 2 of 5 from before the repair", got.Affected, got.Checked)
	}
}

// TestSharesAreBounded lets images claim thousands of versions.
func TestSharesAreBounded(t *testing.T) {
	t.Parallel()
	g := groups{}
	for i := range 5000 {
		g.add(incident.Share{Model: fmt.Sprint(i % 2500)}, i%2500 == 7)
	}
	list := g.shares()
	last := list[len(list)-1]
	if len(g) != maxTallied+1 || len(list) != maxShares+1 || list[0] != (incident.Share{Model: "7", Checked: 2, Affected: 2}) || !last.Others || last.Checked != 5000-2*maxShares {
		t.Errorf("%d kept, %d listed, the first %+v, the last %+v", len(g), len(list), list[0], last)
	}
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	var h, o histogram
	if h.median() != 0 {
		t.Errorf("the median of nothing is %v", h.median())
	}
	for _, v := range []float64{3.14159, 0, -1, 900} {
		h.add(v)
	}
	o.add(7.005)
	h.join(&o)
	if h.n != 5 || h.median() != 3.14 {
		t.Errorf("the median of %d is %v, want 3.14 of 5", h.n, h.median())
	}
}
