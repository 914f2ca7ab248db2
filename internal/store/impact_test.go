package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// imagesOf lists what EachImage yields.
func imagesOf(t *testing.T, s *Store, q BlastQuery) []CheckedImage {
	t.Helper()
	var list []CheckedImage
	if err := s.EachImage(t.Context(), q, func(i CheckedImage) error { list = append(list, i); return nil }); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestBlastCountsEachImageOnce(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	start := time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC)
	row := func(path string, minute int, over Over, delta float64) CheckRow {
		return CheckRow{Pipeline: "catalogue", Class: "product", Path: path, Over: over, DeltaEP95: delta,
			Bytes: int64(100 + minute), Modified: int64(minute), At: start.Add(time.Duration(minute) * time.Minute), JSON: fmt.Appendf(nil, `{"n":%d}`, minute)}
	}
	made := func(by string, c CheckRow) CheckRow { c.Software = by; return c }
	drifted := func(by float64, c CheckRow) CheckRow { c.PaletteWorst = by; return c }
	elsewhere := row("z.jpg", 6, OverDeltaE, 9)
	elsewhere.Pipeline = "ui"
	err := s.AddChecks(t.Context(), []CheckRow{
		row("old.jpg", -5, OverDeltaE, 9), // before the moment asked for
		made("gen 2", row("a.jpg", 1, OverDeltaE|OverPalette, 4)), drifted(7, row("a.jpg", 2, OverPalette, 3)), row("a.jpg", 9, 0, 0.5),
		row("b.jpg", 3, OverPalette, 6), made("gen 1", row("c.jpg", 4, 0, 0.4)), row("d.jpg", 5, OverDeltaE, 8), elsewhere,
	})
	if err != nil {
		t.Fatal(err)
	}
	got := imagesOf(t, s, BlastQuery{Pipeline: "catalogue", Since: start, Until: start.Add(time.Hour), Over: AnyOver})
	at := func(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }
	want := []CheckedImage{
		{Path: "a.jpg", Class: "product", Software: "gen 2", Over: OverDeltaE | OverPalette, DeltaE: 4, First: CheckRef{2, at(1)}, Last: CheckRef{3, at(2)}, Drifted: 3},
		{Path: "b.jpg", Class: "product", Over: OverPalette, DeltaE: 6, First: CheckRef{5, at(3)}, Last: CheckRef{5, at(3)}, Drifted: 5},
		{Path: "c.jpg", Class: "product", Software: "gen 1", DeltaE: 0.4},
		{Path: "d.jpg", Class: "product", Over: OverDeltaE, DeltaE: 8, First: CheckRef{7, at(5)}, Last: CheckRef{7, at(5)}},
	}
	if !slices.Equal(got, want) {
		t.Errorf("images = %+v, want %+v", got, want)
	}
	narrow := imagesOf(t, s, BlastQuery{Pipeline: "catalogue", Since: at(3), Until: at(5), Over: OverDeltaE})
	if len(narrow) != 3 || narrow[0].Over != 0 || narrow[0].Drifted != 0 || narrow[2].Over != OverDeltaE {
		t.Errorf("by ΔE00 alone, from the third minute to the fifth: %+v, want b and c within and d over", narrow)
	}
	good, err := s.LastGood(t.Context(), "catalogue", CheckRef{7, at(5)})
	if err != nil || good.Path != "c.jpg" {
		t.Errorf("the last good image before d.jpg is %s, %v; want c.jpg", good.Path, err)
	}
	if _, err := s.LastGood(t.Context(), "catalogue", CheckRef{1, at(-5)}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("before the first check the last good image is %v, want none", err)
	}
	if c, err := s.Check(t.Context(), 7); err != nil || c.Path != "d.jpg" {
		t.Errorf("check 7 is of %s, %v; want d.jpg", c.Path, err)
	}
	var texts []string
	err = s.EachCheck(t.Context(), []int64{7, 2, 99}, func(text []byte) error { texts = append(texts, string(text)); return nil })
	if err != nil || !slices.Equal(texts, []string{`{"n":1}`, `{"n":5}`}) {
		t.Errorf("the checks by their IDs are %v, %v; want those of the first and the fifth minute", texts, err)
	}
	if names, err := s.CheckedPipelines(t.Context()); err != nil || !slices.Equal(names, []string{"catalogue", "ui"}) {
		t.Errorf("checked pipelines %v, %v; want catalogue and ui", names, err)
	}
	stamps := map[string]int64{}
	if err := s.EachStamp(t.Context(), "catalogue", func(path string, v FileVersion) { stamps[path] = v.Bytes*1000 + v.Modified + v.Changed }); err != nil {
		t.Fatal(err)
	}
	if len(stamps) != 5 || stamps["a.jpg"] != 109*1000+9 {
		t.Errorf("stamps = %v, want 5 with the last check of a.jpg", stamps)
	}
	if none := imagesOf(t, s, BlastQuery{Pipeline: "nothing", Until: start, Over: AnyOver}); len(none) > 0 {
		t.Errorf("images of nothing: %+v", none)
	}
}
