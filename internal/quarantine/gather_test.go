package quarantine

import (
	"fmt"
	"slices"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TestGather: no item is lost or named twice by effects of a kind, their keys
// differ, and what is not ours is left as it is.
func TestGather(t *testing.T) {
	for _, n := range []int{0, 1, 2, MaxBatch, MaxBatch + 1, 3*MaxBatch - 1} {
		effects := []journal.Effect{{Kind: "page", Key: "P", Stream: "PM-1", Data: struct{}{}}}
		want := map[string][]string{}
		for i := range n {
			for _, kind := range []string{EffectMove, EffectProbe} {
				id := fmt.Sprintf("Q-2026-11-26-%02d", i)
				effects = append(effects, journal.Effect{Kind: kind, Key: id + ":" + kind + ":0", Stream: id, Data: Effect{Item: id}})
				want[kind] = append(want[kind], id)
			}
		}
		got, keys, pages := map[string][]string{}, map[string]bool{}, 0
		gathered := Gather(effects)
		for _, e := range gathered {
			if keys[e.Key] {
				t.Errorf("%d items: the key %s is there twice", n, e.Key)
			}
			keys[e.Key] = true
			data, ours := e.Data.(Effect)
			if !ours {
				pages++
				continue
			}
			if len(data.All()) > MaxBatch || e.Stream != data.All()[0] {
				t.Errorf("%d items: an effect of stream %s names %d", n, e.Stream, len(data.All()))
			}
			got[e.Kind] = append(got[e.Kind], data.All()...)
		}
		if pages != 1 || len(gathered) != 1+2*((n+MaxBatch-1)/MaxBatch) {
			t.Errorf("%d items: %d effects, %d pages", n, len(gathered), pages)
		}
		for _, kind := range []string{EffectMove, EffectProbe} {
			if !slices.Equal(got[kind], want[kind]) {
				t.Errorf("%d items: %s is for %v, want %v", n, kind, got[kind], want[kind])
			}
		}
	}
}
