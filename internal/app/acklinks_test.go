package app

import (
	"context"
	"encoding/base64"
	"errors"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/web"
)

// bundled gives a message that carries the pages of n incidents, the first of which went out alone.
func bundled(t *testing.T, n int) (h *house, ids []string, m notify.Message) {
	t.Helper()
	opened := make(chan struct{})
	h = newHouseWith(t, func(h *house) {
		h.live = true
		h.channel.begin = func(ctx context.Context, _ notify.Message) error {
			select {
			case <-opened:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	h.App.config.Notify.Inbound = &notify.InboundConfig{Address: "ack@house.example"} // nothing listens
	for range n + 1 {
		ids = append(ids, h.declare())
	}
	h.until("the first page to go out", func() bool { return begun(t, h, ids[0]) })
	close(opened)
	h.idle()
	h.channel.mu.Lock()
	defer h.channel.mu.Unlock()
	for _, m := range h.channel.sent {
		if strings.Contains(m.Key, "+") {
			return h, slices.DeleteFunc(ids, func(id string) bool { return !strings.Contains(m.Text, id) }), m
		}
	}
	t.Fatal("no message carries several pages")
	return h, nil, m
}

// TestOneLinkAcknowledgesAll: the link of a message with many pages acknowledges those that are still open for whoever it was
// sent to, leaves the others to who was faster, and is worth nothing when it is changed or too old.
func TestOneLinkAcknowledgesAll(t *testing.T) {
	t.Parallel()
	h, ids, m := bundled(t, 3)
	_, rest, ok := strings.Cut(m.Text, "/ack/all/")
	if !ok || m.Page.AckAll == "" || strings.Count(m.Text, "/ack/") != 4 {
		t.Fatalf("the message has no link for all, beside each one's own:\n%s", m.Text)
	}
	link := strings.Fields(rest)[0]
	raw, _ := base64.RawURLEncoding.DecodeString(link)
	for i := range raw {
		raw[i] ^= 1
		if err := h.AcknowledgeByLinks(t.Context(), base64.RawURLEncoding.EncodeToString(raw)); !errors.Is(err, journal.ErrNotFound) {
			t.Fatalf("with byte %d changed: %v", i, err)
		}
		raw[i] ^= 1
	}
	for _, bad := range []string{"", "A", strings.Repeat("A", 10_000), link[:len(link)-1], ackLinks.FindStringSubmatch(m.Text)[1]} {
		if _, err := h.AckLinks(t.Context(), bad); !errors.Is(err, journal.ErrNotFound) && !errors.Is(err, journal.ErrForbidden) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
	if _, err := h.AckLink(t.Context(), link); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("the link for all as the link of one: %v", err)
	}
	h.do("ada", ids[1], incident.Acknowledge{})
	l, err := h.AckLinks(t.Context(), link)
	if err != nil || len(l.Pages) != 3 || l.Open != 2 || l.To == "" || h.state(ids[0]).Ack != nil {
		t.Fatalf("the link says %+v, %v", l, err)
	}
	for range 2 { // and twice is once
		if err := h.AcknowledgeByLinks(t.Context(), link); err != nil {
			t.Fatal(err)
		}
	}
	if len(ids) != 3 {
		t.Fatalf("the message names %q", ids)
	}
	for i, id := range ids {
		want := h.persons["nora"].ID
		if i == 1 {
			want = h.persons["ada"].ID
		}
		if s := h.state(id); s.Ack == nil || s.Ack.By != want {
			t.Errorf("%s is acknowledged by %+v, want %s", id, s.Ack, want)
		}
	}
	others := func(l web.AckLink) bool { return !l.ByYou && l.By == "ada" }
	if l, err := h.AckLinks(t.Context(), link); err != nil || l.Open != 0 || len(slices.DeleteFunc(l.Pages, others)) != 2 {
		t.Errorf("afterwards the link says %+v, %v", l, err)
	}
	h.move(ackLinkFor + time.Minute)
	if err := h.AcknowledgeByLinks(t.Context(), link); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("after its time: %v", err)
	}
}

// TestOneReplyAcknowledgesAll: so does a reply to the message, whose address fits what servers take.
func TestOneReplyAcknowledgesAll(t *testing.T) {
	t.Parallel()
	h, ids, m := bundled(t, 3)
	a, err := mail.ParseAddress(m.Page.Reply)
	if err != nil {
		t.Fatal(err)
	}
	local, _, _ := strings.Cut(a.Address, "@")
	_, token, _ := strings.Cut(local, "+")
	if len(local) > 64 || token == "" {
		t.Fatalf("the reply goes to %q", a.Address)
	}
	refused := h.refusedReplies.Load()
	if err := h.acknowledgeByReply(t.Context(), "x"+token[1:]); err != nil || h.refusedReplies.Load() != refused+1 || h.state(ids[0]).Ack != nil {
		t.Errorf("another token: %v", err)
	}
	if err := h.acknowledgeByReply(t.Context(), strings.ToUpper(token)); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if s := h.state(id); s.Ack == nil || s.Ack.By != h.persons["nora"].ID {
			t.Errorf("%s is acknowledged by %+v", id, s.Ack)
		}
	}
	if err := h.acknowledgeByReply(t.Context(), token); err != nil || h.refusedReplies.Load() != refused+2 {
		t.Errorf("a reply that comes to nothing is not counted: %v", err)
	}
}
