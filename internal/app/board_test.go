package app

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// boarded is a house with a board of two domains and a postmortem that lea has written.
func boarded(t *testing.T) (*house, string) {
	t.Helper()
	h := newHouse(t)
	for login, domain := range map[string]people.Domain{"claire": people.Brand, "sven": people.SRE} {
		p, err := h.AddPerson(t.Context(), people.Person{Login: login, Role: people.Board, Domain: domain, Email: login + "@house.example"}, "")
		if err != nil {
			t.Fatal(err)
		}
		h.persons[login] = p
	}
	id := h.declare()
	if err := h.DraftPostmortem(t.Context(), h.as("lea"), id); err != nil {
		t.Fatal(err)
	}
	return h, id
}

func (h *house) analysis(id string) postmortem.State {
	h.t.Helper()
	c, err := h.Case(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return c.Analysis
}

func (h *house) submit(id string) {
	h.t.Helper()
	h.do("lea", id, postmortem.Submit{SHA256: h.analysis(id).SHA256})
	h.idle()
}

// informed counts the messages about something to somebody.
func (h *house) informed(what, login string) int {
	h.t.Helper()
	h.channel.mu.Lock()
	defer h.channel.mu.Unlock()
	n := 0
	for _, m := range h.channel.sent {
		if strings.Contains(m.Key, "/"+what+"-") && m.To.Email == login+"@house.example" {
			n++
		}
	}
	return n
}

// TestBoardIsToldAndReminded: the board hears of what waits for it, those who have judged do not hear of it again, and the clock of the
// publication reminds the others, once for each level.
func TestBoardIsToldAndReminded(t *testing.T) {
	t.Parallel()
	h, id := boarded(t)
	h.submit(id)
	for _, login := range []string{"claire", "sven"} {
		if n := h.informed("submitted", login); n != 1 {
			t.Errorf("%s was told of the submission %d times", login, n)
		}
	}
	h.do("claire", id, postmortem.Approve{SHA256: h.analysis(id).SHA256})
	tick := func(d time.Duration) {
		t.Helper()
		h.move(d)
		if err := h.tickIncidents(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := h.tickIncidents(t.Context()); err != nil { // a tick that comes twice is harmless
			t.Fatal(err)
		}
		h.idle()
	}
	tick(time.Hour)
	if n := h.informed("reminder", "sven"); n != 0 {
		t.Errorf("reminded %d times with days to go", n)
	}
	tick(46 * time.Hour) // at risk
	tick(2 * time.Hour)  // over
	if got := []int{h.informed("reminder", "sven"), h.informed("reminder", "claire")}; got[0] != 2 || got[1] != 0 {
		t.Errorf("sven was reminded %d times, claire, who has judged, %d times; want 2 and 0", got[0], got[1])
	}
	if r := h.analysis(id).Reminded; r.Level != postmortem.Overdue {
		t.Errorf("the journal says %+v", r)
	}
}

// TestAuthorsAreTold of requests for changes and of comments; a comment is resolved by whoever gave it or by an author.
func TestAuthorsAreTold(t *testing.T) {
	t.Parallel()
	h, id := boarded(t)
	h.submit(id)
	h.do("claire", id, postmortem.AddComment{Section: postmortem.FieldRCA, Text: "Which reds?"})
	h.do("claire", id, postmortem.RequestChanges{Text: "Name the reds."})
	h.idle()
	if h.informed("comment", "lea") != 1 || h.informed("changes-requested", "lea") != 1 {
		t.Errorf("the author was told of the comment %d times, of the request %d times", h.informed("comment", "lea"), h.informed("changes-requested", "lea"))
	}
	if s := h.analysis(id); s.Stage() != postmortem.StageDrafting || len(s.OpenComments()) != 1 || s.Comments[0].Domain != people.Brand {
		t.Errorf("%s, %+v", s.Stage(), s.Comments)
	}
	for name, c := range map[string]struct {
		login   string
		command any
		want    error
	}{
		"another's comment":  {"sven", postmortem.ResolveComment{Number: 1}, journal.ErrForbidden},
		"none of the number": {"lea", postmortem.ResolveComment{Number: 2}, journal.ErrNotFound},
		"no text":            {"lea", postmortem.AddComment{}, journal.ErrInvalid},
		"no such section":    {"lea", postmortem.AddComment{Section: "none", Text: "x"}, journal.ErrInvalid},
		"a responder":        {"nora", postmortem.AddComment{Text: "x"}, journal.ErrForbidden},
		"not the system":     {"ada", postmortem.RemindBoard{}, journal.ErrForbidden},
	} {
		if err := h.Do(context.Background(), h.as(c.login), id, c.command); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	h.do("lea", id, postmortem.ResolveComment{Number: 1, Text: "named"})
	if s := h.analysis(id); len(s.OpenComments()) != 0 || s.Comments[0].Answer != "named" {
		t.Errorf("%+v", s.Comments)
	}
	// Submitted again unchanged it waits again, and the board hears of it again.
	h.submit(id)
	if n := h.informed("submitted", "sven"); n != 2 {
		t.Errorf("after the second submission sven was told %d times", n)
	}
}
