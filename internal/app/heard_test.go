package app

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/feed"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/trend"
)

// ask runs the sources until something holds.
func (h *house) ask(what string, holds func(feed.Status) bool) {
	h.t.Helper()
	ctx, stop := context.WithCancel(h.t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); h.sources.runner.Run(ctx, h.clock, h.takeFrom) }()
	h.until(what, func() bool { return holds(h.Sources()[0]) })
	stop()
	<-ended
}

// rateOf is what the chart of the number of signals says of a stream now.
func (h *house) rateOf(t store.StreamTotals) trend.Verdict {
	h.t.Helper()
	series, err := h.trendSeries(h.t.Context(), t, h.clock())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, v := range trend.Judge(series, h.clock()) {
		if v.Metric == trend.SignalRate {
			return v
		}
	}
	h.t.Fatal("no chart of the number of signals")
	return trend.Verdict{}
}

// TestFeedDownForTwoDays: while a feed is down its silence is unknown, not an
// improvement, and what it tells at its return is no surge. The same silence of a
// stream that is not polled is the control.
func TestFeedDownForTwoDays(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	var items atomic.Value
	items.Store("")
	forum := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>Forum</title>%s</channel></rss>`, items.Load())
	}))
	defer forum.Close()
	// So seldom that the day after its return needs no other reading.
	poll := feed.Poll{Every: 20 * time.Hour, AllowPrivate: true, Pipeline: "catalogue"}
	h := newHouseWith(t, func(h *house) {
		h.at = time.Date(2025, 9, 1, 0, 30, 0, 0, time.UTC)
		h.config.Sources.Feeds = map[string]feed.FeedConfig{"forum": {URL: forum.URL, Poll: poll}}
	})
	past := pastOf(h, []*shop{newShop("forum", 3), newShop("push", 3)})
	for i := range past {
		past[i].At = past[i].At.Add(-30 * time.Minute)
	}
	h.postHistory(h.site(), past)
	totals, err := h.Store().SignalStreams(t.Context())
	if err != nil || len(totals) != 2 {
		t.Fatalf("%d streams, %v; want two", len(totals), err)
	}
	polled, pushed := totals[0], totals[1]
	h.ask("the feed to be read", func(s feed.Status) bool { return s.LastSuccess.Equal(h.clock()) })
	before := h.rateOf(polled)
	if before.State != trend.Quiet || before.Direction != trend.Steady {
		t.Fatalf("before: %+v, want quiet and steady", before)
	}
	down.Store(true)
	h.move(48 * time.Hour)
	h.ask("the reading to fail", func(s feed.Status) bool { return s.LastError != "" })
	if v := h.rateOf(pushed); v.Direction != trend.Better {
		t.Fatalf("the control: two silent days are %+v, want better", v)
	}
	if v := h.rateOf(polled); v.State != trend.Quiet || v.Direction != trend.Steady || v.Z != before.Z {
		t.Errorf("after two days down: %+v, want it as before", v)
	}
	var backlog strings.Builder // of which nobody says when it was written
	for i := range 200 {
		fmt.Fprintf(&backlog, `<item><guid>late-%d</guid><title>Which size is shown in the picture?</title></item>`, i)
	}
	items.Store(backlog.String())
	down.Store(false)
	h.ask("the feed to be read again", func(s feed.Status) bool { return s.Taken == 200 && s.LastSuccess.Equal(h.clock()) })
	h.move(24 * time.Hour)
	if v := h.rateOf(polled); v.State != trend.Quiet || v.Direction != trend.Steady {
		t.Errorf("the day after its return: %+v, want quiet and steady", v)
	}
	for _, id := range h.judge() {
		if v, err := h.Verification(t.Context(), id); err != nil || v.Source == "forum" {
			t.Errorf("%s is an alarm of the feed that was down: %s, %v", id, v.Say("en"), err)
		}
	}
	if got := h.heard(intake.Query{Limit: 300, Stream: intake.Stream{Source: "forum"}, From: h.clock().Add(-25 * time.Hour)}); len(got) != 200 {
		t.Errorf("%d signals came at the return, want 200", len(got))
	}
}
