package app

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
)

// beside is another channel than the one of a house.
type beside struct{ *channel }

func (beside) Name() string { return "beside" }

// TestWordIsNotLost: what the board is told goes to each by each channel. One that is away is tried again until it takes it,
// and no other sends twice meanwhile.
func TestWordIsNotLost(t *testing.T) {
	t.Parallel()
	away := &channel{broken: errors.New("451 try again later")}
	h := newHouseWith(t, func(h *house) { h.more = []notify.Channel{beside{away}} })
	if _, err := h.AddPerson(t.Context(), people.Person{Login: "bea", Role: people.Board, Domain: people.Legal}, ""); err != nil {
		t.Fatal(err)
	}
	id := h.declare()
	h.do("nora", id, incident.SendUpdate{Situation: "logo is orange", Mitigation: "route disabled", Next: "roll back"})
	h.until("the well channel to tell", func() bool { return h.channel.count("/update-1/") == 1 })
	away.repair()
	h.until("the other to tell when it is back", func() bool { return away.count("/update-1/") == 1 })
	h.idle()
	if n, m := h.channel.count("/update-1/"), away.count("/update-1/"); n != 1 || m != 1 {
		t.Errorf("told %d and %d times, want once each", n, m)
	}
}

// TestTheConsoleReachesNobody where anything else does: whoever has no address is passed over, although a terminal shows pages.
func TestTheConsoleReachesNobody(t *testing.T) {
	t.Parallel()
	c := DefaultConfig()
	terminal := []notify.Channel{&notify.Console{}}
	zoe, lea := people.Person{Login: "zoe"}, people.Person{Login: "lea", Email: "lea@house.example"}
	if got := (&App{config: c, channels: terminal}).methods(zoe); !slices.Equal(got, []string{console}) {
		t.Errorf("with a terminal alone she is reached by %v", got)
	}
	c.Notify.SMTP = &notify.SMTPConfig{}
	a := &App{config: c, channels: terminal}
	if got := a.methods(zoe); len(got) != 0 {
		t.Errorf("without an address she is reached by %v", got)
	}
	if got := a.methods(lea); !slices.Equal(got, []string{"e-mail"}) {
		t.Errorf("with an address she is reached by %v", got)
	}
}

// TestWhoHasLeft is neither paged nor told, and is passed over with a note.
func TestWhoHasLeft(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	record, err := h.store.Person(t.Context(), h.persons["nora"].ID)
	if err != nil {
		t.Fatal(err)
	}
	record.Disabled = true
	if err := h.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PutPerson(record) }); err != nil {
		t.Fatal(err)
	}
	id := h.declare()
	h.idle()
	for _, p := range h.state(id).Pages {
		if p.To == h.persons["nora"].ID {
			t.Errorf("an account that is disabled is paged: %+v", p)
		}
	}
	h.channel.mu.Lock()
	defer h.channel.mu.Unlock()
	for _, m := range h.channel.sent {
		if strings.HasPrefix(m.To.Email, "nora@") {
			t.Errorf("an account that is disabled is told %s", m.Key)
		}
	}
}
