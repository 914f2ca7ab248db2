package app

import (
	"context"
	"errors"
	"time"

	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// HeartbeatState is what became of the last heartbeats.
type HeartbeatState struct {
	On      bool
	Every   time.Duration
	At      time.Time // of the last that was taken; zero for none
	Failed  time.Time // of the last that was not sent or not taken; zero for none
	Problem error     // why
}

// Heartbeat gives what became of the last heartbeats.
func (a *App) Heartbeat() HeartbeatState {
	a.watchdog.mu.Lock()
	defer a.watchdog.mu.Unlock()
	s := a.watchdog.beat
	if c := a.config.Watchdog.Heartbeat; c != nil {
		s.On, s.Every = true, c.Interval()
	}
	return s
}

// The loops must have moved so lately for a heartbeat.
const (
	tickedWithin  = time.Minute
	auditedWithin = 3 * auditEvery
)

// startHeartbeat opens the heartbeat and sends it for as long as all is well. One without an address costs no page: the
// start says so, and the other system raises the alarm.
func (a *App) startHeartbeat(ctx context.Context) {
	if a.config.Watchdog.Heartbeat == nil {
		return
	}
	h, err := a.config.Watchdog.Heartbeat.Open()
	if err != nil {
		a.watchdog.mu.Lock()
		a.watchdog.beat.Failed, a.watchdog.beat.Problem = a.now(), err
		a.watchdog.mu.Unlock()
		return
	}
	a.loop(ctx, a.config.Watchdog.Heartbeat.Interval(), func(ctx context.Context) error { return a.sendHeartbeat(ctx, h) })
}

// sendHeartbeat tells the other system that all is well, or nothing: it raises the alarm by itself when it hears nothing.
func (a *App) sendHeartbeat(ctx context.Context, h *notify.Heartbeat) error {
	err := a.alive(ctx)
	if errors.Is(err, errNotYet) {
		return nil
	}
	if err != nil {
		err = phrase.Errorf("ready.heartbeat.none", err)
	} else {
		err = h.Beat(ctx)
	}
	a.watchdog.mu.Lock()
	defer a.watchdog.mu.Unlock()
	if err != nil {
		a.watchdog.beat.Failed, a.watchdog.beat.Problem = a.now(), err
		return err
	}
	a.watchdog.beat = HeartbeatState{At: a.now()}
	return nil
}

// errNotYet says that there was no time yet to prove anything: the other system has patience for a start.
var errNotYet = errors.New("the first audits are not over yet")

// alive says what does not move, or nil.
func (a *App) alive(ctx context.Context) error {
	now, r := a.now(), a.LastAudit()
	a.watchdog.mu.Lock()
	since, ticked := a.watchdog.since, a.watchdog.ticked
	a.watchdog.mu.Unlock()
	young := now.Sub(since) < auditedWithin
	switch {
	case young && (r.At.IsZero() || ticked.IsZero() || r.Passed() && !r.Worker):
		return errNotYet
	case now.Sub(r.At) > auditedWithin:
		return phrase.Errorf("alive.audit")
	case !r.Passed():
		return phrase.Errorf("alive.found", len(r.Open))
	case now.Sub(ticked) > tickedWithin:
		return phrase.Errorf("alive.tick")
	case !r.Worker:
		return phrase.Errorf("alive.effects")
	}
	if err := a.Healthy(ctx); err != nil {
		return err
	}
	return nil
}
