package app

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// TestSeenByLink: a member of the board says by the link of the message to have seen a status update; each has a link of their
// own, opening it changes nothing, and one that was changed, or is too old, does nothing.
func TestSeenByLink(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var board []people.Person
	for _, login := range []string{"bea", "cleo"} {
		p, err := h.AddPerson(t.Context(), people.Person{Login: login, Role: people.Board, Domain: people.Legal}, "")
		if err != nil {
			t.Fatal(err)
		}
		board = append(board, p)
	}
	id := h.declare()
	h.do("nora", id, incident.SendUpdate{Situation: "logo is orange", Mitigation: "route disabled", Next: "roll back"})
	h.idle()
	links := map[string]string{} // by the name of whom the message is for
	h.channel.mu.Lock()
	for _, m := range h.channel.sent {
		if strings.Contains(m.Key, "/update-1/") {
			_, links[m.To.Name], _ = strings.Cut(m.Seen, "/seen/")
		}
		if strings.Contains(m.Text, "/seen/") || strings.Contains(m.Key, "/opened-") && m.Seen != "" {
			t.Errorf("%s tells a link to everybody: %q", m.Key, m.Text)
		}
	}
	h.channel.mu.Unlock()
	link := links["bea"]
	if len(links) != 2 || link == "" || link == links["cleo"] {
		t.Fatalf("the links are %v", links)
	}
	if l, err := h.SeenLink(t.Context(), link); err != nil || l.Seen || l.To != "bea" || l.By != "nora" || l.Update.Situation != "logo is orange" {
		t.Fatalf("the link says %+v, %v", l, err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(link)
	for i := range raw {
		raw[i] ^= 1
		if err := h.SeeByLink(t.Context(), base64.RawURLEncoding.EncodeToString(raw)); !errors.Is(err, journal.ErrNotFound) {
			t.Fatalf("with byte %d changed: %v", i, err)
		}
		raw[i] ^= 1
	}
	if seen := h.state(id).Updates[0].SeenBy; len(seen) != 0 {
		t.Fatalf("seen by %v before anybody said so", seen)
	}
	for range 2 {
		if err := h.SeeByLink(t.Context(), link); err != nil {
			t.Fatal(err)
		}
	}
	if seen := h.state(id).Updates[0].SeenBy; len(seen) != 1 || seen[0] != board[0].ID {
		t.Errorf("seen by %v, want %s", seen, board[0].ID)
	}
	if err := h.AcknowledgeByLink(t.Context(), link); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("as a link of a page it gives %v", err)
	}
	h.move(ackLinkFor + time.Minute)
	if err := h.SeeByLink(t.Context(), links["cleo"]); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("after its time: %v", err)
	}
}
