package store

import (
	"testing"
	"time"
)

func TestBlastCountsEachImageOnce(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	start := time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC)
	row := func(path string, minute int, over Over, delta float64) CheckRow {
		return CheckRow{Pipeline: "catalogue", Class: "product", Path: path, Over: over, DeltaEP95: delta,
			Bytes: int64(100 + minute), Modified: int64(minute), At: start.Add(time.Duration(minute) * time.Minute), JSON: []byte("{}")}
	}
	err := s.AddChecks(t.Context(), []CheckRow{
		row("old.jpg", -5, OverDeltaE, 9), // before the moment asked for
		row("a.jpg", 1, OverDeltaE|OverPalette, 4), row("a.jpg", 2, OverPalette, 3), row("a.jpg", 9, 0, 0.5),
		row("b.jpg", 3, OverPalette, 6), row("c.jpg", 4, 0, 0.4), row("d.jpg", 5, OverDeltaE, 8),
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Blast(t.Context(), "catalogue", start)
	if err != nil {
		t.Fatal(err)
	}
	want := Blast{Checked: 4, Affected: 3, OverDeltaE: 2, OverPalette: 2, MedianDelta: 6,
		First: start.Add(time.Minute), Last: start.Add(5 * time.Minute)}
	if got != want {
		t.Errorf("blast = %+v, want %+v", got, want)
	}
	n := 0
	if err := s.EachOver(t.Context(), "catalogue", start, func(CheckRow) error { n++; return nil }); err != nil || n != 4 {
		t.Errorf("%d checks over budget, error %v; want 4", n, err)
	}
	stamps := map[string]int64{}
	if err := s.EachStamp(t.Context(), "catalogue", func(path string, v FileVersion) { stamps[path] = v.Bytes*1000 + v.Modified + v.Changed }); err != nil {
		t.Fatal(err)
	}
	if len(stamps) != 5 || stamps["a.jpg"] != 109*1000+9 {
		t.Errorf("stamps = %v, want 5 with the last check of a.jpg", stamps)
	}
	if empty, err := s.Blast(t.Context(), "nothing", start); err != nil || empty != (Blast{}) {
		t.Errorf("blast of nothing = %+v, %v; want zero", empty, err)
	}
}
