package app

import (
	"errors"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
)

// replyHouse takes replies on a port of loopback.
func replyHouse(t *testing.T) (h *house, addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	l.Close() // free for the house
	h = newHouse(t)
	// Set where nothing runs yet: a configuration with replies needs a mail server, which these tests do without.
	h.App.config.Notify.Inbound = &notify.InboundConfig{Listen: addr, Address: "ack@safelight.example"}
	h.startReplies(t.Context())
	return h, addr
}

// replyTo finds the address by which the first page of an incident is answered.
func replyTo(t *testing.T, h *house, id string) string {
	t.Helper()
	h.channel.mu.Lock()
	defer h.channel.mu.Unlock()
	for _, m := range h.channel.sent {
		if m.Page != nil && strings.HasPrefix(m.Key, id+"/acknowledge") {
			return m.Page.Reply
		}
	}
	t.Fatalf("no message of %s says where to reply", id)
	return ""
}

func sendReply(t *testing.T, addr, to, header, body string) {
	t.Helper()
	mail := "From: nora@house.example\r\nTo: " + to + "\r\nSubject: Re: S1\r\n" + header + "\r\n" + body + "\r\n"
	if err := smtp.SendMail(addr, nil, "nora@house.example", []string{to}, []byte(mail)); err != nil {
		t.Fatal(err)
	}
}

// TestAcknowledgeByReply: whoever was paged answers the mail and has the incident; machines, other words and other tokens do
// nothing, and are counted.
func TestAcknowledgeByReply(t *testing.T) {
	t.Parallel()
	h, addr := replyHouse(t)
	id := h.declare()
	h.idle()
	to := replyTo(t, h, id)
	if local, _, _ := strings.Cut(to, "@"); len(local) > 64 || !strings.HasPrefix(local, "ack+pm-") {
		t.Fatalf("replies go to %q", to)
	}
	forged := strings.Replace(to, "@", "a@", 1)
	sendReply(t, addr, to, "Auto-Submitted: auto-replied\r\n", "ack")
	sendReply(t, addr, to, "", "I am on a plane\r\n\r\n> ack")
	sendReply(t, addr, forged, "", "ack")
	sendReply(t, addr, "ack@safelight.example", "", "ack")
	if s, n := h.state(id), h.refusedReplies.Load(); s.Ack != nil || n != 4 {
		t.Fatalf("acknowledged is %+v, %d refused, want 4", s.Ack, n)
	}
	sendReply(t, addr, strings.ToUpper(to), "", "Je m’en occupe.\r\n\r\nLe 27 sept., Safelight a écrit :\r\n> x")
	s := h.state(id)
	if s.Ack == nil || s.Ack.By != s.Pages[0].To {
		t.Fatalf("acknowledged is %+v, want by %s", s.Ack, s.Pages[0].To)
	}
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Entries {
		if e.Type == incident.TypeAcknowledged && !strings.Contains(string(e.Data), `"via":"e-mail"`) {
			t.Errorf("the journal says %s", e.Data)
		}
	}
}

// TestReplyTokens: each byte of a token counts, and its time ends; what is no token finds nothing.
func TestReplyTokens(t *testing.T) {
	t.Parallel()
	h, _ := replyHouse(t)
	id := h.declare()
	h.idle()
	token, _, _ := strings.Cut(strings.TrimPrefix(replyTo(t, h, id), "ack+"), "@")
	if _, p, err := h.repliedPage(t.Context(), token); err != nil || p.Key != h.state(id).Pages[0].Key {
		t.Fatalf("the token finds %+v, %v", p, err)
	}
	for i := range token {
		changed := []byte(token)
		if changed[i]++; changed[i] == ':' {
			changed[i] = '0'
		}
		if _, _, err := h.repliedPage(t.Context(), string(changed)); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("with byte %d changed: %v", i, err)
		}
	}
	for _, bad := range []string{"", "..", "pm.1.x", strings.Repeat("a", 10_000), token + ".", strings.Replace(token, ".0.", ".-1.", 1), strings.Replace(token, ".0.", ".99999999999999999999.", 1)} {
		if _, _, err := h.repliedPage(t.Context(), bad); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
	h.move(ackLinkFor + time.Minute)
	if _, _, err := h.repliedPage(t.Context(), token); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("after its time: %v", err)
	}
}
