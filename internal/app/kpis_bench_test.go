package app

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/store"
)

// BenchmarkFigures computes the figures of 2 000 incidents of some thirty events each: at first, and once more after something has
// happened to one of them.
func BenchmarkFigures(b *testing.B) {
	h := newHouseWith(b, several)
	if err := h.App.store.Stop(b.Context()); err != nil {
		b.Fatal(err)
	}
	w := &lives{house: h, r: rand.New(rand.NewPCG(2025, 3))}
	h.board()
	for range 10 {
		w.live()
	}
	for day := range 200 {
		w.again(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, day))
	}
	figures := func() {
		if _, err := h.KPIs(b.Context(), kpi.Query{}); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("at first", func(b *testing.B) {
		for b.Loop() {
			h.figures = figureDesk{}
			figures()
		}
	})
	b.Run("once more", func(b *testing.B) {
		figures()
		for b.Loop() {
			if err := h.Do(b.Context(), h.as("nora"), w.at[0], incident.AddNote{Text: "seen"}); err != nil {
				b.Fatal(err)
			}
			figures()
		}
	})
}

// again lives the first ten lives on another day, event by event.
func (w *lives) again(day time.Time) {
	w.t.Helper()
	err := w.store.Update(w.t.Context(), func(tx *store.Tx) error {
		for i, id := range w.at[:10] {
			entries, err := tx.Stream(id)
			if err != nil {
				return err
			}
			var c journal.Change
			for _, e := range entries {
				c.Events = append(c.Events, journal.Draft{
					Stream: fmt.Sprintf("PM-%s-%02d", day.Format("2006-01-02"), i+1), Type: e.Type, Version: e.Version, OccurredAt: e.OccurredAt, Actor: e.Actor, Data: e.Data,
				})
			}
			if _, err := tx.Append(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
