package app

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
)

// linkOf finds the link in the message of an incident's page.
func linkOf(t *testing.T, h *house, id string) string {
	t.Helper()
	h.channel.mu.Lock()
	defer h.channel.mu.Unlock()
	for _, m := range h.channel.sent {
		if _, rest, ok := strings.Cut(m.Text, "/ack/"); ok && strings.HasPrefix(m.Key, id+"/acknowledge") {
			return strings.Fields(rest)[0]
		}
	}
	t.Fatalf("no message of %s has a link", id)
	return ""
}

// TestAcknowledgeByLink: whoever was paged acknowledges by the link of the message, once; a link that was changed, is of
// another installation or too old does nothing, and says so.
func TestAcknowledgeByLink(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	h.idle()
	link := linkOf(t, h, id)
	if l, err := h.AckLink(t.Context(), link); err != nil || !l.Open || l.Incident != id || l.To == "" || h.state(id).Ack != nil {
		t.Fatalf("the link says %+v, %v", l, err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(link)
	for i := range raw {
		raw[i] ^= 1
		if err := h.AcknowledgeByLink(t.Context(), base64.RawURLEncoding.EncodeToString(raw)); !errors.Is(err, journal.ErrNotFound) {
			t.Fatalf("with byte %d changed: %v", i, err)
		}
		raw[i] ^= 1
	}
	for _, bad := range []string{"", "A", strings.Repeat("A", 10_000), link[:len(link)-1], link + "A"} {
		if _, err := h.AckLink(t.Context(), bad); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
	if s := h.state(id); s.Ack != nil {
		t.Fatalf("a changed link acknowledged: %+v", s.Ack)
	}
	if err := h.AcknowledgeByLink(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	s := h.state(id)
	if s.Ack == nil || s.Ack.By != s.Pages[0].To {
		t.Errorf("acknowledged is %+v, want by %s", s.Ack, s.Pages[0].To)
	}
	if l, err := h.AckLink(t.Context(), link); err != nil || l.Open || !l.ByYou {
		t.Errorf("afterwards the link says %+v, %v", l, err)
	}
	other := h.declare()
	h.idle()
	late := linkOf(t, h, other)
	h.move(ackLinkFor + time.Minute)
	if err := h.AcknowledgeByLink(t.Context(), late); !errors.Is(err, journal.ErrForbidden) || h.state(other).Ack != nil {
		t.Errorf("after its time: %v", err)
	}
}

// TestLinkOfAnAcknowledgedIncident tells of what is over.
func TestLinkOfAnAcknowledgedIncident(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	h.idle()
	link := linkOf(t, h, id)
	h.do("ada", id, incident.Acknowledge{})
	if l, err := h.AckLink(t.Context(), link); err != nil || l.Open || l.By == "" {
		t.Errorf("the link says %+v, %v", l, err)
	}
	if err := h.AcknowledgeByLink(t.Context(), link); !errors.Is(err, journal.ErrConflict) && h.state(id).Ack.By != h.state(id).Pages[0].To {
		t.Errorf("a second acknowledgement gives %v", err)
	}
}
