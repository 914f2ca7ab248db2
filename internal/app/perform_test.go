package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
)

// Whoever is woken must see on a terminal whom the page is for.
func TestRecipientHasAName(t *testing.T) {
	t.Parallel()
	a := &App{config: Config{OnCall: oncall.Config{Contacts: map[string]oncall.Contact{"lea": {Email: "lea@pager.example", Slack: "U024BE7LH"}}}}}
	for want, p := range map[notify.Recipient]people.Person{
		{Name: "Nora Weiss", Email: "n@house.example"}: {Login: "nora", Name: "Nora Weiss", Email: "n@house.example"},
		{Name: "ada"}: {Login: "ada", Name: " "},
		{Name: "lea", Email: "lea@pager.example", Slack: "U024BE7LH"}: {Login: "lea", Email: "lea@house.example"},
	} {
		if got := a.recipient(p); got != want {
			t.Errorf("%+v is reached as %+v, want %+v", p, got, want)
		}
	}
}

// A message that one person could not be sent is sent again to that person alone.
func TestRetryTellsNobodyTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var board []people.Person
	for _, login := range []string{"bea", "bob", "cam"} {
		p, err := h.AddPerson(t.Context(), people.Person{Login: login, Role: people.Board, Domain: "legal", Email: login + "@house.example"}, "")
		if err != nil {
			t.Fatal(err)
		}
		board = append(board, p)
	}
	var failed atomic.Int32
	h.channel.begin = func(_ context.Context, m notify.Message) error {
		if strings.HasSuffix(m.Key, string(board[2].ID)) && failed.Add(1) == 1 {
			return errors.New("the line is busy")
		}
		return nil
	}
	id := h.declare()
	h.idle()
	for _, p := range board {
		if n := h.channel.count(id + "/opened-0/" + string(p.ID)); n != 1 {
			t.Errorf("%s was informed %d times, want once", p.Login, n)
		}
	}
	if failed.Load() != 2 {
		t.Errorf("the busy line was tried %d times, want 2", failed.Load())
	}
}

// TestLimitedPage: a provider that asks for a later attempt gets it then.
func TestLimitedPage(t *testing.T) {
	t.Parallel()
	limited := &notify.Limited{After: 42 * time.Second, Err: errors.New("it answered 429")}
	p := &paging{a: &App{}, PageEffect: incident.PageEffect{Incident: "PM-2025-09-27-01"}}
	_, err := p.end(t.Context(), sending{err: fmt.Errorf("send by slack: %w", limited)})
	var later *store.Later
	if !errors.As(err, &later) || later.After != limited.After || !errors.Is(err, limited) {
		t.Errorf("the outcome is %v", err)
	}
}

// TestLimitedEdge: a CDN that asks for a later attempt gets it then.
func TestLimitedEdge(t *testing.T) {
	t.Parallel()
	limited := &delivery.Later{After: 42 * time.Second, Err: errors.New("status 429")}
	var later *store.Later
	if err := attempt(fmt.Errorf("disable route catalogue: %w", limited)); !errors.As(err, &later) || later.After != limited.After || !errors.Is(err, limited) {
		t.Errorf("the outcome is %v", err)
	}
}
