package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/store"
)

const (
	maxSilences = 10_000 // that are not over
	maxAuthor   = 200    // bytes
)

// SetSilence makes a silence, or changes the one with the id where it is not
// empty; it gives the id that the silence then has. The author is what a
// client calls whoever asks; the journal knows the account.
func (a *App) SetSilence(ctx context.Context, by people.Actor, id string, terms alert.Terms, author string) (string, error) {
	if len(author) > maxAuthor {
		return "", fmt.Errorf("set a silence: the author has %d bytes, the limit is %d: %w", len(author), maxAuthor, journal.ErrTooLarge)
	}
	fresh, err := newUUID()
	if err != nil {
		return "", err
	}
	env := alert.Env{Now: a.now(), By: by}
	err = a.store.Update(ctx, func(tx *store.Tx) error {
		old, err := silenceIn(tx, id)
		if err != nil {
			return err
		}
		change, set, err := alert.SetSilence(old, terms, fresh, env)
		if err != nil {
			return err
		}
		another := id != set
		id = set
		if _, err = tx.Append(change); err != nil {
			return err
		}
		if another {
			if err := a.roomForSilence(tx, env.Now); err != nil {
				return err
			}
		}
		return tx.SetAuthor(id, author)
	})
	if err != nil {
		return "", err
	}
	a.silencesChanged(ctx, env.Now)
	return id, nil
}

// roomForSilence refuses one more than are asked when an alert is judged: it
// would hold nothing back.
func (a *App) roomForSilence(tx *store.Tx, now time.Time) error {
	n, err := tx.CountSilences(now)
	if err == nil && n > a.alerts.silences {
		err = phrase.Refusal(journal.ErrTooLarge, "refusal.silence.many", a.alerts.silences)
	}
	return err
}

// silenceIn gives a silence as the transaction sees it; the zero one for the empty id.
func silenceIn(tx *store.Tx, id string) (alert.Silence, error) {
	if id == "" {
		return alert.Silence{}, nil
	}
	entries, err := tx.Stream(alert.Stream(id))
	if err != nil {
		return alert.Silence{}, err
	}
	s, err := alert.FoldSilence(entries)
	if err == nil && s.ID == "" {
		err = fmt.Errorf("silence not found: %w", journal.ErrNotFound)
	}
	return s, err
}

// ExpireSilence ends a silence now; the alerts that it held back and that
// still fire open their incidents.
func (a *App) ExpireSilence(ctx context.Context, by people.Actor, id string) error {
	env := alert.Env{Now: a.now(), By: by}
	err := a.store.Update(ctx, func(tx *store.Tx) error {
		s, err := silenceIn(tx, id)
		if err != nil {
			return err
		}
		change, err := alert.ExpireSilence(s, env)
		if err != nil || len(change.Events) == 0 {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
	if err == nil {
		a.silencesChanged(ctx, env.Now)
	}
	return err
}

// silencesChanged judges suppressed alerts at once. The change is durable by
// now, and what goes wrong here is done by the next tick.
func (a *App) silencesChanged(ctx context.Context, at time.Time) {
	a.alerts.mu.Lock()
	defer a.alerts.mu.Unlock()
	a.alerts.judged = time.Time{}
	if err := a.settleAlerts(ctx, at); err != nil {
		a.log.Error("a silence has changed and not all alerts are settled; the next tick tries again", "error", err)
	}
}

// newUUID makes a random (version 4) UUID, which clients of Alertmanager expect.
func newUUID() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("draw the id of a silence: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
