package app

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
)

// TestHeartbeat: another system hears of us for as long as everything moves, and nothing from the moment on when one thing
// does not. It is not parallel: it changes the environment.
func TestHeartbeat(t *testing.T) {
	var beats atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { beats.Add(1) }))
	defer server.Close()
	t.Setenv("HEARTBEAT_TEST_URL", server.URL+"/ping")
	h := newHouseWith(t, func(h *house) {
		h.config.Watchdog.Heartbeat = &notify.HeartbeatConfig{URLEnv: "HEARTBEAT_TEST_URL"}
	})
	out, err := h.config.Watchdog.Heartbeat.Open()
	if err != nil {
		t.Fatal(err)
	}
	beat := func(want bool, why string) {
		t.Helper()
		before := beats.Load()
		err := h.sendHeartbeat(t.Context(), out)
		if sent := beats.Load() > before; sent != want || (err == nil) != want {
			t.Errorf("%s: a beat was sent: %v, %v; want %v", why, sent, err, want)
		}
	}
	// well lets each loop take its round.
	well := func() {
		t.Helper()
		if err := h.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.until("the pulse", func() bool { return h.audit().Worker })
	}
	beat(false, "before the first audit")
	well()
	beat(true, "all well")
	if s := h.Heartbeat(); !s.On || !s.At.Equal(h.clock()) || s.Problem != nil {
		t.Errorf("the state is %+v", s)
	}

	h.move(2 * time.Minute)
	h.audit()
	beat(false, "the loop of deadlines is stuck")
	if s := h.Heartbeat(); !strings.Contains(fmt.Sprint(s.Problem), "deadlines") || s.Failed.IsZero() {
		t.Errorf("the state is %+v", s)
	}
	well()
	beat(true, "it moves again")

	h.move(4 * time.Minute)
	if err := h.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	beat(false, "the audit is stuck")
	well()
	beat(true, "it moves again")

	if err := h.store.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.audit()
	h.audit()
	beat(false, "the worker is gone")
	if err := h.store.Start(t.Context(), h.work()); err != nil {
		t.Fatal(err)
	}
	well()
	beat(true, "it is back")

	id := h.declare()
	h.do("nora", id, incident.Acknowledge{})
	h.idle()
	h.move(80 * time.Hour)
	for range 4 { // the breach, and people are told of it three times more
		if err := h.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.idle()
		h.move(24 * time.Hour)
	}
	well()
	h.tamper(`update persons set disabled = 1 where login = 'nora'`)
	h.audit()
	beat(false, "the audit has found something")
	h.tamper(`update persons set disabled = 0 where login = 'nora'`)
	well()
	beat(true, "it is in order again")
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	beat(false, "the journal does not answer")
}

// TestHeartbeatNeedsItsAddress: a server without the address that its configuration asks for says so and pages all the same.
func TestHeartbeatNeedsItsAddress(t *testing.T) {
	t.Setenv("HEARTBEAT_TEST_URL", "")
	h := newHouse(t)
	h.App.config.Watchdog.Heartbeat = &notify.HeartbeatConfig{URLEnv: "HEARTBEAT_TEST_URL"}
	h.startHeartbeat(t.Context())
	if beat := h.Heartbeat(); !beat.On || !strings.Contains(fmt.Sprint(beat.Problem), "HEARTBEAT_TEST_URL") {
		t.Errorf("a heartbeat without its address stands as %+v", beat)
	}
	h.App.replayed = false
	if warnings, err := h.Warnings(t.Context()); err != nil || !strings.Contains(errors.Join(warnings...).Error(), "no heartbeat is sent: watchdog.heartbeat") {
		t.Errorf("the warnings are %q, %v", warnings, err)
	}
}
