package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/trend"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestChartsAreKept: charts are drawn once a minute, and at once for a stream
// that has new signals and after a decision.
func TestChartsAreKept(t *testing.T) {
	t.Parallel()
	h, v := alarmed(t, func(*house) {})
	other := newShop("other", 9).day(h.clock().AddDate(0, 0, -1))
	tell := func(signals ...intake.Signal) {
		t.Helper()
		if taken, err := h.takeFrom(t.Context(), signals); err != nil || taken.Accepted != len(signals) {
			t.Fatalf("took %+v, %v", taken, err)
		}
	}
	tell(other...)
	look := func() map[string]web.SignalTrend {
		t.Helper()
		list, err := h.SignalTrends(t.Context())
		if err != nil || len(list) != 2 {
			t.Fatalf("%d streams, %v; want two", len(list), err)
		}
		return map[string]web.SignalTrend{list[0].Source: list[0], list[1].Source: list[1]}
	}
	same := func(a, b web.SignalTrend) bool { return &a.Charts[0] == &b.Charts[0] } // not drawn again
	first := look()
	h.move(59 * time.Second)
	if now := look(); !same(now["zendesk"], first["zendesk"]) || !same(now["other"], first["other"]) {
		t.Error("within a minute the charts were drawn again")
	}
	if one, err := h.SignalTrend(t.Context(), v.Stream); err != nil || !same(one, first["zendesk"]) {
		t.Errorf("the charts of one stream were drawn again, %v", err)
	}
	tell(intake.Signal{Source: "other", SourceID: "new", At: h.clock(), Text: "Which size is shown?"})
	now := look()
	if same(now["other"], first["other"]) || now["other"].Signals != first["other"].Signals+1 || !same(now["zendesk"], first["zendesk"]) {
		t.Errorf("after a new signal of the other there are %d, want %d, and the first as it was", now["other"].Signals, first["other"].Signals+1)
	}
	if err := h.DismissVerification(t.Context(), h.as("nora"), v.ID, intake.Dismissed{Outcome: trend.Accepted, Reason: "a new range"}); err != nil {
		t.Fatal(err)
	}
	after := look()
	if same(after["zendesk"], now["zendesk"]) {
		t.Error("after a decision the charts were not drawn again")
	}
	h.move(time.Minute)
	if later := look(); same(later["zendesk"], after["zendesk"]) {
		t.Error("a minute later the charts were not drawn again")
	}
}

// BenchmarkSignalTrends looks at thirty streams of sixty days, as the page does.
func BenchmarkSignalTrends(b *testing.B) {
	for _, kept := range []bool{false, true} {
		b.Run(fmt.Sprintf("kept=%v", kept), func(b *testing.B) {
			a := benchApp(b)
			defer a.Close()
			at := a.now()
			for i := range maxTrends {
				s := newShop(fmt.Sprintf("shop-%d", i), uint64(i))
				for d := history; d > 0; d-- {
					if _, err := a.takeFrom(b.Context(), s.day(at.AddDate(0, 0, -d))); err != nil {
						b.Fatal(err)
					}
				}
			}
			for b.Loop() {
				if !kept {
					a.signals.drawn = nil
				}
				if list, err := a.SignalTrends(b.Context()); err != nil || len(list) != maxTrends {
					b.Fatalf("%d streams, %v", len(list), err)
				}
			}
		})
	}
}
