package app

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
)

// TestStormIsOneMessage: what waits for somebody who is being paged goes out in one message, whose outcome is that of each page;
// what was acknowledged meanwhile is not in it.
func TestStormIsOneMessage(t *testing.T) {
	t.Parallel()
	opened := make(chan struct{})
	var mu sync.Mutex
	failed := false
	h := newHouseWith(t, func(h *house) {
		h.live = true
		h.channel.begin = func(ctx context.Context, m notify.Message) error {
			select {
			case <-opened:
			case <-ctx.Done():
				return ctx.Err()
			}
			mu.Lock()
			defer mu.Unlock()
			if !failed && strings.Contains(m.Key, "+") { // the first attempt at the bundle
				failed = true
				return errors.New("the line is busy")
			}
			return nil
		}
	})
	const n = 24 // a message names 20; one attempt has half a minute, in which all are declared
	ids := make([]string, n)
	for i := range ids {
		ids[i] = h.declare()
	}
	h.until("the first page to go out", func() bool { return begun(t, h, ids[0]) })
	acknowledged := ids[n-1]
	h.do("nora", acknowledged, incident.Acknowledge{})
	close(opened)
	h.idle()

	var pages []notify.Message
	h.channel.mu.Lock()
	for _, m := range h.channel.sent {
		if strings.Contains(m.Key, "/acknowledge-") {
			pages = append(pages, m)
		}
	}
	h.channel.mu.Unlock()
	if len(pages) != 2 {
		t.Fatalf("%d messages went out for %d incidents, want one alone and one for the rest", len(pages), n)
	}
	if text := pages[0].Text; pages[0].Page.Incident == "" || strings.Contains(text, "more, in the list") {
		t.Errorf("the first page is not alone:\n%s", text)
	}
	text := pages[1].Text
	if !strings.Contains(pages[1].Subject, "22 pages at once") || strings.Contains(text, acknowledged) || !strings.Contains(text, "And 2 more") ||
		strings.Count(text, "/ack/") != 20+1 || strings.Count(text, "/ack/all/") != 1 {
		t.Errorf("the second message is %q:\n%s", pages[1].Subject, text)
	}
	for _, id := range ids {
		p := h.state(id).Pages[0]
		want := incident.PageSent
		if id == acknowledged {
			want = incident.PageDropped
		}
		if p.Status != want || len(p.Deliveries) != 1 {
			t.Errorf("%s: the page is %+v, want %s", id, p, want)
			continue
		}
		if d := p.Deliveries[0]; want == incident.PageSent && (d.BegunAt == nil || d.Together != 0 && d.Together != n-2) {
			t.Errorf("%s: the ledger has %+v", id, d)
		}
	}
}
