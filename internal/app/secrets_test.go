package app

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/opinion"
)

// A secret of the outside scorer that is missing stops what needs it, and not who opens the folder to make an account. One of
// a channel stops nothing: a server that does not start pages nobody.
func TestSecretsAreOpenedWhereTheyAreNeeded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	without := func(change func(*Config), try func(*App) error) {
		t.Helper()
		config := h.config
		change(&config)
		a, err := New(t.Context(), Options{Dir: h.dir, Config: config, Now: h.clock, Replayed: true, Log: h.log})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.AddToken(t.Context(), "nora", "laptop", time.Time{}); err != nil {
			t.Errorf("a token while the secret is missing: %v", err)
		}
		err = try(a)
		channels := config.Notify.SMTP != nil
		if channels && err != nil || !channels && (!errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), "opinion")) {
			t.Errorf("what needs the secret gave %v, want its part of the configuration named, or a start without the channel", err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	start := func(a *App) error { return a.Start(t.Context()) }
	mail := func(c *Config) {
		c.Notify.SMTP = &notify.SMTPConfig{Addr: "mail.house.example:587", From: "safelight@house.example", Username: "u", PasswordEnv: "SMTP_TEST_UNSET"}
	}
	outside := func(c *Config) {
		c.Opinion = opinion.Config{Kind: "google", KeyFile: filepath.Join(h.dir, "no-such-key")}
	}
	without(mail, start)
	without(mail, func(a *App) error { return a.StartEffects(t.Context()) })
	without(outside, start)
	without(outside, func(a *App) error {
		_, err := a.TakeSignals(t.Context(), func(yield func(intake.Told) bool) {
			yield(intake.Told{Line: 1, Signal: intake.Signal{Source: "desk", SourceID: "1", Text: "grey", At: h.clock()}})
		})
		return err
	})
}
