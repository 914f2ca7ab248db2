package app

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/store"
)

// A channel that hangs holds up neither people nor the edge, and the page goes
// out when it moves again.
func TestHangingChannelBlocksNothing(t *testing.T) {
	t.Parallel()
	moves := make(chan struct{})
	h := newHouseWith(t, func(h *house) {
		h.channel.begin = func(ctx context.Context, _ notify.Message) error {
			select {
			case <-moves:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	id := h.declare()
	h.until("the page to hang", func() bool {
		effects, err := h.Store().Effects(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range effects {
			if e.Kind == incident.EffectPage && e.State == store.Running {
				return true
			}
		}
		return false
	})
	h.do("nora", id, incident.DisableRoute{Route: "catalogue"})
	h.until("the proof of containment", func() bool { return h.state(id).Contained != nil })
	h.do("nora", id, incident.Resolve{Text: "the old table is back"})
	if n := h.channel.count(id); n != 0 {
		t.Fatalf("%d messages arrived over a hanging channel", n)
	}
	close(moves)
	h.idle()
	if p := h.state(id).Pages[0]; p.Status != incident.PageSent || h.channel.count("acknowledge") != 1 {
		t.Errorf("the page is %q and was sent %d times, want sent once", p.Status, h.channel.count("acknowledge"))
	}
	h.do("nora", id, incident.Acknowledge{})
}

// Whoever is on call acknowledges at the moment at which the page goes out:
// no send begins once the acknowledgement is in the journal.
func TestAcknowledgementFencesThePage(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	var late []string
	h := newHouseWith(t, func(h *house) {
		h.channel.begin = func(_ context.Context, m notify.Message) error {
			id, what, _ := strings.Cut(m.Key, "/")
			mu.Lock()
			defer mu.Unlock()
			if strings.HasPrefix(what, "acknowledge-") && acknowledged[id] {
				late = append(late, m.Key)
			}
			return nil
		}
	})
	dropped := 0
	for round := range 60 {
		id := h.declare()
		if round%2 == 1 { // the page is on its way
			h.until("the page to be begun", func() bool { return begun(t, h, id) })
		}
		h.do("nora", id, incident.Acknowledge{})
		mu.Lock()
		acknowledged[id] = true
		mu.Unlock()
	}
	h.idle()
	states, err := h.Incidents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if s.Pages[0].Status == incident.PageDropped {
			dropped++
		}
	}
	if len(late) > 0 {
		t.Errorf("%d pages were begun after their acknowledgement: %v", len(late), late)
	}
	if sent := h.channel.count("/acknowledge-"); sent+dropped != len(states) || len(states) != 60 {
		t.Errorf("%d sent and %d dropped of %d, want each one or the other", sent, dropped, len(states))
	}
	if dropped == 0 {
		t.Error("no acknowledgement came before its page: the race was not tried")
	}
}

// begun tells whether the performer of an incident's page has taken it up.
func begun(t *testing.T, h *house, id string) bool {
	t.Helper()
	effects, err := h.Store().Effects(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range effects {
		if e.Kind == incident.EffectPage && e.State != store.Queued {
			return true
		}
	}
	return false
}

func TestPageToAnErasedAccountFailsAndSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	s := h.state(id)
	gone := incident.PageEffect{Incident: id, Key: s.Pages[0].Key, To: "u-gone"}
	data, err := json.Marshal(gone)
	if err != nil {
		t.Fatal(err)
	}
	result, err := h.performPage(t.Context(), store.Effect{Key: "k", Stream: id, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.store.Update(t.Context(), func(tx *store.Tx) error {
		change, err := result(tx)
		if err == nil && (len(change.Events) == 0 || change.Events[0].Type != incident.TypePageFailed) {
			t.Errorf("a page to nobody gave %+v, want it failed", change.Events)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// A running clock tells the on-call and the lead when it is at risk and when it
// is breached, each once.
func TestClockAtRiskAndBreachedPagesPeople(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	h.do("nora", id, incident.Acknowledge{})
	for _, c := range []struct {
		move             time.Duration
		risk, breached   int
		atRisk, wasMissd bool
	}{
		{22 * time.Minute, 0, 0, false, false},
		{time.Minute, 2, 0, true, false},
		{time.Minute, 2, 0, true, false},
		{7 * time.Minute, 2, 2, true, true},
		{time.Minute, 2, 2, true, true},
	} {
		h.move(c.move)
		for range 2 { // a tick may come at any time
			if err := h.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		h.idle()
		if risk, breached := h.channel.count(id+"/contain-at-risk-"), h.channel.count(id+"/contain-breached-"); risk != c.risk || breached != c.breached {
			t.Errorf("at %s %d pages said at risk and %d breached, want %d and %d", h.clock().Format("15:04"), risk, breached, c.risk, c.breached)
		}
		if clock := h.state(id).Clock(incident.ClockContain); clock.AtRisk != c.atRisk || clock.Breached != c.wasMissd {
			t.Errorf("at %s the clock is %+v", h.clock().Format("15:04"), *clock)
		}
	}
	for _, login := range []string{"nora", "lea"} {
		if n := h.channel.count("contain-breached-" + string(h.persons[login].ID)); n != 1 {
			t.Errorf("%s was told of the breach %d times, want once", login, n)
		}
	}
}

// On a replayed clock nothing goes out by itself; the same house on a running
// clock is the control that something would.
func TestReplayedAppSendsNothingByItself(t *testing.T) {
	t.Parallel()
	still := newHouse(t)
	live := newHouseWith(t, func(h *house) { h.live = true })
	stillID, liveID := still.declare(), live.declare()
	still.idle()
	live.idle()
	before, err := still.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	still.move(time.Hour)
	for round := 2; round <= 3; round++ { // two of its ticks: the other has had time for one
		live.move(6 * time.Minute)
		key := "/acknowledge-" + string(live.persons["nora"].ID)
		live.until("the running clock to page again", func() bool { return live.channel.count(liveID+key) == round })
	}
	after, err := still.Head(t.Context())
	if err != nil || before != after {
		t.Errorf("the replayed journal went from %+v to %+v, %v; want it unchanged", before, after, err)
	}
	if n := still.channel.count(stillID + "/acknowledge-"); n != 1 {
		t.Errorf("the replayed app sent %d pages, want only the one that was asked for", n)
	}
}

// Who is on call has no account: the incident opens, and those that are left are paged.
func TestNobodyOnCallLosesNoPage(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(h *house) { h.config.OnCall.Rotation.Members = []string{"ghost"} })
	id := h.declare()
	h.idle()
	s := h.state(id)
	if s.Opened.OnCall != "" || len(s.Pages) == 0 || s.Pages[0].To != h.persons["lea"].ID || s.Pages[0].Status != incident.PageSent {
		t.Errorf("pages %+v of on-call %q, want the lead paged instead", s.Pages, s.Opened.OnCall)
	}
}

func TestPageGoesToTheConfiguredContact(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, func(h *house) {
		h.config.OnCall.Contacts = map[string]oncall.Contact{"nora": {Email: "pager@house.example"}}
	})
	h.declare()
	h.idle()
	h.channel.mu.Lock()
	defer h.channel.mu.Unlock()
	if len(h.channel.sent) != 1 {
		t.Fatalf("%d messages were sent, want the page alone", len(h.channel.sent))
	}
	if m := h.channel.sent[0]; m.To.Email != "pager@house.example" || m.To.Lang != "en" || !strings.Contains(m.Text, "/incidents/PM-2025-09-27-01") {
		t.Errorf("sent %+v, want it to the contact, in the house's language, with the link to the incident", m)
	}
}
