package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
)

// TestFloodOfQuarantineDelaysNoPage: many images are to be moved, each move hangs, and whoever is on call is paged all
// the same, and what is paged can be acknowledged.
func TestFloodOfQuarantineDelaysNoPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if err := h.store.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	began, hold := make(chan struct{}, 1000), make(chan struct{})
	work := h.work()
	work.Deciders[quarantine.EffectMove] = func(ctx context.Context, _ store.Effect) (store.Result, error) {
		began <- struct{}{}
		select {
		case <-hold:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err := h.store.Start(context.WithoutCancel(t.Context()), work); err != nil {
		t.Fatal(err)
	}
	var flood journal.Change
	for i := range 100 {
		flood.Effects = append(flood.Effects, journal.Effect{Kind: quarantine.EffectMove, Key: fmt.Sprint("flood-", i), Stream: "Q-flood", Data: struct{}{}})
	}
	if _, err := h.store.Append(t.Context(), flood); err != nil {
		t.Fatal(err)
	}
	const workers = 8 // of the store, by default
	for range workers {
		<-began
	}

	start := time.Now()
	id := h.declare()
	h.until("the page", func() bool { return len(h.state(id).Pages) > 0 && h.state(id).Pages[0].Status == incident.PageSent })
	t.Logf("the page was out after %v", time.Since(start).Round(time.Millisecond))
	h.do("nora", id, incident.Acknowledge{})
	if n := len(began); n != 0 {
		t.Errorf("%d moves more than there are workers have begun beside the page: it was no flood", n)
	}
	close(hold)
	h.idle()
}

// TestHangingServiceDelaysNoOtherPage: a service takes connections and answers nothing, more pages wait for it than there are
// workers, and whoever is on call is paged by another channel for each incident all the same.
func TestHangingServiceDelaysNoOtherPage(t *testing.T) {
	t.Parallel()
	var asked, given atomic.Int32
	hold := make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the end of the connection is not seen
		asked.Add(1)
		select {
		case <-hold:
		case <-r.Context().Done():
			given.Add(1) // up
		}
	}))
	t.Cleanup(service.Close)
	h := newHouseWith(t, func(h *house) {
		h.live = true
		h.config.Notify.Webhooks = []notify.WebhookConfig{{Name: "house", URL: service.URL}}
	})
	const n = 40
	var ids []string
	for range n {
		ids = append(ids, h.declare())
	}
	paged := func(method string, status incident.PageStatus) (n int) {
		for _, id := range ids {
			for _, d := range h.state(id).Pages[0].Deliveries {
				if d.Method == method && d.Status == status {
					n++
				}
			}
		}
		return n
	}
	h.until("all pages by the other channel", func() bool { return paged(h.channel.Name(), incident.PageSent) == n })
	if n := asked.Load() - given.Load(); n > maxLines {
		t.Errorf("%d sends to the service are under way, want %d at most", n, maxLines)
	}
	close(hold)
	h.until("all pages by the service", func() bool { return paged("webhook-house", incident.PageSent) == n })
	h.idle()
}
